"""Charges and look-ups at PortOne: client and gateway were written apart, from one paper.

The gateway is strict: it refuses every field that the operations table does not name.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Coroutine

import pytest

from pos_app.domain.answers import (
    Absent,
    Approved,
    CannotTell,
    ChargeAnswer,
    Declined,
    Found,
    FoundState,
    Mismatched,
    NoAnswer,
    NotSent,
)
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.money import Won
from pos_app.domain.order import KST
from pos_app.domain.requests import ChargeRequest
from tests.contract.gateways.portone_shop import Keys, PortOneShop
from tests.contract.gateways.shop import make_card, now


def run(main: Coroutine[object, object, None]) -> None:
    asyncio.run(main)


async def charge_with(shop: PortOneShop, number: str) -> tuple[ChargeRequest, ChargeAnswer]:
    """Charge a magic card; whatever happens, one request reaches the gateway."""
    request = shop.charge()
    answer = await shop.approve(request, make_card(number))
    assert shop.charges(request) == 1
    return request, answer


def found(answer: object) -> tuple[FoundState, int]:
    """Return state and balance of something that must have been found."""
    assert isinstance(answer, Found), answer
    return answer.state, answer.balance.amount


@pytest.mark.parametrize("amounts", ["whole", "point"])
@pytest.mark.parametrize("months", [0, 3])
def test_a_sale_and_what_its_slip_shows(amounts: str, months: int) -> None:
    async def main() -> None:
        async with PortOneShop(portone_amounts=amounts) as shop:
            request = shop.charge(55_000, months=months)
            answer = await shop.approve(request)
            assert isinstance(answer, Approved), answer
            row, approval = shop.payment(request), answer.approval
            assert (row["imp_uid"], row["amount"]) == (approval.gateway_ref, 55_000)
            assert (row["card_quota"], row["apply_num"]) == (months, approval.approval_no)
            assert (approval.card_masked, approval.warning) == ("941011******0073", "")
            assert approval.sandbox
            assert abs(now() - approval.approved_at) < dt.timedelta(minutes=1)
            assert found(await shop.look_up(request, None)) == (FoundState.APPROVED, 55_000)

    run(main())


@pytest.mark.parametrize("holder", ["900101", "1234567891", ""])
@pytest.mark.parametrize("password", ["12", ""])
def test_optional_proofs_are_sent_as_far_as_there_are_any(holder: str, password: str) -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            shop.setting(birth="optional", password="optional")
            answer = await shop.approve(card=make_card(holder=holder, password=password))
            assert isinstance(answer, Approved), answer

    run(main())


def test_a_corporate_card_without_password_digits_is_taken_where_they_are_asked_for() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            answer = await shop.approve(card=make_card(holder="1234567891", password=""))
            assert isinstance(answer, Approved), answer
            with pytest.raises(ShopTrouble, match=r"gateway\.holder_missing"):
                await shop.approve(card=make_card(password=""))

    run(main())


@pytest.mark.parametrize(
    ("product", "name"),
    [("꽃바구니", "홍길동"), ("P" * 100, "Wolfeschlegelsteinhausenbergerd"[:30]), ("", "")],
)
def test_texts_of_any_length_are_taken(product: str, name: str) -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request = shop.charge(product=product, name=name)
            assert isinstance(await shop.approve(request), Approved)

    run(main())


@pytest.mark.parametrize("number", ["374245455400126", "36070500001111", "6214830000000000018"])
def test_cards_of_other_lengths_are_taken(number: str) -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            answer = await shop.approve(card=make_card(number))
            assert isinstance(answer, Approved), answer

    run(main())


@pytest.mark.parametrize("form", ["failed", "1", "-1"])
@pytest.mark.parametrize("code", ["0061", "0003", "0054", "0063", "0047", "0035"])
def test_every_form_of_decline_is_a_decline(form: str, code: str) -> None:
    async def main() -> None:
        async with PortOneShop(portone_decline=form) as shop:
            request, answer = await charge_with(shop, f"40000011{code}0000")
            assert isinstance(answer, Declined), answer
            assert answer.refusal.code == f"CC{code[2:]}"
            assert answer.refusal.meaning_ko
            assert found(await shop.look_up(request, None)) == (FoundState.FAILED, 0)

    run(main())


@pytest.mark.parametrize("code", ["8041", "8043", "8046", "8996", "8128"])
@pytest.mark.parametrize("charged", [True, False])
def test_an_open_code_is_unknown_whether_or_not_it_was_charged(code: str, charged: bool) -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            kind = "20" if charged else "10"
            request, answer = await charge_with(shop, f"400000{kind}{code}0000")
            assert isinstance(answer, NoAnswer), answer
            assert answer.why == f"code.{code}"
            state = found(await shop.look_up(request, None))[0]
            assert state is (FoundState.APPROVED if charged else FoundState.FAILED)

    run(main())


@pytest.mark.parametrize(
    ("behaviour", "field"),
    [("03", "amount"), ("04", "amount"), ("05", "order_no"), ("32", "currency")],
)
def test_paid_with_something_else(behaviour: str, field: str) -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request, answer = await charge_with(shop, f"4000009000{behaviour}0000")
            assert isinstance(answer, Mismatched), answer
            assert (answer.field, answer.gateway_ref) == (field, shop.payment(request)["imp_uid"])

    run(main())


@pytest.mark.parametrize(
    ("behaviour", "why", "state"),
    [
        ("01", "timeout", FoundState.APPROVED),
        ("02", "reset", None),
        ("06", "no_ref", FoundState.APPROVED),
        ("07", "reset", FoundState.APPROVED),
        ("08", "reset", None),
        ("10", "closed_early", FoundState.APPROVED),
        ("11", "http.502", FoundState.APPROVED),
        ("12", "http.502", None),
        ("13", "timeout", FoundState.APPROVED),
        ("14", "timeout", None),
        ("21", "no_ref", FoundState.APPROVED),
        ("22", "amount_malformed", FoundState.APPROVED),
        ("36", "http.500", FoundState.APPROVED),
        ("37", "http.500", None),
        ("38", "state.", FoundState.APPROVED),
        ("39", "token_refused", None),
    ],
)
def test_an_answer_that_tells_nothing_is_settled_by_the_order_number(
    behaviour: str, why: str, state: FoundState | None
) -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            shop.setting(timeout_s=0.6)
            request, answer = await charge_with(shop, f"4000009000{behaviour}0000")
            assert isinstance(answer, NoAnswer), answer
            assert answer.why.startswith(why)
            seen = await shop.look_up(request, None)
            if state is None:
                assert seen == Absent()
            else:
                assert found(seen) == (state, 50_000)

    run(main())


def test_an_answer_cut_after_its_number_is_found_by_it() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request, answer = await charge_with(shop, "4000009000090000")
            assert isinstance(answer, NoAnswer)
            assert answer.why == "closed_early"
            assert answer.candidate_ref == shop.payment(request)["imp_uid"]
            seen = await shop.look_up(request, answer.candidate_ref)
            assert found(seen) == (FoundState.APPROVED, 50_000)

    run(main())


@pytest.mark.parametrize(
    ("behaviour", "warning"), [("19", "quota"), ("30", ""), ("40", ""), ("41", "")]
)
def test_approved_all_the_same(behaviour: str, warning: str) -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            _, answer = await charge_with(shop, f"4000009000{behaviour}0000")
            assert isinstance(answer, Approved), answer
            assert answer.approval.warning.partition(".")[0] == warning
            assert answer.approval.card_masked == "400000******0000"
            assert answer.approval.sandbox is (behaviour != "41")
            assert answer.approval.issuer.isprintable()

    run(main())


def test_a_look_up_that_names_another_order_is_not_believed() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request, answer = await charge_with(shop, "4000009000250000")
            assert isinstance(answer, Approved)
            for ref in (answer.approval.gateway_ref, None):
                assert await shop.look_up(request, ref) == CannotTell("wrong_order", final=True)

    run(main())


def test_a_payment_still_in_the_making_is_pending_then_approved() -> None:
    async def main() -> None:
        async with PortOneShop(slow_s=1.5) as shop:
            request, answer = await charge_with(shop, "4000009000310000")
            assert isinstance(answer, Approved)
            assert found(await shop.look_up(request, None))[0] is FoundState.PENDING
            while found(await shop.look_up(request, None))[0] is FoundState.PENDING:
                pass
            assert found(await shop.look_up(request, None)) == (FoundState.APPROVED, 50_000)

    run(main())


def test_a_late_charge_is_absent_first_and_found_afterwards() -> None:
    async def main() -> None:
        async with PortOneShop(slow_s=1.5) as shop:
            request, answer = await charge_with(shop, "4000009000020000")
            assert isinstance(answer, NoAnswer)
            seen = await shop.look_up(request, None)
            assert seen == Absent()
            while seen == Absent():
                seen = await shop.look_up(request, None)
            assert found(seen) == (FoundState.APPROVED, 50_000)

    run(main())


@pytest.mark.parametrize("form", ["1", "-1", "400"])
def test_a_number_already_paid_is_unknown_and_nothing_is_charged_again(form: str) -> None:
    async def main() -> None:
        async with PortOneShop(portone_duplicate=form) as shop:
            request = shop.charge()
            await shop.approved(request)
            answer = await shop.approve(request)
            assert isinstance(answer, NoAnswer), answer
            assert found(await shop.look_up(request, None)) == (FoundState.APPROVED, 50_000)

    run(main())


def test_of_two_charges_under_one_number_the_second_is_told_beside_the_first() -> None:
    async def main() -> None:
        async with PortOneShop(portone_duplicate="accept") as shop:
            request = shop.charge()
            first = await shop.approved(request)
            second = await shop.approved(request)
            answer = await shop.look_up(request, None)
            assert isinstance(answer, Found)
            assert answer.approval.gateway_ref == first
            assert [other.gateway_ref for other in answer.others] == [second]

    run(main())


def test_a_paid_record_counts_before_failed_ones_under_the_same_number() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request = shop.charge()
            assert isinstance(await shop.approve(request, make_card("4000001100610000")), Declined)
            ref = await shop.approved(request)
            assert isinstance(await shop.approve(request, make_card("4000001100610000")), NoAnswer)
            seen = await shop.look_up(request, None)
            assert found(seen) == (FoundState.APPROVED, 50_000)
            assert isinstance(seen, Found)
            assert seen.approval.gateway_ref == ref

    run(main())


def test_where_test_payments_are_hidden_nothing_is_called_absent() -> None:
    async def main() -> None:
        async with PortOneShop(portone_hiding="all") as shop:
            ref = await shop.approved(shop.charge())
            request, _ = await charge_with(shop, "4000009000070000")
            assert await shop.look_up(request, None) == CannotTell("order_look_up_hidden")
            other = shop.charge()
            assert found(await shop.look_up(other, await shop.approved(other)))[1] == 50_000
            assert ref

    run(main())


def test_a_token_that_dies_in_the_middle_is_renewed_where_that_is_safe() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            request = shop.charge()
            ref = await shop.approved(request)
            shop.server.portone_control({"forget_token": True})
            assert found(await shop.look_up(request, ref))[1] == 50_000
            shop.server.portone_control({"forget_token": True})
            answer = await shop.cancel(request, ref, 20_000)
            assert shop.payment(request)["balance"] == 30_000, answer
            shop.server.portone_control({"forget_token": True})
            other = shop.charge()
            assert await shop.approve(other) == NoAnswer("token_refused")
            assert await shop.look_up(other, None) == Absent()
            assert isinstance(await shop.approve(shop.charge()), Approved)

    run(main())


@pytest.mark.parametrize("body", ["envelope", "html", "empty"])
def test_the_status_alone_tells_a_dead_token(body: str) -> None:
    async def main() -> None:
        async with PortOneShop(portone_unauthorized_body=body) as shop:
            request = shop.charge()
            ref = await shop.approved(request)
            shop.server.portone_control({"forget_token": True})
            assert found(await shop.look_up(request, ref))[1] == 50_000

    run(main())


def test_a_short_lived_token_is_replaced_before_it_is_used() -> None:
    async def main() -> None:
        async with PortOneShop(portone_token_life_s=1) as shop:
            for _ in range(3):
                assert isinstance(await shop.approve(), Approved)

    run(main())


def test_wrong_keys_send_nothing() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            shop.keys = Keys(imp_secret="wrong-" + "0" * 80)
            request = shop.charge()
            assert await shop.approve(request) == NotSent("keys_refused")
            assert (shop.consents, shop.charges(request)) == (0, 0)
            assert await shop.gateway.channels() == CannotTell("keys_refused")

    run(main())


def test_a_wrong_pg_is_never_charged_though_the_gateway_would() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            shop.setting(pg="kcp.A1B2C")
            request = shop.charge()
            with pytest.raises(ShopTrouble, match=r"gateway\.channel_missing"):
                await shop.approve(request)
            assert shop.charges(request) == 0

    run(main())


def test_the_channels_are_listed() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            channels = await shop.gateway.channels()
            assert isinstance(channels, tuple)
            kinds = {channel.kind: channel for channel in channels}
            assert kinds["api_payment"].pg == "kcp.T0000"
            assert kinds["api_payment"].sandbox
            assert "certification" in kinds

    run(main())


def test_the_day_sweep_finds_every_payment_that_was_made() -> None:
    async def main() -> None:
        async with PortOneShop() as shop:
            sold = [shop.charge(31_000 + number) for number in range(3)]
            refs = [await shop.approved(request) for request in sold]
            await shop.approve(shop.charge(), make_card("4000001100610000"))
            await shop.cancel(sold[0], refs[0], 31_000, partial=False)
            await shop.cancel(sold[1], refs[1], 1_000)
            today = now().astimezone(KST).date()
            swept = await shop.gateway.sweep(today)
            assert isinstance(swept, tuple)
            told = {one.gateway_ref: (one.order_no, one.amount, one.balance) for one in swept}
            balances = (0, 30_001, 31_002)
            assert told == {
                ref: (request.order_no, request.order.amount, Won(left))
                for ref, request, left in zip(refs, sold, balances, strict=True)
            }
            assert await shop.gateway.sweep(today - dt.timedelta(days=1)) == ()

    run(main())


FAULTS: dict[str, tuple[dict[str, object], bool]] = {
    # fault -> does a charge answered so come back as approved?
    "reset_unread": ({}, False),
    "reset": ({"done": True}, False),
    "close": ({}, False),
    "reset_mid": ({"after_bytes": 40}, False),
    "cut": ({"after_bytes": 200}, False),
    "hang": ({}, False),
    "drip": ({"bytes_per_s": 20}, False),
    "garbage": ({}, False),
    "huge_body": ({"size": 5_000_000}, False),
    "huge_headers": ({}, False),
    "gzip": ({"bomb": True}, False),
    "redirect": ({}, False),
    "http": ({"status": 503, "done": True}, False),
    "duplicate": ({}, True),
    "pipelined_junk": ({}, True),
    "continue_100": ({"times": 3}, True),
    "chunked": ({}, True),
    "no_length": ({}, True),
    "wrong_length": ({}, False),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_network_that_misbehaves(fault: str) -> None:
    parameters, approved = FAULTS[fault]

    async def main() -> None:
        async with PortOneShop(faults=[{"on": "charge", "do": fault, **parameters}]) as shop:
            shop.setting(timeout_s=0.6)
            request = shop.charge()
            answer = await shop.approve(request)
            assert isinstance(answer, Approved if approved else NoAnswer), answer
            assert shop.charges(request) <= 1
            seen = await shop.look_up(request, None)
            charged = bool(shop.balance(request))
            assert isinstance(seen, Found if charged else Absent), seen

    run(main())


BODIES = [
    "empty",
    "html",
    "array",
    "string",
    "null",
    "nan",
    "infinity",
    "duplicate_keys",
    "bool_amount",
    "huge_number",
    "deep",
    "bom",
    "cp949",
    "invalid_utf8",
    "truncated",
    "two_objects",
]


@pytest.mark.parametrize("kind", BODIES)
def test_a_spoiled_body_never_approves(kind: str) -> None:
    async def main() -> None:
        async with PortOneShop(faults=[{"on": "charge", "do": "body", "kind": kind}]) as shop:
            request = shop.charge()
            answer = await shop.approve(request)
            assert isinstance(answer, NoAnswer), answer
            if answer.candidate_ref is not None:
                assert answer.candidate_ref == shop.payment(request)["imp_uid"]

    run(main())
