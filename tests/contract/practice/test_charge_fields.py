"""A charge is taken when every field is right; a wrong one has the vendor's code."""

from __future__ import annotations

import json

import pytest

from tests.contract.practice.shop import CHARGE, MISSING, ORDINARY_CARD, Client, Json, Shop, serve


def refused_with(shop: Shop, changes: Json, **options: object) -> str:
    async def work(client: Client) -> str:
        answer = await client.post(CHARGE, shop.charge(**changes))
        assert await client.payments() == [] or answer["res_cd"] == "0000"
        assert set(answer) == {"res_cd", "res_msg"} or answer["res_cd"] == "0000"
        return str(answer["res_cd"])

    return serve(work, **options)


RIGHT = {
    "as it is": {},
    "unauthenticated": {
        "card_tx_type": "11111000", "card_taxno": MISSING, "card_pwd": MISSING,
    },
    "business number": {"card_taxno": "1248100998"},
    "born after 2000": {"card_taxno": "010203"},
    "twelve months": {"quota": "12", "amount": "50000"},
    "two months": {"quota": "02"},
    "smallest amount": {"amount": "1000"},
    "twelve digits": {"amount": "999999999999"},
    "forty characters": {"ordr_idxx": "A" * 40},
    "thirteen digits": {"card_no": "4222222222222"},
    "nineteen digits": {"card_no": "6200000000000000003"},
    "not a Luhn number": {"card_no": "4111111111111112"},
    "ends this month": {"card_expiry": "2611"},
    "no cust_ip": {"cust_ip": MISSING},
    "an address": {"cust_ip": "203.0.113.7"},
    "an IPv6 address": {"cust_ip": "2001:db8::7"},
    "empty buyer": {"buyr_name": "", "buyr_mail": "", "buyr_tel2": "", "good_name": ""},
    "100 bytes of goods": {"good_name": "가" * 33 + "a"},
    "30 characters of name": {"buyr_name": "가" * 30},
    "first telephone too": {"buyr_tel1": "02-123-4567"},
    "a greater-than sign": {"good_name": "A > B"},
}  # fmt: skip

