"""Walks the whole ledger: every fact against the chain, every stored row against the facts.

Read page by page, so that sales go on in between; facts that are added meanwhile are not looked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, func, select, union_all

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.stream_kinds import STREAM_KINDS
from pos_app.domain.streams import StreamKind
from pos_app.ledger.anchor import is_anchored
from pos_app.ledger.book import Book
from pos_app.ledger.chain import Break, Chain, Head, Line, Walk
from pos_app.ledger.reading import lines_from, load, load_streams
from pos_app.ledger.schema import facts, ledger_head, payments, search_texts, streams

_T = TypeVar("_T")
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a walk through the ledger found.

    Attributes:
        entries: facts that were found good.
        first_bad_seq: the first place that is wrong, None if none is.
        head: the end of the chain as far as it holds.
        why: "" or what is wrong: "file" (the database itself), "gap" (a fact is missing), "order",
            "mac" (a fact was changed), "head" (the end was cut off or put back), "rolled_back" (an
            older ledger than the one seen before), "projection" (a list shows something else than
            the facts).
    """

    entries: int
    ok: bool
    first_bad_seq: int | None
    head: Head
    why: str = ""


class Look(Protocol):
    """Runs a job that only reads on the ledger's thread."""

    def __call__(self, job: Callable[[], _T]) -> Awaitable[_T]:
        """Return what the job returns."""


@dataclass(frozen=True, slots=True)
class _End:
    """What was there when the walk began: the last fact's place, and the head if its seal holds."""

    last_seq: int
    head: Head | None


async def verify(book: Book, look: Look, anchors: tuple[Head, ...]) -> VerifyReport:
    """Check everything; see `SqlLedger.verify`."""
    walk = Walk(book.chain)
    if not await look(lambda: book.look(book.storage.is_intact)):
        return _report(walk, Break(seq=1, why="file"))
    end = await look(lambda: book.look(lambda connection: _end(connection, book.chain)))
    seen = {anchor for anchor in anchors if is_anchored(walk.head, anchor)}
    while walk.head.seq < end.last_seq:
        first, count = walk.head.seq + 1, min(_PAGE, end.last_seq - walk.head.seq)
        for line in await look(_page(book, first, count)):
            wrong = walk.step(line)
            if wrong is not None:
                return _report(walk, wrong)
            seen.update(anchor for anchor in anchors if is_anchored(walk.head, anchor))
    if end.head != walk.head:
        reached = walk.head.seq if end.head is None else min(end.head.seq, walk.head.seq)
        return _report(walk, Break(seq=reached + 1, why="head"))
    lost = [anchor.seq for anchor in anchors if anchor not in seen]
    if lost:
        return _report(walk, Break(seq=min(*lost, walk.head.seq + 1), why="rolled_back"))
    return _report(walk, await _first_wrong_row(book, look, end.last_seq))


def _report(walk: Walk, wrong: Break | None) -> VerifyReport:
    """Return what the walk has found so far."""
    return VerifyReport(
        entries=walk.head.seq,
        ok=wrong is None,
        first_bad_seq=None if wrong is None else wrong.seq,
        head=walk.head,
        why="" if wrong is None else wrong.why,
    )


def _end(connection: Connection, chain: Chain) -> _End:
    """Read where the ledger ends."""
    last_seq = connection.scalar(select(func.coalesce(func.max(facts.c.seq), 0))) or 0
    row = connection.execute(select(ledger_head)).one_or_none()
    if row is None:
        return _End(last_seq, None)
    head = Head(seq=row.seq, mac=row.mac)
    return _End(last_seq, head if chain.is_sealed(head, row.seal) else None)


def _page(book: Book, first: int, count: int) -> Callable[[], list[Line]]:
    """Return the job that reads one page of facts; an empty page is a gap to the end."""

    def job() -> list[Line]:
        return book.look(lambda connection: lines_from(connection, first, count))

    return job


async def _first_wrong_row(book: Book, look: Look, last_seq: int) -> Break | None:
    """Hold every stored row against the facts; return the first payment where they differ."""
    missing = await look(lambda: book.look(lambda connection: _unlisted(connection, last_seq)))
    if missing is not None:
        return Break(seq=missing, why="projection")
    for job in (_rows_job, _stream_rows_job):
        after = 0
        while after < last_seq:
            page = await look(job(book, after, last_seq))
            if isinstance(page, Break):
                return page
            after = page
    return None


def _unlisted(connection: Connection, last_seq: int) -> int | None:
    """Return the place of the first payment or stream that has facts and is in no list."""
    listed = union_all(
        select(payments.c.first_seq).join(
            search_texts, search_texts.c.first_seq == payments.c.first_seq
        ),
        select(streams.c.first_seq),
    )
    first = connection.scalar(
        select(func.min(facts.c.seq))
        .where(facts.c.version == 1, facts.c.seq <= last_seq)
        .where(facts.c.seq.not_in(listed))
    )
    return None if first is None else int(first)


def _rows_job(book: Book, after: int, last_seq: int) -> Callable[[], int | Break]:
    """Return the job that checks one page of payments and tells how far it came."""

    def work(connection: Connection) -> int | Break:
        rows = connection.execute(
            select(payments.c.first_seq, payments.c.payment_id)
            .where(payments.c.first_seq > after, payments.c.first_seq <= last_seq)
            .order_by(payments.c.first_seq)
            .limit(_PAGE)
        ).all()
        if not rows:
            return last_seq
        if _wrong(connection, book.chain, [row.payment_id for row in rows]):
            for row in rows:
                if _wrong(connection, book.chain, [row.payment_id]):
                    return Break(seq=row.first_seq, why="projection")
        return int(rows[-1].first_seq)

    return lambda: book.look(work)


def _stream_rows_job(book: Book, after: int, last_seq: int) -> Callable[[], int | Break]:
    """Do as `_rows_job` for streams."""

    def work(connection: Connection) -> int | Break:
        rows = connection.execute(
            select(streams.c.first_seq, streams.c.stream_id, streams.c.kind)
            .where(streams.c.first_seq > after, streams.c.first_seq <= last_seq)
            .order_by(streams.c.first_seq)
            .limit(_PAGE)
        ).all()
        for row in rows:
            kind = STREAM_KINDS.get(row.kind)
            if kind is None or _wrong_stream(connection, book.chain, kind, row.stream_id):
                return Break(seq=row.first_seq, why="projection")
        return int(rows[-1].first_seq) if rows else last_seq

    return lambda: book.look(work)


def _wrong_stream(
    connection: Connection, chain: Chain, kind: StreamKind[Any], stream_id: str
) -> bool:
    """Tell whether this stream cannot be read as its row says."""
    try:
        load_streams(connection, chain, kind, [stream_id])
    except (Bug, ShopTrouble) as error:
        if error.code == "ledger.newer_facts":
            raise
        return True
    return False


def _wrong(connection: Connection, chain: Chain, payment_ids: list[str]) -> bool:
    """Tell whether one of these payments cannot be read as its rows say."""
    try:
        load(connection, chain, payment_ids)
    except (Bug, ShopTrouble) as error:
        if error.code == "ledger.newer_facts":
            raise
        return True
    return False
