"""The disk fails at any operation: what returned is stored, what raised has changed nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from pos_app.domain import facts as f
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.ledger import engines
from pos_app.ledger.book import Book, HasNow
from pos_app.ledger.chain import Chain
from pos_app.ledger.lock import InstanceLock
from pos_app.ledger.places import settle_place
from pos_app.ledger.spool import FileSpool
from pos_app.ledger.store import SqlLedger
from tests.contract.ledger.cases import (
    INSTALL_ID,
    KEY,
    OWNER,
    StillClock,
    approval,
    give_back,
    memory_folder,
    opened,
    prepared,
    refund_of,
    sell,
)
from tests.helpers.logguard import ExpectLog, LogGuard

ONE = PaymentId("pay1")


class Disk:
    """Decides which of the operations that are sent to it fail."""

    def __init__(self) -> None:
        self.armed = False
        self.count = 0
        self.fail_at = 0
        self.for_ever = False
        self.after = False
        self.commits_only = False
        self.dies = False
        self.code = sqlite3.SQLITE_IOERR

    def operate(self, operation: Callable[[], Any], *, commit: bool = False) -> Any:
        """Do it, or fail before or after doing it."""
        if self.armed and self.dies and self.count:
            raise sqlite3.OperationalError("disk I/O error")
        if not self.armed or (self.commits_only and not commit):
            return operation()
        self.count += 1
        if not self.hits():
            return operation()
        if self.after:
            operation()
        raise self.failure()

    def hits(self) -> bool:
        """Tell whether the operation that was counted last fails."""
        return self.count >= self.fail_at if self.for_ever else self.count == self.fail_at

    def failure(self) -> Exception:
        """Return what a failed operation raises."""
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = self.code
        error.sqlite_errorname = "SQLITE_IOERR"
        return error


def connections(disk: Disk) -> type[sqlite3.Connection]:
    """Return a kind of connection on that disk."""

    class Cursor(sqlite3.Cursor):
        def execute(self, *words: Any) -> Any:
            return disk.operate(lambda: super(Cursor, self).execute(*words))

        def executemany(self, *words: Any) -> Any:
            return disk.operate(lambda: super(Cursor, self).executemany(*words))

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            disk.operate(super().commit, commit=True)

        def rollback(self) -> None:
            disk.operate(super().rollback)

    return Connection


def on_disk(folder: Path, disk: Disk, clock: HasNow | None = None) -> SqlLedger:
    """Open a ledger that was made before, on a disk that fails when told."""
    file = settle_place(folder)
    lock = InstanceLock(file)
    storage = engines.sqlite_storage(file, connection_class=connections(disk))
    chain = Chain(KEY, INSTALL_ID)
    spool = FileSpool(file.parent, chain)
    return SqlLedger(Book(storage, chain, clock or StillClock()), lock, spool)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A ledger with one sale, in memory: it is opened and closed hundreds of times here."""
    with memory_folder() as folder:
        with opened(folder) as ledger:
            asyncio.run(sell(ledger))
        yield folder


@pytest.fixture
def any_log(log_guard: LogGuard) -> Iterator[None]:
    """Let a failing disk be logged, by us and by the pool: how often depends on where it fails."""
    yield
    for record in log_guard.unexpected:
        assert record.name in {"pos_app.ledger", "sqlalchemy.pool.impl.QueuePool"}
    log_guard.unexpected.clear()


Write = Callable[[SqlLedger], Coroutine[Any, Any, PaymentRecord]]


async def _prepare(ledger: SqlLedger) -> PaymentRecord:
    return await ledger.prepare(OWNER, prepared(2))


async def _refund(ledger: SqlLedger) -> PaymentRecord:
    begun = refund_of(await ledger.get(ONE), 5_000)
    return await ledger.append(ONE, OWNER, begun, f.RefundSending(begun.refund_id), version=3)


@pytest.mark.usefixtures("any_log")
@pytest.mark.parametrize("write", [_prepare, _refund])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "from then on"])
def test_the_disk_fails_at_every_operation_in_turn(
    folder: Path, write: Write, after: bool, for_ever: bool
) -> None:
    finished = unclear = False
    returned: PaymentRecord | None = None
    failures = 0
    for fail_at in range(1, 60):
        disk = Disk()
        disk.fail_at, disk.after, disk.for_ever = fail_at, after, for_ever
        before = stored(folder)
        with on_disk(folder, disk) as ledger:
            disk.armed = True
            try:
                returned = asyncio.run(write(ledger))
            except ShopTrouble as trouble:
                failures += 1
                unclear = trouble.code == "ledger.unclear"
            disk.armed = False
        finished = disk.count < fail_at
        now = stored(folder)
        if returned is not None:
            assert now[returned.payment_id] == returned
            break
        assert now == before or unclear, f"operation {fail_at} raised and changed something"
        if now != before:
            break
    assert failures > 5
    assert finished or returned is not None or unclear


