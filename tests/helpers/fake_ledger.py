"""A ledger in memory with the real one's semantics, for tests of the services.

`tests/contract/ledger` runs the same suite over this one and `SqlLedger`, so that what a service
test shows here holds there. It can be told to fail at a fact; then nothing is stored.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from pos_app.domain.errors import Bug, PosError
from pos_app.domain.facts import Author, Entry, Fact, Prepared
from pos_app.domain.money import Won
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import HistoryQuery
from pos_app.domain.spooled import SpoolContents, Spooled
from pos_app.domain.streams import (
    Listing,
    R,
    StreamEntry,
    StreamFact,
    StreamId,
    StreamKind,
    StreamQuery,
    StreamRecord,
)
from pos_app.ledger.search import words_match
from tests.helpers.fake_book import FakeBook, HasNow


@dataclass
class _Refusal:
    """A failure that waits for its fact."""

    error: PosError
    kinds: frozenset[str]
    times: int


@dataclass
class FakeLedger:
    """The port, over a list.

    Attributes:
        clock: gives the times of entries.
        log: every entry, in order.
    """

    clock: HasNow
    log: list[Entry | StreamEntry] = field(default_factory=list)
    _refusals: list[_Refusal] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Keep streams in the same log, and a spool beside it."""
        self.book = FakeBook(self.clock, self.log)
        self.streams = FakeStreams(self)
        self.spool = FakeSpool()

    # ----------------------------------------------------------------------------- for the tests

    def begin_anew(self) -> None:
        """Lose everything that is stored, as where an empty ledger was put in place of it."""
        self.log.clear()
        self.book = FakeBook(self.clock, self.log)

    def refuse(
        self, error: PosError, *, kinds: frozenset[str] = frozenset(), times: int = 1
    ) -> None:
        """Let the next `times` writes that hold one of `kinds` (empty: any) raise `error`."""
        self._refusals.append(_Refusal(error, kinds, times))

    def forgive(self) -> None:
        """Let no write fail any more."""
        self._refusals.clear()

    def kinds(self, payment_id: str) -> list[str]:
        """Return the kinds of fact stored for a payment, oldest first."""
        entries = [entry for entry in self.log if isinstance(entry, Entry)]
        return [entry.fact.KIND for entry in entries if entry.payment_id == payment_id]

    # --------------------------------------------------------------------------------- the port

    async def prepare(self, author: Author, fact: Prepared, *more: Fact) -> PaymentRecord:
        await asyncio.sleep(0)
        self.fail_if_told((fact, *more))
        return self.book.prepare(author, fact, more)

    async def append(
        self, payment_id: PaymentId, author: Author, *facts: Fact, version: int
    ) -> PaymentRecord:
        await asyncio.sleep(0)
        self.fail_if_told(facts)
        return self.book.append(payment_id, author, facts, version)

    async def get(self, payment_id: PaymentId) -> PaymentRecord:
        await asyncio.sleep(0)
        return self.book.get(payment_id)

    async def find_order(self, order_no: str) -> PaymentRecord | None:
        await asyncio.sleep(0)
        return self.book.find_order(order_no)

    async def entries(self, payment_id: PaymentId) -> Sequence[Entry]:
        await asyncio.sleep(0)
        return self.book.entries(payment_id)

    async def open_payments(self) -> Sequence[PaymentRecord]:
        await asyncio.sleep(0)
        return self.book.open_payments()

    async def search(self, query: HistoryQuery) -> Sequence[PaymentRecord]:
        await asyncio.sleep(0)
        return self.book.search(query)

    async def recent(self, count: int) -> Sequence[PaymentRecord]:
        await asyncio.sleep(0)
        return self.book.recent(count)

    async def same_card(
        self, card_masked: str, amount: Won, since: dt.datetime
    ) -> Sequence[PaymentRecord]:
        await asyncio.sleep(0)
        return self.book.same_card(card_masked, amount, since)

    # ------------------------------------------------------------------------------------ inside

    def fail_if_told(self, facts: Sequence[Fact | StreamFact]) -> None:
        """Raise if a test wants this write to fail."""
        for refusal in self._refusals:
            hit = not refusal.kinds or any(fact.KIND in refusal.kinds for fact in facts)
            if hit and refusal.times:
                refusal.times -= 1
                raise refusal.error


