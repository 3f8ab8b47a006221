"""More payments than one statement reads: verify and export walk page by page."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.ledger.store import SqlLedger
from tests.contract.ledger.cases import OWNER, memory_folder, opened, prepared

COUNT = 1_003


async def fill(ledger: SqlLedger) -> None:
    for number in range(1, COUNT + 1):
        await ledger.prepare(OWNER, prepared(number))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A ledger of a thousand payments and three."""
    with memory_folder() as folder:
        with opened(folder) as ledger:
            asyncio.run(fill(ledger))
        yield folder


def test_every_row_is_exported_once_and_in_order(folder: Path) -> None:
    with opened(folder) as ledger:
        ids = [row["payment_id"] for row in ledger.export_rows()]
    assert ids == [f"pay{number}" for number in range(1, COUNT + 1)]


def test_every_open_payment_is_found(folder: Path) -> None:
    with opened(folder) as ledger:
        found = asyncio.run(ledger.open_payments())
    assert [record.payment_id for record in found] == [f"pay{n}" for n in range(1, COUNT + 1)]


@pytest.mark.parametrize("number", [1, 1_000, 1_001, COUNT])
def test_a_changed_row_is_found_on_any_page(folder: Path, number: int) -> None:
    connection = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    connection.execute("DROP TRIGGER IF EXISTS payments_move")
    change = "UPDATE payments SET unwanted = ? WHERE first_seq = ?"
    connection.execute(change, ("x", number))
    with opened(folder) as ledger:
        report = asyncio.run(ledger.verify())
    assert (report.first_bad_seq, report.why, report.entries) == (number, "projection", COUNT)
    connection.execute(change, ("", number))
    connection.close()
    with opened(folder) as ledger:
        assert asyncio.run(ledger.verify()).ok
