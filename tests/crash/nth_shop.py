"""A shop whose disk fails at the n-th operation, for every n; started by `test_nth_operation.py`.

    python -m tests.crash.nth_shop LAYER ERROR HOW EVERY FIRST     one JSON object a strike

LAYER is `statements` (what the ledger asks of SQLite fails) or `files` (what SQLite and Python ask
of the system fails; run with `power_disk.c` preloaded). HOW is `once`, `for_a_while` (a minute of
the shop's time), `to_the_end` (until the next start), `mixed` (these in turn) or `opening` (once,
while an old ledger is opened and migrated). Every EVERYth operation is struck, from the FIRSTth on,
until there are no more. Rows 63 to 67 and 72 of money-safety.md 11.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pos_app.domain.errors import ShopTrouble
from pos_app.domain.record import PaymentState
from pos_app.ledger.store import SqlLedger
from tests.contract.ledger.cases import memory_folder, opened
from tests.crash.power_check import Promises
from tests.crash.power_recording import lay_down_version_1, stored_facts
from tests.crash.power_shop import DiskShop
from tests.unit.ledger.test_faults import Disk, on_disk
from tests.unit.services.struck_world import StruckClock

#: After so many seconds of the shop's time the disk works again.
_WHILE_S = 60.0
#: More operations than any story has.
_FOR_EVER = 1_000_000
HOWS = ("once", "for_a_while", "to_the_end")
#: What the system says to each error; what SQLite says to it.
FILE_ERRORS = {"io": errno.EIO, "full": errno.ENOSPC, "read_only": errno.EROFS}
STATEMENT_ERRORS = {
    "io": sqlite3.SQLITE_IOERR,
    "full": sqlite3.SQLITE_FULL,
    "read_only": sqlite3.SQLITE_READONLY,
    "busy": sqlite3.SQLITE_BUSY,
    "damaged": sqlite3.SQLITE_CORRUPT,
    "memory": sqlite3.SQLITE_NOMEM,
}


class Fault(Protocol):
    """What makes a disk fail."""

    def open(self, folder: Path, clock: StruckClock) -> SqlLedger:
        """Open the ledger on that disk."""

    def arm(self, at: int, times: int) -> None:
        """Let the `at`-th operation from now fail, and those after it."""

    def heal(self) -> int:
        """Let nothing fail any more; return how many operations there were since `arm`."""


class Statements(Disk):
    """Statements and commits fail, or Python has no memory for them."""

    times = 1

    def __init__(self, error: str) -> None:
        super().__init__()
        self.memory, self.code = error == "memory", STATEMENT_ERRORS[error]

    def hits(self) -> bool:
        return self.fail_at <= self.count < self.fail_at + self.times

    def failure(self) -> Exception:
        return MemoryError() if self.memory else super().failure()

    def open(self, folder: Path, clock: StruckClock) -> SqlLedger:
        return on_disk(folder, self, clock)

    def arm(self, at: int, times: int) -> None:
        self.armed, self.count, self.fail_at, self.times = True, 0, at, times

    def heal(self) -> int:
        self.armed = False
        return self.count


class Files:
    """Calls to the system fail."""

    def __init__(self, error: str) -> None:
        self._error = FILE_ERRORS[error]
        self._disk = ctypes.CDLL(None)
        self._disk.power_disarm.restype = ctypes.c_long

    def open(self, folder: Path, clock: StruckClock) -> SqlLedger:
        return opened(folder, clock=clock)

    def arm(self, at: int, times: int) -> None:
        half = self._error == errno.ENOSPC
        self._disk.power_arm(ctypes.c_long(at), ctypes.c_long(times), self._error, int(half))

    def heal(self) -> int:
        return int(self._disk.power_disarm())


class HealingClock(StruckClock):
    """Time in which a disk comes back."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault, self.heals_at, self.count = fault, float("inf"), 0

    def heal(self) -> None:
        """Let the disk work again."""
        self.heals_at = float("inf")
        self.count = self.fault.heal()

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if self.monotonic_s() >= self.heals_at:
            self.heal()


