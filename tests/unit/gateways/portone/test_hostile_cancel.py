"""Hostile answers to a cancel: done only if exactly ours was done, refused only if it was not.

A cancel goes out with its checksum, never with nothing in it, and twice only after a 401 came whole
(portone.md 2.3 and 3.2, money-safety.md rows 98 to 110).
"""

from __future__ import annotations

import asyncio

import pytest

from pos_app.domain.answers import CancelAnswer, Cancelled, CancelRefused, NoAnswer
from tests.unit.gateways.portone import build
from tests.unit.gateways.portone.hostile import (
    LOST,
    NO_TOKEN,
    Hostile,
    Reply,
    envelope,
    refusal,
    run,
)
from tests.unit.gateways.portone.hostile_client import client_of

GONE = {"cancel_amount": 20_000, "status": "cancelled"}


def gone(**changes: object) -> Reply:
    """Return a payment of which 20,000 went back."""
    return Reply(envelope(build.payment(**{**GONE, **changes})))


ROWS: dict[str, tuple[Reply, type[object]]] = {
    "as it should be": (gone(), Cancelled),
    "called paid": (gone(status="paid"), Cancelled),
    "amounts with points": (gone(amount=55_000.0, cancel_amount=20_000.0), Cancelled),
    "history gone, times 0": (gone(cancel_history=..., cancelled_at=0), Cancelled),
    "nothing went back": (gone(cancel_amount=0), NoAnswer),
    "all went back": (gone(cancel_amount=55_000), NoAnswer),
    "a won too many": (gone(cancel_amount=20_001), NoAnswer),
    "more than there was": (gone(cancel_amount=60_000), NoAnswer),
    "another number": (gone(imp_uid="imps_1"), NoAnswer),
    "another order": (gone(merchant_uid="X"), NoAnswer),
    "another currency": (gone(currency="USD"), NoAnswer),
    "status new": (gone(status="partial_cancelled"), NoAnswer),
    "status with a space": (gone(status="cancelled "), NoAnswer),
    "status failed": (gone(status="failed"), NoAnswer),
    "amount true": (gone(cancel_amount=True), NoAnswer),
    "nothing in it": (Reply(envelope(None)), NoAnswer),
    "code a text": (Reply(envelope(build.payment(**GONE), code="0")), NoAnswer),
    "207": (Reply(envelope(build.payment(**GONE)), 207), NoAnswer),
    "500 and done": (Reply(envelope(build.payment(**GONE)), 500), NoAnswer),
    "not there": (refusal("취소할 결제건이 존재하지 않습니다.", code=1), CancelRefused),
    "not enough at KCP": (refusal("[8178] 정산금 부족"), CancelRefused),
    "balance": (refusal("취소 가능 잔액(checksum)이 일치하지 않습니다.", code=1), CancelRefused),
    "already": (refusal("이미 취소된 거래입니다.", code=1), NoAnswer),
    "already, in full": (refusal("이미 전액취소된 주문입니다.", code=1), NoAnswer),
    "already, by KCP": (refusal("[8133] 기취소된 거래"), NoAnswer),
    "under way": (refusal("취소 진행중인 거래입니다."), NoAnswer),
    "time-out": (refusal("[CC72] 카드사 응답"), NoAnswer),
    "time-out behind another code": (refusal("[8134][8041]"), NoAnswer),
    "no answer": (refusal("카드사로부터 응답이 없습니다."), NoAnswer),
    "unknown": (refusal("알 수 없는 오류"), NoAnswer),
    "no words": (refusal(None), NoAnswer),
    "code nobody knows": (refusal("거절", code=77), NoAnswer),
    "far behind": (refusal("가" * 230 + "[CC72]"), NoAnswer),
    "403": (refusal("IP", status=403), NoAnswer),
    "404": (refusal("없음", status=404), NoAnswer),
    "429": (refusal("Too Many", status=429), NoAnswer),
    "502": (Reply(b"<html>", 502), NoAnswer),
    "page": (Reply(b"<html>"), NoAnswer),
    "lost": (LOST, NoAnswer),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_cancel_answered_so(row: str) -> None:
    reply, verdict = ROWS[row]

    async def work(server: Hostile) -> CancelAnswer:
        server.instead = {"cancel": [reply]}
        answer = await client_of(server).cancel(build.cancel())
        ((_, sent),) = [one for one in server.seen if one[0] == "cancel"]
        assert (sent["amount"], sent["checksum"]) == (20_000, 55_000)
        return answer

    answer = run(work)
    assert isinstance(answer, verdict), answer


def test_after_a_401_the_second_cancel_names_the_same_and_may_take_as_long() -> None:
    gateway, line = build.gateway(build.NO_TOKEN, build.said(build.payment(**GONE)))
    assert isinstance(asyncio.run(gateway.cancel(build.cancel())), Cancelled)
    first, second = [sent for sent in line.sent if sent.path == "/payments/cancel"]
    assert first.fields == second.fields
    assert first.timeout_s == second.timeout_s


def test_two_401_are_an_open_outcome() -> None:
    async def work(server: Hostile) -> CancelAnswer:
        server.instead = {"cancel": [NO_TOKEN, NO_TOKEN]}
        answer = await client_of(server).cancel(build.cancel())
        assert server.count("cancel") == 2
        return answer

    assert isinstance(run(work), NoAnswer)


@pytest.mark.parametrize("mixed", [True, False])
def test_the_exempt_part_goes_back_as_it_was_charged(*, mixed: bool) -> None:
    """A contract without a split charges none, so a cancel that names one would be refused."""

    async def work(server: Hostile) -> CancelAnswer:
        client = client_of(server, mixed_tax=mixed)
        await client.approve(build.charge(tax_free=10_000), build.card())
        (ref,) = server.book
        return await client.cancel(build.cancel(20_000, tax_free=4_000, ref=ref))

    assert isinstance(run(work), Cancelled)
