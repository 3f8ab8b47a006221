"""The ledger of a simulated shop: durable, on a disk that is slow, full, unclear or cut off.

It fits `services/ports.Ledger`. The rules are the book's beneath: the fake one, or the real
`ledger.book.Book` on SQLite. As in the real one a write that has begun is waited for even when its
caller is cancelled, and one job follows the other.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pos_app.domain.errors import PosError, ShopTrouble
from pos_app.domain.facts import Author, Entry, Fact, Prepared
from pos_app.domain.money import Won
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import HistoryQuery
from pos_app.domain.spooled import Spooled
from tests.helpers.fake_ledger import FakeSpool
from tests.sim.life import LIFE, Life, passing

_T = TypeVar("_T")


class SyncBook(Protocol):
    """A book without waiting."""

    def prepare(self, author: Author, fact: Prepared, more: Sequence[Fact]) -> PaymentRecord:
        """Store the first facts of a payment."""

    def append(
        self, payment_id: PaymentId, author: Author, facts: Sequence[Fact], version: int
    ) -> PaymentRecord:
        """Store facts behind `version`."""

    def get(self, payment_id: PaymentId) -> PaymentRecord:
        """Return a payment."""

    def entries(self, payment_id: PaymentId) -> Sequence[Entry]:
        """Return the facts of a payment."""

    def records(self) -> Sequence[PaymentRecord]:
        """Return every payment, oldest first."""

    def find_order(self, order_no: str) -> PaymentRecord | None:
        """Return the payment of an order number."""

    def open_payments(self) -> Sequence[PaymentRecord]:
        """Return what is not settled."""

    def search(self, query: HistoryQuery) -> Sequence[PaymentRecord]:
        """Return payments, newest first."""

    def recent(self, count: int) -> Sequence[PaymentRecord]:
        """Return the last payments, open ones on top."""

    def same_card(
        self, card_masked: str, amount: Won, since: dt.datetime
    ) -> Sequence[PaymentRecord]:
        """Return live payments of that card and amount."""


@dataclass(frozen=True, slots=True)
class DiskProfile:
    """How often what goes wrong; chances from 0 to 1 for one job.

    Attributes:
        refused: the write fails, nothing is stored.
        unclear: the write fails although it is stored.
        slow: a job takes one to twenty seconds.
        full: from now on every write fails, for 5 to 300 seconds.
        unreadable: a read fails.
        spool: the spool beside the ledger cannot be written either.
    """

    refused: float = 0.0
    unclear: float = 0.0
    slow: float = 0.0
    full: float = 0.0
    unreadable: float = 0.0
    spool: float = 0.0


SOUND = DiskProfile()
BAD = DiskProfile(refused=0.01, unclear=0.01, slow=0.01, full=0.001, unreadable=0.004, spool=0.1)

_REFUSALS = ("ledger.locked", "ledger.disk_trouble", "ledger.disk_full", "ledger.busy")


class SimLedger:
    """The port over a book, with a disk that may fail.

    Attributes:
        profile: what goes wrong; may be replaced at any time.
        counts: faults by kind.
        stored: (loop time, payment, facts) of every write, in order.
        failed: payments of which a write has failed.
    """

    def __init__(
        self,
        book: SyncBook,
        rng: random.Random,
        on_stored: Callable[[PaymentRecord, Sequence[Fact], Author], None],
    ) -> None:
        """Put a disk under `book`; `on_stored` hears of every write the moment it is durable."""
        self.book = book
        self.profile = SOUND
        self.counts: Counter[str] = Counter()
        self.failed: set[str] = set()
        self._rng = rng
        self._on_stored = on_stored
        self._free_at = 0.0
        self._full_until = 0.0
        #: Streams are kept in memory on a disk that does not fail.
        self.streams: Any = None
        #: What the ledger could not take; it has room of its own, so it fails for itself.
        self.spool = SimSpool(self)

    def faults_off(self) -> None:
        """Let nothing go wrong from now on."""
        self.profile, self._full_until = SOUND, 0.0

    # ------------------------------------------------------------------------------------ the port

    async def prepare(self, author: Author, fact: Prepared, *more: Fact) -> PaymentRecord:
        """Store the first facts of a payment."""
        return await self._write(
            fact.payment_id,
            (fact, *more),
            author,
            lambda: self.book.prepare(author, fact, more),
        )

    async def append(
        self, payment_id: PaymentId, author: Author, *facts: Fact, version: int
    ) -> PaymentRecord:
        """Store facts behind `version`."""
        return await self._write(
            payment_id, facts, author, lambda: self.book.append(payment_id, author, facts, version)
        )

    async def get(self, payment_id: PaymentId) -> PaymentRecord:
        """Return a payment."""
        return await self._read(lambda: self.book.get(payment_id))

    async def find_order(self, order_no: str) -> PaymentRecord | None:
        """Return the payment of an order number."""
        return await self._read(lambda: self.book.find_order(order_no))

    async def entries(self, payment_id: PaymentId) -> Sequence[Entry]:
        """Return the facts of a payment."""
        return await self._read(lambda: self.book.entries(payment_id))

    async def open_payments(self) -> Sequence[PaymentRecord]:
        """Return what is not settled."""
        return await self._read(self.book.open_payments)

    async def search(self, query: HistoryQuery) -> Sequence[PaymentRecord]:
        """Return payments, newest first."""
        return await self._read(lambda: self.book.search(query))

    async def recent(self, count: int) -> Sequence[PaymentRecord]:
        """Return the last payments, open ones on top."""
        return await self._read(lambda: self.book.recent(count))

    async def same_card(
        self, card_masked: str, amount: Won, since: dt.datetime
    ) -> Sequence[PaymentRecord]:
        """Return live payments of that card and amount."""
        return await self._read(lambda: self.book.same_card(card_masked, amount, since))

    # ------------------------------------------------------------------------------------ the disk

    async def _read(self, job: Callable[[], _T]) -> _T:
        """Read; one whose caller is cancelled is dropped."""
        life = LIFE.get()
        if life is not None:
            life.pass_by("read")
        # A read takes no time worth a timer unless it queues behind something slow.
        await self._wait(self._free_at)
        if life is not None and life.dead:
            raise asyncio.CancelledError
        if self.strikes("unreadable"):
            raise ShopTrouble("ledger.locked", file="ledger.db")
        return job()

    async def _write(
        self,
        payment_id: str,
        facts: Sequence[Fact],
        author: Author,
        job: Callable[[], PaymentRecord],
    ) -> PaymentRecord:
        """Write; waited for to its end, whoever is cancelled, unless the program is dead."""
        life = LIFE.get()
        if life is not None:
            life.pass_by("write")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[PaymentRecord] = loop.create_future()
        loop.call_at(self._turn(), self._commit, life, done, (payment_id, facts, author, job))
        cancelled: asyncio.CancelledError | None = None
        while not done.done():
            try:
                await asyncio.wait([done])
            except asyncio.CancelledError as error:
                if life is not None and life.dead:
                    raise
                cancelled = error
        if life is not None:
            life.pass_by("written")
        failure = done.exception()
        if cancelled is not None:
            raise cancelled
        if failure is not None:
            raise failure
        return done.result()

    def _commit(
        self,
        life: Life | None,
        done: asyncio.Future[PaymentRecord],
        work: tuple[str, Sequence[Fact], Author, Callable[[], PaymentRecord]],
    ) -> None:
        """Store, or fail in one of the ways a disk does; a program killed before stores nothing."""
        payment_id, facts, author, job = work
        if done.done() or (life is not None and life.dead):
            return
        failure = self._refusal()
        if failure is None:
            try:
                record = job()
            except PosError as error:
                failure = error
            else:
                self._on_stored(record, facts, author)
                if self.strikes("unclear"):
                    failure = ShopTrouble("ledger.unclear", sequence=record.version)
                else:
                    done.set_result(record)
                    return
        if isinstance(failure, ShopTrouble):
            self.failed.add(payment_id)
        done.set_exception(failure)

    def _refusal(self) -> PosError | None:
        """Draw why this write is not carried out."""
        now = asyncio.get_running_loop().time()
        if self.strikes("full"):
            self._full_until = now + self._rng.uniform(5, 300)
        if now < self._full_until:
            return ShopTrouble("ledger.disk_full", folder="data")
        if self.strikes("refused"):
            return ShopTrouble(self._rng.choice(_REFUSALS), folder="data")
        return None

    def _turn(self) -> float:
        """Return when a job that is queued now will be done."""
        takes_s = self._rng.uniform(0.0002, 0.02)
        if self.strikes("slow"):
            takes_s = self._rng.uniform(1, 20)
        now = asyncio.get_running_loop().time()
        self._free_at = max(now, self._free_at) + takes_s
        return self._free_at

    async def _wait(self, until: float) -> None:
        """Wait for one's turn."""
        left_s = until - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, left_s))

    def strikes(self, fault: str) -> bool:
        """Draw whether a fault strikes, and count it."""
        share: float = getattr(self.profile, fault)
        if share <= 0 or self._rng.random() >= share:
            return False
        self.counts[f"disk {fault}"] += 1
        return True


class SimSpool(FakeSpool):
    """The spool, with points at which the program may end and a disk that may fail."""

    def __init__(self, ledger: SimLedger) -> None:
        """Lie beside `ledger`."""
        super().__init__()
        self._ledger = ledger

    def holds(self, payment_id: str) -> bool:
        """Tell whether an answer about that payment waits."""
        return any(line.payment_id == payment_id for line in self.lines)

    async def put(self, spooled: Spooled) -> None:
        """Write it down, or fail as the disk does."""
        passing("spool")
        if self._ledger.strikes("spool"):
            raise ShopTrouble("ledger.disk_trouble", folder="data")
        await super().put(spooled)
        self._ledger.counts["spooled"] += 1
        passing("spooled")
