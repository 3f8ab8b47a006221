"""The window over a terminal of the fault table: a clerk's keys, the real client, real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, cast

from pos_app.gateways.transport import Transport
from pos_app.ui.screens.sale.model import Phase
from tests.faults.terminals import Faults, Terminal, make_clock, shop_of
from tests.helpers.fake_app import FakeClock
from tests.helpers.fake_gateway import FakeGateway
from tests.ui.screens.sale.counter import Counter

RunAsync = Callable[[Coroutine[Any, Any, None]], None]
Scenario = Callable[[Counter, Terminal], Coroutine[Any, Any, None]]


def at_window(
    run_async: RunAsync,
    vendor: str,
    folder: Path,
    scenario: Scenario,
    *,
    faults: Faults = (),
    clock: FakeClock | None = None,
    open_left: int = 0,
    **bench: Any,
) -> None:
    """Run a scenario at a fresh window and compare both books at its end."""
    transport = ready_transport()

    async def whole() -> None:
        async with window(vendor, folder, transport, faults=faults, clock=clock, **bench) as (
            counter,
            till,
        ):
            await counter.start()
            await scenario(counter, till)
            for record in await till.payments():
                await till.rest(record)
            await till.agrees(open_left=open_left)
        assert counter.bench.errors == []

    run_async(whole())


@contextlib.asynccontextmanager
async def window(
    vendor: str,
    folder: Path,
    transport: Transport,
    *,
    faults: Faults,
    clock: FakeClock | None,
    **bench: Any,
) -> AsyncIterator[tuple[Counter, Terminal]]:
    """Open a shop and its window, and close both."""
    shop, clock = shop_of(vendor, faults), clock or make_clock()
    shop.now, shop.transport = clock.now, transport
    async with shop:
        gateway = cast("FakeGateway", shop.gateway)
        counter = Counter(folder, gateway=gateway, clock=clock, **bench)
        try:
            yield counter, Terminal(shop, counter.bench)
        finally:
            await counter.close()


def ready_transport() -> Transport:
    """Return a transport that has loaded already, on a loop of its own: Qt's threads outlive it."""
    transport = Transport()
    asyncio.run(transport.warm_up())
    return transport


async def until_outcome(counter: Counter) -> None:
    """Wait until the charge on screen has come to something."""
    await counter.until(lambda: counter.phase() == Phase.OUTCOME, "an outcome")


async def until_sent(counter: Counter, till: Terminal) -> None:
    """Wait until a charge request has reached the gateway."""
    await counter.until(lambda: bool(till.counted("charge_requests")), "a request")
    await asyncio.sleep(0)
