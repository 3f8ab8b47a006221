"""The books as files: what was promised, nothing a spreadsheet would run, whole or not at all."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.domain.instalments import Months
from pos_app.ledger import exports
from pos_app.ledger.exports import FORMATS, write_export, write_export_to
from pos_app.ledger.projection import EXPORT_KEYS
from tests.contract.ledger.cases import (
    StillClock,
    decline,
    give_back,
    lose,
    memory_folder,
    opened,
    sell,
)

PROMISED = [
    "payment_id",
    "order_no",
    "gateway",
    "state",
    "amount",
    "refunded",
    "months",
    "card_masked",
    "approval_no",
    "gateway_ref",
    "operator",
    "counter",
    "created_at",
    "settled_at",
]


def row(**changes: object) -> dict[str, object]:
    """Return a row with every key."""
    numbers = {"amount": 1_000, "refunded": 0, "months": 0}
    return {key: numbers.get(key, "x") for key in EXPORT_KEYS} | changes


def exported(kind: str, rows: list[dict[str, object]]) -> bytes:
    stream = io.BytesIO()
    assert write_export_to(rows, kind, stream) == len(rows)
    return stream.getvalue()


def cells_of_xlsx(content: bytes) -> list[list[Any]]:
    """Return the cells of all sheets as openpyxl reads them, headings once."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    read: list[list[Any]] = []
    for sheet in book.worksheets:
        lines = [list(line) for line in sheet.iter_rows()]
        read += lines if not read else lines[1:]
    book.close()
    return read


def test_rows_of_a_ledger_are_as_promised() -> None:
    with memory_folder() as folder, opened(folder, clock := StillClock()) as ledger:

        async def story() -> None:
            await give_back(ledger, await sell(ledger, 1, months=Months(3)), 5_000)
            clock.pass_by(days=1)
            await lose(ledger, 2)
            clock.pass_by(days=1)
            await decline(ledger, 3)

        asyncio.run(story())
        rows = list(ledger.export_rows())
        second = dt.date(2025, 3, 3)
        assert [r["payment_id"] for r in ledger.export_rows(since=second)] == ["pay2", "pay3"]
        assert [r["payment_id"] for r in ledger.export_rows(until=second)] == ["pay1", "pay2"]
        assert [r["payment_id"] for r in ledger.export_rows(second, second)] == ["pay2"]
        assert list(ledger.export_rows(until=second - dt.timedelta(days=9))) == []
    assert [list(r) for r in rows] == [PROMISED] * 3
    assert rows[0] == {
        "payment_id": "pay1",
        "order_no": "20250302010000000000000001",
        "gateway": "kcp",
        "state": "APPROVED",
        "amount": 55_000,
        "refunded": 5_000,
        "months": 3,
        "card_masked": "943112******4242",
        "approval_no": "30000001",
        "gateway_ref": "25030200000001",
        "operator": "주인",
        "counter": "01",
        "created_at": "2025-03-02T00:30:00+09:00",
        "settled_at": "2025-03-02T00:30:00+09:00",
    }
    assert (rows[1]["state"], rows[1]["settled_at"]) == ("UNKNOWN", "")


def test_json_lines_keep_types_and_order() -> None:
    lines = exported("jsonl", [row(operator="김\n'\"")]).decode().splitlines()
    read = json.loads(lines[0])
    assert list(read) == PROMISED
    assert read == row(operator="김\n'\"")


def test_csv_is_what_excel_reads() -> None:
    content = exported("csv", [row(operator='김 "점장", 1')])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b'"\r\n')
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert list(read[0]) == PROMISED
    assert read[0]["operator"] == '김 "점장", 1'
    assert read[0]["amount"] == "1000"


@pytest.mark.parametrize("kind", FORMATS)
def test_an_empty_ledger_gives_headings_only(kind: str) -> None:
    content = exported(kind, [])
    if kind == "jsonl":
        assert content == b""
    elif kind == "csv":
        assert content.decode("utf-8-sig").count("\r\n") == 1
    else:
        assert [[c.value for c in line] for line in cells_of_xlsx(content)] == [PROMISED]


DANGEROUS = [
    "=1+1",
    '=HYPERLINK("http://x")',
    "+82",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "  =1",
    "\u3000=1",
    "\x00=1",
    "\x0b=1",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_of_a_csv_is_a_formula(text: str) -> None:
    content = exported("csv", [row(operator=text)]).decode("utf-8-sig")
    (read,) = csv.DictReader(io.StringIO(content, newline=""))
    assert read["operator"].startswith("'")
    assert read["operator"][1:] == text.replace("\x00", "").replace("\x0b", "")


@pytest.mark.parametrize("text", [*DANGEROUS, "{=1}", "0123", "1e5", "TRUE", "2025-03-02", "#N/A"])
def test_every_text_in_xlsx_is_text(text: str) -> None:
    line = cells_of_xlsx(exported("xlsx", [row(operator=text)]))[1]
    cell = line[PROMISED.index("operator")]
    assert cell.data_type == "s"
    kept = text.replace("\x00", "").replace("\x0b", "").replace("\r", "\n")
    assert cell.value.replace("_x000D_", "\n") == kept
    assert line[PROMISED.index("amount")].data_type == "n"
    assert line[PROMISED.index("amount")].value == 1_000


@given(st.text(max_size=30))
def test_any_text_can_be_exported_everywhere(text: str) -> None:
    rows = [row(operator=text.encode("utf-8", "replace").decode())]
    for kind in FORMATS:
        exported(kind, rows)


def test_a_sheet_that_is_full_goes_on_in_the_next() -> None:
    stream = io.BytesIO()
    rows = [row(payment_id=f"pay{n}") for n in range(5)]
    assert exports._write_xlsx(rows, stream, sheet_rows=2) == 5
    content = stream.getvalue()
    lines = cells_of_xlsx(content)
    assert [line[0].value for line in lines] == ["payment_id", *(f"pay{n}" for n in range(5))]
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["1", "3", "5"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_is_written_whole_and_private(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"books.{kind}"
    path.write_text("older")
    assert write_export([row(), row()], kind, path) == 2
    assert path.read_bytes() != b"older"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_that_breaks_off_leaves_the_older_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "books"
    path.write_text("older")

    def rows() -> Iterator[dict[str, object]]:
        yield row()
        raise ShopTrouble("ledger.damaged", file="x")

    with pytest.raises(ShopTrouble, match=r"ledger\.damaged"):
        write_export(rows(), kind, path)
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_none_and_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(ShopTrouble, match=r"export\.not_writable") as trouble:
        write_export([row()], "csv", tmp_path / "nowhere" / "books.csv")
    assert trouble.value.params == {"file": str(tmp_path / "nowhere" / "books.csv")}

    def full() -> Iterator[dict[str, object]]:
        yield row()
        raise OSError(28, "No space left on device")

    with pytest.raises(ShopTrouble, match=r"export\.disk_full"):
        write_export(full(), "jsonl", tmp_path / "books.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format() -> None:
    with pytest.raises(UserMistake, match=r"export\.format_unknown") as mistake:
        write_export_to([], "pdf", io.BytesIO())
    assert mistake.value.params == {"formats": "jsonl, csv, xlsx"}
