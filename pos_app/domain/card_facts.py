"""A card on file as our ledger tells of it: consent first, then keeping, then forgetting.

The order of things is that of a charge: the customer's consent and our intent are on disk before
the first byte leaves; no answer is a state, and a look-up decides it. What the gateway keeps is in
`domain/saved_cards.py`, what happens next in `domain/card_steps.py`; here is what we did and when.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeVar

from pos_app.domain.answers import Refusal
from pos_app.domain.order import PaymentId
from pos_app.domain.saved_cards import CardOnFile, CustomerUid, SavedCard
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


class CardState(StrEnum):
    """Durable meaning of a card on file."""

    CONSENTED = "CONSENTED"
    KEEPING = "KEEPING"
    KEPT = "KEPT"
    NOT_KEPT = "NOT_KEPT"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"
    FORGETTING = "FORGETTING"
    FORGET_UNKNOWN = "FORGET_UNKNOWN"
    FORGET_WANTED = "FORGET_WANTED"
    FORGOTTEN = "FORGOTTEN"


_S = CardState
#: Nothing more will happen to these by themselves.
AT_REST = frozenset({_S.KEPT, _S.NOT_KEPT, _S.NOT_SENT, _S.FORGOTTEN})
#: The gateway has the card, or may have it.
AT_GATEWAY = frozenset(_S) - {_S.CONSENTED, _S.NOT_KEPT, _S.NOT_SENT, _S.FORGOTTEN}


@dataclass(frozen=True, slots=True)
class CardConsented:
    """The customer agreed, and the intent to keep the card is on disk; no byte was sent.

    Attributes:
        customer_uid: our name for the billing key, made by us and free at the gateway.
        customer_name, customer_phone: of who consented, as the shop knows them.
        wording_version: of the text that was read to the customer.
        wording_language: "ko" or "en".
        payment_id: of the sale that keeps the card as it charges it; empty where nothing is sold.
    """

    KIND: ClassVar[str] = "card.consented"
    card_id: StreamId
    customer_uid: CustomerUid
    gateway: str
    environment: str
    site: str
    customer_name: str
    customer_phone: str
    card_masked: str
    card_brand: str
    wording_version: str
    wording_language: str
    payment_id: str = ""


@dataclass(frozen=True, slots=True)
class CardKeeping:
    """Connected; the next thing that happens is the first byte of the request that keeps it."""

    KIND: ClassVar[str] = "card.keeping"


@dataclass(frozen=True, slots=True)
class CardIsKept:
    """The gateway keeps it: by its answer, or as a look-up shows."""

    KIND: ClassVar[str] = "card.kept"
    card: SavedCard
    by_look_up: bool = False


@dataclass(frozen=True, slots=True)
class CardNotKept:
    """The gateway refused, or a look-up shows after the settle time that there is no such card.

    Attributes:
        why: "refused", "absent", or "sale" where the sale that was to keep it charged nothing.
    """

    KIND: ClassVar[str] = "card.not_kept"
    why: str
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class CardNotSent:
    """Provably nothing left this PC."""

    KIND: ClassVar[str] = "card.not_sent"
    why: str


@dataclass(frozen=True, slots=True)
class CardNoAnswer:
    """The request left and no usable answer came: the card may be kept."""

    KIND: ClassVar[str] = "card.no_answer"
    why: str


@dataclass(frozen=True, slots=True)
class CardLookedUp:
    """A look-up came back without settling anything.

    Attributes:
        result: "absent" or "cannot_tell.<why>".
    """

    KIND: ClassVar[str] = "card.looked_up"
    result: str


@dataclass(frozen=True, slots=True)
class CardForgetting:
    """The next thing that happens is the request that deletes it at the gateway.

    Attributes:
        reason: the person's words, cleaned.
    """

    KIND: ClassVar[str] = "card.forgetting"
    reason: str


@dataclass(frozen=True, slots=True)
class CardIsForgotten:
    """The gateway has it no more: by its answer, or as a look-up shows."""

    KIND: ClassVar[str] = "card.forgotten"
    by_look_up: bool = False


@dataclass(frozen=True, slots=True)
class CardForgetNoAnswer:
    """The request that deletes it left, and no usable answer came."""

    KIND: ClassVar[str] = "card.forget_no_answer"
    why: str


@dataclass(frozen=True, slots=True)
class CardForgetNotDone:
    """A look-up shows that it is still kept: deleting is wanted and may be asked for again."""

    KIND: ClassVar[str] = "card.forget_not_done"


@dataclass(frozen=True, slots=True)
class CardForgetEnded:
    """It stays kept: the gateway refused to delete it, nothing was sent, or it was tried enough.

    Attributes:
        why: "refused", "not_done", or why nothing was sent.
    """

    KIND: ClassVar[str] = "card.forget_ended"
    why: str
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRecord(StreamRecord):
    """A card on file as folded from its facts.

    Attributes:
        state: see `CardState`.
        taken_by: who took the consent.
        saved: what the gateway keeps; None before it told.
        why: short code of the last trouble; words in the catalogue under `why.*`.
        look_ups: how many came back without settling anything.
        forget_tries: how often deleting went out since it was last asked for.
    """

    customer_uid: CustomerUid
    gateway: str
    environment: str
    site: str
    customer_name: str
    customer_phone: str
    card_masked: str
    card_brand: str
    wording_version: str
    wording_language: str
    taken_by: str
    payment_id: PaymentId | None = None
    state: CardState = CardState.CONSENTED
    saved: SavedCard | None = None
    refusal: Refusal | None = None
    why: str = ""
    look_ups: int = 0
    forget_tries: int = 0
    forget_reason: str = ""

    @property
    def is_open(self) -> bool:
        """Tell whether something about it is not settled."""
        return self.state not in AT_REST

    @property
    def is_kept(self) -> bool:
        """Tell whether it can be charged."""
        return self.state is CardState.KEPT

    @property
    def on_file(self) -> CardOnFile:
        """Return it as a charge names it."""
        return CardOnFile(self.customer_uid, self.card_masked, self.card_brand, self.gateway)


#: Which states each fact may follow.
_FROM: dict[type[StreamFact], frozenset[CardState]] = {
    CardKeeping: frozenset({_S.CONSENTED}),
    CardIsKept: frozenset({_S.KEEPING, _S.UNKNOWN}),
    CardNotKept: frozenset({_S.KEEPING, _S.UNKNOWN}),
    CardNotSent: frozenset({_S.CONSENTED, _S.KEEPING}),
    CardNoAnswer: frozenset({_S.KEEPING}),
    CardLookedUp: frozenset({_S.UNKNOWN, _S.FORGET_UNKNOWN}),
    CardForgetting: frozenset({_S.KEPT, _S.FORGET_WANTED}),
    CardIsForgotten: frozenset({_S.FORGETTING, _S.FORGET_UNKNOWN}),
    CardForgetNoAnswer: frozenset({_S.FORGETTING}),
    CardForgetNotDone: frozenset({_S.FORGET_UNKNOWN}),
    CardForgetEnded: frozenset({_S.FORGETTING, _S.FORGET_WANTED}),
}


def _begin(entry: StreamEntry) -> CardRecord:
    """Return the record that a consent begins."""
    fact = entry.fact
    if not isinstance(fact, CardConsented) or fact.card_id != entry.stream_id:
        raise impossible(entry, "none")
    return CardRecord(
        stream_id=entry.stream_id,
        created_at=entry.at,
        customer_uid=fact.customer_uid,
        gateway=fact.gateway,
        environment=fact.environment,
        site=fact.site,
        customer_name=fact.customer_name,
        customer_phone=fact.customer_phone,
        card_masked=fact.card_masked,
        card_brand=fact.card_brand,
        wording_version=fact.wording_version,
        wording_language=fact.wording_language,
        taken_by=entry.author.operator,
        payment_id=PaymentId(fact.payment_id) if fact.payment_id else None,
    )


def _apply(record: CardRecord, entry: StreamEntry) -> CardRecord:
    """Return the record after one more fact."""
    kind = type(entry.fact)
    if record.state not in _FROM.get(kind, frozenset()):
        raise impossible(entry, record.state.value)
    return _FOLDS[kind](record, entry)


def _keeping(record: CardRecord, _entry: StreamEntry) -> CardRecord:
    return dataclasses.replace(record, state=_S.KEEPING)


def _kept(record: CardRecord, entry: StreamEntry) -> CardRecord:
    fact = _of(entry, CardIsKept)
    return dataclasses.replace(record, state=_S.KEPT, saved=fact.card, why="")


def _not_kept(record: CardRecord, entry: StreamEntry) -> CardRecord:
    fact = _of(entry, CardNotKept)
    return dataclasses.replace(record, state=_S.NOT_KEPT, why=fact.why, refusal=fact.refusal)


def _not_sent(record: CardRecord, entry: StreamEntry) -> CardRecord:
    return dataclasses.replace(record, state=_S.NOT_SENT, why=_of(entry, CardNotSent).why)


def _no_answer(record: CardRecord, entry: StreamEntry) -> CardRecord:
    return dataclasses.replace(record, state=_S.UNKNOWN, why=_of(entry, CardNoAnswer).why)


def _looked_up(record: CardRecord, entry: StreamEntry) -> CardRecord:
    fact = _of(entry, CardLookedUp)
    return dataclasses.replace(record, look_ups=record.look_ups + 1, why=fact.result)


def _forgetting(record: CardRecord, entry: StreamEntry) -> CardRecord:
    fact = _of(entry, CardForgetting)
    asked_anew = record.state is _S.KEPT
    return dataclasses.replace(
        record,
        state=_S.FORGETTING,
        forget_tries=1 if asked_anew else record.forget_tries + 1,
        forget_reason=fact.reason,
        refusal=None,
        why="",
    )


def _forgotten(record: CardRecord, _entry: StreamEntry) -> CardRecord:
    return dataclasses.replace(record, state=_S.FORGOTTEN, why="")


def _forget_no_answer(record: CardRecord, entry: StreamEntry) -> CardRecord:
    why = _of(entry, CardForgetNoAnswer).why
    return dataclasses.replace(record, state=_S.FORGET_UNKNOWN, why=why)


def _forget_not_done(record: CardRecord, _entry: StreamEntry) -> CardRecord:
    return dataclasses.replace(record, state=_S.FORGET_WANTED)


def _forget_ended(record: CardRecord, entry: StreamEntry) -> CardRecord:
    fact = _of(entry, CardForgetEnded)
    return dataclasses.replace(record, state=_S.KEPT, why=fact.why, refusal=fact.refusal)


def _of(entry: StreamEntry, kind: type[_F]) -> _F:
    """Return the entry's fact as `kind`, which the caller's table has settled already."""
    if not isinstance(entry.fact, kind):
        raise impossible(entry, kind.__name__)
    return entry.fact


_FOLDS: dict[type[StreamFact], Callable[[CardRecord, StreamEntry], CardRecord]] = {
    CardKeeping: _keeping,
    CardIsKept: _kept,
    CardNotKept: _not_kept,
    CardNotSent: _not_sent,
    CardNoAnswer: _no_answer,
    CardLookedUp: _looked_up,
    CardForgetting: _forgetting,
    CardIsForgotten: _forgotten,
    CardForgetNoAnswer: _forget_no_answer,
    CardForgetNotDone: _forget_not_done,
    CardForgetEnded: _forget_ended,
}


def _listing(record: CardRecord) -> Listing:
    """Return what lists read: found by name, phone, last four digits, issuer."""
    issuer = record.saved.issuer if record.saved else ""
    return Listing(
        state=record.state.value,
        is_open=record.is_open,
        key=record.customer_uid,
        words=(
            record.customer_name,
            record.customer_phone,
            record.card_masked[-4:],
            issuer,
        ),
    )


CARDS: StreamKind[CardRecord] = StreamKind(
    name="card",
    facts=(CardConsented, *_FROM),
    begin=_begin,
    apply=_apply,
    listing=_listing,
)
