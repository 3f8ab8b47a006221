"""The transactions of streams, blocking: the same chain, the same promises, one list of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Connection, insert, update
from sqlalchemy.exc import IntegrityError

from pos_app.domain.errors import Bug
from pos_app.domain.facts import Author
from pos_app.domain.streams import (
    StreamEntry,
    StreamFact,
    StreamId,
    StreamKind,
    StreamQuery,
    StreamRecord,
)
from pos_app.ledger.book import Book, refused
from pos_app.ledger.chain import Head, Line
from pos_app.ledger.opening import check_head
from pos_app.ledger.projection import stream_row
from pos_app.ledger.queries import among_streams
from pos_app.ledger.reading import LoadedStream, load_streams
from pos_app.ledger.schema import streams

_R = TypeVar("_R", bound=StreamRecord)


class StreamBook:
    """Reads and writes the streams of one ledger."""

    def __init__(self, book: Book) -> None:
        """Write through `book`."""
        self._book = book

    def begin(
        self, kind: StreamKind[_R], stream_id: StreamId, author: Author, fact: StreamFact
    ) -> _R:
        """Store the first fact of a stream; see `services/ports.Streams.begin`."""
        self._book.storage.look_for_room()
        records: list[_R] = []

        def work(connection: Connection) -> Line:
            head = check_head(connection, self._book.chain)
            line, entry = self._next(head, stream_id, 1, author, fact)
            record = kind.replay([entry])
            connection.execute(insert(streams), stream_row(kind, record, line.seq, entry.at))
            self._book.insert_line(connection, line)
            self._book.move_head(connection, line)
            records.append(record)
            return line

        try:
            self._book.change(work)
        except IntegrityError as error:
            raise refused(error) from error
        return records[0]

    def append(
        self,
        kind: StreamKind[_R],
        stream_id: StreamId,
        author: Author,
        new: Sequence[StreamFact],
        version: int,
    ) -> _R:
        """Store facts behind `version`; see `services/ports.Streams.append`."""
        if not new:
            raise Bug("ledger.nothing_to_append", payment_id=stream_id)
        records: list[_R] = []

        def work(connection: Connection) -> Line:
            head = check_head(connection, self._book.chain)
            before = self._one(connection, kind, stream_id)
            record, line = before.record, None
            if record.version != version:
                raise Bug(
                    "ledger.version_moved",
                    payment_id=stream_id,
                    seen=version,
                    stored=record.version,
                )
            for fact in new:
                line, entry = self._next(head, stream_id, record.version + 1, author, fact)
                changed = kind.follow(record, entry)
                self._book.insert_line(connection, line)
                row = stream_row(kind, changed, before.entries[0].seq, entry.at)
                connection.execute(update(streams).where(streams.c.stream_id == stream_id), row)
                self._book.move_head(connection, line)
                record, head = changed, Head(seq=line.seq, mac=line.mac)
            records.append(record)
            assert line is not None  # `new` is not empty
            return line

        try:
            self._book.change(work)
        except IntegrityError as error:
            raise refused(error) from error
        return records[0]

    def get(self, kind: StreamKind[_R], stream_id: StreamId) -> LoadedStream[_R]:
        """Return a stream; a missing one is a `Bug`."""
        return self._book.look(lambda connection: self._one(connection, kind, stream_id))

    def find(self, kind: StreamKind[_R], query: StreamQuery) -> list[_R]:
        """Return the records a query finds, in its order."""

        def work(connection: Connection) -> list[_R]:
            found = list(connection.scalars(among_streams(kind.name, query)))
            loaded = load_streams(connection, self._book.chain, kind, found)
            return [one.record for one in loaded]

        return self._book.look(work)

    def _next(
        self, head: Head, stream_id: StreamId, version: int, author: Author, fact: StreamFact
    ) -> tuple[Line, StreamEntry]:
        """Return the line and the entry of a stream's next fact."""
        at = self._book.clock.now()
        line = self._book.next_line(head, stream_id, version, author, fact, at)
        return line, StreamEntry(line.seq, stream_id, at, author, fact)

    def _one(
        self, connection: Connection, kind: StreamKind[_R], stream_id: StreamId
    ) -> LoadedStream[_R]:
        """Return one stream that must exist."""
        found = load_streams(connection, self._book.chain, kind, [stream_id])
        if not found:
            raise Bug("ledger.no_such_stream", kind=kind.name, stream_id=stream_id)
        return found[0]
