"""The guided job as plain data: what it is about, what can be seen, which step comes next.

Nothing here closes anything; `closing.py` hands what two people saw to the services.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar

from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.domain.stray_facts import StrayRecord

#: What the list of this screen can hold.
OpenRecord: TypeAlias = PaymentRecord | StrayRecord
_Open = TypeVar("_Open", bound=OpenRecord)


class Subject(StrEnum):
    """What a job is about."""

    CHARGE = "charge"
    REVERSAL = "reversal"
    REFUND = "refund"
    NOTHING = "nothing"


class Seen(StrEnum):
    """What a person can see at the partner site."""

    APPROVED = "approved"
    ABSENT = "absent"
    CANCELLED = "cancelled"
    STANDING = "standing"
    REFUNDED = "refunded"
    NOT_REFUNDED = "not_refunded"
    LATER = "later"


class Stage(StrEnum):
    """Where a job is."""

    SITE = "site"
    SEARCH = "search"
    SEE = "see"
    REFERENCE = "reference"
    CHECKING = "checking"
    BY_HAND = "by_hand"
    EVIDENCE = "evidence"
    SECOND = "second"
    WORKING = "working"
    ENDED = "ended"


class SettledBy(StrEnum):
    """Who found out in the end."""

    PEOPLE = "people"
    LOOK_UP = "look_up"
    PROGRAM = "program"


_CHOICES: dict[Subject, tuple[Seen, ...]] = {
    Subject.CHARGE: (Seen.APPROVED, Seen.ABSENT, Seen.CANCELLED, Seen.LATER),
    Subject.REVERSAL: (Seen.CANCELLED, Seen.STANDING, Seen.LATER),
    Subject.REFUND: (Seen.REFUNDED, Seen.NOT_REFUNDED, Seen.LATER),
    Subject.NOTHING: (),
}
#: Which of the five steps each stage belongs to.
_STEP: dict[Stage, int] = {
    Stage.SITE: 1,
    Stage.SEARCH: 2,
    Stage.SEE: 3,
    Stage.REFERENCE: 4,
    Stage.CHECKING: 4,
    Stage.BY_HAND: 4,
    Stage.EVIDENCE: 4,
    Stage.SECOND: 5,
    Stage.WORKING: 5,
    Stage.ENDED: 5,
}
STEPS = 5
#: A look-up by the typed number that ends so says that the number is not this payment's.
_WRONG_NUMBER = frozenset({"absent", "cannot_tell.wrong_order"})


@dataclass(frozen=True, slots=True)
class Job:
    """One guided job.

    Attributes:
        checking_since: version of the record when the verification began; only news after it
            tell how the verification went.
        mistake: code of what is wrong with the last thing typed or chosen; empty if nothing.
    """

    record: PaymentRecord
    subject: Subject
    stage: Stage = Stage.SITE
    seen: Seen | None = None
    reference: str = ""
    approval_no: str = ""
    evidence: str = ""
    checking_since: int = 0
    settled_by: SettledBy | None = None
    mistake: str = ""

    @property
    def payment_id(self) -> PaymentId:
        """Return the payment it is about."""
        return self.record.payment_id

    @property
    def step(self) -> int:
        """Return the step it is at, from 1 to `STEPS`."""
        return _STEP[self.stage]

    @property
    def choices(self) -> tuple[Seen, ...]:
        """Return what can be seen at the site, in the order of the number keys."""
        return _CHOICES[self.subject]


def subject_of(record: PaymentRecord) -> Subject:
    """Say what people could settle about a payment now."""
    if record.state is PaymentState.UNKNOWN:
        return Subject.CHARGE
    if record.state in {PaymentState.REVERSING, PaymentState.REVERSE_UNKNOWN}:
        return Subject.REVERSAL
    refund = record.live_refund
    if refund is not None and refund.state in {RefundState.UNKNOWN, RefundState.MANUAL}:
        return Subject.REFUND
    return Subject.NOTHING


def needs_person(record: OpenRecord) -> bool:
    """Tell whether the program has given up on a payment that is open, or on a stray."""
    if isinstance(record, StrayRecord):
        return record.needs_person
    refund = record.live_refund
    manual = refund is not None and refund.state is RefundState.MANUAL
    return record.is_open and (manual or bool(record.person_needed))


def id_of(record: OpenRecord) -> str:
    """Return the id of a payment or of a stray."""
    return record.stream_id if isinstance(record, StrayRecord) else record.payment_id


def in_order(records: Iterable[_Open]) -> list[_Open]:
    """Return what is open: what needs a person on top, then oldest first."""
    return sorted(
        (record for record in records if record.is_open),
        key=lambda record: (not needs_person(record), record.created_at),
    )


def begin(record: PaymentRecord) -> Job:
    """Return a job at its first step, or at its end if people can settle nothing."""
    subject = subject_of(record)
    stage = Stage.ENDED if subject is Subject.NOTHING else Stage.SITE
    return Job(record, subject, stage)


def go_to(job: Job, stage: Stage) -> Job:
    """Return the job at another stage; a complaint stays behind."""
    return dataclasses.replace(job, stage=stage, mistake="")


def choose(job: Job, seen: Seen) -> Job:
    """Return the job after the choice of what is seen; LATER changes nothing."""
    if seen is Seen.LATER or seen not in job.choices:
        return job
    stage = Stage.EVIDENCE
    if seen is Seen.APPROVED:
        stage = Stage.REFERENCE
    elif seen is Seen.STANDING:
        stage = Stage.WORKING
    return dataclasses.replace(job, seen=seen, stage=stage, mistake="")


def back(job: Job) -> Job | None:
    """Return the job one step back, or None where the way back leaves it."""
    match job.stage:
        case Stage.SEARCH:
            return go_to(job, Stage.SITE)
        case Stage.SEE:
            return go_to(job, Stage.SEARCH)
        case Stage.REFERENCE | Stage.EVIDENCE:
            return go_to(job, Stage.SEE)
        case Stage.CHECKING if job.subject is Subject.CHARGE:
            return go_to(job, Stage.REFERENCE)
        case Stage.BY_HAND:
            return go_to(job, Stage.REFERENCE)
        case Stage.SECOND:
            by_hand = job.seen is Seen.APPROVED
            return go_to(job, Stage.BY_HAND if by_hand else Stage.EVIDENCE)
        case Stage.WORKING:
            return job
        case _:
            return None


def checking(job: Job, record: PaymentRecord) -> Job:
    """Return the job while the gateway is asked, begun with `record`."""
    begun = dataclasses.replace(
        job, record=record, stage=Stage.CHECKING, checking_since=record.version, mistake=""
    )
    return follow(begun, record)


def settled(job: Job, record: PaymentRecord, by: SettledBy) -> Job:
    """Return the job at its end."""
    return dataclasses.replace(job, record=record, stage=Stage.ENDED, settled_by=by, mistake="")


def follow(job: Job, record: PaymentRecord) -> Job:
    """Return the job after news of its payment; older news change nothing.

    What settles the payment ends the job; while words of two people are on their way (WORKING)
    only the record is kept, because whoever sent them says how it ended.
    """
    if record.payment_id != job.payment_id or record.version < job.record.version:
        return job
    job = dataclasses.replace(job, record=record)
    if job.stage is Stage.WORKING:
        return job
    subject = subject_of(record)
    if job.stage is Stage.ENDED:
        again = needs_person(record) and subject is not Subject.NOTHING
        return begin(record) if again else job
    if subject is not job.subject:
        asked = job.stage is Stage.CHECKING
        return settled(job, record, SettledBy.LOOK_UP if asked else SettledBy.PROGRAM)
    if job.stage is Stage.CHECKING and record.version > job.checking_since:
        return _verified(job) if record.person_needed else job
    return job


def _verified(job: Job) -> Job:
    """The gateway was asked and could not settle it: say which step is wanted now."""
    if job.subject is not Subject.CHARGE:
        return dataclasses.replace(job, stage=Stage.SEE, mistake="person.refused_again")
    if job.record.why in _WRONG_NUMBER:
        return dataclasses.replace(job, stage=Stage.REFERENCE, mistake="person.reference_not_ours")
    return dataclasses.replace(job, stage=Stage.BY_HAND, mistake="")


def digits_typed(typed: str) -> str:
    """Return a number as typed or pasted, full width or grouped, as plain characters."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).replace("-", "")


def order_groups(order_no: str) -> str:
    """Write an order number so that it can be compared by eye: day, counter, fours.

    One of another program's form is left as it is.
    """
    if not (order_no[:8].isdecimal() and order_no.isalnum()):
        return order_no
    head, tail = order_no[:10], order_no[10:]
    parts = [head[:8], head[8:], *(tail[at : at + 4] for at in range(0, len(tail), 4))]
    return "  ".join(part for part in parts if part)


def reference_groups(reference: str) -> str:
    """Write 14 digits in groups, 4 4 6, as they are read out; another number as it is."""
    if not reference.isdecimal():
        return reference
    return "  ".join(part for part in (reference[:4], reference[4:8], reference[8:]) if part)
