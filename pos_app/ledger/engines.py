"""SQLite under SQLAlchemy: how it is opened, how durable it is, and what is refused at the door.

The only module that assumes SQLite. Settings and versions: money-safety.md section 10.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from pos_app.domain.errors import PosError, ShopTrouble
from pos_app.ledger.schema import APPLICATION_ID, SCHEMA_VERSION
from pos_app.ledger.troubles import database_trouble, disk_trouble

BUSY_TIMEOUT_MS = 5_000
#: No sale begins with less room on the disk: the facts that follow must fit, hundreds of times.
ROOM_BYTES = 4 * 1024 * 1024
#: Execution option: the transaction writes, so it takes the write lock when it begins.
_WRITES = "ledger_writes"

#: For each connection. `temp_store`: what a sort spills holds buyers' names, so it stays in memory.
_CAREFUL = (
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "mmap_size = 0",
    "recursive_triggers = ON",
    "secure_delete = ON",
    "temp_store = MEMORY",
)
#: What `PRAGMA synchronous` answers.
_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")

# The file header, https://www.sqlite.org/fileformat.html section 1.3.
_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
_PAGES = slice(28, 32)
_USER_VERSION = slice(60, 64)
_APPLICATION_ID = slice(68, 72)


@dataclass(frozen=True, slots=True)
class Durability:
    """How commits reach the disk."""

    journal_mode: str
    synchronous: str


#: Both lose nothing in a power cut; the quicker one needs a SQLite without the WAL-reset bug.
WAL_FULL = Durability("wal", "FULL")
DELETE_EXTRA = Durability("delete", "EXTRA")


def durability_for(version: tuple[int, int, int]) -> Durability:
    """Choose the journal for a version of SQLite.

    The WAL-reset bug is in 3.7.0 to 3.51.2; mended in 3.51.3 and in the branches 3.50.7 and
    3.44.6; 3.52.0 was withdrawn (https://www.sqlite.org/wal.html#walresetbug).
    """
    if version[:2] == (3, 52):
        mended = version > (3, 52, 0)
    elif version[:2] in {(3, 44), (3, 50)}:
        mended = version >= (3, 44, 6) if version[1] == 44 else version >= (3, 50, 7)
    else:
        mended = version >= (3, 51, 3)
    return WAL_FULL if mended else DELETE_EXTRA


@dataclass(frozen=True, slots=True)
class Storage:
    """A database that is open, with what only its own engine can say.

    Attributes:
        explain: what an error of it means.
        look_for_room: raises `ShopTrouble("ledger.disk_full")` when no sale may begin any more.
        is_intact: the full check of the files under it.
        describe: where it lies and how it writes, for doctor.
    """

    engine: Engine
    explain: Callable[[DBAPIError], PosError]
    look_for_room: Callable[[], None]
    is_intact: Callable[[Connection], bool]
    describe: Callable[[Connection], dict[str, str]]


def check_header(file: Path) -> None:
    """Refuse, before SQLite opens it, a file that is no ledger or a newer one; an empty one is new.

    A file that a crash left with a journal is not judged: SQLite mends it first (`check_file`). An
    empty one beside a `-wal` with something in it was emptied by somebody: SQLite would remove the
    `-wal`, which holds facts.

    Raises:
        ShopTrouble: `ledger.damaged`, `ledger.foreign`, `ledger.newer_schema`, `ledger.read_only`
            or `ledger.disk_trouble`.
    """
    try:
        wal = file.with_name(f"{file.name}-wal")
        if not file.stat().st_size and wal.exists() and wal.stat().st_size:
            raise ShopTrouble("ledger.damaged", file=str(file))
        if any(file.with_name(file.name + end).exists() for end in ("-journal", "-wal")):
            return
        with file.open("rb") as opened:
            header = opened.read(_HEADER_BYTES)
    except OSError as error:
        raise disk_trouble(error, file.parent) from error
    if not header:
        return
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise ShopTrouble("ledger.damaged", file=str(file))
    pages, version, application_id = (
        int.from_bytes(header[field], "big") for field in (_PAGES, _USER_VERSION, _APPLICATION_ID)
    )
    if pages <= 1 and not version and not application_id:
        return  # the power went while it was made: not even a table is in it, `check_file` looks
    _refuse(application_id, version, file)


def check_file(file: Path) -> int:
    """Look at the whole file through SQLite, a journal left by a crash included; return its schema.

    Nothing is changed: a connection that may write empties the `-wal` into the file when it closes
    and removes it, and with it whatever lay behind a damaged place. The one exception is a
    `-journal`: what a crash left half written has to be taken back before anything can be read.

    Raises:
        ShopTrouble: as `check_header`, and `ledger.damaged` for what `quick_check` finds,
            `ledger.read_only`, `ledger.disk_full`, `ledger.locked`.
    """
    connection: sqlite3.Connection | None = None
    try:
        hot = file.with_name(f"{file.name}-journal").exists()
        connection = _connect(file, read_only=not hot)
        return _check_ours(connection, file)
    except sqlite3.Error as error:
        raise database_trouble(error, file) from error
    finally:
        if connection is not None:
            connection.close()


def check_writable(file: Path, version: int) -> None:
    """Write a page and take it back, so that a read-only folder shows now and not at a sale.

    Args:
        file: found good by `check_file`.
        version: its schema.

    Raises:
        ShopTrouble: `ledger.read_only`, `ledger.disk_full`, `ledger.locked`.
    """
    connection: sqlite3.Connection | None = None
    try:
        connection = _connect(file, read_only=False)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise database_trouble(error, file) from error
    finally:
        if connection is not None:
            connection.close()


def check_readable(file: Path) -> None:
    """Look at a file that another copy of the program may be writing.

    Raises:
        ShopTrouble: as `check_file`, and `ledger.older_schema`: it must be opened for writing once.
    """
    connection: sqlite3.Connection | None = None
    try:
        connection = _connect(file, read_only=True)
        version = _check_ours(connection, file)
    except sqlite3.Error as error:
        raise database_trouble(error, file) from error
    finally:
        if connection is not None:
            connection.close()
    if version < SCHEMA_VERSION:
        raise ShopTrouble("ledger.older_schema", schema=version, ours=SCHEMA_VERSION)


def mark_schema(connection: Connection, version: int) -> None:
    """Write whose file this is, and its schema, into the header, in the caller's transaction."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID if version else 0}")
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def sqlite_storage(
    file: Path,
    *,
    read_only: bool = False,
    durability: Durability | None = None,
    connection_class: type[sqlite3.Connection] = sqlite3.Connection,
) -> Storage:
    """Return an engine with the one connection that this program opens to `file`.

    Args:
        file: its real path, found good by `check_file` or `check_readable`.
        read_only: for a look at the books while another copy of the program writes them.
        durability: instead of what the version of SQLite asks for; for tests.
        connection_class: for tests that make the disk fail.
    """
    chosen = durability or durability_for(sqlite3.sqlite_version_info)

    def connect() -> sqlite3.Connection:
        connection = _connect(file, read_only=read_only, connection_class=connection_class)
        try:
            if not read_only:
                _set_durability(connection, chosen, file)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        creator=connect,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
    )
    event.listen(engine, "begin", _begin)
    return Storage(
        engine=engine,
        explain=lambda error: database_trouble(error, file),
        look_for_room=lambda: _look_for_room(file.parent),
        is_intact=_is_intact,
        describe=lambda connection: _describe(connection, file),
    )


