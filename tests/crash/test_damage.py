"""Damage to the files of a ledger is found, and nothing is repaired, deleted or guessed.

Rows 68 (a deleted -wal), 69 (one bit flipped), 70 (an old file put back) of money-safety.md 11, and
files cut short. Either opening refuses with a code that has words and leaves the bytes as they
are; or the walk of the whole chain, which every start makes, finds it and money taking stops; or
the damage is harmless: every fact is there, unchanged.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from pathlib import Path

import pytest

from pos_app.domain.errors import ShopTrouble
from pos_app.ledger.engines import DELETE_EXTRA, WAL_FULL
from pos_app.ledger.store import SqlLedger
from pos_app.ledger.verifying import verify
from pos_app.ui.text import has_text
from tests.contract.ledger.cases import give_back, lose, memory_folder, opened, sell
from tests.crash.power_check import at_once
from tests.crash.power_recording import stored_facts
from tests.helpers import figures

#: The file of the facts and its journal.
DATABASE, JOURNAL = "ledger.db", "ledger.db-wal"
#: What a start may say to damaged files.
REFUSALS = {
    "ledger.damaged",
    "ledger.foreign",
    "ledger.newer_schema",
    "ledger.key_mismatch",
    "ledger.chain_broken",
    "ledger.rolled_back",
    "ledger.missing",
}


def work(ledger: SqlLedger, first: int, count: int = 2) -> None:
    """Sell, give back a part, lose an answer."""

    async def day() -> None:
        for number in range(first, first + count):
            await give_back(ledger, await sell(ledger, number), 5_000, f"refund{number}")
        await lose(ledger, first + count)

    asyncio.run(day())


def left_by_a_crash(folder: Path) -> Path:
    """Leave a ledger with facts in the file and newer ones in the journal; return its folder."""
    with opened(folder / "first", durability=WAL_FULL) as ledger:
        work(ledger, 1)
    with opened(folder / "first", durability=WAL_FULL) as ledger:
        work(ledger, 10)
        shutil.copytree(folder / "first", folder / "left")
    (folder / "left" / "ledger.db-shm").unlink()
    return folder / "left"


def closed(folder: Path) -> Path:
    """Leave a ledger that was closed in order; return its folder."""
    with opened(folder / "left", durability=DELETE_EXTRA) as ledger:
        work(ledger, 1)
    return folder / "left"


def judged(folder: Path) -> str:
    """Start on these files; return the code of a refusal, what the walk found, or "harmless"."""
    before = {name: content(folder / name) for name in (DATABASE, JOURNAL)}
    try:
        with opened(folder) as ledger:
            report = asyncio.run(verify(ledger._book, at_once, ledger._anchors))
    except ShopTrouble as trouble:
        code = trouble.code
    else:
        return "harmless" if report.ok else f"found: {report.why}"
    assert code in REFUSALS
    assert has_text(f"error.{code}.title")
    assert has_text(f"error.{code}.advice")
    for name, old in before.items():
        assert content(folder / name) == old, f"{name} was changed"
    return code


def content(file: Path) -> bytes:
    """Return the bytes of a file, none where it is not there."""
    return file.read_bytes() if file.exists() else b""


@pytest.mark.parametrize("name", [DATABASE, JOURNAL], ids=["database", "journal"])
def test_row_69_one_bit_flipped(name: str) -> None:
    chance = random.Random(f"69 {name}")
    ends: dict[str, int] = {}
    with memory_folder() as folder:
        left = (left_by_a_crash if name == JOURNAL else closed)(folder)
        with opened(shutil.copytree(left, folder / "whole")):
            whole = stored_facts(folder / "whole")
        size = (left / name).stat().st_size
        for page in range(0, size, 4096):
            for _ in range(2 if name == DATABASE else 1):
                place = min(size - 1, page + chance.randrange(4096))
                end = _flipped(left, folder / "bent", name, place, chance.randrange(8), whole)
                ends[end] = ends.get(end, 0) + 1
    figures.add("bits flipped", sum(ends.values()))
    figures.add("bits flipped and found", sum(ends.values()) - ends.get("harmless", 0))
    assert sum(ends.values()) > ends.get("harmless", 0), ends


def _flipped(
    left: Path, bent: Path, name: str, place: int, bit: int, whole: tuple[object, ...]
) -> str:
    """Flip one bit in a copy, start, and return what came of it."""
    shutil.copytree(left, bent)
    damaged = bytearray((bent / name).read_bytes())
    damaged[place] ^= 1 << bit
    (bent / name).write_bytes(damaged)
    try:
        end = judged(bent)
        if end == "harmless":
            assert stored_facts(bent) == whole, f"bit {bit} of byte {place} changed the facts"
        return end
    finally:
        shutil.rmtree(bent)


@pytest.mark.parametrize("name", [DATABASE, JOURNAL], ids=["database", "journal"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.95])
def test_files_cut_short(name: str, share: float) -> None:
    with memory_folder() as folder:
        left = left_by_a_crash(folder)
        whole = (left / name).read_bytes()
        (left / name).write_bytes(whole[: int(len(whole) * share)])
        assert judged(left) != "harmless"


def test_row_68_a_deleted_journal() -> None:
    with memory_folder() as folder:
        left = left_by_a_crash(folder)
        (left / JOURNAL).unlink()
        assert judged(left) == "ledger.rolled_back"


@pytest.mark.parametrize("crashed", [False, True], ids=["closed", "crashed"])
def test_row_70_an_old_file_put_back(crashed: bool) -> None:
    with memory_folder() as folder:
        left = closed(folder)
        old = (left / DATABASE).read_bytes()
        with opened(left) as ledger:
            work(ledger, 20)
            if crashed:
                left = shutil.copytree(left, folder / "crashed")
        (left / DATABASE).write_bytes(old)
        assert judged(left) == "ledger.rolled_back"
        assert (left / DATABASE).read_bytes() == old
