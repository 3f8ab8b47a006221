"""The cancel slip at the right: living while it is typed, then as the refund stands."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from pos_app.domain.money import ZERO, TaxSplit
from pos_app.domain.record import PaymentRecord
from pos_app.domain.refunds import RefundKind, RefundPlan, RefundRecord, RefundState
from pos_app.ui import text as t
from pos_app.ui.cards import card_words
from pos_app.ui.screens.refund.model import kind_of
from pos_app.ui.slip_panel import SlipPanel, note_of
from pos_app.ui.story import joined
from pos_app.ui.text import text
from pos_app.ui.widgets.pairs import Pair
from pos_app.ui.widgets.state_badge import badge_of

_NOTHING = TaxSplit(ZERO, ZERO, ZERO)


class CancelSlip(SlipPanel):
    """The slip of the money that goes back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show an empty slip."""
        super().__init__(parent)
        self.show_nothing("")

    def show_nothing(self, note: str) -> None:
        """Show an empty slip and what is missing."""
        self.set_facts([])
        self.set_sums(_NOTHING)
        self.set_note(note)

    def show_draft(
        self, record: PaymentRecord, plan: RefundPlan | None, reason: str, approver: Pair | None
    ) -> None:
        """Show what the slip will be; without a plan no money goes back."""
        pairs = []
        if plan is not None:
            pairs.append(Pair(text("slip.kind"), _kind_words(plan.kind)))
        pairs += _original(record)
        if plan is not None:
            pairs.append(Pair(text("refund.reason"), reason))
            if approver is not None:
                pairs.append(approver)
        self.set_facts(pairs)
        self.set_sums(plan.tax if plan is not None else _NOTHING, minus=True)

    def show_refund(self, record: PaymentRecord, refund: RefundRecord) -> None:
        """Show a refund as it stands."""
        kind = _kind_words(kind_of(record, refund))
        if refund.state is RefundState.DONE and refund.settled_at is not None:
            pairs = [
                Pair(text("slip.kind"), kind),
                Pair(text("refund.cancelled_at"), t.stamp(refund.settled_at)),
            ]
        else:
            pairs = [
                Pair(text("slip_panel.state"), badge_of("refund", refund.state.value)),
                Pair(text("slip.kind"), kind),
            ]
        pairs += _original(record)
        pairs.append(Pair(text("refund.reason"), refund.reason))
        pairs.append(Pair(text("refund.operator"), refund.operator))
        if refund.approver:
            pairs.append(Pair(text("refund.approver"), refund.approver))
        pairs.append(Pair(text("slip_panel.order_no"), record.order_no))
        self.set_facts(pairs)
        self.set_sums(refund.tax, minus=True)
        self.set_note(note_of(record))


def _kind_words(kind: RefundKind) -> str:
    return text("slip.kind.partial" if kind is RefundKind.PARTIAL else "slip.kind.void")


def _original(record: PaymentRecord) -> list[Pair]:
    """Name the sale whose money goes back."""
    approval = record.approval
    at = approval.approved_at if approval is not None else record.created_at
    number = approval.approval_no if approval is not None else ""
    when = f"{t.full_date(at)} {t.clock(at)}"
    return [
        Pair(text("refund.original"), joined(when, number)),
        Pair(text("slip_panel.card"), card_words(record)),
    ]
