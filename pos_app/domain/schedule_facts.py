"""A scheduled payment as our ledger has it: planned, given to the gateway, changed, taken back.

The gateway charges by itself when the time has come. From then on it is a payment like any other:
this stream ends with `ScheduleHandedOver`, and the payment of that id has the rest. What gateways
say is in `domain/schedules.py`, what happens next in `domain/schedule_steps.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeVar

from pos_app.domain.answers import Refusal
from pos_app.domain.order import Order, OrderNo, PaymentId, SaleId
from pos_app.domain.saved_cards import CustomerUid
from pos_app.domain.streams import (
    Listing,
    StreamEntry,
    StreamFact,
    StreamId,
    StreamKind,
    StreamRecord,
    impossible,
)

_F = TypeVar("_F")


class PlanState(StrEnum):
    """Durable meaning of a scheduled payment."""

    PLANNED = "PLANNED"
    SENDING = "SENDING"
    SCHEDULED = "SCHEDULED"
    REFUSED = "REFUSED"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"
    NOT_SCHEDULED = "NOT_SCHEDULED"
    CHANGING = "CHANGING"
    CHANGE_UNKNOWN = "CHANGE_UNKNOWN"
    CANCELLING = "CANCELLING"
    CANCEL_UNKNOWN = "CANCEL_UNKNOWN"
    CANCELLED = "CANCELLED"
    HANDED_OVER = "HANDED_OVER"


_S = PlanState
#: Nothing more will happen to these.
ENDED = frozenset({_S.REFUSED, _S.NOT_SENT, _S.NOT_SCHEDULED, _S.CANCELLED, _S.HANDED_OVER})
#: The gateway charges these, or may: the card must not be forgotten under them.
STANDING = frozenset(_S) - ENDED
#: No answer came: a look-up decides.
IN_DOUBT = frozenset({_S.UNKNOWN, _S.CHANGE_UNKNOWN, _S.CANCEL_UNKNOWN})


@dataclass(frozen=True, slots=True)
class SchedulePlanned:
    """The intent is on disk; no byte was sent.

    Attributes:
        payment_id: of the payment that this becomes, made now so that it is made once.
        sale_id: of the sale it belongs to; a charge again after a failure has the same.
        order_no: used for this charge and nothing else.
        at: when the gateway is to charge, aware, whole seconds.
        card_id: stream id of the card on file.
    """

    KIND: ClassVar[str] = "schedule.planned"
    schedule_id: StreamId
    payment_id: PaymentId
    sale_id: SaleId
    order_no: OrderNo
    order_date: str
    order: Order
    at: dt.datetime
    card_id: StreamId
    customer_uid: CustomerUid
    gateway: str
    environment: str
    site: str
    card_masked: str
    card_brand: str


@dataclass(frozen=True, slots=True)
class ScheduleSending:
    """Connected; the next thing that happens is the first byte of the request."""

    KIND: ClassVar[str] = "schedule.sending"


@dataclass(frozen=True, slots=True)
class ScheduleMade:
    """The gateway will charge at that time."""

    KIND: ClassVar[str] = "schedule.made"
    at: dt.datetime
    by_look_up: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleRefused:
    """The gateway will not."""

    KIND: ClassVar[str] = "schedule.refused"
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class ScheduleNotSent:
    """Provably nothing left this PC."""

    KIND: ClassVar[str] = "schedule.not_sent"
    why: str


@dataclass(frozen=True, slots=True)
class ScheduleNoAnswer:
    """The request left and no usable answer came: the gateway may charge."""

    KIND: ClassVar[str] = "schedule.no_answer"
    why: str


@dataclass(frozen=True, slots=True)
class ScheduleLookedUp:
    """A look-up came back without settling anything.

    Attributes:
        result: "absent" or "cannot_tell.<why>".
    """

    KIND: ClassVar[str] = "schedule.looked_up"
    result: str


@dataclass(frozen=True, slots=True)
class ScheduleNotMade:
    """A look-up shows after the settle time that the gateway has no such schedule."""

    KIND: ClassVar[str] = "schedule.not_made"


@dataclass(frozen=True, slots=True)
class ScheduleChanging:
    """The next thing that happens is the request that moves it to that time."""

    KIND: ClassVar[str] = "schedule.changing"
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class ScheduleMoved:
    """It is at that time now: by answer, or as a look-up shows (also when moved elsewhere)."""

    KIND: ClassVar[str] = "schedule.moved"
    at: dt.datetime
    by_look_up: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleChangeEnded:
    """It stays where it was.

    Attributes:
        why: "refused", "not_done", or why nothing was sent.
    """

    KIND: ClassVar[str] = "schedule.change_ended"
    why: str
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class ScheduleChangeNoAnswer:
    """The request that moves it left and no usable answer came."""

    KIND: ClassVar[str] = "schedule.change_no_answer"
    why: str


@dataclass(frozen=True, slots=True)
class ScheduleCancelling:
    """The next thing that happens is the request that takes it back.

    Attributes:
        reason: the person's words, cleaned.
    """

    KIND: ClassVar[str] = "schedule.cancelling"
    reason: str


@dataclass(frozen=True, slots=True)
class ScheduleCancelled:
    """The gateway will not charge: by answer, or as a look-up shows (also when done elsewhere)."""

    KIND: ClassVar[str] = "schedule.cancelled"
    by_look_up: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleCancelEnded:
    """It stands as it did.

    Attributes:
        why: "refused", "not_done", or why nothing was sent.
    """

    KIND: ClassVar[str] = "schedule.cancel_ended"
    why: str
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class ScheduleCancelNoAnswer:
    """The request that takes it back left and no usable answer came."""

    KIND: ClassVar[str] = "schedule.cancel_no_answer"
    why: str


@dataclass(frozen=True, slots=True)
class ScheduleHandedOver:
    """The gateway has charged or may have: the payment of `payment_id` is in the ledger.

    Attributes:
        why: "executed" as the gateway says, or "overdue".
    """

    KIND: ClassVar[str] = "schedule.handed_over"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord(StreamRecord):
    """A scheduled payment as folded from its facts.

    Attributes:
        at: when the gateway is to charge, as far as known.
        wanted_at: where it is being moved to; None if it is not.
        why: short code of the last trouble; words in the catalogue under `why.*`.
        look_ups: how many came back without settling anything since its last request.
    """

    payment_id: PaymentId
    sale_id: SaleId
    order_no: OrderNo
    order_date: str
    order: Order
    at: dt.datetime
    card_id: StreamId
    customer_uid: CustomerUid
    gateway: str
    environment: str
    site: str
    card_masked: str
    card_brand: str
    planned_by: str
    state: PlanState = PlanState.PLANNED
    wanted_at: dt.datetime | None = None
    refusal: Refusal | None = None
    why: str = ""
    look_ups: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether a request about it is not settled."""
        return self.state in STANDING and self.state is not PlanState.SCHEDULED

    @property
    def stands(self) -> bool:
        """Tell whether the gateway is going to charge, or may be."""
        return self.state in STANDING


