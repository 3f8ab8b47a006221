"""The access token: its life on a clock a test sets, and callers at the same time."""

from __future__ import annotations

import asyncio

import pytest

from pos_app.gateways.exchange import Broken, Exchange, Response
from pos_app.gateways.portone.tokens import EARLY_S, NoToken, Token, Tokens, read_token
from tests.unit.gateways.portone import build

LIFE_S = 1_800


def tokens(line: build.FakeLine, clock: build.FakeClock) -> Tokens:
    return Tokens(line, build.settings(), build.Keys(), clock)


def answer(name: str) -> Response:
    return build.said({**build.TOKEN, "access_token": name})


def value(token: Token | NoToken) -> str:
    assert isinstance(token, Token), token
    return token.value


def test_one_token_serves_until_shortly_before_its_end() -> None:
    async def main() -> None:
        line, clock = build.FakeLine([], tokens=[answer("a"), answer("b")]), build.FakeClock()
        held = tokens(line, clock)
        assert value(await held.get()) == "a"
        clock.now_s += LIFE_S - EARLY_S - 1
        assert value(await held.get()) == "a"
        clock.now_s += 1
        assert value(await held.get()) == "b"
        assert line.tokens_asked == 2

    asyncio.run(main())


@pytest.mark.parametrize("skew_s", [-(10**6), -3600, 3600, 10**6])
def test_the_servers_clock_may_be_anything(skew_s: int) -> None:
    said = {name: n + skew_s for name, n in build.TOKEN.items() if isinstance(n, int)}
    token = read_token(build.said({"access_token": "a", **said}), 1_000.0)
    assert token_end(token) == 1_000.0 + LIFE_S - EARLY_S


def token_end(token: Token | NoToken) -> float:
    assert isinstance(token, Token), token
    return token.fresh_until_s


def test_the_life_counts_from_before_the_request() -> None:
    async def main() -> None:
        clock = build.FakeClock()

        class SlowLine(build.FakeLine):
            async def send(self, *args: object, **kwargs: object) -> Exchange:
                exchange = await super().send(*args, **kwargs)  # type: ignore[arg-type] # passed on
                clock.now_s += 25
                return exchange

        held = tokens(SlowLine([]), clock)
        assert token_end(await held.get()) == 1_000.0 + LIFE_S - EARLY_S

    asyncio.run(main())


def test_callers_at_the_same_time_share_one_request_and_a_cancelled_one_hurts_nobody() -> None:
    async def main() -> None:
        line = build.FakeLine([], hold=asyncio.Event())
        assert line.hold is not None
        held = tokens(line, build.FakeClock())
        waiting = [asyncio.ensure_future(held.get()) for _ in range(5)]
        await line.asked.wait()
        waiting[0].cancel()
        line.hold.set()
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(told[0], asyncio.CancelledError)
        assert {token.value for token in told[1:] if isinstance(token, Token)} == {"t-1"}
        assert line.tokens_asked == 1

    asyncio.run(main())


def test_a_refused_token_is_forgotten_but_not_a_newer_one() -> None:
    async def main() -> None:
        line = build.FakeLine([], tokens=[answer("a"), answer("b")])
        held = tokens(line, build.FakeClock())
        old = await held.get()
        assert isinstance(old, Token)
        held.refused(old)
        assert value(await held.get()) == "b"
        held.refused(old)
        assert value(await held.get()) == "b"
        assert line.tokens_asked == 2

    asyncio.run(main())


def test_after_a_failure_it_is_asked_for_again() -> None:
    async def main() -> None:
        line = build.FakeLine([], tokens=[Broken(left_us=True, why="timeout"), answer("a")])
        held = tokens(line, build.FakeClock())
        assert await held.get() == NoToken("token.timeout")
        assert value(await held.get()) == "a"

    asyncio.run(main())


def test_closing_ends_a_request_on_its_way() -> None:
    async def main() -> None:
        line = build.FakeLine([], hold=asyncio.Event())
        held = tokens(line, build.FakeClock())
        waiting = asyncio.ensure_future(held.get())
        await line.asked.wait()
        await held.aclose()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())


@pytest.mark.parametrize(
    "fields",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "a b"},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": "토큰"},
        {"access_token": "a" * 3_000},
        {"expired_at": None},
        {"expired_at": "1795231800"},
        {"expired_at": True},
        {"expired_at": 1_795_230_000},
        {"expired_at": 1_795_000_000},
        {"expired_at": 1_895_230_000},
        {"now": None},
        {"now": 1_795_230_000.5},
    ],
)
def test_a_token_that_makes_no_sense_is_none(fields: dict[str, object]) -> None:
    said = read_token(build.said({**build.TOKEN, **fields}), 0.0)
    assert said == NoToken("token.malformed")


@pytest.mark.parametrize(
    ("exchange", "why"),
    [
        (build.refused("인증에 실패하였습니다.", status=401), "keys_refused"),
        (build.refused("?", code=-1), "keys_refused"),
        (Response(401, (), b""), "keys_refused"),
        (Response(403, (), b""), "access_refused"),
        (Response(502, (), b"<html>"), "token.http.502"),
        (Response(200, (), b"<html>"), "token.not_json"),
        (build.said(None), "token.malformed"),
        (Broken(left_us=False, why="dns"), "dns"),
    ],
)
def test_why_there_is_none(exchange: Exchange, why: str) -> None:
    assert read_token(exchange, 0.0) == NoToken(why)


def test_the_keys_go_in_the_body_and_nothing_shows_them() -> None:
    async def main() -> None:
        line = build.FakeLine([])
        await tokens(line, build.FakeClock()).get()
        [sent] = line.sent
        assert sent.fields == {"imp_key": "key-of-nobody", "imp_secret": "secret-of-nobody"}
        assert "Authorization" not in sent.headers
        assert sent.path == "/users/getToken"

    asyncio.run(main())