@dataclass
class Strike:
    """One strike and what came of it.

    Attributes:
        found: whatever must not be.
        reached: there was an operation with that number.
    """

    at: int
    how: str
    found: list[str] = field(default_factory=list)
    reached: bool = False
    requests: int = 0
    spooled: int = 0
    refused: bool = False

    def live(self, fault: Fault, template: Path, place: Path) -> None:
        """Sell and give back while the disk fails, then start again and compare the books."""
        shutil.copytree(template, place / "ledger")
        promises, clock = Promises(), HealingClock(fault)
        shop = DiskShop(
            place,
            by_order=self.at % 2 == 0,
            clock=clock,
            open_book=lambda clock: fault.open(place / "ledger", clock),
            tell=lambda what: promises.hear(json.dumps(what).encode()),
        )
        with closing(shop):
            asyncio.run(self._day(shop, fault, clock))
            self.reached = clock.count >= self.at
            self.requests = sum(shop.bank.charges.values())
            self.spooled = len(promises.spooled)
            shop.close()
            shop.start(None)
            asyncio.run(self._next_day(shop, promises))

    def open_old(self, fault: Fault, place: Path) -> None:
        """Open a ledger of version 1 while the disk fails: it is refused or opens, and is whole."""
        lay_down_version_1(place / "ledger")
        before = stored_facts(place / "ledger")
        fault.arm(self.at, 1)
        try:
            fault.open(place / "ledger", StruckClock()).close()
        except ShopTrouble:
            self.refused = True
        self.reached = fault.heal() >= self.at
        with opened(place / "ledger") as ledger:
            if not asyncio.run(ledger.verify()).ok:
                self.found.append("the ledger is not sound")
        if stored_facts(place / "ledger") != before:
            self.found.append("facts are gone")

    async def _day(self, shop: DiskShop, fault: Fault, clock: HealingClock) -> None:
        """Work until the disk is well again or the program ends."""
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        how = HOWS[self.at % len(HOWS)] if self.how == "mixed" else self.how
        fault.arm(self.at, 1 if how == "once" else _FOR_EVER)
        clock.heals_at = clock.monotonic_s() + _WHILE_S
        try:
            await shop.charge()
            await shop.refund(30_000)
            await shop.refund(70_000)
        except (ShopTrouble, MemoryError) as trouble:  # this look at the books met the bad disk
            shop.troubles[str(trouble)] += 1
            await shop.bench.jobs.drain(0)
        if how == "to_the_end":
            await shop.bench.jobs.drain(0)
        clock.heal()

    async def _next_day(self, shop: DiskShop, promises: Promises) -> None:
        """Recover; nothing that the bank has told may need a person; the books agree in the end."""
        await shop.recover()
        facts = stored_facts(Path(shop.real.describe()["path"]).parent)
        waiting = {answer.payment_id for answer in (await shop.real.spool.read()).waiting}
        self.found += promises.broken_by(facts, waiting)
        self._look(shop)
        await shop.help()
        self.found += shop.disagreements()
        if not (await shop.real.verify()).ok:
            self.found.append("the ledger is not sound")

    def _look(self, shop: DiskShop) -> None:
        """Hold every payment against what reached the bank."""
        for record in shop.records():
            sent = shop.bank.charges[record.order_no]
            booked = shop.bank.book.get(record.order_no)
            if not sent and record.state is not PaymentState.NOT_SENT:
                self.found.append(f"nothing was sent, but it is {record.state}")
            if booked is not None and booked.balance and record.state is not PaymentState.APPROVED:
                self.found.append(f"{booked.balance} were taken, but it is {record.state}")


@contextmanager
def _template() -> Iterator[Path]:
    """A ledger that was made and closed."""
    with memory_folder() as folder:
        opened(folder / "ledger").close()
        yield folder / "ledger"


def main(layer: str, error: str, how: str, every: int, first: int) -> None:
    """Strike until there is nothing more to strike."""
    fault: Fault = Statements(error) if layer == "statements" else Files(error)
    root = Path(os.environ["POWER_ROOT"])
    with _template() as template:
        at = first
        while True:
            strike, place = Strike(at, how), root / "shop"
            place.mkdir()
            if how == "opening":
                strike.open_old(fault, place)
            else:
                strike.live(fault, template, place)
            shutil.rmtree(place)
            print(json.dumps(vars(strike)), flush=True)
            if not strike.reached:
                return
            at += every


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
