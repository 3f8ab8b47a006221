"""What facts an answer makes: pure, one function for each question asked of a gateway.

The services send and receive; which facts follow from what came back is decided here and nowhere
else (money-safety.md sections 4, 6 and 7).
"""

from __future__ import annotations

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundRecord, RefundState

#: Refusal made from a look-up that shows a failed payment where the vendor gives no reason.
_FAILED = a.Refusal("-", "", "", "", a.Advice.OTHER_CARD)
#: In these states a look-up's balance is the gateway's word on what can still be cancelled.
_HAS_BALANCE = frozenset(
    {a.FoundState.APPROVED, a.FoundState.PARTLY_CANCELLED, a.FoundState.CANCELLED}
)


#: Ends of a charge that a late approval contradicts.
LATE_STATES = frozenset({PaymentState.DECLINED, PaymentState.NOT_CHARGED, PaymentState.NOT_SENT})
#: What was answered is about another payment: it may have been crossed with another till's, and its
#: number may be that till's good payment.
OTHER_PAYMENT = frozenset({"wrong_order", "wrong_ref"})


def is_crossed(answer: a.ChargeAnswer) -> bool:
    """Tell whether the answer to a charge is about another order: nothing of it may be cancelled.

    Its number is only a candidate: a look-up tells whether it is ours after all.
    """
    return isinstance(answer, a.NoAnswer) and answer.why in OTHER_PAYMENT


def charge_facts(answer: a.ChargeAnswer) -> tuple[f.Fact, ...]:
    """Return what the answer to the charge request makes true."""
    match answer:
        case a.Approved(approval):
            return (f.ChargeApproved(approval),)
        case a.Declined(refusal):
            return (f.ChargeDeclined(refusal),)
        case a.Mismatched(ref, field, expected, seen):
            return (f.ChargeMismatched(ref, field, expected, seen),)
        case a.NotSent(why):
            return (f.ChargeNotSent(why),)
        case a.NoAnswer(why, candidate_ref, refusal):
            return (f.ChargeNoAnswer(why, candidate_ref, refusal),)


def look_up_facts(
    record: PaymentRecord, answer: a.LookUpAnswer, *, by_order: bool, settle_time_over: bool
) -> tuple[f.Fact, ...]:
    """Return what a look-up makes true of `record`.

    Args:
        record: the payment asked about.
        answer: what came back.
        by_order: it was asked for by order number, not by a transaction number.
        settle_time_over: so long after the request that a late charge is not to be expected.
    """
    refund = record.live_refund
    if record.state is PaymentState.UNKNOWN:
        return _unknown_charge(record, answer, by_order=by_order, over=settle_time_over)
    if not isinstance(answer, a.Found):
        return _nothing_settled(answer)
    if answer.state not in _HAS_BALANCE:
        # Its balance says nothing: taken for a number it would read as "all of it went back".
        return (f.LookedUp(answer.state.value),)
    if record.state is PaymentState.REVERSE_UNKNOWN:
        return _reversal_seen(record, answer)
    if record.state is PaymentState.APPROVED and refund is not None:
        return _refund_seen(refund, answer)
    if record.state is PaymentState.REVERSING and not answer.balance:
        return (_reversed(answer),)
    if record.state in {PaymentState.APPROVED, PaymentState.REVERSING}:
        return (f.BalanceSeen(answer.balance),)
    return (f.LookedUp(answer.state.value),)


def _unknown_charge(
    record: PaymentRecord, answer: a.LookUpAnswer, *, by_order: bool, over: bool
) -> tuple[f.Fact, ...]:
    """UNKNOWN: found is believed, absent only after the settle time and by order number."""
    if isinstance(answer, a.Absent):
        if over and by_order:
            return (f.NotCharged(by_person=False),)
        return (f.LookedUp("absent", final=over),)
    if isinstance(answer, a.CannotTell):
        # Asked by our own number and told of another order: that answer was crossed, so it is
        # ignored and asked again, until waiting cannot help.
        crossed = by_order and answer.why in OTHER_PAYMENT
        final = answer.final and (over or not crossed)
        return (f.LookedUp(f"cannot_tell.{answer.why}", final=final),)
    approval = answer.approval
    if answer.state is a.FoundState.PENDING:
        return (f.LookedUp("pending"),)
    if answer.state is a.FoundState.FAILED:
        return (f.ChargeDeclined(answer.refusal or _FAILED),)
    if answer.amount != record.order.amount:
        expected, seen = str(record.order.amount.amount), str(answer.amount.amount)
        return (f.ChargeMismatched(approval.gateway_ref, "amount", expected, seen),)
    if answer.state is a.FoundState.CANCELLED:
        return (f.Reversed(answer.cancelled_at or approval.approved_at, by_look_up=True),)
    found: tuple[f.Fact, ...] = (f.ChargeApproved(approval, by_look_up=True),)
    if answer.balance != record.balance:
        found = (*found, f.BalanceSeen(answer.balance))
    return found


