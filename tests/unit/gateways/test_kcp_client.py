"""The KCP gateway as the services see it: what it sends, refuses to send, and remembers."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import pytest

from pos_app.domain.answers import (
    Absent,
    Approved,
    Cancelled,
    CannotTell,
    Found,
    LookUpAnswer,
    NoAnswer,
    NotSent,
)
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.order import OrderNo
from pos_app.gateways.exchange import Broken, Exchange
from tests.helpers.logguard import ExpectLog
from tests.unit.gateways import build

APPROVED = build.said(build.APPROVAL)
FOUND = build.said(build.INQUIRY)
NOT_FOUND = build.said({"res_cd": "8132", "res_msg": "원거래 없음"})
TIMEOUT = Broken(left_us=True, why="timeout")


def test_a_charge_goes_out_once_and_the_card_is_wiped() -> None:
    gateway, line = build.gateway(APPROVED)
    card = build.card()
    answer = asyncio.run(gateway.approve(build.charge(), card))
    assert isinstance(answer, Approved)
    [(url, sent)] = line.posted
    assert url == "https://spl.kcp.co.kr/gw/hub/v1/payment"
    assert sent["card_no"] == "9410110000000073"
    assert card.number.wiped
    assert card.expiry.wiped
    assert card.holder is not None
    assert card.holder.wiped
    assert card.password is not None
    assert card.password.wiped


def test_a_charge_without_an_answer_is_not_repeated() -> None:
    gateway, line = build.gateway(TIMEOUT)
    answer = asyncio.run(gateway.approve(build.charge(), build.card()))
    assert answer == NoAnswer("timeout")
    assert len(line.posted) == 1


EXPIRED = build.FakeSigner(build.Dates(build.NOW - dt.timedelta(seconds=1)))


def test_an_expired_certificate_moves_no_money() -> None:
    gateway, line = build.gateway(APPROVED, signer=EXPIRED)
    card = build.card()
    for call in (gateway.approve(build.charge(), card), gateway.cancel(build.cancel())):
        with pytest.raises(ShopTrouble, match=r"gateway\.certificate_expired"):
            asyncio.run(call)
    assert card.number.wiped
    assert not line.posted


def test_what_was_charged_is_asked_even_with_a_certificate_that_seems_expired() -> None:
    """The PC's clock may be wrong; KCP refuses a bad certificate by itself."""
    gateway, line = build.gateway(FOUND, signer=EXPIRED)
    assert isinstance(asyncio.run(gateway.look_up(build.look_up())), Found)
    assert len(line.posted) == 1


def test_a_signer_that_fails_sends_nothing(expect_log: ExpectLog) -> None:
    expect_log("signer.failed", logger="pos_app.gateway", level=40)
    signer = build.FakeSigner(failure=Bug("vault.closed"))
    gateway, line = build.gateway(APPROVED, signer=signer)
    assert asyncio.run(gateway.cancel(build.cancel())) == NotSent("signer")
    assert asyncio.run(gateway.look_up(build.look_up())) == CannotTell("signer")
    assert not line.posted


def test_a_cancel_is_signed_and_answered() -> None:
    gateway, line = build.gateway(build.said(build.CANCEL))
    assert isinstance(asyncio.run(gateway.cancel(build.cancel())), Cancelled)
    [(url, sent)] = line.posted
    assert url == "https://spl.kcp.co.kr/gw/mod/v1/cancel"
    assert sent["kcp_sign_data"] == f"signed:AB123^{build.TNO}^STPC"


def test_more_than_the_balance_is_never_sent() -> None:
    gateway, line = build.gateway(build.said(build.CANCEL))
    with pytest.raises(Bug, match=r"gateway\.cancel_over_balance"):
        asyncio.run(gateway.cancel(build.cancel(55_001)))
    assert not line.posted


def test_a_look_up_by_number_is_signed() -> None:
    gateway, line = build.gateway(FOUND)
    assert isinstance(asyncio.run(gateway.look_up(build.look_up())), Found)
    [(url, sent)] = line.posted
    assert url == "https://spl.kcp.co.kr/std/inquery"
    assert sent["kcp_sign_data"] == f"signed:AB123^{build.TNO}^PACA"
    assert sent["pay_type"] == "PACA"


def test_by_order_is_not_asked_unless_it_is_set_up() -> None:
    gateway, line = build.gateway(FOUND)
    assert not gateway.abilities.look_up_by_order
    answer = asyncio.run(gateway.look_up(build.look_up(None)))
    assert answer == CannotTell("not_by_order", final=True)
    assert not line.posted


def asked(line: build.FakeLine) -> list[tuple[str, str]]:
    """Return field and number of each inquiry by order."""
    fields = ("ordr_idxx", "mod_ordr_idxx")
    return [
        (name, sent["tno"])
        for _, sent in line.posted
        for name in fields
        if sent.get(name) is not None
    ]


def test_by_order_both_names_and_the_days_around_are_tried_and_what_worked_is_kept() -> None:
    gateway, line = build.gateway(NOT_FOUND, NOT_FOUND, FOUND, inquiry_by_order=True)
    request = build.look_up(None)
    assert isinstance(asyncio.run(gateway.look_up(request)), Found)
    assert asked(line) == [
        ("ordr_idxx", "20261121000000"),
        ("ordr_idxx", "20261120000000"),
        ("mod_ordr_idxx", "20261121000000"),
    ]
    line.posted.clear()
    assert isinstance(asyncio.run(gateway.look_up(request)), Found)
    assert asked(line) == [("mod_ordr_idxx", "20261121000000")]


