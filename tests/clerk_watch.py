"""The scripted clerk's eyes: what stands on the screen, and waiting until it changes.

Nothing here sleeps: a waiting question is asked again whenever the focus moves, a window opens or
closes, a screen says that it has settled something, or the services publish news.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.domain.record import PaymentRecord
from pos_app.ui.app import App
from pos_app.ui.application import Application
from pos_app.ui.bridge import Bridge
from pos_app.ui.dialogs import Dialog
from pos_app.ui.payment_search import PaymentSearch
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.refund.view import RefundScreen
from pos_app.ui.shell import Shell
from pos_app.ui.widgets.hero import Hero
from pos_app.ui.widgets.labels import EmphasisLabel

T = TypeVar("T")


#: One turn shows new widgets, the next gives them their places, one more what that moved.
_LAYOUT_TURNS = 4
#: A window manager that never activates a window is not waited for any longer.
_FRONT_S = 5.0


class TooLong(Exception):
    """What was waited for has not come in time."""


class Refused(Exception):
    """The window did not take what was typed; the message is the sentence it showed."""


class Watch(QObject):
    """Sees what a person at the window sees.

    Attributes:
        records: every payment that was in the news, by order number, as it was last.
        closing: the window was asked to close.

    Signals:
        news: (PaymentRecord) a payment changed.
    """

    news = Signal(object)

    def __init__(self, application: Application) -> None:
        """Look at the window of `application`."""
        super().__init__(application)
        self.application = application
        self.records: dict[str, PaymentRecord] = {}
        self.closing = False
        self._stirred = asyncio.Event()
        self._seen_app: App | None = None
        qt = QApplication.instance()
        assert isinstance(qt, QApplication)
        for signal in (qt.focusChanged, qt.focusWindowChanged):
            self.stirred_by(signal)
        application.ready.connect(self._on_ready)
        self._seen_shell = application.shell
        self._look_at(application.shell)

    @property
    def shell(self) -> Shell:
        """Return the window; another language builds it anew."""
        return self.application.shell

    def _look_at(self, shell: Shell) -> None:
        self._seen_shell = shell
        self.stirred_by(shell.sale.settled)
        self.stirred_by(shell.sale.form.changed)
        self.stirred_by(shell._pages.currentChanged)  # the first start has no key of its own
        shell.close_wanted.connect(self._on_close)

    def stirred_by(self, signal: SignalInstance) -> None:
        """Ask waiting questions again whenever `signal` comes."""
        signal.connect(self._stir)

    def _stir(self, *_what: object) -> None:
        self._stirred.set()

    def _on_close(self) -> None:
        self.closing = True
        self._stir()

    def _on_ready(self) -> None:
        if self.shell is not self._seen_shell:
            self._look_at(self.shell)
        app = self.application.app
        if app is not None and app is not self._seen_app:
            self._seen_app = app
            bridge = Bridge(app.news, self)
            bridge.changed.connect(self._on_changed)
            self.stirred_by(bridge.activity)
            self.stirred_by(bridge.trouble)
        self._stir()

    def _on_changed(self, record: PaymentRecord) -> None:
        self.records[record.order_no] = record
        self.news.emit(record)
        self._stir()

    async def until(self, seen: Callable[[], T | None], timeout_s: float) -> T:
        """Return what `seen` returns once it is neither None nor False.

        Raises:
            TooLong: it was not within `timeout_s`.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    self._stirred.clear()
                    found = seen()
                    if found is not None and found is not False:
                        return found
                    await self._stirred.wait()
        except TimeoutError:
            raise TooLong from None

    async def front(self, window: QWidget) -> None:
        """Bring a window to the front, as a person's click does where no window manager did."""
        if not window.isActiveWindow():
            window.activateWindow()
            with contextlib.suppress(TooLong):
                await self.until(window.isActiveWindow, _FRONT_S)

    async def quiet(self, timeout_s: float) -> None:
        """Wait until the screen in front has done what it is at, or asks something.

        Raises:
            TooLong: it was not within `timeout_s`.
        """
        screen = self.shell.screen_of(self.shell.current_screen())
        scope = getattr(screen, "_scope", None)
        searches = screen.findChildren(PaymentSearch) if screen is not None else []
        for search in searches:
            self.stirred_by(search.found)

        def busy() -> bool:
            working = isinstance(scope, TaskScope) and bool(scope._tasks)
            return working or any(search.is_waiting() for search in searches)

        try:
            async with asyncio.timeout(timeout_s):
                while busy() and QApplication.activeModalWidget() is None:
                    await self._stir_or_end(scope)
        except TimeoutError:
            raise TooLong from None
        await laid_out()

    async def _stir_or_end(self, scope: TaskScope | None) -> None:
        """Wait until something stirs, or a task of the screen ends."""
        self._stirred.clear()
        stirred = asyncio.ensure_future(self._stirred.wait())
        tasks = scope._tasks if scope is not None else set()
        try:
            await asyncio.wait({stirred, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stirred.cancel()

    # -- what stands there -------------------------------------------------------------------------

    def refund_screen(self) -> RefundScreen:
        """Return the refund screen, which is built when F4 was hit."""
        screen = self.shell.screen_of("refund")
        assert isinstance(screen, RefundScreen)
        return screen

    def trouble_words(self) -> str:
        """Return the line under the header, empty if there is none."""
        return self.shell.banner()


async def laid_out() -> None:
    """Let the loop turn until new widgets have got their places: layouts are posted events."""
    for _turn in range(_LAYOUT_TURNS):
        await asyncio.sleep(0)


def words_of_dialog(dialog: QWidget) -> str:
    """Return what a dialog says: its title and its first paragraph."""
    said = [dialog.windowTitle()]
    if isinstance(dialog, Dialog):
        paragraphs = [dialog.body.itemAt(at) for at in range(dialog.body.count())]
        widgets = [item.widget() for item in paragraphs if item is not None]
        said += [plain(w.words()) for w in widgets if isinstance(w, EmphasisLabel)][:1]
    return " ".join(part for part in said if part)


def words_of_outcome(screen: QWidget) -> str:
    """Return the big word of an outcome and the lines below it."""
    hero = screen.findChild(Hero)
    if hero is None:
        return ""
    return " ".join(part for part in (hero.title(), plain(hero.accessibleDescription())) if part)


def plain(words: str) -> str:
    """Return words without the marks of emphasis."""
    return words.replace("**", "")
