"""What is typed for a refund comes to a plan, or to the reason why it cannot be done.

A mistake belongs either to the amount (it can be typed anew) or to the payment (nothing that is
typed will help); each is said where it was made.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.errors import UserMistake
from pos_app.domain.money import TaxSplit, parse_won
from pos_app.domain.order import KST
from pos_app.domain.record import PaymentRecord
from pos_app.domain.refunds import RefundKind, RefundPlan, RefundRecord
from pos_app.services.refund_desk import RefundDesk
from pos_app.ui import text as t
from pos_app.ui.text import text

#: Why money goes back, as offered in the list; `refund.reason.<name>` are the words.
REASONS = (
    "changed_mind",
    "delivery_delay",
    "wrong_amount",
    "out_of_stock",
    "double_payment",
)
#: The last choice: words of one's own.
OTHER = "other"


class Instead(StrEnum):
    """What the big key does where a refund is not possible."""

    NOTHING = ""
    UNWANTED = "unwanted"
    WATCH = "watch"


_INSTEAD = {"refund.charge_unknown": Instead.UNWANTED, "refund.in_progress": Instead.WATCH}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would happen now.

    Attributes:
        plan: what the refund would do; None if it cannot be done.
        amount_mistake: what is wrong with the amount.
        payment_mistake: why this payment cannot be refunded at all.
        instead: what can be done about that.
    """

    plan: RefundPlan | None = None
    amount_mistake: UserMistake | None = None
    payment_mistake: UserMistake | None = None
    instead: Instead = Instead.NOTHING


def look_ahead(desk: RefundDesk, record: PaymentRecord, typed: str) -> Outlook:
    """Say what refunding the typed amount of `record` would do."""
    try:
        desk.plan(record, record.balance)
    except UserMistake as mistake:
        instead = _INSTEAD.get(mistake.code, Instead.NOTHING)
        if instead is Instead.UNWANTED and record.unwanted:
            instead = Instead.NOTHING
        return Outlook(payment_mistake=mistake, instead=instead)
    try:
        return Outlook(plan=desk.plan(record, parse_won(typed)))
    except UserMistake as mistake:
        return Outlook(amount_mistake=mistake)


def kind_of(record: PaymentRecord, refund: RefundRecord) -> RefundKind:
    """Return what a refund on record is to the card company."""
    if refund.partial:
        return RefundKind.PARTIAL
    approval = record.approval
    same_day = approval is not None and _day(approval.approved_at) == _day(refund.created_at)
    return RefundKind.VOID if same_day else RefundKind.REFUND


def day_words(day: dt.date) -> str:
    """Write the day by which the money is back."""
    return t.date(dt.datetime.combine(day, dt.time(12), KST))


def promise_words(plan: RefundPlan) -> str:
    """Say void or refund, when the money is back, and what to tell the customer."""
    if plan.back_by is None:
        return text("refund.promise.void")
    return text(f"refund.promise.{plan.kind.value}", day=day_words(plan.back_by))


def split_words(tax: TaxSplit) -> str:
    """Write what goes back now with its supply value and VAT, as the bar says it."""
    params = {
        "amount": t.won(tax.total.amount),
        "supply": t.won(tax.supply.amount),
        "vat": t.won(tax.vat.amount),
    }
    if tax.tax_free:
        return text("refund.bar.now_mixed", tax_free=t.won(tax.tax_free.amount), **params)
    return text("refund.bar.now", **params)


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(KST).date()
