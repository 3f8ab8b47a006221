"""The payment: the one function that decides what happens next, and how facts change a record.

    A sale is `while step := next_step(record): record = do(step)`.

Recovery after a crash is the same loop, started from the ledger, once `after_restart` has said what
a stopped program left open. The record and its states are in `domain/record.py`, the folding of
facts in `domain/folding.py`; both are offered here under the names everybody uses.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.answers import Abilities
from pos_app.domain.errors import Bug
from pos_app.domain.facts import (
    ChargeNoAnswer,
    ChargeNotSent,
    Fact,
    RefundNoAnswer,
    RefundNotSent,
    ReversalNoAnswer,
)
from pos_app.domain.folding import apply, replay
from pos_app.domain.money import Won
from pos_app.domain.order import RefundId
from pos_app.domain.record import END_STATES, OPEN_STATES, PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState

__all__ = [
    "CANCEL_TRIES_MAX",
    "END_STATES",
    "OPEN_STATES",
    "REFUND_TRIES_MAX",
    "AskHuman",
    "Cancel",
    "LookUp",
    "PaymentRecord",
    "PaymentState",
    "Send",
    "Step",
    "after_restart",
    "apply",
    "next_step",
    "replay",
]

#: How often a cancel goes out by itself before a person is called: a reversal about a day long,
#: because it is repeated until it is shown done (money-safety.md, row 110).
CANCEL_TRIES_MAX = 360
REFUND_TRIES_MAX = 3


@dataclass(frozen=True, slots=True)
class Send:
    """Send the charge, once, with the card that is at hand."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the gateway; by `gateway_ref` if there is one, else by order number."""

    gateway_ref: str | None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel at the gateway.

    Attributes:
        refund_id: the refund it carries out; None for a reversal of the whole charge.
        partial: as a partial cancel, naming the balance before it.
    """

    gateway_ref: str
    amount: Won
    tax_free: Won
    balance_before: Won
    partial: bool
    reason: str
    refund_id: RefundId | None


@dataclass(frozen=True, slots=True)
class AskHuman:
    """Call a person; `why` has words in the catalogue under `person.*`."""

    why: str


Step = Send | LookUp | Cancel | AskHuman


def next_step(record: PaymentRecord, abilities: Abilities) -> Step | None:
    """Decide what happens next to `record`, or None when it is at rest.

    Raises:
        Bug: a request is on its way (SENDING); only `after_restart` may end that from outside.
    """
    match record.state:
        case PaymentState.PREPARED:
            return Send()
        case PaymentState.SENDING:
            raise Bug("payment.in_flight", payment_id=record.payment_id)
        case PaymentState.UNKNOWN:
            return _ask_about_charge(record, abilities)
        case PaymentState.MISMATCH | PaymentState.REVERSING:
            return _reverse(record)
        case PaymentState.REVERSE_UNKNOWN:
            return _ask_about_reversal(record)
        case PaymentState.APPROVED:
            return _after_approval(record)
        case _:
            return None


def _ask_about_charge(record: PaymentRecord, abilities: Abilities) -> Step | None:
    """UNKNOWN: look it up if that can help, else call a person once."""
    if not record.look_up_final:
        if record.candidate_ref is not None:
            return LookUp(record.candidate_ref)
        if abilities.look_up_by_order:
            return LookUp(None)
    return None if record.person_needed else AskHuman("charge_unknown")


def _reverse(record: PaymentRecord) -> Step | None:
    """MISMATCH or REVERSING: cancel what is left, unless that was refused for good."""
    if record.in_flight:
        raise Bug("payment.in_flight", payment_id=record.payment_id)
    if record.person_needed:
        return None
    if record.gateway_ref is None:
        return AskHuman("reversal_without_reference")
    if record.balance_doubt:
        return LookUp(record.gateway_ref)
    if not record.balance:
        # Nothing is left to cancel by our own facts: the gateway must say so too.
        return AskHuman("reversal_unknown") if record.look_up_final else LookUp(record.gateway_ref)
    if record.reversal_tries >= CANCEL_TRIES_MAX:
        return AskHuman("reversal_refused")
    untouched = record.balance == record.order.amount
    amount = record.charged if untouched else record.balance
    return Cancel(
        gateway_ref=record.gateway_ref,
        amount=amount,
        tax_free=record.tax_free_balance,
        balance_before=amount,
        partial=not untouched,
        reason=f"reversal {record.unwanted or record.why}",
        refund_id=None,
    )


def _ask_about_reversal(record: PaymentRecord) -> Step | None:
    """REVERSE_UNKNOWN: the look-up decides; where none is possible a person does."""
    if record.gateway_ref is not None and not record.look_up_final:
        return LookUp(record.gateway_ref)
    return None if record.person_needed else AskHuman("reversal_unknown")


def _after_approval(record: PaymentRecord) -> Step | None:
    """APPROVED: carry on with a refund that is not settled."""
    refund = record.live_refund
    if record.gateway_ref is None:
        raise Bug("payment.approved_without_reference", payment_id=record.payment_id)
    if refund is None:
        return LookUp(record.gateway_ref) if record.balance_doubt else None
    match refund.state:
        case RefundState.PREPARED | RefundState.NOT_DONE:
            if refund.tries >= REFUND_TRIES_MAX:
                return AskHuman("refund_not_done")
            return Cancel(
                gateway_ref=record.gateway_ref,
                amount=refund.amount,
                tax_free=refund.tax_free,
                balance_before=refund.balance_before,
                partial=refund.partial,
                reason=refund.reason,
                refund_id=refund.refund_id,
            )
        case RefundState.UNKNOWN:
            if record.look_up_final:
                return AskHuman("refund_unknown")
            return LookUp(record.gateway_ref)
        case RefundState.MANUAL:
            return None
        case _:
            raise Bug("payment.in_flight", payment_id=record.payment_id)


def after_restart(record: PaymentRecord) -> Fact | None:
    """Say what a stopped program leaves behind: requests that were on their way are unknown.

    PREPARED is provably unsent, because Sending is on disk before the first byte (law 1).
    """
    if record.state is PaymentState.PREPARED:
        return ChargeNotSent("restart")
    if record.state is PaymentState.SENDING:
        return ChargeNoAnswer("restart")
    if record.in_flight:
        return ReversalNoAnswer("restart")
    refund = record.live_refund
    if refund is not None and refund.state is RefundState.PREPARED:
        return RefundNotSent(refund.refund_id, "restart")
    if refund is not None and refund.state is RefundState.SENDING:
        return RefundNoAnswer(refund.refund_id, "restart")
    return None
