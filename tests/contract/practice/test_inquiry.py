"""Inquiry: by tno, by date and order number, and all the ways of not finding."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.contract.practice.shop import (
    CANCEL,
    CHARGE,
    INQUIRY,
    MISSING,
    NOW,
    Client,
    Json,
    Shop,
    serve,
)

BY_DATE = "20261121000000"


def test_every_field_of_a_found_sale(shop: Shop) -> None:
    async def work(client: Client) -> None:
        sale = await client.approved(shop.charge(quota="03"))
        found = await client.post(INQUIRY, shop.inquiry(sale["tno"]))
        for name in ("tno", "order_no", "amount", "app_no", "app_time", "card_name", "quota"):
            assert found[name] == sale[name]
        assert (found["stat_ca_cd"], found["rem_mny"]) == ("STSR", "55000")
        assert (found["canc_card_yn"], found["can_time"]) == ("N", "")
        assert found["pay_method"] == "PACA"
        await client.post(CANCEL, shop.full(sale["tno"]))
        found = await client.post(INQUIRY, shop.inquiry(sale["tno"]))
        assert (found["stat_ca_cd"], found["rem_mny"]) == ("STSC", "0")
        assert (found["canc_card_yn"], found["can_time"]) == ("Y", "20261121120000")
        assert all(isinstance(value, str) for value in found.values())

    serve(work)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("tno", MISSING, "8072"),
        ("tno", "123", "8072"),
        ("tno", "2026112112345６", "8072"),
        ("pay_type", MISSING, "8511"),
        ("pay_type", "PABK", "8511"),
        ("site_cd", MISSING, "9002"),
        ("kcp_cert_info", MISSING, "5704"),
        ("ordr_idxx", "A-1", "8087"),
        ("mod_ordr_idxx", "A" * 41, "8087"),
        ("order_no", "A1", "0902"),
    ],
)
def test_each_wrong_field_has_its_code(shop: Shop, field: str, value: object, code: str) -> None:
    body = shop.inquiry("20261121123456", **{field: value})
    assert serve(lambda c: c.code(INQUIRY, body)) == code


@pytest.mark.parametrize("code", ["8132", "8061", "CCA1", "5530", "8585"])
def test_not_found_has_five_codes(shop: Shop, code: str) -> None:
    async def work(client: Client) -> None:
        assert await client.code(INQUIRY, shop.inquiry("20261121123456")) == code
        assert (await client.last_row())["verdict"] == "not found"

    serve(work, switches={"inquiry_not_found": code})


def by_order(shop: Shop, tno: str, **fields: object) -> Json:
    return shop.inquiry(tno, **fields)


@pytest.mark.parametrize(
    ("switch", "field", "found"),
    [
        ("off", "ordr_idxx", False),
        ("off", "mod_ordr_idxx", False),
        ("ordr_idxx", "ordr_idxx", True),
        ("ordr_idxx", "mod_ordr_idxx", False),
        ("mod_ordr_idxx", "ordr_idxx", False),
        ("mod_ordr_idxx", "mod_ordr_idxx", True),
        ("both", "ordr_idxx", True),
        ("both", "mod_ordr_idxx", True),
    ],
)
def test_by_order_number(shop: Shop, switch: str, field: str, found: bool) -> None:
    async def work(client: Client) -> None:
        sale = await client.approved(shop.charge(ordr_idxx="A1"))
        await client.approved(shop.charge(ordr_idxx="A2"))
        answer = await client.post(INQUIRY, by_order(shop, BY_DATE, **{field: "A1"}))
        assert (answer["res_cd"] == "0000") is found
        assert answer.get("tno") == (sale["tno"] if found else None)

    serve(work, switches={"inquiry_by_order": switch})


def test_by_order_number_needs_date_order_and_shop(shop: Shop, other_shop: Shop) -> None:
    async def work(client: Client) -> None:
        await client.approved(shop.charge(ordr_idxx="A1"))
        assert await client.code(INQUIRY, shop.inquiry(BY_DATE)) == "8132"
        assert await client.code(INQUIRY, shop.inquiry(BY_DATE, ordr_idxx="A2")) == "8132"
        for day in ("20261120000000", "20261122000000"):
            assert await client.code(INQUIRY, shop.inquiry(day, ordr_idxx="A1")) == "8132"
        theirs = other_shop.inquiry(
            BY_DATE,
            site_cd="A52Q7",
            ordr_idxx="A1",
            kcp_sign_data=other_shop.sign("A52Q7", BY_DATE, "PACA"),
        )
        assert await client.code(INQUIRY, theirs) == "8132"

    serve(work, switches={"inquiry_by_order": "both"})


def test_the_date_of_a_sale_is_korean(shop: Shop) -> None:
    moment = [datetime.fromisoformat("2026-11-21T14:59:59+00:00")]

    async def work(client: Client) -> None:
        before = await client.approved(shop.charge(ordr_idxx="A1"))
        moment[0] += timedelta(seconds=1)
        after = await client.approved(shop.charge(ordr_idxx="A2"))
        assert before["app_time"] == "20261121235959"
        assert after["app_time"] == "20261122000000"
        assert not after["tno"].endswith("000000")
        assert await client.code(INQUIRY, shop.inquiry(BY_DATE, ordr_idxx="A1")) == "0000"
        assert await client.code(INQUIRY, shop.inquiry(BY_DATE, ordr_idxx="A2")) == "8132"

    serve(work, switches={"inquiry_by_order": "both"}, clock=lambda: moment[0])


def test_no_right_to_inquire(shop: Shop) -> None:
    async def work(client: Client) -> None:
        sale = await client.approved(shop.charge())
        answer = await client.post(INQUIRY, shop.inquiry(sale["tno"]))
        assert set(answer) == {"res_cd", "res_msg"}
        assert answer["res_cd"] == "S032"

    serve(work, switches={"inquiry_access": False})


def test_a_sale_appears_after_a_while(shop: Shop) -> None:
    moment = [NOW]

    async def work(client: Client) -> None:
        sale = await client.approved(shop.charge())
        moment[0] = NOW + timedelta(seconds=59)
        assert await client.code(INQUIRY, shop.inquiry(sale["tno"])) == "8132"
        moment[0] = NOW + timedelta(seconds=60)
        assert await client.code(INQUIRY, shop.inquiry(sale["tno"])) == "0000"

    serve(work, switches={"inquiry_delay_s": 60}, clock=lambda: moment[0])


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("third_block", "411111******1111"),
        ("zeros", "4111110000001111"),
        ("asterisks", "411111******1111"),
        ("full", "411111******1111"),
    ],
)
def test_an_inquiry_shows_no_more_than_the_book_keeps(shop: Shop, form: str, shown: str) -> None:
    async def work(client: Client) -> None:
        sale = await client.approved(shop.charge())
        assert (await client.post(INQUIRY, shop.inquiry(sale["tno"])))["card_no"] == shown

    serve(work, switches={"masking": form})


def test_a_declined_charge_is_not_found(shop: Shop) -> None:
    async def work(client: Client) -> None:
        assert await client.code(CHARGE, shop.charge(ordr_idxx="A1", amount="10061")) == "CC61"
        assert await client.code(INQUIRY, shop.inquiry(BY_DATE, ordr_idxx="A1")) == "8132"

    serve(work, switches={"inquiry_by_order": "both"})
