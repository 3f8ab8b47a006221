"""Opens a ledger: place, lock, soundness, schema, key, in that order, each with words of its own.

Nothing is ever repaired or deleted here: a ledger that is not as it should be is left untouched.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError

from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.ledger import engines
from pos_app.ledger.anchor import check_anchors, remembered
from pos_app.ledger.chain import Chain, Head
from pos_app.ledger.engines import Durability, Storage
from pos_app.ledger.lock import InstanceLock, read_slots
from pos_app.ledger.places import FILE_NAME, find_place, settle_place
from pos_app.ledger.reading import last_line
from pos_app.ledger.schema import SCHEMA_VERSION, ledger_head, ledger_meta
from pos_app.ledger.troubles import disk_trouble
from pos_app.logs import log, log_event

#: The value of `[ledger] url` that means a file on this PC.
SQLITE_URL = "sqlite"


@dataclass(frozen=True, slots=True)
class Opened:
    """An open database.

    Attributes:
        lock: keeps others out; none is held for reading only.
        anchors: heads that are remembered outside of the database.
    """

    storage: Storage
    lock: InstanceLock | None
    anchors: tuple[Head, ...]


def open_storage(
    url: str,
    folder: Path,
    chain: Chain,
    *,
    read_only: bool,
    anchors: tuple[Head, ...] = (),
    accept: bool = False,
    durability: Durability | None = None,
) -> Opened:
    """Open the ledger in `folder`, made or migrated where needed.

    Args:
        url: which engine.
        folder: where it lies.
        chain: its key.
        read_only: look only, without a lock, also at a ledger older than its anchor.
        anchors: heads of it that were kept elsewhere.
        accept: open it for writing although it is older than its anchor.
        durability: see `engines.sqlite_storage`; of no use for reading only.

    Raises:
        UserMistake: `ledger.url_unknown`.
        ShopTrouble: `ledger.<why>`; see README.md for all of them.
    """
    if url != SQLITE_URL:
        raise UserMistake("ledger.url_unknown", scheme=url.partition(":")[0])
    try:
        if read_only:
            return _open_reading(folder, chain, anchors)
        return _open_writing(folder, chain, anchors, accept=accept, durability=durability)
    except UnicodeDecodeError as error:  # a message of SQLite that quotes a damaged name
        raise ShopTrouble("ledger.damaged", file=str(folder / FILE_NAME)) from error


def _open_writing(
    folder: Path,
    chain: Chain,
    far: tuple[Head, ...],
    *,
    accept: bool,
    durability: Durability | None,
) -> Opened:
    """Take the lock, check, migrate."""
    file = settle_place(folder)
    lock = InstanceLock(file)
    try:
        engines.check_header(file)
        version = engines.check_file(file)
        _refuse_lost(version, lock, file, () if accept else far)
        anchors = remembered(lock.slots(), chain, far)
        if version:
            _look(file, chain, () if accept else anchors)
        engines.check_writable(file, version)
        storage = engines.sqlite_storage(file, durability=durability)
        try:
            _bring_up(storage, chain, version, () if accept else anchors)
            lock.note_ledger()
        except BaseException:
            storage.engine.dispose()
            raise
    except OSError as error:  # of the lock file
        lock.release()
        raise disk_trouble(error, file.parent) from error
    except BaseException:
        lock.release()
        raise
    return Opened(storage=storage, lock=lock, anchors=anchors)


def _refuse_lost(version: int, lock: InstanceLock, file: Path, far: tuple[Head, ...]) -> None:
    """Refuse to begin anew where there was a ledger: it was moved away, emptied or quarantined."""
    had_facts = any(head.seq for head in far)
    if version == 0 and (lock.has_ledger or had_facts):
        raise ShopTrouble("ledger.missing", folder=str(file.parent))


def _open_reading(folder: Path, chain: Chain, far: tuple[Head, ...]) -> Opened:
    """Look without a lock, while another copy of the program may be writing.

    The anchor is read before the database, so that it cannot be the newer of the two.
    """
    file = find_place(folder)
    anchors = remembered(read_slots(file), chain, far)
    engines.check_header(file)
    engines.check_readable(file)
    storage = _looking(file, chain, ())
    return Opened(storage=storage, lock=None, anchors=anchors)


def _look(file: Path, chain: Chain, anchors: tuple[Head, ...]) -> None:
    """Check key, end and age before anything is changed, so that what is refused stays as it is."""
    _looking(file, chain, anchors).engine.dispose()


def _looking(file: Path, chain: Chain, anchors: tuple[Head, ...]) -> Storage:
    """Open for reading what has the right key and end, and what `anchors` remember."""
    storage = engines.sqlite_storage(file, read_only=True)
    try:
        with storage.engine.begin() as connection:
            _check_chain(connection, chain)
            check_anchors(connection, chain, anchors)
    except DBAPIError as error:
        storage.engine.dispose()
        raise storage.explain(error) from error
    except BaseException:
        storage.engine.dispose()
        raise
    return storage


def _bring_up(storage: Storage, chain: Chain, version: int, anchors: tuple[Head, ...]) -> None:
    """Migrate in one transaction, begin the chain of a new ledger, check the one of an old."""
    try:
        with engines.writing(storage.engine).begin() as connection:
            if version < SCHEMA_VERSION:
                from pos_app.ledger.migrating import migrate

                migrate(connection)
                log_event(
                    log.ledger, logging.INFO, "ledger.migrated", revision=f"{SCHEMA_VERSION:04d}"
                )
            if version == 0:
                _begin_chain(connection, chain)
            _check_chain(connection, chain)
            check_anchors(connection, chain, anchors)
    except DBAPIError as error:
        raise storage.explain(error) from error


def _begin_chain(connection: Connection, chain: Chain) -> None:
    """Bind a new ledger to this installation."""
    start = chain.start()
    connection.execute(
        insert(ledger_meta),
        [
            {"name": "install_id", "value": chain.install_id},
            {"name": "genesis", "value": chain.genesis},
        ],
    )
    connection.execute(
        insert(ledger_head),
        {"id": 1, "seq": start.seq, "mac": start.mac, "seal": chain.seal_of(start)},
    )


def _check_chain(connection: Connection, chain: Chain) -> None:
    """Check that the key is the ledger's, and that its end is where the head says.

    Raises:
        ShopTrouble: `ledger.key_mismatch` or `ledger.chain_broken`.
    """
    genesis = select(ledger_meta.c.value).where(ledger_meta.c.name == "genesis")
    if connection.scalar(genesis) != chain.genesis:
        raise ShopTrouble("ledger.key_mismatch")
    check_head(connection, chain)


def check_head(connection: Connection, chain: Chain) -> Head:
    """Return the end of the chain, held for this transaction if it writes.

    Raises:
        ShopTrouble: `ledger.chain_broken`: the end was cut off, put back or added to.
    """
    row = connection.execute(select(ledger_head).with_for_update()).one_or_none()
    last = last_line(connection)
    reached = chain.start() if last is None else Head(seq=last.seq, mac=last.mac)
    if row is None:
        raise ShopTrouble("ledger.chain_broken", seq=1)
    head = Head(seq=row.seq, mac=row.mac)
    if head != reached or not chain.is_sealed(head, row.seal):
        raise ShopTrouble("ledger.chain_broken", seq=min(head.seq, reached.seq) + 1)
    return head
