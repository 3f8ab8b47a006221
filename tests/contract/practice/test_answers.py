"""What an approval says: the fields real replies have, the masks, the kinds of card."""

from __future__ import annotations

import re

import pytest

from tests.contract.practice.shop import CHARGE, ORDINARY_CARD, Client, Json, Shop, serve

COMMON = {"res_cd", "res_msg", "res_en_msg", "tno", "amount"}
CARD = {
    "card_cd", "card_name", "card_no", "app_no", "app_time", "noinf", "quota", "card_mny",
    "acqu_cd", "acqu_name", "partcanc_yn", "card_bin_type_01", "card_bin_type_02",
    "card_bin_bank_cd",
}  # fmt: skip
HUB = {
    "order_no", "pay_method", "trace_no", "cert_no", "bizx_numb", "res_tax_mny", "res_vat_mny",
    "res_free_mny", "res_tax_flag", "res_green_deposit_mny", "van_cd", "van_apptime", "pg_txid",
    "ca_order_id", "join_cd", "card_bin_length", "mall_taxno", "mcht_taxno", "coupon_mny",
    "use_point", "escw_yn",
}  # fmt: skip


def answer_to(shop: Shop, changes: Json | None = None, **options: object) -> Json:
    return serve(lambda c: c.post(CHARGE, shop.charge(**(changes or {}))), **options)


def test_every_documented_field_as_text(shop: Shop) -> None:
    answer = answer_to(shop, {"quota": "03"})
    assert set(answer) == COMMON | CARD | HUB
    assert all(isinstance(value, str) for value in answer.values())
    assert re.fullmatch(r"20261121(?!000000)[0-9]{6}", answer["tno"])
    assert re.fullmatch(r"[0-9]{8}", answer["app_no"])
    assert (answer["amount"], answer["card_mny"], answer["quota"]) == ("55000", "55000", "03")
    assert (answer["order_no"], answer["app_time"]) == ("20261121AB01", "20261121120000")
    assert answer["trace_no"].startswith("T0000")


def test_without_the_hub_fields(shop: Shop) -> None:
    assert set(answer_to(shop, switches={"hub_fields": False})) == COMMON | CARD


@pytest.mark.parametrize(
    ("amount", "supply", "vat"),
    [("1000", "909", "91"), ("1004", "912", "92"), ("1100", "1000", "100"), ("1001", "910", "91")],
)
def test_the_tax_split_is_the_floor_rule(shop: Shop, amount: str, supply: str, vat: str) -> None:
    answer = answer_to(shop, {"amount": amount})
    assert (answer["res_tax_mny"], answer["res_vat_mny"]) == (supply, vat)


@pytest.mark.parametrize(
    ("form", "card", "shown"),
    [
        ("third_block", ORDINARY_CARD, "41111111****1111"),
        ("zeros", ORDINARY_CARD, "4111110000001111"),
        ("asterisks", ORDINARY_CARD, "411111******1111"),
        ("full", ORDINARY_CARD, ORDINARY_CARD),
        ("zeros", "378282246310005", "378282000000005"),
        ("asterisks", "378282246310005", "378282*****0005"),
        ("third_block", "378282246310005", "37828224****005"),
    ],
)
def test_the_masks(shop: Shop, form: str, card: str, shown: str) -> None:
    answer = answer_to(shop, {"card_no": card}, switches={"masking": form})
    assert answer["card_no"] == shown


def magic_card(block: str) -> Json:
    return {"card_no": f"40000080{block}0000", "quota": "03"}


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("0001", {"card_bin_type_01": "0", "card_bin_type_02": "0", "noinf": "N"}),
        ("0003", {"card_bin_type_01": "1", "card_bin_type_02": "0"}),
        ("0004", {"noinf": "Y", "noinf_type": "CARD"}),
        ("0005", {"noinf": "Y", "noinf_type": "SHOP"}),
        ("0006", {"partcanc_yn": "N"}),
        ("0008", {"card_cd": "CVSF", "acqu_cd": "CCKE"}),
        ("0009", {"card_cd": "CCZZ"}),
        ("0019", {"card_cd": "CCCT", "acqu_cd": "CCBC"}),
    ],
)
def test_card_kinds(shop: Shop, block: str, said: Json) -> None:
    answer = answer_to(shop, magic_card(block))
    assert {name: answer[name] for name in said} == said


@pytest.mark.parametrize("block", ["0002", "0007", "0010"])
def test_check_and_prepaid_cards_pay_at_once(shop: Shop, block: str) -> None:
    card = magic_card(block)
    assert answer_to(shop, card)["res_cd"] == "CC47"
    answer = answer_to(shop, {**card, "quota": "00"})
    assert answer["res_cd"] == "0000"
    assert answer["card_bin_type_02"] == ("0" if block == "0010" else "1")


def test_no_interest_is_said_for_instalments_only(shop: Shop) -> None:
    answer = answer_to(shop, {**magic_card("0004"), "quota": "00"})
    assert answer["noinf"] == "N"
    assert "noinf_type" not in answer


def test_success_may_be_201(shop: Shop) -> None:
    async def work(client: Client) -> None:
        answer = await client.http.post(CHARGE, json=shop.charge())
        assert answer.status_code == 201

    serve(work, switches={"success_status": 201})


def test_the_headers(shop: Shop) -> None:
    async def work(client: Client) -> None:
        answer = await client.http.post(CHARGE, json=shop.charge())
        assert answer.headers["content-type"] == "application/json;charset=UTF-8"
        assert answer.headers["date"] == "Sat, 21 Nov 2026 03:05:00 GMT"

    serve(work, switches={"date_skew_s": 300})


@pytest.mark.parametrize("code", ["8094", "8128", "8338", "9167", "8586"])
@pytest.mark.parametrize("first", ["0000", "CC61"])
def test_an_order_number_is_good_once(shop: Shop, code: str, first: str) -> None:
    async def work(client: Client) -> None:
        amount = "55000" if first == "0000" else "10061"
        assert await client.code(CHARGE, shop.charge(amount=amount)) == first
        assert await client.code(CHARGE, shop.charge(amount="1000")) == code
        book = await client.book()
        assert book["counters"]["charge_requests"] == {"20261121AB01": 2}
        assert len(book["payments"]) == (first == "0000")

    serve(work, switches={"duplicate_order": code})


def test_an_ill_formed_request_does_not_use_up_its_order_number(shop: Shop) -> None:
    async def work(client: Client) -> None:
        assert await client.code(CHARGE, shop.charge(card_pwd="1")) == "8111"
        assert await client.code(CHARGE, shop.charge()) == "0000"

    serve(work)


def test_duplicates_may_charge_twice(shop: Shop) -> None:
    async def work(client: Client) -> None:
        first = await client.approved(shop.charge())
        second = await client.approved(shop.charge())
        assert first["tno"] != second["tno"]
        assert (await client.book())["totals"]["net"] == 110000

    serve(work, switches={"duplicate_order": "accept"})
