"""Carrying records beside payments to rest: one job each, from what is on disk, like payments.

What a lost answer was is found out by asking again, so nothing needs keeping in memory: an answer
that cannot be written leaves its request unknown, and a look-up tells once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic

from pos_app.domain.errors import PosError, ShopTrouble
from pos_app.domain.facts import Author
from pos_app.domain.streams import R, StreamFact, StreamId, StreamKind, StreamQuery
from pos_app.services.keeping import COMMIT_WAITS_S, PROGRAM, named
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import NewsBoard, StreamChanged, Trouble
from pos_app.services.persisting import Persistence
from pos_app.services.ports import Clock, Ids, Streams
from pos_app.services.settle import LOOK_UP_WAITS_S, SETTLE_TIME_S_DEFAULT
from pos_app.services.sharing import Sharing


@dataclass(frozen=True, slots=True)
class StreamRules:
    """Settings of the work on streams.

    Attributes:
        sharing: where it runs, and with whom it shares the books.
        settle_time_s: how long "not found" is not believed after a request.
        look_up_waits_s: before each look-up; the last one repeats.
    """

    sharing: Sharing
    settle_time_s: float = SETTLE_TIME_S_DEFAULT
    look_up_waits_s: tuple[float, ...] = LOOK_UP_WAITS_S


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What every desk of streams is made of."""

    streams: Streams
    jobs: MoneyJobs
    news: NewsBoard
    clock: Clock
    ids: Ids
    rules: StreamRules


class StreamWorker(Generic[R]):
    """Writes facts of one kind of stream, and carries its records on.

    Args:
        after_restart: what a stop leaves behind; None if nothing.
        step: does what comes next to a record, and returns it; None when it is at rest.
    """

    def __init__(
        self,
        kind: StreamKind[R],
        parts: StreamParts,
        after_restart: Callable[[R], StreamFact | None],
        step: Callable[[R], Awaitable[R | None]],
    ) -> None:
        """Join the parts; nothing runs yet."""
        self._kind = kind
        self._parts = parts
        self._after_restart = after_restart
        self._step = step
        self.program = Author(PROGRAM, "", parts.rules.sharing.counter)
        self._asked: dict[StreamId, int] = {}
        #: Version of each record that everyone was told of last.
        self._told: dict[StreamId, int] = {}
        self._open_since_s: dict[StreamId, float] = {}

    async def begin(self, stream_id: StreamId, author: Author, fact: StreamFact) -> R:
        """Store the first fact and tell everyone."""
        return self._announced(await self._parts.streams.begin(self._kind, stream_id, author, fact))

    async def note(self, record: R, author: Author, *facts: StreamFact) -> R:
        """Write facts down and tell everyone; no facts are no news."""
        if not facts:
            return record
        return self._announced(
            await self._parts.streams.append(
                self._kind, record.stream_id, author, *facts, version=record.version
            )
        )

    def _announced(self, record: R) -> R:
        """Tell everyone about a record that is committed, and return it."""
        self._told[record.stream_id] = record.version
        self._parts.news.publish(StreamChanged(record))
        return record

    async def commit(self, record: R, author: Author, *facts: StreamFact) -> R:
        """Write an answer, trying again for a while.

        Raises:
            ShopTrouble: it cannot be written; a look-up will tell again.
        """
        self.forget_times(record.stream_id)
        self.seen_open(record.stream_id)
        for wait_s in COMMIT_WAITS_S:
            try:
                return await self.note(record, author, *facts)
            except ShopTrouble as trouble:
                self.tell(trouble, record.stream_id)
                if trouble.code == "ledger.unclear":
                    raise
            await self._parts.clock.sleep(wait_s)
        return await self.note(record, author, *facts)

    async def take_up(self, stream_id: StreamId) -> R:
        """Read a record on which nobody works, and write what a stop means for it.

        One that another counter's program works on is only read.
        """
        record = await self._parts.streams.get(self._kind, stream_id)
        elsewhere = self._parts.rules.sharing.is_elsewhere(record)
        fact = None if elsewhere else self._after_restart(record)
        if fact is not None:
            return await self.note(record, self.program, fact)
        if self._told.get(stream_id, record.version) != record.version:
            self._announced(record)  # it was stored although the write seemed to fail
        return record

    async def resume(self, stream_id: StreamId) -> R:
        """Carry a record to rest from what the ledger has, whatever happens."""
        parts = self._parts

        async def work() -> R:
            record = await self.take_up(stream_id)
            if parts.rules.sharing.is_elsewhere(record):
                return record
            self.seen_open(stream_id)
            while (changed := await self._step(record)) is not None:
                record = changed
            self.forget_times(stream_id)
            return record

        rules = parts.rules
        persistence = Persistence(
            parts.jobs, parts.news, parts.clock, rules.look_up_waits_s, rules.sharing
        )
        return await persistence.carry(stream_id, work)

    async def resume_open(self) -> list[R]:
        """Carry on with everything a stopped program left open; return what was found."""
        found = await self._parts.streams.find(
            self._kind, StreamQuery(open_only=True, limit=10_000)
        )
        for record in reversed(found):
            self.start(record.stream_id)
        return list(found)

    def start(self, stream_id: StreamId) -> None:
        """Carry that record on by a job of its own, unless one works on it."""
        if not self._parts.jobs.is_running(stream_id):
            self._parts.jobs.start(stream_id, self.resume(stream_id))

    async def wait_to_ask(self, stream_id: StreamId) -> None:
        """Wait by the schedule of look-ups."""
        waits_s = self._parts.rules.look_up_waits_s
        asked = self._asked.get(stream_id, 0)
        self._asked[stream_id] = asked + 1
        if asked < 0:
            return
        wait_s = waits_s[min(asked, len(waits_s) - 1)] * self._parts.ids.jitter()
        await self._parts.clock.sleep(wait_s)

    def ask_at_once(self, stream_id: StreamId) -> None:
        """Do not wait before the next look-up: its answer is ready."""
        self._asked[stream_id] = -1

    def seen_open(self, stream_id: StreamId) -> None:
        """Let the settle time of a record begin, unless it has."""
        self._open_since_s.setdefault(stream_id, self._parts.clock.monotonic_s())

    def forget_times(self, stream_id: StreamId) -> None:
        """Begin anew with looking up and with the settle time: another request was answered."""
        self._asked.pop(stream_id, None)
        self._open_since_s.pop(stream_id, None)

    def open_for_s(self, stream_id: StreamId) -> float:
        """Return for how long the record is known to be open, in seconds."""
        since_s = self._open_since_s.get(stream_id)
        return 0.0 if since_s is None else self._parts.clock.monotonic_s() - since_s

    def is_settle_time_over(self, stream_id: StreamId) -> bool:
        """Tell whether "not there" is believed by now."""
        return self.open_for_s(stream_id) >= self._parts.rules.settle_time_s

    def tell(self, trouble: PosError, stream_id: StreamId | None = None) -> None:
        """Tell of trouble nobody asked for."""
        self._parts.news.publish(Trouble(named(trouble), stream_id, halted=False))
