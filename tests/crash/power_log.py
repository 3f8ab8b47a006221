"""What a program did to its disk: the log of `power_disk.c`, read back one operation at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: As `say` in power_disk.c writes them: kind, inode, offset or size, lengths of two paths and data.
_HEAD = struct.Struct("=cQQHHI")


@dataclass(frozen=True, slots=True)
class Op:
    """One operation that was carried out, or a mark of the program.

    Attributes:
        kind: "C" a file was made, "W" written at `offset`, "T" cut or grown to `offset` bytes, "S"
            synced; "D" a folder was synced, "K" made, "X" removed; "U" a name was removed, "R"
            given to `other`; "M" the program said `data`.
    """

    kind: str
    inode: int
    offset: int
    path: str
    other: str
    data: bytes


def read_log(file: Path) -> Iterator[Op]:
    """Yield all operations, oldest first."""
    content = memoryview(file.read_bytes())
    at = 0
    while at < len(content):
        kind, inode, offset, first, second, length = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        path = str(content[at : at + first], "utf-8")
        other = str(content[at + first : at + first + second], "utf-8")
        at += first + second
        yield Op(kind.decode("ascii"), inode, offset, path, other, bytes(content[at : at + length]))
        at += length
