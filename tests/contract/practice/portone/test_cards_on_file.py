"""Billing keys: issued, charged again, looked up, dropped, replaced without a word."""

from __future__ import annotations

import pytest

from tests.contract.practice.portone.till import AGAIN, AT, Json, Till, card_to_keep, magic, serve
from tests.contract.practice.shop import MISSING

CARDS = "/subscribe/customers"


def again_of(**changes: object) -> Json:
    right: Json = {"customer_uid": "cust-1", "merchant_uid": "A1", "amount": 55000, "name": "꽃"}
    both = {**right, **changes}
    return {name: value for name, value in both.items() if value is not MISSING}


def test_keep_get_drop() -> None:
    async def work(till: Till) -> None:
        kept = (await till.keep())["response"]
        wanted = {
            "customer_uid": "cust-1", "pg_provider": "kcp", "pg_id": "T0000", "sandbox": True,
            "card_name": "신한카드", "card_code": "366", "card_number": "411111******1111",
            "customer_name": "홍길동", "inserted": AT, "updated": AT,
        }  # fmt: skip
        assert {name: kept[name] for name in wanted} == wanted
        assert (await till.told("GET", f"{CARDS}/cust-1"))["response"] == kept
        assert (await till.book())["portone"]["customers"] == [
            {"customer_uid": "cust-1", "card_masked": "411111******1111", "pg_id": "T0000",
             "inserted": AT, "updated": AT}
        ]  # fmt: skip
        dropped = await till.told("DELETE", f"{CARDS}/cust-1?reason=x&extra[requester]=admin")
        assert dropped["response"] == kept
        for method in ("GET", "DELETE"):
            assert (await till.told(method, f"{CARDS}/cust-1"))["http"] == 404
        assert (await till.told("POST", AGAIN, again_of()))["code"] == 1

    serve(work)


@pytest.mark.parametrize(
    ("name", "value"),
    [("channel_key", MISSING), ("channel_key", "other"), ("channel_key", "k" * 56),
     ("channel_key", "channel-key-practice-0000-identity"), ("card_number", MISSING),
     ("card_number", "4111"), ("expiry", MISSING), ("expiry", "2807"), ("birth", "1"),
     ("pwd_2digit", "123"), ("customer_name", "가" * 21), ("customer_tel", "0" * 21),
     ("customer_postcode", "1" * 9)],
)  # fmt: skip
def test_a_field_out_of_form(name: str, value: object) -> None:
    async def work(till: Till) -> None:
        answer = await till.keep(**{name: value})
        assert answer["http"] == 400
        assert answer["message"].startswith(f"{name}: ")
        assert (await till.book())["portone"]["customers"] == []

    serve(work)


def test_a_name_that_is_too_long() -> None:
    async def work(till: Till) -> None:
        assert (await till.keep("c" * 81))["http"] == 400
        assert (await till.keep("c" * 80))["http"] == 200

    serve(work)


@pytest.mark.parametrize("number", [54, 63, 14])
def test_a_card_that_is_not_kept(number: int) -> None:
    async def work(till: Till) -> None:
        answer = await till.keep(card_number=magic("11", number))
        assert (answer["http"], answer["code"], answer["response"]) == (200, 1, None)
        assert f"[CC{number}]" in answer["message"]
        assert (await till.told("GET", f"{CARDS}/cust-1"))["http"] == 404

    serve(work)


def test_replaced_without_a_word() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        assert "cards replaced" not in await till.counts()
        till.clock.move(60)
        kept = (await till.keep(card_number="5200000000000007"))["response"]
        assert (kept["card_number"], kept["inserted"]) == ("520000******0007", AT)
        assert kept["updated"] == AT + 60
        assert (await till.counts())["cards replaced"] == 1

    serve(work)


