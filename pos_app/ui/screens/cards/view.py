"""The screen of cards on file: its pages, its keys, and what is asked of the desks.

Nothing is charged here by itself: a charge shows its outcome where every sale does.
"""

from __future__ import annotations

from collections.abc import Awaitable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from pos_app.domain.card_facts import CardRecord
from pos_app.domain.errors import PosError, UserMistake
from pos_app.domain.order import Order, PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.schedule_facts import PlanRecord, PlanState
from pos_app.domain.streams import StreamId, StreamRecord
from pos_app.services.card_desk import KeepRequest
from pos_app.services.sale_desk import SaleRequest
from pos_app.services.schedule_desk import PlanRequest
from pos_app.ui import theme
from pos_app.ui.app import App
from pos_app.ui.bridge import Bridge
from pos_app.ui.card_entry import FieldMistake, check_card, in_field, take_card
from pos_app.ui.dialogs import show_error
from pos_app.ui.marks import override
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.cards import deeds
from pos_app.ui.screens.cards.calendar_page import CalendarPage
from pos_app.ui.screens.cards.card_page import CardPage
from pos_app.ui.screens.cards.charge_page import ChargePage, Purpose
from pos_app.ui.screens.cards.keep_page import KeepPage
from pos_app.ui.screens.cards.listing import ListPage
from pos_app.ui.screens.cards.model import read_charge, read_time
from pos_app.ui.screens.cards.nothing import NothingPage
from pos_app.ui.screens.cards.plan_page import PlanPage
from pos_app.ui.text import error_line, text
from pos_app.ui.widgets import keys

#: Long enough to skip the letters of a fast typist.
_PAUSE_MS = 90
_LETTERS: dict[type[QWidget], dict[str, str]] = {
    CardPage: {"C": "charge", "S": "plan", "D": "forget"},
    PlanPage: {"P": "payment", "R": "retry", "M": "move", "X": "cancel"},
}


