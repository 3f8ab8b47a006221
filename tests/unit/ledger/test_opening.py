"""What is refused at the door, each with its own code, and nothing touched."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pos_app.domain import facts as f
from pos_app.domain.errors import Bug, PosError, ShopTrouble, UserMistake
from pos_app.ledger.schema import SCHEMA_VERSION
from pos_app.ledger.store import open_ledger
from tests.contract.ledger.cases import (
    INSTALL_ID,
    KEY,
    OWNER,
    StillClock,
    opened,
    prepared,
    sell,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a ledger in it that holds one sale, closed."""
    with opened(tmp_path / "ledger") as ledger:
        asyncio.run(sell(ledger))
    return tmp_path / "ledger"


def refused(folder: Path, **changes: Any) -> PosError:
    """Open a ledger that must be refused; return why."""
    with pytest.raises(PosError) as error:
        opened(folder, **changes)
    return error.value


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file with its bytes."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_ledger_opens_again_with_everything_in_it(folder: Path) -> None:
    with opened(folder) as ledger:
        assert asyncio.run(ledger.verify()).entries == 3
        assert asyncio.run(ledger.recent(1))[0].payment_id == "pay1"


def test_closing_from_the_loop_finishes_what_waits(folder: Path) -> None:
    async def story() -> None:
        ledger = opened(folder)
        task = asyncio.create_task(ledger.prepare(OWNER, prepared(2)))
        await asyncio.sleep(0)
        await ledger.aclose()
        assert (await task).payment_id == "pay2"
        await ledger.aclose()
        ledger.close()
        with pytest.raises(Bug, match=r"ledger\.closed"):
            await ledger.recent(1)

    asyncio.run(story())
    with opened(folder) as ledger:
        assert asyncio.run(ledger.get(prepared(2).payment_id)).version == 1


def test_a_second_copy_of_the_program(folder: Path) -> None:
    with opened(folder) as ledger:
        assert refused(folder).code == "ledger.in_use"
        asyncio.run(sell(ledger, 2))
    with opened(folder):
        pass


