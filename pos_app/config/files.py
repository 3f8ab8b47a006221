"""Small private files, written whole or not at all: a power cut leaves the old or the new one."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

from pos_app.domain.errors import ShopTrouble

FILE_MODE = 0o600
FOLDER_MODE = 0o700
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def read_at_most(path: Path, bytes_max: int) -> bytes | None:
    """Return what the file holds, None where there is no such file.

    More than `bytes_max` bytes are not read: the answer is then one byte longer than that.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(bytes_max + 1)
    except FileNotFoundError:
        return None


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in place of `path` (0600), down to the disk.

    Raises:
        OSError: the old file is still there.
    """
    import secrets  # brings OpenSSL with it, which the first paint need not wait for

    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(fresh, flags, FILE_MODE), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)
    finally:
        with suppress(OSError):  # replaced or never made; `sweep` finds what is left
            fresh.unlink(missing_ok=True)


def sweep(path: Path) -> None:
    """Remove what an interrupted `write_whole` of `path` left behind.

    Raises:
        OSError: the folder cannot be changed.
    """
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):
        leftover.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make new names durable; Windows offers nothing of the kind."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def trouble(error: OSError, folder: Path) -> ShopTrouble:
    """Return what a failed write into `folder` means for the shop.

    Returns:
        `folder.disk_full`, `folder.not_writable`, or `folder.trouble` with a reason such as `EIO`.
    """
    if error.errno in FULL:
        return ShopTrouble("folder.disk_full", folder=str(folder))
    if error.errno in FORBIDDEN:
        return ShopTrouble("folder.not_writable", folder=str(folder))
    reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return ShopTrouble("folder.trouble", folder=str(folder), reason=reason)
