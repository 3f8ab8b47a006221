"""Hostile answers to a token request, and tokens with odd lives (portone.md 1.4, Q6)."""

from __future__ import annotations

import asyncio

import pytest

from pos_app.domain.answers import Approved, ChargeAnswer, NotSent
from pos_app.gateways.exchange import Exchange, Response
from tests.unit.gateways.portone import build


def token(**changes: object) -> Response:
    """Return an answer with a token."""
    return build.said({**build.TOKEN, **changes})


NOW = 1_795_230_000
#: Without a token nothing leaves; what is told must send the shop to the right place.
NONE: dict[str, tuple[Exchange, str]] = {
    "ended before it began": (token(expired_at=NOW - 1), "token.malformed"),
    "no life": (token(expired_at=NOW), "token.malformed"),
    "a life of years": (token(expired_at=NOW + 10**9), "token.malformed"),
    "no clock": (token(now=None), "token.malformed"),
    "clock true": (token(now=True), "token.malformed"),
    "clock a text": (token(now=str(NOW)), "token.malformed"),
    "no token": (token(access_token=None), "token.malformed"),
    "a header in it": (token(access_token="a\r\nTier: 001"), "token.malformed"),
    "two words": (token(access_token="a b"), "token.malformed"),
    "not ASCII": (token(access_token="토큰"), "token.malformed"),
    "nothing": (build.said(None), "token.malformed"),
    "wrong keys": (build.refused("인증에 실패하였습니다.", status=401), "keys_refused"),
    "wrong keys, a page": (Response(401, (), b"<html>"), "keys_refused"),
    "keys missing": (build.refused("누락되었습니다.", status=400), "keys_refused"),
    "another address": (Response(403, (), b"<html>"), "access_refused"),
    "too many": (build.refused("Too Many Requests", status=429), "token.http.429"),
    "out of order": (build.refused("점검 중", status=503), "token.http.503"),
    "fault of theirs": (build.refused("오류", status=500), "token.http.500"),
    "proxy": (Response(502, (), b"<html>"), "token.http.502"),
}


@pytest.mark.parametrize("row", NONE)
def test_without_a_token_nothing_leaves_and_the_reason_is_the_true_one(row: str) -> None:
    answer, why = NONE[row]
    gateway, line = build.gateway(build.said(build.PAYMENT))
    line.tokens = [answer]
    assert asyncio.run(gateway.approve(build.charge(), build.card())) == NotSent(why)
    assert line.paths == []


def test_a_shop_without_a_token_sells_again_as_soon_as_there_is_one() -> None:
    gateway, line = build.gateway(build.said(build.PAYMENT))
    line.tokens = [NONE["proxy"][0], NONE["proxy"][0], token()]

    async def main() -> list[ChargeAnswer]:
        return [await gateway.approve(build.charge(), build.card()) for _ in range(2)]

    first, second = asyncio.run(main())
    assert isinstance(first, NotSent)
    assert isinstance(second, Approved)


@pytest.mark.parametrize(("life_s", "asked"), [(10, 3), (31, 1), (1_800, 1)])
def test_a_token_about_to_end_is_used_once_and_not_for_the_next_request(
    life_s: int, asked: int
) -> None:
    """No charge goes out on a token whose end could come between connecting and sending."""
    gateway, line = build.gateway(build.said(build.PAYMENT))
    line.tokens = [token(expired_at=NOW + life_s)]

    async def main() -> None:
        for _ in range(2):
            await gateway.approve(build.charge(), build.card())

    asyncio.run(main())
    assert line.tokens_asked == asked
