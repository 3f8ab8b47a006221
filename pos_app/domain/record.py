"""The record of a payment: what its facts add up to, and the states it can be in.

State names are those of money-safety.md section 3. `domain/folding.apply` makes records from facts;
`domain/payment.next_step` decides from them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.answers import Approval, Refusal
from pos_app.domain.errors import Bug
from pos_app.domain.facts import ChargeMismatched
from pos_app.domain.money import ZERO, Won, won_from_wire
from pos_app.domain.order import Order, OrderNo, PaymentId, RefundId, SaleId
from pos_app.domain.refunds import Refundable, RefundRecord, RefundState


def charged_amount(field: str, seen: str, ordered: Won) -> Won:
    """Return what a mismatch says was charged: it must be cancelled by that amount, not by ours.

    Args:
        field: which field differs.
        seen: the gateway's value, as text.
        ordered: what was asked for.
    """
    told = won_from_wire(seen) if field == "amount" else None
    return told or ordered


class PaymentState(StrEnum):
    """Durable meaning of a payment; see money-safety.md section 3."""

    PREPARED = "PREPARED"
    SENDING = "SENDING"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"
    NOT_CHARGED = "NOT_CHARGED"
    MISMATCH = "MISMATCH"
    REVERSING = "REVERSING"
    REVERSE_UNKNOWN = "REVERSE_UNKNOWN"
    REVERSED = "REVERSED"


#: Nothing more will happen to these by themselves.
END_STATES = frozenset(
    {
        PaymentState.DECLINED,
        PaymentState.NOT_SENT,
        PaymentState.NOT_CHARGED,
        PaymentState.REVERSED,
    }
)
#: Money may have moved and nobody knows yet.
OPEN_STATES = frozenset(PaymentState) - END_STATES - {PaymentState.APPROVED}


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """One payment as folded from its facts, by `domain/folding.apply`.

    Attributes:
        version: how many facts are in it; the ledger's optimistic lock.
        keeper: the counter that wrote last: where counters share a ledger its program works on it.
        customer_uid: of the card on file that was charged or is to be kept; empty otherwise.
        schedule_id: of the scheduled payment this is; empty otherwise.
        gateway_ref: transaction number that an answer or look-up confirmed.
        candidate_ref: transaction number not confirmed yet (from a cut answer or typed).
        why: short code of the last trouble; words in the catalogue under `why.*`.
        unwanted: why an approval must be reversed; empty if it is welcome.
        person_needed: why a person must help; empty if nobody must.
        look_up_final: asking the gateway again cannot help.
        in_flight: a reversal request was on its way when this was written.
        balance_doubt: the gateway's balance must be looked up before anything else.
        outside_refunds: cancelled elsewhere, e.g. in the gateway's admin site.
    """

    payment_id: PaymentId
    sale_id: SaleId
    order_no: OrderNo
    order_date: str
    order: Order
    gateway: str
    environment: str
    site: str
    card_masked: str
    card_brand: str
    operator: str
    counter: str
    created_at: dt.datetime
    state: PaymentState = PaymentState.PREPARED
    version: int = 1
    keeper: str = ""
    supersedes: PaymentId | None = None
    customer_uid: str = ""
    schedule_id: str = ""
    sent_at: dt.datetime | None = None
    settled_at: dt.datetime | None = None
    approval: Approval | None = None
    gateway_ref: str | None = None
    candidate_ref: str | None = None
    refusal: Refusal | None = None
    mismatch: ChargeMismatched | None = None
    why: str = ""
    unwanted: str = ""
    person_needed: str = ""
    look_ups: int = 0
    look_up_final: bool = False
    reversal_tries: int = 0
    in_flight: bool = False
    balance_doubt: bool = False
    refunds: tuple[RefundRecord, ...] = ()
    outside_refunds: Won = ZERO

    @property
    def charged(self) -> Won:
        """Return what the gateway charged: what was ordered, unless it told another amount."""
        if self.mismatch is None:
            return self.order.amount
        return charged_amount(self.mismatch.field, self.mismatch.seen, self.order.amount)

    @property
    def refunded(self) -> Won:
        """Return what went back so far, here or elsewhere."""
        done = sum(r.amount.amount for r in self.refunds if r.state is RefundState.DONE)
        return Won(done + self.outside_refunds.amount)

    @property
    def balance(self) -> Won:
        """Return what could still be cancelled if the charge stands."""
        return self.order.amount - self.refunded

    @property
    def tax_free_balance(self) -> Won:
        """Return the tax-free part of the balance."""
        gone = sum(r.tax_free.amount for r in self.refunds if r.state is RefundState.DONE)
        return Won(max(0, min(self.order.tax_free.amount - gone, self.balance.amount)))

    @property
    def live_refund(self) -> RefundRecord | None:
        """Return the refund that is not settled yet; there is at most one (rule R6)."""
        return next((refund for refund in self.refunds if refund.is_live), None)

    @property
    def is_live(self) -> bool:
        """Tell whether this attempt still stands for its sale: no other may start beside it."""
        return self.state not in END_STATES and not self.unwanted

    @property
    def is_open(self) -> bool:
        """Tell whether something about it is not settled."""
        return self.state in OPEN_STATES or self.live_refund is not None or self.balance_doubt

    def refund(self, refund_id: RefundId) -> RefundRecord:
        """Return the refund of that id; a missing one is a `Bug`."""
        for refund in self.refunds:
            if refund.refund_id == refund_id:
                return refund
        raise Bug("payment.no_such_refund", refund_id=refund_id)

    def refundable(self) -> Refundable:
        """Return what a refund plan must know; only an approved payment can be refunded."""
        if self.state is not PaymentState.APPROVED or self.approval is None:
            raise Bug("payment.not_approved", state=self.state.value)
        return Refundable(
            amount=self.order.amount,
            tax_free=self.order.tax_free,
            balance=self.balance,
            tax_free_balance=self.tax_free_balance,
            approved_at=self.approval.approved_at,
            partial_allowed=self.approval.partial_cancel,
        )
