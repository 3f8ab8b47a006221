"""Payments and streams: their facts, checked and folded, and held against the stored rows.

What is read is never trusted further than its MAC, and the fold and the rows must say the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, select

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.facts import Entry
from pos_app.domain.folding import replay
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.streams import StreamEntry, StreamKind, StreamRecord
from pos_app.ledger.chain import Chain, Line
from pos_app.ledger.projection import (
    entry_of,
    payment_row,
    refund_row,
    stream_entry_of,
    stream_row,
)
from pos_app.ledger.schema import facts, payments, refunds, streams

_R = TypeVar("_R", bound=StreamRecord)

#: Payments read by one statement; far below what any engine allows as parameters.
_AT_ONCE = 500
_LINE_COLUMNS = [facts.c[name] for name in Line.__slots__]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A payment with the entries it was folded from, oldest first."""

    record: PaymentRecord
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class LoadedStream(Generic[_R]):
    """The same of a stream."""

    record: _R
    entries: tuple[StreamEntry, ...]


def load(connection: Connection, chain: Chain, payment_ids: Sequence[str]) -> list[Loaded]:
    """Return payments in the order of `payment_ids`; one that does not exist is left out.

    Raises:
        ShopTrouble: `ledger.chain_broken`: a stored fact was changed or is missing;
            `ledger.newer_facts`.
        Bug: `ledger.projection_differs`, or facts that cannot be folded.
    """
    found: list[Loaded] = []
    wanted = iter(payment_ids)
    while part := list(islice(wanted, _AT_ONCE)):
        found.extend(_load_some(connection, chain, part))
    return found


def load_streams(
    connection: Connection, chain: Chain, kind: StreamKind[_R], stream_ids: Sequence[str]
) -> list[LoadedStream[_R]]:
    """Return streams of one kind in the order of `stream_ids`; what does not exist is left out.

    Raises:
        As `load`.
    """
    found: list[LoadedStream[_R]] = []
    wanted = iter(stream_ids)
    while part := list(islice(wanted, _AT_ONCE)):
        lines = _lines_of(connection, part)
        rows = connection.execute(select(streams).where(streams.c.stream_id.in_(part)))
        stored = {row.stream_id: row._asdict() for row in rows}
        found += [
            _fold_stream(chain, kind, lines[stream_id], stored.get(stream_id))
            for stream_id in part
            if stream_id in lines or stream_id in stored
        ]
    return found


def lines_from(connection: Connection, first: int, count: int) -> list[Line]:
    """Return up to `count` lines from place `first` on, in order."""
    statement = select(*_LINE_COLUMNS).where(facts.c.seq >= first).order_by(facts.c.seq)
    return [_line(row) for row in connection.execute(statement.limit(count))]


def line_at(connection: Connection, payment_id: str, version: int) -> Line | None:
    """Return one line of a payment."""
    statement = select(*_LINE_COLUMNS).where(
        facts.c.payment_id == payment_id, facts.c.version == version
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _line(row)


def last_line(connection: Connection) -> Line | None:
    """Return the last line of the ledger."""
    statement = select(*_LINE_COLUMNS).order_by(facts.c.seq.desc()).limit(1)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _line(row)


def _load_some(
    connection: Connection, chain: Chain, payment_ids: Sequence[str]
) -> Iterator[Loaded]:
    """Read what belongs to these payments with one statement a table."""
    lines = _lines_of(connection, payment_ids)
    wanted = payments.c.payment_id.in_(payment_ids)
    stored: dict[str, Mapping[str, Any]] = {
        row.payment_id: row._asdict() for row in connection.execute(select(payments).where(wanted))
    }
    given_back: dict[str, dict[object, Mapping[str, Any]]] = defaultdict(dict)
    for row in connection.execute(select(refunds).where(refunds.c.payment_id.in_(payment_ids))):
        given_back[row.payment_id][row.refund_id] = row._asdict()
    for payment_id in payment_ids:
        if payment_id in lines or payment_id in stored:
            yield _fold(chain, lines[payment_id], stored.get(payment_id), given_back[payment_id])


def _lines_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[Line]]:
    """Read the lines of these payments or streams, each in its order."""
    lines: dict[str, list[Line]] = defaultdict(list)
    for row in connection.execute(
        select(*_LINE_COLUMNS)
        .where(facts.c.payment_id.in_(ids))
        .order_by(facts.c.payment_id, facts.c.version)
    ):
        lines[row.payment_id].append(_line(row))
    return lines


def _check_lines(chain: Chain, lines: Sequence[Line], stored: Mapping[str, Any] | None) -> None:
    """Raise unless the lines are all there and whole."""
    for version, line in enumerate(lines, start=1):
        if line.version != version or not chain.is_whole(line):
            raise ShopTrouble("ledger.chain_broken", seq=line.seq)
    if not lines:
        raise ShopTrouble("ledger.chain_broken", seq=stored["first_seq"] if stored else 0)


def _fold_stream(
    chain: Chain,
    kind: StreamKind[_R],
    lines: Sequence[Line],
    stored: Mapping[str, Any] | None,
) -> LoadedStream[_R]:
    """Check the lines of a stream, fold them, and hold the result against the stored row."""
    _check_lines(chain, lines, stored)
    entries = tuple(stream_entry_of(line) for line in lines)
    record = kind.replay(entries)
    expected = stream_row(kind, record, entries[0].seq, entries[-1].at)
    differing = {"streams"} if stored is None else _differing(expected, stored)
    if differing:
        raise Bug(
            "ledger.projection_differs", payment_id=record.stream_id, columns=sorted(differing)
        )
    return LoadedStream(record=record, entries=entries)


def _differing(expected: Mapping[str, object], stored: Mapping[str, Any]) -> set[str]:
    """Return the names of columns that hold something else than expected."""
    return {name for name, value in expected.items() if stored[name] != value}


def _fold(
    chain: Chain,
    lines: Sequence[Line],
    stored: Mapping[str, Any] | None,
    given_back: Mapping[object, Mapping[str, Any]],
) -> Loaded:
    """Check the lines, fold them, and hold the result against the stored rows."""
    _check_lines(chain, lines, stored)
    entries = tuple(entry_of(line) for line in lines)
    record = replay(entries)
    differing = _differences(record, entries, stored, given_back)
    if differing:
        raise Bug(
            "ledger.projection_differs", payment_id=record.payment_id, columns=sorted(differing)
        )
    return Loaded(record=record, entries=entries)


def _differences(
    record: PaymentRecord,
    entries: Sequence[Entry],
    stored: Mapping[str, Any] | None,
    given_back: Mapping[object, Mapping[str, Any]],
) -> set[str]:
    """Return the names of columns that say something else than the facts."""
    if stored is None:
        return {"payments"}
    expected = payment_row(record, entries[0].seq, entries[-1].at)
    differing = _differing(expected, stored)
    if given_back.keys() != {refund.refund_id for refund in record.refunds}:
        return differing | {"refunds"}
    for refund in record.refunds:
        row = given_back[refund.refund_id]
        wanted = refund_row(PaymentId(record.payment_id), refund)
        differing |= {f"refunds.{name}" for name, value in wanted.items() if row[name] != value}
    return differing


def _line(row: Sequence[Any]) -> Line:
    """Return a row of `facts` as a line: its columns were selected in the order of the fields."""
    return Line(*row)
