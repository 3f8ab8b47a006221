"""Every row of the table "transport result -> meaning" on real sockets (money-safety.md 4)."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import logging
import socket
import time

import pytest

from pos_app.domain.errors import Bug
from pos_app.gateways.exchange import Broken, Exchange, Response
from pos_app.gateways.transport import BODY_MAX, Transport
from tests.unit.gateways.posting import BODY, play, post
from tests.unit.gateways.raw import Act, RawServer, Visit

TNO = b'{"res_cd":"0000","tno":"20261121000001","res_msg":"'


def test_an_answer_comes_back_as_it_is_and_the_request_arrived_whole() -> None:
    async def act(visit: Visit) -> None:
        assert await visit.request() == BODY
        await visit.answer(b"hello", 402, "X-One: 1\r\n")

    exchange, server = play(act)
    assert isinstance(exchange, Response)
    assert (exchange.status, exchange.body, exchange.header("x-one")) == (402, b"hello", "1")
    head = server.received.split(b"\r\n\r\n")[0].lower().split(b"\r\n")
    assert head[0] == b"post /path http/1.1"
    assert b"accept-encoding: identity" in head
    assert b"connection: close" in head
    assert f"content-length: {len(BODY)}".encode() in head
    assert not [line for line in head if line.startswith((b"transfer-encoding", b"cookie"))]


def test_nothing_is_sent_before_the_consent_and_one_request_after_it() -> None:
    async def main() -> None:
        seen: list[bytes] = []

        async def consent() -> None:
            for _ in range(20):
                await asyncio.sleep(0)
            seen.append(server.received)

        async def act(visit: Visit) -> None:
            await visit.request()
            await visit.answer(b"{}")

        async with RawServer(act) as server:
            assert isinstance(await post(server.url, before=consent), Response)
            assert seen == [b""]
            assert len(server.visits) == 1

    asyncio.run(main())


class LedgerError(Exception):
    """A ledger that cannot write."""


def test_a_consent_that_fails_sends_not_one_byte() -> None:
    async def main() -> None:
        async def refuse() -> None:
            raise LedgerError

        async def act(visit: Visit) -> None:
            visit.received += await visit.reader.read()

        async with RawServer(act) as server:
            assert await post(server.url, before=refuse) == Broken(left_us=False, why="ledger")
            await server.visits[0].until_gone()
            assert server.received == b""

    asyncio.run(main())


def test_a_consent_after_the_deadline_is_not_cut_short_and_sends_nothing() -> None:
    async def main() -> None:
        finished: list[bool] = []
        turns: list[bool] = []

        async def slow() -> None:
            past = time.monotonic() + 0.4
            while time.monotonic() < past:
                turns.append(True)
                await asyncio.sleep(0.01)
            finished.append(True)

        async def act(visit: Visit) -> None:
            visit.received += await visit.reader.read()

        async with RawServer(act) as server:
            exchange = await post(server.url, before=slow, timeout_s=0.2)
            assert exchange == Broken(left_us=False, why="too_late")
            assert finished == [True]
            await server.visits[0].until_gone()
            assert server.received == b""

    asyncio.run(main())


def test_refused_connection_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    exchange = asyncio.run(post(f"http://127.0.0.1:{port}/"))
    assert exchange == Broken(left_us=False, why="refused")


def test_a_name_that_does_not_resolve_is_not_sent() -> None:
    async def main() -> Exchange:
        transport = Transport(dial=lambda _host, port: ("no-such-host.invalid", port))
        return await transport.send(
            "POST",
            "https://spl.kcp.co.kr/",
            bytearray(BODY),
            headers={},
            before_send=None,
            timeout_s=5,
        )

    assert asyncio.run(main()) == Broken(left_us=False, why="dns")


def test_a_connect_that_hangs_is_not_sent() -> None:
    """A listening socket whose queue is full leaves further connections hanging (Linux)."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        held = []
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
            held.append(waiting)
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        exchange = asyncio.run(post(url, connect_timeout_s=0.3, timeout_s=5))
        for waiting in held:
            waiting.close()
    assert exchange == Broken(left_us=False, why="connect_timeout")


async def _reset_unread(visit: Visit) -> None:
    await visit.head()
    visit.reset()


async def _reset(visit: Visit) -> None:
    await visit.request()
    visit.reset()


async def _close(visit: Visit) -> None:
    await visit.request()


async def _hang(visit: Visit) -> None:
    await visit.request()
    await visit.until_gone()


async def _drip(visit: Visit) -> None:
    await visit.request()
    while True:
        await visit.send(b"H")
        await asyncio.sleep(0.02)


async def _garbage(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"\x00\xff" * 100)


async def _short(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + TNO)


