"""Cards on file, scheduled charges and the identity check, through the ports, at PortOne."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Coroutine
from typing import Any

import pytest

from pos_app.domain.answers import Absent, Approved, Declined, NoAnswer, NotSent, Refused
from pos_app.domain.card import Card, SecretDigits
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.identity import (
    Carrier,
    CodeBy,
    CodeSent,
    Erased,
    IdentityConfirmed,
    IdentityRefused,
    IdentityRequest,
    IdentityTrouble,
)
from pos_app.domain.money import Won
from pos_app.domain.order import make_order_no
from pos_app.domain.saved_cards import (
    CardForgotten,
    CardKept,
    CustomerUid,
    KeepCardAnswer,
    KeepCardRequest,
)
from pos_app.domain.schedules import ScheduleRequest, ScheduleSeen, ScheduleState
from pos_app.services.ports import CardKeeper, IdentityChecker, Scheduler, Sweeper
from tests.contract.gateways.portone_shop import PortOneShop
from tests.contract.gateways.shop import make_card, now

UID = CustomerUid("C01-5f0c 7/고객")


def run(main: Coroutine[object, object, None]) -> None:
    asyncio.run(main)


async def keep(shop: PortOneShop, card: Card | None = None) -> KeepCardAnswer:
    """Keep a card on file."""
    request = KeepCardRequest(UID, "홍길동", "01012345678", "someone@example.com", shop.consent)
    keeper: CardKeeper = shop.gateway
    return await keeper.keep_card(request, card or make_card())


def book(shop: PortOneShop) -> dict[str, Any]:
    """Return what only PortOne's side has."""
    whole: dict[str, Any] = shop.server.book()
    found: dict[str, Any] = whole["portone"]
    return found


def test_a_card_is_kept_charged_again_and_forgotten() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            assert await shop.gateway.saved_card(UID) == Absent()
            card = make_card()
            kept = await keep(shop, card)
            assert isinstance(kept, CardKept), kept
            assert kept.card.card_masked == "941011******0073"
            assert kept.card.sandbox
            assert card.number.wiped
            assert shop.consents == 1
            assert await shop.gateway.saved_card(UID) == kept
            request = shop.charge(33_000, months=0, customer_uid=UID)
            answer = await shop.gateway.approve(request, None)
            assert isinstance(answer, Approved), answer
            assert shop.payment(request)["customer_uid"] == UID
            assert shop.consents == 2
            assert await shop.gateway.forget_card(UID, "고객 요청") == CardForgotten()
            assert await shop.gateway.forget_card(UID, "고객 요청") == Absent()
            assert await shop.gateway.saved_card(UID) == Absent()

    run(main())


def test_a_sale_may_keep_its_card() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request = shop.charge(customer_uid=UID)
            assert isinstance(await shop.approve(request), Approved)
            assert isinstance(await shop.gateway.saved_card(UID), CardKept)

    run(main())


def test_a_card_that_is_refused_is_not_kept() -> None:
    async def main() -> None:
        async with PortOneShop(luhn=True) as shop:
            card = make_card("9410110000000074")
            kept = await keep(shop, card)
            assert isinstance(kept, Refused), kept
            assert card.number.wiped
            assert await shop.gateway.saved_card(UID) == Absent()

    run(main())


def test_a_card_on_file_can_be_declined_like_any_other() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            assert isinstance(await keep(shop, make_card("4000001100610000")), CardKept)
            answer = await shop.gateway.approve(shop.charge(customer_uid=UID), None)
            assert isinstance(answer, Declined), answer
            assert answer.refusal.code == "CC61"

    run(main())


def test_charging_a_card_that_is_not_on_file_is_a_decline() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request = shop.charge(customer_uid=UID)
            answer = await shop.gateway.approve(request, None)
            assert isinstance(answer, Declined), answer

    run(main())


def test_a_token_that_dies_leaves_a_key_in_doubt_and_a_look_up_tells() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            await shop.gateway.channels()
            shop.server.portone_control({"forget_token": True})
            assert await keep(shop) == NoAnswer("token_refused")
            assert await shop.gateway.saved_card(UID) == Absent()
            assert isinstance(await keep(shop), CardKept)

    run(main())


