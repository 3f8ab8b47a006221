"""What every gateway must do, whoever the vendor: one suite for the fake, KCP and PortOne.

A case that needs an ability asks for it (`shop.need`) and is skipped where it is not declared.
Each case compares what the client says with the gateway's own book.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable, Coroutine

import pytest

from pos_app.domain.answers import (
    Absent,
    Approved,
    Cancelled,
    CancelRefused,
    Declined,
    Found,
    FoundState,
    LookUpAnswer,
    Mismatched,
    NoAnswer,
    NotSent,
    RefusalKind,
)
from pos_app.domain.errors import Bug
from pos_app.domain.money import Won
from pos_app.domain.requests import ChargeRequest
from pos_app.services.ports import Gateway
from tests.contract.gateways.shop import Shop, make_card


def play(shop: Shop, main: Callable[[], Coroutine[object, object, None]]) -> None:
    """Open the shop and play the case."""

    async def whole() -> None:
        async with shop:
            await main()

    asyncio.run(whole())


def state_of(answer: LookUpAnswer) -> tuple[FoundState, int]:
    """Return state and balance in won of something that must have been found."""
    assert isinstance(answer, Found), answer
    return answer.state, answer.balance.amount


async def sold(shop: Shop, number: str = "") -> tuple[ChargeRequest, str]:
    """Sell something for 50,000 won."""
    request = shop.charge(50_000)
    return request, await shop.approved(request, make_card(number) if number else None)


def test_it_says_what_it_is(shop: Shop) -> None:
    async def main() -> None:
        gateway: Gateway = shop.gateway
        assert gateway.name in {"kcp", "portone"}
        assert gateway.site
        assert gateway.environment in {"loopback", "practice"}
        assert gateway.timeout_s > 0
        _, ref = await sold(shop)
        assert re.fullmatch(gateway.abilities.reference_form, ref)

    play(shop, main)


def test_a_sale_is_charged_once_with_one_consent_and_the_card_is_wiped(shop: Shop) -> None:
    async def main() -> None:
        request, card = shop.charge(55_000, months=3), make_card()
        answer = await shop.approve(request, card)
        assert isinstance(answer, Approved), answer
        assert answer.approval.approval_no
        assert answer.approval.approved_at.utcoffset() is not None
        assert shop.consents == 1
        assert (shop.book.balance(request), shop.book.charges(request)) == (55_000, 1)
        assert card.number.wiped
        assert card.expiry.wiped
        found = await shop.look_up(request, answer.approval.gateway_ref)
        assert state_of(found) == (FoundState.APPROVED, 55_000)
        assert isinstance(found, Found)
        assert found.amount == Won(55_000)

    play(shop, main)


def test_what_is_approved_is_found_by_its_order_number(shop: Shop) -> None:
    async def main() -> None:
        shop.need(look_up_by_order=True)
        request, ref = await sold(shop)
        found = await shop.look_up(request, None)
        assert state_of(found) == (FoundState.APPROVED, 50_000)
        assert isinstance(found, Found)
        assert found.approval.gateway_ref == ref

    play(shop, main)


def test_what_was_never_charged_is_absent(shop: Shop) -> None:
    async def main() -> None:
        shop.need(look_up_by_order=True)
        assert await shop.look_up(shop.charge(), None) == Absent()

    play(shop, main)


def test_a_lost_answer_is_unknown_and_settles_by_the_order_number(shop: Shop) -> None:
    async def main() -> None:
        request = shop.charge()
        answer = await shop.approve(request, make_card(shop.magic_lost))
        assert isinstance(answer, NoAnswer), answer
        assert shop.book.balance(request) == 50_000
        shop.need(look_up_by_order=True)
        assert state_of(await shop.look_up(request, None)) == (FoundState.APPROVED, 50_000)
        assert shop.book.charges(request) == 1

    play(shop, main)


def test_a_request_that_was_lost_is_unknown_and_then_absent(shop: Shop) -> None:
    async def main() -> None:
        request = shop.charge()
        answer = await shop.approve(request, make_card(shop.magic_not_charged))
        assert isinstance(answer, NoAnswer), answer
        assert not shop.book.balance(request)
        shop.need(look_up_by_order=True)
        assert await shop.look_up(request, None) == Absent()

    play(shop, main)


def test_a_declined_card_is_declined_with_its_reason(shop: Shop) -> None:
    async def main() -> None:
        request, card = shop.charge(), make_card(shop.magic_declined)
        answer = await shop.approve(request, card)
        assert isinstance(answer, Declined), answer
        assert answer.refusal.code == "CC61"
        assert answer.refusal.meaning_ko
        assert card.number.wiped
        assert not shop.book.balance(request)

    play(shop, main)


def test_another_amount_than_asked_for_is_a_mismatch_with_its_reference(shop: Shop) -> None:
    async def main() -> None:
        request = shop.charge()
        answer = await shop.approve(request, make_card(shop.magic_mismatched))
        assert isinstance(answer, Mismatched), answer
        assert answer.field == "amount"
        assert re.fullmatch(shop.gateway.abilities.reference_form, answer.gateway_ref)

    play(shop, main)


def test_nobody_listening_is_not_sent_and_nobody_was_asked(shop: Shop) -> None:
    async def main() -> None:
        await sold(shop)
        before = shop.consents
        await shop.hang_up()
        request, card = shop.charge(), make_card()
        assert await shop.approve(request, card) == NotSent("refused")
        assert shop.consents == before
        assert shop.book.charges(request) == 0

    play(shop, main)


class _DiskFullError(Exception):
    """What a ledger may raise."""


async def _no_consent() -> None:
    raise _DiskFullError


def test_without_the_ledgers_consent_nothing_leaves(shop: Shop) -> None:
    async def main() -> None:
        request, ref = await sold(shop)
        other, card = shop.charge(before_send=_no_consent), make_card()
        assert await shop.approve(other, card) == NotSent("ledger")
        assert card.number.wiped
        assert shop.book.charges(other) == 0
        told = await shop.cancel(request, ref, 20_000, before_send=_no_consent)
        assert told == NotSent("ledger")
        assert shop.book.balance(request) == 50_000

    play(shop, main)


def test_a_part_another_part_and_the_rest_go_back(shop: Shop) -> None:
    async def main() -> None:
        shop.need(partial_cancel=True)
        request, ref = await sold(shop)
        for amount, before in ((20_000, 50_000), (10_000, 30_000)):
            answer = await shop.cancel(request, ref, amount, before=before)
            assert isinstance(answer, Cancelled), answer
            assert answer.balance == Won(before - amount)
            assert answer.cancelled_at.utcoffset() is not None
            assert shop.book.balance(request) == before - amount
            found = await shop.look_up(request, ref)
            assert state_of(found) == (FoundState.PARTLY_CANCELLED, before - amount)
        assert isinstance(await shop.cancel(request, ref, 20_000, before=20_000), Cancelled)
        assert state_of(await shop.look_up(request, ref)) == (FoundState.CANCELLED, 0)
        assert shop.book.balance(request) == 0

    play(shop, main)


def test_all_of_it_goes_back_once(shop: Shop) -> None:
    async def main() -> None:
        request, ref = await sold(shop)
        answer = await shop.cancel(request, ref, 50_000, partial=False)
        assert isinstance(answer, Cancelled), answer
        again = await shop.cancel(request, ref, 50_000, partial=False)
        assert isinstance(again, NoAnswer | CancelRefused), again
        assert shop.book.balance(request) == 0
        assert state_of(await shop.look_up(request, ref)) == (FoundState.CANCELLED, 0)

    play(shop, main)


def test_a_cancel_of_a_part_sent_twice_is_done_once(shop: Shop) -> None:
    async def main() -> None:
        shop.need(partial_cancel=True)
        request, ref = await sold(shop)
        assert isinstance(await shop.cancel(request, ref, 20_000), Cancelled)
        again = await shop.cancel(request, ref, 20_000)
        assert isinstance(again, CancelRefused), again
        assert again.kind is RefusalKind.BALANCE
        assert shop.book.balance(request) == 30_000

    play(shop, main)


def test_more_than_there_is_is_never_sent(shop: Shop) -> None:
    async def main() -> None:
        request, ref = await sold(shop)
        consents = shop.consents
        with pytest.raises(Bug):
            await shop.cancel(request, ref, 50_001)
        assert shop.consents == consents
        assert shop.book.balance(request) == 50_000

    play(shop, main)


def test_a_cancel_whose_answer_is_lost_shows_by_its_balance(shop: Shop) -> None:
    async def main() -> None:
        shop.need(partial_cancel=True)
        request, ref = await sold(shop, shop.magic_cancel_lost)
        answer = await shop.cancel(request, ref, 20_000)
        assert isinstance(answer, NoAnswer), answer
        assert state_of(await shop.look_up(request, ref))[1] == 30_000
        assert shop.book.balance(request) == 30_000

    play(shop, main)


def test_a_cancel_finds_its_payment_by_the_order_number(shop: Shop) -> None:
    async def main() -> None:
        shop.need(cancel_by_order=True)
        request, _ = await sold(shop)
        assert isinstance(await shop.cancel(request, "", 50_000, partial=False), Cancelled)
        assert shop.book.balance(request) == 0

    play(shop, main)


def test_many_sales_at_once_stay_apart(shop: Shop) -> None:
    async def main() -> None:
        requests = [shop.charge(31_000 + number) for number in range(8)]
        charges: list[Awaitable[str]] = [shop.approved(request) for request in requests]
        refs = await asyncio.gather(*charges)
        assert len(set(refs)) == len(requests)
        for request, ref in zip(requests, refs, strict=True):
            amount = request.order.amount.amount
            assert shop.book.balance(request) == amount
            assert state_of(await shop.look_up(request, ref)) == (FoundState.APPROVED, amount)

    play(shop, main)


def test_times_are_recent(shop: Shop) -> None:
    async def main() -> None:
        request = shop.charge()
        answer = await shop.approve(request)
        assert isinstance(answer, Approved)
        now = dt.datetime.now(dt.UTC)
        fixed = shop.gateway.environment == "practice"
        assert fixed or abs(now - answer.approval.approved_at) < dt.timedelta(minutes=1)

    play(shop, main)
