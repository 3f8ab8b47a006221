"""Cancels at PortOne: partial, refused, lost, twice, with an exempt part."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest

from pos_app.domain.answers import (
    Cancelled,
    CancelRefused,
    Found,
    FoundState,
    Mismatched,
    NoAnswer,
    NotSent,
    RefusalKind,
)
from pos_app.domain.money import Won
from pos_app.domain.requests import ChargeRequest
from tests.contract.gateways.portone_shop import PortOneShop
from tests.contract.gateways.shop import make_card


def run(main: Coroutine[object, object, None]) -> None:
    asyncio.run(main)


async def sold(shop: PortOneShop, number: str = "9410110000000073") -> tuple[ChargeRequest, str]:
    """Sell something for 50,000 won."""
    request = shop.charge(50_000)
    return request, await shop.approved(request, make_card(number))


@pytest.mark.parametrize("status", ["cancelled", "paid"])
@pytest.mark.parametrize("amounts", ["whole", "point"])
def test_the_status_after_a_partial_cancel_does_not_matter(status: str, amounts: str) -> None:
    async def main() -> None:
        async with PortOneShop(portone_partial_status=status, portone_amounts=amounts) as shop:
            request, ref = await sold(shop)
            states = []
            for amount, before in ((20_000, 50_000), (10_000, 30_000), (20_000, 20_000)):
                answer = await shop.cancel(request, ref, amount, before=before)
                assert isinstance(answer, Cancelled), answer
                assert answer.balance == Won(before - amount)
                assert answer.serial
                found = await shop.look_up(request, None)
                assert isinstance(found, Found)
                assert found.balance == Won(before - amount)
                states.append(found.state)
            partly = FoundState.PARTLY_CANCELLED
            assert states == [partly, partly, FoundState.CANCELLED]

    run(main())


def test_an_exempt_part_goes_back_with_its_split() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request = shop.charge(50_000, tax_free=20_000)
            ref = await shop.approved(request)
            answer = await shop.cancel(request, ref, 25_000, tax_free=15_000)
            assert isinstance(answer, Cancelled), answer
            # The rest has 5,000 exempt; all of it taxable would be refused.
            answer = await shop.cancel(request, ref, 25_000, before=25_000, tax_free=5_000)
            assert isinstance(answer, Cancelled), answer
            assert shop.payment(request)["balance"] == 0

    run(main())


def test_a_wrong_balance_changes_nothing_and_is_told_as_one() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request, ref = await sold(shop)
            shop.server.admin_cancel(ref, 5_000)
            answer = await shop.cancel(request, ref, 20_000)
            assert isinstance(answer, CancelRefused), answer
            assert answer.kind is RefusalKind.BALANCE
            assert shop.payment(request)["balance"] == 45_000

    run(main())


@pytest.mark.parametrize(
    ("code", "kind"), [("8178", RefusalKind.LATER), ("8134", RefusalKind.FINAL)]
)
def test_refused_cancels(code: str, kind: RefusalKind) -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request, ref = await sold(shop, f"40000030{code}0000")
            answer = await shop.cancel(request, ref, 50_000, partial=False)
            assert isinstance(answer, CancelRefused), answer
            assert (answer.refusal.code, answer.kind) == (code, kind)
            assert shop.payment(request)["balance"] == 50_000

    run(main())


@pytest.mark.parametrize("code", ["8387", "8041"])
def test_done_but_answered_as_open_is_seen_by_the_look_up(code: str) -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request, ref = await sold(shop, f"40000040{code}0000")
            answer = await shop.cancel(request, ref, 20_000)
            assert isinstance(answer, NoAnswer), answer
            assert answer.why == f"code.{code}"
            found = await shop.look_up(request, ref)
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
        async with PortOneShop() as shop:
            request, ref = await sold(shop, f"4000009000{behaviour}0000")
            answer = await shop.cancel(request, ref, 20_000)
            assert isinstance(answer, NoAnswer), answer
            assert answer.why == why
            found = await shop.look_up(request, ref)
            assert isinstance(found, Found)
            assert found.balance == Won(balance)

    run(main())


@pytest.mark.parametrize(("behaviour", "charged"), [("03", 49_999), ("04", 50_001)])
def test_a_wrong_amount_goes_back_by_what_was_charged(behaviour: str, charged: int) -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request = shop.charge()
            answer = await shop.approve(request, make_card(f"4000009000{behaviour}0000"))
            assert isinstance(answer, Mismatched), answer
            ref = answer.gateway_ref
            ours = await shop.cancel(request, ref, 50_000, partial=False)
            assert isinstance(ours, CancelRefused), ours
            assert ours.kind is RefusalKind.BALANCE
            done = await shop.cancel(request, ref, charged, before=charged, partial=False)
            assert isinstance(done, Cancelled), done
            assert shop.payment(request)["balance"] == 0

    run(main())


def test_a_card_that_cannot_be_cancelled_in_part() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request, ref = await sold(shop, "4000008000060000")
            answer = await shop.cancel(request, ref, 20_000)
            assert isinstance(answer, CancelRefused), answer
            assert shop.payment(request)["balance"] == 50_000

    run(main())


def test_a_payment_nobody_knows_cannot_be_cancelled() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request = shop.charge()
            for ref in ("imp_000000000000", ""):
                answer = await shop.cancel(request, ref, 50_000, partial=False)
                assert isinstance(answer, CancelRefused), answer
                assert answer.kind is RefusalKind.FINAL

    run(main())


def test_a_reason_with_every_sign_is_taken() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request, ref = await sold(shop)
            reason = '손님, "변심"; <a> | it\'s & \\ \n' + "가" * 400
            assert isinstance(await shop.cancel(request, ref, 20_000, reason=reason), Cancelled)

    run(main())


def test_nobody_listening_is_not_sent() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request, ref = await sold(shop)
            await shop.server.stop_listening()
            assert await shop.cancel(request, ref, 20_000) == NotSent("refused")

    run(main())
