"""A program that stands still, and one that is stopped, in the middle of a request."""

from __future__ import annotations

import asyncio
import time

import pytest

from pos_app.gateways.exchange import Broken, Response
from tests.unit.gateways.posting import BODY, post
from tests.unit.gateways.raw import RawServer, Visit


def stand_still(seconds: float) -> None:
    """Keep the loop from running, as a program does that is busy with something else."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def test_an_answer_that_arrived_while_the_program_stood_still_is_read() -> None:
    """The loop stands still over the deadline; the bytes are in the socket (money-safety 74)."""

    async def main() -> None:
        gone = asyncio.Event()

        async def act(visit: Visit) -> None:
            await visit.request()
            await visit.answer(b"x" * 100_000)
            gone.set()

        async with RawServer(act) as server:
            task = asyncio.create_task(post(server.url, timeout_s=0.5))
            await gone.wait()
            stand_still(0.8)
            exchange = await task
        assert isinstance(exchange, Response)
        assert len(exchange.body) == 100_000

    asyncio.run(main())


class Silent:
    """Reads a request, says so, and never answers."""

    def __init__(self) -> None:
        self.has_it = asyncio.Event()

    async def act(self, visit: Visit) -> None:
        await visit.request()
        self.has_it.set()
        await visit.until_gone()


def test_an_answer_the_program_slept_over_before_it_was_sent_is_unknown() -> None:
    async def main() -> None:
        silent = Silent()
        async with RawServer(silent.act) as server:
            task = asyncio.create_task(post(server.url, timeout_s=0.3))
            await silent.has_it.wait()
            stand_still(0.5)
            exchange = await task
        assert isinstance(exchange, Broken)
        assert (exchange.left_us, exchange.why) == (True, "timeout")

    asyncio.run(main())


def test_cancelled_from_outside_it_wipes_and_closes() -> None:
    async def main() -> None:
        body, silent = bytearray(BODY), Silent()
        async with RawServer(silent.act) as server:
            task = asyncio.create_task(post(server.url, body=body, timeout_s=30))
            await silent.has_it.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not any(body)
            await server.visits[0].until_gone()
        left = {task.get_name() for task in asyncio.all_tasks()}
        assert "gateway.talk" not in left

    asyncio.run(main())
