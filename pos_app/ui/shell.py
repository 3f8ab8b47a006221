"""The window: header, the screens, the frame of the environment. Only the shell navigates.

Function keys work everywhere and whatever the input method is doing, because they are the same
physical keys in every layout.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.domain.errors import Bug, PosError
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.capture import keep_out_of_captures
from pos_app.ui.marks import override
from pos_app.ui.screens.sale.view import SaleScreen
from pos_app.ui.text import error_line, text
from pos_app.ui.widgets.focus_ring import FocusRing
from pos_app.ui.widgets.keycap import KeyHint
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.nav import NavKey, StatusDot
from pos_app.ui.widgets.practice_frame import PracticeFrame
from pos_app.ui.words import gateway_words

if TYPE_CHECKING:
    from pos_app.services.news import Trouble
    from pos_app.ui.app import App, CertificateCard, SetUp, Starter
    from pos_app.ui.bridge import Bridge
    from pos_app.ui.screens.sale.model import ParkingLot
    from pos_app.ui.widgets.practice_frame import FrameKind

_CLOCK_TICK_MS = 10_000

_TITLE_BAR = 40
"""More than any desktop's title bar is high, in pixels."""


def fills_screen(room: QSize, least: QSize, wanted: QSize) -> bool:
    """Tell whether a window of that size must fill the screen, for its edge would hang off it.

    Args:
        room: the screen without the desktop's own bars.
        least: the smallest the window may be; a screen smaller than that is no help.
        wanted: the window without its title bar.
    """
    whole = wanted + QSize(0, _TITLE_BAR)
    return room.boundedTo(least) == least and room.boundedTo(whole) != whole


class Screen(Protocol):
    """What the shell asks of a screen."""

    def activate(self, payment_id: str = "") -> None:
        """Come to the front, with a payment if one is named."""


#: Makes the screen of a name, the first time it is wanted.
ScreenMaker: TypeAlias = "Callable[[Shell, App, Bridge], QWidget]"

#: The header's tabs: screen name and function key.
TABS = (
    ("sale", "F2"),
    ("history", "F3"),
    ("refund", "F4"),
    ("cards", "Shift+F2"),
    ("settings", "F10"),
)


