"""How each fact changes a record: `apply`, pure, with the table of what may follow what.

A fact that does not fit is a `Bug` ("payment.impossible_fact"): the ledger refuses to store it, so
a record on disk is always one that this module can read back.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable
from typing import TypeVar

from pos_app.domain import facts as f
from pos_app.domain.errors import Bug
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundRecord, RefundState

_F = TypeVar("_F", bound=f.Fact)
_S = PaymentState
_R = RefundState

#: Ends without a charge that the gateway may contradict later; NOT_SENT, too: a look-up that shows
#: it paid is the proof that nothing of ours had kept it from leaving.
_LATE = frozenset({_S.DECLINED, _S.NOT_CHARGED, _S.NOT_SENT})
#: Which states each charge fact may follow.
_FROM: dict[type[f.Fact], frozenset[PaymentState]] = {
    f.Sending: frozenset({_S.PREPARED}),
    f.ChargeNotSent: frozenset({_S.PREPARED, _S.SENDING}),
    f.ChargeApproved: _LATE | {_S.SENDING, _S.UNKNOWN},
    f.ChargeDeclined: frozenset({_S.SENDING, _S.UNKNOWN}),
    f.ChargeNoAnswer: frozenset({_S.SENDING}),
    f.ChargeMismatched: _LATE | {_S.SENDING, _S.UNKNOWN},
    f.LookedUp: frozenset({_S.UNKNOWN, _S.REVERSING, _S.REVERSE_UNKNOWN, _S.APPROVED}),
    f.ReferenceGiven: frozenset({_S.UNKNOWN, _S.REVERSING, _S.REVERSE_UNKNOWN}),
    f.NotCharged: frozenset({_S.UNKNOWN}),
    f.PersonNeeded: frozenset({_S.UNKNOWN, _S.REVERSING, _S.REVERSE_UNKNOWN, _S.APPROVED}),
    f.Unwanted: _LATE | {_S.SENDING, _S.UNKNOWN, _S.APPROVED, _S.MISMATCH},
    f.ReversalSending: frozenset({_S.MISMATCH, _S.REVERSING}),
    f.Reversed: frozenset({_S.UNKNOWN, _S.MISMATCH, _S.REVERSING, _S.REVERSE_UNKNOWN}),
    f.ReversalNotDone: frozenset({_S.REVERSING, _S.REVERSE_UNKNOWN}),
    f.ReversalNoAnswer: frozenset({_S.REVERSING}),
    f.RefundPrepared: frozenset({_S.APPROVED}),
    f.RefundSending: frozenset({_S.APPROVED}),
    f.RefundDone: frozenset({_S.APPROVED}),
    f.RefundRefused: frozenset({_S.APPROVED}),
    f.RefundNotSent: frozenset({_S.APPROVED}),
    f.RefundNoAnswer: frozenset({_S.APPROVED}),
    f.RefundNotDone: frozenset({_S.APPROVED}),
    f.BalanceSeen: frozenset({_S.APPROVED, _S.REVERSING, _S.REVERSE_UNKNOWN}),
}
#: Which refund states each refund fact may follow.
_REFUND_FROM: dict[type[f.Fact], frozenset[RefundState]] = {
    f.RefundSending: frozenset({_R.PREPARED, _R.NOT_DONE}),
    f.RefundDone: frozenset({_R.SENDING, _R.UNKNOWN, _R.MANUAL}),
    f.RefundRefused: frozenset({_R.SENDING}),
    f.RefundNotSent: frozenset({_R.PREPARED, _R.SENDING, _R.NOT_DONE}),
    f.RefundNoAnswer: frozenset({_R.SENDING}),
    f.RefundNotDone: frozenset({_R.UNKNOWN, _R.MANUAL}),
}


def apply(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    """Return `record` after the fact of `entry`.

    Raises:
        Bug: the fact cannot follow the state the record is in.
    """
    kind = type(entry.fact)
    if record.payment_id != entry.payment_id or record.state not in _FROM.get(kind, frozenset()):
        raise Bug("payment.impossible_fact", fact=entry.fact.KIND, state=record.state.value)
    changed = _FOLDS[kind](record, entry)
    return dataclasses.replace(changed, version=record.version + 1, keeper=entry.author.counter)


def open_record(entry: f.Entry) -> PaymentRecord:
    """Return the record that a `Prepared` fact begins; another fact is a `Bug`."""
    fact = entry.fact
    if not isinstance(fact, f.Prepared) or fact.payment_id != entry.payment_id:
        raise Bug("payment.impossible_fact", fact=fact.KIND, state="none")
    return PaymentRecord(
        payment_id=fact.payment_id,
        sale_id=fact.sale_id,
        order_no=fact.order_no,
        order_date=fact.order_date,
        order=fact.order,
        gateway=fact.gateway,
        environment=fact.environment,
        site=fact.site,
        card_masked=fact.card_masked,
        card_brand=fact.card_brand,
        operator=entry.author.operator,
        counter=entry.author.counter,
        created_at=entry.at,
        keeper=entry.author.counter,
        supersedes=fact.supersedes,
        customer_uid=fact.customer_uid,
        schedule_id=fact.schedule_id,
    )


def replay(entries: Iterable[f.Entry]) -> PaymentRecord:
    """Fold all entries of one payment, oldest first; none at all is a `Bug`."""
    record: PaymentRecord | None = None
    for entry in entries:
        record = open_record(entry) if record is None else apply(record, entry)
    if record is None:
        raise Bug("payment.no_facts")
    return record


def _settled(record: PaymentRecord, state: PaymentState, at: dt.datetime) -> PaymentRecord:
    """Move to an end state (or APPROVED): nobody is needed any more."""
    return dataclasses.replace(
        record, state=state, settled_at=at, person_needed="", in_flight=False, look_up_final=False
    )


def _sending(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    return dataclasses.replace(record, state=_S.SENDING, sent_at=entry.at)


def _not_sent(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    fact = _of(entry, f.ChargeNotSent)
    return dataclasses.replace(_settled(record, _S.NOT_SENT, entry.at), why=fact.why)


def _approved(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    """An approval that nobody wants any more, or that contradicts an end, is to be reversed."""
    fact = _of(entry, f.ChargeApproved)
    if record.state in _LATE and not record.unwanted:
        raise Bug("payment.impossible_fact", fact=fact.KIND, state=record.state.value)
    known = dataclasses.replace(
        record, approval=fact.approval, gateway_ref=fact.approval.gateway_ref, candidate_ref=None
    )
    if record.unwanted:
        # A number that only people vouch for is not cancelled by the program: mistyped, it is
        # somebody else's payment.
        needed = "reversal_without_reference" if fact.by_person else ""
        return dataclasses.replace(
            known, state=_S.REVERSING, person_needed=needed, look_up_final=False, settled_at=None
        )
    return dataclasses.replace(_settled(known, _S.APPROVED, entry.at), refusal=None, why="")


def _declined(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    fact = _of(entry, f.ChargeDeclined)
    return dataclasses.replace(_settled(record, _S.DECLINED, entry.at), refusal=fact.refusal)


def _no_answer(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    fact = _of(entry, f.ChargeNoAnswer)
    return dataclasses.replace(
        record,
        state=_S.UNKNOWN,
        why=fact.why,
        candidate_ref=fact.candidate_ref,
        refusal=fact.refusal,
    )


def _mismatched(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    fact = _of(entry, f.ChargeMismatched)
    return dataclasses.replace(
        record,
        state=_S.MISMATCH,
        mismatch=fact,
        gateway_ref=fact.gateway_ref,
        candidate_ref=None,
        unwanted=record.unwanted or "mismatch",
        person_needed="",
        look_up_final=False,
        settled_at=None,
    )


def _looked_up(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    """A candidate that leads nowhere is given up; asking by order number may still help."""
    fact = _of(entry, f.LookedUp)
    gives_up_candidate = fact.final and record.candidate_ref is not None
    return dataclasses.replace(
        record,
        look_ups=record.look_ups + 1,
        why=fact.result,
        candidate_ref=None if gives_up_candidate else record.candidate_ref,
        look_up_final=fact.final and not gives_up_candidate,
        balance_doubt=record.balance_doubt and not fact.final,
    )


def _reference_given(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    """A typed number is verified first; it never takes the place of one the gateway confirmed.

    A reversal cancels by that number: a slip of the finger would cancel somebody else's payment.
    """
    fact = _of(entry, f.ReferenceGiven)
    asked = dataclasses.replace(record, look_up_final=False, person_needed="")
    if record.state is _S.UNKNOWN:
        return dataclasses.replace(asked, candidate_ref=fact.gateway_ref)
    return dataclasses.replace(asked, gateway_ref=record.gateway_ref or fact.gateway_ref)


def _not_charged(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    return _settled(record, _S.NOT_CHARGED, entry.at)


def _person_needed(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    """A refund that nobody can settle blocks others as MANUAL; the payment itself stands."""
    fact = _of(entry, f.PersonNeeded)
    needed = dataclasses.replace(record, person_needed=fact.why)
    refund = record.live_refund
    if record.state is _S.APPROVED and refund is not None:
        return _with_refund(needed, dataclasses.replace(refund, state=_R.MANUAL, why=fact.why))
    return needed


def _unwanted(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    """An approved payment that nobody wants goes straight to its reversal."""
    fact = _of(entry, f.Unwanted)
    state = record.state
    if state is _S.APPROVED:
        if record.live_refund is not None:
            raise Bug("payment.impossible_fact", fact=fact.KIND, state="refund in progress")
        state = _S.REVERSING
    return dataclasses.replace(record, state=state, unwanted=fact.why)


def _reversal_sending(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    fact = _of(entry, f.ReversalSending)
    return dataclasses.replace(
        record,
        state=_S.REVERSING,
        in_flight=True,
        reversal_tries=record.reversal_tries + 1,
        gateway_ref=fact.gateway_ref,
    )


def _reversed(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    return _settled(record, _S.REVERSED, entry.at)


def _reversal_not_done(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    fact = _of(entry, f.ReversalNotDone)
    return dataclasses.replace(
        record,
        state=_S.REVERSING,
        in_flight=False,
        why=fact.why,
        refusal=fact.refusal,
        balance_doubt=fact.balance_doubt,
        person_needed="reversal_refused" if fact.final else "",
    )


def _reversal_no_answer(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    fact = _of(entry, f.ReversalNoAnswer)
    return dataclasses.replace(record, state=_S.REVERSE_UNKNOWN, in_flight=False, why=fact.why)


def _refund_prepared(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    fact = _of(entry, f.RefundPrepared)
    wrong = (
        record.live_refund is not None
        or record.balance_doubt
        or not fact.amount
        or fact.balance_before != record.balance
        or fact.amount > record.balance
    )
    if wrong:
        raise Bug("payment.impossible_fact", fact=fact.KIND, state="balance or live refund")
    refund = RefundRecord(
        refund_id=fact.refund_id,
        amount=fact.amount,
        tax_free=fact.tax_free,
        balance_before=fact.balance_before,
        partial=fact.partial,
        reason=fact.reason,
        operator=entry.author.operator,
        approver=entry.author.approver,
        created_at=entry.at,
    )
    return dataclasses.replace(
        record, refunds=(*record.refunds, refund), person_needed="", look_up_final=False
    )


def _refund_fact(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    """All facts of a refund after the first: find it, check its state, fold."""
    fact = entry.fact
    if not isinstance(fact, tuple(_REFUND_FROM)):
        raise Bug("payment.impossible_fact", fact=fact.KIND, state="refund")
    refund = record.refund(fact.refund_id)  # type: ignore[union-attr]  # all in _REFUND_FROM have it
    if refund.state not in _REFUND_FROM[type(fact)]:
        raise Bug("payment.impossible_fact", fact=fact.KIND, state=refund.state.value)
    changed = _REFUND_FOLDS[type(fact)](refund, entry)
    record = _with_refund(record, changed)
    if isinstance(fact, f.RefundRefused | f.RefundDone | f.RefundNotDone) and fact.balance_doubt:
        record = dataclasses.replace(record, balance_doubt=True, look_up_final=False)
    if not changed.is_live:
        record = dataclasses.replace(record, person_needed="")
    return record


def _fold_refund_sending(refund: RefundRecord, _entry: f.Entry) -> RefundRecord:
    return dataclasses.replace(refund, state=_R.SENDING, tries=refund.tries + 1)


def _fold_refund_done(refund: RefundRecord, entry: f.Entry) -> RefundRecord:
    fact = _of(entry, f.RefundDone)
    return dataclasses.replace(
        refund, state=_R.DONE, serial=fact.serial, settled_at=fact.cancelled_at, why=""
    )


def _fold_refund_refused(refund: RefundRecord, entry: f.Entry) -> RefundRecord:
    fact = _of(entry, f.RefundRefused)
    return dataclasses.replace(refund, state=_R.REFUSED, refusal=fact.refusal, settled_at=entry.at)


def _fold_refund_not_sent(refund: RefundRecord, entry: f.Entry) -> RefundRecord:
    fact = _of(entry, f.RefundNotSent)
    return dataclasses.replace(refund, state=_R.NOT_SENT, why=fact.why, settled_at=entry.at)


def _fold_refund_no_answer(refund: RefundRecord, entry: f.Entry) -> RefundRecord:
    fact = _of(entry, f.RefundNoAnswer)
    return dataclasses.replace(refund, state=_R.UNKNOWN, why=fact.why)


def _fold_refund_not_done(refund: RefundRecord, entry: f.Entry) -> RefundRecord:
    fact = _of(entry, f.RefundNotDone)
    return dataclasses.replace(
        refund,
        state=_R.NOT_DONE,
        closed=fact.final,
        settled_at=entry.at if fact.final else None,
    )


def _balance_seen(record: PaymentRecord, entry: f.Entry) -> PaymentRecord:
    """Keep what was cancelled elsewhere; a balance above ours contradicts our own facts."""
    fact = _of(entry, f.BalanceSeen)
    if fact.balance > record.balance:
        return dataclasses.replace(record, balance_doubt=False, person_needed="balance_above_ours")
    outside = record.outside_refunds + (record.balance - fact.balance)
    return dataclasses.replace(record, balance_doubt=False, outside_refunds=outside)


def _with_refund(record: PaymentRecord, refund: RefundRecord) -> PaymentRecord:
    """Return the record with that refund replaced."""
    return dataclasses.replace(
        record,
        refunds=tuple(refund if r.refund_id == refund.refund_id else r for r in record.refunds),
    )


def _of(entry: f.Entry, kind: type[_F]) -> _F:
    """Return the entry's fact as `kind`, which the caller's table has settled already."""
    if not isinstance(entry.fact, kind):
        raise Bug("payment.impossible_fact", fact=entry.fact.KIND, state=kind.KIND)
    return entry.fact


_FOLDS: dict[type[f.Fact], Callable[[PaymentRecord, f.Entry], PaymentRecord]] = {
    f.Sending: _sending,
    f.ChargeNotSent: _not_sent,
    f.ChargeApproved: _approved,
    f.ChargeDeclined: _declined,
    f.ChargeNoAnswer: _no_answer,
    f.ChargeMismatched: _mismatched,
    f.LookedUp: _looked_up,
    f.ReferenceGiven: _reference_given,
    f.NotCharged: _not_charged,
    f.PersonNeeded: _person_needed,
    f.Unwanted: _unwanted,
    f.ReversalSending: _reversal_sending,
    f.Reversed: _reversed,
    f.ReversalNotDone: _reversal_not_done,
    f.ReversalNoAnswer: _reversal_no_answer,
    f.RefundPrepared: _refund_prepared,
    f.BalanceSeen: _balance_seen,
    **dict.fromkeys(_REFUND_FROM, _refund_fact),
}
_REFUND_FOLDS: dict[type[f.Fact], Callable[[RefundRecord, f.Entry], RefundRecord]] = {
    f.RefundSending: _fold_refund_sending,
    f.RefundDone: _fold_refund_done,
    f.RefundRefused: _fold_refund_refused,
    f.RefundNotSent: _fold_refund_not_sent,
    f.RefundNoAnswer: _fold_refund_no_answer,
    f.RefundNotDone: _fold_refund_not_done,
}
