"""Hostile answers over real sockets: does the total deadline hold, and does the memory stay?

The overrun is measured, so it is a figure of the night and of this program, never an assertion of a
test; what a test asserts is that each request ended, and how.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.transport import Transport
from tests.fuzz.bases import BASES
from tests.fuzz.mutate import Damage
from tests.unit.gateways.raw import Act, RawServer, Visit

TIMEOUT_S = 0.3
_AT_ONCE = 20
_DRIP_S = 0.02
_ENDLESS = b"x" * 65_536


@dataclass
class Talks:
    """What came of requests over real sockets.

    Attributes:
        overruns_s: by how much each went past its deadline; 0 for one that was in time.
    """

    ends: Counter[str] = field(default_factory=Counter)
    overruns_s: list[float] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, int]:
        """Return the figures of a night."""
        worst = max(self.overruns_s, default=0.0)
        return {
            "hostile answers over sockets": sum(self.ends.values()),
            "worst overrun of a deadline, ms": round(worst * 1000),
        }


def _act(chance: random.Random) -> tuple[str, Act]:
    """Choose what the server does with one request, and its name."""
    body = chance.choice(BASES).as_bytes()
    spoiled = Damage(chance).spoil(chance.choice(BASES))
    data = spoiled.partial if isinstance(spoiled, Broken) else spoiled.body
    at = chance.randrange(len(body))
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    async def drip(visit: Visit) -> None:
        await visit.request()
        left = head + body
        while left:
            await visit.send(left[:1])
            left = left[1:]
            await asyncio.sleep(_DRIP_S)

    async def hang_inside(visit: Visit) -> None:
        await visit.request()
        await visit.send(head + body[:at])
        await visit.until_gone()

    async def hang_before(visit: Visit) -> None:
        await visit.head()
        await visit.until_gone()

    async def endless_body(visit: Visit) -> None:
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await visit.send(_ENDLESS)

    async def endless_headers(visit: Visit) -> None:
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await visit.send(b"X-Odd: " + _ENDLESS + b"\r\n")

    async def junk(visit: Visit) -> None:
        await visit.request()
        await visit.send(chance.randbytes(chance.randrange(1, 4_000)))

    async def reset(visit: Visit) -> None:
        await visit.request()
        await visit.send(head + body[:at])
        visit.reset()

    async def interim(visit: Visit) -> None:
        await visit.request()
        while True:
            await visit.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            await asyncio.sleep(_DRIP_S)

    async def spoil(visit: Visit) -> None:
        await visit.request()
        await visit.answer(data[:200_000])

    acts = (drip, hang_inside, hang_before, endless_body, endless_headers, junk, reset, interim)
    act = chance.choice((*acts, spoil, spoil, spoil, spoil))
    return act.__name__, act


async def _talk(number: int, seed: int, transport: Transport, talks: Talks) -> None:
    """Send one request and see how it ends."""
    name, act = _act(random.Random(f"{seed}:{number}"))
    async with RawServer(act) as server:
        body = bytearray(b'{"card_no":"9410110000000073"}')
        begun = time.monotonic()
        exchange: Exchange = await transport.send(
            "POST",
            server.url,
            body,
            headers={},
            before_send=None,
            timeout_s=TIMEOUT_S,
            operation="charge",
        )
        talks.overruns_s.append(max(0.0, time.monotonic() - begun - TIMEOUT_S))
    if any(body):
        talks.findings.append(f"{number} {name}: the body was not wiped")
    if isinstance(exchange, Broken) and not exchange.left_us:
        talks.findings.append(f"{number} {name}: sent, and told as not sent")
    why = exchange.why if isinstance(exchange, Broken) else "answered"
    talks.ends[f"{name} {why}"] += 1


async def talk(seed: int, numbers: range) -> Talks:
    """Send that many requests, some at once, each to a server of its own."""
    talks, transport = Talks(), Transport()
    await transport.warm_up()
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> None:
        async with turns:
            await _talk(number, seed, transport, talks)

    async with asyncio.TaskGroup() as group:
        for number in numbers:
            group.create_task(one(number))
    return talks
