"""The facts of a payment: what the ledger stores, append-only, in the order they happened.

A fact says what happened, never what to do; `domain/payment.apply` folds facts into a
`PaymentRecord`, `domain/payment.next_step` decides from that. Each class has a `KIND`, under
which the ledger stores it. Adding a field means giving it a default: old facts still read.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from pos_app.domain.answers import Approval, Refusal
from pos_app.domain.identity import IdentityEvidence
from pos_app.domain.money import Won
from pos_app.domain.order import Order, OrderNo, PaymentId, RefundId, SaleId


@dataclass(frozen=True, slots=True)
class Prepared:
    """The sale is on disk; no byte was sent.

    Attributes:
        environment: "live", "staging", "loopback" or "practice".
        site: the merchant's site code at the gateway.
        order_date: KST day of the order number, YYYYMMDD (KCP asks for it in a look-up by order).
        supersedes: an earlier attempt of this sale whose outcome was open; if that one turns out
            approved it is reversed.
        reason: why the clerk went on in spite of a duplicate warning; empty otherwise.
        customer_uid: of the card on file that is charged or is to be kept; empty otherwise.
        schedule_id: of the scheduled payment this is, whose charge the gateway sends by itself.
        identity: the identity check that the sale is bound to, None without one.
    """

    KIND: ClassVar[str] = "prepared"
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
    supersedes: PaymentId | None = None
    reason: str = ""
    customer_uid: str = ""
    schedule_id: str = ""
    identity: IdentityEvidence | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """Connected; the next thing that happens is the first byte of the charge request."""

    KIND: ClassVar[str] = "sending"
    timeout_s: float


@dataclass(frozen=True, slots=True)
class ChargeApproved:
    """The gateway approved: in its answer, in a look-up, or as two people read in its own site.

    Attributes:
        evidence: what the people saw; empty unless `by_person`.
    """

    KIND: ClassVar[str] = "approved"
    approval: Approval
    by_look_up: bool = False
    by_person: bool = False
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ChargeDeclined:
    """The gateway refused; nothing was charged."""

    KIND: ClassVar[str] = "declined"
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class ChargeNotSent:
    """Provably nothing left this PC."""

    KIND: ClassVar[str] = "not_sent"
    why: str


@dataclass(frozen=True, slots=True)
class ChargeNoAnswer:
    """The request left and no usable answer came: money may have moved."""

    KIND: ClassVar[str] = "no_answer"
    why: str
    candidate_ref: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class ChargeMismatched:
    """The gateway approved something else than we asked for."""

    KIND: ClassVar[str] = "mismatched"
    gateway_ref: str
    field: str
    expected: str
    seen: str


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A look-up came back without settling anything.

    Attributes:
        result: "absent", "pending", or "cannot_tell.<why>".
        final: asking again cannot help.
    """

    KIND: ClassVar[str] = "looked_up"
    result: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceGiven:
    """A person typed the gateway's transaction number from the partner site."""

    KIND: ClassVar[str] = "reference_given"
    gateway_ref: str


@dataclass(frozen=True, slots=True)
class NotCharged:
    """Shown absent after the settle time (`by_person` False), or closed by two people.

    Attributes:
        evidence: what was seen, in the person's words; empty for the program.
    """

    KIND: ClassVar[str] = "not_charged"
    by_person: bool
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class PersonNeeded:
    """The program cannot settle this by itself; `why` has words in the catalogue (`person.*`)."""

    KIND: ClassVar[str] = "person_needed"
    why: str


@dataclass(frozen=True, slots=True)
class Unwanted:
    """If the charge turns out approved it must be reversed.

    Attributes:
        why: "superseded", "asked", "orphan", "mismatch", "ledger".
    """

    KIND: ClassVar[str] = "unwanted"
    why: str


@dataclass(frozen=True, slots=True)
class ReversalSending:
    """The next thing that happens is the first byte of the full cancel (net cancel, 망취소)."""

    KIND: ClassVar[str] = "reversal_sending"
    gateway_ref: str
    why: str


@dataclass(frozen=True, slots=True)
class Reversed:
    """The whole charge is cancelled: by answer, by look-up, or as two people read."""

    KIND: ClassVar[str] = "reversed"
    cancelled_at: dt.datetime
    by_look_up: bool = False
    by_person: bool = False
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ReversalNotDone:
    """The cancel did not happen: refused, not sent, or a look-up shows the charge untouched.

    Attributes:
        final: asking again cannot help; a person is needed.
    """

    KIND: ClassVar[str] = "reversal_not_done"
    why: str
    refusal: Refusal | None = None
    final: bool = False
    balance_doubt: bool = False


@dataclass(frozen=True, slots=True)
class ReversalNoAnswer:
    """The cancel left and no usable answer came."""

    KIND: ClassVar[str] = "reversal_no_answer"
    why: str


