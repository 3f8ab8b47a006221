"""How SQLite is set up: the journal its version allows, and every careful setting in force."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pos_app.ledger import engines
from pos_app.ledger.chain import Chain
from pos_app.ledger.opening import open_storage
from pos_app.ledger.places import settle_place
from pos_app.ledger.schema import SCHEMA_VERSION
from tests.contract.ledger.cases import INSTALL_ID, KEY

CHAIN = Chain(KEY, INSTALL_ID)


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "delete"),
        ((3, 44, 5), "delete"),
        ((3, 44, 6), "wal"),
        ((3, 45, 0), "delete"),
        ((3, 50, 4), "delete"),
        ((3, 50, 7), "wal"),
        ((3, 51, 2), "delete"),
        ((3, 51, 3), "wal"),
        ((3, 52, 0), "delete"),
        ((3, 52, 1), "wal"),
        ((3, 53, 0), "wal"),
        ((3, 54, 1), "wal"),
        ((4, 0, 0), "wal"),
    ],
)
def test_the_version_picks_the_journal(version: tuple[int, int, int], mode: str) -> None:
    chosen = engines.durability_for(version)
    assert chosen.journal_mode == mode
    assert chosen.synchronous == {"wal": "FULL", "delete": "EXTRA"}[mode]


def made(folder: Path) -> Path:
    """Make a ledger and return its file."""
    opened = open_storage("sqlite", folder, CHAIN, read_only=False)
    opened.storage.engine.dispose()
    assert opened.lock is not None
    opened.lock.release()
    return settle_place(folder)


@pytest.mark.parametrize("durability", [engines.WAL_FULL, engines.DELETE_EXTRA])
def test_the_settings_are_in_force(tmp_path: Path, durability: engines.Durability) -> None:
    storage = engines.sqlite_storage(made(tmp_path), durability=durability)
    expected = {
        "journal_mode": durability.journal_mode,
        "synchronous": {"FULL": 2, "EXTRA": 3}[durability.synchronous],
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "mmap_size": 0,
        "busy_timeout": 5_000,
        "secure_delete": 1,
        "temp_store": 2,
        "recursive_triggers": 1,
        "application_id": 0x504F534C,
        "user_version": SCHEMA_VERSION,
    }
    with storage.engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
        assert found == expected
        described = storage.describe(connection)
    storage.engine.dispose()
    assert described["journal_mode"] == durability.journal_mode
    assert described["synchronous"] == durability.synchronous


def test_a_ledger_moves_between_journals_as_sqlite_changes(tmp_path: Path) -> None:
    file = made(tmp_path)
    for durability in (engines.WAL_FULL, engines.DELETE_EXTRA, engines.WAL_FULL):
        storage = engines.sqlite_storage(file, durability=durability)
        with storage.engine.connect() as connection:
            assert storage.describe(connection)["journal_mode"] == durability.journal_mode
        storage.engine.dispose()
        assert engines.check_file(file) == SCHEMA_VERSION


def test_a_change_takes_the_write_lock_when_it_begins(tmp_path: Path) -> None:
    file = made(tmp_path)
    storage = engines.sqlite_storage(file, durability=engines.DELETE_EXTRA)
    stranger = sqlite3.connect(file, timeout=0, isolation_level=None)
    locked = pytest.raises(sqlite3.OperationalError, match="locked")
    with engines.writing(storage.engine).begin(), locked:
        stranger.execute("BEGIN IMMEDIATE")
    with storage.engine.begin():
        stranger.execute("BEGIN IMMEDIATE")
        stranger.execute("ROLLBACK")
    stranger.close()
    storage.engine.dispose()


def test_every_table_is_strict(tmp_path: Path) -> None:
    connection = sqlite3.connect(made(tmp_path))
    strict = {
        name: bool(flag)
        for name, flag in connection.execute("SELECT name, strict FROM pragma_table_list")
        if not name.startswith(("sqlite_", "alembic_"))
    }
    connection.close()
    assert strict
    assert all(strict.values()), strict
