"""The spool: a file beside the ledger for answers the ledger cannot take (money-safety.md rule R8).

One line a record, appended and on the disk before `put` returns:

    1 <bytes of the record> <HMAC of the record by the ledger's key, hex> <the record as JSON>

The file is made full of empty lines when the ledger is opened, and lines are written over them: a
disk that is full by the time an approval arrives still has this room. A line that is written to the
ledger is taken out by writing the file anew and putting it in place of the old one; cut off there,
the line is found again and its facts are found stored. Lines that cannot be read, or whose payment
is not in the ledger, go to a second file, which the program never touches again but to append.
Facts hold no card data, so neither does a line.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from pos_app.domain.errors import Bug
from pos_app.domain.facts import Author
from pos_app.domain.order import PaymentId
from pos_app.domain.spooled import SpoolContents, Spooled
from pos_app.ledger.chain import Chain
from pos_app.ledger.codec import decode_fact, encode_fact
from pos_app.ledger.troubles import disk_trouble
from pos_app.ledger.writer import Writer

SPOOL_NAME = "ledger.spool"
ASIDE_NAME = "ledger.spool.damaged"
#: An answer has at most two kilobytes, and one a payment waits: room for some thirty.
ROOM_BYTES = 64 * 1024
_MODE = 0o600
_VERSION = b"1"


class _Shape(msgspec.Struct, frozen=True):
    """A record as JSON; the author is operator, approver, counter, a fact its kind and body."""

    payment_id: str
    version: int
    author: tuple[str, str, str]
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file: what it holds, None if it cannot be read."""

    raw: bytes
    spooled: Spooled | None


@dataclass(frozen=True, slots=True)
class SpoolLook:
    """How many lines wait, cannot be read, and were set aside earlier, for doctor."""

    waiting: int
    damaged: int
    aside: int