#: Which states each fact may follow.
_FROM: dict[type[StreamFact], frozenset[PlanState]] = {
    ScheduleSending: frozenset({_S.PLANNED}),
    ScheduleMade: frozenset({_S.SENDING, _S.UNKNOWN}),
    ScheduleRefused: frozenset({_S.SENDING}),
    ScheduleNotSent: frozenset({_S.PLANNED, _S.SENDING}),
    ScheduleNoAnswer: frozenset({_S.SENDING}),
    ScheduleLookedUp: IN_DOUBT | {_S.SCHEDULED},
    ScheduleNotMade: frozenset({_S.UNKNOWN}),
    ScheduleChanging: frozenset({_S.SCHEDULED}),
    ScheduleMoved: frozenset({_S.CHANGING, _S.CHANGE_UNKNOWN, _S.SCHEDULED}),
    ScheduleChangeEnded: frozenset({_S.CHANGING, _S.CHANGE_UNKNOWN}),
    ScheduleChangeNoAnswer: frozenset({_S.CHANGING}),
    ScheduleCancelling: frozenset({_S.SCHEDULED}),
    ScheduleCancelled: IN_DOUBT | {_S.CANCELLING, _S.SCHEDULED, _S.SENDING, _S.CHANGING},
    ScheduleCancelEnded: frozenset({_S.CANCELLING, _S.CANCEL_UNKNOWN}),
    ScheduleCancelNoAnswer: frozenset({_S.CANCELLING}),
    ScheduleHandedOver: IN_DOUBT | {_S.SCHEDULED, _S.SENDING, _S.CHANGING, _S.CANCELLING},
}


def _begin(entry: StreamEntry) -> PlanRecord:
    """Return the record that a plan begins."""
    fact = entry.fact
    if not isinstance(fact, SchedulePlanned) or fact.schedule_id != entry.stream_id:
        raise impossible(entry, "none")
    return PlanRecord(
        stream_id=entry.stream_id,
        created_at=entry.at,
        payment_id=fact.payment_id,
        sale_id=fact.sale_id,
        order_no=fact.order_no,
        order_date=fact.order_date,
        order=fact.order,
        at=fact.at,
        card_id=fact.card_id,
        customer_uid=fact.customer_uid,
        gateway=fact.gateway,
        environment=fact.environment,
        site=fact.site,
        card_masked=fact.card_masked,
        card_brand=fact.card_brand,
        planned_by=entry.author.operator,
    )


def _apply(record: PlanRecord, entry: StreamEntry) -> PlanRecord:
    """Return the record after one more fact."""
    kind = type(entry.fact)
    if record.state not in _FROM.get(kind, frozenset()):
        raise impossible(entry, record.state.value)
    return _FOLDS[kind](record, entry)