WRONG = [
    ("site_cd", MISSING, "9002"),
    ("site_cd", "", "9002"),
    ("site_cd", "T000", "9002"),
    ("site_cd", "T00000", "9002"),
    ("site_cd", "T000!", "9002"),
    ("site_cd", 12345, "9002"),
    ("pay_method", MISSING, "8024"),
    ("pay_method", "BANK", "8024"),
    ("pay_method", "card", "8024"),
    ("cust_ip", "localhost", "8055"),
    ("cust_ip", "256.1.1.1", "8055"),
    ("cust_ip", None, "8055"),
    ("amount", MISSING, "9008"),
    ("amount", "", "9008"),
    ("amount", 55000, "8051"),
    ("amount", True, "8051"),
    ("amount", "55,000", "9009"),
    ("amount", "-55000", "9009"),
    ("amount", " 55000", "9009"),
    ("amount", "55000.0", "9009"),
    ("amount", "5e4", "9009"),
    ("amount", "５５０００", "9009"),
    ("amount", "0", "8051"),
    ("amount", "055000", "8051"),
    ("amount", "1000000000000", "8051"),
    ("amount", "999", "9010"),
    ("card_mny", MISSING, "8105"),
    ("card_mny", "", "8105"),
    ("card_mny", "55,000", "8105"),
    ("card_mny", 55000, "8105"),
    ("card_mny", "54999", "8059"),
    ("card_mny", "55001", "8059"),
    ("currency", MISSING, "8052"),
    ("currency", "KRW", "8052"),
    ("currency", "840", "8176"),
    ("quota", MISSING, "8106"),
    ("quota", "0", "8106"),
    ("quota", "000", "8106"),
    ("quota", "", "8106"),
    ("quota", 0, "8106"),
    ("quota", "01", "8106"),
    ("quota", "１２", "8106"),
    ("quota", "13", "8125"),
    ("quota", "36", "8125"),
    ("quota", "62", "8106"),
    ("quota", "83", "8106"),
    ("quota", "99", "8106"),
    ("ordr_idxx", MISSING, "8015"),
    ("ordr_idxx", "", "8015"),
    ("ordr_idxx", "A" * 41, "8501"),
    ("ordr_idxx", "A-1", "8501"),
    ("ordr_idxx", "A 1", "8501"),
    ("ordr_idxx", "주문1", "8501"),
    ("ordr_idxx", "Ａ1", "8501"),
    ("ordr_idxx", "A1\n", "8501"),
    ("ordr_idxx", 1, "8501"),
    ("good_name", MISSING, "8502"),
    ("good_name", "가" * 33 + "ab", "8502"),
    ("good_name", "a" * 101, "8502"),
    ("good_name", 7, "8502"),
    ("good_name", None, "8502"),
    ("buyr_name", MISSING, "8506"),
    ("buyr_name", "가" * 31, "8506"),
    ("buyr_name", ["홍"], "8506"),
    ("buyr_mail", MISSING, "8509"),
    ("buyr_mail", "hong", "8509"),
    ("buyr_mail", "hong@", "8509"),
    ("buyr_mail", "hong@localhost", "8509"),
    ("buyr_mail", "a" * 40 + "@example.com", "8509"),
    ("buyr_tel2", MISSING, "8508"),
    ("buyr_tel2", "010 1234 5678", "8508"),
    ("buyr_tel2", "+821012345678", "8508"),
    ("buyr_tel2", "0" * 21, "8508"),
    ("buyr_tel1", "abc", "8507"),
    ("card_tx_type", MISSING, "8103"),
    ("card_tx_type", "11511000", "8103"),
    ("card_tx_type", "", "8103"),
    ("card_no", MISSING, "8107"),
    ("card_no", "", "8107"),
    ("card_no", "411111111111", "8107"),
    ("card_no", "4" * 20, "8107"),
    ("card_no", "4111-1111-1111-1111", "8107"),
    ("card_no", "4111 1111 1111 1111", "8107"),
    ("card_no", "４１１１１１１１１１１１１１１１", "8107"),
    ("card_no", 4111111111111111, "8107"),
    ("card_no", "0" * 16, "CC14"),
    ("card_expiry", MISSING, "8109"),
    ("card_expiry", "", "8109"),
    ("card_expiry", "28-07", "8109"),
    ("card_expiry", "282807", "8109"),
    ("card_expiry", 2807, "8109"),
    ("card_expiry", "0728", "CC55"),
    ("card_expiry", "2800", "CC55"),
    ("card_expiry", "2813", "CC55"),
    ("card_expiry", "9912", "CC55"),
    ("card_expiry", "2610", "CC54"),
    ("card_expiry", "2507", "CC54"),
    ("card_taxno", MISSING, "8110"),
    ("card_taxno", "", "8110"),
    ("card_taxno", "9001011", "8110"),
    ("card_taxno", "9001011234567", "8110"),
    ("card_taxno", "90-01-01", "8110"),
    ("card_taxno", 900101, "8110"),
    ("card_taxno", "901301", "CC66"),
    ("card_taxno", "900230", "CC66"),
    ("card_taxno", "1248100999", "CC67"),
    ("card_pwd", MISSING, "8111"),
    ("card_pwd", "", "8111"),
    ("card_pwd", "1", "8111"),
    ("card_pwd", "123", "8111"),
    ("card_pwd", "1234", "8111"),
    ("card_pwd", 12, "8111"),
    ("mod_ip", "127.0.0.1", "0902"),
    ("kcp_sign_data", "x", "0902"),
    ("card_cvc", "123", "0902"),
    ("카드", "1", "0902"),
    ("tax_flag", "TG03", "8011"),
    ("comm_free_mny", "0", "8011"),
]


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT.keys())
def test_right_requests_are_approved(shop: Shop, changes: Json) -> None:
    assert refused_with(shop, changes) == "0000"


