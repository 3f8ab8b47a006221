"""After a charge the card number is nowhere in the program's memory (security.md 2, goal 8).

The memory is read from outside: a program that searches itself finds its own search pattern.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trustme

from tests.unit.gateways import build
from tests.unit.gateways.portone import build as portone
from tests.unit.gateways.raw import Act, RawServer, Visit
from tests.unit.gateways.scanned import LENGTH, digit

PAN = bytes(digit(place) for place in range(LENGTH))
ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/mem").exists(), reason="reads memory through /proc"
)


def patterns() -> list[bytes]:
    """Return the number and eight of its digits in every form text takes."""
    text, middle = PAN.decode(), PAN[4:12].decode()
    forms = [
        part.encode(code) for part in (text, middle) for code in ("ascii", "utf-16-le", "utf-32-le")
    ]
    dashed = "-".join(text[at : at + 4] for at in range(0, LENGTH, 4))
    return [*forms, dashed.encode(), bytes.fromhex(text), bytes.fromhex(text)[::-1]]


def copies(pid: int) -> int:
    """Count the hits of any pattern in the writable memory of a process."""
    wanted = re.compile(b"|".join(re.escape(pattern) for pattern in patterns()))
    found = 0
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            if not rights.startswith("rw") or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            memory.seek(start)
            try:
                data = memory.read(end - start)
            except OSError:
                continue
            found += len(wanted.findall(data))
    return found


async def approve(visit: Visit) -> None:
    await visit.request()
    await visit.answer(build.said(build.APPROVAL).body)


async def reset(visit: Visit) -> None:
    await visit.request()
    visit.reset()


async def close_early(visit: Visit) -> None:
    await visit.head()
    visit.reset()


async def hang(visit: Visit) -> None:
    await visit.request()
    await visit.until_gone()


async def watch(
    act: Act,
    tls: ssl.SSLContext | None,
    ca_file: str,
    look: Callable[[int], Awaitable[int]] | None = None,
    vendor: str = "kcp",
) -> tuple[int, int, str]:
    """Charge in a program of its own; return hits before and after, and the answer's name.

    Args:
        act: what the server does.
        tls: of the server.
        ca_file: what the program trusts.
        look: counts the second hits instead, while the charge is under way.
        vendor: whose gateway it is.
    """
    async with RawServer(act, tls) as server:
        program = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.unit.gateways.scanned",
            str(server.port),
            ca_file,
            vendor,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert program.stdin is not None
        assert program.stdout is not None
        await program.stdout.readline()
        before = copies(program.pid)
        program.stdin.write(b"\n")
        during = None if look is None else await look(program.pid)
        answer = (await program.stdout.readline()).decode().strip()
        after = copies(program.pid) if during is None else during
        program.stdin.write(b"\n")
        await program.wait()
        if answer == "Approved":
            assert PAN in server.received.replace(b"-", b"")
        return before, after, answer


@pytest.mark.parametrize(
    ("act", "name"),
    [(approve, "Approved"), (reset, "NoAnswer"), (close_early, "NoAnswer"), (hang, "NoAnswer")],
)
def test_no_copy_is_left_after_a_charge(act: Act, name: str) -> None:
    before, after, answer = asyncio.run(watch(act, None, "-"))
    assert before > 0
    assert (answer, after) == (name, 0)


def at_portone(act: Act) -> Act:
    """Answer token and channels, and play `act` for the charge."""

    async def play(visit: Visit) -> None:
        head = await visit.head()
        if b"/users/pg" in head:
            await visit.answer(portone.said([portone.CHANNEL]).body)
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        visit.received += await visit.reader.readexactly(length)
        if b"getToken" in head:
            await visit.answer(portone.said(portone.TOKEN).body)
        else:
            await act(visit)

    return play


async def pay(visit: Visit) -> None:
    await visit.answer(portone.said(portone.PAYMENT).body)


async def cut(visit: Visit) -> None:
    visit.reset()


@pytest.mark.parametrize(("act", "name"), [(pay, "Approved"), (cut, "NoAnswer")])
def test_no_copy_is_left_after_a_charge_at_portone(act: Act, name: str) -> None:
    before, after, answer = asyncio.run(watch(at_portone(act), None, "-", vendor="portone"))
    assert before > 0
    assert (answer, after) == (name, 0)


def test_no_copy_is_left_while_the_answer_is_awaited() -> None:
    """Freed memory soon holds other things; right after the last byte it still holds these."""

    async def main() -> None:
        arrived, looked = asyncio.Event(), asyncio.Event()

        async def act(visit: Visit) -> None:
            await visit.request()
            arrived.set()
            await looked.wait()
            await visit.answer(build.said(build.APPROVAL).body)

        async def look(pid: int) -> int:
            await arrived.wait()
            found, looks = copies(pid), 1
            while found and looks < 50:
                # The bytes are here; the program may not have come to wiping them yet.
                await asyncio.sleep(0.02)
                found, looks = copies(pid), looks + 1
            looked.set()
            return found

        before, during, answer = await watch(act, None, "-", look)
        assert before > 0
        assert (answer, during) == ("Approved", 0)

    asyncio.run(main())


def test_no_copy_is_left_after_a_charge_over_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("spl.kcp.co.kr").configure_cert(context)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    before, after, answer = asyncio.run(watch(approve, context, str(ca_file)))
    assert before > 0
    assert (answer, after) == ("Approved", 0)
