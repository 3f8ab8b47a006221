"""The power goes while the ledger is written: what was acknowledged is there, and nothing is half.

Row 61 (a power cut at every write and sync) and row 62 (torn sectors) of money-safety.md 11.
`night_power.py` is the long run.
"""

from __future__ import annotations

import random

import pytest

from tests.crash.power_log import Op
from tests.crash.power_model import SECTOR, Disk
from tests.crash.power_run import CONTROLS, MISSING, Work
from tests.helpers import figures

needs_recorder = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@needs_recorder
@pytest.mark.parametrize(
    ("story", "journal"),
    [
        ("till", "wal-full"),
        ("till", "delete-extra"),
        ("mornings", "wal-full"),
        ("busy_day", "delete-extra"),
        ("cards_on_file", "wal-full"),
        ("spooled", "wal-full"),
        ("brought_up", "delete-extra"),
    ],
)
def test_row_61_62_no_acknowledged_fact_is_lost(story: str, journal: str) -> None:
    verdicts = Work(story, journal, seed=61, cuts=60).run()
    for what, count in verdicts.counts.items():
        figures.add(what, count)
    assert verdicts.counts["power cuts"] == 60
    assert not verdicts.lost
    assert not verdicts.wrong


@needs_recorder
@pytest.mark.parametrize("journal", CONTROLS)
def test_the_control_does_lose_facts(journal: str) -> None:
    verdicts = Work("busy_day", journal, seed=2, cuts=40).run()
    figures.add("power cuts of the control", verdicts.counts["power cuts"])
    figures.add("power cuts of the control that lost facts", len(verdicts.lost))
    assert len(verdicts.lost) > 4


# ------------------------------------------------------------------------ the disk that forgets

FILE = "/r/file"


def made(inode: int = 7, path: str = FILE) -> Op:
    """Return the making of a file."""
    return Op("C", inode, 0, path, "", b"")


def write(offset: int, data: bytes, inode: int = 7) -> Op:
    """Return a write."""
    return Op("W", inode, offset, FILE, "", data)


SYNCED = Op("S", 7, 0, FILE, "", b"")
FOLDER_SYNCED = Op("D", 2, 0, "/r", "", b"")


def after(*ops: Op) -> set[bytes | None]:
    """Return every content that the file was found with after a cut; None where it is not there."""
    disk = Disk("/r")
    for op in ops:
        disk.do(op)
    return {disk.after_a_cut(random.Random(seed)).get(FILE) for seed in range(200)}


def test_what_was_synced_stays() -> None:
    assert after(made(), write(0, b"abc"), SYNCED, FOLDER_SYNCED) == {b"abc"}


def test_a_synced_file_without_its_folder_may_not_be_there() -> None:
    assert after(made(), write(0, b"abc"), SYNCED) == {b"abc", None}


def test_a_write_may_come_without_the_one_before_it() -> None:
    found = after(made(), FOLDER_SYNCED, write(0, b"a" * SECTOR), write(SECTOR, b"b" * SECTOR))
    assert bytes(SECTOR) + b"b" * SECTOR in found
    assert b"a" * SECTOR in found
    assert b"" in found


def test_a_write_may_be_torn_between_sectors_and_nowhere_else() -> None:
    old, new = b"o" * 3 * SECTOR, b"n" * 3 * SECTOR
    found = after(made(), FOLDER_SYNCED, write(0, old), SYNCED, write(0, new))
    assert len(found) == 8
    for content in found:
        assert content is not None
        assert all(len(set(content[at : at + SECTOR])) == 1 for at in range(0, 3 * SECTOR, SECTOR))


def test_a_removed_name_may_come_back_and_a_new_name_may_be_the_old_one() -> None:
    there = (made(), write(0, b"old"), SYNCED, FOLDER_SYNCED)
    assert after(*there, Op("U", 0, 0, FILE, "", b"")) == {b"old", None}
    other = "/r/fresh"
    fresh = (made(8, other), Op("W", 8, 0, other, "", b"new"), Op("S", 8, 0, other, "", b""))
    assert after(*there, *fresh, Op("R", 0, 0, other, FILE, b"")) == {b"old", b"new"}