@pytest.mark.parametrize(("field", "value", "code"), WRONG)
def test_each_wrong_field_has_its_code(shop: Shop, field: str, value: object, code: str) -> None:
    changes = {field: value}
    if field == "amount" and value is not MISSING:
        changes["card_mny"] = value
    assert refused_with(shop, changes) == code


@pytest.mark.parametrize("character", [",", "&", ";", "\n", "\\", "|", "'", '"', "<", "\0", "\r"])
@pytest.mark.parametrize(
    ("field", "code"), [("good_name", "8502"), ("buyr_name", "8506"), ("buyr_mail", "8509")]
)
def test_refused_characters(shop: Shop, field: str, code: str, character: str) -> None:
    assert refused_with(shop, {field: f"a{character}b"}) == code


@pytest.mark.parametrize("text", ["javascript:x", "a script here", "VBScript:1"])
def test_script_text_is_refused(shop: Shop, text: str) -> None:
    assert refused_with(shop, {"good_name": text}) == "8502"


def test_a_word_with_script_in_it_is_no_script(shop: Shop) -> None:
    assert refused_with(shop, {"good_name": "subscription"}) == "0000"


@pytest.mark.parametrize("field", ["card_taxno", "card_pwd"])
def test_an_unauthenticated_charge_has_no_holder_fields(shop: Shop, field: str) -> None:
    changes: Json = {"card_tx_type": "11111000", "card_taxno": MISSING, "card_pwd": MISSING}
    changes[field] = {"card_taxno": "900101", "card_pwd": "12"}[field]
    assert refused_with(shop, changes) == {"card_taxno": "8110", "card_pwd": "8111"}[field]


def test_an_empty_holder_field_is_not_a_left_out_one(shop: Shop) -> None:
    changes = {"card_tx_type": "11111000", "card_taxno": "", "card_pwd": ""}
    assert refused_with(shop, changes) == "8110"


@pytest.mark.parametrize(("amount", "code"), [("49999", "CC16"), ("50000", "0000")])
def test_instalments_begin_at_50000_won(shop: Shop, amount: str, code: str) -> None:
    assert refused_with(shop, {"amount": amount, "quota": "03"}) == code


@pytest.mark.parametrize(("quota", "code"), [("24", "0000"), ("25", "8125")])
def test_the_most_months_are_a_switch(shop: Shop, quota: str, code: str) -> None:
    assert refused_with(shop, {"quota": quota}, switches={"max_quota": 24}) == code


@pytest.mark.parametrize("field", ["ordr_idxx", "good_name", "buyr_name"])
def test_the_card_number_may_be_nowhere_else(shop: Shop, field: str) -> None:
    code = refused_with(shop, {field: f"x{ORDINARY_CARD}"})
    assert code == ("8501" if field == "ordr_idxx" else "8016")


@pytest.mark.parametrize(
    ("amount", "quota", "code"),
    [
        ("1000", "00", "0000"), ("5004", "00", "0000"), ("5005", "00", "8129"),
        ("50004", "03", "0000"), ("50005", "03", "8129"), ("50004", "00", "8129"),
    ],
)  # fmt: skip
def test_the_test_limits(shop: Shop, amount: str, quota: str, code: str) -> None:
    changes = {"amount": amount, "quota": quota}
    assert refused_with(shop, changes, switches={"test_limits": True}) == code


