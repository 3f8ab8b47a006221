"""Money at a gateway that our books do not want, or do not know: facts and record of a stray.

A stream of its own beside payments (`domain/streams.py`), one for each thing found. A charge too
many is given back by the program, like any reversal: intent on disk, look-up, cancel. Whatever the
program may not cancel (another program may use the same merchant account) waits for a person.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pos_app.domain.answers import Refusal
from pos_app.domain.money import Won
from pos_app.domain.order import OrderNo, PaymentId
from pos_app.domain.streams import (
    Listing,
    StreamEntry,
    StreamKind,
    StreamRecord,
    impossible,
)


class StrayWhy(StrEnum):
    """What was found; the catalogue has words under `stray.<value>`.

    SECOND: a second record under an order number of ours holds money. STANDING: it holds money
    although our books say that all of it went back. These two the program cancels.
    FOREIGN: an order number that our books do not know. MISSING: approved here, absent there.
    CANCELLED: approved here, wholly cancelled there. ABOVE: more is left there than here.
    """

    SECOND = "second"
    STANDING = "standing"
    FOREIGN = "foreign"
    MISSING = "missing"
    CANCELLED = "cancelled"
    ABOVE = "above"


#: What the program gives back by itself.
GIVEN_BACK = frozenset({StrayWhy.SECOND, StrayWhy.STANDING})


class StrayState(StrEnum):
    """Durable meaning of a stray."""

    FOUND = "FOUND"
    SENDING = "SENDING"
    UNKNOWN = "UNKNOWN"
    PERSON = "PERSON"
    REVERSED = "REVERSED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class StrayFound:
    """Something at a gateway does not agree with our books.

    Attributes:
        gateway_ref: the gateway's number of the record.
        amount, balance: as the gateway says.
        payment_id: our payment of that order number; None if there is none.
        by: what found it: "look_up", "sweep", "watch" or "list".
    """

    KIND: ClassVar[str] = "stray.found"
    why: StrayWhy
    gateway: str
    environment: str
    site: str
    order_no: OrderNo
    gateway_ref: str
    amount: Won
    balance: Won
    by: str
    payment_id: PaymentId | None = None


@dataclass(frozen=True, slots=True)
class StraySending:
    """The next thing that happens is the first byte of its cancel."""

    KIND: ClassVar[str] = "stray.sending"
    balance: Won


@dataclass(frozen=True, slots=True)
class StrayNoAnswer:
    """The cancel left and no usable answer came."""

    KIND: ClassVar[str] = "stray.no_answer"
    why: str


@dataclass(frozen=True, slots=True)
class StrayNotDone:
    """The cancel did not happen: refused, not sent, or a look-up shows the money still there."""

    KIND: ClassVar[str] = "stray.not_done"
    why: str
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class StrayReversed:
    """All of it is cancelled, by answer or by look-up."""

    KIND: ClassVar[str] = "stray.reversed"
    cancelled_at: dt.datetime
    by_look_up: bool = False


@dataclass(frozen=True, slots=True)
class StrayLookedUp:
    """A look-up settled nothing; `result` as in `LookedUp`."""

    KIND: ClassVar[str] = "stray.looked_up"
    result: str


@dataclass(frozen=True, slots=True)
class StrayPersonNeeded:
    """The program cannot give it back; `why` has words in the catalogue (`stray.person.*`)."""

    KIND: ClassVar[str] = "stray.person_needed"
    why: str


@dataclass(frozen=True, slots=True)
class StrayTakenUp:
    """It is tried once more: a person asked for it, or a later sweep shows it still there."""

    KIND: ClassVar[str] = "stray.taken_up"


@dataclass(frozen=True, slots=True)
class StrayClosed:
    """Nothing is left to do about it.

    Attributes:
        why: "kept" (it is the payment itself), "agrees" (a later look-up agrees with the books),
            or "person".
        evidence: what a person saw; empty for the program.
    """

    KIND: ClassVar[str] = "stray.closed"
    why: str
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayRecord(StreamRecord):
    """A stray as folded from its facts.

    Attributes:
        tries: how many cancels went out.
        trouble: short code of the last trouble.
    """

    found: StrayFound
    state: StrayState = StrayState.FOUND
    tries: int = 0
    trouble: str = ""
    person_needed: str = ""

    @property
    def is_open(self) -> bool:
        """Tell whether something about it is not settled."""
        return self.state not in {StrayState.REVERSED, StrayState.CLOSED}

    @property
    def needs_person(self) -> bool:
        """Tell whether it waits for a person."""
        return self.state is StrayState.PERSON

    @property
    def gateway(self) -> str:
        """Return the gateway's short name."""
        return self.found.gateway

    @property
    def site(self) -> str:
        """Return the merchant's site code there."""
        return self.found.site

    @property
    def environment(self) -> str:
        """Return "live", "staging", "loopback" or "practice"."""
        return self.found.environment


