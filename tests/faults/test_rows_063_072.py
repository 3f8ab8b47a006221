"""Rows 63-67 and 72: the disk or the memory fails at any step of a charge and a refund.

Below the real ledger lies a disk that fails when told; the gateway is asked by the real client.
Whatever was told at the counter: once the disk works again, both books agree to the won.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pos_app.domain.errors import PosError
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.ledger.store import SqlLedger
from tests.contract.ledger.cases import memory_folder, opened
from tests.faults.rows import row
from tests.faults.terminals import Terminal, bench_of, run, terminal
from tests.helpers import figures
from tests.helpers.fake_app import FakeIds
from tests.helpers.logguard import LogGuard
from tests.unit.ledger.test_faults import Disk, on_disk

BOTH = ("kcp", "portone")
#: More operations than a charge or a refund has.
OPERATIONS_MAX = 200
COMMITS = 4
IOERR_LOCK = sqlite3.SQLITE_IOERR | 15 << 8  # sqlite.org/rescode.html


class BadDisk(Disk):
    """A disk that also heals by itself when `heals` says so, and may fail with other errors."""

    heals: Callable[[], bool] = staticmethod(lambda: False)
    error: type[Exception] | None = None

    def operate(self, operation: Callable[[], Any], *, commit: bool = False) -> Any:
        if self.armed and self.heals():
            return operation()
        try:
            return super().operate(operation, commit=commit)
        except sqlite3.OperationalError as failure:
            if self.error is not None and "disk I/O" in str(failure) and self.armed:
                raise self.error from failure
            raise


@pytest.fixture
def any_log(log_guard: LogGuard) -> Iterator[None]:
    """Let a failing disk be logged: how often depends on where it fails."""
    yield
    names = {"pos_app.ledger", "pos_app.money", "sqlalchemy.pool.impl.QueuePool"}
    for record in log_guard.unexpected:
        assert record.name in names, record
    log_guard.unexpected.clear()


@pytest.fixture
def book() -> Iterator[Path]:
    """A ledger that was made before, in memory."""
    with memory_folder() as folder:
        opened(folder).close()
        yield folder


@dataclass
class Trial:
    """A shop on a bad disk, through one failure after the other."""

    till: Terminal
    ledger: SqlLedger
    disk: BadDisk
    folder: Path
    ids: FakeIds = field(default_factory=FakeIds)
    seen: set[str] = field(default_factory=set)

    async def charge(self, arm: Callable[[BadDisk], None]) -> bool:
        """Charge while the disk fails as `arm` wants; tell whether it failed at all."""
        counter = self._counter()
        failed = await self._while_failing(arm, counter.sell(50_000), counter)
        for record in await self._new():
            await self._check_charge(record)
            self.seen.add(record.payment_id)
        return failed

    async def refund(self, arm: Callable[[BadDisk], None]) -> bool:
        """Sell on a good disk, refund on the bad one."""
        counter = self._counter()
        sale = await counter.rest(await counter.sell(50_000))
        failed = await self._while_failing(arm, counter.refund(sale, 20_000), counter)
        after = await self.till.ledger.get(sale.payment_id)
        assert after.state is PaymentState.APPROVED
        assert after.refunded.amount == 50_000 - self.till.balance(sale)
        self.seen.add(sale.payment_id)
        return failed

    async def _while_failing(
        self, arm: Callable[[BadDisk], None], work: Any, counter: Terminal
    ) -> bool:
        """Do it on the bad disk, let it come to rest on a good one, and start the program anew."""
        disk = self.disk
        disk.count, disk.armed = 0, True
        arm(disk)
        ended: object = (await asyncio.gather(work, return_exceptions=True))[0]
        assert not isinstance(ended, BaseException) or isinstance(ended, PosError | MemoryError)
        failed = disk.count >= disk.fail_at
        disk.armed = False
        for record in await self._new():
            await counter.rest(record)
        await counter.bench.jobs.drain(1)
        again = self._counter()
        await again.bench.app.recovery.resume_open()
        for record in await self._new():
            assert not (await again.rest(record)).is_open
        return failed

    async def _new(self) -> list[PaymentRecord]:
        """Return the payments of this trial."""
        newest = await self.till.ledger.recent(3)
        return [record for record in newest if record.payment_id not in self.seen]

    async def _check_charge(self, record: PaymentRecord) -> None:
        """Nothing sent is NOT_SENT; what was charged stands in the books or was given back."""
        sent = self.till.charges(record)
        stands = {PaymentState.APPROVED, PaymentState.REVERSED}
        assert record.state in (stands if sent else {PaymentState.NOT_SENT}), record

    def _counter(self) -> Terminal:
        """Return the next start of the program."""
        self.till.bench.clock.pass_s(700)
        bench = bench_of(
            self.till.shop, self.folder, self.till.bench.clock, ledger=self.ledger, ids=self.ids
        )
        return Terminal(self.till.shop, bench)


def trial(vendor: str, book: Path, story: Callable[[Trial], Any]) -> None:
    """Run a story of failures at a fresh shop, and verify its ledger at the end."""

    async def whole() -> None:
        disk = BadDisk()
        with on_disk(book, disk) as ledger:
            async with terminal(vendor, book, ledger=ledger) as till:
                await story(Trial(till, ledger, disk, book))
                await till.agrees()

    run(whole())
    with opened(book) as ledger:
        assert asyncio.run(ledger.verify()).ok


def failing(at: int, **how: Any) -> Callable[[BadDisk], None]:
    """Return what arms a disk to fail at an operation."""

    def arm(disk: BadDisk) -> None:
        disk.fail_at = at
        for name, value in how.items():
            setattr(disk, name, value)

    return arm


@row(63, *BOTH)
@pytest.mark.usefixtures("any_log")
@pytest.mark.parametrize("what", ["charge", "refund"])
@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "from then on"])
def test_row_063_every_operation_on_the_ledger_fails_in_turn(
    vendor: str, what: str, for_ever: bool, book: Path
) -> None:
    async def story(trial: Trial) -> None:
        step = 5 if for_ever else {"charge": 1, "refund": 2}[what]
        for at in range(1, OPERATIONS_MAX, step):
            if not await getattr(trial, what)(failing(at, for_ever=for_ever)):
                break
        assert 6 < at < OPERATIONS_MAX - step, at
        figures.add("disk failures", at // step)

    trial(vendor, book, story)


def _stages(vendor: str, book: Path, **how: Any) -> None:
    """Fail at each commit of a charge and of a refund, from then on until the shop closes."""

    async def story(trial: Trial) -> None:
        for at in range(1, COMMITS):
            for what in (trial.charge, trial.refund):
                await what(failing(at, commits_only=True, for_ever=True, **how))

    trial(vendor, book, story)


@row(64, *BOTH)
@pytest.mark.usefixtures("any_log")
def test_row_064_the_disk_is_full_at_each_stage(vendor: str, book: Path) -> None:
    _stages(vendor, book, code=sqlite3.SQLITE_FULL)


@row(65, *BOTH)
@pytest.mark.usefixtures("any_log")
@pytest.mark.parametrize("code", [sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN])
def test_row_065_the_file_system_is_read_only_at_each_stage(
    vendor: str, code: int, book: Path
) -> None:
    _stages(vendor, book, code=code)


@row(66, *BOTH)
@pytest.mark.usefixtures("any_log")
def test_row_066_the_database_is_busy_for_ten_seconds(vendor: str, book: Path) -> None:
    async def story(trial: Trial) -> None:
        for at in range(1, COMMITS):
            for what in (trial.charge, trial.refund):
                await what(_busy_for_ten_seconds(trial, at))

    trial(vendor, book, story)


def _busy_for_ten_seconds(trial: Trial, at: int) -> Callable[[BadDisk], None]:
    clock = trial.till.bench.clock

    def arm(disk: BadDisk) -> None:
        began: list[float] = []

        def heals() -> bool:
            if disk.count >= at and not began:
                began.append(clock.seconds)
            return bool(began) and clock.seconds > began[0] + 10

        failing(at, commits_only=True, for_ever=True, code=sqlite3.SQLITE_BUSY)(disk)
        disk.heals = heals

    return arm


@row(67, *BOTH)
@pytest.mark.usefixtures("any_log")
@pytest.mark.parametrize("code", [IOERR_LOCK, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR | 10 << 8])
def test_row_067_another_program_holds_the_file(vendor: str, code: int, book: Path) -> None:
    """What SQLite says where a virus scanner holds the file on Windows (share violation)."""
    _stages(vendor, book, code=code)


@row(72, *BOTH)
@pytest.mark.usefixtures("any_log")
@pytest.mark.parametrize("what", ["charge", "refund"])
def test_row_072_memory_runs_out_at_every_operation(vendor: str, what: str, book: Path) -> None:
    async def story(trial: Trial) -> None:
        for at in range(1, OPERATIONS_MAX, 4):
            if not await getattr(trial, what)(failing(at, error=MemoryError)):
                break
        assert 6 < at < OPERATIONS_MAX - 4, at

    trial(vendor, book, story)
