"""The books as files: JSON lines for programs, CSV for everything, XLSX for the accountant.

A cell must never become a formula (OWASP, CSV injection): in CSV it is disarmed by an apostrophe,
in XLSX it is typed as text. A file appears whole or not at all.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.ledger.projection import EXPORT_KEYS

Rows = Iterable[Mapping[str, object]]

#: Excel reads a CSV file as UTF-8 only when it begins with this mark.
_BOM = "\ufeff".encode()
#: What makes a cell a formula, half and full width (security.md 8), also behind spaces.
_FORMULA = re.compile(r"[ \u3000]*[=+\-@\t\r\n＝＋－＠]")
#: What XML 1.0 cannot hold, and what would break a cell in two.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
#: A sheet of Excel ends at 1,048,576 rows; the rest goes on in the next one.
SHEET_ROWS = 1_000_000
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}


def write_export(rows: Rows, kind: str, path: Path) -> int:
    """Write the books to a file, which replaces an older one only when it is complete.

    Args:
        rows: from `SqlLedger.export_rows`.
        kind: one of `FORMATS`.
        path: where to; its folder exists.

    Returns:
        How many payments were written.

    Raises:
        UserMistake: `export.format_unknown`.
        ShopTrouble: `export.not_writable` or `export.disk_full`; the older file is still there.
    """
    write = _writer_for(kind)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with _new_file(fresh) as stream:
            count = write(rows, stream)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
    except OSError as error:
        code = "export.disk_full" if error.errno in _FULL else "export.not_writable"
        raise ShopTrouble(code, file=str(path)) from error
    finally:
        with suppress(OSError):  # replaced, or never made
            fresh.unlink(missing_ok=True)
    return count


def write_export_to(rows: Rows, kind: str, stream: BinaryIO) -> int:
    """Write the books to an open binary stream; return how many payments were written.

    Raises:
        UserMistake: `export.format_unknown`.
    """
    return _writer_for(kind)(rows, stream)


def _writer_for(kind: str) -> Callable[[Rows, BinaryIO], int]:
    """Return what writes that format."""
    try:
        return _WRITERS[kind]
    except KeyError as error:
        raise UserMistake("export.format_unknown", formats=", ".join(FORMATS)) from error


def _new_file(path: Path) -> BinaryIO:
    """Open a file that did not exist, for its owner's eyes."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _write_jsonl(rows: Rows, stream: BinaryIO) -> int:
    """Write one JSON object a line, keys in the order of the row."""

    def put(row: Mapping[str, object]) -> int:
        stream.write(msgspec.json.encode(dict(row)) + b"\n")
        return 1

    return sum(put(row) for row in rows)


def _write_csv(rows: Rows, stream: BinaryIO) -> int:
    """Write UTF-8 with its mark, everything in quotes, lines ended as RFC 4180 says."""

    def put(row: Mapping[str, object]) -> int:
        stream.write(_csv_line(_disarmed(row[key]) for key in EXPORT_KEYS))
        return 1

    stream.write(_BOM)
    stream.write(_csv_line(EXPORT_KEYS))
    return sum(put(row) for row in rows)


def _csv_line(cells: Iterable[str]) -> bytes:
    """Return one line."""
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(list(cells))
    return line.getvalue().encode("utf-8")


def _disarmed(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = _UNPRINTABLE.sub("", str(value))
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def _write_xlsx(rows: Rows, stream: BinaryIO, sheet_rows: int = SHEET_ROWS) -> int:
    """Write a workbook row by row, so that years of sales fit into memory."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    try:
        count = _fill(book, rows, sheet_rows)
    except BaseException:
        book.save(io.BytesIO())  # openpyxl takes its temporary files away when it saves
        raise
    book.save(stream)
    return count


def _fill(book: Any, rows: Rows, sheet_rows: int) -> int:  # noqa: ANN401 - openpyxl publishes no types
    """Put the rows into as many sheets as they need; return how many they were."""
    sheet = _new_sheet(book, 1)
    count = 0
    for number, row in enumerate(rows):
        if number and number % sheet_rows == 0:
            sheet = _new_sheet(book, number + 1)
        sheet.append([_cell(sheet, row[key]) for key in EXPORT_KEYS])
        count = number + 1
    return count


def _new_sheet(book: Any, first: int) -> Any:  # noqa: ANN401 - openpyxl publishes no types
    """Add a sheet named for its first row, headings included."""
    sheet = book.create_sheet(str(first))
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, key) for key in EXPORT_KEYS])
    return sheet


def _cell(sheet: Any, value: object) -> Any:  # noqa: ANN401 - openpyxl publishes no types
    """Return a cell: numbers as numbers, everything else typed as text, a formula's look too."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, int):
        return WriteOnlyCell(sheet, value=value)
    cell = WriteOnlyCell(sheet, value=_UNPRINTABLE.sub("", str(value)))
    cell.data_type = "s"
    return cell


_WRITERS: dict[str, Callable[[Rows, BinaryIO], int]] = {
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "xlsx": _write_xlsx,
}
#: What `write_export` knows, for the command line and the window.
FORMATS = tuple(_WRITERS)
