"""Reads the transaction list that a person saves from KCP's partner site (상점관리자 > 거래내역).

How that file looks is in no paper: columns are known by their names, in all spellings seen, and
whatever is not surely a list of transactions is refused with words. A line is a hint, never a
proof: who uses it looks each transaction up.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from pos_app.domain.errors import UserMistake
from pos_app.domain.money import Won, parse_won
from pos_app.domain.order import ORDER_NO_MAX
from pos_app.gateways.kcp.answers import TNO

#: Larger than a year of a busy counter.
BYTES_MAX = 20_000_000
ROWS_MAX = 50_000
#: The names stand in one of the first lines, behind a title and the days asked for.
_HEAD_LINES = 30
#: Names of columns as they occur, without blanks and in lower case.
_ORDER = frozenset(
    {
        "주문번호",
        "가맹점주문번호",
        "상점주문번호",
        "쇼핑몰주문번호",
        "ordr_idxx",
        "order_no",
        "orderno",
    }
)
_REFERENCE = frozenset(
    {"거래번호", "kcp거래번호", "kcp거래고유번호", "거래고유번호", "승인거래번호", "tno"}
)
_AMOUNT = frozenset(
    {
        "금액",
        "거래금액",
        "승인금액",
        "결제금액",
        "거래금액(원)",
        "결제금액(원)",
        "amount",
        "card_mny",
    }
)
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
        order, reference = _place(names, _ORDER), _place(names, _REFERENCE)
        if order is not None and reference is not None:
            return place, (order, reference, _place(names, _AMOUNT))
    raise UserMistake("list.no_columns")


def _place(names: Sequence[str], known: frozenset[str]) -> int | None:
    """Return the place of the first of these names."""
    return next((place for place, name in enumerate(names) if name in known), None)


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