def writing(engine: Engine) -> Engine:
    """Return `engine` for transactions that write: they take the write lock as they begin."""
    return engine.execution_options(**{_WRITES: True})


def _look_for_room(folder: Path) -> None:
    """Refuse a disk that is nearly full."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise disk_trouble(error, folder) from error
    if free < ROOM_BYTES:
        raise ShopTrouble("ledger.disk_full", folder=str(folder))


def _is_intact(connection: Connection) -> bool:
    """Run the full check, indexes and foreign keys included: seconds for a million payments."""
    whole = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one() == "ok"
    return whole and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None


def _describe(connection: Connection, file: Path) -> dict[str, str]:
    """Say where the file lies and how it is written."""
    synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    return {
        "path": str(file),
        "engine": f"SQLite {sqlite3.sqlite_version}",
        "journal_mode": str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()),
        "synchronous": _SYNCHRONOUS[int(synchronous)],
        "schema": str(connection.exec_driver_sql("PRAGMA user_version").scalar_one()),
    }


def _connect(
    file: Path,
    *,
    read_only: bool,
    connection_class: type[sqlite3.Connection] = sqlite3.Connection,
) -> sqlite3.Connection:
    """Open `file`, which exists, and make the connection careful; nothing is written yet."""
    quoted = urllib.parse.quote(file.as_posix())
    path = quoted if quoted.startswith("/") else f"/{quoted}"
    connection = sqlite3.connect(
        f"file:{path}?mode={'ro' if read_only else 'rw'}",
        uri=True,
        timeout=BUSY_TIMEOUT_MS / 1000,
        isolation_level=None,  # `_begin` begins transactions, not Python
        check_same_thread=False,  # made by whoever opens, used by the writer's thread alone
        factory=connection_class,
    )
    connection.text_factory = _text
    try:
        for setting in _CAREFUL:
            connection.execute(f"PRAGMA {setting}")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _text(stored: bytes) -> str:
    """Return stored text; what damage made undecodable then fails its check instead of the read."""
    return stored.decode("utf-8", "replace")


def _set_durability(connection: sqlite3.Connection, chosen: Durability, file: Path) -> None:
    """Choose journal and sync; SQLite answers with the journal it really uses.

    Raises:
        ShopTrouble: `ledger.disk_trouble`: the disk cannot do it.
    """
    (mode,) = connection.execute(f"PRAGMA journal_mode = {chosen.journal_mode}").fetchone()
    if mode != chosen.journal_mode:
        raise ShopTrouble("ledger.disk_trouble", folder=str(file.parent), reason=f"journal {mode}")
    connection.execute(f"PRAGMA synchronous = {chosen.synchronous}")
    if sys.platform == "darwin":  # fsync alone leaves the data in the drive's own memory there
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA checkpoint_fullfsync = ON")


def _check_ours(connection: sqlite3.Connection, file: Path) -> int:
    """Return the schema of a sound file of ours, 0 for an empty one."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if objects or version:
        _refuse(application_id, version, file)
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise ShopTrouble("ledger.damaged", file=str(file))
    return int(version)


def _refuse(application_id: int, user_version: int, file: Path) -> None:
    """Refuse a file of another program, or of a newer version of this one."""
    if application_id != APPLICATION_ID:
        raise ShopTrouble("ledger.foreign", file=str(file))
    if user_version > SCHEMA_VERSION:
        raise ShopTrouble("ledger.newer_schema", schema=user_version, ours=SCHEMA_VERSION)


def _begin(connection: Connection) -> None:
    """Begin a transaction; one that writes takes the lock now, not in the middle.

    One that was left open, because even rolling it back failed (no memory), is ended first: nobody
    was told that it is stored, and SQLite would refuse every further one.
    """
    left = connection.connection.dbapi_connection
    if left is not None and getattr(left, "in_transaction", False):
        left.rollback()
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
