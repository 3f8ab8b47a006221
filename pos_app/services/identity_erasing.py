"""Deleting what a gateway keeps of identity checks: what is due is on record before it is tried.

A check leaves name, phone and birth date of a caller at the gateway. That a check is to be erased
is noted as soon as its number is known, so that neither a crash nor a long outage leaves it there.
The note holds the gateway's number of the check and nothing of the person.
"""

from __future__ import annotations

from collections.abc import Mapping

from pos_app.domain.answers import Absent
from pos_app.domain.errors import PosError, ShopTrouble
from pos_app.domain.facts import Author
from pos_app.domain.identity import Erased, EraseDue
from pos_app.domain.identity_facts import (
    CHECKS,
    CheckAsked,
    CheckErased,
    CheckKept,
    CheckState,
    check_key,
)
from pos_app.domain.streams import StreamId, StreamQuery
from pos_app.services.keeping import PROGRAM
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import NewsBoard, Trouble
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Clock, IdentityChecker, Ids, Streams

#: Seconds between tries; the last one goes on for as long as the program runs.
ERASE_WAITS_S = (2.0, 10.0, 60.0, 300.0, 900.0, 3600.0)
#: After so many tries in vain people are told, once.
TELL_AFTER_TRIES = 5
#: So many are taken up at one start; a gateway that is away for weeks leaves no more.
_LIST_MAX = 1000


class EraseList:
    """Which checks are still to be erased, in the ledger's own chain."""

    def __init__(self, *, streams: Streams, ids: Ids, operators: OperatorDesk) -> None:
        """Join the parts."""
        self._streams = streams
        self._ids = ids
        self._operators = operators

    async def note_due(self, due: EraseDue) -> None:
        """Remember a check that was asked for by whoever is at the counter.

        Raises:
            ShopTrouble: the ledger cannot be written.
        """
        author = Author(self._operators.current.name, "", self._operators.counter)
        fact = CheckAsked(due.gateway, due.gateway_ref)
        known = await self._streams.find(CHECKS, StreamQuery(key=check_key(due)))
        if not known:
            await self._streams.begin(CHECKS, StreamId(self._ids.new_id()), author, fact)
        for record in known:
            if record.state is not CheckState.DUE:
                await self._streams.append(
                    CHECKS, record.stream_id, author, fact, version=record.version
                )

    async def note_done(self, due: EraseDue, *, kept: bool) -> None:
        """Forget a check: it is erased, or `kept` at the gateway; an unknown one is no matter.

        Raises:
            ShopTrouble: the ledger cannot be written.
        """
        author = Author(PROGRAM, "", self._operators.counter)
        query = StreamQuery(key=check_key(due), open_only=True)
        for record in await self._streams.find(CHECKS, query):
            fact = CheckKept() if kept else CheckErased()
            await self._streams.append(
                CHECKS, record.stream_id, author, fact, version=record.version
            )

    async def all_due(self) -> tuple[EraseDue, ...]:
        """Return what is to be erased."""
        query = StreamQuery(open_only=True, limit=_LIST_MAX)
        return tuple(record.due for record in await self._streams.find(CHECKS, query))


class Eraser:
    """Erases checks in the background until the gateway says that nothing is there."""

    def __init__(
        self,
        *,
        checkers: Mapping[str, IdentityChecker],
        memory: EraseList,
        jobs: MoneyJobs,
        news: NewsBoard,
        clock: Clock,
    ) -> None:
        """Join the parts; `checkers` are the gateways that check, by their short names."""
        self._checkers = checkers
        self._memory = memory
        self._jobs = jobs
        self._news = news
        self._clock = clock
        self._working: set[EraseDue] = set()

    async def expect(self, due: EraseDue) -> None:
        """Note that a check will have to be erased, whatever becomes of it.

        Raises:
            ShopTrouble: it cannot be noted; erasing has begun all the same.
        """
        try:
            await self._memory.note_due(due)
        except PosError:
            self.begin(due)
            raise

    async def keep(self, due: EraseDue) -> None:
        """Note that a check stays at the gateway because the shop wants it there."""
        await self._memory.note_done(due, kept=True)

    def begin(self, due: EraseDue) -> None:
        """Erase a check; nobody waits for it."""
        if due not in self._working:
            self._working.add(due)
            self._jobs.aside(self._erase(due))

    async def resume(self) -> None:
        """Take up what the last run left to be erased."""
        for due in await self._memory.all_due():
            self.begin(due)

    async def _erase(self, due: EraseDue) -> None:
        """Try until it is done; the note goes only then."""
        try:
            checker = self._checkers.get(due.gateway)
            if checker is None:
                self._tell("identity.erase_no_gateway", due)
                return
            tries = 0
            while not isinstance(await checker.erase_identity(due.gateway_ref), Erased | Absent):
                tries += 1
                if tries == TELL_AFTER_TRIES:
                    self._tell("identity.not_erased", due)
                await self._clock.sleep(ERASE_WAITS_S[min(tries, len(ERASE_WAITS_S)) - 1])
            await self._memory.note_done(due, kept=False)
        finally:
            self._working.discard(due)

    def _tell(self, code: str, due: EraseDue) -> None:
        trouble = ShopTrouble(code, gateway_ref=due.gateway_ref, gateway=due.gateway)
        self._news.publish(Trouble(trouble, None, halted=False))
