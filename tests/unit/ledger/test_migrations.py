"""The schema has two sources, models and migrations, that agree; every way up and down works."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert

from pos_app.domain.card_facts import CARDS
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.money import Won
from pos_app.domain.order import PaymentId
from pos_app.domain.payment import PaymentState
from pos_app.domain.requests import HistoryQuery
from pos_app.domain.streams import StreamQuery
from pos_app.ledger import engines, migrating, schema
from pos_app.ledger.engines import Storage
from pos_app.ledger.migrating import migrate
from pos_app.ledger.migrations import triggers_v0001, triggers_v0002
from pos_app.ledger.places import settle_place
from pos_app.ledger.store import SqlLedger
from tests.contract.ledger.cases import give_back, keep, lose, opened, sell

TRIGGERS = triggers_v0001.NAMES | triggers_v0002.NAMES
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """An empty database."""
    made = engines.sqlite_storage(settle_place(tmp_path / "ledger"))
    yield made
    made.engine.dispose()


def go(storage: Storage, version: int) -> None:
    """Migrate up or down."""
    with engines.writing(storage.engine).begin() as connection:
        migrate(connection, version)


def shape(storage: Storage) -> dict[str, str]:
    """Return everything the schema holds, as its SQL, blanks evened out."""
    with storage.engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all()
    return {
        name: re.sub(r"\s+", " ", sql)
        for name, sql in rows
        if sql and not name.startswith("alembic_")
    }


def header(storage: Storage) -> tuple[int, int]:
    """Return what the file says it is."""
    with storage.engine.begin() as connection:
        return tuple(  # type: ignore[return-value]  # two numbers
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("application_id", "user_version")
        )


def test_migrations_and_models_agree(storage: Storage) -> None:
    go(storage, schema.SCHEMA_VERSION)
    with storage.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.METADATA) == []


def test_they_agree_to_the_letter(storage: Storage, tmp_path: Path) -> None:
    # Alembic compares no checks, no conditions of indexes, no strictness.
    go(storage, schema.SCHEMA_VERSION)
    engine = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
    schema.METADATA.create_all(engine)
    models = Storage(engine, *[None] * 4)  # type: ignore[arg-type]  # only looked at
    expected = {name: parts(sql) for name, sql in shape(models).items()}
    engine.dispose()
    migrated = {name: parts(sql) for name, sql in shape(storage).items() if name not in TRIGGERS}
    assert migrated == expected


def parts(sql: str) -> set[str]:
    """Return what stands between the commas of a statement's brackets, and what stands around."""
    before, _, rest = sql.partition("(")
    inside, _, after = rest.rpartition(")")
    found, depth, start = {before.strip(), after.strip()}, 0, 0
    for place, letter in enumerate(inside):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            found.add(inside[start:place].strip())
            start = place + 1
    return found | {inside[start:].strip()}


def test_everything_is_there_after_going_up(storage: Storage) -> None:
    go(storage, schema.SCHEMA_VERSION)
    assert shape(storage).keys() >= TRIGGERS
    assert {"uq_payments_live_sale", "uq_refunds_live_payment"} <= shape(storage).keys()
    assert header(storage) == (schema.APPLICATION_ID, schema.SCHEMA_VERSION)


def test_down_leaves_nothing_and_up_again_the_same(storage: Storage) -> None:
    go(storage, schema.SCHEMA_VERSION)
    first = shape(storage)
    go(storage, 0)
    assert shape(storage) == {}
    assert header(storage) == (0, 0)
    go(storage, schema.SCHEMA_VERSION)
    assert shape(storage) == first


def test_going_where_one_is_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        asyncio.run(give_back(ledger, asyncio.run(sell(ledger, 1)), 5_000))
        asyncio.run(lose(ledger, 2))
    storage = engines.sqlite_storage(settle_place(tmp_path))
    go(storage, schema.SCHEMA_VERSION)
    storage.engine.dispose()
    with opened(tmp_path) as ledger:
        assert asyncio.run(ledger.verify()).entries == 9


