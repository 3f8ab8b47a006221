"""A program that is killed while it writes its ledger; started by `test_killing.py`.

    python -m tests.unit.ledger.killing run FOLDER FIRST      sell, one line a stored fact, for ever
    python -m tests.unit.ledger.killing every FOLDER SCRATCH  die at every operation in turn

The second copies FOLDER for each death, and prints one JSON line each: where it died, which facts
the dying program had been told were stored, and what a new start found.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pos_app.domain import facts as f
from pos_app.ledger.store import SqlLedger
from tests.contract.ledger.cases import OWNER, approval, opened, prepared, refund_of
from tests.unit.ledger.test_faults import Disk, on_disk

_CASES = 2


class Deadly(Disk):
    """A disk that kills the program instead of failing."""

    def operate(self, operation: Callable[[], Any], *, commit: bool = False) -> Any:
        if not self.armed:
            return operation()
        self.count += 1
        if self.count != self.fail_at:
            return operation()
        if self.after:
            operation()
        os.kill(os.getpid(), signal.SIGKILL)
        return None


async def sell_and_refund(ledger: SqlLedger, number: int, told: Callable[[str], object]) -> None:
    """Take a payment and give some of it back; tell of each fact when it is stored."""
    record = await ledger.prepare(OWNER, prepared(number))
    told(f"{number} {record.version}")
    begun = refund_of(record, 5_000, f"refund{number}")
    for facts in (
        (f.Sending(60.0),),
        (f.ChargeApproved(approval(number)),),
        (begun, f.RefundSending(begun.refund_id)),
    ):
        record = await ledger.append(record.payment_id, OWNER, *facts, version=record.version)
        told(f"{number} {record.version}")


def run_for_ever(folder: Path, first: int) -> None:
    """Sell until killed."""

    async def story() -> None:
        number = first
        while True:
            await sell_and_refund(ledger, number, lambda line: print(line, flush=True))
            number += 1

    with opened(folder) as ledger:
        asyncio.run(story())


def die(folder: Path, fail_at: int, *, after: bool) -> tuple[bool, list[str]]:
    """Sell in a process of its own that dies at an operation; tell if it died and what it said."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        disk = Deadly()
        disk.fail_at, disk.after = fail_at, after
        with on_disk(folder, disk) as ledger:
            disk.armed = True
            asyncio.run(
                sell_and_refund(ledger, 2, lambda line: os.write(write, f"{line}\n".encode()))
            )
            disk.armed = False
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read().split("\n")[:-1]
    return os.WIFSIGNALED(os.waitpid(child, 0)[1]), told


def every(folder: Path, scratch: Path) -> None:
    """Die at every operation, before and after it, and print what is found each time."""
    for after in (False, True):
        fail_at, died = 0, True
        while died:
            fail_at += 1
            place = scratch / "ledger"
            shutil.copytree(folder, place)
            died, told = die(place, fail_at, after=after)
            found = {"fail_at": fail_at, "after": after, "died": died, "told": told}
            print(json.dumps(found | look(place)), flush=True)
            shutil.rmtree(place)


def look(folder: Path) -> dict[str, object]:
    """Start anew and say what is there."""
    with opened(folder) as ledger:
        report = asyncio.run(ledger.verify())
        records = asyncio.run(ledger.recent(_CASES))
    return {
        "ok": report.ok,
        "versions": {record.payment_id: record.version for record in records},
    }


if __name__ == "__main__":
    if sys.argv[1] == "run":
        run_for_ever(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        every(Path(sys.argv[2]), Path(sys.argv[3]))
