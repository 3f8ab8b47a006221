"""The ledger's transactions, blocking; `store.SqlLedger` runs them on its one thread.

Every change appends facts, moves the rows folded from them and the head of the chain, in one
transaction, and is confirmed before it counts.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from sqlalchemy import Connection, and_, insert, or_, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from pos_app.domain.errors import Bug, PosError, ShopTrouble, UserMistake
from pos_app.domain.facts import Author, Entry, Fact, Prepared
from pos_app.domain.folding import apply, open_record
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.streams import StreamFact
from pos_app.ledger.chain import Chain, Head, Line
from pos_app.ledger.codec import encode_fact
from pos_app.ledger.engines import Storage, writing
from pos_app.ledger.opening import check_head
from pos_app.ledger.projection import payment_row, refund_row, stamp
from pos_app.ledger.queries import Ids
from pos_app.ledger.reading import Loaded, line_at, load
from pos_app.ledger.schema import facts, ledger_head, payments, refunds, search_texts
from pos_app.ledger.search import search_text
from pos_app.ledger.troubles import is_duplicate
from pos_app.logs import log, log_event

_T = TypeVar("_T")


class HasNow(Protocol):
    """A clock, as far as the ledger needs one."""

    def now(self) -> dt.datetime:
        """Return the wall time, aware."""


class Book:
    """Reads and writes one ledger over one connection; `stream_book` writes through it, too."""

    def __init__(
        self,
        storage: Storage,
        chain: Chain,
        clock: HasNow,
        note: Callable[[Head], None] | None = None,
    ) -> None:
        """Take what is open.

        Args:
            storage: an open database of the newest schema.
            chain: with its key.
            clock: gives the time of facts.
            note: told of each new end of the chain when it is committed.
        """
        self.storage = storage
        self.chain = chain
        self._engine = storage.engine
        self._writing = writing(storage.engine)
        self.clock = clock
        self._note = note

    def prepare(self, author: Author, fact: Prepared, more: Sequence[Fact] = ()) -> PaymentRecord:
        """Store the first facts of a payment; see `services/ports.Ledger.prepare`."""
        self.storage.look_for_room()
        records: list[PaymentRecord] = []

        def work(connection: Connection) -> Line:
            head = check_head(connection, self.chain)
            line, entry = self._next(head, fact.payment_id, 1, author, fact)
            record = open_record(entry)
            connection.execute(insert(payments), payment_row(record, line.seq, entry.at))
            self.insert_line(connection, line)
            words = {"first_seq": line.seq, "words": search_text(record)}
            connection.execute(insert(search_texts), words)
            self.move_head(connection, line)
            if more:
                record, line = self._store_all(connection, line.seq, record, line, author, more)
            records.append(record)
            return line

        try:
            self.change(work)
        except IntegrityError as error:
            raise self.look(lambda c: _refused_payment(c, fact)) or refused(error) from error
        return records[0]

    def append(
        self, payment_id: PaymentId, author: Author, new: Sequence[Fact], version: int
    ) -> PaymentRecord:
        """Store facts behind `version`; see `services/ports.Ledger.append`."""
        if not new:
            raise Bug("ledger.nothing_to_append", payment_id=payment_id)
        records: list[PaymentRecord] = []

        def work(connection: Connection) -> Line:
            head = check_head(connection, self.chain)
            before = self._one(connection, payment_id)
            if before.record.version != version:
                raise Bug(
                    "ledger.version_moved",
                    payment_id=payment_id,
                    seen=version,
                    stored=before.record.version,
                )
            first_seq = before.entries[0].seq
            record, line = self._store_all(connection, first_seq, before.record, head, author, new)
            records.append(record)
            return line

        try:
            self.change(work)
        except IntegrityError as error:
            raise refused(error) from error
        return records[0]

    def get(self, payment_id: PaymentId) -> Loaded:
        """Return a payment; a missing one is a `Bug`."""
        return self.look(lambda connection: self._one(connection, payment_id))

    def find(self, ids: Ids) -> list[PaymentRecord]:
        """Return the payments a statement of `queries` finds, in its order."""

        def work(connection: Connection) -> list[PaymentRecord]:
            found = list(connection.scalars(ids))
            return [loaded.record for loaded in load(connection, self.chain, found)]

        return self.look(work)

    def look(self, work: Callable[[Connection], _T]) -> _T:
        """Run `work`, which only reads, in one transaction.

        Raises:
            ShopTrouble: what the database says is in the way.
        """
        with self._troubles(), self._engine.begin() as connection:
            return work(connection)

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    # ---------------------------------------------------------------------------------- one change

    def change(self, work: Callable[[Connection], Line]) -> None:
        """Run `work` in one transaction and make sure that it is stored.

        Args:
            work: writes, and returns the last line it wrote.

        Raises:
            IntegrityError: a rule of the database refused it; nothing was changed.
            ShopTrouble: nothing was changed; `ledger.unclear`: nobody can tell whether it was.
        """
        with self._troubles(), self._writing.connect() as connection:
            transaction = connection.begin()
            try:
                line = work(connection)
            except BaseException:
                _take_back(connection)
                raise
            try:
                transaction.commit()
            except DBAPIError as error:
                connection.invalidate()  # a new connection sees what is really on the disk
                unclear = error
            else:
                if self._note is not None:
                    self._note(Head(seq=line.seq, mac=line.mac))
                return
        # Read again it may be in memory only, so it is no head to be remembered elsewhere yet.
        if not self._is_stored(line):
            raise self.storage.explain(unclear) from unclear
        log_event(log.ledger, logging.WARNING, "ledger.commit_read_again", sequence=line.seq)

    def _is_stored(self, line: Line) -> bool:
        """Tell whether a commit without an answer was carried out: read it again by its place."""
        try:
            with self._engine.begin() as connection:
                stored = line_at(connection, line.payment_id, line.version)
        except SQLAlchemyError as error:
            raise ShopTrouble("ledger.unclear", sequence=line.seq) from error
        return stored == line

    def next_line(
        self,
        head: Head,
        owner_id: str,
        version: int,
        author: Author,
        fact: Fact | StreamFact,
        at: dt.datetime,
    ) -> Line:
        """Return the line of `fact`, of a payment or stream, directly behind `head`."""
        unsigned = Line(
            seq=head.seq + 1,
            payment_id=owner_id,
            version=version,
            kind=fact.KIND,
            body=encode_fact(fact),
            at=stamp(at),
            operator=author.operator,
            approver=author.approver,
            counter=author.counter,
            prev_mac=head.mac,
            mac="",
        )
        return self.chain.signed(unsigned)

    def insert_line(self, connection: Connection, line: Line) -> None:
        """Write a line."""
        connection.execute(insert(facts), _columns(line))

    def _next(
        self, head: Head, payment_id: PaymentId, version: int, author: Author, fact: Fact
    ) -> tuple[Line, Entry]:
        """Return the line and the entry of a payment's next fact."""
        at = self.clock.now()
        line = self.next_line(head, payment_id, version, author, fact, at)
        return line, Entry(line.seq, payment_id, at, author, fact)

    def _store_all(
        self,
        connection: Connection,
        first_seq: int,
        record: PaymentRecord,
        end: Head | Line,
        author: Author,
        new: Sequence[Fact],
    ) -> tuple[PaymentRecord, Line]:
        """Write further facts of a payment behind `end`; return the new record and last line."""
        head = Head(seq=end.seq, mac=end.mac)
        lines: list[Line] = []
        for fact in new:
            line, entry = self._next(head, record.payment_id, record.version + 1, author, fact)
            record = self._store(connection, first_seq, record, line, entry)
            head = Head(seq=line.seq, mac=line.mac)
            lines.append(line)
        return record, lines[-1]

    def _store(
        self,
        connection: Connection,
        first_seq: int,
        record: PaymentRecord,
        line: Line,
        entry: Entry,
    ) -> PaymentRecord:
        """Write one more fact of a payment and move its rows; return the new record."""
        changed = apply(record, entry)
        self.insert_line(connection, line)
        moved = connection.execute(
            update(payments)
            .where(payments.c.payment_id == record.payment_id)
            .where(payments.c.version == record.version),
            payment_row(changed, first_seq, entry.at),
        )
        if moved.rowcount != 1:
            raise Bug("ledger.version_moved", payment_id=record.payment_id, seen=record.version)
        self._store_refunds(connection, record, changed)
        words = search_text(changed)
        if words != search_text(record):
            connection.execute(
                update(search_texts)
                .where(search_texts.c.first_seq == first_seq)
                .values(words=words)
            )
        self.move_head(connection, line)
        return changed

    def _store_refunds(
        self, connection: Connection, before: PaymentRecord, after: PaymentRecord
    ) -> None:
        """Write the refunds that are new or have changed."""
        known = {refund.refund_id: refund for refund in before.refunds}
        for refund in after.refunds:
            row = refund_row(after.payment_id, refund)
            if refund.refund_id not in known:
                connection.execute(insert(refunds), row)
            elif refund != known[refund.refund_id]:
                connection.execute(
                    update(refunds).where(refunds.c.refund_id == refund.refund_id), row
                )

    def move_head(self, connection: Connection, line: Line) -> None:
        """Seal `line` as the end of the chain."""
        head = Head(seq=line.seq, mac=line.mac)
        sealed = {"seq": head.seq, "mac": head.mac, "seal": self.chain.seal_of(head)}
        connection.execute(update(ledger_head).values(sealed))

    def _one(self, connection: Connection, payment_id: PaymentId) -> Loaded:
        """Return one payment that must exist."""
        found = load(connection, self.chain, [payment_id])
        if not found:
            raise Bug("ledger.no_such_payment", payment_id=payment_id)
        return found[0]

    # ------------------------------------------------------------------------------------ troubles

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        """Turn what the database raises into our own errors; a broken rule stays what it is."""
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise self.storage.explain(error) from error


