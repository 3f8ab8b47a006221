"""Rows 57-62, 68-71 and 77-79: the program is killed, or somebody was at its files.

Small ones of their kind, at both gateways where one is asked; the machines of `tests/crash` and the
tests that `elsewhere.py` names go through every line, system call and sector.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from pos_app.config.store import SettingsStore
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.record import PaymentState
from pos_app.ledger.places import FILE_NAME
from pos_app.ledger.schema import SCHEMA_VERSION
from pos_app.ui.text import error_text
from tests.contract.ledger.cases import memory_folder, opened, sell
from tests.faults.dying import SLOW_S
from tests.faults.rows import row
from tests.faults.terminals import PATIENCE_S, shop_of
from tests.helpers import figures
from tests.helpers.logguard import ExpectLog
from tests.journeys.commands.processes import environment
from tests.unit.config.samples import SETTINGS

BOTH = ("kcp", "portone")
#: A request takes a moment, so that the program can die while it is on its way.
SLOWLY = [
    {"on": "charge", "do": "slow", "delay_s": SLOW_S},
    {"on": "cancel", "do": "slow", "delay_s": SLOW_S},
]
LIVES_S = 12 * PATIENCE_S


async def die(story: str, vendor: str, folder: Path, every: int = 0) -> list[dict[str, Any]]:
    """Kill a story at each of its points; see that both books agree; return a line a point."""
    shop = shop_of(vendor, SLOWLY)
    opened(folder).close()
    async with shop:
        lines = await lives(story, vendor, folder, shop.server.url, every)
        book: dict[str, Any] = shop.server.book()
    assert set(book["counters"]["charge_requests"].values()) <= {1}
    with opened(folder) as ledger:
        records = await ledger.recent(1000)
        assert (await ledger.verify()).ok
    assert not [record for record in records if record.is_open]
    left = {str(row["order_no"]): int(row["balance"]) for row in book["payments"]}
    approved = [record for record in records if record.state is PaymentState.APPROVED]
    assert {r.order_no: r.balance.amount for r in approved} == {k: v for k, v in left.items() if v}
    assert set(left) <= {record.order_no for record in records}
    figures.add("kills at points of a charge, refund or recovery", len(lines) - 1)
    return lines


async def lives(story: str, *args: object) -> list[dict[str, Any]]:
    """Run `tests/faults/dying.py`; return its lines, the last of which died no more."""
    command = [sys.executable, "-m", "tests.faults.dying", story, *map(str, args)]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=environment(Path(str(args[1])))
    )
    said, _ = await asyncio.wait_for(process.communicate(), LIVES_S)
    assert process.returncode == 0
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["died"] for line in lines] == [True] * (len(lines) - 1) + [False]
    return lines


@row(57, *BOTH)
def test_row_057_killed_in_a_charge(vendor: str) -> None:
    with memory_folder() as folder:
        assert len(asyncio.run(die("charge", vendor, folder))) > 8


@row(58, *BOTH)
def test_row_058_killed_in_a_refund(vendor: str) -> None:
    with memory_folder() as folder:
        assert len(asyncio.run(die("refund", vendor, folder))) > 8


@row(59, *BOTH)
def test_row_059_killed_at_awaits(vendor: str) -> None:
    """At every ninth turn of the loop; `tests/crash` goes through all of them."""
    with memory_folder() as folder:
        assert len(asyncio.run(die("charge", vendor, folder, 9))) > 5


@row(60, *BOTH)
def test_row_060_killed_three_times_in_the_recovery(vendor: str) -> None:
    with memory_folder() as folder:
        assert len(asyncio.run(die("recovery", vendor, folder))) > 3


@row(68)
def test_row_068_the_wal_is_deleted_between_runs(tmp_path: Path) -> None:
    """A copy without the last facts, whole in itself, as a deleted -wal leaves it."""
    _put_back(tmp_path, keep=(FILE_NAME,))


@row(70)
def test_row_070_an_old_file_is_put_back(tmp_path: Path) -> None:
    """By itself, or with everything beside it but the lock that remembers."""
    _put_back(tmp_path, keep=(FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"))


def _put_back(tmp_path: Path, keep: tuple[str, ...]) -> None:
    """Sell, sell again, put the files of before back: refused in words, nothing was touched."""
    book, older = tmp_path / "ledger", tmp_path / "older"
    with opened(book) as ledger:
        asyncio.run(sell(ledger, 1))
    shutil.copytree(book, older)
    with opened(book) as ledger:
        asyncio.run(sell(ledger, 2))
    for name in keep:
        (book / name).unlink(missing_ok=True)
        if (older / name).exists():
            shutil.copy(older / name, book / name)
    before = (book / FILE_NAME).read_bytes()
    with pytest.raises(ShopTrouble, match=r"ledger\.rolled_back") as refused:
        opened(book)
    title, advice = error_text(refused.value)
    assert title
    assert advice
    assert (book / FILE_NAME).read_bytes() == before


@row(69)
@pytest.mark.parametrize("seed", range(4))
def test_row_069_one_bit_is_flipped(seed: int, tmp_path: Path) -> None:
    """At the door or in the walk that follows: what is used of the file is never believed."""
    book = tmp_path / "ledger"
    with opened(book) as ledger:
        for number in range(1, 4):
            asyncio.run(sell(ledger, number))
    whole = (book / FILE_NAME).read_bytes()
    chance, found = random.Random(seed), 0
    for _ in range(40):
        data = bytearray(whole)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (book / FILE_NAME).write_bytes(data)
        if _is_whole(book):
            continue
        found += 1
    assert found > 1
    figures.add("flipped bits", 40)


def _is_whole(book: Path) -> bool:
    """Tell whether nothing of the file that is used has changed: every fact is as it was written.

    Otherwise opening refuses it, or the walk over the chain does.
    """
    try:
        with opened(book) as ledger:
            report = asyncio.run(ledger.verify())
    except ShopTrouble:
        return False
    return report.ok and report.entries == 9


@row(71)
@pytest.mark.parametrize("kept", [0, 1, 40])
def test_row_071_the_settings_are_cut(kept: int, tmp_path: Path, expect_log: ExpectLog) -> None:
    """To nothing, or anywhere: the last good copy takes its place and it is said."""
    expect_log("settings.damaged")
    store = SettingsStore(tmp_path)
    store.save(SETTINGS)
    os.truncate(store.file, kept)
    loaded = store.load()
    assert loaded is not None
    assert loaded.settings == SETTINGS
    assert loaded.notice is not None
    assert loaded.notice.code == "settings.damaged_restored"


@row(77)
def test_row_077_the_schema_is_newer_than_the_program(tmp_path: Path) -> None:
    import sqlite3

    book = tmp_path / "ledger"
    with opened(book) as ledger:
        asyncio.run(sell(ledger, 1))
    connection = sqlite3.connect(book / FILE_NAME)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.commit()
    connection.close()
    before = (book / FILE_NAME).read_bytes()
    for read_only in (False, True):
        with pytest.raises(ShopTrouble, match=r"ledger\.newer_schema") as refused:
            opened(book, read_only=read_only)
        assert all(error_text(refused.value))
    assert (book / FILE_NAME).read_bytes() == before


@row(78)
def test_row_078_killed_at_every_statement_of_a_migration() -> None:
    with memory_folder() as folder:
        lines = asyncio.run(lives("migration", "-", folder, "-", 0))
    assert len(lines) > 10
    for line in lines:
        assert line["ok"], line
        assert line["entries"] == 12
        assert line["version"] in {1, SCHEMA_VERSION}
    assert {line["version"] for line in lines} == {1, SCHEMA_VERSION}
    figures.add("kills in a migration", len(lines) - 1)