class FakeStreams:
    """The port of streams, over the same list."""

    def __init__(self, ledger: FakeLedger) -> None:
        """Share the log and the failures of `ledger`."""
        self._ledger = ledger
        self._kinds: dict[StreamId, str] = {}

    async def begin(
        self, kind: StreamKind[R], stream_id: StreamId, author: Author, fact: StreamFact
    ) -> R:
        await asyncio.sleep(0)
        self._ledger.fail_if_told((fact,))
        entry = self._entry(stream_id, author, fact, 0)
        record = kind.replay([entry])
        key = kind.listing(record).key or stream_id
        taken = {kind.listing(other).key or other.stream_id for other in self._all(kind)}
        if stream_id in self._kinds or key in taken:
            raise Bug("ledger.duplicate")
        self._kinds[stream_id] = kind.name
        self._ledger.log.append(entry)
        return record

    async def append(
        self,
        kind: StreamKind[R],
        stream_id: StreamId,
        author: Author,
        *facts: StreamFact,
        version: int,
    ) -> R:
        await asyncio.sleep(0)
        self._ledger.fail_if_told(facts)
        if not facts:
            raise Bug("ledger.nothing_to_append", payment_id=stream_id)
        stored = self._record(kind, stream_id).version
        if stored != version:
            raise Bug("ledger.version_moved", payment_id=stream_id, seen=version, stored=stored)
        new = [self._entry(stream_id, author, fact, place) for place, fact in enumerate(facts)]
        record = kind.replay([*self._of(stream_id), *new])
        self._ledger.log.extend(new)
        return record

    async def get(self, kind: StreamKind[R], stream_id: StreamId) -> R:
        await asyncio.sleep(0)
        return self._record(kind, stream_id)

    async def entries(self, kind: StreamKind[R], stream_id: StreamId) -> Sequence[StreamEntry]:
        await asyncio.sleep(0)
        self._record(kind, stream_id)
        return tuple(self._of(stream_id))

    async def find(self, kind: StreamKind[R], query: StreamQuery) -> Sequence[R]:
        await asyncio.sleep(0)
        found = [r for r in self._all(kind) if _stream_wanted(kind.listing(r), r, query)]
        if not query.by_due:
            return found[::-1][: max(0, query.limit)]
        due = [(kind.listing(r).due_at, r) for r in found]
        undue = [r for at, r in due if at is None]
        sorted_due = sorted(((at, r) for at, r in due if at is not None), key=lambda pair: pair[0])
        return [*undue, *(r for _, r in sorted_due)][: max(0, query.limit)]

    def _entry(
        self, stream_id: StreamId, author: Author, fact: StreamFact, ahead: int
    ) -> StreamEntry:
        seq = len(self._ledger.log) + ahead + 1
        return StreamEntry(seq, stream_id, self._ledger.clock.now(), author, fact)

    def _of(self, stream_id: StreamId) -> list[StreamEntry]:
        return [
            entry
            for entry in self._ledger.log
            if isinstance(entry, StreamEntry) and entry.stream_id == stream_id
        ]

    def _record(self, kind: StreamKind[R], stream_id: StreamId) -> R:
        if self._kinds.get(stream_id) != kind.name:
            raise Bug("ledger.no_such_stream", kind=kind.name, stream_id=stream_id)
        return kind.replay(self._of(stream_id))

    def _all(self, kind: StreamKind[R]) -> list[R]:
        """Return every record of that kind, oldest first."""
        return [self._record(kind, i) for i, name in self._kinds.items() if name == kind.name]


class FakeSpool:
    """The port of the spool, over a list that outlives a program's start.

    Attributes:
        trouble: what every method raises; then nothing is changed.
        lines: what waits, oldest first.
        aside: what was set aside for people.
        damaged: how many lines the next `read` cannot read.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.trouble: PosError | None = None
        self.lines: list[Spooled] = []
        self.aside: list[Spooled] = []
        self.damaged = 0

    async def put(self, spooled: Spooled) -> None:
        await self._work()
        self.lines.append(spooled)

    async def read(self) -> SpoolContents:
        await self._work()
        damaged, self.damaged = self.damaged, 0
        numbers = tuple(range(1, damaged + 1))
        last = {one.payment_id: one for one in self.lines}
        return SpoolContents(tuple(last.values()), numbers, "aside" if damaged else "")

    async def drop(self, spooled: Spooled) -> None:
        await self._work()
        self.lines = [one for one in self.lines if one.payment_id != spooled.payment_id]

    async def set_aside(self, spooled: Spooled) -> str:
        await self._work()
        self.aside.append(spooled)
        await self.drop(spooled)
        return "aside"

    async def _work(self) -> None:
        await asyncio.sleep(0)
        if self.trouble is not None:
            raise self.trouble


def _stream_wanted(listing: Listing, record: StreamRecord, query: StreamQuery) -> bool:
    """Tell whether a query finds this record."""
    due = listing.due_at
    return (
        words_match(listing.words, query.text)
        and (not query.states or listing.state in query.states)
        and (not query.key or (listing.key or record.stream_id) == query.key)
        and (not query.owner or listing.owner == query.owner)
        and (listing.is_open or not query.open_only)
        and (query.due_since is None or (due is not None and due >= query.due_since))
        and (query.due_until is None or (due is not None and due < query.due_until))
    )