@dataclass(frozen=True, slots=True)
class RefundPrepared:
    """A refund is on disk; no byte was sent.

    Attributes:
        amount: to give back now.
        tax_free: the tax-free part of it.
        balance_before: compare-and-set value: what the gateway must still hold.
        partial: cancel in part (KCP STPC), also for the rest after an earlier partial cancel.
        reason: the person's words, cleaned.
    """

    KIND: ClassVar[str] = "refund_prepared"
    refund_id: RefundId
    amount: Won
    tax_free: Won
    balance_before: Won
    partial: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RefundSending:
    """The next thing that happens is the first byte of the cancel request."""

    KIND: ClassVar[str] = "refund_sending"
    refund_id: RefundId


@dataclass(frozen=True, slots=True)
class RefundDone:
    """The money goes back, by answer, by look-up or by the word of two people.

    Attributes:
        evidence: what the people saw; empty for the program.
        balance_doubt: the gateway can still be asked what is left: look it up.
    """

    KIND: ClassVar[str] = "refund_done"
    refund_id: RefundId
    cancelled_at: dt.datetime
    serial: str = ""
    by_look_up: bool = False
    evidence: str = ""
    balance_doubt: bool = False


@dataclass(frozen=True, slots=True)
class RefundRefused:
    """The gateway refused; the sale stands as it was.

    Attributes:
        balance_doubt: what is left is looked up: its balance may not be ours (KCP 8037 and kin), or
            an earlier delivery of the same request was carried out. Old facts say the first only.
    """

    KIND: ClassVar[str] = "refund_refused"
    refund_id: RefundId
    refusal: Refusal
    balance_doubt: bool = False


@dataclass(frozen=True, slots=True)
class RefundNotSent:
    """Provably nothing left this PC."""

    KIND: ClassVar[str] = "refund_not_sent"
    refund_id: RefundId
    why: str


@dataclass(frozen=True, slots=True)
class RefundNoAnswer:
    """The cancel request left and no usable answer came."""

    KIND: ClassVar[str] = "refund_no_answer"
    refund_id: RefundId
    why: str


@dataclass(frozen=True, slots=True)
class RefundNotDone:
    """The balance is untouched: the refund did not happen and may be sent again.

    Attributes:
        final: closed by people, not to be sent again.
        evidence: what they saw; empty for the program.
        balance_doubt: the gateway can still be asked what is left: look it up.
    """

    KIND: ClassVar[str] = "refund_not_done"
    refund_id: RefundId
    final: bool = False
    evidence: str = ""
    balance_doubt: bool = False


@dataclass(frozen=True, slots=True)
class BalanceSeen:
    """The gateway's balance is not what our facts say: somebody cancelled elsewhere.

    The difference is kept as an outside refund, so that the remaining balance is right.
    """

    KIND: ClassVar[str] = "balance_seen"
    balance: Won


ChargeFact = (
    Prepared
    | Sending
    | ChargeApproved
    | ChargeDeclined
    | ChargeNotSent
    | ChargeNoAnswer
    | ChargeMismatched
    | LookedUp
    | ReferenceGiven
    | NotCharged
    | PersonNeeded
    | Unwanted
    | ReversalSending
    | Reversed
    | ReversalNotDone
    | ReversalNoAnswer
)
RefundFact = (
    RefundPrepared
    | RefundSending
    | RefundDone
    | RefundRefused
    | RefundNotSent
    | RefundNoAnswer
    | RefundNotDone
    | BalanceSeen
)
Fact = ChargeFact | RefundFact

#: Every kind by its stored name.
FACT_KINDS: dict[str, type[Fact]] = {
    kind.KIND: kind
    for kind in (
        Prepared,
        Sending,
        ChargeApproved,
        ChargeDeclined,
        ChargeNotSent,
        ChargeNoAnswer,
        ChargeMismatched,
        LookedUp,
        ReferenceGiven,
        NotCharged,
        PersonNeeded,
        Unwanted,
        ReversalSending,
        Reversed,
        ReversalNotDone,
        ReversalNoAnswer,
        RefundPrepared,
        RefundSending,
        RefundDone,
        RefundRefused,
        RefundNotSent,
        RefundNoAnswer,
        RefundNotDone,
        BalanceSeen,
    )
}


@dataclass(frozen=True, slots=True)
class Author:
    """Who stands behind a fact.

    Attributes:
        operator: name of the person at the counter; "program" when nobody was.
        approver: name of the second person, empty if none was needed.
        counter: the counter's two letters or digits.
    """

    operator: str
    approver: str
    counter: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: a fact with its place, time and author.

    Attributes:
        seq: place in the whole ledger, from 1.
        at: aware UTC, recorded only, never used for deadlines.
    """

    seq: int
    payment_id: PaymentId
    at: dt.datetime
    author: Author
    fact: Fact
