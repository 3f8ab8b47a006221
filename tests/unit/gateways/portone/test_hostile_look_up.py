"""Hostile answers to a look-up, by order number and by the gateway's, and to the day sweep.

Nothing that is not whole, ours and clear settles a payment (portone.md 2.4 and 3.3).
"""

from __future__ import annotations

import datetime as dt

import pytest

from pos_app.domain.answers import (
    Absent,
    CannotTell,
    Found,
    FoundState,
    LookUpAnswer,
    SweptPayment,
)
from tests.unit.gateways.portone import build
from tests.unit.gateways.portone.hostile import (
    Hostile,
    Json,
    Reply,
    envelope,
    give_back,
    page_of,
    refusal,
    run,
)
from tests.unit.gateways.portone.hostile_client import client_of

PAID = build.payment(imp_uid="imps_000000000001")
FAILED = build.failed("[CC14]", imp_uid="imps_000000000002")
OTHERS = build.payment(merchant_uid="2026112101ZZZZZZZZZZZZZZZZ")
NOT_KNOWN = "존재하지 않는 결제정보입니다."


def part_gone(status: str) -> Json:
    """Return a payment of which 20,000 went back."""
    payment = build.payment()
    give_back(payment, 20_000)
    return {**payment, "status": status}


BY_ORDER: dict[str, tuple[Reply, object]] = {
    "one paid": (page_of([PAID]), FoundState.APPROVED),
    "a paid one behind a failed one": (page_of([FAILED, PAID]), FoundState.APPROVED),
    "a paid one before a failed one": (page_of([PAID, FAILED]), FoundState.APPROVED),
    "amounts with points": (
        page_of([{**PAID, "amount": 55_000.0, "cancel_amount": 0.0}]),
        FoundState.APPROVED,
    ),
    "partly cancelled, called paid": (page_of([part_gone("paid")]), FoundState.PARTLY_CANCELLED),
    "partly cancelled, called so": (
        page_of([part_gone("cancelled")]),
        FoundState.PARTLY_CANCELLED,
    ),
    "failed alone": (page_of([FAILED]), FoundState.FAILED),
    "ready": (page_of([{**PAID, "status": "ready"}]), FoundState.PENDING),
    "ready beside failed": (page_of([FAILED, {**PAID, "status": "ready"}]), FoundState.PENDING),
    "none": (page_of([]), Absent),
    "404": (refusal(NOT_KNOWN, status=404), Absent),
    "two paid": (page_of([PAID, {**PAID, "imp_uid": "imps_000000000009"}]), FoundState.APPROVED),
    "paid, for nothing": (page_of([{**PAID, "amount": 0}]), CannotTell),
    "one payment told in two ways": (
        page_of([PAID, {**FAILED, "imp_uid": "imps_000000000001"}]),
        CannotTell,
    ),
    "failed, and more than is shown": (page_of([FAILED], total=2), CannotTell),
    "none, and more than is shown": (page_of([], total=1), CannotTell),
    "failed, and a next page as a text": (page_of([FAILED], next="2"), CannotTell),
    "failed, and a next page as a fraction": (page_of([FAILED], next=2.0), CannotTell),
    "failed, and the first page again": (page_of([FAILED], next=1), CannotTell),
    "failed, no word of a next page": (page_of([FAILED], next=None), FoundState.FAILED),
    "another order": (page_of([OTHERS]), CannotTell),
    "failed beside another order": (page_of([FAILED, OTHERS]), CannotTell),
    "failed beside an unreadable one": (page_of([FAILED, {**PAID, "amount": "1"}]), CannotTell),
    "failed beside a new status": (page_of([FAILED, {**PAID, "status": "holding"}]), CannotTell),
    "failed beside a status with a space": (
        page_of([FAILED, {**PAID, "status": "paid "}]),
        CannotTell,
    ),
    "failed with a space": (page_of([{**FAILED, "status": "failed "}]), CannotTell),
    "failed, and money went back": (page_of([{**FAILED, "cancel_amount": 1}]), CannotTell),
    "cancelled, and nothing went back": (page_of([{**PAID, "status": "cancelled"}]), CannotTell),
    "more went back than was paid": (page_of([{**PAID, "cancel_amount": 55_001}]), CannotTell),
    "other currency": (page_of([{**PAID, "currency": "USD"}]), CannotTell),
    "no list": (Reply(envelope({"total": 0, "next": 0})), CannotTell),
    "nothing": (Reply(envelope(None)), CannotTell),
    "207": (Reply(envelope({"list": [], "next": 0, "total": 0}), 207), CannotTell),
    "404 page of a proxy": (Reply(b"<html>404</html>", 404), CannotTell),
    "404 with code 0": (Reply(envelope(None), 404), CannotTell),
    "200 that says not known": (refusal(NOT_KNOWN), CannotTell),
    "400": (refusal("page", status=400), CannotTell),
    "403": (refusal("허용되지 않은 IP", status=403), CannotTell),
    "429": (refusal("Too Many Requests", status=429), CannotTell),
    "500": (refusal("오류", status=500), CannotTell),
    "502": (Reply(b"<html>", 502), CannotTell),
    "lost": (Reply(None), CannotTell),
}
BY_NUMBER: dict[str, tuple[Reply, object]] = {
    "paid": (Reply(envelope(PAID)), FoundState.APPROVED),
    "another number": (Reply(envelope({**PAID, "imp_uid": "imps_000000000007"})), CannotTell),
    "another order": (Reply(envelope({**PAID, "merchant_uid": "X"})), CannotTell),
    "failed: the number of a failed attempt says nothing of others": (
        Reply(envelope({**FAILED, "imp_uid": "imps_000000000001"})),
        CannotTell,
    ),
    "ready": (Reply(envelope({**PAID, "status": "ready"})), FoundState.PENDING),
    "404": (refusal(NOT_KNOWN, status=404), Absent),
    "a list": (Reply(envelope([PAID])), CannotTell),
    "no envelope": (Reply(b'{"status":"paid"}'), CannotTell),
}