def test_without_a_channel_no_card_is_kept() -> None:
    async def main() -> None:
        async with PortOneShop(portone_channels=["payment:kcp.T0000:test:channel-key-1"]) as shop:
            card = make_card()
            with pytest.raises(ShopTrouble, match=r"gateway\.billing_channel_missing"):
                await keep(shop, card)
            assert card.number.wiped
            assert shop.consents == 0

    run(main())


async def scheduled(shop: PortOneShop, days: int, amount: int = 20_000) -> ScheduleRequest:
    """Schedule one charge."""
    charge = shop.charge(amount)
    at = now().replace(microsecond=0) + dt.timedelta(days=days)
    request = ScheduleRequest(UID, charge.order_no, charge.order, at, shop.consent)
    scheduler: Scheduler = shop.gateway
    seen = await scheduler.schedule(request)
    assert isinstance(seen, ScheduleSeen), seen
    assert (seen.order_no, seen.at, seen.amount) == (charge.order_no, at, Won(amount))
    assert seen.state is ScheduleState.SCHEDULED
    return request


@pytest.mark.parametrize("form", ["array", "paged"])
def test_a_schedule_is_made_moved_and_taken_back_and_no_other(form: str) -> None:
    async def main() -> None:
        async with PortOneShop(portone_schedule_list=form) as shop:
            await keep(shop)
            first, second = await scheduled(shop, 3), await scheduled(shop, 5)
            later = first.at + dt.timedelta(days=1)
            moved = await shop.gateway.reschedule(first.order_no, later)
            assert isinstance(moved, ScheduleSeen), moved
            assert moved.at == later
            listed = await shop.gateway.schedules(now(), now() + dt.timedelta(days=30))
            assert isinstance(listed, tuple), listed
            assert [one.order_no for one in listed] == [first.order_no, second.order_no]
            taken = await shop.gateway.unschedule(UID, first.order_no)
            assert isinstance(taken, ScheduleSeen), taken
            assert taken.state is ScheduleState.REVOKED
            left = await shop.gateway.scheduled(second.order_no)
            assert isinstance(left, ScheduleSeen)
            assert left.state is ScheduleState.SCHEDULED

    run(main())


def test_more_schedules_than_one_page_are_all_listed() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            await keep(shop)
            made = [await scheduled(shop, 1 + number % 20) for number in range(101)]
            listed = await shop.gateway.schedules(now(), now() + dt.timedelta(days=30))
            assert isinstance(listed, tuple), listed
            assert {one.order_no for one in listed} == {one.order_no for one in made}

    run(main())


def test_an_executed_schedule_is_a_payment_like_any_other() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            await keep(shop)
            request = await scheduled(shop, 3)
            shop.server.portone_control({"execute": request.order_no})
            seen = await shop.gateway.scheduled(request.order_no)
            assert isinstance(seen, ScheduleSeen), seen
            assert (seen.state, seen.paid) == (ScheduleState.EXECUTED, True)
            assert seen.gateway_ref

    run(main())


def test_what_is_not_scheduled_is_absent_and_a_dead_line_sends_nothing() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            other = shop.charge()
            assert await shop.gateway.scheduled(other.order_no) == Absent()
            later = now() + dt.timedelta(days=2)
            assert await shop.gateway.reschedule(other.order_no, later) == Absent()
            await shop.server.stop_listening()
            at = now() + dt.timedelta(days=1)
            request = ScheduleRequest(UID, other.order_no, other.order, at, shop.consent)
            assert await shop.gateway.schedule(request) == NotSent("refused")

    run(main())


def checked(name: str = "홍길동", by: CodeBy = CodeBy.SMS) -> IdentityRequest:
    """Return somebody to check."""
    order_no = make_order_no(now(), "01", 7)
    return IdentityRequest(
        order_no, name, "01012345678", "900101", "1", Carrier.SKT, False, by, "달빛꽃집"
    )


async def asked(shop: PortOneShop, by: CodeBy = CodeBy.SMS) -> str:
    """Have a code sent."""
    checker: IdentityChecker = shop.gateway
    sent = await checker.request_code(checked(by=by))
    assert isinstance(sent, CodeSent), sent
    return sent.gateway_ref