def test_not_found_under_every_name_is_absent() -> None:
    gateway, line = build.gateway(NOT_FOUND, inquiry_by_order=True)
    assert asyncio.run(gateway.look_up(build.look_up(None))) == Absent()
    assert len(asked(line)) == 4


def test_a_name_that_is_refused_does_not_count_against_the_other() -> None:
    refused = build.said({"res_cd": "0902", "res_msg": "mod_ordr_idxx"})
    answers = (NOT_FOUND, NOT_FOUND, refused, refused)
    gateway, _ = build.gateway(*answers, inquiry_by_order=True)
    assert asyncio.run(gateway.look_up(build.look_up(None))) == Absent()


@pytest.mark.parametrize(
    "answers", [(TIMEOUT,), (NOT_FOUND, TIMEOUT), (NOT_FOUND,) * 3 + (TIMEOUT,)]
)
def test_one_answer_that_failed_makes_absence_unproved(answers: tuple[Exchange, ...]) -> None:
    gateway, _ = build.gateway(*answers, inquiry_by_order=True)
    answer = asyncio.run(gateway.look_up(build.look_up(None)))
    assert answer == CannotTell("timeout")


def test_absence_is_not_believed_if_a_known_payment_is_absent_too() -> None:
    gateway, _ = build.gateway(APPROVED, NOT_FOUND, inquiry_by_order=True)

    async def main() -> object:
        await gateway.approve(build.charge(), build.card())
        return await gateway.look_up(build.look_up(None))

    assert asyncio.run(main()) == CannotTell("order_look_up_useless", final=True)


@pytest.mark.parametrize("answers", [(TIMEOUT,), (NOT_FOUND, TIMEOUT), (build.said({}),)])
def test_a_known_payment_that_cannot_be_asked_for_just_now_proves_nothing(
    answers: tuple[Exchange, ...],
) -> None:
    """A cut line called a person, and nobody asked the gateway again."""
    gateway, _ = build.gateway(APPROVED, *(NOT_FOUND,) * 4, *answers, inquiry_by_order=True)

    async def main() -> LookUpAnswer:
        await gateway.approve(build.charge(), build.card())
        return await gateway.look_up(build.look_up(None))

    answer = asyncio.run(main())
    assert isinstance(answer, CannotTell)
    assert not answer.final
    assert answer.why != "order_look_up_useless"


def test_the_first_payment_of_a_run_stays_the_known_one() -> None:
    """One that was approved a moment ago may not be filed yet, and would prove the wrong thing."""
    later = dataclasses.replace(build.charge(), order_no=OrderNo("2026112102ZZZZZZZZZZZZZZZZ"))
    also = build.said({**build.APPROVAL, "order_no": later.order_no})
    gateway, line = build.gateway(APPROVED, also, NOT_FOUND, inquiry_by_order=True)

    async def main() -> None:
        for request in (build.charge(), later):
            assert isinstance(await gateway.approve(request, build.card()), Approved)
        line.posted.clear()
        await gateway.look_up(build.look_up(None))

    asyncio.run(main())
    named = {sent.get(field) for _, sent in line.posted for field in ("ordr_idxx", "mod_ordr_idxx")}
    assert named == {str(build.ORDER_NO), None}


def test_absence_is_believed_if_a_known_payment_is_found_the_same_way() -> None:
    answers = (APPROVED, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, FOUND)
    gateway, _ = build.gateway(*answers, inquiry_by_order=True)

    async def main() -> object:
        await gateway.approve(build.charge(), build.card())
        return await gateway.look_up(build.look_up(None))

    assert asyncio.run(main()) == Absent()


@pytest.mark.parametrize("wrong", [dt.timedelta(days=3_652), dt.timedelta(days=-20_000)])
def test_absence_under_a_day_of_a_wrong_clock_is_not_believed(wrong: dt.timedelta) -> None:
    """KCP files a sale under its own day, not under the one in the order number."""
    date = ("Date", "Sat, 21 Nov 2026 03:00:00 GMT")
    absent = dataclasses.replace(NOT_FOUND, headers=(date,))
    gateway, line = build.gateway(absent, inquiry_by_order=True)
    day = f"{build.NOW + wrong:%Y%m%d}"
    request = dataclasses.replace(build.look_up(None), order_date=day)
    answer = asyncio.run(gateway.look_up(request))
    assert answer == CannotTell("order_look_up_useless", final=True)
    assert ("ordr_idxx", "20261121000000") in asked(line)


def test_a_sale_of_a_slow_clock_is_found_under_the_gateways_own_day() -> None:
    date = ("Date", "Tue, 24 Nov 2026 03:00:00 GMT")
    absent = dataclasses.replace(NOT_FOUND, headers=(date,))
    gateway, line = build.gateway(absent, absent, absent, FOUND, inquiry_by_order=True)
    assert isinstance(asyncio.run(gateway.look_up(build.look_up(None))), Found)
    assert asked(line)[-1] == ("ordr_idxx", "20261124000000")


def test_what_it_says_of_itself() -> None:
    gateway, _ = build.gateway(APPROVED, authenticated=False, inquiry_by_order=True)
    assert (gateway.name, gateway.site, gateway.environment) == ("kcp", "AB123", "live")
    assert gateway.timeout_s == 60.0
    abilities = gateway.abilities
    assert (abilities.look_up_by_order, abilities.authenticated) == (True, False)
    assert (abilities.cancel_by_order, abilities.partial_cancel) == (False, True)
    assert asyncio.run(gateway.check()).host == "https://spl.kcp.co.kr/"
