"""Running and ending the window: one thread for Qt and asyncio, one place for errors.

The shell is painted (`start.py`) before the ledger, the vault and the gateway are opened. Closing
the window asks the money jobs to finish first; what is cut off all the same is in the ledger as
SENDING.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

import qasync
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from pos_app.domain.errors import Bug, PosError, UserMistake
from pos_app.logs import log, log_event
from pos_app.ui import theme
from pos_app.ui.dialogs import show_error
from pos_app.ui.pages import MAKERS, first_start
from pos_app.ui.passphrase import ask_passphrase
from pos_app.ui.scope import TaskScope
from pos_app.ui.shell import Shell
from pos_app.ui.taskbar import show_icon
from pos_app.ui.text import use_language

if TYPE_CHECKING:
    from pos_app.ui.app import App, Starter
    from pos_app.ui.screens.sale.model import ParkingLot

#: A request on its way gets this long when the window is closed (money-safety.md section 8).
DRAIN_S = 65.0
_EXIT_OK = 0


class Application(QObject):
    """The running program: the window, the terminal behind it, and its end.

    Signals:
        ready: the terminal can take money.
    """

    ready = Signal()

    def __init__(self, starter: Starter, started_s: float, shell: Shell | None = None) -> None:
        """Take over the window that stands already, or build one.

        Args:
            starter: opens the terminal.
            started_s: monotonic time at which the program started.
            shell: built for `starter`, perhaps painted already.
        """
        super().__init__()
        self._starter = starter
        self._started_s = started_s
        self._closed = asyncio.Event()
        self._closing = False
        self._leaving = asyncio.Lock()
        self._unattended = False
        self._refusal: PosError | None = None
        self._early: tuple[BaseException, ...] = ()
        self._unwanted = False
        self.timings_ms: dict[str, int] = {}
        self.app: App | None = None
        self._scope = TaskScope(self)
        self.shell = self._take(Shell(starter, MAKERS) if shell is None else shell)

    def _make_shell(self, parking: ParkingLot) -> Shell:
        """Build a window in the language and at the size in use, with the orders parked before."""
        return self._take(Shell(self._starter, MAKERS, parking))

    def _take(self, shell: Shell) -> Shell:
        """Answer what a window asks of the program."""
        shell.close_wanted.connect(self._on_close_wanted)
        shell.reopen_wanted.connect(self._reopen)
        return shell

    def take_up(self, errors: Sequence[BaseException], *, leaving: bool) -> None:
        """Hear before `run` what went wrong already, and whether the window was closed already."""
        self._early, self._unwanted = tuple(errors), leaving

    async def run(self, *, exit_when_ready: bool) -> int:
        """Show the window, open the terminal, and stay until it is closed.

        With `exit_when_ready` nobody is there to answer: the window leaves as soon as the terminal
        takes up work, or waits for its first set-up, and says when it got there: milliseconds
        after `started_s`, which is a reading of the system's monotonic clock, in seconds.

        Raises:
            PosError: with `exit_when_ready`, why the terminal cannot open.
        """
        self._unattended = exit_when_ready
        self.shell.painted.connect(self._on_painted)
        self.shell.come_up()
        if self.shell.painted_s is not None:
            self._on_painted()
        if self._unwanted:
            await self.close()
            return _EXIT_OK
        self._scope.start(self._open(), "open the terminal")
        asyncio.get_running_loop().call_soon(show_icon)
        for error in self._early:
            self.unhandled(error)
        if exit_when_ready:
            self.ready.connect(lambda: self._scope.start(self.close(), "leave"))
        await self._closed.wait()
        if self._refusal is not None:
            raise self._refusal
        if exit_when_ready:
            timings = {**self.timings_ms, "started_s": round(self._started_s, 6)}
            output: TextIO | None = sys.stdout  # None where a menu started the program
            if output is not None:
                output.write(json.dumps(timings) + "\n")
        return _EXIT_OK

    def _on_painted(self) -> None:
        if self.shell.painted_s is not None:
            self._mark("first_paint", self.shell.painted_s)

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
        self._mark("ready", time.monotonic())
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
        self.shell.come_up()
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

    def _mark(self, name: str, at_s: float) -> None:
        """Note how long after the start something was reached, the first time."""
        self.timings_ms.setdefault(f"{name}_ms", round((at_s - self._started_s) * 1000))

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


def run_application(
    qt: QApplication, build: Callable[[], Application], *, exit_when_ready: bool
) -> int:
    """Run the application that `build` makes, on one loop for Qt and asyncio, until its end."""
    loop = qasync.QEventLoop(qt, already_running=False)
    asyncio.set_event_loop(loop)
    previous_hook = sys.excepthook
    try:
        application = build()
        hooks = _Hooks(application)
        loop.set_exception_handler(hooks.from_loop)
        sys.excepthook = hooks.from_python
        return int(loop.run_until_complete(application.run(exit_when_ready=exit_when_ready)))
    finally:
        sys.excepthook = previous_hook
        loop.close()
        asyncio.set_event_loop(None)