@pytest.mark.parametrize(
    ("switch", "value", "changes", "code"),
    [
        ("cust_ip", "required", {}, "8055"),
        ("cust_ip", "required", {"cust_ip": MISSING}, "8055"),
        ("cust_ip", "required", {"cust_ip": "203.0.113.7"}, "0000"),
        ("keyin_contract", False, {}, "CC35"),
        ("authenticated_contract", False, {}, "CC37"),
        ("unauthenticated_contract", False, {}, "0000"),
        ("minimum_won", 100, {"amount": "100"}, "0000"),
        ("minimum_won", 100, {"amount": "99"}, "9010"),
        ("sites", ["A52Q7"], {}, "9200"),
        ("sites", ["T0000"], {}, "0000"),
        ("luhn", True, {}, "0000"),
        ("luhn", True, {"card_no": "4111111111111112"}, "CC14"),
        ("strict_buyer", True, {"good_name": ""}, "9007"),
        ("strict_buyer", True, {"buyr_name": " "}, "8506"),
        ("strict_buyer", True, {"buyr_mail": ""}, "8509"),
        ("strict_buyer", True, {"buyr_tel2": ""}, "8508"),
        ("unknown_fields", "ignore", {"card_cvc": "123"}, "0000"),
    ],
)
def test_switches_change_the_checks(
    shop: Shop, switch: str, value: object, changes: Json, code: str
) -> None:
    assert refused_with(shop, changes, switches={switch: value}) == code


@pytest.mark.parametrize("status", [200, 201, 400, 402, 422, 500])
def test_the_status_of_refusals_is_a_switch(shop: Shop, status: int) -> None:
    async def work(client: Client) -> None:
        answer = await client.http.post(CHARGE, json=shop.charge(amount="0", card_mny="0"))
        assert (answer.status_code, answer.json()["res_cd"]) == (status, "8051")

    serve(work, switches={"refusal_status": status})


MIXED = {"tax_flag": "TG03", "comm_tax_mny": "20000", "comm_vat_mny": "2000"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({**MIXED, "comm_free_mny": "33000"}, "0000"),
        ({**MIXED, "comm_free_mny": "33001"}, "8011"),
        ({**MIXED, "tax_flag": "TG09", "comm_free_mny": "33000"}, "8011"),
        ({**MIXED, "tax_flag": "TG01", "comm_free_mny": "33000"}, "8011"),
        ({**MIXED, "comm_vat_mny": "3000", "comm_free_mny": "32000"}, "8564"),
        ({**MIXED}, "8011"),
    ],
)
def test_mixed_tax_where_it_is_taken(shop: Shop, changes: Json, code: str) -> None:
    assert refused_with(shop, changes, switches={"mixed_tax": "accept"}) == code


BODIES = {
    "empty": b"",
    "array": b"[]",
    "string": b'"x"',
    "null": b"null",
    "cut": b'{"site_cd":"T00',
    "BOM": b"\xef\xbb\xbf{}",
    "NaN": b'{"amount":NaN}',
    "doubled": b'{"site_cd":"T0000","site_cd":"T0000"}',
    "deep": b"[" * 50_000,
    "CP949": '{"good_name":"꽃"}'.encode("cp949"),
    "UTF-16": "{}".encode("utf-16"),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_bodies_that_are_no_object(body: bytes) -> None:
    async def work(client: Client) -> None:
        answer = await client.raw(CHARGE, body)
        assert (answer.status, json.loads(answer.body)["res_cd"]) == (400, "0902")
        assert (await client.last_row())["verdict"] == "refused"

    serve(work)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=UTF-8", 200),
        ("Application/JSON;charset=utf-8", 200),
        ("application/json; charset=euc-kr", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_content_types(shop: Shop, content_type: str, status: int) -> None:
    async def work(client: Client) -> None:
        body = json.dumps(shop.charge()).encode()
        headers = {"Content-Type": content_type}
        answer = await client.http.post(CHARGE, content=body, headers=headers)
        assert answer.status_code == status
        assert len(await client.payments()) == (status == 200)

    serve(work)


@pytest.mark.parametrize("path", [CHARGE, "/gw/mod/v1/cancel", "/std/inquery"])
def test_only_post(path: str) -> None:
    async def work(client: Client) -> None:
        assert (await client.http.get(path)).status_code == 405
        assert (await client.http.get("/std/inquiry")).status_code == 404

    serve(work)


def test_a_body_without_end_is_not_read_into_memory(shop: Shop) -> None:
    async def work(client: Client) -> None:
        answer = await client.raw(CHARGE, shop.charge(good_name="a" * 300_000))
        assert answer.status == 413
        assert (await client.book())["log"] == []

    serve(work)
