"""What stands between a counter and its gateway: a way that can be turned, and a front that twists.

The practice gateway behind keeps the truth. The front speaks TLS or not, hands every request on as
it came, and does with the answer to a charge what a test says.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pos_app.gateways.tls import make_ssl_context
from pos_app.gateways.transport import Transport
from tests.faults.terminals import Terminal, terminal
from tests.unit.gateways.raw import RawServer, Visit

#: The vendors' own names, which a client in "staging" asks for.
HOSTS = {"kcp": "stg-spl.kcp.co.kr", "portone": "api.iamport.kr"}
_CHARGES = (b"POST /gw/hub/v1/payment", b"POST /subscribe/payments/onetime")

#: Plays the answer to a charge; it is given what the gateway said, head and body.
Twist = Callable[[Visit, bytes], Awaitable[None]]


@dataclass
class Way:
    """Where connections end that look for a gateway; None lets them go where they want to.

    Attributes:
        asked: every host a client wanted.
    """

    port: int | None = None
    host: str = "127.0.0.1"
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int) -> tuple[str, int]:
        """Tell where to connect; fits `pos_app.gateways.tap.Dial`."""
        self.asked.append(host)
        return (host, port) if self.port is None else (self.host, self.port)


def front(upstream: str, *, tls: ssl.SSLContext | None = None, twist: Twist | None = None) -> Any:
    """Return a server that stands before the gateway at `upstream`; an async context manager."""
    address = urlsplit(upstream)

    async def act(visit: Visit) -> None:
        head = await visit.head()
        lengths = [line for line in head.lower().split(b"\r\n") if b"content-length:" in line]
        body = await visit.reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)
        visit.received += body
        answers, onward = await asyncio.open_connection(address.hostname, address.port)
        onward.write(head + body)
        answer = await answers.read(-1)
        onward.close()
        await onward.wait_closed()
        if twist is not None and head.startswith(_CHARGES):
            await twist(visit, answer)
        else:
            await visit.send(answer)

    return RawServer(act, tls)


def server_tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a server's context with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def self_signed_tls(host: str, folder: Path) -> ssl.SSLContext:
    """Return a server's context whose certificate for `host` vouches for itself alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, SHA256())
    )
    pem = folder / "self-signed.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@contextlib.asynccontextmanager
async def over_tls(
    vendor: str, folder: Path, authority: trustme.CA
) -> AsyncIterator[tuple[Terminal, Way, RawServer]]:
    """Open a counter that speaks TLS with the vendor's own host name, as in earnest.

    Yields the terminal, the way its connections take (at first to a good front with a certificate
    of `authority`, which the client trusts), and that front.
    """
    way = Way()
    trusting = make_ssl_context()
    authority.configure_trust(trusting)
    settings: dict[str, object] = {"environment": "staging", "loopback_url": "", "timeout_s": 60.0}
    transport = Transport(ssl_context=trusting, dial=way)
    async with terminal(vendor, folder, settings=settings, transport=transport) as till:
        good = server_tls(authority.issue_cert(HOSTS[vendor]))
        async with front(till.shop.server.url, tls=good) as server:
            way.port = server.port
            yield till, way, server


@contextlib.asynccontextmanager
async def twisted(vendor: str, folder: Path, twist: Twist, **world: Any) -> AsyncIterator[Terminal]:
    """Open a counter whose charges are answered through `twist`, once done."""
    way = Way()
    patient: dict[str, object] = {"timeout_s": 15.0, "look_up_timeout_s": 15.0}
    world["settings"] = {**patient, **world.get("settings", {})}
    async with (
        terminal(vendor, folder, transport=Transport(dial=way), **world) as till,
        front(till.shop.server.url, twist=twist) as server,
    ):
        way.port = server.port
        yield till