def code(digits: str = "123456") -> SecretDigits:
    """Return a typed code."""
    return SecretDigits(bytearray(digits.encode()))


def test_a_caller_is_checked_and_the_result_erased() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            ref, typed = await asked(shop), code()
            answer = await shop.gateway.confirm_code(ref, typed)
            assert isinstance(answer, IdentityConfirmed), answer
            assert typed.wiped
            identity = answer.identity
            assert (identity.name, identity.birth) == ("홍길동", dt.date(1990, 1, 1))
            assert not identity.foreigner
            assert await shop.gateway.erase_identity(ref) == Erased()
            assert await shop.gateway.erase_identity(ref) == Absent()

    run(main())


@pytest.mark.parametrize("status", ["500", "400", "1"])
@pytest.mark.parametrize(
    ("digits", "trouble", "again"),
    [
        ("000000", IdentityTrouble.WRONG_CODE, True),
        ("000001", IdentityTrouble.EXPIRED, False),
        ("000002", IdentityTrouble.TOO_MANY, False),
    ],
)
def test_a_code_that_is_not_taken_has_its_reason(
    status: str, digits: str, trouble: IdentityTrouble, again: bool
) -> None:
    async def main() -> None:
        async with PortOneShop(portone_otp_refusal=status) as shop:
            answer = await shop.gateway.confirm_code(await asked(shop), code(digits))
            assert isinstance(answer, IdentityRefused), answer
            assert (answer.trouble, answer.again) == (trouble, again)
            assert answer.refusal.raw_message

    run(main())


def test_a_wrong_code_may_be_followed_by_the_right_one_and_a_repeat_shows_the_result() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            ref = await asked(shop)
            assert isinstance(await shop.gateway.confirm_code(ref, code("000000")), IdentityRefused)
            for _ in range(2):
                answer = await shop.gateway.confirm_code(ref, code())
                assert isinstance(answer, IdentityConfirmed), answer

    run(main())


def test_an_app_is_not_ready_first_and_passes_then() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            ref = await asked(shop, CodeBy.APP)
            early = await shop.gateway.confirm_code(ref, None)
            assert isinstance(early, IdentityRefused), early
            assert (early.trouble, early.again) == (IdentityTrouble.NOT_CONFIRMED_YET, True)
            assert isinstance(await shop.gateway.confirm_code(ref, None), IdentityConfirmed)

    run(main())


def test_a_check_nobody_knows_and_a_blocked_address_have_their_reasons() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            answer = await shop.gateway.confirm_code("imp_000000000000", code())
            assert isinstance(answer, IdentityRefused), answer
            assert answer.trouble is IdentityTrouble.UNKNOWN_CHECK
            blocked = await shop.gateway.request_code(checked("PRACTICE 0086"))
            assert isinstance(blocked, IdentityRefused), blocked
            assert blocked.trouble is IdentityTrouble.TOO_MANY

    run(main())


@pytest.mark.parametrize("spelling", ["either", "channel_key", "channelKey", "both"])
@pytest.mark.parametrize("bypass", ["string", "object"])
def test_every_documented_spelling_can_be_set(spelling: str, bypass: str) -> None:
    async def main() -> None:
        async with PortOneShop(
            strict=False, portone_channel_key_name=spelling, portone_bypass=bypass
        ) as shop:
            shop.setting(
                identity_bypass="json" if bypass == "string" else "object",
                identity_sms_text="[달빛꽃집] 인증번호 [000000]",
                identity_callback="02-123-4567",
                identity_web_siteid="J260101",
            )
            assert await asked(shop)

    run(main())


def test_nothing_personal_of_a_check_stays_in_the_gateways_book() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            await shop.gateway.confirm_code(await asked(shop), code("314159"))
            shown = json.dumps(shop.server.book(), ensure_ascii=False)
            assert "314159" not in shown
            assert "900101" not in shown
            sweeper: Sweeper = shop.gateway
            assert await sweeper.sweep(now().date()) == ()

    run(main())
