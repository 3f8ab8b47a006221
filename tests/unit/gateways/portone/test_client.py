"""The PortOne gateway as the services see it: what it sends, refuses to send, and remembers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pos_app.domain.answers import (
    Absent,
    Approved,
    Cancelled,
    CannotTell,
    Found,
    FoundState,
    NoAnswer,
    NotSent,
)
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.money import Won
from pos_app.domain.order import OrderNo
from pos_app.domain.requests import LookUpRequest
from pos_app.gateways.exchange import Broken, Exchange
from tests.unit.gateways.portone import build

PAID = build.said(build.PAYMENT)
TIMEOUT = Broken(left_us=True, why="timeout")


def test_a_charge_goes_out_once_and_the_card_is_wiped() -> None:
    gateway, line = build.gateway(PAID)
    card = build.card()
    answer = asyncio.run(gateway.approve(build.charge(), card))
    assert isinstance(answer, Approved)
    assert line.paths == ["POST /subscribe/payments/onetime"]
    assert card.number.wiped
    assert card.expiry.wiped
    assert card.holder is not None
    assert card.holder.wiped
    assert card.password is not None
    assert card.password.wiped


def test_the_card_is_wiped_before_the_answer_is_waited_for() -> None:
    gateway, line = build.gateway(PAID)
    card, seen = build.card(), []
    line.look = lambda: seen.append(card.number.wiped)
    asyncio.run(gateway.approve(build.charge(), card))
    assert seen == [True]


def test_first_sales_at_the_same_time_wait_for_the_same_channel_list() -> None:
    gateway, line = build.gateway(PAID)
    line.channels = build.said([])

    async def main() -> list[object]:
        sales = (gateway.approve(build.charge(), build.card()) for _ in range(3))
        return list(await asyncio.gather(*sales, return_exceptions=True))

    told = asyncio.run(main())
    assert all(isinstance(one, ShopTrouble) for one in told)
    assert line.paths == []


def test_token_and_channels_come_before_the_charge_and_only_once() -> None:
    gateway, line = build.gateway(PAID)
    for _ in range(2):
        asyncio.run(gateway.approve(build.charge(), build.card()))
    assert [sent.path for sent in line.sent] == [
        "/users/getToken",
        "/users/pg",
        "/subscribe/payments/onetime",
        "/subscribe/payments/onetime",
    ]
    assert line.sent[-1].headers["Authorization"] == "Bearer t-1"


def test_a_charge_without_an_answer_is_not_repeated() -> None:
    gateway, line = build.gateway(TIMEOUT)
    answer = asyncio.run(gateway.approve(build.charge(), build.card()))
    assert answer == NoAnswer("timeout")
    assert len(line.paths) == 1


def test_a_charge_whose_token_is_refused_is_not_repeated_and_the_look_up_has_a_new_one() -> None:
    gateway, line = build.gateway(build.NO_TOKEN, build.pages(build.PAYMENT))
    line.tokens = [build.said(build.TOKEN), build.said({**build.TOKEN, "access_token": "t-2"})]
    answer = asyncio.run(gateway.approve(build.charge(), build.card()))
    assert answer == NoAnswer("token_refused")
    assert line.paths == ["POST /subscribe/payments/onetime"]
    assert isinstance(asyncio.run(gateway.look_up(build.look_up(None))), Found)
    assert line.sent[-1].headers["Authorization"] == "Bearer t-2"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (build.refused("인증에 실패하였습니다.", status=401), "keys_refused"),
        (build.refused("파라메터가 누락되었습니다.", status=400), "keys_refused"),
        (build.refused("forbidden", status=403), "access_refused"),
        (Broken(left_us=False, why="dns"), "dns"),
        (TIMEOUT, "token.timeout"),
        (build.said({"access_token": "t"}), "token.malformed"),
    ],
)
def test_without_a_token_nothing_of_a_charge_leaves(answer: Exchange, why: str) -> None:
    gateway, line = build.gateway(PAID)
    line.tokens = [answer]
    consents: list[int] = []

    async def consent() -> None:
        consents.append(1)

    card = build.card()
    request = build.charge(before_send=consent)
    assert asyncio.run(gateway.approve(request, card)) == NotSent(why)
    assert card.number.wiped
    assert not consents
    assert asyncio.run(gateway.cancel(build.cancel(before_send=consent))) == NotSent(why)
    assert asyncio.run(gateway.look_up(build.look_up())) == CannotTell(why)
    assert asyncio.run(gateway.look_up(build.look_up(None))) == CannotTell(why)
    assert not consents
    assert line.paths == []


def test_a_card_on_file_is_charged_again() -> None:
    gateway, line = build.gateway(PAID)
    answer = asyncio.run(gateway.approve(build.charge(customer_uid="C01-1"), None))
    assert isinstance(answer, Approved)
    [path] = line.paths
    assert path == "POST /subscribe/payments/again"
    sent = line.sent[-1].fields
    assert sent is not None
    assert (sent["customer_uid"], sent["name"]) == ("C01-1", "꽃바구니")
    assert "card_number" not in sent


def test_without_a_card_there_is_nothing_to_charge() -> None:
    gateway, line = build.gateway(PAID)
    with pytest.raises(Bug, match=r"gateway\.no_card"):
        asyncio.run(gateway.approve(build.charge(), None))
    assert line.paths == []


@pytest.mark.parametrize(
    ("changes", "channel", "code"),
    [
        ({}, {"pg_id": "OTHER"}, "channel_missing"),
        ({}, {"pg_provider": "nice"}, "channel_missing"),
        ({}, {"type": "payment"}, "channel_missing"),
        ({}, {"sandbox": True}, "channel_is_test"),
        ({"environment": "staging"}, {}, "channel_is_live"),
    ],
)
def test_a_channel_that_is_not_what_the_settings_say_is_never_charged(
    changes: dict[str, Any], channel: dict[str, object], code: str
) -> None:
    gateway, line = build.gateway(PAID, **changes)
    line.channels = build.said([{**build.CHANNEL, **channel}])
    card = build.card()
    with pytest.raises(ShopTrouble, match=rf"gateway\.{code}"):
        asyncio.run(gateway.approve(build.charge(), card))
    assert card.number.wiped
    assert line.paths == []
    # Put right at PortOne, it works without a new start.
    sandbox = gateway.environment == "staging"
    line.channels = build.said([{**build.CHANNEL, "sandbox": sandbox}])
    line.answers = [build.said(build.payment(sandbox=sandbox))]
    assert isinstance(asyncio.run(gateway.approve(build.charge(), build.card())), Approved)


@pytest.mark.parametrize(
    "answer",
    [TIMEOUT, build.refused("?", status=403), build.said({}), build.said([{"sandbox": 1}])],
)
def test_a_channel_list_that_cannot_be_had_stops_no_sale(answer: Exchange) -> None:
    gateway, line = build.gateway(PAID)
    line.channels = answer
    for _ in range(2):
        assert isinstance(asyncio.run(gateway.approve(build.charge(), build.card())), Approved)
    assert sum(sent.path == "/users/pg" for sent in line.sent) == 1


def test_a_cancel_after_a_received_401_goes_out_once_more_and_the_intent_is_asked_for_once() -> (
    None
):
    consents: list[int] = []

    async def consent() -> None:
        consents.append(1)

    done = build.said(build.payment(cancel_amount=20_000))
    gateway, line = build.gateway(build.NO_TOKEN, done)
    answer = asyncio.run(gateway.cancel(build.cancel(before_send=consent)))
    assert isinstance(answer, Cancelled)
    assert answer.balance == Won(35_000)
    assert line.paths == ["POST /payments/cancel"] * 2
    assert line.tokens_asked == 2
    assert consents == [1]


@pytest.mark.parametrize("second", [Broken(left_us=False, why="dns"), build.NO_TOKEN])
def test_a_second_try_that_fails_is_never_called_not_sent(second: Exchange) -> None:
    gateway, line = build.gateway(build.NO_TOKEN, second)
    answer = asyncio.run(gateway.cancel(build.cancel()))
    assert isinstance(answer, NoAnswer)
    assert len(line.paths) == 2


@pytest.mark.parametrize(("amount", "code"), [(0, "nothing"), (55_001, "over_balance")])
def test_a_cancel_of_nothing_or_too_much_is_never_sent(amount: int, code: str) -> None:
    gateway, line = build.gateway(PAID)
    with pytest.raises(Bug, match=rf"gateway\.cancel_{code}"):
        asyncio.run(gateway.cancel(build.cancel(amount)))
    assert line.sent == []


def test_a_look_up_shows_test_channels_and_escapes_the_order_number() -> None:
    gateway, line = build.gateway(PAID)
    assert isinstance(asyncio.run(gateway.look_up(build.look_up())), Found)
    assert line.paths == [f"GET /payments/{build.IMP_UID}?include_sandbox=true"]
    line.answers = [build.NOT_FOUND]
    odd = LookUpRequest(OrderNo("A B/../C?x=1"), "20261121", Won(1), None)
    assert asyncio.run(gateway.look_up(odd)) == Absent()
    assert line.paths[-1].startswith("GET /payments/findAll/A%20B%2F..%2FC%3Fx%3D1?page=1&")


def test_every_page_is_read_before_anything_is_said() -> None:
    rest = build.payment(imp_uid="imps_111111", amount=build.AMOUNT)
    first = build.failed("[CC61]", imp_uid="imps_222222")
    answers = (build.pages(first, following=2, total=2), build.pages(rest, previous=1, total=2))
    gateway, line = build.gateway(*answers)
    found = asyncio.run(gateway.look_up(build.look_up(None)))
    assert isinstance(found, Found)
    assert (found.state, found.approval.gateway_ref) == (FoundState.APPROVED, "imps_111111")
    assert [path.partition("page=")[2][0] for path in line.paths] == ["1", "2"]


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (TIMEOUT, "timeout"),
        (build.refused("page", status=400), "code.-1"),
        (build.NOT_FOUND, "paging"),
        (build.pages(following=1), "paging"),
    ],
)
def test_a_list_that_breaks_off_says_nothing(second: Exchange, why: str) -> None:
    first = build.pages(build.failed("[CC61]"), following=2)
    gateway, _ = build.gateway(first, second)
    assert asyncio.run(gateway.look_up(build.look_up(None))) == CannotTell(why)


def test_a_list_without_end_is_given_up() -> None:
    gateway, line = build.gateway(build.pages(following=2))
    line.answers = [build.pages(following=number) for number in range(2, 200)]
    assert asyncio.run(gateway.look_up(build.look_up(None))) == CannotTell("paging", final=True)


@pytest.mark.parametrize(
    ("later_s", "known", "expected"),
    [
        (1, build.NOT_FOUND, CannotTell("order_look_up_hidden")),
        (601, build.NOT_FOUND, CannotTell("order_look_up_hidden", final=True)),
        (1, TIMEOUT, CannotTell("witness_unclear")),
        (1, build.pages(build.PAYMENT), Absent()),
    ],
)
def test_absence_is_believed_only_if_a_known_payment_is_found_the_same_way(
    later_s: int, known: Exchange, expected: object
) -> None:
    clock = build.FakeClock()
    gateway, line = build.gateway(PAID, clock=clock)
    other = LookUpRequest(OrderNo("2026112101OTHER00000000000"), "20261121", Won(1), None)

    async def main() -> object:
        await gateway.approve(build.charge(), build.card())
        clock.now_s += later_s
        line.answers = [build.NOT_FOUND, known]
        return await gateway.look_up(other)

    assert asyncio.run(main()) == expected


def test_what_it_says_of_itself() -> None:
    gateway, _ = build.gateway(PAID)
    assert (gateway.name, gateway.site, gateway.environment) == ("portone", build.PG, "live")
    assert gateway.timeout_s == 90.0
    abilities = gateway.abilities
    assert (abilities.look_up_by_order, abilities.cancel_by_order) == (True, True)
    assert (abilities.saved_cards, abilities.schedules) == (True, True)
    assert (abilities.identity_check, abilities.authenticated) == (False, True)
    assert asyncio.run(gateway.check()).host == "https://api.iamport.kr/"
    other, _ = build.gateway(PAID, pg="settle.S1", password="optional", identity_channel_key="k")
    assert not other.abilities.saved_cards
    assert not other.abilities.authenticated
    assert other.abilities.identity_check


def test_nothing_secret_shows_in_what_is_printed() -> None:
    gateway, _ = build.gateway(PAID)
    asyncio.run(gateway.approve(build.charge(), build.card()))
    for shown in (gateway, gateway._tokens, gateway._tokens._token, build.Keys()):
        for secret in ("t-1", "key-of-nobody", "secret-of-nobody"):
            assert secret not in repr(shown)