def stored(folder: Path) -> dict[str, PaymentRecord]:
    """Return what a new start finds, verified."""
    with opened(folder) as ledger:
        assert asyncio.run(ledger.verify()).ok
        return {record.payment_id: record for record in asyncio.run(ledger.recent(99))}


def test_a_commit_whose_answer_was_lost_is_read_again(folder: Path, expect_log: ExpectLog) -> None:
    expect_log("ledger.commit_read_again")
    disk = Disk()
    disk.commits_only, disk.after, disk.fail_at = True, True, 1
    with on_disk(folder, disk) as ledger:
        record = asyncio.run(ledger.get(ONE))
        disk.armed = True
        record = asyncio.run(ledger.append(ONE, OWNER, f.Unwanted("asked"), version=record.version))
        assert asyncio.run(ledger.get(ONE)) == record
    assert stored(folder)[ONE] == record


def test_a_commit_that_failed_is_told_from_one_whose_answer_was_lost(folder: Path) -> None:
    disk = Disk()
    disk.commits_only, disk.fail_at = True, 1
    with on_disk(folder, disk) as ledger:
        before = asyncio.run(ledger.get(ONE))
        disk.armed = True
        with pytest.raises(ShopTrouble, match=r"ledger\.disk_trouble"):
            asyncio.run(ledger.append(ONE, OWNER, f.Unwanted("asked"), version=3))
        assert asyncio.run(ledger.get(ONE)) == before
        # The same again, now that the disk works.
        again = asyncio.run(ledger.append(ONE, OWNER, f.Unwanted("asked"), version=3))
    assert stored(folder)[ONE] == again


@pytest.mark.usefixtures("any_log")
def test_when_even_reading_again_fails_it_is_said_so(folder: Path) -> None:
    disk = Disk()
    disk.commits_only, disk.after, disk.fail_at, disk.dies = True, True, 1, True
    with on_disk(folder, disk) as ledger:
        asyncio.run(ledger.get(ONE))
        disk.armed = True
        with pytest.raises(ShopTrouble, match=r"ledger\.unclear"):
            asyncio.run(ledger.append(ONE, OWNER, f.Unwanted("asked"), version=3))
        disk.armed = False
    assert stored(folder)[ONE].unwanted == "asked"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, "ledger.disk_full"),
        (sqlite3.SQLITE_READONLY, "ledger.read_only"),
        (sqlite3.SQLITE_CANTOPEN, "ledger.read_only"),
        (sqlite3.SQLITE_BUSY, "ledger.locked"),
        (sqlite3.SQLITE_BUSY | 2 << 8, "ledger.locked"),
        (sqlite3.SQLITE_CORRUPT, "ledger.damaged"),
        (sqlite3.SQLITE_IOERR | 4 << 8, "ledger.disk_trouble"),
    ],
)
def test_each_code_of_sqlite_has_its_words(folder: Path, code: int, expected: str) -> None:
    disk = Disk()
    disk.fail_at, disk.code = 1, code
    with on_disk(folder, disk) as ledger:
        asyncio.run(ledger.get(ONE))
        disk.armed = True
        with pytest.raises(ShopTrouble) as trouble:
            asyncio.run(ledger.get(ONE))
    assert trouble.value.code == expected


def test_no_more_room_in_the_middle_of_a_payment(tmp_path: Path) -> None:
    # `max_page_count` is SQLite's own full disk.
    with opened(tmp_path) as ledger:
        record = asyncio.run(sell(ledger))
        engine = ledger._book._engine
        with engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ShopTrouble, match=r"ledger\.disk_full"):
            asyncio.run(ledger.append(ONE, OWNER, f.Unwanted("x" * 50_000), version=record.version))
        assert asyncio.run(ledger.get(ONE)) == record
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        asyncio.run(give_back(ledger, record, 1_000))
        assert asyncio.run(ledger.verify()).ok


def test_a_cancelled_caller_finds_its_fact_stored(tmp_path: Path) -> None:
    async def story(ledger: SqlLedger) -> None:
        record = await ledger.prepare(OWNER, prepared())
        for fact in (f.Sending(60.0), f.ChargeApproved(approval())):
            task = asyncio.create_task(ledger.append(ONE, OWNER, fact, version=record.version))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            version = record.version
            record = await ledger.get(ONE)
            assert record.version == version + 1

    with opened(tmp_path) as ledger:
        asyncio.run(story(ledger))