def test_down_with_data_takes_the_data(tmp_path: Path) -> None:
    # Only tests go down; the triggers must not stand in the way of that.
    with opened(tmp_path) as ledger:
        asyncio.run(give_back(ledger, asyncio.run(sell(ledger, 1)), 5_000))
    storage = engines.sqlite_storage(settle_place(tmp_path))
    go(storage, 0)
    assert shape(storage) == {}
    storage.engine.dispose()


def test_the_numbers_of_the_migrations_are_the_schemas() -> None:
    scripts = ScriptDirectory(str(Path(migrating.__file__).parent / "migrations"))
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert revisions == [f"{n:04d}" for n in range(schema.SCHEMA_VERSION, 0, -1)]
    assert scripts.get_heads() == [f"{schema.SCHEMA_VERSION:04d}"]


def test_a_migration_that_is_cut_off_leaves_the_old_schema(storage: Storage) -> None:
    class CutError(Exception):
        pass

    def cut() -> None:
        with engines.writing(storage.engine).begin() as connection:
            migrate(connection)
            connection.execute(insert(schema.ledger_meta), {"name": "a", "value": "b"})
            raise CutError

    with pytest.raises(CutError):
        cut()
    assert shape(storage) == {}
    assert header(storage) == (0, 0)


def test_a_path_with_a_percent_sign(tmp_path: Path) -> None:
    with opened(tmp_path / "100%_shop %(here)s") as ledger:
        asyncio.run(sell(ledger))


def test_an_up_to_date_ledger_opens_without_alembic(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    script = (
        "import sys, pos_app.ledger; assert 'sqlalchemy' not in sys.modules;"
        "from pathlib import Path; from tests.contract.ledger.cases import opened;"
        "opened(Path(sys.argv[1])).close(); assert 'alembic' not in sys.modules;"
        "assert 'openpyxl' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


#: What the program wrote before there were streams: a sale refunded in part (seq 1 to 6), one
#: whose answer was lost (7 to 9), a declined one (10 to 12).
VERSION_1 = Path(__file__).with_name("ledger_v0001.sql").read_text("utf-8")


def of_version_1(folder: Path) -> None:
    """Lay down a ledger as version 1 left it."""
    folder.mkdir()
    connection = sqlite3.connect(folder / "ledger.db")
    connection.executescript(VERSION_1)
    connection.close()


def test_a_ledger_of_version_1_is_brought_up_and_goes_on(tmp_path: Path) -> None:
    of_version_1(tmp_path / "ledger")

    async def story(ledger: SqlLedger) -> None:
        assert (await ledger.verify()).entries == 12
        first = await ledger.get(PaymentId("pay1"))
        assert (first.state, first.balance) == (PaymentState.APPROVED, Won(35_000))
        assert [r.payment_id for r in await ledger.open_payments()] == ["pay2"]
        assert [r.payment_id for r in await ledger.search(HistoryQuery(text="ㄱㄱㅅ"))] == ["pay2"]
        card = await keep(ledger.streams)
        await sell(ledger, 4)
        assert await ledger.streams.find(CARDS, StreamQuery(text="ㅎㄱㄷ")) == [card]
        report = await ledger.verify()
        assert (report.ok, report.entries) == (True, 18)
        assert len(list(ledger.export_rows())) == 4

    with opened(tmp_path / "ledger") as ledger:
        asyncio.run(story(ledger))
    with opened(tmp_path / "ledger") as again:
        assert asyncio.run(again.verify()).ok


def test_a_ledger_of_version_1_is_not_migrated_by_a_look(tmp_path: Path) -> None:
    of_version_1(tmp_path / "ledger")
    with pytest.raises(ShopTrouble, match=r"ledger\.older_schema"):
        opened(tmp_path / "ledger", read_only=True)


def test_what_was_changed_in_a_ledger_of_version_1_still_shows(tmp_path: Path) -> None:
    of_version_1(tmp_path / "ledger")
    connection = sqlite3.connect(tmp_path / "ledger" / "ledger.db")
    connection.execute("DROP TRIGGER facts_no_update")
    connection.execute("UPDATE facts SET operator = '남' WHERE seq = 5")
    connection.commit()
    connection.close()
    with opened(tmp_path / "ledger") as ledger:
        assert asyncio.run(ledger.verify()).first_bad_seq == 5
