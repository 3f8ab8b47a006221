"""What an error of the database or the disk means for the shop.

SQLite's own codes decide (https://www.sqlite.org/rescode.html); the text of an error never does,
because it changes between versions. What no code explains is `ledger.disk_trouble`.
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from pos_app.domain.errors import Bug, PosError, ShopTrouble

#: The low byte of an extended code is the primary one.
_PRIMARY = 0xFF
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_TOOBIG}
_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
#: A statement that can never have been right, whatever the disk does.
_OURS = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_MISMATCH}
#: SQLSTATE 23505 is PostgreSQL's unique_violation.
_DUPLICATE = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"}

_DISK_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def database_trouble(error: DBAPIError | sqlite3.Error, file: Path) -> PosError:
    """Return what a failed statement or commit means; `file` is where the ledger lies."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    primary = code & _PRIMARY if isinstance(code, int) else None
    folder = str(file.parent)
    if primary in _FULL:
        return ShopTrouble("ledger.disk_full", folder=folder)
    if primary in _READ_ONLY:
        return ShopTrouble("ledger.read_only", folder=folder)
    if primary in _LOCKED:
        return ShopTrouble("ledger.locked", file=str(file))
    if primary in _DAMAGED:
        return ShopTrouble("ledger.damaged", file=str(file))
    reason = getattr(cause, "sqlite_errorname", None) or type(cause).__name__
    if primary in _OURS or isinstance(cause, sqlite3.IntegrityError):
        return Bug("ledger.refused", reason=reason)
    return ShopTrouble("ledger.disk_trouble", folder=folder, reason=reason)


def is_duplicate(error: DBAPIError) -> bool:
    """Tell whether a rule of uniqueness was broken, in SQLite or in PostgreSQL."""
    name = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    return name in _DUPLICATE


def disk_trouble(error: OSError, folder: Path) -> ShopTrouble:
    """Return what a failed call to the operating system means."""
    if error.errno in _DISK_FULL:
        return ShopTrouble("ledger.disk_full", folder=str(folder))
    if error.errno in _FORBIDDEN:
        return ShopTrouble("ledger.read_only", folder=str(folder))
    reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return ShopTrouble("ledger.disk_trouble", folder=str(folder), reason=reason)
