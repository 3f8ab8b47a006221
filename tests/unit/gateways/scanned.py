"""A program that charges a card and lets its memory be read: `... PORT CA_FILE|- [portone]`.

It never holds the number as text: the digits are worked out one by one, as `pan` does, so that a
hit in its memory is a copy the client has made. Each line on standard input lets it go one step on.
"""

from __future__ import annotations

import asyncio
import gc
import sys

from pos_app.domain.card import Card, CardNumber, Expiry, HolderId, PasswordStart
from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.registry import make_portone
from pos_app.gateways.tls import make_ssl_context
from pos_app.gateways.transport import Transport
from pos_app.services.ports import Gateway
from tests.unit.gateways import build
from tests.unit.gateways.portone import build as portone

LENGTH = 16


def digit(place: int) -> int:
    """Return the digit at a place of the number, in ASCII."""
    return ord("0") + (place * place * 7 + place * 3 + 5) % 10


def step(word: str) -> None:
    """Say how far it is, and wait."""
    print(word, flush=True)
    sys.stdin.readline()


def typed() -> Card:
    """Make the card digit by digit, as a keyboard does."""
    number = bytearray(LENGTH)
    for place in range(LENGTH):
        number[place] = digit(place)
    holder = HolderId(bytearray(b"900101"))
    expiry, password = Expiry(bytearray(b"0730")), PasswordStart(bytearray(b"12"))
    return Card(CardNumber(number), expiry, holder, password)


async def main(port: int, ca_file: str, vendor: str = "kcp") -> None:
    """Charge a card; stop before and after."""
    url = f"http://127.0.0.1:{port}"
    if ca_file == "-":
        transport = Transport()
        settings = build.settings(environment="loopback", loopback_url=url, timeout_s=5.0)
    else:
        context = make_ssl_context()
        context.load_verify_locations(cafile=ca_file)
        transport = Transport(ssl_context=context, dial=lambda _host, _port: ("127.0.0.1", port))
        settings = build.settings()
    gateway: Gateway = KcpGateway(settings, build.FakeSigner(), transport, lambda: build.NOW)
    if vendor == "portone":
        local = portone.settings(environment="loopback", loopback_url=url, timeout_s=5.0)
        gateway = make_portone(local, portone.Keys(), now=lambda: portone.NOW, transport=transport)
    card = typed()
    step("typed")
    answer = await gateway.approve(build.charge(), card)
    gc.collect()
    step(type(answer).__name__)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
