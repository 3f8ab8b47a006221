"""The history screen: the list, one payment, and the keys between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.errors import PosError
from pos_app.domain.order import PaymentId
from pos_app.domain.receipt import Receipt
from pos_app.domain.record import PaymentRecord
from pos_app.ui import theme
from pos_app.ui.app import App
from pos_app.ui.bridge import Bridge
from pos_app.ui.dialogs import show_error, show_notice
from pos_app.ui.marks import override
from pos_app.ui.payment_search import PaymentSearch
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.history.filters import PAGE_ROWS, question
from pos_app.ui.screens.history.listing import DAYS_KEY, STATES_KEY, Listing
from pos_app.ui.screens.history.payment import PaymentPage
from pos_app.ui.screens.history.slip_view import paper_of
from pos_app.ui.slips import print_on_paper, save_slip
from pos_app.ui.text import text
from pos_app.ui.widgets import keys

_LETTERS = {"P": "print", "S": "pdf", "N": "next_slip", "A": "next_paper"}


class HistoryScreen(QWidget):
    """Looking back.

    Signals:
        navigate: (screen name, payment id) somewhere else is wanted.
    """

    navigate = Signal(str, str)

    def __init__(self, app: App, bridge: Bridge, parent: QWidget | None = None) -> None:
        """Build it for a terminal that is ready."""
        super().__init__(parent)
        self._app = app
        self._scope = TaskScope(self)
        self._limit = PAGE_ROWS
        self._open_when_found = False
        self._shown: PaymentId | None = None
        self.search = PaymentSearch(self, app.history)
        self.listing = Listing()
        self.page = PaymentPage(app.merchant, paper_of(app.settings))
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(20), theme.px(16), theme.px(20), theme.px(16))
        column.addWidget(self.listing)
        column.addWidget(self.page)
        self.page.hide()
        self._wire(bridge)

    def _wire(self, bridge: Bridge) -> None:
        self.listing.changed.connect(self._on_question)
        self.listing.picked.connect(self._on_picked)
        self.listing.more.connect(self._on_more)
        self.page.chosen.connect(self.act)
        self.search.found.connect(self._on_found)
        bridge.changed.connect(self._on_changed)
        self._shortcut(DAYS_KEY, self.listing.next_days)
        self._shortcut(STATES_KEY, self.listing.next_states)

    def _shortcut(self, key: str, do: Callable[[], None]) -> None:
        shortcut = QShortcut(QKeySequence(key), self.listing)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(do)

    # -- coming and going --------------------------------------------------------------------------

    def activate(self, payment_id: str = "") -> None:
        """Come to the front: the list, or the payment that is named."""
        if payment_id:
            self._open(PaymentId(payment_id))
        else:
            self._show_list()
            self.listing.search_field.select_all()

    def payment_in_sight(self) -> str:
        """Return the payment opened, or the one chosen in the list."""
        return self._shown if self._shown is not None else self.listing.chosen_id()

    def _show_list(self) -> None:
        self._shown = None
        self.page.hide()
        self.listing.show()
        self.listing.search_field.setFocus()
        self._ask(now=True)

    # -- searching ---------------------------------------------------------------------------------

    def _on_question(self) -> None:
        self._limit = PAGE_ROWS
        self._open_when_found = False
        self._ask(now=False)

    def _ask(self, *, now: bool) -> None:
        listing = self.listing
        query = question(
            listing.typed(),
            listing.days(),
            listing.states(),
            self._app.clock.now(),
            limit=self._limit,
        )
        if now:
            self.search.ask_now(query)
        else:
            self.search.ask(query)

    def _on_more(self) -> None:
        """The last row is in sight: show more, if there are more."""
        if len(self.listing.table.model_rows()) >= self._limit:
            self._limit += PAGE_ROWS
            self._ask(now=True)

    def _on_found(self, records: Sequence[PaymentRecord]) -> None:
        self.listing.show_found(records, limit=self._limit)
        if self._open_when_found:
            self._open_chosen()

    def _on_picked(self, payment_id: str) -> None:
        """Enter: open the chosen payment, but never one of an older search."""
        if payment_id:
            self._open(PaymentId(payment_id))
        elif self.search.is_waiting():
            self._open_when_found = True
        else:
            self._open_chosen()

    def _open_chosen(self) -> None:
        self._open_when_found = False
        if self.listing.chosen_id():
            self._open(PaymentId(self.listing.chosen_id()))

    # -- one payment -------------------------------------------------------------------------------

    def _open(self, payment_id: PaymentId) -> None:
        self._shown = payment_id
        self._scope.start(self._load(payment_id), "open payment")

    async def _load(self, payment_id: PaymentId) -> None:
        """Show a payment and its story, unless another one is wanted by now."""
        history = self._app.history
        record = await history.payment(payment_id)
        entries = await history.story(payment_id)
        if self._shown != payment_id:
            return
        self.page.show_payment(record, entries, self._app.slip_url(record))
        if self.page.isHidden():
            self.listing.hide()
            self.page.show()
            self.page.table.setFocus()

    def _on_changed(self, record: PaymentRecord) -> None:
        """News: keep what is shown true."""
        if self._shown is None:
            self.search.again()
        elif record.payment_id == self._shown:
            self._open(self._shown)

    def act(self, name: str) -> None:
        """Do what a key or a button asks for about the payment that is open."""
        record = self.page.record()
        if record is None or self._shown is None:
            return
        match name:
            case "back":
                self._show_list()
            case "refund" | "person":
                self.navigate.emit(name, record.payment_id)
            case "next_slip":
                self.page.next_slip()
            case "next_paper":
                self.page.next_paper()
            case _:
                receipt = self.page.receipt()
                if receipt is not None:
                    self._scope.start(self._put_on_paper(name, record, receipt), name)

    async def _put_on_paper(self, name: str, record: PaymentRecord, receipt: Receipt) -> None:
        """Print the slip in sight again, or save it as a PDF; both say that it is a reprint."""
        app = self._app
        try:
            if name == "pdf":
                path = save_slip(app, receipt, app.slip_url(record))
                await show_notice(self, text("slip.saved"), str(path))
            else:
                printer = print_on_paper(app, receipt, app.slip_url(record))
                await show_notice(self, text("slip.printed"), printer)
        except PosError as error:
            await show_error(self, error)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back; letters choose what to do with the payment that is open."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif self._shown is not None and keys.letter(event) in _LETTERS:
            self.act(_LETTERS[keys.letter(event)])
        else:
            super().keyPressEvent(event)

    def _escape(self) -> None:
        """Back: from the payment to the list, from a search to all, from there to the sale."""
        if self._shown is not None:
            self._show_list()
        elif self.listing.typed():
            self.listing.search_field.clear_field()
            self.listing.search_field.setFocus()
        else:
            self.navigate.emit("sale", "")
