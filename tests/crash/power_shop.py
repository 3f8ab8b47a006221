"""A shop with real services over a real ledger on a disk, and the strict bank: for tests of disks.

The world of `test_interruptions`, without its ledger in memory. Whatever the ledger has promised is
told on: when a write begins, when it has returned, and when a request reaches the bank.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from pos_app.domain import answers as a
from pos_app.domain.card import Card
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.facts import Author, Fact, Prepared, RefundPrepared, Sending
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import CancelRequest, ChargeRequest
from pos_app.domain.spooled import Spooled
from pos_app.domain.streams import R, StreamFact, StreamId, StreamKind
from pos_app.ledger import queries
from pos_app.ledger.store import SqlLedger
from tests.helpers.fake_app import make_bench
from tests.helpers.fake_ledger import FakeLedger
from tests.unit.services.struck_world import (
    QUIET_TURNS,
    Bank,
    Points,
    Strike,
    StruckClock,
    World,
)

#: Hears what happened, as one flat record: `{"begun": id, "to": version}` and the like.
Tell = Callable[[dict[str, object]], None]
_Request = TypeVar("_Request", ChargeRequest, CancelRequest)


class ToldStreams:
    """The streams of a ledger, told on."""

    def __init__(self, ledger: SqlLedger, tell: Tell) -> None:
        self._streams, self._tell = ledger.streams, tell

    async def begin(
        self, kind: StreamKind[R], stream_id: StreamId, author: Author, fact: StreamFact
    ) -> R:
        self._tell({"begun": stream_id, "to": 1})
        record = await self._streams.begin(kind, stream_id, author, fact)
        self._tell({"stored": stream_id, "to": record.version})
        return record

    async def append(
        self,
        kind: StreamKind[R],
        stream_id: StreamId,
        author: Author,
        *facts: StreamFact,
        version: int,
    ) -> R:
        self._tell({"begun": stream_id, "to": version + len(facts)})
        record = await self._streams.append(kind, stream_id, author, *facts, version=version)
        self._tell({"stored": stream_id, "to": record.version})
        return record

    def __getattr__(self, name: str) -> Any:
        return getattr(self._streams, name)


class ToldSpool:
    """The spool of a ledger, told on."""

    def __init__(self, ledger: SqlLedger, tell: Tell) -> None:
        self._spool, self._tell = ledger.spool, tell

    async def put(self, spooled: Spooled) -> None:
        await self._spool.put(spooled)
        self._tell({"spooled": spooled.payment_id, "to": spooled.version + len(spooled.facts)})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._spool, name)


class ToldLedger:
    """A ledger, told on.

    Attributes:
        refusals: so many answers of a gateway are not taken, as if the disk were full.
    """

    def __init__(self, ledger: SqlLedger, tell: Tell) -> None:
        self.real, self._tell = ledger, tell
        self.streams = ToldStreams(ledger, tell)
        self.spool = ToldSpool(ledger, tell)
        self.refusals = 0

    async def prepare(self, author: Author, fact: Prepared, *more: Fact) -> PaymentRecord:
        self._tell({"begun": fact.payment_id, "to": 1 + len(more)})
        record = await self.real.prepare(author, fact, *more)
        self._tell({"stored": record.payment_id, "to": record.version})
        return record

    async def append(
        self, payment_id: PaymentId, author: Author, *facts: Fact, version: int
    ) -> PaymentRecord:
        if self.refusals and not isinstance(facts[0], Sending | RefundPrepared):
            self.refusals -= 1
            raise ShopTrouble("ledger.disk_full", folder="x")
        self._tell({"begun": payment_id, "to": version + len(facts)})
        record = await self.real.append(payment_id, author, *facts, version=version)
        self._tell({"stored": payment_id, "to": record.version})
        return record

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class ToldBank(Bank):
    """The strict bank, which tells of each request that reaches it."""

    tell: Tell

    async def approve(self, request: ChargeRequest, card: Card | None) -> a.ChargeAnswer:
        return await super().approve(self._told(request, "charge"), card)

    async def cancel(self, request: CancelRequest) -> a.CancelAnswer:
        return await super().cancel(self._told(request, "cancel"))

    def _told(self, request: _Request, kind: str) -> _Request:
        """Return the request, telling when it has left."""

        async def sent() -> None:
            await request.before_send()
            self.tell({"sent": kind, "order_no": request.order_no})

        return replace(request, before_send=sent)


@dataclass
class DiskShop(World):
    """A shop whose ledger is a real one below `folder`.

    Attributes:
        open_book: opens the ledger with this shop's clock.
        tell: hears what was stored and sent.
    """

    open_book: Callable[[StruckClock], SqlLedger] = field(kw_only=True)
    tell: Tell = field(kw_only=True, default=lambda _what: None)

    def __post_init__(self) -> None:
        """Open the shop."""
        bank = ToldBank(by_order=self.by_order)
        bank.tell = self.tell
        self.bank = bank
        self.start(None)

    def start(self, strike: Strike | None) -> None:
        """Start the program on what the last one left on the disk."""
        self.points = Points(strike)
        for part in (self.bank, self.clock):
            part.points = self.points
        self.real = self.open_book(self.clock)
        # The bench asks of its ledger what every ledger can; only some tests ask a fake for more.
        self.told = ToldLedger(self.real, self.tell)
        self.bench = make_bench(
            self.folder,
            gateway=self.bank,
            ledger=cast("FakeLedger", self.told),
            clock=self.clock,
            ids=self.ids,
        )

    def close(self) -> None:
        """Close the ledger."""
        self.real.close()

    async def rest(self) -> None:
        """Let the jobs go on until none is left, and none begins any more."""
        quiet = 0
        while quiet < QUIET_TURNS:
            jobs = self.bench.jobs
            running = {*jobs._tasks.values(), *jobs._short, *jobs._aside}
            if running:
                await asyncio.wait(running)
            quiet = 0 if running else quiet + 1
            await asyncio.sleep(0)

    def records(self) -> list[PaymentRecord]:
        """Return every payment on disk, oldest first."""
        book = self.real._book
        found = self.real._writer.call(lambda: book.find(queries.latest(9_999)))
        return sorted(found, key=lambda record: record.order_no)
