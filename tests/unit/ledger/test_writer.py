"""One thread; a write that was begun is waited for, a read may be given up, the queue ends."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Iterator

import pytest

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.ledger.writer import READS_MAX, WRITES_MAX, Writer


@pytest.fixture
def writer() -> Iterator[Writer]:
    made = Writer()
    yield made
    made.close()


class Gate:
    """A job that waits until it is let through."""

    def __init__(self, result: str | Exception = "done") -> None:
        self.begun, self.open, self.ended = (threading.Event() for _ in range(3))
        self.result = result

    def __call__(self) -> str:
        self.begun.set()
        self.open.wait(10)
        self.ended.set()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


async def begun(gate: Gate) -> None:
    """Wait until the job runs."""
    await asyncio.to_thread(gate.begun.wait, 10)


def test_all_work_is_done_by_one_thread_in_order(writer: Writer) -> None:
    seen: list[tuple[int, str]] = []

    def job(number: int) -> None:
        seen.append((number, threading.current_thread().name))

    async def story() -> None:
        await asyncio.gather(*(writer.write(functools.partial(job, n)) for n in range(20)))

    asyncio.run(story())
    assert [number for number, _ in seen] == list(range(20))
    assert len({name for _, name in seen}) == 1


def test_a_cancelled_caller_learns_of_it_when_the_write_is_settled(writer: Writer) -> None:
    async def story() -> None:
        gate = Gate()
        task = asyncio.create_task(writer.write(gate))
        await begun(gate)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gate.ended.is_set()

    asyncio.run(story())


def test_a_write_that_is_still_queued_is_carried_out_for_a_cancelled_caller(
    writer: Writer,
) -> None:
    async def story() -> None:
        first, second = Gate(), Gate()
        second.open.set()
        tasks = [asyncio.create_task(writer.write(gate)) for gate in (first, second)]
        await begun(first)
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        first.open.set()
        assert await tasks[0] == "done"
        with pytest.raises(asyncio.CancelledError):
            await tasks[1]
        assert second.ended.is_set()

    asyncio.run(story())


def test_a_failure_is_not_lost_with_a_cancelled_caller(writer: Writer) -> None:
    async def story() -> None:
        gate = Gate(ShopTrouble("ledger.disk_full"))
        task = asyncio.create_task(writer.write(gate))
        await begun(gate)
        task.cancel()
        await asyncio.sleep(0)
        gate.open.set()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await task
        assert isinstance(cancelled.value.__cause__, ShopTrouble)

    asyncio.run(story())


def test_a_read_that_is_queued_goes_with_its_caller(writer: Writer) -> None:
    async def story() -> None:
        gate, read = Gate(), Gate()
        read.open.set()
        write = asyncio.create_task(writer.write(gate))
        await begun(gate)
        look = asyncio.create_task(writer.read(read))
        await asyncio.sleep(0)
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
        gate.open.set()
        await write
        assert not read.begun.is_set()

    asyncio.run(story())


def test_reads_are_refused_before_writes(writer: Writer) -> None:
    async def story() -> None:
        gate = Gate()
        first = asyncio.create_task(writer.write(gate))
        await begun(gate)
        reads = [asyncio.create_task(writer.read(str)) for _ in range(READS_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(ShopTrouble, match=r"ledger\.busy"):
            await reads[-1]
        writes = [asyncio.create_task(writer.write(str)) for _ in range(WRITES_MAX)]
        await asyncio.sleep(0)
        refused = [task for task in writes if task.done()]
        assert len(refused) == READS_MAX
        for task in refused:
            with pytest.raises(ShopTrouble, match=r"ledger\.busy"):
                task.result()
        gate.open.set()
        await asyncio.gather(first, *reads[:-1], *(t for t in writes if t not in refused))
        assert await writer.read(lambda: "room again") == "room again"

    asyncio.run(story())


def test_closing_finishes_what_waits_and_takes_nothing_more() -> None:
    writer = Writer()

    async def story() -> None:
        done: list[int] = []
        jobs = [functools.partial(done.append, n) for n in range(50)]
        tasks = [asyncio.create_task(writer.write(job)) for job in jobs]
        await asyncio.sleep(0)
        await asyncio.to_thread(writer.close)
        assert done == list(range(50))
        await asyncio.gather(*tasks)
        with pytest.raises(Bug, match=r"ledger\.closed"):
            await writer.write(str)
        writer.close()

    asyncio.run(story())


def test_it_serves_one_loop_after_another_and_none(writer: Writer) -> None:
    assert asyncio.run(writer.read(lambda: 1)) == 1
    assert asyncio.run(writer.write(lambda: 2)) == 2
    assert writer.call(lambda: 3) == 3
