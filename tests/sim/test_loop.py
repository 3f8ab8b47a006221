"""The loop of virtual time: nothing takes time, and nothing real gets in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from tests.sim.loop import NotSimulatedError, VirtualLoop


def test_waiting_takes_no_time_and_keeps_the_order() -> None:
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((name, asyncio.get_running_loop().time()))

    async def main() -> None:
        await asyncio.gather(sleeper("c", 1e6), sleeper("a", 5), sleeper("b", 5.5))

    VirtualLoop().run(main())
    assert woken == [("a", 5.0), ("b", 5.5), ("c", 1e6)]


def test_a_skipped_hour_makes_what_was_due_in_it_late() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.call_soon(loop.skip, 3_600)
        await asyncio.sleep(1)
        return loop.time()

    assert VirtualLoop().run(main()) == 3_600


async def _thread() -> None:
    await asyncio.to_thread(time.time)


async def _socket() -> None:
    await asyncio.open_connection("127.0.0.1", 1)


async def _nothing() -> None:
    await asyncio.get_running_loop().create_future()


async def _other_thread() -> None:
    asyncio.get_running_loop().call_soon_threadsafe(print)


@pytest.mark.parametrize("real", [_thread, _socket, _nothing, _other_thread])
def test_what_no_seed_can_repeat_ends_the_simulation(real: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await real()

    with pytest.raises(NotSimulatedError):
        VirtualLoop().run(main())
