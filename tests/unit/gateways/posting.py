"""One POST through the real transport, and what every one of them must keep to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pos_app.gateways.exchange import Exchange
from pos_app.gateways.transport import Transport
from tests.unit.gateways.raw import Act, RawServer

BODY = b'{"card_no":"9410110000000073"}'


async def agree() -> None:
    """Stand in for the ledger."""


async def post(
    url: str,
    *,
    before: Callable[[], Awaitable[None]] | None = agree,
    timeout_s: float = 3.0,
    connect_timeout_s: float = 2.0,
    body: bytearray | None = None,
) -> Exchange:
    """POST with a body that must be zero afterwards."""
    sent = bytearray(BODY) if body is None else body
    exchange = await Transport().send(
        "POST",
        url,
        sent,
        headers={"Content-Type": "application/json"},
        before_send=before,
        timeout_s=timeout_s,
        connect_timeout_s=connect_timeout_s,
    )
    assert not any(sent)
    return exchange


def play(act: Act, *, timeout_s: float = 3.0) -> tuple[Exchange, RawServer]:
    """Let a server play `act` for one POST."""

    async def main() -> tuple[Exchange, RawServer]:
        async with RawServer(act) as server:
            return await post(server.url, timeout_s=timeout_s), server

    return asyncio.run(main())
