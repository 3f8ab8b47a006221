"""Cancels against the practice gateway: full, partial, refused, lost, and twice."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest

from pos_app.domain.answers import (
    Cancelled,
    CancelRefused,
    Found,
    FoundState,
    NoAnswer,
    NotSent,
    RefusalKind,
)
from pos_app.domain.money import Won
from pos_app.domain.requests import ChargeRequest
from tests.contract.gateways.kcp_shop import KcpShop
from tests.contract.gateways.shop import make_card


def run(main: Coroutine[object, object, None]) -> None:
    asyncio.run(main)


async def sold(shop: KcpShop, number: str = "9410110000000073") -> tuple[ChargeRequest, str]:
    """Sell something for 50,000 won."""
    request = shop.charge(50_000)
    return request, await shop.approved(request, make_card(number))


@pytest.mark.parametrize("field", ["mod_pacn_seq_no", "mod_pcan_seq_no", "none"])
def test_partial_partial_and_the_rest(field: str) -> None:
    async def main() -> None:
        async with KcpShop(cancel_seq_field=field) as shop:
            request, tno = await sold(shop)
            for amount, before in ((20_000, 50_000), (10_000, 30_000), (20_000, 20_000)):
                answer = await shop.cancel(request, tno, amount, before=before)
                assert isinstance(answer, Cancelled)
                assert answer.balance == Won(before - amount)
                assert bool(answer.serial) is (field != "none")
                assert shop.payment(request)["balance"] == before - amount
            found = await shop.look_up(request, tno)
            assert isinstance(found, Found)
            assert (found.state, found.balance) == (FoundState.CANCELLED, Won(0))

    run(main())


def test_a_full_cancel_and_a_second_one() -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, tno = await sold(shop)
            assert isinstance(await shop.cancel(request, tno, 50_000, partial=False), Cancelled)
            again = await shop.cancel(request, tno, 50_000, partial=False)
            assert isinstance(again, NoAnswer)
            assert again.why == "code.8133"
            assert len(shop.payment(request)["cancels"]) == 1

    run(main())


@pytest.mark.parametrize("code", ["8040", "CCA9"])
def test_a_full_cancel_after_a_partial_one_asks_for_the_balance(code: str) -> None:
    async def main() -> None:
        async with KcpShop(stsc_after_partial=code) as shop:
            request, tno = await sold(shop)
            await shop.cancel(request, tno, 20_000)
            answer = await shop.cancel(request, tno, 50_000, partial=False)
            assert isinstance(answer, CancelRefused)
            assert (answer.refusal.code, answer.kind) == (code, RefusalKind.BALANCE)

    run(main())


@pytest.mark.parametrize("code", ["8037", "8038"])
def test_a_repeated_partial_cancel_fails_by_its_balance(code: str) -> None:
    async def main() -> None:
        async with KcpShop(rem_mismatch=code) as shop:
            request, tno = await sold(shop)
            assert isinstance(await shop.cancel(request, tno, 20_000), Cancelled)
            again = await shop.cancel(request, tno, 20_000)
            assert isinstance(again, CancelRefused)
            assert (again.refusal.code, again.kind) == (code, RefusalKind.BALANCE)
            assert shop.payment(request)["balance"] == 30_000

    run(main())


@pytest.mark.parametrize(
    ("code", "kind"), [("8178", RefusalKind.LATER), ("8134", RefusalKind.FINAL)]
)
def test_refused_cancels(code: str, kind: RefusalKind) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, tno = await sold(shop, f"40000030{code}0000")
            answer = await shop.cancel(request, tno, 50_000, partial=False)
            assert isinstance(answer, CancelRefused)
            assert (answer.refusal.code, answer.kind) == (code, kind)
            assert shop.payment(request)["balance"] == 50_000

    run(main())


def test_a_cancel_from_an_address_that_is_not_registered_is_explained() -> None:
    async def main() -> None:
        async with KcpShop(cancel_ip_registered=False) as shop:
            request, tno = await sold(shop)
            answer = await shop.cancel(request, tno, 20_000)
            assert isinstance(answer, CancelRefused)
            assert (answer.refusal.code, answer.kind) == ("8012", RefusalKind.FINAL)
            assert "IP" in answer.refusal.meaning_ko

    run(main())


def test_a_card_that_cannot_be_cancelled_in_part() -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, tno = await sold(shop, "4000008000060000")
            answer = await shop.cancel(request, tno, 20_000)
            assert isinstance(answer, CancelRefused)
            assert answer.kind is RefusalKind.FINAL

    run(main())


@pytest.mark.parametrize("code", ["8387", "8041"])
def test_done_but_answered_as_open_is_seen_by_the_look_up(code: str) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, tno = await sold(shop, f"40000040{code}0000")
            answer = await shop.cancel(request, tno, 20_000)
            assert isinstance(answer, NoAnswer)
            assert answer.why == f"code.{code}"
            found = await shop.look_up(request, tno)
            assert isinstance(found, Found)
            assert (found.state, found.balance) == (FoundState.PARTLY_CANCELLED, Won(30_000))

    run(main())


@pytest.mark.parametrize(
    ("behaviour", "why", "balance"),
    [
        ("15", "code.8133", 0),
        ("17", "reset", 30_000),
        ("18", "reset", 50_000),
        ("26", "wrong_ref", 30_000),
        ("27", "balance_differs", 30_000),
    ],
)
def test_an_answer_that_does_not_fit_is_settled_by_the_look_up(
    behaviour: str, why: str, balance: int
) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, tno = await sold(shop, f"4000009000{behaviour}0000")
            answer = await shop.cancel(request, tno, 20_000)
            assert isinstance(answer, NoAnswer)
            assert answer.why == why
            found = await shop.look_up(request, tno)
            assert isinstance(found, Found)
            assert found.balance == Won(balance)

    run(main())


def test_a_cancel_behind_our_back_shows_as_another_balance() -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, tno = await sold(shop)
            shop.server.admin_cancel(tno, 5_000)
            answer = await shop.cancel(request, tno, 20_000)
            assert isinstance(answer, CancelRefused)
            assert answer.kind is RefusalKind.BALANCE
            found = await shop.look_up(request, tno)
            assert isinstance(found, Found)
            assert found.balance == Won(45_000)

    run(main())


def test_a_reason_with_every_refused_character_is_taken() -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, tno = await sold(shop)
            reason = '손님, "변심"; <a> | it\'s & \\ \n' + "가" * 200
            assert isinstance(await shop.cancel(request, tno, 20_000, reason=reason), Cancelled)

    run(main())


def test_nobody_listening_is_not_sent() -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, tno = await sold(shop)
            await shop.server.stop_listening()
            assert await shop.cancel(request, tno, 20_000) == NotSent("refused")

    run(main())