def test_a_second_copy_in_another_process_and_a_lock_that_a_killed_one_left(folder: Path) -> None:
    script = (
        "import sys; from tests.contract.ledger.cases import opened; from pathlib import Path;"
        "ledger = opened(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        assert refused(folder).code == "ledger.in_use"
        other.kill()
    with opened(folder) as ledger:
        assert asyncio.run(ledger.verify()).ok


def test_reading_beside_a_program_that_writes(folder: Path) -> None:
    with opened(folder) as writer, opened(folder, read_only=True) as reader:
        asyncio.run(sell(writer, 2))
        assert [row["payment_id"] for row in reader.export_rows()] == ["pay1", "pay2"]
        assert asyncio.run(reader.verify()).ok
        with pytest.raises(Bug, match=r"ledger\.opened_for_reading"):
            asyncio.run(reader.prepare(OWNER, prepared(3)))
        with pytest.raises(Bug, match=r"ledger\.opened_for_reading"):
            asyncio.run(reader.append(prepared(1).payment_id, OWNER, f.Sending(1.0), version=3))
        asyncio.run(sell(writer, 3))


def test_reading_where_there_is_none(tmp_path: Path) -> None:
    assert refused(tmp_path, read_only=True).code == "ledger.missing"


def test_a_newer_schema_is_left_alone(folder: Path) -> None:
    with_version(folder, SCHEMA_VERSION + 1)
    before = contents(folder)
    for read_only in (False, True):
        error = refused(folder, read_only=read_only)
        assert (error.code, error.params) == (
            "ledger.newer_schema",
            {"schema": SCHEMA_VERSION + 1, "ours": SCHEMA_VERSION},
        )
    assert contents(folder) == before


def test_a_newer_schema_that_only_the_journal_knows_of(folder: Path) -> None:
    connection = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    (copy := folder.parent / "copy").mkdir()
    for name in ("ledger.db", "ledger.db-wal", "ledger.db.lock"):
        shutil.copy(folder / name, copy)
    connection.close()
    assert refused(copy).code == "ledger.newer_schema"


def test_an_older_schema_cannot_be_looked_at_only(tmp_path: Path) -> None:
    tmp_path.joinpath("ledger.db").touch()
    assert refused(tmp_path, read_only=True).code == "ledger.older_schema"


def with_version(folder: Path, version: int, application_id: int = 0x504F534C) -> None:
    """Write another schema or owner into the file."""
    connection = sqlite3.connect(folder / "ledger.db")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute(f"PRAGMA application_id = {application_id}")
    connection.close()


def test_a_database_of_another_program(folder: Path) -> None:
    with_version(folder, 1, application_id=7)
    before = contents(folder)
    assert refused(folder).code == "ledger.foreign"
    assert contents(folder) == before


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_file_that_the_power_cut_left_without_a_table(tmp_path: Path, mode: str) -> None:
    connection = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("VACUUM")
    connection.close()
    with opened(tmp_path) as ledger:
        assert asyncio.run(ledger.verify()).ok


def test_a_database_of_another_program_that_says_nothing_of_itself(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    before = contents(tmp_path)
    assert refused(tmp_path).code == "ledger.foreign"
    assert contents(tmp_path).items() >= before.items()


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0 a photo", b"SQLite format 3\x00 cut", b"x"])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ledger.db"
    file.write_bytes(content)
    assert refused(tmp_path).code == "ledger.damaged"
    assert file.read_bytes() == content


def test_a_damaged_page(folder: Path) -> None:
    file = folder / "ledger.db"
    content = bytearray(file.read_bytes())
    content[4096 + 3 : 4096 + 200] = bytes(197)
    file.write_bytes(content)
    assert refused(folder).code == "ledger.damaged"
    assert file.read_bytes() == content


def test_a_file_cut_in_half(folder: Path) -> None:
    file = folder / "ledger.db"
    content = file.read_bytes()[: file.stat().st_size // 2]
    file.write_bytes(content)
    assert refused(folder).code == "ledger.damaged"
    assert file.read_bytes() == content


@pytest.mark.parametrize("how", ["emptied", "removed"])
def test_a_ledger_that_is_gone_is_not_begun_anew(folder: Path, how: str) -> None:
    file = folder / "ledger.db"
    kept = file.read_bytes()
    file.write_bytes(b"") if how == "emptied" else file.unlink()
    assert refused(folder).code == "ledger.missing"
    file.write_bytes(kept)
    with opened(folder) as ledger:
        assert asyncio.run(ledger.verify()).ok


@pytest.mark.parametrize("changes", [{"key": bytes(32)}, {"install_id": "other"}])
def test_another_key_or_installation(folder: Path, changes: dict[str, object]) -> None:
    before = contents(folder)
    assert refused(folder, **changes).code == "ledger.key_mismatch"
    assert refused(folder, read_only=True, **changes).code == "ledger.key_mismatch"
    assert contents(folder) == before


@pytest.mark.slow  # the five seconds that a virus scanner is given
def test_a_locked_file(folder: Path) -> None:
    stranger = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    stranger.execute("BEGIN EXCLUSIVE")
    assert refused(folder).code == "ledger.locked"
    stranger.close()
    with opened(folder):
        pass


def test_an_address_that_is_none() -> None:
    with pytest.raises(UserMistake, match=r"ledger\.url_unknown") as error:
        open_ledger(
            "mysql://root:secret@host/db",
            Path("/nowhere"),
            key=KEY,
            install_id=INSTALL_ID,
            clock=StillClock(),
        )
    assert error.value.params == {"scheme": "mysql"}


# ---------------------------------------------------------------------- read-only and full disks

NOBODY = 65_534


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may reach, unlike the ones pytest makes."""
    folder = Path(tempfile.mkdtemp(prefix="ledger"))
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(folder)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's rights for a while: permissions mean nothing to root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="a folder's mode means nothing on Windows")
def test_a_read_only_folder(public: Path) -> None:
    data = public / "data"
    data.mkdir(mode=0o555)
    with as_nobody():
        assert refused(data / "ledger").code == "ledger.read_only"
    assert list(data.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a folder's mode means nothing on Windows")
@pytest.mark.parametrize("mode", [0o400, 0o600], ids=["files too", "folder only"])
def test_a_ledger_whose_folder_became_read_only(public: Path, mode: int) -> None:
    # Where only the folder is, the file opens well enough, but no journal can be made beside it.
    with as_nobody_owning(public):
        with opened(public / "ledger"):
            pass
        folder = public / "ledger"
        before = contents(folder)
        for path in folder.iterdir():
            path.chmod(mode)
        folder.chmod(0o500)
        error = refused(folder).code
        assert (error, contents(folder)) == ("ledger.read_only", before)


@contextmanager
def as_nobody_owning(folder: Path) -> Iterator[None]:
    """Do as `as_nobody`, with a folder of one's own."""
    if sys.platform != "win32" and os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    with as_nobody():
        yield


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MB, where the one who runs the tests may mount one."""
    point = tmp_path / "disk"
    point.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(point)]
    if shutil.which("mount") is None or subprocess.run(command, check=False).returncode:
        pytest.skip("no right to mount a small disk; test_faults.py fills one without it")
    yield point
    subprocess.run(["umount", str(point)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
def test_a_full_disk(small_disk: Path) -> None:
    with opened(small_disk / "ledger") as ledger:
        record = asyncio.run(sell(ledger, 1))
        room = small_disk / "room"
        room.write_bytes(bytes(3 << 20))
        # No new sale begins with little room left, but what is under way is written down.
        with pytest.raises(ShopTrouble, match=r"ledger\.disk_full"):
            asyncio.run(ledger.prepare(OWNER, prepared(2)))
        record = asyncio.run(
            ledger.append(record.payment_id, OWNER, f.Unwanted("asked"), version=record.version)
        )
        fill(small_disk / "rest")
        long = f.PersonNeeded("x" * 90_000)
        with pytest.raises(ShopTrouble, match=r"ledger\.disk_full"):
            asyncio.run(ledger.append(record.payment_id, OWNER, long, version=record.version))
        (small_disk / "rest").unlink()
        assert asyncio.run(ledger.get(record.payment_id)) == record
        assert asyncio.run(ledger.verify()).ok


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
def test_no_room_for_a_new_ledger(small_disk: Path) -> None:
    fill(small_disk / "everything")
    assert refused(small_disk / "ledger").code == "ledger.disk_full"
    (small_disk / "everything").unlink()
    with opened(small_disk / "ledger"):
        pass


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    try:
        with path.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    except OSError:
        return
