"""Cancels: the balance rules, their codes, and every field of the answer."""

from __future__ import annotations

import pytest

from tests.contract.practice.shop import CANCEL, CHARGE, INQUIRY, MISSING, Client, Json, Shop, serve


def test_a_full_cancel(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        answer = await client.post(CANCEL, shop.full(tno))
        assert answer["res_cd"] == "0000"
        assert answer["tno"] == tno
        assert answer["canc_time"] == "20261121120000"
        assert "rem_mny" not in answer
        payment = (await client.payments())[0]
        assert (payment["state"], payment["balance"]) == ("STSC", 0)
        assert payment["cancels"][0]["by"] == "client"

    serve(work)


def test_partial_cancels_down_to_nothing(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        balance = 55000
        serials = set()
        for amount in (20000, 1, 34999):
            answer = await client.post(CANCEL, shop.partial(tno, amount, balance))
            balance -= amount
            assert answer["res_cd"] == "0000"
            assert answer["mod_mny"] == answer["card_mod_mny"] == str(amount)
            assert answer["rem_mny"] == str(balance)
            serials.add(answer["mod_pacn_seq_no"])
            found = await client.post(INQUIRY, shop.inquiry(tno))
            assert found["rem_mny"] == str(balance)
            assert found["stat_ca_cd"] == ("STPC" if balance else "STSC")
        assert len(serials) == 3
        assert await client.code(CANCEL, shop.partial(tno, 1, 0)) == "8133"
        assert (await client.book())["totals"] == {"approved": 55000, "cancelled": 55000, "net": 0}

    serve(work)


def test_all_at_once_by_partial_cancel(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        answer = await client.post(CANCEL, shop.partial(tno, 55000, 55000))
        assert (answer["res_cd"], answer["rem_mny"]) == ("0000", "0")
        assert (await client.payments())[0]["state"] == "STSC"

    serve(work)


def test_a_second_full_cancel_is_refused(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(CANCEL, shop.full(tno)) == "0000"
        assert await client.code(CANCEL, shop.full(tno)) == "8133"
        assert len((await client.payments())[0]["cancels"]) == 1

    serve(work)


@pytest.mark.parametrize("code", ["CCA9", "8040"])
def test_no_full_cancel_after_a_partial_one(shop: Shop, code: str) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(CANCEL, shop.partial(tno, 5000, 55000)) == "0000"
        assert await client.code(CANCEL, shop.full(tno)) == code
        assert (await client.payments())[0]["balance"] == 50000

    serve(work, switches={"stsc_after_partial": code})


@pytest.mark.parametrize("code", ["8037", "8038"])
@pytest.mark.parametrize("told", [54999, 55001, 50000, 0])
def test_rem_mny_is_the_balance_before(shop: Shop, code: str, told: int) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(CANCEL, shop.partial(tno, 5000, told)) == code
        assert (await client.payments())[0]["balance"] == 55000

    serve(work, switches={"rem_mismatch": code})


def test_the_same_partial_cancel_twice_is_caught_by_rem_mny(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        body = shop.partial(tno, 5000, 55000)
        assert [await client.code(CANCEL, body) for _ in range(3)] == ["0000", "8037", "8037"]
        assert (await client.payments())[0]["balance"] == 50000

    serve(work)


@pytest.mark.parametrize("code", ["8036", "8039"])
def test_more_than_the_balance(shop: Shop, code: str) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(CANCEL, shop.partial(tno, 55001, 55000)) == code
        assert (await client.payments())[0]["balance"] == 55000

    serve(work, switches={"excess": code})


def test_unknown_and_foreign_numbers(shop: Shop, other_shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(CANCEL, shop.full("20200101000001")) == "8132"
        stranger = other_shop.full(
            tno, site_cd="A52Q7", kcp_sign_data=other_shop.sign("A52Q7", tno, "STSC")
        )
        assert await client.code(CANCEL, stranger) == "8132"
        assert (await client.payments())[0]["balance"] == 55000

    serve(work)


WRONG = [
    ("tno", MISSING, "8072"),
    ("tno", "", "8072"),
    ("tno", "2026112150724", "8072"),
    ("tno", "202611215072411", "8072"),
    ("tno", "2026112150724A", "8072"),
    ("tno", 20261121507241, "8072"),
    ("mod_type", MISSING, "8009"),
    ("mod_type", "STSQ", "8009"),
    ("mod_type", "stpc", "8009"),
    ("mod_desc", "가" * 33 + "ab", "8009"),
    ("mod_desc", "a,b", "8009"),
    ("mod_desc", 1, "8009"),
    ("mod_mny", MISSING, "8082"),
    ("mod_mny", "", "8082"),
    ("mod_mny", "0", "8035"),
    ("mod_mny", "-1", "8082"),
    ("mod_mny", "5,000", "8082"),
    ("mod_mny", "05000", "8082"),
    ("mod_mny", 5000, "8082"),
    ("rem_mny", MISSING, "8084"),
    ("rem_mny", "", "8084"),
    ("rem_mny", "55,000", "8084"),
    ("rem_mny", 55000, "8084"),
    ("site_cd", "T0", "9002"),
    ("mod_ip", "127.0.0.1", "0902"),
    ("amount", "5000", "0902"),
    ("tax_flag", "TG03", "8011"),
    ("mod_free_mny", "0", "8011"),
]


@pytest.mark.parametrize(("field", "value", "code"), WRONG)
def test_each_wrong_field_has_its_code(shop: Shop, field: str, value: object, code: str) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        body = shop.partial(tno, 5000, 55000, **{field: value})
        assert await client.code(CANCEL, body) == code
        assert (await client.payments())[0]["balance"] == 55000

    serve(work)


@pytest.mark.parametrize("field", ["mod_mny", "rem_mny"])
def test_a_full_cancel_names_no_amount(shop: Shop, field: str) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(CANCEL, shop.full(tno, **{field: "55000"})) == "8009"

    serve(work)


def test_the_reason_may_be_left_out_or_full(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(CANCEL, shop.partial(tno, 1, 55000, mod_desc=MISSING)) == "0000"
        long = "가" * 33 + "a"
        assert await client.code(CANCEL, shop.partial(tno, 1, 54999, mod_desc=long)) == "0000"

    serve(work)


@pytest.mark.parametrize(
    ("switch", "present"),
    [
        ("mod_pacn_seq_no", {"mod_pacn_seq_no"}),
        ("mod_pcan_seq_no", {"mod_pcan_seq_no"}),
        ("none", set()),
    ],
)
def test_the_serial_number_has_two_spellings(shop: Shop, switch: str, present: set[str]) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        answer = await client.post(CANCEL, shop.partial(tno, 5000, 55000))
        assert {name for name in answer if name.endswith("seq_no")} == present

    serve(work, switches={"cancel_seq_field": switch})


def test_a_cancelling_machine_that_is_not_registered(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(CANCEL, shop.full(tno)) == "8012"
        assert (await client.payments())[0]["balance"] == 55000

    serve(work, switches={"cancel_ip_registered": False})


def test_mixed_tax_parts_are_kept_apart(shop: Shop) -> None:
    tax: Json = {
        "tax_flag": "TG03", "comm_tax_mny": "20000", "comm_vat_mny": "2000",
        "comm_free_mny": "33000",
    }  # fmt: skip

    def parts(supply: int, vat: int, free: int) -> Json:
        return {
            "tax_flag": "TG03", "mod_tax_mny": str(supply), "mod_vat_mny": str(vat),
            "mod_free_mny": str(free),
        }  # fmt: skip

    async def work(client: Client) -> None:
        answer = await client.approved(shop.charge(**tax))
        assert (answer["res_tax_mny"], answer["res_vat_mny"]) == ("20000", "2000")
        assert (answer["res_free_mny"], answer["res_tax_flag"]) == ("33000", "TG03")
        tno = answer["tno"]

        async def cancel(amount: int, before: int, **more: object) -> str:
            return await client.code(CANCEL, shop.partial(tno, amount, before, **more))

        assert await cancel(11000, 55000) == "8011"
        assert await cancel(11000, 55000, **parts(10000, 999, 0)) == "8011"
        assert await cancel(22001, 55000, **parts(20001, 2000, 0)) == "8098"
        assert await cancel(33001, 55000, **parts(0, 0, 33001)) == "8099"
        assert await cancel(11000, 55000, **parts(10000, 1000, 0)) == "0000"
        assert await cancel(11001, 44000, **parts(10001, 1000, 0)) == "8098"
        assert await cancel(44000, 44000, **parts(10000, 1000, 33000)) == "0000"

    serve(work, switches={"mixed_tax": "accept"})


def test_two_shops_with_one_gateway(shop: Shop, other_shop: Shop) -> None:
    async def work(client: Client) -> None:
        ours = await client.approved(shop.charge())
        theirs = await client.approved(other_shop.charge(site_cd="A52Q7"))
        assert ours["tno"] != theirs["tno"]
        assert await client.code(CHARGE, shop.charge()) == "8128"

    serve(work)