def check(answer: LookUpAnswer, verdict: object) -> None:
    """Hold an answer against a verdict: a state of what was found, or a kind of answer."""
    if isinstance(verdict, FoundState):
        assert isinstance(answer, Found), answer
        assert answer.state is verdict
    else:
        assert isinstance(verdict, type)
        assert isinstance(answer, verdict), answer


@pytest.mark.parametrize("row", BY_ORDER)
def test_by_order_number(row: str) -> None:
    reply, verdict = BY_ORDER[row]

    async def work(server: Hostile) -> LookUpAnswer:
        server.instead = {"find": [reply]}
        return await client_of(server).look_up(build.look_up(None))

    check(run(work), verdict)


@pytest.mark.parametrize("row", BY_NUMBER)
def test_by_the_gateways_number(row: str) -> None:
    reply, verdict = BY_NUMBER[row]

    async def work(server: Hostile) -> LookUpAnswer:
        server.instead = {"one": [reply]}
        return await client_of(server).look_up(build.look_up("imps_000000000001"))

    check(run(work), verdict)


DAY = dt.date(2026, 11, 21)


def swept(paid: Reply, cancelled: Reply) -> tuple[SweptPayment, ...] | CannotTell:
    """Return what a sweep makes of the two lists."""

    async def work(server: Hostile) -> tuple[SweptPayment, ...] | CannotTell:
        server.instead = {"status": [paid, cancelled]}
        return await client_of(server).sweep(DAY)

    found: tuple[SweptPayment, ...] | CannotTell = run(work)
    return found


def test_a_full_page_of_the_longest_payments_is_read() -> None:
    """Every text as long as it may be, and escaped: the cap of an answer must hold a page."""
    longest = {
        "name": "가" * 40,
        "buyer_name": "가" * 16,
        "buyer_addr": "가" * 128,
        "buyer_email": "a" * 64,
        "user_agent": "a" * 200,
        "receipt_url": "https://admin8.kcp.co.kr/assist/bill.BillActionNew.do?" + "a" * 150,
        "custom_data": "가" * 100,
        "cancel_reason": "가" * 100,
    }

    async def work(server: Hostile) -> tuple[SweptPayment, ...] | CannotTell:
        for number in range(230):
            server.put(f"imps_{number:012d}", **longest)
        return await client_of(server).sweep(DAY)

    found = run(work)
    assert not isinstance(found, CannotTell), found
    assert len(found) == 230


@pytest.mark.parametrize("paid_at", [None, 0, "1795230005", -5, True])
def test_a_paid_payment_without_its_time_is_not_left_out_of_the_day(paid_at: object) -> None:
    assert isinstance(swept(page_of([{**PAID, "paid_at": paid_at}]), page_of([])), CannotTell)


def test_what_was_cancelled_without_being_paid_belongs_to_no_day() -> None:
    gone = {**PAID, "status": "cancelled", "paid_at": 0, "cancel_amount": 55_000}
    assert swept(page_of([]), page_of([gone])) == ()
