"""The sale screen: typing, the last look, waiting, the outcome. One big action at the right.

Enter in the last field does not charge yet: it shows the digits for reading back and moves to the
big button. Enter there charges, once; a held or a third Enter meets the waiting screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.domain.errors import PosError
from pos_app.ui import theme
from pos_app.ui.capture import keep_out_of_captures
from pos_app.ui.card_entry import FieldMistake, check_card, take_card
from pos_app.ui.marks import override
from pos_app.ui.recent_panel import RecentPanel
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.sale.form import READ_BACK_S, SaleForm
from pos_app.ui.screens.sale.identity import SaleIdentity
from pos_app.ui.screens.sale.living_slip import card_typed, living_pairs
from pos_app.ui.screens.sale.model import (
    ParkingLot,
    Phase,
    TypedOrder,
    draft_of,
    read_order,
    required_fields,
)
from pos_app.ui.slip_panel import SlipPanel
from pos_app.ui.text import error_text, text
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.big_button import BigButton

if TYPE_CHECKING:
    from pos_app.domain.order import Order, PaymentId, SaleId
    from pos_app.domain.record import PaymentRecord
    from pos_app.services.news import Activity
    from pos_app.ui.app import App
    from pos_app.ui.bridge import Bridge
    from pos_app.ui.screens.sale.gateways import GatewayChoice
    from pos_app.ui.screens.sale.outcome import OutcomeView

#: Heading, column names and one row; with less room the list of last payments is not shown, px.
_RECENT_MIN = 112
#: A clerk needs longer than this for the first digits.
_FURNISH_AFTER_MS = 1_000


class SaleScreen(QWidget):
    """The counter's home.

    Signals:
        navigate: (screen name, payment id) somewhere else is wanted.
        settled: (PaymentRecord) the charge on screen was answered.
        gateway_changed: (name) the sale goes by this gateway now.
    """

    navigate = Signal(str, str)
    settled = Signal(object)
    gateway_changed = Signal(str)

    def __init__(self, parking: ParkingLot | None = None, parent: QWidget | None = None) -> None:
        """Build it, with orders `parking` that wait; `attach` brings it to life.

        Typing can begin before.
        """
        super().__init__(parent)
        self._app: App | None = None
        self._scope = TaskScope(self)
        self.parking = ParkingLot() if parking is None else parking
        self._sale_id: SaleId | None = None
        self._typed = TypedOrder()
        self._shown: PaymentId | None = None
        #: Counts what is charged or begun anew, so that a late answer knows whether it is wanted.
        self._attempt = 0
        self.phase = Phase.TYPING
        self._furnishing = QTimer(self)
        self._furnishing.setSingleShot(True)
        self._furnishing.timeout.connect(self._furnish)
        self.form = SaleForm(self)
        self.identity = SaleIdentity(self)
        self._outcome: OutcomeView | None = None
        self._choice: GatewayChoice | None = None
        self.recent = RecentPanel(self)
        self.slip = SlipPanel(self)
        self.charge = BigButton(text("sale.charge"), "Enter", parent=self.slip)
        self.charge.setEnabled(False)
        self.recent.lead_to(self.charge)
        self._lay_out()
        self.form.changed.connect(self._on_typed)
        self.identity.changed.connect(self._on_typed)
        self.form.finished.connect(self.last_look)
        self.charge.clicked.connect(self._on_charge)
        self.recent.picked.connect(lambda payment_id: self.navigate.emit("history", payment_id))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ringless", True)
        self._show_phase(Phase.TYPING)

    def _lay_out(self) -> None:
        self._left = left = QVBoxLayout()
        left.setSpacing(theme.px(12))
        left.addWidget(self.form)
        left.addWidget(self.recent, 1)
        left.addStretch(0)
        self.form.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(20), theme.px(16), theme.px(20), theme.px(16))
        row.setSpacing(theme.px(16))
        row.addLayout(left, 1)
        row.addWidget(self.slip)
        self.slip.foot.addWidget(self.charge)

    def _fit_recent(self) -> None:
        """Let the last payments go before the fields are squeezed (large text, small screen)."""
        typing = self._outcome is None or self.form.isVisibleTo(self)
        above = self.form if typing else self.outcome
        room = self.height() - above.sizeHint().height() - theme.px(2 * 16 + 12)
        self.recent.setVisible(room >= theme.px(_RECENT_MIN))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._fit_recent()

    @override
    def event(self, event: QEvent) -> bool:
        """Look again when a part wants another size, e.g. for a line that says what is wrong."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit_recent()
        return super().event(event)

    @property
    def outcome(self) -> OutcomeView:
        """Return where the outcome is shown, made when it is first wanted.

        Nobody needs it to begin typing; it is made a moment after the terminal is ready.
        """
        if self._outcome is None:
            from pos_app.ui.screens.sale.outcome import OutcomeView

            self._outcome = OutcomeView()
            self._outcome.setVisible(False)
            self._outcome.chosen.connect(self.act)
            self._outcome.offer_gateways(self._gateways())
            self._left.insertWidget(1, self._outcome)
        return self._outcome

    # -- life --------------------------------------------------------------------------------------

    def attach(self, app: App, bridge: Bridge) -> None:
        """Connect the screen to a terminal that is ready."""
        self._app = app
        self.identity.attach(app)
        self._offer_gateways()
        self._configure()
        self.slip.set_merchant(app.merchant)
        bridge.changed.connect(self._on_changed)
        bridge.activity.connect(self._on_activity)
        self._scope.start(self._load_recent(), "recent payments")
        self._on_typed()
        self._furnishing.start(_FURNISH_AFTER_MS)

    def detach(self) -> None:
        """Begin nothing more for a terminal that is being closed."""
        self._furnishing.stop()
        self.identity.detach()

    # -- the gateway -------------------------------------------------------------------------------

    def gateway(self) -> str:
        """Return the gateway this sale goes by; empty for the terminal's only one."""
        return self._choice.name() if self._choice is not None else ""

    def use_gateway(self, name: str) -> None:
        """Let this sale go by that gateway, by the first where none is named."""
        if self._choice is not None:
            self._choice.use(name or self._gateways()[0])

    def _gateways(self) -> tuple[str, ...]:
        return () if self._app is None else self._app.sale_desk.gateways

    def _offer_gateways(self) -> None:
        """Show the choice where there is one."""
        from pos_app.ui.screens.sale.gateways import offer_choice

        names = self._gateways()
        self._choice = offer_choice(names, self.slip, self._choice)
        if self._choice is not None:
            self._choice.changed.connect(self._configure)  # what was typed stays
            self._choice.changed.connect(self.gateway_changed)
            self._choice.setVisible(self.is_typing())
        if self._outcome is not None:
            self._outcome.offer_gateways(names)

    def _configure(self) -> None:
        """Let the form follow the rules of the gateway in use."""
        if self._app is not None:
            rules = self._app.sale_desk.rules_of(self.gateway())
            sale = self._app.settings.sale
            self.form.configure(rules, sale, self._app.issuer_of, self._app.offers)

    def _furnish(self) -> None:
        """Make and load what the first charge would otherwise wait for."""
        from pos_app.ui.screens.sale import deeds  # noqa: F401 - loaded for later

        _ = self.outcome

    def activate(self, payment_id: str = "") -> None:
        """Come to the front; with a payment, show where it stands and park what was typed."""
        if payment_id and self._app is not None and self.phase is not Phase.WAITING:
            from pos_app.domain.order import PaymentId

            if not self.form.typed().is_empty:
                self.park()
            self._scope.start(self._show_payment(PaymentId(payment_id)), "show payment")
        elif self.is_typing():
            self.identity.come_back()
        else:
            self.setFocus()

    def payment_in_sight(self) -> str:
        """Return the payment whose outcome is shown, for F4 and F9."""
        shown = self.outcome.record() if self.phase is Phase.OUTCOME else None
        return shown.payment_id if shown is not None else ""

    def new_sale(self) -> None:
        """F2: an empty form; a charge on its way goes on by itself."""
        if self.phase is Phase.WAITING:
            return
        if self.phase is Phase.OUTCOME:
            self._start_over(TypedOrder(), None)
        else:
            self._show_phase(Phase.TYPING)
            self.form.chain.focus_first_empty()

    def wipe_card(self) -> None:
        """Forget what was typed of a card, and who is calling (lock, close)."""
        self.form.wipe_card()
        self.identity.drop()

    def is_typing(self) -> bool:
        """Tell whether an order is being typed or looked at for the last time."""
        return self.phase in {Phase.TYPING, Phase.CONFIRMING}

    def _start_over(self, order: TypedOrder, sale_id: SaleId | None, gateway: str = "") -> None:
        self._sale_id = sale_id
        if sale_id is None:
            self.identity.drop()
        self._shown = None
        self._attempt += 1
        self.form.clear()
        self.use_gateway(gateway)
        self.form.fill(order)
        self._show_phase(Phase.TYPING)
        self._on_typed()
        if sale_id is None or order.is_empty:
            self.form.chain.focus_first_empty()
        else:  # an order that was good once: only the card is to be typed again
            self.form.number.setFocus()

    # -- typing ------------------------------------------------------------------------------------

    def last_look(self) -> None:
        """Check everything; then show the digits for reading back and wait for one more Enter."""
        if self._app is None or self._check() is None:
            return
        self._show_phase(Phase.CONFIRMING)
        self.charge.setFocus()
        if keep_out_of_captures(self.window()):
            self.form.number.read_back(READ_BACK_S, take_focus=False)
        else:
            self.slip.set_note(text("sale.no_read_back"))

    def _check(self) -> Order | None:
        """Return the order if everything can be charged, else say what is wrong, in its field."""
        app = self._app
        if app is None:
            return None
        rules = app.sale_desk.rules_of(self.gateway())
        required = required_fields(app.settings.sale)
        try:
            order = read_order(self.form.typed(), rules, required)
            self.identity.check(order, rules)
            views = self.form.card_views()
            check_card(views, app.sale_desk.today(), rules)
        except FieldMistake as found:
            title, advice = error_text(found.mistake)
            if found.mistake.code == "card.resident_number_refused":
                self.form.holder.wipe()
            self.form.show_mistake(found.field, title)
            self.slip.set_note(advice)
            return None
        return order

    def _on_typed(self) -> None:
        """Keep the living slip true, and leave the last look when something changes."""
        if self.phase in {Phase.WAITING, Phase.OUTCOME}:
            return
        if self.phase is Phase.CONFIRMING:
            self._show_phase(Phase.TYPING)
        typed = self.form.typed()
        draft = draft_of(typed)
        card = card_typed(self.form, self._app)
        self.slip.set_facts(living_pairs(draft, card, self.identity.pairs()))
        self.slip.set_sums(draft.tax)
        missing = self.form.missing()
        words = text("sale.missing", fields=" · ".join(missing)) if missing else ""
        self.slip.set_note(words)
        self.charge.setEnabled(self._app is not None and not missing)

    # -- charging ----------------------------------------------------------------------------------

    def _on_charge(self) -> None:
        """The big button: the first time the last look, then the charge."""
        if self.phase is Phase.TYPING:
            self.last_look()
        elif self.phase is Phase.CONFIRMING:
            order = self._check()
            if order is not None:
                # First of all: the last sale's verdict must not stand behind a question about this.
                self.outcome.begin()
                self._show_phase(Phase.WAITING)
                self._attempt += 1
                self._scope.start(self._charge(order, self._attempt), "charge")

    async def _charge(self, order: Order, attempt: int) -> None:
        """Ask what must be asked first, hand the card over, show what comes back."""
        from pos_app.services.sale_desk import SaleRequest
        from pos_app.ui.dialogs import show_error
        from pos_app.ui.screens.sale.deeds import ask_first

        app = self._app
        if app is None:
            return
        try:
            wanted = SaleRequest(order, self._sale_id, gateway=self.gateway())
            request = await ask_first(self, app, wanted)
            if request is None:
                self._back_to_typing()
                return
            self._typed = self.form.typed()
            card = take_card(self.form.take_card(), app.sale_desk.today())
            record = await app.sale_desk.charge(request, card)
        except PosError as error:
            self._back_to_typing()
            await show_error(self, error)
            return
        if attempt == self._attempt:  # else its news came first, and the clerk has gone on since
            self._show_record(record)
        self.settled.emit(record)

    def _back_to_typing(self) -> None:
        self._show_phase(Phase.TYPING)
        self._on_typed()
        self.form.chain.focus_first_empty()

    # -- outcome -----------------------------------------------------------------------------------

    def _show_record(self, record: PaymentRecord) -> None:
        """Show a payment; waiting ends when it is answered."""
        from pos_app.domain.record import PaymentState

        self._shown = record.payment_id
        self.outcome.show_record(record)
        self.slip.show_record(record)
        waiting = record.state in {PaymentState.PREPARED, PaymentState.SENDING}
        self._show_phase(Phase.WAITING if waiting else Phase.OUTCOME)

    async def _show_payment(self, payment_id: PaymentId) -> None:
        if self._app is not None:
            record = await self._app.history.payment(payment_id)
            self._typed = TypedOrder()
            self._show_record(record)
            self.setFocus()

    def _on_changed(self, record: PaymentRecord) -> None:
        """News: show it if it is ours; the list below is always kept true.

        A charge that has just begun is the only one that can be PREPARED: whatever else moves then
        is an earlier payment that settles itself.
        """
        from pos_app.domain.record import PaymentState

        waiting = self.phase is Phase.WAITING and self.outcome.record() is None
        starting = waiting and record.state is PaymentState.PREPARED
        if record.payment_id == self._shown or starting:
            self._show_record(record)
        self._scope.start(self._load_recent(), "recent payments")

    def _on_activity(self, activity: Activity) -> None:
        if self._outcome is not None:
            self._outcome.show_activity(activity)

    async def _load_recent(self) -> None:
        if self._app is not None:
            self.recent.show_payments(await self._app.history.recent())

    def act(self, name: str) -> None:
        """Do what a key or a button of the outcome asks for."""
        record = self.outcome.record() if self.phase is Phase.OUTCOME else None
        if self._app is None or record is None:
            return
        match name:
            case "next":
                self.new_sale()
            case "again":
                self._start_over(self._typed, record.sale_id, record.gateway)
            case "other_gateway":
                self._start_over(self._typed, record.sale_id, self.outcome.other_gateway())
            case "refund" | "person":
                self.navigate.emit(name, record.payment_id)
            case _:
                self._scope.start(self._work(name, record), name)

    async def _work(self, name: str, record: PaymentRecord) -> None:
        """Do what takes time."""
        from pos_app.ui.screens.sale.deeds import work

        if self._app is not None:
            await work(self, self._app, name, record)

    # -- parking and keys --------------------------------------------------------------------------

    def park(self) -> None:
        """F7: put the order aside without the card, or take one back into an empty form."""
        if self._app is None or not self.is_typing():
            return
        typed = self.form.typed()
        if not typed.is_empty:
            self.parking.park(typed, self._app.clock.now())
            self._start_over(TypedOrder(), None)
            self.slip.set_note(text("sale.parked", count=len(self.parking.all())))
        elif self.parking.all():
            self._scope.start(self._take_parked(), "parked orders")

    async def _take_parked(self) -> None:
        from pos_app.ui.screens.sale.deeds import ask_parked

        order = await ask_parked(self, self.parking)
        if order is not None:
            self._start_over(order, None)

    async def _ask_clear(self) -> None:
        from pos_app.ui.screens.sale.deeds import ask_clear

        if await ask_clear(self):
            self._start_over(TypedOrder(), None)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc clears after asking; letters choose actions of the outcome."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
            return
        if event.key() == Qt.Key.Key_F6 and self._choice is not None and self.is_typing():
            self._choice.use_next()
            return
        if self.phase is Phase.OUTCOME:
            from pos_app.ui.key_table import letters

            name = letters("sale").get(keys.letter(event))
            if name is not None and name in {one.name for one in self.outcome.offered()}:
                self.act(name)
            return
        super().keyPressEvent(event)

    def _escape(self) -> None:
        if self.phase is Phase.CONFIRMING:
            self._back_to_typing()
        elif self.phase is Phase.TYPING and not self.form.is_empty():
            self._scope.start(self._ask_clear(), "clear the form")

    def _show_phase(self, phase: Phase) -> None:
        """Show the page that belongs to `phase`."""
        before, self.phase = self.phase, phase
        if phase is not Phase.CONFIRMING:
            self.form.number.end_read_back()
        typing = self.is_typing()
        self.form.setVisible(typing)
        if self._outcome is not None or not typing:
            self.outcome.setVisible(not typing)
        self.charge.setVisible(typing)
        if self._choice is not None:
            self._choice.setVisible(typing)
        self.charge.set_words(
            text("sale.charge_now" if phase is Phase.CONFIRMING else "sale.charge")
        )
        if not typing and before is not phase:
            self.setFocus()
