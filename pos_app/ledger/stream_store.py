"""The streams of a ledger as the services see them: async, durable, on the ledger's one thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

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
from pos_app.ledger.stream_book import StreamBook
from pos_app.ledger.writer import Writer

_R = TypeVar("_R", bound=StreamRecord)


class SqlStreams:
    """Fits `services/ports.Streams` by shape; belongs to a `SqlLedger`."""

    def __init__(self, book: StreamBook, writer: Writer, *, may_write: bool) -> None:
        """Work through the ledger's own book and thread."""
        self._book = book
        self._writer = writer
        self._may_write = may_write

    async def begin(
        self, kind: StreamKind[_R], stream_id: StreamId, author: Author, fact: StreamFact
    ) -> _R:
        """Store the first fact of a stream.

        Raises:
            ShopTrouble: nothing was stored.
            Bug: `ledger.duplicate`: the stream, or its key among its kind, is stored already.
        """
        self._check_may_write()
        return await self._writer.write(lambda: self._book.begin(kind, stream_id, author, fact))

    async def append(
        self,
        kind: StreamKind[_R],
        stream_id: StreamId,
        author: Author,
        *facts: StreamFact,
        version: int,
    ) -> _R:
        """Store facts behind the `version` the caller has seen, all of them or none.

        Raises:
            ShopTrouble: nothing was stored; `ledger.unclear`: nobody can tell.
            Bug: `ledger.version_moved`, or a fact that cannot follow; nothing was stored.
        """
        self._check_may_write()
        return await self._writer.write(
            lambda: self._book.append(kind, stream_id, author, facts, version)
        )

    async def get(self, kind: StreamKind[_R], stream_id: StreamId) -> _R:
        """Return a record folded from its facts; a missing one is a `Bug`."""
        return (await self._writer.read(lambda: self._book.get(kind, stream_id))).record

    async def entries(self, kind: StreamKind[_R], stream_id: StreamId) -> Sequence[StreamEntry]:
        """Return all facts of a stream, oldest first; a missing one is a `Bug`."""
        return (await self._writer.read(lambda: self._book.get(kind, stream_id))).entries

    async def find(self, kind: StreamKind[_R], query: StreamQuery) -> Sequence[_R]:
        """Return records of one kind, newest or earliest due first."""
        return await self._writer.read(lambda: self._book.find(kind, query))

    def _check_may_write(self) -> None:
        """Refuse to write through a ledger that was opened for reading."""
        if not self._may_write:
            raise Bug("ledger.opened_for_reading")