_S = StrayState
#: Which states each fact may follow, and what it makes of them.
_MOVES: dict[type, tuple[frozenset[StrayState], StrayState | None]] = {
    StraySending: (frozenset({_S.FOUND}), _S.SENDING),
    StrayNoAnswer: (frozenset({_S.SENDING}), _S.UNKNOWN),
    StrayNotDone: (frozenset({_S.SENDING, _S.UNKNOWN}), _S.FOUND),
    StrayReversed: (
        frozenset({_S.FOUND, _S.SENDING, _S.UNKNOWN, _S.PERSON}),
        _S.REVERSED,
    ),
    StrayLookedUp: (frozenset({_S.FOUND, _S.UNKNOWN}), None),
    StrayPersonNeeded: (frozenset({_S.FOUND, _S.UNKNOWN}), _S.PERSON),
    StrayTakenUp: (frozenset({_S.PERSON, _S.REVERSED, _S.CLOSED}), _S.FOUND),
    StrayClosed: (frozenset({_S.FOUND, _S.UNKNOWN, _S.PERSON}), _S.CLOSED),
}


def _begin(entry: StreamEntry) -> StrayRecord:
    fact = entry.fact
    if not isinstance(fact, StrayFound):
        raise impossible(entry, "none")
    ours = fact.why in GIVEN_BACK
    return StrayRecord(
        stream_id=entry.stream_id,
        created_at=entry.at,
        found=fact,
        state=_S.FOUND if ours else _S.PERSON,
        person_needed="" if ours else fact.why.value,
    )


def _apply(record: StrayRecord, entry: StreamEntry) -> StrayRecord:
    fact = entry.fact
    before, after = _MOVES.get(type(fact), (frozenset(), None))
    if record.state not in before:
        raise impossible(entry, record.state.value)
    needed, trouble, tries = "", record.trouble, record.tries
    match fact:
        case StraySending():
            tries += 1
        case StrayNoAnswer(why) | StrayNotDone(why, _) | StrayLookedUp(why):
            trouble = why
        case StrayPersonNeeded(why):
            needed = why
        case StrayClosed(why, _):
            trouble = why
        case StrayTakenUp():
            tries = 0
            if record.found.why not in GIVEN_BACK:
                # The program never cancels it: taking it up is to show it again.
                after, needed = _S.PERSON, record.found.why.value
    return dataclasses.replace(
        record,
        state=after or record.state,
        tries=tries,
        trouble=trouble,
        person_needed=needed,
    )


def stray_key(found: StrayFound) -> str:
    """Return under which key a finding is known: one finding a kind and record of a gateway."""
    return f"{found.why}:{found.gateway}:{found.environment}:{found.site}:{found.gateway_ref}"


def _listing(record: StrayRecord) -> Listing:
    return Listing(
        state=record.state.value,
        is_open=record.is_open,
        key=stray_key(record.found),
        owner=record.found.payment_id or "",
        words=(record.found.order_no, record.found.gateway_ref),
    )


STRAYS: StreamKind[StrayRecord] = StreamKind(
    name="stray",
    facts=(
        StrayFound,
        StraySending,
        StrayNoAnswer,
        StrayNotDone,
        StrayReversed,
        StrayLookedUp,
        StrayPersonNeeded,
        StrayTakenUp,
        StrayClosed,
    ),
    begin=_begin,
    apply=_apply,
    listing=_listing,
)
