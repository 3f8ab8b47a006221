"""The refund screen: find, look once more, ask the gateway, see what became of it.

Enter in the last field does not refund yet: it moves to the big key, which then says so. Enter
there refunds, once; a held or a third Enter meets the waiting screen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.errors import PosError, UserMistake
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.refunds import RefundPlan, RefundRecord
from pos_app.domain.requests import HistoryQuery
from pos_app.services.news import Activity
from pos_app.ui import theme
from pos_app.ui.app import App
from pos_app.ui.approver import ApproverFields
from pos_app.ui.bridge import Bridge
from pos_app.ui.dialogs import show_error
from pos_app.ui.marks import override
from pos_app.ui.payment_search import PaymentSearch
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.refund import deeds
from pos_app.ui.screens.refund.form import ROWS_MAX, RefundForm
from pos_app.ui.screens.refund.model import Instead, Outlook, look_ahead
from pos_app.ui.screens.refund.outcome import RefundOutcome, Shown
from pos_app.ui.screens.refund.record_panel import RecordPanel
from pos_app.ui.screens.refund.slip import CancelSlip
from pos_app.ui.slip_panel import note_of
from pos_app.ui.text import error_text, text
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.field_chain import FieldChain
from pos_app.ui.widgets.pairs import Pair

_LETTERS = {"P": "print", "S": "pdf", "R": "again", "K": "ask_again"}
#: The record with one line.
_RECORD_PX = 84
#: A screen this high has room for banner, sentence, work and record.
_ROOMY_PX = 620


class Phase(StrEnum):
    """Where a refund is on the screen."""

    TYPING = "typing"
    CONFIRMING = "confirming"
    CHECKING = "checking"
    WAITING = "waiting"
    OUTCOME = "outcome"


class RefundScreen(QWidget):
    """Money back.

    Signals:
        navigate: (screen name, payment id) somewhere else is wanted.
        settled: (PaymentRecord) the refund on screen got its first answer.
    """

    navigate = Signal(str, str)
    settled = Signal(object)

    def __init__(self, app: App, bridge: Bridge, parent: QWidget | None = None) -> None:
        """Build it for a terminal that is ready."""
        super().__init__(parent)
        self._app = app
        self._scope = TaskScope(self)
        self._record: PaymentRecord | None = None
        self._pinned: PaymentRecord | None = None
        self._outlook = Outlook()
        self._shown: PaymentId | None = None
        self._refunds_before = 0
        self._back_by: dt.date | None = None
        self._go_on_when_found = False
        self.phase = Phase.TYPING
        self.search = PaymentSearch(self, app.history)
        self.form = RefundForm()
        self.record_panel = RecordPanel()
        self.outcome = RefundOutcome(app.clock)
        self.slip = CancelSlip()
        self.approver = ApproverFields(app.operators)
        self.button = BigButton(text("refund.request"), "Enter")
        self._lay_out()
        self._wire(bridge)
        self._show_phase(Phase.TYPING)
        self._look()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(theme.px(12))
        left.addWidget(self.form)
        left.addWidget(self.outcome)
        left.addWidget(self.record_panel, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(20), theme.px(16), theme.px(20), theme.px(16))
        row.setSpacing(theme.px(16))
        row.addLayout(left, 1)
        row.addWidget(self.slip)
        self.slip.set_merchant(self._app.merchant)
        self.slip.foot.addWidget(self.approver)
        self.slip.foot.addWidget(self.button)

    def _wire(self, bridge: Bridge) -> None:
        form = self.form
        who = self.approver
        fields = (form.amount, form.reason, form.other, who.pin, who.name)
        self.chain = FieldChain(fields, self)
        self.chain.finished.connect(self.last_look)
        form.search_field.changed.connect(self._on_find)
        form.moved.connect(self._on_moved)
        form.picked.connect(self._on_picked)
        form.changed.connect(self._look)
        self.approver.changed.connect(self._on_approver)
        self.search.found.connect(self._on_found)
        self.button.clicked.connect(self._on_button)
        self.outcome.chosen.connect(self.act)
        bridge.changed.connect(self._on_changed)
        bridge.activity.connect(self._on_activity)

    # -- coming and going --------------------------------------------------------------------------

    def activate(self, payment_id: str = "") -> None:
        """Come to the front; with a payment, that one is chosen already."""
        if self.phase in {Phase.CHECKING, Phase.WAITING}:
            self.setFocus()
        elif payment_id:
            self._scope.start(self._open(PaymentId(payment_id)), "open payment")
        else:
            self._start_over(None)

    def payment_in_sight(self) -> str:
        """Return the payment the screen is about, for F3, F4 and F9."""
        if self._shown is not None:
            return self._shown
        return self._record.payment_id if self._record is not None else ""

    async def _open(self, payment_id: PaymentId) -> None:
        """Choose a payment; a refund of it that is not settled is shown where it stands."""
        record = await self._app.history.payment(payment_id)
        live = record.live_refund
        if live is None:
            self._start_over(record)
            return
        self._back_by = None
        self._shown = record.payment_id
        self._show_refund(record, live)

    def _start_over(self, pinned: PaymentRecord | None) -> None:
        """Begin anew, with the payment of another screen or with the last ones."""
        self._pinned = pinned
        self._shown = None
        self._record = None
        self.outcome.close_down()
        self.form.clear()
        self._go_on_when_found = pinned is not None
        self.form.show_found([], more=False)
        self.approver.clear()
        self._show_phase(Phase.TYPING)
        self._look()
        self.search.ask_now(self._question())
        self.form.search_field.setFocus()

    # -- finding -----------------------------------------------------------------------------------

    def _question(self) -> HistoryQuery:
        """Ask for what was typed, or for the last payments that can be refunded."""
        typed = self.form.search_field.text_value()
        return HistoryQuery(text=typed, refundable_only=not typed, limit=ROWS_MAX + 1)

    def _on_find(self) -> None:
        self._go_on_when_found = False
        self.search.ask(self._question())

    def _on_found(self, records: Sequence[PaymentRecord]) -> None:
        if self.phase not in {Phase.TYPING, Phase.CONFIRMING}:
            return
        pinned = self._pinned if not self.search.query.text else None
        if pinned is not None:
            others = [r for r in records if r.payment_id != pinned.payment_id]
            records = [pinned, *others]
        more = bool(self.search.query.text) and len(records) > ROWS_MAX
        self.form.show_found(records[:ROWS_MAX], more=more)
        if self._go_on_when_found:
            self._go_on()

    def _on_moved(self, _payment_id: str) -> None:
        record = self.form.chosen()
        if record == self._record:
            return
        before, self._record = self._record, record
        if record is None:
            self.form.fill_amount(0)
        elif _differs(before, record):
            self.form.fill_amount(record.balance.amount)
        self._tell_story(record)
        self._look()

    def _on_picked(self) -> None:
        """Enter on a payment: on to the amount, but never with the row of an older search."""
        if self.search.is_waiting():
            self._go_on_when_found = True
        else:
            self._go_on()

    def _go_on(self) -> None:
        self._go_on_when_found = False
        if self._record is None:
            self.form.search_field.setFocus()
        elif self._outlook.payment_mistake is not None:
            self.last_look()
        else:
            self.chain.focus_first()

    def _tell_story(self, record: PaymentRecord | None) -> None:
        if record is None:
            self.record_panel.show_story(())
        else:
            self._scope.start(self._load_story(record.payment_id), "story")

    async def _load_story(self, payment_id: PaymentId) -> None:
        entries = await self._app.history.story(payment_id)
        if self.payment_in_sight() == payment_id:
            self.record_panel.show_story(entries)

    # -- typing ------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Keep bar, promise and slip true, and leave the last look when something changes."""
        if self.phase is Phase.CONFIRMING:
            self._show_phase(Phase.TYPING)
        if self.phase is not Phase.TYPING:
            return
        record = self._record
        typed = self.form.amount.text_value()
        self._outlook = (
            look_ahead(self._app.refund_desk, record, typed) if record is not None else Outlook()
        )
        self.form.show_outlook(record, self._outlook)
        self.form.show_amount_mistake(self._outlook, asked=False)
        open_now = self._outlook.payment_mistake is None
        self.approver.ask(wanted=self._app.refund_desk.needs_approval and open_now)
        self._show_draft()
        self._show_button()

    def _on_approver(self) -> None:
        if self.phase is Phase.CONFIRMING:
            self._show_phase(Phase.TYPING)
        self._show_draft()

    def _show_draft(self) -> None:
        if self._record is None:
            self.slip.show_nothing(text("refund.choose_first"))
            return
        approver = None
        if self.approver.wanted:
            name = self.approver.typed_name()
            words = name or text("refund.approver_wanted")
            approver = Pair(text("refund.approver"), words, role="body" if name else "hint")
        reason = self.form.reason_words()
        self.slip.show_draft(self._record, self._outlook.plan, reason, approver)
        self.slip.set_note(note_of(self._record))

    def _show_button(self) -> None:
        """Name the big key by what it does now."""
        instead = self._outlook.instead
        if instead is not Instead.NOTHING:
            self.button.set_words(text(f"refund.instead.{instead.value}"))
        elif self.phase is Phase.CONFIRMING:
            self.button.set_words(text("refund.request_now"))
        else:
            self.button.set_words(text("refund.request"))
        self.button.setEnabled(self._outlook.plan is not None or instead is not Instead.NOTHING)

    # -- refunding ---------------------------------------------------------------------------------

    def last_look(self) -> None:
        """Check everything; then wait for one more Enter on the big key."""
        if self.phase is not Phase.TYPING or self._record is None:
            return
        if self._outlook.instead is not Instead.NOTHING:
            self.button.setFocus()
        elif self._check() is not None:
            self._show_phase(Phase.CONFIRMING)
            self.button.setFocus()

    def _check(self) -> RefundPlan | None:
        """Return the plan if all that is needed was typed, else say what is missing, in place."""
        plan = self._outlook.plan
        if plan is None:
            self.form.show_amount_mistake(self._outlook, asked=True)
            self.form.amount.setFocus()
            return None
        if not self.form.reason_words():
            self.form.other.set_error(error_text(UserMistake("refund.reason_empty"))[0])
            self.form.other.setFocus()
            return None
        return plan if self.approver.check_there() else None

    def _on_button(self) -> None:
        """The big key: the first time the last look, then the refund."""
        record = self._record
        if record is None or self.phase not in {Phase.TYPING, Phase.CONFIRMING}:
            return
        match self._outlook.instead:
            case Instead.UNWANTED:
                work = deeds.reverse_when_found(self, self._app, record)
                self._scope.start(work, "cancel if found")
            case Instead.WATCH:
                self._scope.start(self._open(record.payment_id), "watch the refund")
            case Instead.NOTHING if self.phase is Phase.TYPING:
                self.last_look()
            case Instead.NOTHING:
                plan = self._check()
                if plan is not None:
                    self._show_phase(Phase.CHECKING)
                    self._scope.start(self._refund(record, plan), "refund")

    async def _refund(self, record: PaymentRecord, plan: RefundPlan) -> None:
        """Have it approved, hand it over, show what comes back."""
        reason = self.form.reason_words()
        try:
            approver = await self.approver.approved_by()
            self._shown = record.payment_id
            self._refunds_before = len(record.refunds)
            self._back_by = plan.back_by
            self.outcome.begin()
            self._show_phase(Phase.WAITING)
            done = await self._app.refund_desk.refund(
                record.payment_id, plan.amount, reason, approver
            )
        except PosError as error:
            self._back_to_typing()
            if not self.approver.take_mistake(error):
                self.form.amount.setFocus()
                await show_error(self, error)
            return
        if self._shown == done.payment_id:
            self._follow(done)
        self.settled.emit(done)

    def _back_to_typing(self) -> None:
        self._shown = None
        self.outcome.close_down()
        self._show_phase(Phase.TYPING)
        self._look()
        self.search.again()

    # -- outcome -----------------------------------------------------------------------------------

    def _follow(self, record: PaymentRecord) -> None:
        """Show where the refund on screen stands, if this record has it already."""
        if len(record.refunds) > self._refunds_before:
            self._show_refund(record, record.refunds[-1])

    def _show_refund(self, record: PaymentRecord, refund: RefundRecord) -> None:
        self._record = record
        self._refunds_before = len(record.refunds) - 1
        self.outcome.show_refund(Shown(record, refund, self._back_by))
        self.slip.show_refund(record, refund)
        self._tell_story(record)
        on_its_way = not self.outcome.offered()
        self._show_phase(Phase.WAITING if on_its_way else Phase.OUTCOME)

    def _on_changed(self, record: PaymentRecord) -> None:
        """News: show it if it is ours."""
        if self._shown is not None:
            if record.payment_id == self._shown:
                self._follow(record)
            return
        if self._pinned is not None and self._pinned.payment_id == record.payment_id:
            self._pinned = record
        self.form.renew(record)
        if self._record is not None and self._record.payment_id == record.payment_id:
            self._on_moved(record.payment_id)
        self.search.again()

    def _on_activity(self, activity: Activity) -> None:
        self.outcome.show_activity(activity)

    def act(self, name: str) -> None:
        """Do what a key or a button of the outcome asks for."""
        shown = self.outcome.shown()
        if shown is None or self.phase is not Phase.OUTCOME:
            return
        match name:
            case "next":
                self.navigate.emit("sale", "")
            case "person":
                self.navigate.emit("person", shown.record.payment_id)
            case "again" | "more":
                self.activate(shown.record.payment_id)
            case _:
                self._scope.start(deeds.do(name, self, self._app, shown), name)

    # -- keys and phases ---------------------------------------------------------------------------

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height out: the record keeps a line at least."""
        super().resizeEvent(event)
        margins = 2 * theme.px(16) + theme.px(12)
        self.form.fit(self.height() - margins - theme.px(_RECORD_PX))
        self._show_record_panel()

    def _show_record_panel(self) -> None:
        """Leave the record away where an outcome needs all the room there is."""
        roomy = self.height() >= theme.px(_ROOMY_PX)
        self.record_panel.setVisible(roomy or self.form.isVisibleTo(self))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back; letters choose actions of the outcome."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif self.phase is Phase.OUTCOME:
            name = _LETTERS.get(keys.letter(event))
            if name is not None and name in [action.name for action in self.outcome.offered()]:
                self.act(name)
        else:
            super().keyPressEvent(event)

    def _escape(self) -> None:
        """Back: from the last look to the amount, from what was typed to nothing, to the sale."""
        if self.phase is Phase.CONFIRMING:
            self._show_phase(Phase.TYPING)
            self.chain.focus_first()
        elif self.phase is Phase.TYPING and self.form.search_field.text_value():
            self._start_over(None)
        elif self.phase in {Phase.TYPING, Phase.OUTCOME}:
            self.navigate.emit("sale", "")

    def _show_phase(self, phase: Phase) -> None:
        """Show what belongs to `phase`."""
        before, self.phase = self.phase, phase
        typing = phase in {Phase.TYPING, Phase.CONFIRMING, Phase.CHECKING}
        self.form.setVisible(typing)
        self.form.setEnabled(phase is not Phase.CHECKING)
        self.outcome.setVisible(not typing)
        self.button.setVisible(typing)
        self._show_record_panel()
        if typing:
            self._show_button()
        else:
            self.approver.ask(wanted=False)
        if not typing and before is not phase:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setProperty("ringless", True)
            self.setFocus()


def _differs(before: PaymentRecord | None, now: PaymentRecord) -> bool:
    """Tell whether what can be refunded is another sum than what stands in the field."""
    other = before is None or before.payment_id != now.payment_id
    return other or (before is not None and before.balance != now.balance)