def _to(state: PlanState) -> Callable[[PlanRecord, StreamEntry], PlanRecord]:
    """Return the fold of a fact that only moves the state: nothing is in the way any more."""

    def fold(record: PlanRecord, _entry: StreamEntry) -> PlanRecord:
        return dataclasses.replace(
            record, state=state, wanted_at=None, why="", refusal=None, look_ups=0
        )

    return fold


def _at(record: PlanRecord, entry: StreamEntry) -> PlanRecord:
    """Made, or moved: it stands at that time."""
    fact = entry.fact
    if not isinstance(fact, ScheduleMade | ScheduleMoved):
        raise impossible(entry, "at")
    return dataclasses.replace(_to(_S.SCHEDULED)(record, entry), at=fact.at)


def _refused(record: PlanRecord, entry: StreamEntry) -> PlanRecord:
    refusal = _of(entry, ScheduleRefused).refusal
    return dataclasses.replace(record, state=_S.REFUSED, why="refused", refusal=refusal)


def _not_sent(record: PlanRecord, entry: StreamEntry) -> PlanRecord:
    return dataclasses.replace(record, state=_S.NOT_SENT, why=_of(entry, ScheduleNotSent).why)


def _no_answer(record: PlanRecord, entry: StreamEntry) -> PlanRecord:
    return dataclasses.replace(record, state=_S.UNKNOWN, why=_of(entry, ScheduleNoAnswer).why)


def _looked_up(record: PlanRecord, entry: StreamEntry) -> PlanRecord:
    fact = _of(entry, ScheduleLookedUp)
    return dataclasses.replace(record, look_ups=record.look_ups + 1, why=fact.result)


def _not_made(record: PlanRecord, _entry: StreamEntry) -> PlanRecord:
    return dataclasses.replace(record, state=_S.NOT_SCHEDULED, why="absent")


def _changing(record: PlanRecord, entry: StreamEntry) -> PlanRecord:
    moving = _to(_S.CHANGING)(record, entry)
    return dataclasses.replace(moving, wanted_at=_of(entry, ScheduleChanging).at)


def _change_no_answer(record: PlanRecord, entry: StreamEntry) -> PlanRecord:
    why = _of(entry, ScheduleChangeNoAnswer).why
    return dataclasses.replace(record, state=_S.CHANGE_UNKNOWN, why=why)


def _cancel_no_answer(record: PlanRecord, entry: StreamEntry) -> PlanRecord:
    why = _of(entry, ScheduleCancelNoAnswer).why
    return dataclasses.replace(record, state=_S.CANCEL_UNKNOWN, why=why)


def _stays(record: PlanRecord, entry: StreamEntry) -> PlanRecord:
    """The change or the cancel came to nothing; why is worth showing."""
    fact = entry.fact
    if not isinstance(fact, ScheduleChangeEnded | ScheduleCancelEnded):
        raise impossible(entry, "stays")
    stood = _to(_S.SCHEDULED)(record, entry)
    return dataclasses.replace(stood, why=fact.why, refusal=fact.refusal)


def _of(entry: StreamEntry, kind: type[_F]) -> _F:
    """Return the entry's fact as `kind`, which the caller's table has settled already."""
    if not isinstance(entry.fact, kind):
        raise impossible(entry, kind.__name__)
    return entry.fact


_FOLDS: dict[type[StreamFact], Callable[[PlanRecord, StreamEntry], PlanRecord]] = {
    ScheduleSending: _to(_S.SENDING),
    ScheduleMade: _at,
    ScheduleRefused: _refused,
    ScheduleNotSent: _not_sent,
    ScheduleNoAnswer: _no_answer,
    ScheduleLookedUp: _looked_up,
    ScheduleNotMade: _not_made,
    ScheduleChanging: _changing,
    ScheduleMoved: _at,
    ScheduleChangeEnded: _stays,
    ScheduleChangeNoAnswer: _change_no_answer,
    ScheduleCancelling: _to(_S.CANCELLING),
    ScheduleCancelled: _to(_S.CANCELLED),
    ScheduleCancelEnded: _stays,
    ScheduleCancelNoAnswer: _cancel_no_answer,
    ScheduleHandedOver: _to(_S.HANDED_OVER),
}


def _listing(record: PlanRecord) -> Listing:
    """Return what lists read: by card, by time, by name, phone, product, order number."""
    order = record.order
    words = (
        order.buyer_name,
        order.buyer_phone,
        order.product,
        record.card_masked[-4:],
        record.order_no,
    )
    return Listing(
        state=record.state.value,
        is_open=record.is_open,
        key=record.order_no,
        owner=record.card_id,
        due_at=record.at,
        words=words,
    )


SCHEDULES: StreamKind[PlanRecord] = StreamKind(
    name="schedule",
    facts=(SchedulePlanned, *_FROM),
    begin=_begin,
    apply=_apply,
    listing=_listing,
)
