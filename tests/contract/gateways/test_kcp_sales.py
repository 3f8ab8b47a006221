"""Charges against the practice gateway: client and gateway were written apart, from one paper."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Coroutine

import pytest

from pos_app.domain.answers import (
    Absent,
    Advice,
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
from pos_app.domain.money import Won
from pos_app.domain.requests import ChargeRequest
from tests.contract.gateways.kcp_shop import KcpShop
from tests.contract.gateways.shop import make_card


def run(main: Coroutine[object, object, None]) -> None:
    asyncio.run(main)


async def charge_with(shop: KcpShop, number: str) -> tuple[ChargeRequest, ChargeAnswer]:
    """Charge a magic card; whatever happens, one request reaches the gateway."""
    request = shop.charge()
    answer = await shop.approve(request, make_card(number.replace(" ", "")))
    assert shop.charges(request) == 1
    return request, answer


def test_a_sale_in_instalments_and_its_look_up() -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request = shop.charge(55_000, months=3)
            answer = await shop.approve(request)
            assert isinstance(answer, Approved)
            row = shop.payment(request)
            approval = answer.approval
            assert (row["tno"], row["amount"]) == (approval.gateway_ref, 55_000)
            assert (row["quota"], row["app_no"]) == ("03", approval.approval_no)
            assert (approval.card_masked, approval.warning) == ("941011******0073", "")
            assert shop.consents == 1
            found = await shop.look_up(request, approval.gateway_ref)
            assert isinstance(found, Found)
            assert (found.state, found.amount) == (FoundState.APPROVED, Won(55_000))

    run(main())


@pytest.mark.parametrize("holder", ["900101", "1234567891"])
def test_birth_date_and_business_number_are_taken(holder: str) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            answer = await shop.approve(card=make_card(holder=holder))
            assert isinstance(answer, Approved), answer

    run(main())


def test_an_unauthenticated_contract() -> None:
    async def main() -> None:
        async with KcpShop(authenticated_contract=False) as shop:
            shop.setting(authenticated=False)
            answer = await shop.approve(card=make_card(holder="", password=""))
            assert isinstance(answer, Approved), answer

    run(main())


@pytest.mark.parametrize("cust_ip", ["empty", "omit", "203.0.113.9"])
def test_every_form_of_cust_ip_is_taken(cust_ip: str) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            shop.setting(cust_ip=cust_ip)
            assert isinstance(await shop.approve(), Approved)

    run(main())


def test_a_mixed_tax_sale() -> None:
    async def main() -> None:
        async with KcpShop(mixed_tax="accept") as shop:
            shop.setting(mixed_tax=True)
            assert isinstance(await shop.approve(shop.charge(tax_free=10_000)), Approved)

    run(main())


@pytest.mark.parametrize("masking", ["third_block", "zeros", "asterisks", "full"])
@pytest.mark.parametrize("hub_fields", [True, False])
def test_every_form_of_answer_gives_the_same_slip(masking: str, hub_fields: bool) -> None:
    async def main() -> None:
        async with KcpShop(masking=masking, hub_fields=hub_fields) as shop:
            answer = await shop.approve()
            assert isinstance(answer, Approved)
            assert answer.approval.card_masked == "941011******0073"

    run(main())


@pytest.mark.parametrize(
    "code", ["0061", "0003", "0004", "0054", "0063", "0066", "0067", "0047", "0034", "0035", "0037"]
)
@pytest.mark.parametrize("status", [200, 402, 500])
def test_declined_cards(code: str, status: int) -> None:
    async def main() -> None:
        async with KcpShop(refusal_status=status) as shop:
            _, answer = await charge_with(shop, f"40000011{code}0000")
            assert isinstance(answer, Declined)
            assert answer.refusal.code == f"CC{code[2:]}"
            assert answer.refusal.meaning_ko
            assert shop.server.book()["totals"] == {"approved": 0, "cancelled": 0, "net": 0}

    run(main())


@pytest.mark.parametrize("code", ["8041", "8043", "8046", "7512", "8996", "9048", "3008", "8128"])
@pytest.mark.parametrize("charged", [True, False])
def test_an_open_code_is_unknown_whether_or_not_it_was_charged(code: str, charged: bool) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            kind = "20" if charged else "10"
            _, answer = await charge_with(shop, f"400000{kind}{code}0000")
            assert isinstance(answer, NoAnswer)
            assert answer.why == f"code.{code}"

    run(main())


@pytest.mark.parametrize(("behaviour", "field"), [("03", "amount"), ("04", "amount")])
def test_approved_with_something_else(behaviour: str, field: str) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, answer = await charge_with(shop, f"4000009000{behaviour}0000")
            assert isinstance(answer, Mismatched)
            row = shop.payment(request)
            assert (answer.field, answer.gateway_ref) == (field, row["tno"])

    run(main())


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        ("01", "timeout"),
        ("02", "reset"),
        ("06", "no_ref"),
        ("07", "reset"),
        ("08", "reset"),
        ("10", "closed_early"),
        ("11", "http.502"),
        ("12", "http.502"),
        ("13", "timeout"),
        ("14", "timeout"),
        ("21", "no_ref"),
        ("28", "code.ZZ99"),
        ("29", "code.ZZ99"),
    ],
)
def test_an_answer_that_tells_nothing_is_unknown(behaviour: str, why: str) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            shop.setting(timeout_s=0.6)
            _, answer = await charge_with(shop, f"4000009000{behaviour}0000")
            assert isinstance(answer, NoAnswer)
            assert (answer.why, answer.candidate_ref) == (why, None)

    run(main())


@pytest.mark.parametrize(("behaviour", "why"), [("09", "closed_early"), ("22", "amount_malformed")])
def test_an_answer_cut_after_its_number_is_found_by_it(behaviour: str, why: str) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, answer = await charge_with(shop, f"4000009000{behaviour}0000")
            assert isinstance(answer, NoAnswer)
            assert answer.why == why
            assert answer.candidate_ref == shop.payment(request)["tno"]
            found = await shop.look_up(request, answer.candidate_ref)
            assert isinstance(found, Found)
            assert found.balance == request.order.amount

    run(main())


@pytest.mark.parametrize(
    ("behaviour", "warning"), [("19", True), ("20", False), ("23", False), ("30", False)]
)
def test_approved_all_the_same(behaviour: str, warning: bool) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            _, answer = await charge_with(shop, f"4000009000{behaviour}0000")
            assert isinstance(answer, Approved)
            assert answer.approval.card_masked == "400000******0000"
            assert answer.approval.warning.startswith("quota.") is warning

    run(main())


KINDS: dict[str, dict[str, object]] = {
    "01": {"corporate": False, "check_card": False},
    "02": {"corporate": False, "check_card": True},
    "03": {"corporate": True, "check_card": False},
    "04": {"interest_free": True},
    "05": {"interest_free": True},
    "06": {"partial_cancel": False},
    "09": {"issuer_code": "CCZZ"},
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_kinds_of_card(kind: str) -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            months = 3 if "interest_free" in KINDS[kind] else 0
            card = make_card(f"4000008000{kind}0000")
            answer = await shop.approve(shop.charge(months=months), card)
            assert isinstance(answer, Approved)
            approval = dataclasses.asdict(answer.approval)
            assert KINDS[kind].items() <= approval.items()

    run(main())


def test_nobody_listening_is_not_sent() -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            await shop.server.stop_listening()
            request = shop.charge()
            assert await shop.approve(request) == NotSent("refused")
            assert shop.consents == 0
            await shop.server.listen_again()
            assert isinstance(await shop.approve(request), Approved)

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
        async with KcpShop(faults=[{"on": "charge", "do": fault, **parameters}]) as shop:
            shop.setting(timeout_s=0.6)
            request = shop.charge()
            answer = await shop.approve(request)
            assert isinstance(answer, Approved if approved else NoAnswer), answer
            assert shop.charges(request) <= 1

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
    "number_amount",
    "float_amount",
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
        async with KcpShop(faults=[{"on": "charge", "do": "body", "kind": kind}]) as shop:
            request = shop.charge()
            answer = await shop.approve(request)
            assert isinstance(answer, NoAnswer)
            if answer.candidate_ref is not None:
                assert answer.candidate_ref == shop.payment(request)["tno"]

    run(main())


@pytest.mark.parametrize("sign", ["pay_type", "mod_type"])
def test_either_string_may_be_signed_for_an_inquiry(sign: str) -> None:
    async def main() -> None:
        async with KcpShop(inquiry_sign=sign) as shop:
            shop.setting(inquiry_sign=sign)
            request = shop.charge()
            assert isinstance(await shop.look_up(request, await shop.approved(request)), Found)

    run(main())


@pytest.mark.parametrize("field", ["ordr_idxx", "mod_ordr_idxx", "both"])
@pytest.mark.parametrize("unknown_fields", ["refuse", "ignore"])
def test_a_lost_answer_is_found_by_order_number(field: str, unknown_fields: str) -> None:
    async def main() -> None:
        async with KcpShop(inquiry_by_order=field, unknown_fields=unknown_fields) as shop:
            shop.setting(inquiry_by_order=True)
            request, answer = await charge_with(shop, "4000 0090 0007 0000")
            assert isinstance(answer, NoAnswer)
            found = await shop.look_up(request, None)
            assert isinstance(found, Found)
            assert found.approval.gateway_ref == shop.payment(request)["tno"]
            assert await shop.look_up(shop.charge(), None) == Absent()

    run(main())


def test_where_the_order_number_is_not_understood_nothing_is_called_absent() -> None:
    async def main() -> None:
        async with KcpShop(inquiry_by_order="off") as shop:
            shop.setting(inquiry_by_order=True)
            await shop.approved(shop.charge())
            request, _ = await charge_with(shop, "4000 0090 0007 0000")
            answer = await shop.look_up(request, None)
            assert isinstance(answer, CannotTell)
            assert answer.final

    run(main())


def test_no_right_to_inquire() -> None:
    async def main() -> None:
        async with KcpShop(inquiry_access=False) as shop:
            request = shop.charge()
            tno = await shop.approved(request)
            assert await shop.look_up(request, tno) == CannotTell("no_right", final=True)

    run(main())


@pytest.mark.parametrize("code", ["8132", "8061", "CCA1", "5530", "8585"])
def test_an_unknown_number_is_absent(code: str) -> None:
    async def main() -> None:
        async with KcpShop(inquiry_not_found=code) as shop:
            assert await shop.look_up(shop.charge(), "20200101999999") == Absent()

    run(main())


def test_an_inquiry_about_another_order_is_not_believed() -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            request, answer = await charge_with(shop, "4000 0090 0025 0000")
            assert isinstance(answer, Approved)
            found = await shop.look_up(request, answer.approval.gateway_ref)
            assert found == CannotTell("wrong_order", final=True)
            other = shop.charge()
            found = await shop.look_up(other, await shop.approved(request := shop.charge()))
            assert found == CannotTell("wrong_order", final=True)

    run(main())


def test_a_certificate_the_gateway_does_not_take_is_a_refusal() -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            await shop.approved(shop.charge())
            shop.use_other_certificate()
            answer = await shop.approve(shop.charge())
            assert isinstance(answer, Declined)
            assert (answer.refusal.code, answer.refusal.advice) == ("8002", Advice.CALL_GATEWAY)

    run(main())


def test_the_doctor_reaches_it() -> None:
    async def main() -> None:
        async with KcpShop() as shop:
            reach = await shop.gateway.check()
            assert (reach.reachable, reach.why) == (True, "")
            assert reach.skew_s is not None
            await shop.server.stop_listening()
            reach = await shop.gateway.check()
            assert (reach.reachable, reach.why) == (False, "refused")

    run(main())