def _take_back(connection: Connection) -> None:
    """Roll back; a connection that cannot even do that is thrown away, which rolls back too."""
    try:
        connection.rollback()
    except SQLAlchemyError as error:
        log_event(log.ledger, logging.WARNING, "ledger.rollback_failed", error=type(error).__name__)
        connection.invalidate()


def _refused_payment(connection: Connection, fact: Prepared) -> PosError | None:
    """Return which other payment stands in the way of this one, None if none does."""
    same_number = and_(payments.c.order_no == fact.order_no, payments.c.site == fact.site)
    same = or_(payments.c.payment_id == fact.payment_id, same_number)
    if connection.scalar(select(payments.c.payment_id).where(same).limit(1)) is not None:
        return Bug("ledger.duplicate", payment_id=fact.payment_id)
    live = and_(payments.c.sale_id == fact.sale_id, payments.c.live == 1)
    other = connection.execute(select(payments.c.order_no, payments.c.counter).where(live)).first()
    if other is None:
        return None
    return UserMistake("sale.attempt_live", order_no=other.order_no, counter=other.counter)


def refused(error: IntegrityError) -> Bug:
    """Return what it means that the database refused a statement of ours."""
    if is_duplicate(error):
        return Bug("ledger.duplicate")
    return Bug("ledger.refused", reason=str(error.orig)[:80])


def _columns(line: Line) -> dict[str, object]:
    """Return a line as the columns of `facts`."""
    return {name: getattr(line, name) for name in Line.__slots__}