class FileSpool:
    """The spool of one ledger; fits `services/ports.Spool`. One thread does all of its work."""

    def __init__(self, folder: Path, chain: Chain) -> None:
        """Touch nothing yet.

        Args:
            folder: of the ledger, resolved.
            chain: the ledger's, for its key.
        """
        self._file = folder / SPOOL_NAME
        self._aside = folder / ASIDE_NAME
        self._chain = chain
        self._writer = Writer()

    # ------------------------------------------------------------------------------------ the port

    async def put(self, spooled: Spooled) -> None:
        """Write it down; on the disk when this returns.

        Raises:
            ShopTrouble: `ledger.disk_full`, `ledger.read_only` or `ledger.disk_trouble`; it is not
                in the spool, as far as the disk lets us say so.
        """
        line = self._encode(spooled)
        await self._writer.write(lambda: self._append(line))

    async def read(self) -> SpoolContents:
        """Return what waits; lines that cannot be read are set aside and named.

        Raises:
            ShopTrouble: as `put`, or `ledger.newer_facts`.
        """
        return await self._writer.write(self._read)

    async def drop(self, spooled: Spooled) -> None:
        """Take out what is in the ledger by now, with older lines about that payment.

        Raises:
            ShopTrouble: as `put`; it is still there.
        """
        await self._writer.write(lambda: self._rewrite(_others(spooled)))

    async def set_aside(self, spooled: Spooled) -> str:
        """Move what cannot follow in the ledger to the file for people; return which file."""
        raw = self._encode(spooled)

        def work() -> str:
            self._append_aside([raw])
            self._rewrite(_others(spooled))
            return str(self._aside)

        return await self._writer.write(work)

    # --------------------------------------------------------------------------------- around it

    def make_room(self) -> None:
        """Make the file, so that a full disk has room for it; raises as `put`. Blocks."""
        try:
            if not self._file.exists() or self._file.stat().st_size < ROOM_BYTES:
                self._replace(_content(self._bytes()))
        except OSError as error:
            raise disk_trouble(error, self._file.parent) from error

    def look(self) -> SpoolLook:
        """Count the lines; changes nothing, so it may be asked beside a running program. Blocks."""
        lines = self._lines()
        waiting = sum(line.spooled is not None for line in lines)
        try:
            aside = self._aside.read_bytes() if self._aside.exists() else b""
        except OSError as error:
            raise disk_trouble(error, self._file.parent) from error
        return SpoolLook(waiting, len(lines) - waiting, len(aside.split(b"\n")) - 1)

    def close(self) -> None:
        """Finish what waits."""
        self._writer.close()

    # --------------------------------------------------------------------------------------- inside

    def _read(self) -> SpoolContents:
        lines = self._lines()
        waiting = {line.spooled.payment_id: line.spooled for line in lines if line.spooled}
        damaged = [line.raw for line in lines if line.spooled is None]
        if not damaged:
            return SpoolContents(tuple(waiting.values()))
        last = self._append_aside(damaged)
        self._rewrite(lambda line: line.spooled is not None)
        numbers = tuple(range(last - len(damaged) + 1, last + 1))
        return SpoolContents(tuple(waiting.values()), numbers, str(self._aside))

    def _append(self, line: bytes) -> None:
        """Write a line behind the others, down to the disk; take it back if that fails."""
        try:
            with _opened(self._file) as file:
                content = _content(file.read())
                place = len(content) + 1 if content else 0
                try:
                    _write_at(file.fileno(), place, line + b"\n")
                except OSError:
                    with contextlib.suppress(OSError):  # told below; an approval is undone then
                        _write_at(file.fileno(), place, b"\n" * (len(line) + 1))
                    raise
            _sync_folder(self._file.parent)
        except OSError as error:
            raise disk_trouble(error, self._file.parent) from error

    def _append_aside(self, lines: list[bytes]) -> int:
        """Put lines into the file for people; return the number of the last."""
        try:
            with _opened(self._aside) as file:
                there = file.read()
                _write_at(file.fileno(), len(there), b"".join(line + b"\n" for line in lines))
            _sync_folder(self._aside.parent)
        except OSError as error:
            raise disk_trouble(error, self._file.parent) from error
        return there.count(b"\n") + len(lines)

    def _rewrite(self, stays: Callable[[_Line], bool]) -> None:
        """Put a file with the lines that stay in place of this one."""
        kept = [line.raw for line in self._lines() if stays(line)]
        try:
            self._replace(b"\n".join(kept))
        except OSError as error:
            raise disk_trouble(error, self._file.parent) from error

    def _replace(self, content: bytes) -> None:
        """Write the file anew with its room, whole or not at all."""
        fresh = self._file.with_name(f"{self._file.name}.{secrets.token_hex(8)}.tmp")
        try:
            with _opened(fresh) as file:
                filled = (content + b"\n") if content else b""
                room = b"\n" * max(0, ROOM_BYTES - len(filled))
                _write_at(file.fileno(), 0, filled + room)
            fresh.replace(self._file)
            _sync_folder(self._file.parent)
        finally:
            with contextlib.suppress(OSError):  # replaced, or never made
                fresh.unlink(missing_ok=True)

    def _bytes(self) -> bytes:
        """Return all of the file; nothing where there is none."""
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            return b""

    def _lines(self) -> list[_Line]:
        """Return the lines that are not empty."""
        try:
            content = self._bytes()
        except OSError as error:
            raise disk_trouble(error, self._file.parent) from error
        return [_Line(raw, self._decode(raw)) for raw in content.split(b"\n") if raw]

    def _encode(self, spooled: Spooled) -> bytes:
        """Return the line of a record."""
        author = spooled.author
        record = msgspec.json.encode(
            {
                "payment_id": spooled.payment_id,
                "version": spooled.version,
                "author": [author.operator, author.approver, author.counter],
                "facts": [[fact.KIND, encode_fact(fact)] for fact in spooled.facts],
            },
            order="sorted",
        )
        length = str(len(record)).encode()
        return b" ".join((_VERSION, length, self._chain.seal_of_spooled(record).encode(), record))

    def _decode(self, raw: bytes) -> Spooled | None:
        """Return the record of a line, None if it is not as it was written.

        Raises:
            ShopTrouble: `ledger.newer_facts`.
        """
        parts = raw.split(b" ", 3)
        if len(parts) != 4 or parts[0] != _VERSION or parts[1] != str(len(parts[3])).encode():
            return None
        record = parts[3]
        if not self._chain.is_spooled_by_us(record, parts[2]):
            return None
        try:
            shaped = msgspec.json.decode(record, type=_Shape)
        except msgspec.DecodeError as error:
            raise Bug("spool.unreadable") from error  # its HMAC holds, so we wrote it so
        return Spooled(
            PaymentId(shaped.payment_id),
            shaped.version,
            Author(*shaped.author),
            tuple(decode_fact(kind, body) for kind, body in shaped.facts),
        )


def _others(spooled: Spooled) -> Callable[[_Line], bool]:
    """Return what tells lines that are not about that payment."""
    return lambda line: line.spooled is None or line.spooled.payment_id != spooled.payment_id


def _content(data: bytes) -> bytes:
    """Return the file up to its last line, without the room behind it."""
    return data.rstrip(b"\n")


def _opened(file: Path) -> BinaryIO:
    """Open a private file for reading and writing, made where it is missing."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(file, flags, _MODE), "r+b", buffering=0)


def _write_at(handle: int, place: int, data: bytes) -> None:
    """Write all of `data` at a place, down to the disk."""
    os.lseek(handle, place, os.SEEK_SET)
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    """Make new names durable; Windows offers nothing of the kind."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
