"""Starting, running and ending the window: one thread for Qt and asyncio, one place for errors.

The shell is painted before the ledger, the vault and the gateway are opened. Closing the window
asks the money jobs to finish first; what is cut off all the same is in the ledger as SENDING.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import qasync
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from pos_app.domain.errors import Bug, PosError, UserMistake
from pos_app.logs import log, log_event
from pos_app.ui import theme
from pos_app.ui.app import App, Starter
from pos_app.ui.capture import keep_out_of_captures
from pos_app.ui.collector import Collector
from pos_app.ui.dialogs import show_error
from pos_app.ui.pages import MAKERS, first_start
from pos_app.ui.passphrase import ask_passphrase
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.sale.model import ParkingLot
from pos_app.ui.shell import Shell
from pos_app.ui.taskbar import group_by_own_name, show_icon
from pos_app.ui.text import Language, language, use_language

#: A request on its way gets this long when the window is closed (money-safety.md section 8).
DRAIN_S = 65.0
_EXIT_OK = 0


class Application(QObject):
    """The running program: the window, the terminal behind it, and its end.

    Signals:
        ready: the terminal can take money.
    """

    ready = Signal()

    def __init__(self, starter: Starter, started_s: float) -> None:
        """Build the window; `started_s` is the monotonic time at which the program started."""
        super().__init__()
        self._starter = starter
        self._started_s = started_s
        self._closed = asyncio.Event()
        self._closing = False
        self._leaving = asyncio.Lock()
        self._unattended = False
        self._refusal: PosError | None = None
        self.timings_ms: dict[str, int] = {}
        self.app: App | None = None
        self._scope = TaskScope(self)
        self.shell = self._make_shell()

    def _make_shell(self, parking: ParkingLot | None = None) -> Shell:
        """Build a window in the language and at the size in use, with the orders parked before."""
        shell = Shell(self._starter, MAKERS, parking)
        shell.close_wanted.connect(self._on_close_wanted)
        shell.reopen_wanted.connect(self._reopen)
        return shell

    async def run(self, *, exit_when_ready: bool) -> int:
        """Show the window, open the terminal, and stay until it is closed.

        With `exit_when_ready` nobody is there to answer: the window leaves as soon as the terminal
        takes up work, or waits for its first set-up.

        Raises:
            PosError: with `exit_when_ready`, why the terminal cannot open.
        """
        self._unattended = exit_when_ready
        self.shell.show_whole()
        keep_out_of_captures(self.shell)
        self.shell.sale.activate()
        QTimer.singleShot(0, lambda: self._mark("first_paint"))
        self._scope.start(self._open(), "open the terminal")
        asyncio.get_running_loop().call_soon(show_icon)
        if exit_when_ready:
            self.ready.connect(lambda: self._scope.start(self.close(), "leave"))
        await self._closed.wait()
        if self._refusal is not None:
            raise self._refusal
        if exit_when_ready:
            sys.stdout.write(json.dumps(self.timings_ms) + "\n")
        return _EXIT_OK

    async def _open(self) -> None:
        """Open the terminal, asking for what is missing until it opens or the person gives up."""
        passphrase: str | None = None
        while True:
            try:
                app = await self._starter.open(passphrase)
            except UserMistake as mistake:
                if mistake.code == "settings.missing":
                    first_start(self.shell, self._starter, self._reopen)
                    if self._unattended:
                        await self.close()
                    return
                if self._unattended or mistake.code not in {
                    "vault.passphrase_needed",
                    "vault.passphrase_wrong",
                }:
                    await self._refuse(mistake)
                    return
                wrong = mistake if mistake.code == "vault.passphrase_wrong" else None
                passphrase = await ask_passphrase(self.shell, wrong)
                if passphrase is None:
                    await self.close()
                    return
            except PosError as error:
                await self._refuse(error)
                return
            else:
                self._attach(app)
                return

    def _attach(self, app: App) -> None:
        self.app = app
        self.shell.attach(app)
        self._mark("ready")
        for code in app.notices:
            self._scope.start(show_error(self.shell, UserMistake(code)), "notice")
        self.ready.emit()

    async def _refuse(self, error: PosError) -> None:
        """The terminal cannot open: say why, stay as an empty window no longer."""
        log_event(log.ui, logging.WARNING, "terminal.not_opened", code=error.code)
        if self._unattended:
            self._refusal = error
        else:
            await show_error(self.shell, error)
        await self.close()

    def _reopen(self) -> None:
        """Settings changed: close the terminal and open it anew."""
        self._scope.start(self._reopen_now(), "reopen")

    async def _reopen_now(self) -> None:
        async with self._leaving:
            if self.app is not None and not self._closing:
                app, self.app = self.app, None
                self.shell.detach()
                await app.close(DRAIN_S)
        if self._closing:
            return
        self._dress_anew()
        await self._open()

    def _dress_anew(self) -> None:
        """Build the window again in the look that was set: words and sizes are made with it."""
        settings = self._starter.set_up.settings()
        if settings is not None:
            look = settings.look
            use_language(look.language)
            qt = QApplication.instance()
            assert isinstance(qt, QApplication)
            theme.apply_theme(qt, look.theme, look.text_percent)
        before = self.shell
        self.shell = self._make_shell(before.sale.parking)
        self.shell.setGeometry(before.geometry())
        self.shell.setWindowState(before.windowState())
        self.shell.show()
        keep_out_of_captures(self.shell)
        self.shell.sale.activate()
        before.let_close()
        before.deleteLater()

    def _on_close_wanted(self) -> None:
        if not self._closing:
            self._scope.start(self.close(), "close")

    async def close(self) -> None:
        """Finish what is on its way, close everything, then the window."""
        if self._closing:
            return
        self._closing = True
        self.shell.show_finishing()
        try:
            async with self._leaving:  # a reopening may be letting a request finish
                if self.app is not None:
                    self.shell.detach()
                    await self.app.close(DRAIN_S)
        finally:
            # Whatever closing met is told; a window that can never be closed helps nobody.
            self.shell.let_close()
            self._closed.set()

    def _mark(self, name: str) -> None:
        """Note how long after the start something was reached."""
        self.timings_ms[f"{name}_ms"] = round((time.monotonic() - self._started_s) * 1000)

    def unhandled(self, error: BaseException) -> None:
        """Take every error nobody else took: log it redacted, say so, stop taking money if ours."""
        if isinstance(error, PosError) and not isinstance(error, Bug):
            self.shell.show_error(error)
            return
        kind = type(error).__name__
        log_event(log.ui, logging.ERROR, "unhandled", failure=error, error=kind)
        code = error.code if isinstance(error, Bug) else "bug.unhandled"
        if self.app is not None:
            self.app.jobs.halt(code)
        bug = Bug("bug.unhandled", detail=code)
        self.shell.show_error(bug)
        if self._unattended:
            self._refusal = bug
            self._scope.start(self.close(), "leave after a bug")


class _Hooks:
    """Sends what would end unseen to `Application.unhandled`."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def from_loop(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self._application.unhandled(error)
        else:
            reason = str(context.get("message", ""))[:200]
            log_event(log.ui, logging.WARNING, "event_loop", reason=reason)

    def from_python(
        self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        self._application.unhandled(error)


def run_window(
    starter: Starter,
    *,
    scheme: theme.SchemeChoice = "system",
    text_percent: int = 100,
    chosen_language: Language | None = None,
    exit_when_ready: bool = False,
    started_s: float | None = None,
    on_built: Callable[[Application], None] | None = None,
) -> int:
    """Run the window until it is closed and return the exit status.

    Args:
        starter: opens the terminal.
        scheme: light, dark, high contrast or the system's.
        text_percent: text size, 100 to 200.
        chosen_language: "ko" or "en"; None keeps what is set.
        exit_when_ready: paint, open, print timings as JSON, leave.
        started_s: monotonic time of the program's start.
        on_built: called with the application before it runs (the scripted clerk).
    """
    if chosen_language is not None and chosen_language != language():
        use_language(chosen_language)
    existing = QApplication.instance()
    qt = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    qt.setApplicationName("pos-app")
    group_by_own_name()
    qt.setQuitOnLastWindowClosed(False)
    theme.apply_theme(qt, scheme, text_percent)
    loop = qasync.QEventLoop(qt, already_running=False)
    asyncio.set_event_loop(loop)
    previous_hook, collector = sys.excepthook, Collector(qt)
    try:
        application = Application(starter, time.monotonic() if started_s is None else started_s)
        hooks = _Hooks(application)
        loop.set_exception_handler(hooks.from_loop)
        sys.excepthook = hooks.from_python
        if on_built is not None:
            on_built(application)
        return int(loop.run_until_complete(application.run(exit_when_ready=exit_when_ready)))
    finally:
        sys.excepthook = previous_hook
        collector.stop()
        loop.close()
        asyncio.set_event_loop(None)
