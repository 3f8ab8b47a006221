"""Rows 1-11: what fails before the first byte of a charge, at both gateways."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from pos_app.gateways.transport import Transport
from pos_app.ui.words import why_words
from tests.faults.fronts import HOSTS, Way, over_tls, self_signed_tls, server_tls
from tests.faults.rows import row
from tests.faults.struck import BOTH, S, on_charge, sale_under, sell_through
from tests.faults.terminals import Terminal, run, terminal
from tests.unit.gateways.raw import RawServer, Visit

#: Makes the server that a client meets instead of its gateway.
MakeTls = Callable[[str, Path], ssl.SSLContext]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


async def not_sent(till: Terminal, *whys: str) -> None:
    """Sell once in vain: nothing is written of sending, nothing came, and there are words."""
    struck = await sell_through(till, requests=0)
    assert struck.states == (S.NOT_SENT, S.NOT_SENT)
    assert struck.last.why in whys
    assert "sending" not in struck.kinds
    assert struck.counts["charge_requests"] == {}
    assert why_words(struck.last.why)


async def sold_again(till: Terminal) -> None:
    """Sell the same once more, over a line that stands."""
    record = await till.rest(await till.sell())
    assert record.state is S.APPROVED
    assert till.charges(record) == 1
    await till.agrees()


async def read_and_answer(visit: Visit) -> None:
    """Take whatever is sent."""
    await visit.request()
    await visit.answer(b"{}")


@row(1, *BOTH)
def test_row_001_a_name_that_does_not_resolve(vendor: str, tmp_path: Path) -> None:
    async def story() -> None:
        way = Way(port=443, host="no-such-host.invalid")
        async with terminal(vendor, tmp_path, transport=Transport(dial=way)) as till:
            await not_sent(till, "dns")
            way.port = None
            await sold_again(till)

    run(story())


@row(2, *BOTH)
def test_row_002_a_refused_connection(vendor: str, tmp_path: Path) -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            way = Way(port=closed.getsockname()[1])
        async with terminal(vendor, tmp_path, transport=Transport(dial=way)) as till:
            await not_sent(till, "refused")
            way.port = None
            await sold_again(till)

    run(story())


@row(3, *BOTH)
def test_row_003_a_connection_that_hangs(vendor: str, tmp_path: Path) -> None:
    """A TLS handshake that nobody answers hangs the same on every system."""

    async def silent(visit: Visit) -> None:
        await visit.until_gone()

    async def story() -> None:
        settings: dict[str, object] = {"connect_timeout_s": 0.3, "timeout_s": 5.0}
        way = Way()
        secure = {**settings, "loopback_url": "https://127.0.0.1:1"}
        async with (
            RawServer(silent) as server,
            terminal(vendor, tmp_path, settings=secure, transport=Transport(dial=way)) as till,
        ):
            way.port = server.port
            await not_sent(till, "connect_timeout")
            assert all(not visit.received for visit in server.visits)

    run(story())


def expired(authority: trustme.CA) -> MakeTls:
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    return lambda host, _folder: server_tls(authority.issue_cert(host, not_after=past))


def other_host(authority: trustme.CA) -> MakeTls:
    return lambda _host, _folder: server_tls(authority.issue_cert("evil.example"))


def old_protocol(authority: trustme.CA) -> MakeTls:
    def make(host: str, _folder: Path) -> ssl.SSLContext:
        context = server_tls(authority.issue_cert(host))
        for limit in ("minimum_version", "maximum_version"):
            with pytest.warns(DeprecationWarning, match="TLSVersion"):
                setattr(context, limit, ssl.TLSVersion.TLSv1_1)
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context

    return make


def meets(
    vendor: str, folder: Path, authority: trustme.CA, make: MakeTls, why: str = "tls_untrusted"
) -> None:
    """Meet that server first, then the good one: only the good one hears anything."""

    async def story() -> None:
        async with over_tls(vendor, folder, authority) as (till, way, good):
            bad_tls = make(HOSTS[vendor], folder)
            async with RawServer(read_and_answer, bad_tls) as bad:
                way.port = bad.port
                await not_sent(till, why)
                assert way.asked
                assert bad.received == b""
            way.port = good.port
            await sold_again(till)
            assert set(way.asked) == {HOSTS[vendor]}

    run(story())


@row(4, *BOTH)
def test_row_004_an_expired_certificate(vendor: str, tmp_path: Path, authority: trustme.CA) -> None:
    meets(vendor, tmp_path, authority, expired(authority))


@row(5, *BOTH)
def test_row_005_another_hosts_certificate(
    vendor: str, tmp_path: Path, authority: trustme.CA
) -> None:
    meets(vendor, tmp_path, authority, other_host(authority))


@row(6, *BOTH)
def test_row_006_a_self_signed_certificate(
    vendor: str, tmp_path: Path, authority: trustme.CA
) -> None:
    meets(vendor, tmp_path, authority, self_signed_tls)


@row(7, *BOTH)
def test_row_007_a_rogue_authority_in_the_environment(
    vendor: str, tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    rogue, pem = trustme.CA(), tmp_path / "rogue.pem"
    rogue.cert_pem.write_to_path(str(pem))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(pem))
    meets(vendor, tmp_path, authority, lambda host, _: server_tls(rogue.issue_cert(host)))


@row(8, *BOTH)
def test_row_008_tls_1_1_only(vendor: str, tmp_path: Path, authority: trustme.CA) -> None:
    meets(vendor, tmp_path, authority, old_protocol(authority), why="tls")


@row(9, *BOTH)
def test_row_009_a_proxy_in_the_environment(
    vendor: str, tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with (
            RawServer(read_and_answer) as proxy,
            over_tls(vendor, tmp_path, authority) as (till, _, good),
        ):
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            await sold_again(till)
            assert proxy.visits == []
            assert good.visits

    run(story())


@row(10, *BOTH)
def test_row_010_no_session_keys_are_written(
    vendor: str, tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys.log"

    async def story() -> None:
        async with over_tls(vendor, tmp_path, authority) as (till, _, _good):
            monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
            await sold_again(till)
        assert not keys.exists()

    run(story())


@row(11, *BOTH)
@pytest.mark.parametrize(
    "page", ["HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n", "<html>"]
)
def test_row_011_a_portal_that_answers_in_plain_where_tls_is_expected(
    vendor: str, page: str, tmp_path: Path, authority: trustme.CA
) -> None:
    async def portal(visit: Visit) -> None:
        await visit.send(page.encode())

    async def story() -> None:
        async with over_tls(vendor, tmp_path, authority) as (till, way, good):
            async with RawServer(portal) as server:
                way.port = server.port
                await not_sent(till, "tls")
            way.port = good.port
            await sold_again(till)

    run(story())


@row(11, *BOTH)
@pytest.mark.parametrize("answer", ["redirect", "body"])
@pytest.mark.parametrize("done", [True, False])
def test_row_011_a_page_instead_of_the_answer(
    vendor: str, answer: str, done: bool, tmp_path: Path
) -> None:
    more: dict[str, object] = {"kind": "html"} if answer == "body" else {"status": 302}
    struck = sale_under(vendor, tmp_path, on_charge(answer, done=done, **more))
    assert struck.states == (S.UNKNOWN, S.APPROVED if done else S.NOT_CHARGED)
