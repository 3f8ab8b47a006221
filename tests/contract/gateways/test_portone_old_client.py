"""The eight faults of iamport-rest-client 0.9.0 (portone.md 5.11), each shown right here.

`python -m tests.bench.rest_client` plays the same with the old client beside ours.
"""

from __future__ import annotations

import asyncio

import pytest

from pos_app.domain.answers import Absent, Approved, Declined, NoAnswer
from pos_app.domain.errors import Bug
from pos_app.domain.order import KST, OrderNo
from pos_app.domain.schedules import ScheduleSeen, ScheduleState
from tests.contract.gateways.portone_till import CUSTOMER, ONETIME, TOKEN, UNSCHEDULE, Till
from tests.contract.gateways.shop import make_card


def test_the_day_can_be_listed() -> None:
    """Theirs: find_by_status always ends with a TypeError."""

    async def made() -> None:
        async with Till() as till:
            request = till.charge()
            answer = await till.approve(request)
            assert isinstance(answer, Approved)
            swept = await till.gateway.sweep(answer.approval.approved_at.astimezone(KST).date())
            assert isinstance(swept, tuple)
            assert [payment.order_no for payment in swept] == [request.order_no]

    asyncio.run(made())


def test_one_token_serves_every_call() -> None:
    """Theirs: a token for every call, two requests each."""

    async def made() -> None:
        async with Till() as till:
            await till.gateway.warm_up()
            warm = len(till.tap.sent)
            await till.approved(till.charge())
            await till.approved(till.charge())
            request = till.charge()
            ref = await till.approved(request)
            await till.look_up(request, None)
            await till.cancel(request, ref, 50_000, partial=False)
            assert till.lines(warm) == [
                *[ONETIME] * 3,
                f"GET /payments/findAll/{request.order_no}",
                "POST /payments/cancel",
            ]
            assert till.lines().count(TOKEN) == 1

    asyncio.run(made())


def test_a_gateway_that_never_answers_is_not_waited_for_for_ever() -> None:
    """Theirs: no time-out at all, the till hangs with the sale."""

    async def made() -> None:
        hang: dict[str, object] = {"on": "charge", "do": "hang"}
        async with Till({"timeout_s": 0.5}, faults=[hang]) as till:
            answer = await till.approve()
            assert isinstance(answer, NoAnswer)
            assert answer.why == "timeout"

    asyncio.run(made())


def test_an_order_number_stays_in_its_place_in_the_path() -> None:
    """Theirs: "A B/../C?x=1" asks for the payment C."""

    async def made() -> None:
        async with Till() as till:
            answer = await till.look_up(till.charge(), None, order_no="A B/../C?x=1")
            assert isinstance(answer, Absent)
            assert till.lines()[-1] == "GET /payments/findAll/A%20B%2F..%2FC%3Fx%3D1"

    asyncio.run(made())


def test_what_the_gateway_says_with_a_400_is_kept() -> None:
    """Theirs: HttpError(400, "Bad Request"), and the gateway's reason thrown away."""

    async def made() -> None:
        said = "이니시스 빌링결제는 상품명이 필수입니다."
        refusal: dict[str, object] = {
            "on": "charge",
            "do": "reply",
            "res_cd": "-1",
            "res_msg": said,
            "http_status": 400,
            "done": False,
        }
        async with Till(faults=[refusal]) as till:
            answer = await till.approve()
            assert isinstance(answer, Declined)
            assert answer.refusal.raw_message == said

    asyncio.run(made())


def test_a_corporate_card_without_password_digits_is_charged() -> None:
    """Theirs: a KeyError for the missing pwd_2digit, before anything is sent."""

    async def made() -> None:
        async with Till() as till:
            card = make_card(holder="1208800767", password="")
            answer = await till.approve(card=card)
            assert isinstance(answer, Approved)
            body = till.body(ONETIME)
            assert body["birth"] == "1208800767"
            assert "pwd_2digit" not in body

    asyncio.run(made())


def test_code_0_with_failed_is_a_decline() -> None:
    """Theirs: handed back as if it were a success."""

    async def made() -> None:
        async with Till(portone_decline="failed") as till:
            answer = await till.approve(till.charge(10_133))
            assert isinstance(answer, Declined)
            assert answer.refusal.code == "CC61"

    asyncio.run(made())


def test_one_schedule_is_taken_back_by_its_number_and_no_other() -> None:
    """Theirs: a customer must be named and no order number, so all of that customer's go."""

    async def made() -> None:
        async with Till() as till:
            first, second = await till.scheduled(2)
            assert isinstance(await till.gateway.unschedule(CUSTOMER, first), ScheduleSeen)
            assert till.body(UNSCHEDULE)["merchant_uid"] == [first]
            left = await till.gateway.scheduled(second)
            assert isinstance(left, ScheduleSeen)
            assert left.state is ScheduleState.SCHEDULED
            taken = await till.gateway.scheduled(first)
            assert isinstance(taken, ScheduleSeen)
            assert taken.state is ScheduleState.REVOKED

    asyncio.run(made())


def test_without_an_order_number_no_schedule_is_taken_back() -> None:
    """Theirs: sent as it is, and everything of the customer is gone."""

    async def made() -> None:
        async with Till() as till:
            await till.scheduled(1)
            with pytest.raises(Bug):
                await till.gateway.unschedule(CUSTOMER, OrderNo(""))
            assert UNSCHEDULE not in till.lines()

    asyncio.run(made())
