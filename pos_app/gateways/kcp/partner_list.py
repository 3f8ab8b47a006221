"""Reads the transaction list that a person saves as CSV from KCP's partner site.

How that file looks is in no paper: columns are known by their names, of which a table has the
spellings, and whatever is not surely a list of transactions is refused with words. A line is a
hint, never a proof: who uses it looks each transaction up.
"""

from __future__ import annotations

import csv
import functools
import io
import re
from collections.abc import Mapping, Sequence

from pos_app.domain.errors import UserMistake
from pos_app.domain.money import Won, parse_won
from pos_app.domain.order import ORDER_NO_MAX
from pos_app.gateways.kcp.answers import TNO
from pos_app.resources import resource_path

#: Larger than a year of a busy counter.
BYTES_MAX = 20_000_000
ROWS_MAX = 50_000
#: The names stand in one of the first lines, behind a title and the days asked for.
_HEAD_LINES = 30
#: An old or a new Excel file, whatever its name says.
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
#: What Excel makes of a long number: its last digits are gone.
_ROUNDED = re.compile(r"[0-9][.,]?[0-9]*[eE]\+[0-9]+", re.ASCII)
_ORDER_FORM = re.compile(r"[0-9A-Za-z_\-]{1,40}", re.ASCII)

Line = tuple[str, str, Won | None]


def read_partner_list(data: bytes) -> tuple[Line, ...]:
    """Return order number, transaction number and amount (None if not told) of each line, once.

    Raises:
        UserMistake: `list.<why>`: it is no such list, with the line where it is one.
    """
    rows = list(_rows(data))
    place, columns = _columns(rows)
    found: dict[tuple[str, str], Line] = {}
    for number, row in enumerate(rows[place + 1 :], start=place + 2):
        line = _line(row, columns, number)
        if line is not None:
            found.setdefault(line[:2], line)
    if not found:
        raise UserMistake("list.empty")
    return tuple(found.values())


def _rows(data: bytes) -> Sequence[list[str]]:
    """Return the cells, from UTF-8 or from what Korean Windows writes (CP949)."""
    if data.startswith(_EXCEL):
        raise UserMistake("list.is_excel")
    if len(data) > BYTES_MAX:
        raise UserMistake("list.too_big")
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UserMistake("list.unreadable")
    head = "\n".join(text.splitlines()[:_HEAD_LINES])
    delimiter = max(",\t;", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UserMistake("list.unreadable") from error
    if len(rows) > ROWS_MAX:
        raise UserMistake("list.too_big")
    return rows


def _columns(rows: Sequence[list[str]]) -> tuple[int, tuple[int, int, int | None]]:
    """Return in which line the names stand, and the places of order, reference and amount."""
    for place, row in enumerate(rows[:_HEAD_LINES]):
        names = ["".join(cell.split()).lower() for cell in row]
        order, reference = _place(names, "order_no"), _place(names, "tno")
        if order is not None and reference is not None:
            return place, (order, reference, _place(names, "amount"))
    raise UserMistake("list.no_columns")


def _place(names: Sequence[str], column: str) -> int | None:
    """Return the place of the first name that is one of this column's."""
    known = _names()[column]
    return next((place for place, name in enumerate(names) if name in known), None)


@functools.cache
def _names() -> Mapping[str, frozenset[str]]:
    """Return the names a column is known by."""
    path = resource_path("tables", "kcp_list_columns.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["column"], row["name"]) for row in csv.DictReader(file, delimiter="\t")]
    return {column: frozenset(n for c, n in rows if c == column) for column, _ in rows}


def _line(row: Sequence[str], columns: tuple[int, int, int | None], number: int) -> Line | None:
    """Return one line; None for one that holds no transaction, like a sum."""
    order_at, reference_at, amount_at = columns
    if max(order_at, reference_at) >= len(row):
        return None
    order_no, reference = _plain(row[order_at]), _plain(row[reference_at])
    if not order_no or not reference:
        return None
    if _ROUNDED.fullmatch(reference) or _ROUNDED.fullmatch(order_no):
        raise UserMistake("list.rounded", line=number)
    if not TNO.fullmatch(reference):
        raise UserMistake("list.bad_reference", line=number)
    if not _ORDER_FORM.fullmatch(order_no[:ORDER_NO_MAX]) or len(order_no) > ORDER_NO_MAX:
        raise UserMistake("list.bad_order", line=number)
    told = _plain(row[amount_at]) if amount_at is not None and amount_at < len(row) else ""
    return order_no, reference, _amount(told)


def _plain(cell: str) -> str:
    """Return a cell without blanks and without what keeps Excel from rounding it."""
    return cell.strip().removeprefix("=").strip('"').removeprefix("'").strip()


def _amount(told: str) -> Won | None:
    """Return an amount; None for what is none, like a cancelled line's negative one."""
    try:
        return parse_won(told) if told else None
    except UserMistake:
        return None