def late_facts(record: PaymentRecord, answer: a.LookUpAnswer) -> tuple[f.Fact, ...]:
    """Return what a look-up makes true of a charge that had ended as not made; nothing if it fits.

    Money that turns up then is an orphan: nobody waits for it any more, so it goes back.
    """
    if record.state not in LATE_STATES or not isinstance(answer, a.Found):
        return ()
    holds_money = answer.state in {a.FoundState.APPROVED, a.FoundState.PARTLY_CANCELLED}
    if not holds_money or not answer.balance:
        return ()
    found = _unknown_charge(record, answer, by_order=True, over=False)
    return found if record.unwanted else (f.Unwanted("orphan"), *found)


def _nothing_settled(answer: a.Absent | a.CannotTell) -> tuple[f.Fact, ...]:
    """A payment that has a confirmed reference cannot be absent: a person must look."""
    if isinstance(answer, a.Absent):
        return (f.LookedUp("absent", final=True),)
    return (f.LookedUp(f"cannot_tell.{answer.why}", final=answer.final),)


def _reversal_seen(record: PaymentRecord, answer: a.Found) -> tuple[f.Fact, ...]:
    """REVERSE_UNKNOWN: gone, untouched, or something in between."""
    if answer.state is a.FoundState.CANCELLED or not answer.balance:
        return (_reversed(answer),)
    not_done = f.ReversalNotDone("look_up")
    # What was charged by mistake has an amount of its own; untouched, it is cancelled as a whole.
    untouched = record.mismatch is not None and answer.balance == answer.amount
    if untouched or answer.balance == record.balance:
        return (not_done,)
    return (not_done, f.BalanceSeen(answer.balance))


def _reversed(answer: a.Found) -> f.Reversed:
    """Return that nothing of the charge is left, as the look-up shows."""
    return f.Reversed(answer.cancelled_at or answer.approval.approved_at, by_look_up=True)


def _refund_seen(refund: RefundRecord, answer: a.Found) -> tuple[f.Fact, ...]:
    """A refund whose answer was lost: the balance tells (money-safety.md section 7)."""
    if refund.state is not RefundState.UNKNOWN:
        return (f.LookedUp(answer.state.value),)
    after = refund.balance_before.amount - refund.amount.amount
    if answer.balance.amount == after:
        done_at = answer.cancelled_at or answer.approval.approved_at
        return (f.RefundDone(refund.refund_id, done_at, by_look_up=True),)
    if answer.balance == refund.balance_before:
        return (f.RefundNotDone(refund.refund_id),)
    return (f.PersonNeeded("refund_balance"),)


def cancel_facts(answer: a.CancelAnswer, refund: RefundRecord | None) -> tuple[f.Fact, ...]:
    """Return what the answer to a cancel makes true, of a refund or (None) of a reversal."""
    if refund is None:
        return _reversal_facts(answer)
    match answer:
        case a.Cancelled(cancelled_at, balance, serial):
            expected = refund.balance_before.amount - refund.amount.amount
            if balance is not None and balance.amount != expected:
                return (f.RefundNoAnswer(refund.refund_id, "balance_differs"),)
            return (f.RefundDone(refund.refund_id, cancelled_at, serial),)
        case a.CancelRefused(refusal, kind):
            if kind is a.RefusalKind.BALANCE and refund.tries > 1:
                # The balance may have moved by our own earlier request, carried out late: told as
                # refused it would be given back twice. A look-up decides.
                return (f.RefundNoAnswer(refund.refund_id, f"code.{refusal.code}"),)
            # A network that delivers a request twice brings the answer to the second delivery: it
            # is refused because the first was carried out. So what is left is looked up.
            return (f.RefundRefused(refund.refund_id, refusal, balance_doubt=True),)
        case a.NotSent(why):
            if refund.tries > 1 or refund.state is RefundState.NOT_DONE:
                # This one did not leave, but one before it did, and may still arrive: a look-up
                # that showed the balance untouched was no proof for ever.
                return (f.RefundNoAnswer(refund.refund_id, why),)
            return (f.RefundNotSent(refund.refund_id, why),)
        case a.NoAnswer(why, _, _):
            return (f.RefundNoAnswer(refund.refund_id, why),)


def _reversal_facts(answer: a.CancelAnswer) -> tuple[f.Fact, ...]:
    """The same for a reversal: repeated until a look-up or an answer shows it done."""
    match answer:
        case a.Cancelled(cancelled_at, balance, _):
            if balance is not None and balance:
                return (f.ReversalNoAnswer("balance_differs"),)
            return (f.Reversed(cancelled_at),)
        case a.CancelRefused(refusal, kind):
            return (
                f.ReversalNotDone(
                    f"code.{refusal.code}",
                    refusal,
                    final=kind is a.RefusalKind.FINAL,
                    balance_doubt=kind is a.RefusalKind.BALANCE,
                ),
            )
        case a.NotSent(why):
            return (f.ReversalNotDone(why),)
        case a.NoAnswer(why, _, _):
            return (f.ReversalNoAnswer(why),)
