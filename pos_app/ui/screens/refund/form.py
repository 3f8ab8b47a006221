"""The left side of the refund screen: search and results, amount, reason, promise."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import short_card_words, state_badge
from pos_app.ui.payment_search import FindField
from pos_app.ui.screens.refund.model import (
    OTHER,
    REASONS,
    Outlook,
    promise_words,
    split_words,
)
from pos_app.ui.text import error_text, text
from pos_app.ui.widgets.amount_field import AmountField
from pos_app.ui.widgets.bar import ProportionBar
from pos_app.ui.widgets.choice_field import ChoiceField
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.say import Say
from pos_app.ui.widgets.state_badge import Badge, badge_of
from pos_app.ui.widgets.table import CalmTable, Column, Row
from pos_app.ui.widgets.text_field import TextField

#: As many results as fit above the amount at 1366x768; one searches closer for the others.
ROWS_MAX = 6
_ROWS_MIN = 2
_ROW_PX, _HEAD_PX, _GAP_PX = 33, 30, 12
#: The search panel without its rows.
_FIND_PX = 140
#: Twelve digits with their commas, large.
_AMOUNT_WIDTH_PX = 290
#: `clean_text("product")` takes this many bytes, and the reason goes through it.
_REASON_BYTES = 100


class RefundForm(QWidget):
    """What can be typed and chosen, but for the approver, who stands beside the big key.

    Signals:
        moved: (payment id) another row is chosen; empty when there is none.
        picked: Enter in the search field or in the table: on to the amount.
        changed: amount or reason.
    """

    moved = Signal(str)
    picked = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._records: dict[str, PaymentRecord] = {}
        self._filling = False
        self._room = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(_GAP_PX))
        column.addWidget(self._find_panel())
        self._amount = self._amount_panel()
        column.addWidget(self._amount)
        self.amount.changed.connect(self._on_changed)
        self.reason.changed.connect(self._on_changed)
        self.other.changed.connect(self._on_changed)
        self.search_field.advance.connect(self.picked)
        self.search_field.stepped.connect(self._step)
        self.amount.retreat.connect(self.search_field.setFocus)
        self.table.picked.connect(lambda _id: self.picked.emit())
        self.table.moved.connect(self._on_moved)
        self.table.retreat.connect(self.search_field.setFocus)
        self._fit_rows()

    def _find_panel(self) -> Panel:
        self._found = Panel(text("refund.find"))
        self.search_field = FindField(text("refund.find"), text("refund.find_aside"))
        self.table = CalmTable(
            [
                Column(text("refund.column.at")),
                Column(text("recent.buyer"), stretch=1, role="strong"),
                Column(text("recent.product"), stretch=3),
                Column(text("recent.card")),
                Column(text("slip_panel.approval_no")),
                Column(text("recent.amount"), align="right"),
                Column(text("refund.column.left"), align="right", role="strong"),
                Column(text("recent.state")),
            ]
        )
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._found.add(self.search_field)
        self._found.add(self.table)
        return self._found

    def _amount_panel(self) -> Panel:
        panel = Panel(text("refund.amount"))
        self.amount = AmountField("")
        self.amount.setAccessibleName(text("refund.amount"))
        choices = [(name, text(f"refund.reason.{name}")) for name in (*REASONS, OTHER)]
        self.reason = ChoiceField(text("refund.reason"), choices)
        self.other = TextField(text("refund.reason.typed"), max_bytes=_REASON_BYTES)
        self.other.setVisible(False)
        self._bar = ProportionBar()
        self._promise = Say("")
        self._grid = grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(14))
        grid.setVerticalSpacing(theme.px(10))
        grid.addWidget(self.amount, 0, 0)
        grid.addWidget(self._bar, 0, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.reason, 1, 0, Qt.AlignmentFlag.AlignBottom)
        grid.addWidget(self.other, 1, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self._promise, 1, 1, Qt.AlignmentFlag.AlignBottom)
        for field in (self.amount, self.reason):
            field.setFixedWidth(theme.px(_AMOUNT_WIDTH_PX))
        grid.setColumnStretch(1, 1)
        panel.add(grid)
        return panel

    # -- results -----------------------------------------------------------------------------------

    def show_found(self, records: Sequence[PaymentRecord], *, more: bool) -> None:
        """Show the payments found; the one chosen before stays chosen if it is among them."""
        self._records = {record.payment_id: record for record in records}
        self._filling = True
        self.table.set_rows([_row(record) for record in records])
        self._fit_rows()
        if not self.table.current_id() and records:
            self.table.select_id(records[0].payment_id)
        self._filling = False
        typed = self.search_field.text_value()
        self.search_field.set_hint(
            text("refund.find_nothing", typed=typed) if typed and not records else ""
        )
        self._found.set_aside(text("refund.find_more", count=ROWS_MAX) if more else "")
        self._on_moved(self.table.current_id())

    def chosen(self) -> PaymentRecord | None:
        """Return the payment whose row is chosen."""
        return self._records.get(self.table.current_id())

    def renew(self, record: PaymentRecord) -> None:
        """Show a payment's row as it stands now."""
        if record.payment_id in self._records:
            self._records[record.payment_id] = record
            self._filling = True
            self.table.set_rows([_row(known) for known in self._records.values()])
            self._filling = False

    def choose(self, payment_id: str) -> None:
        """Choose the row of a payment, if it is there."""
        self.table.select_id(payment_id)

    def fit(self, height: int) -> None:
        """Show fewer rows at once where `height` pixels are few; the arrows reach the others."""
        self._room = height
        self._fit_rows()

    def _fit_rows(self) -> None:
        width = max(1, self._amount.width())
        taken = self._amount.heightForWidth(width) + theme.px(_FIND_PX + _GAP_PX)
        fitting = max(1, (self._room - taken) // theme.px(_ROW_PX)) if self._room else ROWS_MAX
        rows = min(ROWS_MAX, fitting, max(_ROWS_MIN, len(self._records)))
        self.table.setFixedHeight(theme.px(_HEAD_PX) + rows * theme.px(_ROW_PX) + 2)

    def _step(self, by: int) -> None:
        """Move the choice from the search field, without leaving it."""
        ids = list(self._records)
        if ids:
            at = ids.index(self.table.current_id()) if self.table.current_id() in ids else -1
            self.table.select_id(ids[min(len(ids) - 1, max(0, at + by))])

    def _on_moved(self, payment_id: str) -> None:
        if not self._filling:
            self.moved.emit(payment_id)

    # -- amount and reason -------------------------------------------------------------------------

    def fill_amount(self, won: int) -> None:
        """Offer an amount."""
        self.amount.clear_field()
        self.amount.set_text_value(str(won) if won else "")

    def reason_words(self) -> str:
        """Return the reason as it goes on record; empty while it is still to be typed."""
        name = self.reason.value()
        return self.other.text_value() if name == OTHER else text(f"refund.reason.{name}")

    def clear(self) -> None:
        """Forget search, amount and reason."""
        self.search_field.clear_field()
        self.amount.clear_field()
        self.reason.clear_field()
        self.other.clear_field()

    def show_outlook(self, record: PaymentRecord | None, outlook: Outlook) -> None:
        """Show what would happen: bar, promise, or what is in the way."""
        plan = outlook.plan
        open_now = record is not None and outlook.payment_mistake is None
        for field in (self.amount, self.reason, self.other):
            field.setEnabled(open_now)
        if record is None:
            self._bar.set_parts(1, 0, 0, ("", "", ""))
            self._promise.set_words(text("refund.choose_first"))
            return
        now = plan.amount.amount if plan is not None else 0
        left = plan.remaining.amount if plan is not None else record.balance.amount
        self._bar.set_parts(
            record.order.amount.amount,
            record.refunded.amount,
            now,
            (
                text("refund.bar.before", amount=t.won(record.refunded.amount)),
                split_words(plan.tax) if plan is not None else "",
                text("refund.bar.left", amount=t.won(left)),
            ),
        )
        self._promise.set_words(_promise(record, outlook))
        self._fit_rows()

    def show_amount_mistake(self, outlook: Outlook, *, asked: bool) -> None:
        """Say what is wrong with the amount; an empty one only when it was asked for."""
        mistake = outlook.amount_mistake
        if mistake is None or (self.amount.is_empty() and not asked):
            return
        self.amount.set_error(error_text(mistake)[0])
        self._fit_rows()

    def _place_promise(self, *, below: bool) -> None:
        """Put the promise beside the reason, or below it while a reason is typed there."""
        self._grid.removeWidget(self._promise)
        if below:
            self._grid.addWidget(self._promise, 2, 0, 1, 2)
        else:
            self._grid.addWidget(self._promise, 1, 1, Qt.AlignmentFlag.AlignBottom)

    def _on_changed(self) -> None:
        own_words = self.reason.value() == OTHER
        if own_words != self.other.isVisibleTo(self):
            self.other.setVisible(own_words)
            self._place_promise(below=own_words)
            self._fit_rows()
        if self.sender() is self.other:
            self.other.set_error("")
        self.changed.emit()


def _promise(record: PaymentRecord, outlook: Outlook) -> str:
    """Say when the money is back, or why it cannot go."""
    if outlook.plan is not None:
        return promise_words(outlook.plan)
    mistake = outlook.payment_mistake or outlook.amount_mistake
    if mistake is None:
        return ""
    title, advice = error_text(mistake)
    if mistake.code == "refund.charge_unknown" and record.unwanted:
        advice = text("refund.unwanted_already")
    return f"**{title}** {advice}"


def _row(record: PaymentRecord) -> Row:
    approval = record.approval
    return Row(
        record.payment_id,
        (
            t.short_stamp(approval.approved_at if approval is not None else record.created_at),
            record.order.buyer_name or "–",
            record.order.product,
            short_card_words(record),
            approval.approval_no if approval is not None else "",
            t.won(record.order.amount.amount),
            t.won(record.balance.amount) if approval is not None else "",
            _badge(record),
        ),
    )


def _badge(record: PaymentRecord) -> Badge:
    """Return the state without the amount behind it: a column of its own says what is left."""
    if record.live_refund is None and record.state is PaymentState.APPROVED and record.refunded:
        return badge_of("charge", "PARTIALLY_REFUNDED" if record.balance else "REFUNDED")
    return state_badge(record)