class CardsScreen(QWidget):
    """Cards on file and what is scheduled with them.

    Signals:
        navigate: (screen name, payment id) somewhere else is wanted.
        done: (record) what was asked of a desk was answered.
        shown: what stands on a page is true now.
    """

    navigate = Signal(str, str)
    done = Signal(object)
    shown = Signal()

    def __init__(self, app: App, bridge: Bridge, parent: QWidget | None = None) -> None:
        """Build it for a terminal that is ready."""
        super().__init__(parent)
        self._app = app
        self._scope = TaskScope(self)
        self._card: CardRecord | None = None
        self._plan: PlanRecord | None = None
        self._back: list[QWidget] = []
        #: The words whose answer the list shows; None before there is one.
        self._found: str | None = None
        self._open_when_found = False
        self.busy = False
        self.list = ListPage()
        self.card_page = CardPage(plans=bool(app.schedule_desk.gateways))
        self.keep_page = KeepPage(app)
        self.charge_page = ChargePage(app)
        self.plan_page = PlanPage()
        self.calendar_page = CalendarPage(app.schedule_desk.now().date())
        self.nothing = NothingPage(app)
        self._stack = QStackedWidget()
        for page in self._pages():
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.px(side) for side in (20, 16, 20, 16)))
        column.addWidget(self._stack)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ringless", True)
        self._wire(bridge)

    def _pages(self) -> tuple[QWidget, ...]:
        return (
            self.list,
            self.card_page,
            self.keep_page,
            self.charge_page,
            self.plan_page,
            self.calendar_page,
            self.nothing,
        )

    def _wire(self, bridge: Bridge) -> None:
        self.list.changed.connect(self._on_typed)
        self.list.picked.connect(self._on_picked)
        self.list.acted.connect(self.act)
        self.card_page.acted.connect(self.act)
        self.card_page.picked.connect(lambda plan_id: self._open_plan(StreamId(plan_id)))
        self.plan_page.acted.connect(self.act)
        self.calendar_page.picked.connect(lambda plan_id: self._open_plan(StreamId(plan_id)))
        self.calendar_page.turned.connect(lambda: self._scope.start(self._load_month(), "month"))
        self.keep_page.ready.connect(self._keep)
        self.charge_page.ready.connect(self._go)
        bridge.stream_changed.connect(self._on_stream)
        bridge.changed.connect(self._on_payment)
        for key, name in (("Ctrl+N", "keep"), ("Ctrl+L", "calendar")):
            shortcut = QShortcut(QKeySequence(key), self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(lambda name=name: self.act(name))

    # -- coming and going --------------------------------------------------------------------------

    def activate(self, _payment_id: str = "") -> None:
        """Come to the front: where it was left, or the list."""
        if not self._app.card_desk.gateways:
            self._show(self.nothing, [])
            self.setFocus()
        elif self.page() is self.nothing or not self._back:
            self._show(self.list, [])
            self.list.search_field.select_all()
            self._look()
        else:
            self._focus()

    def page(self) -> QWidget:
        """Return the page in front."""
        return self._stack.currentWidget() or self.nothing

    def plan(self) -> PlanRecord | None:
        """Return the scheduled payment that was opened last."""
        return self._plan

    def wipe_card(self) -> None:
        """Forget what was typed of a card (lock, close)."""
        self.keep_page.wipe_card()

    def _show(self, page: QWidget, back: list[QWidget]) -> None:
        """Show a page; `back` is where Esc leads, last first."""
        self._back = back
        if page is not self.keep_page:
            self.keep_page.wipe_card()
        self._stack.setCurrentWidget(page)
        self._focus()
        self.shown.emit()

    def _focus(self) -> None:
        page = self.page()
        if isinstance(page, ListPage | KeepPage | ChargePage | CalendarPage):
            page.take_focus()
        elif page is self.card_page and self.card_page.table.model_rows():
            self.card_page.table.setFocus()
        else:
            self.setFocus()

    def _escape(self) -> None:
        """Back to where one came from; from the list to the sale."""
        if self.page() is self.list and self.list.typed():
            self.list.search_field.clear_field()
        elif not self._back:
            self.navigate.emit("sale", "")
        else:
            page = self._back[-1]
            self._show(page, self._back[:-1])
            self._renew()

    # -- showing -----------------------------------------------------------------------------------

    def _on_typed(self) -> None:
        self._open_when_found = False
        self._pause.start()

    def _look(self) -> None:
        self._found = None
        self._scope.start(self._load_list(), "find cards")

    async def _load_list(self) -> None:
        typed = self.list.typed()
        cards, plans = await deeds.find_all(self._app, typed)
        if typed != self.list.typed():
            return
        self._found = typed
        self.list.show_found(cards, plans)
        self.shown.emit()
        if self._open_when_found:
            self._on_picked(self.list.chosen_id())

    def _on_picked(self, card_id: str) -> None:
        """Enter: open the chosen card, but never one of an older search."""
        self._open_when_found = not card_id and self._found != self.list.typed()
        chosen = card_id or self.list.chosen_id()
        if chosen and not self._open_when_found:
            self._open_card(StreamId(chosen))

    def _open_card(self, card_id: StreamId) -> None:
        self._scope.start(self._load_card(card_id), "open card")

    async def _load_card(self, card_id: StreamId) -> None:
        self._card = await self._app.card_desk.get(card_id)
        await self._show_card()
        self._show(self.card_page, [self.list])

    async def _show_card(self) -> None:
        if self._card is not None:
            plans = await self._app.schedule_desk.of_card(self._card.stream_id)
            self.card_page.show_card(self._card, plans)
            self.shown.emit()

    def _open_plan(self, plan_id: StreamId) -> None:
        self._scope.start(self._load_plan(plan_id), "open schedule")

    async def _load_plan(self, plan_id: StreamId) -> None:
        self._plan = await self._app.schedule_desk.get(plan_id)
        await self._show_plan()
        if self.page() is not self.plan_page:
            self._show(self.plan_page, [*self._back, self.page()])

    async def _show_plan(self) -> None:
        plan, desk = self._plan, self._app.schedule_desk
        if plan is None:
            return
        card = self._card = await self._app.card_desk.get(plan.card_id)
        payment: PaymentRecord | None = None
        if plan.state is PlanState.HANDED_OVER:
            payment = await self._app.history.payment(plan.payment_id)
        self.plan_page.show_plan(plan, desk.now(), payment, card)
        self.shown.emit()

    async def _load_month(self) -> None:
        since, until = self.calendar_page.span()
        self.calendar_page.show_plans(await self._app.schedule_desk.between(since, until))

    def _renew(self) -> None:
        """Show the page in front as things stand now."""
        page = self.page()
        if page is self.list:
            self._look()
        elif page is self.card_page:
            self._scope.start(self._show_card(), "show card")
        elif page is self.plan_page:
            self._scope.start(self._show_plan(), "show schedule")
        elif page is self.calendar_page:
            self._scope.start(self._load_month(), "month")

    def _on_stream(self, record: StreamRecord) -> None:
        """News: keep what is shown true."""
        if self._card is not None and record.stream_id == self._card.stream_id:
            assert isinstance(record, CardRecord)
            self._card = record
        if self._plan is not None and record.stream_id == self._plan.stream_id:
            assert isinstance(record, PlanRecord)
            self._plan = record
        if not self.busy:
            self._renew()

    def _on_payment(self, record: PaymentRecord) -> None:
        """A charge of this card has begun: its outcome is shown where every sale's is."""
        card = self._card
        ours = self.busy and not record.schedule_id and card is not None
        if ours and card is not None and record.customer_uid == card.customer_uid:
            self._to_sale(record.payment_id)
        elif self.page() is self.plan_page:
            self._renew()

    def _to_sale(self, payment_id: PaymentId) -> None:
        if self.busy:
            self.busy = False
            self._show(self.list, [])
            self.navigate.emit("sale", payment_id)

    # -- acting ------------------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """Do what a key or a button asks for."""
        card, plan = self._card, self._plan
        if self.busy:
            return
        match name:
            case "keep":
                self.keep_page.begin(self._app.card_desk.gateways[0])
                self._show(self.keep_page, [self.list])
            case "calendar":
                self._scope.start(self._load_month(), "month")
                self._show(self.calendar_page, [self.list])
            case "charge" | "plan" if card is not None:
                self.charge_page.begin(Purpose(name), card)
                self._show(self.charge_page, [*self._back, self.page()])
            case "move" if card is not None and plan is not None:
                self.charge_page.begin(Purpose.MOVE, card, plan)
                self._show(self.charge_page, [*self._back, self.page()])
            case "forget" if card is not None:
                self._scope.start(self._forget(card), "forget card")
            case "cancel" if plan is not None:
                self._scope.start(self._cancel(plan), "cancel schedule")
            case "retry" if plan is not None and card is not None:
                self._scope.start(self._retry(plan, card), "charge again")
            case "payment" if plan is not None:
                self.navigate.emit("history", plan.payment_id)

    async def _forget(self, card: CardRecord) -> None:
        standing = await deeds.forget(self, self._app, card, self._told)
        if standing is not None:
            await self._load_plan(standing.stream_id)
        self._renew()

    async def _cancel(self, plan: PlanRecord) -> None:
        await deeds.cancel(self, self._app, plan, self._told)
        self._renew()

    async def _told(self, work: Awaitable[object]) -> None:
        """Wait for a desk and tell who listens."""
        self.done.emit(await work)

    async def _retry(self, plan: PlanRecord, card: CardRecord) -> None:
        """Charge a failed scheduled payment again: a new order number under the same sale."""
        if await deeds.ask_retry(self, plan, card):
            await self._charge(card, SaleRequest(plan.order, sale_id=plan.sale_id))

    # -- the big keys ------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Check everything that was typed for a new card, then have it kept."""
        page, text_read = self.keep_page, self.keep_page.consent()
        if self.busy or text_read is None:
            return
        gateway = self._app.card_desk.gateways[0]
        rules = self._app.sale_desk.rules_of(gateway)
        order: Order | None = None
        try:
            request = KeepRequest(
                page.name.text_value(), page.phone.text_value(), gateway, text_read.consent
            )
            check_card(page.card.views(), self._app.sale_desk.today(), rules)
            if (typed := page.typed_charge()) is not None:
                name, phone = request.customer_name, request.customer_phone
                order = read_charge(typed, name, phone, rules)
        except FieldMistake as found:
            if found.mistake.code == "card.resident_number_refused":
                page.card.holder.wipe()
            page.show_mistake(found.field, error_line(found.mistake))
            return
        self._begin_work(page.side.set_note)
        self._scope.start(self._keep_now(request, order), "keep card")

    async def _keep_now(self, request: KeepRequest, order: Order | None) -> None:
        app, page = self._app, self.keep_page
        try:
            reason = ""
            if order is not None:
                reason_or_none = await deeds.ready_order(self, app, page.card, order)
                if reason_or_none is None:
                    self._end_work()
                    return
                reason = reason_or_none
            card = take_card(page.card.take(), app.sale_desk.today())
            if order is None:
                kept = await app.card_desk.keep(request, card)
                self._end_work()
                self.done.emit(kept)
                await self._load_card(kept.stream_id)
                return
            sale = SaleRequest(order, duplicate_reason=reason)
            paid = await app.card_desk.charge_and_keep(request, sale, card)
        except PosError as error:
            self._end_work()
            await show_error(self, error)
            self._focus()
            return
        self.done.emit(paid)
        self._to_sale(paid.payment_id)

    def _go(self) -> None:
        """Check what was typed for a charge now or later, then ask for it."""
        page, card, plan = self.charge_page, self._card, self._plan
        if self.busy or card is None:
            return
        rules = self._app.sale_desk.rules_of(card.gateway)
        try:
            order = None
            if page.purpose is not Purpose.MOVE:
                typed, name = page.typed(), card.customer_name
                order = read_charge(typed, name, card.customer_phone, rules)
            if page.purpose is Purpose.CHARGE and order is not None:
                self._begin_work(page.side.set_note)
                self._scope.start(self._charge(card, SaleRequest(order)), "charge card on file")
                return
            at = read_time(page.day(), page.time.text_value())
            with in_field("time"):
                if at <= self._app.schedule_desk.now():
                    raise UserMistake("schedule.time_passed")
        except FieldMistake as found:
            page.show_mistake(found.field, error_line(found.mistake))
            return
        if page.approver.check_there():
            self._begin_work(page.side.set_note)
            self._scope.start(self._schedule(card, order, plan), "schedule")

    async def _schedule(
        self, card: CardRecord, order: Order | None, plan: PlanRecord | None
    ) -> None:
        """Plan a payment, or move one (without an order)."""
        page, desk = self.charge_page, self._app.schedule_desk
        try:
            at = read_time(page.day(), page.time.text_value())
            approver = await page.approver.approved_by()
            if order is not None:
                made = await desk.plan(PlanRequest(card.stream_id, order, at, approver))
            elif plan is not None:
                made = await desk.change(plan.stream_id, at, approver)
            else:
                return
        except PosError as error:
            self._end_work()
            if not page.approver.take_mistake(error):
                await show_error(self, error)
                self._focus()
            return
        self._end_work()
        self._plan = made
        await self._show_plan()
        await self._show_card()
        self._show(self.plan_page, [self.list, self.card_page])
        self.done.emit(made)

    async def _charge(self, card: CardRecord, request: SaleRequest) -> None:
        """Ask about duplicates and charge; the outcome is shown where every sale's is."""
        self.busy = True
        try:
            ready = await deeds.ask_duplicate(self, self._app, card, request)
            if ready is None:
                self._end_work()
                return
            paid = await self._app.sale_desk.charge_on_file(ready, card.on_file)
        except PosError as error:
            self._end_work()
            await show_error(self, error)
            self._focus()
            return
        self.done.emit(paid)
        self._to_sale(paid.payment_id)

    def _begin_work(self, note: object) -> None:
        self.busy = True
        assert callable(note)
        note(text("cards.asking"))

    def _end_work(self) -> None:
        self.busy = False
        for side in (self.keep_page.side, self.charge_page.side):
            side.set_note("")

    # -- keys --------------------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back; letters act on the card or schedule in sight; a held key does nothing."""
        if event.isAutoRepeat():
            return
        page = self.page()
        name = _LETTERS.get(type(page), {}).get(keys.letter(event))
        if event.key() == Qt.Key.Key_Escape:
            if not self.busy:
                self._escape()
        elif isinstance(page, CardPage | PlanPage) and name in page.side.offered():
            assert name is not None
            self.act(name)
        else:
            super().keyPressEvent(event)