async def _cut_in_head(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Le")


async def _two_lengths(visit: Visit) -> None:
    await visit.request()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 60\r\n\r\n"
    await visit.send(head + TNO)


async def _gzip(visit: Visit) -> None:
    await visit.request()
    await visit.answer(gzip.compress(b"{}" * 10_000), 200, "Content-Encoding: gzip\r\n")


async def _many_headers(visit: Visit) -> None:
    await visit.request()
    await visit.answer(b"{}", 200, "".join(f"X-{n}: 1\r\n" for n in range(10_000)))


async def _huge_header(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(200):
        await visit.send(b"x" * 10_000)


@pytest.mark.parametrize(
    ("act", "whys"),
    [
        (_reset_unread, {"reset"}),
        (_reset, {"reset"}),
        (_close, {"closed_early"}),
        (_hang, {"timeout"}),
        (_drip, {"timeout"}),
        (_garbage, {"bad_http", "closed_early"}),
        (_short, {"closed_early"}),
        (_cut_in_head, {"closed_early"}),
        (_two_lengths, {"bad_http"}),
        (_gzip, {"encoded"}),
        (_many_headers, {"too_big", "bad_http"}),
        (_huge_header, {"bad_http"}),
    ],
)
def test_whatever_fails_after_the_first_byte_may_have_left_us(act: Act, whys: set[str]) -> None:
    exchange, server = play(act, timeout_s=0.6)
    assert isinstance(exchange, Broken)
    assert exchange.left_us
    assert exchange.why in whys
    assert len(server.visits) == 1


@pytest.mark.parametrize("act", [_short, _two_lengths])
def test_what_came_of_a_broken_answer_is_kept(act: Act) -> None:
    exchange, _ = play(act)
    assert isinstance(exchange, Broken)
    assert TNO in exchange.partial


def test_a_broken_chunked_answer_is_kept_put_together() -> None:
    async def act(visit: Visit) -> None:
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for half in (TNO[:30], TNO[30:]):
            await visit.send(f"{len(half):x}\r\n".encode() + half + b"\r\n")

    exchange, _ = play(act)
    assert exchange == Broken(left_us=True, why="closed_early", partial=TNO)


def test_a_body_that_never_ends_is_given_up_at_the_cap() -> None:
    async def act(visit: Visit) -> None:
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n" + TNO)
        for _ in range(800):
            await visit.send(b" " * 65_536)

    exchange, _ = play(act)
    assert isinstance(exchange, Broken)
    assert (exchange.left_us, exchange.why) == (True, "too_big")
    assert len(exchange.partial) == BODY_MAX
    assert exchange.partial.startswith(TNO)


@pytest.mark.parametrize(
    "act_bytes",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 500 Junk\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\n\r\n{}",
    ],
    ids=["100-continue", "chunked", "pipelined junk", "identity", "no length"],
)
def test_unusual_but_proper_answers_are_read(act_bytes: bytes) -> None:
    async def act(visit: Visit) -> None:
        await visit.request()
        await visit.send(act_bytes)

    exchange, _ = play(act)
    assert isinstance(exchange, Response)
    assert (exchange.status, exchange.body) == (200, b"{}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_answers_and_never_followed(status: int) -> None:
    async def main() -> None:
        async def elsewhere(visit: Visit) -> None:
            visit.received += await visit.reader.read()

        async with RawServer(elsewhere) as other:

            async def act(visit: Visit) -> None:
                await visit.request()
                await visit.answer(b"", status, f"Location: {other.url}\r\n")

            async with RawServer(act) as server:
                exchange = await post(server.url)
            assert isinstance(exchange, Response)
            assert exchange.status == status
            assert not other.visits

    asyncio.run(main())


def test_the_body_is_zero_as_soon_as_it_has_left() -> None:
    async def main() -> None:
        body = bytearray(BODY)

        async def act(visit: Visit) -> None:
            await visit.request()
            for _ in range(20):
                await asyncio.sleep(0)
            wiped.append(not any(body))
            await visit.answer(b"{}")

        wiped: list[bool] = []
        async with RawServer(act) as server:
            await post(server.url, body=body)
        assert wiped == [True]

    asyncio.run(main())


@pytest.mark.parametrize(
    "url",
    [
        "http://spl.kcp.co.kr/",
        "https://spl.kcp.co.kr:8443/",
        "https://spl.kcp.co.kr.evil.example/",
        "https://user:pw@spl.kcp.co.kr/",
        "https://evil.example/",
        "http://localhost:80/",
        "http://127.0.0.2:80/",
        "http://0.0.0.0:80/",
        "http://[::ffff:127.0.0.1]:80/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
    ],
)
def test_no_other_address_can_be_used(url: str) -> None:
    body = bytearray(BODY)
    with pytest.raises(Bug, match="forbidden_address"):
        asyncio.run(post(url, body=body))
    assert not any(body)


def test_the_ipv6_loopback_can_be_used() -> None:
    try:
        closed = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    port = closed.getsockname()[1]
    closed.close()
    exchange = asyncio.run(post(f"http://[::1]:{port}/"))
    assert exchange == Broken(left_us=False, why="refused")


def test_the_environments_proxy_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def act(visit: Visit) -> None:
        await visit.request()
        await visit.answer(b"{}")

    exchange, _ = play(act)
    assert isinstance(exchange, Response)


def test_libraries_say_nothing_of_a_request_even_at_debug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def act(visit: Visit) -> None:
        await visit.request()
        await visit.answer(b"{}")

    with caplog.at_level(logging.DEBUG):
        play(act)
    loud = [r.name for r in caplog.records if r.name.partition(".")[0] in {"httpx", "httpcore"}]
    assert loud == []
    traces = [r for r in caplog.records if r.name == "pos_app.gateway"]
    assert [r.getMessage() for r in traces] == ["exchange.done"]
    assert "9410110000000073" not in str([vars(r) for r in traces])


def test_reach_tells_their_clock() -> None:
    async def act(visit: Visit) -> None:
        await visit.head()
        await visit.answer(b"", 404, "Date: Sat, 21 Nov 2026 00:05:00 GMT\r\n")

    async def main() -> None:
        async with RawServer(act) as server:
            now = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
            reach = await Transport().reach(server.url, now)
            assert (reach.reachable, reach.why, reach.skew_s) == (True, "", 300.0)
        reach = await Transport().reach(server.url, now)
        assert (reach.reachable, reach.why, reach.skew_s) == (False, "refused", None)

    asyncio.run(main())
