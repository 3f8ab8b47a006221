"""Records beside payments: each a stream of facts with an id of its own, folded like a payment.

A card on file, a scheduled payment and whatever comes later are kinds of stream. The ledger stores
their facts in the one chain with those of payments and knows no more of a kind than `StreamKind`
says: how its facts add up to a record, and what lists read of it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Generic, NewType, Protocol, TypeVar

from pos_app.domain.errors import Bug
from pos_app.domain.facts import Author

StreamId = NewType("StreamId", str)


class StreamFact(Protocol):
    """What every fact of a stream has: the name it is stored under, e.g. "card.kept".

    A fact is a frozen dataclass. Adding a field means giving it a default: old facts still read.
    """

    KIND: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[object]]]


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """One line of the ledger that belongs to a stream: a fact with its place, time and author.

    Attributes:
        seq: place in the whole ledger, from 1.
        at: aware UTC, recorded only, never used for deadlines.
    """

    seq: int
    stream_id: StreamId
    at: dt.datetime
    author: Author
    fact: StreamFact


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecord:
    """What the facts of one stream add up to; each kind has a record of its own below this.

    Attributes:
        version: how many facts are in it; the ledger's optimistic lock.
        keeper: the counter that wrote last; see `PaymentRecord`.
    """

    stream_id: StreamId
    created_at: dt.datetime
    version: int = 1
    keeper: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lists and searches read of a record.

    Attributes:
        state: its state's name.
        is_open: something about it is not settled: it is taken up again at the next start.
        key: unique among its kind and never changed, e.g. a customer_uid; empty for the stream id.
        owner: what it belongs to, never changed, e.g. the card a schedule charges; may be empty.
        due_at: when something is to happen with it, aware; None if nothing is.
        words: what a person may look for; names are found by their first consonants, too.
    """

    state: str
    is_open: bool
    key: str = ""
    owner: str = ""
    due_at: dt.datetime | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamQuery:
    """Which records of a kind to find; empty values do not restrict.

    Attributes:
        text: any part of the listing's words.
        states: names of states.
        due_since, due_until: due in [since, until), aware.
        by_due: earliest due first instead of newest first.
        limit: at most so many.
    """

    text: str = ""
    states: frozenset[str] = frozenset()
    key: str = ""
    owner: str = ""
    open_only: bool = False
    due_since: dt.datetime | None = None
    due_until: dt.datetime | None = None
    by_due: bool = False
    limit: int = 200


R = TypeVar("R", bound=StreamRecord)


@dataclass(frozen=True, slots=True)
class StreamKind(Generic[R]):
    """One kind of stream.

    Attributes:
        name: as it is stored, e.g. "card".
        facts: every kind of fact it knows; stored names begin with `name` and a dot.
        begin: makes the record of the first fact; another fact is a `Bug`.
        apply: returns the record after one more fact; one that cannot follow is a `Bug`. The
            version is not its business.
        listing: what lists read of it.
    """

    name: str
    facts: tuple[type[StreamFact], ...]
    begin: Callable[[StreamEntry], R]
    apply: Callable[[R, StreamEntry], R]
    listing: Callable[[R], Listing]

    def follow(self, record: R, entry: StreamEntry) -> R:
        """Return `record` after the fact of `entry`; a fact of another stream is a `Bug`."""
        if record.stream_id != entry.stream_id:
            raise Bug("stream.impossible_fact", fact=entry.fact.KIND, state="another stream")
        changed = self.apply(record, entry)
        return dataclasses.replace(changed, version=record.version + 1, keeper=entry.author.counter)

    def _first(self, entry: StreamEntry) -> R:
        """Return the record that a first fact makes."""
        return dataclasses.replace(self.begin(entry), keeper=entry.author.counter)

    def replay(self, entries: Iterable[StreamEntry]) -> R:
        """Fold all entries of one stream, oldest first; none at all is a `Bug`."""
        record: R | None = None
        for entry in entries:
            record = self._first(entry) if record is None else self.follow(record, entry)
        if record is None:
            raise Bug("stream.no_facts", kind=self.name)
        return record


def impossible(entry: StreamEntry, state: str) -> Bug:
    """Return the error of a fact that cannot follow the state its stream is in."""
    return Bug("stream.impossible_fact", fact=entry.fact.KIND, state=state)
