"""Rows 73 and 74: what a screen does wrong stays on the screen."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from pytestqt.qtbot import QtBot

from pos_app.domain.record import PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.gateways.transport import Transport
from pos_app.services.news import News
from tests.contract.gateways.kcp_shop import KcpShop
from tests.contract.gateways.portone_shop import PortOneShop
from tests.contract.gateways.shop import PracticeShop
from tests.faults.rows import row
from tests.faults.terminals import Terminal, run, terminal
from tests.faults.windows import RunAsync, at_window
from tests.ui.conftest import korean_and_light, run_async
from tests.ui.screens.sale.counter import Counter

__all__ = ["korean_and_light", "run_async"]

BOTH = ("kcp", "portone")


def too_deep(_news: object = None) -> NoReturn:
    """Run into the recursion limit."""
    too_deep(_news)


def out_of_order(_news: object = None) -> NoReturn:
    """Fail like any bug."""
    raise RuntimeError("a screen has a bug")


def no_memory(_news: object = None) -> NoReturn:
    """Find no memory."""
    raise MemoryError


FAILING = pytest.mark.parametrize("fails", [too_deep, out_of_order, no_memory])


@row(73, *BOTH)
@FAILING
def test_row_073_a_listener_fails_at_every_piece_of_news(
    vendor: str, fails: Callable[[News], NoReturn], tmp_path: Path
) -> None:
    """A sale whose answer is lost, and a refund: both come to their end, every error is told."""
    lost: dict[str, object] = {"on": "charge", "do": "reset", "done": True}

    async def story() -> None:
        async with terminal(vendor, tmp_path, faults=[lost]) as till:
            till.bench.news.subscribe(fails)
            sale = await till.rest(await till.sell(50_000))
            assert sale.state is PaymentState.APPROVED
            after = await till.rest(await till.refund(sale, 20_000))
            assert after.refunds[0].state is RefundState.DONE
            assert len(till.heard) > len(till.kinds(sale)) // 2
            assert till.bench.errors == [], "no money job met any of it"
            await till.agrees()

    run(story())


@row(73, *BOTH)
@FAILING
def test_row_073_a_slot_of_the_window_fails(
    run_async: RunAsync, qtbot: QtBot, vendor: str, fails: Callable[[], object], tmp_path: Path
) -> None:
    async def scenario(counter: Counter, till: Terminal) -> None:
        bridge = counter.shell._bridge
        assert bridge is not None
        bridge.changed.connect(fails)
        bridge.activity.connect(fails)
        await counter.charge()
        (record,) = await till.payments()
        assert record.state is PaymentState.APPROVED

    with qtbot.capture_exceptions() as caught:
        at_window(run_async, vendor, tmp_path, scenario)
    assert caught, "Qt hands them to the program's hook"


# ------------------------------------------------------------------------------------- row 74


class _Apart(PracticeShop):
    """A gateway in a thread of its own, so that it goes on while our loop stands still."""

    async def open(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        await self._there(self.server.start())

    async def close(self) -> None:
        aclose = getattr(self.gateway, "aclose", None)
        if aclose is not None:
            await aclose()
        await self._there(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _there(self, work: Any) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def has_answered(self) -> bool:
        """Tell whether a charge has come and its connection has been closed behind the answer."""
        book: dict[str, Any] = self.server.book()
        return bool(book["counters"]["charge_requests"]) and not self.server._connections


class _KcpApart(_Apart, KcpShop):
    """KCP, in a thread."""


class _PortOneApart(_Apart, PortOneShop):
    """PortOne, in a thread."""


def _apart(vendor: str, fault: dict[str, object]) -> _Apart:
    if vendor == "portone":
        return _PortOneApart(faults=[fault])
    shop = _KcpApart(faults=[fault], inquiry_by_order="both")
    shop.setting(inquiry_by_order=True)
    return shop


class _Time:
    """A monotonic clock with the seconds of the stall added to the real ones."""

    def __init__(self) -> None:
        self.added_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.added_s


@row(74, *BOTH)
@pytest.mark.parametrize("answers", [True, False], ids=["answered meanwhile", "silent"])
def test_row_074_the_loop_stands_still_over_the_deadline(
    vendor: str, answers: bool, tmp_path: Path
) -> None:
    """The deadline of ten seconds has passed when the screen lets go of the loop.

    An answer that has arrived is read; where none has, the charge is UNKNOWN at once.
    """
    do: dict[str, object] = {"do": "slow", "delay_s": 0.05} if answers else {"do": "hang"}
    shop, clock = _apart(vendor, {"on": "charge", **do}), _Time()

    def block() -> None:
        """Be a screen that keeps the loop for ten seconds and a bit."""
        give_up = time.monotonic() + 10
        while answers and not shop.has_answered():
            assert time.monotonic() < give_up
        clock.added_s = 10.5

    async def story() -> None:
        transport = Transport(monotonic=clock)
        settings: dict[str, object] = {"timeout_s": 10.0 if answers else 10.2}
        async with terminal(shop, tmp_path, transport=transport, settings=settings) as till:
            charge = asyncio.ensure_future(till.sell(50_000))
            while not till.counted("charge_requests"):
                assert not charge.done()
                await asyncio.sleep(0.001)
            asyncio.get_running_loop().call_soon(block)
            first = await _soon(charge, clock)
            expected = PaymentState.APPROVED if answers else PaymentState.UNKNOWN
            assert first.state is expected
            after = await till.rest(first)
            assert after.state is PaymentState.APPROVED
            assert after.look_ups == 0
            await till.agrees()

    run(story())


async def _soon(charge: Any, clock: _Time) -> Any:
    """Wait for the first answer; what waits on the loop's own clock is woken by more of ours."""
    while not charge.done():
        clock.added_s += 0.01
        await asyncio.sleep(0.001)
    return await charge
