"""The spool on the disk: durable, whole line by line, damaged lines apart, room on a full disk."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.domain import facts as f
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.order import PaymentId
from pos_app.domain.spooled import Spooled
from pos_app.ledger.chain import Chain
from pos_app.ledger.spool import ASIDE_NAME, ROOM_BYTES, SPOOL_NAME, FileSpool
from tests.contract.ledger.cases import INSTALL_ID, KEY, OWNER, approval


def answer(number: int = 1) -> Spooled:
    """Return an approval that the ledger could not take."""
    fact = f.ChargeApproved(approval())
    return Spooled(PaymentId(f"pay{number}"), 2, OWNER, (fact,))


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[FileSpool]:
    """A spool with its room, in a folder of its own."""
    made = FileSpool(tmp_path, Chain(KEY, INSTALL_ID))
    made.make_room()
    yield made
    made.close()


def again(tmp_path: Path) -> FileSpool:
    """Return the spool of the next start."""
    return FileSpool(tmp_path, Chain(KEY, INSTALL_ID))


def test_what_was_put_in_is_found_by_the_next_start(tmp_path: Path, spool: FileSpool) -> None:
    async def story() -> None:
        await spool.put(answer(1))
        await spool.put(answer(2))
        late = again(tmp_path)
        assert (await late.read()).waiting == (answer(1), answer(2))
        await late.drop(answer(1))
        assert (await late.read()).waiting == (answer(2),)
        await late.drop(answer(2))
        assert not (await late.read()).waiting
        late.close()

    asyncio.run(story())


def test_it_is_private_and_keeps_its_room(tmp_path: Path, spool: FileSpool) -> None:
    asyncio.run(spool.put(answer()))
    there = (tmp_path / SPOOL_NAME).stat()
    assert stat.S_IMODE(there.st_mode) == 0o600
    assert there.st_size == ROOM_BYTES
    asyncio.run(spool.drop(answer()))
    assert (tmp_path / SPOOL_NAME).stat().st_size == ROOM_BYTES


def test_a_full_disk_still_takes_it(tmp_path: Path, spool: FileSpool) -> None:
    """No file may grow any more, as on a full disk: the room is there already."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, limits[1]))
        asyncio.run(spool.put(answer()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, old)
    assert asyncio.run(spool.read()).waiting == (answer(),)


def test_what_does_not_fit_is_told_and_leaves_no_trace(tmp_path: Path, spool: FileSpool) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    asyncio.run(spool.put(answer(1)))
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (900, limits[1]))
        with pytest.raises(ShopTrouble, match=r"ledger\.disk_full"):
            asyncio.run(spool.put(answer(2)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, old)
    assert asyncio.run(spool.read()).waiting == (answer(1),)


@pytest.mark.parametrize("place", [0, 2, 5, 40, 90, 200])
def test_a_damaged_line_is_set_aside_and_named(
    tmp_path: Path, spool: FileSpool, place: int
) -> None:
    """Row 79: the rest is there, the line is kept, and it is told once."""
    file = tmp_path / SPOOL_NAME
    for number in (1, 2, 3):
        asyncio.run(spool.put(answer(number)))
    lines = file.read_bytes().split(b"\n")
    hurt = bytearray(lines[1])
    hurt[place] ^= 4
    lines[1] = bytes(hurt)
    file.write_bytes(b"\n".join(lines))
    found = asyncio.run(spool.read())
    assert found.waiting == (answer(1), answer(3))
    assert (found.damaged, found.place) == ((1,), str(tmp_path / ASIDE_NAME))
    assert (tmp_path / ASIDE_NAME).read_bytes() == bytes(hurt) + b"\n"
    assert asyncio.run(spool.read()).damaged == ()
    look = spool.look()
    assert (look.waiting, look.damaged, look.aside) == (2, 0, 1)


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_line_that_was_cut_is_not_believed(tmp_path: Path, spool: FileSpool, cut: int) -> None:
    file = tmp_path / SPOOL_NAME
    asyncio.run(spool.put(answer(1)))
    whole = file.read_bytes().rstrip(b"\n")
    file.write_bytes(whole[:-cut])
    found = asyncio.run(spool.read())
    assert (found.waiting, found.damaged) == ((), (1,))


def test_a_line_of_another_installation_is_not_believed(tmp_path: Path, spool: FileSpool) -> None:
    foreign = FileSpool(tmp_path, Chain(bytes(32), INSTALL_ID))
    asyncio.run(foreign.put(answer(1)))
    foreign.close()
    assert asyncio.run(spool.read()).damaged == (1,)


def test_the_later_of_two_answers_about_one_payment_counts(spool: FileSpool) -> None:
    later = Spooled(PaymentId("pay1"), 2, OWNER, (f.ChargeNoAnswer("timeout"),))
    asyncio.run(spool.put(answer(1)))
    asyncio.run(spool.put(later))
    assert asyncio.run(spool.read()).waiting == (later,)
    asyncio.run(spool.drop(later))
    assert asyncio.run(spool.read()).waiting == ()


def test_what_people_must_see_is_moved_and_stays(tmp_path: Path, spool: FileSpool) -> None:
    asyncio.run(spool.put(answer(1)))
    place = asyncio.run(spool.set_aside(answer(1)))
    assert b"pay1" in Path(place).read_bytes()
    assert asyncio.run(spool.read()).waiting == ()
    assert spool.look().aside == 1


_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.unit.ledger.test_spool import again, answer
spool = again(Path(sys.argv[1]))
asyncio.run(spool.put(answer(7)))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_program_killed_right_after_has_it_on_the_disk(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KILLED, str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(command, env=env, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    late = again(tmp_path)
    assert asyncio.run(late.read()).waiting == (answer(7),)
    late.close()
