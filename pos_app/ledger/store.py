"""The ledger as the services see it: async, durable, one thread underneath.

`SqlLedger` fits `services/ports.Ledger` by shape. What it promises there and here holds on SQLite
today; nothing in it knows which engine is below.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, select

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.facts import Author, Entry, Fact, Prepared
from pos_app.domain.money import Won
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import HistoryQuery
from pos_app.ledger import queries
from pos_app.ledger.anchor import Anchor
from pos_app.ledger.book import Book, HasNow
from pos_app.ledger.chain import Chain, Head
from pos_app.ledger.engines import Durability
from pos_app.ledger.lock import InstanceLock
from pos_app.ledger.opening import check_head, open_storage
from pos_app.ledger.projection import Row, day_begins, day_ends, export_row
from pos_app.ledger.schema import payments
from pos_app.ledger.spool import FileSpool
from pos_app.ledger.stream_book import StreamBook
from pos_app.ledger.stream_store import SqlStreams
from pos_app.ledger.troubles import disk_trouble
from pos_app.ledger.verifying import VerifyReport, verify
from pos_app.ledger.writer import Writer
from pos_app.logs import log, log_event

__all__ = ["Head", "SqlLedger", "VerifyReport", "open_ledger"]

_EXPORT_PAGE = 500


def open_ledger(  # noqa: PLR0913 - all by name; each is the caller's alone to know
    url: str,
    folder: Path,
    *,
    key: bytes,
    install_id: str,
    clock: HasNow,
    read_only: bool = False,
    anchors: tuple[Head, ...] = (),
    accept: bool = False,
    durability: Durability | None = None,
) -> SqlLedger:
    """Open the ledger of this installation, made and migrated where needed. Blocks.

    Args:
        url: "sqlite": the file `ledger.db` in `folder`.
        folder: `<data>/ledger`.
        key: 32 bytes from the vault (`Vault.ledger_key`).
        install_id: name of the installation, from the vault.
        clock: gives the time of facts.
        read_only: take no lock and change nothing: for export, verify and doctor while the window
            runs. Where no other copy runs, open it for writing: only that mends what a crash left.
        anchors: heads of this ledger that were kept elsewhere (`SqlLedger.head`); a MAC may be cut.
        accept: open it although it is older than it was once seen (`SqlLedger.accept`).
        durability: instead of what the version of SQLite asks for; for tests.

    Raises:
        UserMistake: `ledger.url_unknown`.
        ShopTrouble: `ledger.<why>`, listed in README.md; the ledger was left as it was.
    """
    chain = Chain(key, install_id)
    opened = open_storage(
        url,
        folder,
        chain,
        read_only=read_only,
        anchors=anchors,
        accept=accept,
        durability=durability,
    )
    spool = FileSpool(folder.resolve(), chain)
    if opened.lock is None:
        return SqlLedger(Book(opened.storage, chain, clock), None, spool, opened.anchors, None)
    try:
        _make_room(spool)
        kept = Anchor(opened.lock, chain)
        book = Book(opened.storage, chain, clock, kept.note)
        if not accept:
            kept.note(book.look(lambda connection: check_head(connection, chain)))
    except BaseException as error:
        opened.storage.engine.dispose()
        opened.lock.release()
        if isinstance(error, OSError):  # of the lock file
            raise disk_trouble(error, folder) from error
        raise
    return SqlLedger(book, opened.lock, spool, opened.anchors, kept)


def _make_room(spool: FileSpool) -> None:
    """Keep room for answers; without it an approval that the ledger cannot take is undone."""
    try:
        spool.make_room()
    except ShopTrouble as trouble:
        log_event(log.ledger, logging.WARNING, "spool.no_room", code=trouble.code)


class SqlLedger:
    """Durable facts; the methods of the port, and those of the commands."""

    def __init__(
        self,
        book: Book,
        lock: InstanceLock | None,
        spool: FileSpool,
        anchors: tuple[Head, ...] = (),
        kept: Anchor | None = None,
    ) -> None:
        """Take what is open.

        Args:
            book: reads and writes.
            lock: let go at the end; without one nothing is written.
            spool: lies beside it.
            anchors: heads that were remembered outside when this was opened.
            kept: where new heads are remembered.
        """
        self._anchors = anchors
        self._kept = kept
        self._book = book
        self._lock = lock
        self._may_write = lock is not None
        self._writer = Writer()
        self._closed = False
        #: Where answers wait that this ledger cannot take.
        self.spool = spool
        #: Records beside payments, in the same chain.
        self.streams = SqlStreams(StreamBook(book), self._writer, may_write=self._may_write)

    # ------------------------------------------------------------------------------------ the port

    async def prepare(self, author: Author, fact: Prepared, *more: Fact) -> PaymentRecord:
        """Store the first fact of a payment, and those that are true already, all or none.

        Raises:
            UserMistake: `sale.attempt_live` with the `order_no` that is live, and its `counter`.
            ShopTrouble: nothing was stored.
            Bug: `ledger.duplicate`: the payment or its order number is stored already.
        """
        self._check_may_write()
        return await self._writer.write(lambda: self._book.prepare(author, fact, more))

    async def append(
        self, payment_id: PaymentId, author: Author, *facts: Fact, version: int
    ) -> PaymentRecord:
        """Store facts behind the `version` the caller has seen, all of them or none.

        Raises:
            ShopTrouble: nothing was stored; `ledger.unclear`: nobody can tell, open it again.
            Bug: `ledger.version_moved`, or a fact that cannot follow; nothing was stored.
        """
        self._check_may_write()
        return await self._writer.write(
            lambda: self._book.append(payment_id, author, facts, version)
        )

    async def get(self, payment_id: PaymentId) -> PaymentRecord:
        """Return a payment folded from its facts; a missing one is a `Bug`."""
        return (await self._writer.read(lambda: self._book.get(payment_id))).record

    async def find_order(self, order_no: str) -> PaymentRecord | None:
        """Return the payment of an order number."""
        found = await self._find(queries.with_order_no(order_no))
        return found[0] if found else None

    async def entries(self, payment_id: PaymentId) -> Sequence[Entry]:
        """Return all facts of a payment, oldest first; a missing one is a `Bug`."""
        return (await self._writer.read(lambda: self._book.get(payment_id))).entries

    async def open_payments(self) -> Sequence[PaymentRecord]:
        """Return every payment about which something is not settled, oldest first."""
        return await self._find(queries.still_open())

    async def search(self, query: HistoryQuery) -> Sequence[PaymentRecord]:
        """Return payments, newest first."""
        return await self._find(queries.in_history(query))

    async def recent(self, count: int) -> Sequence[PaymentRecord]:
        """Return the last payments, those that are open on top, then newest first."""
        return await self._find(queries.latest(count))

    async def same_card(
        self, card_masked: str, amount: Won, since: dt.datetime
    ) -> Sequence[PaymentRecord]:
        """Return payments of that masked card and amount: live and newer than `since`, or open."""
        return await self._find(queries.on_card(card_masked, amount, since))

    # ------------------------------------------------------------------------------- the commands

    async def verify(self, anchor: Head | None = None) -> VerifyReport:
        """Check the file, the chain and the lists against the facts; sales wait some seconds.

        Args:
            anchor: a head seen earlier and kept elsewhere; an older ledger put in place of this
                one does not have it. None: those that were remembered when this was opened.
        """
        anchors = self._anchors if anchor is None else (anchor,)
        return await verify(self._book, self._writer.read, anchors)

    def accept(self) -> Head:
        """Let this ledger count, older than it was once seen or not; return its end. Blocks.

        Raises:
            ShopTrouble: the disk is in the way.
        """
        self._check_may_write()
        book = self._book
        head = self._writer.call(lambda: book.look(lambda c: check_head(c, book.chain)))
        if self._kept is not None:
            self._kept.reset(head)
        self._anchors = (head,)
        return head

    @property
    def start(self) -> Head:
        """Return the beginning of the chain, which every ledger of this key has."""
        return self._book.chain.start()

    async def head(self) -> Head:
        """Return the end of the chain, to be kept elsewhere as an anchor for `verify`."""
        book = self._book
        return await self._writer.read(lambda: book.look(lambda c: check_head(c, book.chain)))

    def export_rows(
        self, since: dt.date | None = None, until: dt.date | None = None
    ) -> Iterator[Row]:
        """Yield the books, oldest first, a dict a payment with the promised keys in their order.

        Blocks while a page is read, so not for the thread of the event loop.

        Args:
            since: first KST day.
            until: last KST day.
        """
        after = 0
        while page := self._writer.call(self._export_job(after, since, until)):
            for row in page:
                after = row["first_seq"]
                yield export_row(row)

    def describe(self) -> dict[str, str]:
        """Return where the ledger lies and how it writes, for doctor. Blocks."""
        return self._writer.call(lambda: self._book.look(self._book.storage.describe))

    def close(self) -> None:
        """Finish what waits, close the database, let go of the lock; a second time does nothing."""
        self._closed = True
        self._writer.close()
        self.spool.close()
        self._book.close()
        if self._lock is not None:
            self._lock.release()

    async def aclose(self) -> None:
        """Do as `close`, letting the event loop run while what waits is finished."""
        if not self._closed:
            await self._writer.write(lambda: None)
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --------------------------------------------------------------------------------------- inside

    async def _find(self, ids: queries.Ids) -> Sequence[PaymentRecord]:
        """Return the payments a statement finds."""
        return await self._writer.read(lambda: self._book.find(ids))

    def _check_may_write(self) -> None:
        """Refuse to write through a ledger that was opened for reading."""
        if not self._may_write:
            raise Bug("ledger.opened_for_reading")

    def _export_job(
        self, after: int, since: dt.date | None, until: dt.date | None
    ) -> Callable[[], list[Mapping[str, Any]]]:
        """Return the job that reads one page of the books behind the place `after`."""
        wanted = (
            select(payments)
            .where(payments.c.first_seq > after)
            .order_by(payments.c.first_seq)
            .limit(_EXPORT_PAGE)
        )
        if since is not None:
            wanted = wanted.where(payments.c.created_at >= day_begins(since))
        if until is not None:
            wanted = wanted.where(payments.c.created_at < day_ends(until))

        def work(connection: Connection) -> list[Mapping[str, Any]]:
            return [row._asdict() for row in connection.execute(wanted)]

        return lambda: self._book.look(work)
