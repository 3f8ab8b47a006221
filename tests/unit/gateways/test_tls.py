"""Hostile TLS: not one byte of the request leaves (security.md 5 and 9, goal 10)."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import pytest
import trustme

from pos_app.domain.errors import ShopTrouble
from pos_app.gateways.exchange import Broken, Exchange, Response
from pos_app.gateways.tls import make_ssl_context
from pos_app.gateways.transport import Transport
from tests.unit.gateways.raw import RawServer, Visit

HOST = "spl.kcp.co.kr"
BODY = b'{"card_no":"9410110000000073"}'


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    """Return the program's own context, trusting one authority more."""
    context = make_ssl_context()
    authority.configure_trust(context)
    return context


async def answer(visit: Visit) -> None:
    await visit.request()
    await visit.answer(b"{}")


def send(tls: ssl.SSLContext | None, client: ssl.SSLContext | None) -> tuple[Exchange, bytes]:
    """POST to the fixed host name, served by a local server."""

    async def main() -> tuple[Exchange, bytes]:
        async with RawServer(answer, tls) as server:
            transport = Transport(
                ssl_context=client, dial=lambda _host, _port: ("127.0.0.1", server.port)
            )

            async def consent() -> None:
                asked.append(True)

            asked: list[bool] = []
            exchange = await transport.send(
                "POST",
                f"https://{HOST}/path",
                bytearray(BODY),
                headers={},
                before_send=consent,
                timeout_s=5,
            )
            assert bool(asked) is isinstance(exchange, Response)
            return exchange, server.received

    return asyncio.run(main())


def test_the_right_name_from_a_trusted_authority_is_spoken_to(authority: trustme.CA) -> None:
    exchange, received = send(server_context(authority.issue_cert(HOST)), client_context(authority))
    assert isinstance(exchange, Response)
    assert received.endswith(BODY)


def test_a_self_signed_certificate_is_not_spoken_to(authority: trustme.CA) -> None:
    exchange, received = send(server_context(authority.issue_cert(HOST)), None)
    assert (exchange, received) == (Broken(left_us=False, why="tls_untrusted"), b"")


def test_another_hosts_certificate_is_not_spoken_to(authority: trustme.CA) -> None:
    exchange, received = send(
        server_context(authority.issue_cert("evil.example")), client_context(authority)
    )
    assert (exchange, received) == (Broken(left_us=False, why="tls_untrusted"), b"")


def test_an_expired_certificate_is_not_spoken_to(authority: trustme.CA) -> None:
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    exchange, received = send(
        server_context(authority.issue_cert(HOST, not_after=past)), client_context(authority)
    )
    assert (exchange, received) == (Broken(left_us=False, why="tls_untrusted"), b"")


def test_an_old_protocol_is_not_spoken(authority: trustme.CA) -> None:
    context = server_context(authority.issue_cert(HOST))
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    exchange, received = send(context, client_context(authority))
    assert (exchange, received) == (Broken(left_us=False, why="tls"), b"")


def test_a_server_without_tls_is_not_spoken_to(authority: trustme.CA) -> None:
    exchange, received = send(None, client_context(authority))
    assert isinstance(exchange, Broken)
    assert not exchange.left_us
    assert BODY not in received


def test_a_rogue_authority_in_the_environment_is_not_believed(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rogue = tmp_path / "rogue.pem"
    authority.cert_pem.write_to_path(str(rogue))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(rogue))
    exchange, received = send(server_context(authority.issue_cert(HOST)), None)
    assert (exchange, received) == (Broken(left_us=False, why="tls_untrusted"), b"")


def test_no_session_keys_are_written(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    exchange, _ = send(server_context(authority.issue_cert(HOST)), client_context(authority))
    assert isinstance(exchange, Response)
    assert not keys.exists()


def test_a_tls_handshake_that_hangs_is_not_sent(authority: trustme.CA) -> None:
    async def silent(visit: Visit) -> None:
        await visit.until_gone()

    async def main() -> None:
        async with RawServer(silent) as server:
            transport = Transport(
                ssl_context=client_context(authority),
                dial=lambda _host, _port: ("127.0.0.1", server.port),
            )
            exchange = await transport.send(
                "POST",
                f"https://{HOST}/",
                bytearray(BODY),
                headers={},
                before_send=None,
                timeout_s=5,
                connect_timeout_s=0.3,
            )
        assert exchange == Broken(left_us=False, why="connect_timeout")

    asyncio.run(main())


def test_a_reset_after_the_request_over_tls_may_have_left_us(authority: trustme.CA) -> None:
    async def act(visit: Visit) -> None:
        await visit.request()
        visit.writer.transport.abort()

    async def main() -> None:
        tls = server_context(authority.issue_cert(HOST))
        async with RawServer(act, tls) as server:
            transport = Transport(
                ssl_context=client_context(authority),
                dial=lambda _host, _port: ("127.0.0.1", server.port),
            )
            body = bytearray(BODY)
            exchange = await transport.send(
                "POST", f"https://{HOST}/", body, headers={}, before_send=None, timeout_s=5
            )
        assert isinstance(exchange, Broken)
        assert exchange.left_us
        assert not any(body)

    asyncio.run(main())


def test_the_systems_roots_need_a_library_that_is_there() -> None:
    with pytest.raises(ShopTrouble, match=r"gateway\.os_roots_unavailable"):
        make_ssl_context(use_os_roots=True)
