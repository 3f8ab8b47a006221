"""Refunds: their states, what is left of a payment, and what a wish for money back amounts to.

State names are those of money-safety.md section 7. A refund names the balance that the gateway must
still hold (`balance_before`), so that a repeated one cannot pay twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.answers import Refusal
from pos_app.domain.errors import UserMistake
from pos_app.domain.money import ZERO, TaxSplit, Won, split_tax
from pos_app.domain.order import KST, RefundId


class RefundState(StrEnum):
    """Durable meaning of a refund; see money-safety.md section 7."""

    PREPARED = "PREPARED"
    SENDING = "SENDING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"
    NOT_DONE = "NOT_DONE"
    MANUAL = "MANUAL"


#: While a refund is in one of these, no other may start on the same payment (rule R6).
LIVE_REFUND_STATES = frozenset(
    {RefundState.PREPARED, RefundState.SENDING, RefundState.UNKNOWN, RefundState.MANUAL}
)


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """One refund as folded from its facts.

    Attributes:
        partial: goes as a partial cancel, also for the rest after an earlier one.
        tries: how many times the request went out.
        closed: NOT_DONE and not to be sent again.
        serial: the gateway's number of a partial cancel.
        approver: who allowed it, empty if nobody had to.
    """

    refund_id: RefundId
    amount: Won
    tax_free: Won
    balance_before: Won
    partial: bool
    reason: str
    operator: str
    approver: str
    created_at: dt.datetime
    state: RefundState = RefundState.PREPARED
    tries: int = 0
    why: str = ""
    refusal: Refusal | None = None
    serial: str = ""
    settled_at: dt.datetime | None = None
    closed: bool = False

    @property
    def is_live(self) -> bool:
        """Tell whether it still decides what may happen to the payment."""
        if self.state is RefundState.NOT_DONE:
            return not self.closed
        return self.state in LIVE_REFUND_STATES

    @property
    def tax(self) -> TaxSplit:
        """Return the refund's own split."""
        return split_tax(self.amount, self.tax_free)


class RefundKind(StrEnum):
    """What a refund is to the card company: the words and the promised day differ."""

    VOID = "void"
    REFUND = "refund"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """What a refund will do, before anyone presses the key.

    Attributes:
        remaining: what can still be refunded afterwards.
        back_by: KST day by which the customer has the money; None when it is freed at once.
    """

    amount: Won
    tax_free: Won
    balance_before: Won
    partial: bool
    kind: RefundKind
    remaining: Won
    back_by: dt.date | None

    @property
    def tax(self) -> TaxSplit:
        """Return the split of the part that goes back."""
        return split_tax(self.amount, self.tax_free)


#: A same-day full cancel is free at once, everything else takes 3-5 business days (PortOne docs,
#: refund-date; kcp.md 2.2). The later bound is what is promised.
BUSINESS_DAYS_PROMISED = 5


@dataclass(frozen=True, slots=True)
class Refundable:
    """What the plan must know of the payment."""

    amount: Won
    tax_free: Won
    balance: Won
    tax_free_balance: Won
    approved_at: dt.datetime
    partial_allowed: bool


def plan_refund(
    payment: Refundable,
    wish: Won,
    now: dt.datetime,
    is_holiday: Callable[[dt.date], bool],
) -> RefundPlan:
    """Decide how `wish` goes back: void or refund, its tax split, and when the money is there.

    Args:
        payment: the payment as it stands.
        wish: the amount to give back.
        now: aware.
        is_holiday: tells Korean public holidays; weekends need not be in it.

    Raises:
        UserMistake: nothing left, more than what is left, or a part of a sale that the card
            company cancels only as a whole.
    """
    if not payment.balance:
        raise UserMistake("refund.nothing_left")
    if not wish:
        raise UserMistake("amount.zero")
    if wish > payment.balance:
        raise UserMistake("refund.over_balance", balance=payment.balance.amount)
    untouched = payment.balance == payment.amount
    whole = wish == payment.balance
    if not (untouched and whole) and not payment.partial_allowed:
        raise UserMistake("refund.partial_not_allowed")
    same_day = now.astimezone(KST).date() == payment.approved_at.astimezone(KST).date()
    kind = RefundKind.PARTIAL
    if untouched and whole:
        kind = RefundKind.VOID if same_day else RefundKind.REFUND
    return RefundPlan(
        amount=wish,
        tax_free=_tax_free_part(payment, wish),
        balance_before=payment.balance,
        partial=not (untouched and whole),
        kind=kind,
        remaining=payment.balance - wish,
        back_by=None
        if kind is RefundKind.VOID
        else add_business_days(now.astimezone(KST).date(), BUSINESS_DAYS_PROMISED, is_holiday),
    )


def _tax_free_part(payment: Refundable, wish: Won) -> Won:
    """Return the tax-free part of `wish`, in proportion, never more than what is left of it."""
    if not payment.tax_free_balance:
        return ZERO
    if wish == payment.balance:
        return payment.tax_free_balance
    taxable_balance = payment.balance - payment.tax_free_balance
    share = wish.amount * payment.tax_free_balance.amount // payment.balance.amount
    least = max(0, wish.amount - taxable_balance.amount)
    return Won(max(share, least))


def add_business_days(start: dt.date, days: int, is_holiday: Callable[[dt.date], bool]) -> dt.date:
    """Return the day `days` business days after `start`; Saturdays and Sundays do not count."""
    day = start
    while days:
        day += dt.timedelta(days=1)
        if day.weekday() < 5 and not is_holiday(day):
            days -= 1
    return day