class Shell(QWidget):
    """The one window of the program.

    Signals:
        close_wanted: the window's close button; the application decides.
        reopen_wanted: settings changed, the terminal has to be opened anew.
        painted: the window with the sale screen is on the display for the first time.
    """

    close_wanted = Signal()
    reopen_wanted = Signal()
    painted = Signal()

    def __init__(
        self, starter: Starter, makers: dict[str, ScreenMaker], parking: ParkingLot | None = None
    ) -> None:
        """Build header and sale screen at once; other screens when they are first wanted.

        Args:
            starter: the terminal, which may not be open yet.
            makers: build the other screens.
            parking: orders that wait, from a window before this one.
        """
        super().__init__()
        self._starter = starter
        self._makers = makers
        self._app: App | None = None
        self._bridge: Bridge | None = None
        self._screens: dict[str, QWidget] = {}
        self._may_close = False
        #: Monotonic time of the first paint, in seconds.
        self.painted_s: float | None = None
        self._paint_begun = False
        self.setWindowTitle(text("shell.title"))
        self.setMinimumSize(1024, 640)
        self.resize(1366, 768)
        self._pages = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header())
        self._banner = label("", "strong", wrap=True, align="center")
        self._banner.setObjectName("banner")
        self._banner.setVisible(False)
        self._banner.setContentsMargins(*(theme.px(side) for side in (20, 8, 20, 8)))
        column.addWidget(self._banner)
        column.addWidget(self._pages, 1)
        # Each part is made inside its place: moved in later, it would be styled once more.
        self.sale = SaleScreen(parking, self._pages)
        self.sale.navigate.connect(self.show_screen)
        self.sale.gateway_changed.connect(self._show_gateway)
        self._add("sale", self.sale)
        self._ring = FocusRing(self)
        kind: FrameKind = "practice" if starter.practice else ""
        self._frame = PracticeFrame(self, kind, self._header_room)
        self._wire_keys()
        self._clock = QTimer(self)
        self._clock.setInterval(_CLOCK_TICK_MS)
        self._clock.timeout.connect(self._show_time)
        self.show_screen("sale", "")

    def _header(self) -> QWidget:
        header = QFrame(self)
        header.setObjectName("header")
        header.setFixedHeight(theme.px(52))
        row = QHBoxLayout(header)
        row.setContentsMargins(theme.px(20), 0, theme.px(20), 0)
        row.setSpacing(theme.px(4))
        self._shop = label(text("shell.title"), "strong")
        row.addWidget(self._shop)
        row.addSpacing(theme.px(20))
        self._tabs: dict[str, NavKey] = {}
        for name, key in TABS:
            tab = NavKey(text(f"tab.{name}"), key)
            tab.clicked.connect(lambda _on=False, name=name: self.show_screen(name, ""))
            self._tabs[name] = tab
            row.addWidget(tab)
        row.addStretch(1)
        self._gateway = StatusDot(text("shell.starting"), "muted")
        self._who = label("", "small")
        self._who.set_tone("muted")
        self._time = label("", "small")
        self._time.set_tone("muted")
        self._help = KeyHint("F1", text("tab.help"))
        for widget in (self._gateway, self._who, self._time, self._help):
            row.addWidget(widget)
            row.addSpacing(theme.px(14))
        return header

    def _header_room(self) -> tuple[int, int]:
        """Return from where to where the header is empty, in pixels of the window."""
        last = [*self._tabs.values()][-1]
        tabs_end = last.mapTo(self, last.rect().topRight()).x()
        return tabs_end, self._gateway.mapTo(self, self._gateway.rect().topLeft()).x()

    def _wire_keys(self) -> None:
        """One shortcut a function key; held keys do not repeat."""
        wanted: dict[str, Callable[[], None]] = {
            "F1": lambda: self.show_screen("help", ""),
            "F2": self._new_sale,
            "Shift+F2": lambda: self.show_screen("cards", ""),
            "F3": lambda: self.show_screen("history", ""),
            "F4": lambda: self.show_screen("refund", self._payment_in_sight()),
            "F5": lambda: self.show_screen("identity", ""),
            "F7": self._park,
            "F9": lambda: self.show_screen("person", self._payment_in_sight()),
            "F10": lambda: self.show_screen("settings", ""),
        }
        for key, do in wanted.items():
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(do)

    @property
    def set_up(self) -> SetUp:
        """Return the set-up desk."""
        return self._starter.set_up

    # -- a terminal that is ready ------------------------------------------------------------------

    def attach(self, app: App) -> None:
        """Bring everything to life."""
        from pos_app.ui.bridge import Bridge

        self.detach()
        self.show_tabs(shown=True)
        self._app = app
        self._bridge = Bridge(app.news, self)
        self._bridge.trouble.connect(self._on_trouble)
        self._show_gateway(app.gateways[0].name)
        self._shop.set_words(app.merchant.name or text("shell.title"))
        operator, counter = app.operators.current.name, app.operators.counter
        self._who.set_words(text("shell.who", counter=counter, operator=operator))
        self._show_time()
        self._clock.start()
        self.sale.attach(app, self._bridge)
        self._show_troubles(app)

    def detach(self) -> None:
        """Forget the terminal and every screen that was built for it, except the sale."""
        self._clock.stop()
        self.sale.detach()
        if self._bridge is not None:
            self._bridge.close()
            self._bridge.deleteLater()
        for name in [name for name in self._screens if name != "sale"]:
            screen = self._screens.pop(name)
            self._pages.removeWidget(screen)
            screen.deleteLater()
        self._app, self._bridge = None, None

    def _show_gateway(self, name: str) -> None:
        """Name the gateway that sales go by now, and frame the window as its environment wants."""
        card = None if self._app is None else self._app.gateway(name)
        if card is not None:
            kind = "" if card.environment == "live" else card.environment
            self._frame.set_kind(cast("FrameKind", kind))
            self._gateway.set_status(gateway_words(name), "good")

    def _show_troubles(self, app: App) -> None:
        """Say which gateway cannot be used, and warn of the end of a certificate."""
        if app.out_of_order:
            trouble = app.out_of_order[0]
            why = error_line(trouble.error)
            gateway = gateway_words(trouble.name)
            self.show_banner(text("banner.gateway_out", gateway=gateway, why=why), "bad")
            return
        cards = [card.certificate for card in app.gateways if card.certificate is not None]
        self._show_certificate(cards[0] if cards else None)

    def _show_certificate(self, card: CertificateCard | None) -> None:
        """Warn for the last 30 days of the certificate, and loudly when it is over."""
        if card is None or card.status == "valid":
            self.show_banner("")
        elif card.status == "expiring":
            words = text("banner.certificate_expiring", days=card.days_left)
            self.show_banner(words, "warn")
        else:
            self.show_banner(text(f"banner.certificate_{card.status}"), "bad")

    def show_banner(self, words: str, tone: str = "warn") -> None:
        """Show a line under the header, or none."""
        self._banner.set_words(words)
        self._banner.setProperty("tone", tone)
        self._banner.style().unpolish(self._banner)
        self._banner.style().polish(self._banner)
        self._banner.setVisible(bool(words))

    def banner(self) -> str:
        """Return the words under the header."""
        return self._banner.words() if self._banner.isVisibleTo(self) else ""

    def _on_trouble(self, trouble: Trouble) -> None:
        self.show_banner(error_line(trouble.error), "bad" if trouble.halted else "warn")
        if trouble.halted:
            self._wipe_cards()
            self._gateway.set_status(text("shell.halted"), "bad")

    def show_error(self, error: PosError) -> None:
        """Show an error that no screen asked for; after a bug of ours no card is charged here."""
        if isinstance(error, Bug):
            self._wipe_cards()
        self.show_banner(error_line(error), "bad")

    def _show_time(self) -> None:
        if self._app is not None:
            now = self._app.clock.now()
            self._time.set_words(f"{t.date(now)} {t.clock(now)}")

    def show_tabs(self, *, shown: bool) -> None:
        """Show the header's keys, or none of them where only one screen serves (first start)."""
        for widget in (*self._tabs.values(), self._gateway, self._help):
            widget.setVisible(shown)

    # -- navigation --------------------------------------------------------------------------------

    def _add(self, name: str, screen: QWidget) -> None:
        self._screens[name] = screen
        self._pages.addWidget(screen)

    def add_screen(self, name: str, screen: QWidget) -> None:
        """Put a screen in that needs no terminal (set-up, passphrase)."""
        if name in self._screens:
            old = self._screens.pop(name)
            self._pages.removeWidget(old)
            old.deleteLater()
        self._add(name, screen)

    def show_screen(self, name: str, payment_id: str = "") -> None:
        """Bring a screen to the front, building it the first time.

        The screen in front may hold on (unsaved changes); it then navigates itself when it is done.
        """
        front = self._pages.currentWidget()
        holds = getattr(front, "holds", None)
        if front is not self._screens.get(name) and callable(holds) and holds(name, payment_id):
            return
        if name not in self._screens:
            maker = self._makers.get(name)
            if maker is None or self._app is None or self._bridge is None:
                return
            self._add(name, maker(self, self._app, self._bridge))
        screen = self._screens[name]
        self._pages.setCurrentWidget(screen)
        for tab_name, tab in self._tabs.items():
            tab.setChecked(tab_name == name)
        cast("Screen", screen).activate(payment_id)

    def current_screen(self) -> str:
        """Return the name of the screen in front."""
        shown = self._pages.currentWidget()
        return next(name for name, screen in self._screens.items() if screen is shown)

    def screen_of(self, name: str) -> QWidget | None:
        """Return a screen that has been built."""
        return self._screens.get(name)

    def _payment_in_sight(self) -> str:
        """Return the payment that the screen in front is about, if any."""
        shown = self._pages.currentWidget()
        about = getattr(shown, "payment_in_sight", None)
        return str(about()) if callable(about) else ""

    def _new_sale(self) -> None:
        self.show_screen("sale", "")
        if self.current_screen() == "sale":
            self.sale.new_sale()

    def _park(self) -> None:
        if self.current_screen() == "sale":
            self.sale.park()

    # -- showing -----------------------------------------------------------------------------------

    def come_up(self) -> None:
        """Show the window, out of reach of pictures of the screen, ready for typing."""
        if self.isVisible():
            return
        self.show_whole()
        keep_out_of_captures(self)
        self.sale.activate()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint; the first time, tell when everything inside is painted and shown, too.

        The window is the first that paints, then what lies in it, then all of it goes to the
        display; control comes back to the loop after that.
        """
        super().paintEvent(event)
        if not self._paint_begun:
            self._paint_begun = True
            QTimer.singleShot(0, self._on_painted)

    def _on_painted(self) -> None:
        self.painted_s = time.monotonic()
        self.painted.emit()

    def _wipe_cards(self) -> None:
        """Let every screen forget what was typed of a card."""
        for screen in self._screens.values():
            wipe = getattr(screen, "wipe_card", None)
            if callable(wipe):
                wipe()

    # -- closing -----------------------------------------------------------------------------------

    def show_whole(self) -> None:
        """Show the window; a screen that is too small for it and its title bar is filled."""
        room = self.screen().availableGeometry().size()
        if fills_screen(room, self.minimumSize(), self.size()):
            self.showMaximized()
        else:
            self.show()

    def let_close(self) -> None:
        """Close for good: the money jobs are drained."""
        self._may_close = True
        self.close()

    def show_finishing(self) -> None:
        """Say that a payment on its way is being finished before the window closes."""
        self._wipe_cards()
        self.show_banner(text("shell.finishing"), "warn")

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        """Never close by itself: a payment may be on its way."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_wanted.emit()

    def raise_window(self) -> None:
        """Come to the front of the desktop."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()
