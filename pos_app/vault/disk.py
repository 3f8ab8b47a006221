"""Private files: written whole or not at all, readable by their owner only, one writer at a time.

Every promise here is about files of a few kilobytes that are already encrypted when they arrive;
nothing in this module ever sees a secret in the clear.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pos_app.domain.errors import ShopTrouble
from pos_app.logs import log
from pos_app.logs.log import log_event

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700
_LOCK_NAME = "vault.lock"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def make_private_folder(folder: Path) -> None:
    """Make `folder` (0700) where it is missing, and close it to other users where it is open.

    On Windows, CPython 3.11.10, 3.12.4 and later turn this mode into an access list of the owner,
    the administrators and the system (CVE-2024-4030); an older one inherits from the profile.

    Raises:
        ShopTrouble: `vault.folder_not_writable`, `vault.folder_open_to_others`, `vault.disk_full`
            or `vault.disk_trouble`.
    """
    try:
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise write_trouble(error, folder) from error
    close_to_others(folder)


def close_to_others(folder: Path) -> None:
    """Take away what a backup program or another umask gave to group and others.

    Raises:
        ShopTrouble: `vault.folder_open_to_others`: it belongs to somebody else.
    """
    if sys.platform == "win32":
        return
    try:
        if folder.stat().st_mode & 0o777 != _FOLDER_MODE:
            folder.chmod(_FOLDER_MODE)
    except OSError as error:
        raise ShopTrouble("vault.folder_open_to_others", folder=str(folder)) from error


def read_private(path: Path) -> bytes | None:
    """Return what the file holds, None where there is no such file.

    Raises:
        ShopTrouble: `vault.file_not_readable`.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ShopTrouble("vault.file_not_readable", file=str(path)) from error


def write_private(path: Path, data: bytes) -> None:
    """Put `data` in place of `path` so that a power cut leaves the old file or the new one.

    The old bytes are overwritten once the new ones are safe: the new file has its own room on the
    disk, and a journalling or flash disk may keep a copy all the same (README.md says so).

    Raises:
        ShopTrouble: `vault.disk_full`, `vault.folder_not_writable` or `vault.disk_trouble`; the
            old file is still there.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        _write_new(fresh, data)
        with _old_bytes(path):
            fresh.replace(path)
            _sync_folder(path.parent)
    except OSError as error:
        raise write_trouble(error, path.parent) from error
    finally:
        with suppress(OSError):  # replaced or never made; a leftover is swept by the next writer
            fresh.unlink(missing_ok=True)


def delete_private(path: Path) -> bool:
    """Overwrite and remove the file; False where there was none.

    Raises:
        ShopTrouble: as `write_private`.
    """
    try:
        _scrub(path)
        _sync_folder(path.parent)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise write_trouble(error, path.parent) from error
    return True


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, and clear away what an interrupted writer left.

    The operating system frees the lock when a process ends in any way, so none is ever stale.

    Raises:
        ShopTrouble: `vault.busy` where another process or thread is writing; or as `write_private`.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(folder / _LOCK_NAME, flags, _FILE_MODE)
    except OSError as error:
        raise write_trouble(error, folder) from error
    try:
        try:
            _take(handle)
        except OSError as error:
            raise ShopTrouble("vault.busy", folder=str(folder)) from error
        _sweep(folder)
        yield
    finally:
        os.close(handle)  # lets go of the lock


def write_trouble(error: OSError, folder: Path) -> ShopTrouble:
    """Return what a failed write means for the shop; the reason is a name such as `EIO`."""
    if error.errno in _FULL:
        return ShopTrouble("vault.disk_full", folder=str(folder))
    if error.errno in _FORBIDDEN:
        return ShopTrouble("vault.folder_not_writable", folder=str(folder))
    reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return ShopTrouble("vault.disk_trouble", folder=str(folder), reason=reason)


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that did not exist, with our mode whatever the umask, down to the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, _FILE_MODE), "wb") as file:
        if sys.platform != "win32":
            os.fchmod(file.fileno(), _FILE_MODE)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _old_bytes(path: Path) -> Iterator[None]:
    """Keep a second name for the file that is about to be replaced, and overwrite it after."""
    shadow = path.with_name(f".{path.name}.{secrets.token_hex(8)}.old")
    try:
        os.link(path, shadow)
    except OSError:
        # First write, or a file system without hard links: nothing to overwrite by.
        yield
        return
    try:
        yield
    except OSError:
        shadow.unlink(missing_ok=True)  # the name only: the file itself is still the valid one
        raise
    try:
        _scrub(shadow)
    except OSError as error:
        # The new secret is safe and the old bytes are encrypted; the next writer sweeps again.
        kind = type(error).__name__
        log_event(log.vault, logging.WARNING, "secret.old_bytes_kept", error=kind)


def _scrub(path: Path) -> None:
    """Overwrite a file with zeros, down to the disk, and remove it."""
    with path.open("r+b") as file:
        file.write(bytes(os.fstat(file.fileno()).st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _sweep(folder: Path) -> None:
    """Remove what a writer that was cut off left behind; called by the only writer."""
    try:
        for pattern in (".*.tmp", ".*.old"):
            for leftover in folder.glob(pattern):
                if pattern == ".*.old" and leftover.stat().st_nlink > 1:
                    leftover.unlink()  # cut off before the replacement: the same file is in use
                else:
                    _scrub(leftover)
    except OSError as error:
        raise write_trouble(error, folder) from error


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows offers nothing of the kind."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
