"""An older ledger, a cut one, a deleted `-wal`: sound files, but somebody remembers a newer end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pos_app.domain.errors import ShopTrouble
from pos_app.domain.order import PaymentId
from pos_app.ledger import engines
from pos_app.ledger.chain import Head
from pos_app.ledger.places import FILE_NAME
from tests.contract.ledger.cases import opened, sell


def sold(folder: Path, *numbers: int) -> Head:
    """Open the ledger in `folder`, sell, close it; return its end."""
    with opened(folder) as ledger:
        for number in numbers:
            asyncio.run(sell(ledger, number))
        return asyncio.run(ledger.head())


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file with its bytes."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a ledger of two sales; the state after the first is kept in `older`."""
    place = tmp_path / "ledger"
    sold(place, 1)
    shutil.copytree(place, tmp_path / "older")
    sold(place, 2)
    return place


def test_an_old_database_put_back_is_refused_and_left_alone(folder: Path) -> None:
    """Row 70: the lock file remembers."""
    shutil.copy(folder.parent / "older" / FILE_NAME, folder / FILE_NAME)
    before = contents(folder)
    with pytest.raises(ShopTrouble, match=r"ledger\.rolled_back") as refused:
        opened(folder)
    assert refused.value.params["seq"] == 6
    assert contents(folder) == before


def test_an_old_folder_put_back_is_seen_by_a_head_kept_elsewhere(folder: Path) -> None:
    with opened(folder) as ledger:
        anchor = asyncio.run(ledger.head())
    with pytest.raises(ShopTrouble, match=r"ledger\.rolled_back"):
        opened(folder.parent / "older", anchors=(anchor,))
    opened(folder, anchors=(anchor,)).close()
    opened(folder, anchors=(Head(anchor.seq, anchor.mac[:48]),)).close()
    with pytest.raises(ShopTrouble, match=r"ledger\.rolled_back"):
        opened(folder, anchors=(Head(anchor.seq, "0" * 48),))


def test_another_ledger_of_the_same_length_is_no_less_old(tmp_path: Path, folder: Path) -> None:
    """Put back, and sold with: as long as the one that was lost, but not the same."""
    with opened(folder) as ledger:
        anchor = asyncio.run(ledger.head())
    sold(tmp_path / "older", 3)
    with pytest.raises(ShopTrouble, match=r"ledger\.rolled_back"):
        opened(tmp_path / "older", anchors=(anchor,))


def test_it_can_be_read_and_verify_names_it(folder: Path) -> None:
    shutil.copy(folder.parent / "older" / FILE_NAME, folder / FILE_NAME)
    with opened(folder, read_only=True) as ledger:
        assert asyncio.run(ledger.get(PaymentId("pay1"))).payment_id == "pay1"
        report = asyncio.run(ledger.verify())
    assert (report.ok, report.why) == (False, "rolled_back")


def test_accepted_it_opens_from_then_on(folder: Path) -> None:
    shutil.copy(folder.parent / "older" / FILE_NAME, folder / FILE_NAME)
    with opened(folder, accept=True) as ledger:
        assert ledger.accept().seq == 3
        assert asyncio.run(ledger.verify()).ok
    assert sold(folder, 4).seq == 6
    opened(folder).close()


def test_opened_to_accept_and_not_accepted_it_stays_refused(folder: Path) -> None:
    shutil.copy(folder.parent / "older" / FILE_NAME, folder / FILE_NAME)
    opened(folder, accept=True).close()
    with pytest.raises(ShopTrouble, match=r"ledger\.rolled_back"):
        opened(folder)


@pytest.mark.parametrize("slot", [512, 1024])
def test_a_torn_slot_is_not_believed_and_the_other_counts(folder: Path, slot: int) -> None:
    lock = folder / f"{FILE_NAME}.lock"
    data = bytearray(lock.read_bytes())
    data[slot + 3] ^= 1
    lock.write_bytes(data)
    opened(folder).close()


def test_a_lock_file_that_was_lost_is_made_anew(folder: Path) -> None:
    (folder / f"{FILE_NAME}.lock").unlink()
    sold(folder, 3)
    shutil.copy(folder.parent / "older" / FILE_NAME, folder / FILE_NAME)
    with pytest.raises(ShopTrouble, match=r"ledger\.rolled_back"):
        opened(folder)


_KILLED = """
import asyncio, os, signal, sqlite3, sys
from pathlib import Path
from pos_app.ledger import engines
engines.durability_for = lambda version: engines.WAL_FULL
from tests.contract.ledger.cases import opened, sell
ledger = opened(Path(sys.argv[1]))
asyncio.run(sell(ledger, 3))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_deleted_wal_after_a_kill_is_noticed(folder: Path) -> None:
    """Row 68: the facts in it were committed, and the file without it is sound."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _KILLED, str(folder)]
    ended = subprocess.run(command, env=env, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    for end in ("-wal", "-shm"):
        (folder / f"{FILE_NAME}{end}").unlink()
    with pytest.raises(ShopTrouble, match=r"ledger\.rolled_back"):
        opened(folder)


def test_the_version_at_hand_decides_whether_there_is_a_wal() -> None:
    """The test above chooses it; a version with the reset bug would have none."""
    assert engines.durability_for((3, 51, 3)) == engines.WAL_FULL
