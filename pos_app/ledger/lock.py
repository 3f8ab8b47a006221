"""One program a ledger: a lock of the operating system on a file beside it.

The file also remembers that there was a ledger, and how far it reached (`anchor.py` has the why).

The system frees it when the process ends in any way, so none is ever stale and nobody has to delete
anything after a crash (security.md 8, "lock file left").
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from pos_app.domain.errors import ShopTrouble
from pos_app.ledger.troubles import disk_trouble

_MODE = 0o600
_NOTE = b"ledger.db was made here; keep both files together\n"
#: Two slots behind the note, a disk sector each: a write into one never touches the other.
SLOT_BYTES = 512
_SLOTS = (512, 1024)


def lock_file(file: Path) -> Path:
    """Return the file that locks the ledger `file`."""
    return file.with_name(f"{file.name}.lock")


def read_slots(file: Path) -> tuple[bytes, ...]:
    """Return both slots beside the ledger `file`, without its lock; empty where there are none."""
    try:
        with lock_file(file).open("rb", buffering=0) as opened:
            return _slots(opened.fileno())
    except OSError:
        return ()


class InstanceLock:
    """The lock, held from its making until `release`."""

    def __init__(self, file: Path) -> None:
        """Take the lock that belongs to the ledger `file`, at once or not at all.

        Raises:
            ShopTrouble: `ledger.in_use`: another copy of the program has it; `ledger.read_only`,
                `ledger.disk_full` or `ledger.disk_trouble`.
        """
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        flags |= getattr(os, "O_BINARY", 0)
        try:
            self._handle: int | None = os.open(lock_file(file), flags, _MODE)
        except OSError as error:
            raise disk_trouble(error, file.parent) from error
        try:
            _take(self._handle)
        except OSError as error:
            self.release()
            raise ShopTrouble("ledger.in_use", folder=str(file.parent)) from error

    @property
    def has_ledger(self) -> bool:
        """Tell whether a ledger was made here before: then an empty or missing one was lost."""
        return self._handle is not None and os.fstat(self._handle).st_size > 0

    def note_ledger(self) -> None:
        """Remember that there is a ledger now.

        Raises:
            OSError: the disk refuses.
        """
        if self._handle is not None and not self.has_ledger:
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, _NOTE)
            os.fsync(self._handle)

    def slots(self) -> tuple[bytes, ...]:
        """Return both slots as they are; they may hold anything."""
        return (b"", b"") if self._handle is None else _slots(self._handle)

    def write_slot(self, number: int, content: bytes) -> None:
        """Put `content`, of `SLOT_BYTES`, into slot 0 or 1; without a sync.

        Raises:
            OSError: the disk refuses.
        """
        if self._handle is not None:
            os.lseek(self._handle, _SLOTS[number], os.SEEK_SET)
            os.write(self._handle, content)

    def release(self) -> None:
        """Let go; a second time does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _slots(handle: int) -> tuple[bytes, ...]:
    """Read both slots; what a shorter file does not have is empty."""
    found = []
    for place in _SLOTS:
        os.lseek(handle, place, os.SEEK_SET)
        found.append(os.read(handle, SLOT_BYTES))
    return tuple(found)


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        """Lock the first byte or raise OSError at once."""
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        """Lock the file or raise OSError at once."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
