"""What a stray's answers make true, and what a stop means for it: pure, like `verdicts`."""

from __future__ import annotations

from pos_app.domain import answers as a
from pos_app.domain.payment import CANCEL_TRIES_MAX
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.stray_facts import (
    StrayClosed,
    StrayLookedUp,
    StrayNoAnswer,
    StrayNotDone,
    StrayPersonNeeded,
    StrayRecord,
    StrayReversed,
    StrayState,
)
from pos_app.domain.streams import StreamFact

#: While its payment is in one of these, which record is kept is not settled yet.
_UNSETTLED = frozenset({PaymentState.PREPARED, PaymentState.SENDING, PaymentState.UNKNOWN})
_HOLDS_MONEY = frozenset({a.FoundState.APPROVED, a.FoundState.PARTLY_CANCELLED})


def stray_after_restart(record: StrayRecord) -> StreamFact | None:
    """Say what a stopped program leaves behind: a cancel that was on its way is unknown."""
    return StrayNoAnswer("restart") if record.state is StrayState.SENDING else None


def must_wait(payment: PaymentRecord) -> bool:
    """Tell whether the payment beside it must be settled first: it may be the one that is kept."""
    return payment.state in _UNSETTLED


def is_kept(record: StrayRecord, payment: PaymentRecord) -> bool:
    """Tell whether it is the payment itself: that one is never cancelled as a stray."""
    stands = payment.state in {PaymentState.APPROVED, PaymentState.MISMATCH}
    going = payment.state in {PaymentState.REVERSING, PaymentState.REVERSE_UNKNOWN}
    return (stands or going) and payment.gateway_ref == record.found.gateway_ref


def kept_gone(payment: PaymentRecord, kept: a.LookUpAnswer) -> bool:
    """Tell whether the record that our books keep holds no money any more at the gateway.

    Then somebody undid that one in the partner site, and this one may be what they left standing.
    """
    gone = isinstance(kept, a.Found) and not kept.balance
    return payment.state is PaymentState.APPROVED and bool(payment.balance) and gone


def stray_seen(
    record: StrayRecord, answer: a.LookUpAnswer, *, settle_time_over: bool
) -> StreamFact | None:
    """Return what a look-up of a stray makes true; None if its money is there and may be cancelled.

    Args:
        record: FOUND or UNKNOWN.
        answer: what came back, asked by its own transaction number.
        settle_time_over: so long open that "not there" is believed.
    """
    if isinstance(answer, a.CannotTell):
        if answer.final:
            return StrayPersonNeeded("cannot_tell")
        return StrayLookedUp(f"cannot_tell.{answer.why}")
    if isinstance(answer, a.Absent):
        return StrayPersonNeeded("absent") if settle_time_over else StrayLookedUp("absent")
    if answer.state is a.FoundState.FAILED:
        return StrayClosed("agrees")
    if answer.state is a.FoundState.PENDING:
        return StrayLookedUp("pending")
    if answer.state not in _HOLDS_MONEY or not answer.balance:
        at = answer.cancelled_at or answer.approval.approved_at
        return StrayReversed(at, by_look_up=True)
    if record.state is StrayState.UNKNOWN:
        return StrayNotDone("look_up")
    if record.tries >= CANCEL_TRIES_MAX:
        return StrayPersonNeeded("refused")
    return None


def stray_cancel_facts(answer: a.CancelAnswer) -> tuple[StreamFact, ...]:
    """Return what the answer to a stray's cancel makes true."""
    match answer:
        case a.Cancelled(cancelled_at, balance, _):
            if balance is not None and balance:
                return (StrayNoAnswer("balance_differs"),)
            return (StrayReversed(cancelled_at),)
        case a.CancelRefused(refusal, kind):
            done = StrayNotDone(f"code.{refusal.code}", refusal)
            if kind is a.RefusalKind.FINAL:
                return (done, StrayPersonNeeded("refused"))
            return (done,)
        case a.NotSent(why):
            return (StrayNotDone(why),)
        case a.NoAnswer(why, _, _):
            return (StrayNoAnswer(why),)