def test_several_at_once() -> None:
    async def work(till: Till) -> None:
        await till.keep("a")
        await till.keep("b")
        both = await till.told("GET", f"{CARDS}?customer_uid[]=a&customer_uid[]=b")
        assert (both["http"], len(both["response"])) == (200, 2)
        some = await till.told("GET", f"{CARDS}?customer_uid[]=a&customer_uid[]=c")
        assert (some["http"], len(some["response"])) == (207, 1)
        assert (await till.told("GET", f"{CARDS}?customer_uid[]=c"))["http"] == 404
        assert (await till.told("GET", CARDS))["http"] == 400

    serve(work)


def test_kept_by_a_sale() -> None:
    async def work(till: Till) -> None:
        paid = await till.paid(customer_uid="cust-9")
        assert (paid["customer_uid"], paid["customer_uid_usage"]) == ("cust-9", "issue")
        assert (await till.told("GET", f"{CARDS}/cust-9"))["http"] == 200
        await till.paid(merchant_uid="A2", customer_uid="cust-9")
        assert (await till.counts())["cards replaced"] == 1
        await till.sell(merchant_uid="A3", customer_uid="cust-10", amount=10061)
        assert (await till.told("GET", f"{CARDS}/cust-10"))["http"] == 404
        await till.paid(merchant_uid="A4")
        assert len((await till.book())["portone"]["customers"]) == 1

    serve(work)


def test_again() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        answer = await till.told("POST", AGAIN, again_of(card_quota=2))
        paid = answer["response"]
        assert (paid["status"], paid["customer_uid_usage"]) == ("paid", "payment")
        assert (paid["amount"], paid["card_number"]) == (55000, "411111******1111")
        assert (await till.told("POST", AGAIN, again_of()))["code"] == 1
        await till.paid(merchant_uid="A2")
        mine = await till.told("GET", f"{CARDS}/cust-1/payments")
        assert [row["merchant_uid"] for row in mine["response"]["list"]] == ["A1"]
        assert (await till.told("GET", f"{CARDS}/cust-2/payments"))["http"] == 404
        counters = (await till.book())["counters"]
        assert counters["charge_requests"] == {"A1": 2, "A2": 1}
        assert counters["requests"]["portone.again"] == 2

    serve(work)


@pytest.mark.parametrize(
    ("name", "value"),
    [("customer_uid", MISSING), ("merchant_uid", MISSING), ("amount", MISSING), ("name", MISSING),
     ("name", "가" * 41), ("amount", 0), ("tax_free", 55001), ("cash_receipt_type", "other"),
     ("product_count", 1.5), ("extra", "x"), ("channel_key", "k" * 56)],
)  # fmt: skip
def test_again_out_of_form(name: str, value: object) -> None:
    async def work(till: Till) -> None:
        await till.keep()
        answer = await till.told("POST", AGAIN, again_of(**{name: value}))
        assert answer["http"] == 400
        assert answer["message"].startswith(f"{name}: ")

    serve(work)


def test_a_kept_card_keeps_its_magic() -> None:
    async def work(till: Till) -> None:
        assert (await till.keep(card_number=magic("11", 61)))["code"] == 0
        declined = (await till.told("POST", AGAIN, again_of()))["response"]
        assert (declined["status"], "[CC61]" in declined["fail_reason"]) == ("failed", True)
        await till.keep("cust-2", card_number=magic("90", 11))
        lost = await till.ask("POST", AGAIN, again_of(customer_uid="cust-2"))
        assert (lost.status_code, lost.text[:6]) == (502, "<html>")
        assert [row["status"] for row in await till.find_all("A1")] == ["paid", "failed"]

    serve(work)


def test_strict() -> None:
    async def work(till: Till) -> None:
        for name in ("buyer_name", "customerUid"):
            body = {**card_to_keep(), name: "x"}
            answer = await till.told("POST", f"{CARDS}/cust-1", body)
            assert (answer["http"], answer["message"].startswith(name)) == (400, True)
        assert (await till.keep())["code"] == 0

    serve(work, switches={"portone_strict": True})
