"""A program that works with a real ledger while its disk is watched; started by `power_recording`.

    python -m tests.crash.power_story FOLDER STORY JOURNAL SEED

It runs with `power_disk.c` preloaded and tells it what the ledger has promised.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from pos_app.ledger.engines import DELETE_EXTRA, WAL_FULL, Durability
from pos_app.ledger.store import SqlLedger
from pos_app.services.ports import Ledger, Streams
from tests.contract.ledger.cases import give_back, keep, lose, opened, sell
from tests.crash.power_shop import DiskShop, Tell, ToldLedger
from tests.unit.services.struck_world import StruckClock

#: How commits reach the disk: what the program may choose, and what it must not.
JOURNALS = {
    "wal-full": WAL_FULL,
    "delete-extra": DELETE_EXTRA,
    "wal-normal": Durability("wal", "NORMAL"),
    "delete-normal": Durability("delete", "NORMAL"),
}

#: After so many pages the journal is emptied: at each commit, at some, at few.
_JOURNAL_PAGES = (3, 20, 200)


class Told:
    """Tells the watched disk what was promised."""

    def __init__(self) -> None:
        """Find the recorder, which is preloaded."""
        self._mark = ctypes.CDLL(None).power_mark

    def __call__(self, what: dict[str, object]) -> None:
        self._mark(json.dumps(what).encode("utf-8"))


class Stage:
    """Where a story plays."""

    def __init__(self, folder: Path, durability: Durability, tell: Tell, seed: int) -> None:
        self.folder, self.tell, self._durability = folder, tell, durability
        self.chance = random.Random(seed)
        self._pages = _JOURNAL_PAGES[seed % len(_JOURNAL_PAGES)]

    def open(self, clock: StruckClock | None = None) -> SqlLedger:
        """Open the ledger; its journal is emptied into the file sooner than usually."""
        changes: dict[str, Any] = {"durability": self._durability}
        if clock is not None:
            changes["clock"] = clock
        ledger = opened(self.folder, **changes)
        with ledger._book._engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {self._pages}")
        return ledger

    @contextlib.contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger for a while, told on."""
        with self.open() as ledger:
            yield cast("Ledger", ToldLedger(ledger, self.tell))

    @contextlib.contextmanager
    def shop(self, *, by_order: bool) -> Iterator[DiskShop]:
        """Open a shop for a while."""
        shop = DiskShop(self.folder.parent, by_order, open_book=self.open, tell=self.tell)
        with contextlib.closing(shop):
            yield shop


def till(stage: Stage) -> None:
    """Sell, give back, lose answers, be declined, and settle with people's help."""

    async def day(shop: DiskShop) -> None:
        await shop.charge()
        await shop.refund(30_000)
        shop.bank.charge_plan.append(stage.chance.choice(("lost", "cut", "mismatch", "declined")))
        shop.bank.cancel_plan.extend(["lost", "absent"])
        await shop.charge(duplicate_reason="손님이 다시 요청")
        await shop.refund(20_000)
        await shop.recover()
        await shop.help()
        assert not shop.disagreements()

    with stage.shop(by_order=stage.chance.random() < 0.5) as shop:
        asyncio.run(day(shop))


def spooled(stage: Stage) -> None:
    """Approve what the ledger does not take: for a moment, and until the next start."""

    async def day(shop: DiskShop) -> None:
        await shop.charge()
        shop.told.refusals = 2
        await shop.charge(duplicate_reason="손님이 다시 요청")
        shop.told.refusals = 99
        await shop.charge(duplicate_reason="손님이 다시 요청")
        await shop.bench.jobs.drain(0)

    async def next_day(shop: DiskShop) -> None:
        await shop.recover()
        await shop.help()
        await shop.charge(duplicate_reason="손님이 다시 요청")
        assert not shop.disagreements()

    with stage.shop(by_order=stage.chance.random() < 0.5) as shop:
        asyncio.run(day(shop))
        shop.close()
        shop.start(None)
        asyncio.run(next_day(shop))


def mornings(stage: Stage) -> None:
    """Open and close several times, with a sale or two each time."""
    for morning in range(4):
        with stage.ledger() as ledger:
            asyncio.run(_sales(ledger, 10 * morning, 1 + morning % 2))


def busy_day(stage: Stage) -> None:
    """Write much, so that the journal is emptied many times."""
    with stage.ledger() as ledger:
        asyncio.run(_sales(ledger, 0, 12))


def cards_on_file(stage: Stage) -> None:
    """Keep cards beside payments."""

    async def day(ledger: Ledger) -> None:
        streams = cast("Streams", cast("ToldLedger", ledger).streams)
        for number in range(1, 5):
            await keep(streams, number)
            await sell(ledger, number)

    with stage.ledger() as ledger:
        asyncio.run(day(ledger))


def brought_up(stage: Stage) -> None:
    """Migrate a ledger of version 1, which lies there, and go on with it."""
    with stage.ledger() as ledger:
        asyncio.run(_sales(ledger, 10, 2))


async def _sales(ledger: Ledger, first: int, count: int) -> None:
    """Sell, give back a part of each, and lose an answer at the end."""
    for number in range(first + 1, first + count + 1):
        await give_back(ledger, await sell(ledger, number), 5_000, f"refund{number}")
    await lose(ledger, first + count + 1)


Story = Callable[[Stage], None]
STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (till, spooled, mornings, busy_day, cards_on_file, brought_up)
}

if __name__ == "__main__":
    STORIES[sys.argv[2]](Stage(Path(sys.argv[1]), JOURNALS[sys.argv[3]], Told(), int(sys.argv[4])))
