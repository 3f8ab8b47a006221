"""POST /subscribe/payments/onetime: each field, both decline shapes, numbers used twice."""

from __future__ import annotations

import pytest

from tests.contract.practice.portone.till import (
    AT,
    ONETIME,
    Json,
    Till,
    magic,
    sale,
    serve,
)
from tests.contract.practice.shop import MISSING

LIVE = "api_payment:kcp.A52LD:live:key-live"
NICE = "api_payment:nice.nictest04m:test:key-nice"
WINDOW = "payment:kcp.AO09C:test:key-window"
KCP = "api_payment:kcp.T0000:test:key-kcp"


def test_a_sale() -> None:
    async def work(till: Till) -> None:
        paid = await till.paid(custom_data='{"till":"01"}', card_quota=3, tax_free=5000)
        wanted = {
            "merchant_uid": "A1", "pay_method": "card", "channel": "api", "pg_provider": "kcp",
            "pg_id": "T0000", "sandbox": True, "amount": 55000, "cancel_amount": 0,
            "currency": "KRW", "status": "paid", "card_quota": 3, "card_code": "366",
            "card_number": "411111******1111", "card_type": 0, "name": "꽃바구니",
            "buyer_name": "홍길동", "custom_data": '{"till":"01"}', "started_at": AT,
            "paid_at": AT, "failed_at": 0, "cancelled_at": 0, "fail_reason": None,
            "customer_uid": None, "customer_uid_usage": None, "cancel_history": [],
        }  # fmt: skip
        assert {name: paid[name] for name in wanted} == wanted
        assert paid["imp_uid"].startswith("imp_")
        assert len(paid["apply_num"]) == 8
        (kept,) = (await till.book())["payments"]
        names = ("gateway", "imp_uid", "order_no", "amount", "tax_free", "balance", "app_no")
        assert [kept[name] for name in names] == [
            "portone", paid["imp_uid"], "A1", 55000, 5000, 55000, paid["apply_num"],
        ]  # fmt: skip

    serve(work)


WRONG = [
    ("merchant_uid", MISSING), ("merchant_uid", ""), ("merchant_uid", "A" * 41),
    ("merchant_uid", 17), ("amount", MISSING), ("amount", "55000"), ("amount", 0),
    ("amount", -1), ("amount", 1000.5), ("amount", True), ("card_number", MISSING),
    ("card_number", "4111 1111 1111 1111"), ("card_number", "411111111111"),
    ("card_number", "41111-111-1111-1111"), ("card_number", "４１１１111111111111"),
    ("expiry", MISSING), ("expiry", "2807"), ("expiry", "2028-13"), ("expiry", "28-07"),
    ("birth", "19900101"), ("birth", "90-01-01"), ("pwd_2digit", "1"), ("pwd_2digit", 12),
    ("pg", "k" * 81), ("customer_uid", "c" * 81), ("name", "가" * 41), ("buyer_name", "가" * 17),
    ("buyer_email", "a" * 65), ("buyer_tel", "0" * 17), ("buyer_addr", "가" * 129),
    ("buyer_postcode", "1" * 9), ("card_quota", "3"), ("card_quota", 2.5), ("card_quota", -1),
    ("tax_free", 55001), ("tax_free", -1), ("currency", "USD"), ("custom_data", "{"),
    ("bypass", "x"), ("bypass", {}), ("product_type", "other"), ("use_card_point", "true"),
    ("interest_free_by_merchant", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_field_out_of_form(name: str, value: object) -> None:
    async def work(till: Till) -> None:
        answer = await till.sell(**{name: value})
        assert (answer["http"], answer["code"], answer["response"]) == (400, -1, None)
        assert answer["message"].startswith(f"{name}: ")
        book = await till.book()
        assert (book["payments"], book["portone"]["declined"]) == ([], [])

    serve(work)


@pytest.mark.parametrize(
    ("name", "value"),
    [("card_number", "4111111111111111"), ("card_number", "3782-822463-10005"),
     ("card_number", "378282246310005"), ("birth", MISSING), ("birth", "1248100998"),
     ("birth", None), ("pwd_2digit", MISSING), ("amount", 55000.0), ("name", MISSING),
     ("card_quota", 0), ("card_quota", 2), ("card_quota", 12), ("tax_free", 55000),
     ("currency", "KRW"), ("merchant_uid", "가 나/다?"), ("browser_ip", "10.0.0.1"),
     ("never_heard_of", 1)],
)  # fmt: skip
def test_a_field_in_another_form(name: str, value: object) -> None:
    async def work(till: Till) -> None:
        await till.paid(**{name: value})

    serve(work)


def test_a_form_instead_of_json() -> None:
    async def work(till: Till) -> None:
        form = {name: str(value) for name, value in sale(card_quota=3).items()}
        headers = {"Authorization": till.token}
        answer = await till.http.post(ONETIME, data=form, headers=headers)
        assert answer.json()["response"]["amount"] == 55000

    serve(work)


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b'{"amount": NaN}', b"\xff"])
def test_a_body_that_is_none(body: bytes) -> None:
    async def work(till: Till) -> None:
        headers = {"Authorization": till.token, "Content-Type": "application/json"}
        answer = await till.http.post(ONETIME, content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["response"] is None

    serve(work)


def test_the_card_number_in_another_field() -> None:
    async def work(till: Till) -> None:
        answer = await till.sell(merchant_uid="4111-1111-1111-1111")
        assert answer["http"] == 400
        assert answer["message"].startswith("merchant_uid")
        assert (await till.book())["log"][-1]["order_no"] == "(card number)"

    serve(work)


@pytest.mark.parametrize("needed", ["birth", "pwd_2digit"])
def test_what_the_contract_wants(needed: str) -> None:
    async def work(till: Till) -> None:
        assert (await till.sell(**{needed: MISSING}))["http"] == 400
        await till.paid()

    switch = {"birth": "portone_birth", "pwd_2digit": "portone_pwd"}[needed]
    serve(work, switches={switch: "required"})


DECLINED = [
    ({"card_quota": 1}, "CC16"),
    ({"card_quota": 2, "amount": 49999}, "CC16"),
    ({"card_quota": 13}, "8125"),
    ({"card_quota": 2, "card_number": magic("80", 2)}, "CC47"),
    ({"amount": 999}, "8135"),
    ({"expiry": "2026-10"}, "CC54"),
    ({"birth": "901301"}, "CC66"),
    ({"birth": "1248100990"}, "CC67"),
    ({"card_number": magic("11", 61)}, "CC61"),
    ({"card_number": magic("10", 8041)}, "8041"),
    ({"amount": 10063}, "CC63"),
    ({"buyer_name": "PRACTICE CC04"}, "CC04"),
]


@pytest.mark.parametrize(("changes", "code"), DECLINED)
def test_declined_with_code_0(changes: Json, code: str) -> None:
    async def work(till: Till) -> None:
        answer = await till.sell(**changes)
        payment = answer["response"]
        assert (answer["http"], answer["code"]) == (200, 0)
        assert (payment["status"], payment["paid_at"], payment["failed_at"]) == ("failed", 0, AT)
        assert f"[{code}]" in payment["fail_reason"]
        assert payment["apply_num"] is None
        book = await till.book()
        assert book["payments"] == []
        assert [row["imp_uid"] for row in book["portone"]["declined"]] == [payment["imp_uid"]]
        assert (await till.find_all("A1"))[0]["status"] == "failed"

    serve(work)


@pytest.mark.parametrize("code", [1, -1])
@pytest.mark.parametrize("listed", [True, False])
def test_declined_with_another_code(code: int, *, listed: bool) -> None:
    async def work(till: Till) -> None:
        answer = await till.sell(amount=10061)
        assert (answer["http"], answer["code"], answer["response"]) == (200, code, None)
        assert answer["message"] == "결제승인에 실패하였습니다. [CC61]거래금액 한도 초과"
        assert len(await till.find_all("A1")) == listed

    serve(work, switches={"portone_decline": str(code), "portone_declines_listed": listed})


@pytest.mark.parametrize(
    ("switch", "status", "code"), [("1", 200, 1), ("-1", 200, -1), ("400", 400, -1)]
)
def test_a_number_already_paid(switch: str, status: int, code: int) -> None:
    async def work(till: Till) -> None:
        paid = await till.paid()
        for _ in range(2):
            again = await till.sell()
            assert (again["http"], again["code"]) == (status, code)
            assert again["message"] == "이미 결제가 이루어진 거래건입니다."
            assert again["response"] is None
        await till.cancel(paid["imp_uid"])
        assert (await till.sell())["code"] == code
        assert (await till.book())["totals"]["approved"] == 55000

    serve(work, switches={"portone_duplicate": switch})


def test_a_number_charged_twice() -> None:
    async def work(till: Till) -> None:
        first, second = await till.paid(), await till.paid()
        assert first["imp_uid"] != second["imp_uid"]
        assert (await till.book())["totals"]["approved"] == 110000

    serve(work, switches={"portone_duplicate": "accept"})


def test_a_failed_number_may_be_used_again() -> None:
    async def work(till: Till) -> None:
        await till.sell(card_number=magic("11", 61))
        await till.sell(card_number=magic("11", 3))
        await till.paid()
        assert [row["status"] for row in await till.find_all("A1")] == ["paid", "failed", "failed"]

    serve(work)


@pytest.mark.parametrize(
    ("channels", "pg", "goes_to"),
    [
        ([KCP], "kcp.T0000", "kcp.T0000"),
        ([KCP], "kcp", "kcp.T0000"),
        ([NICE, KCP], "kcp.T0000", "kcp.T0000"),
        ([NICE, KCP], MISSING, "nice.nictest04m"),
        ([NICE, KCP], "kcp.TOOOO", "nice.nictest04m"),
        ([NICE, KCP], "kcp_billing.T0000", "nice.nictest04m"),
        ([LIVE, KCP], "kcp", "kcp.A52LD"),
    ],
)
def test_where_the_money_goes(channels: list[str], pg: object, goes_to: str) -> None:
    async def work(till: Till) -> None:
        paid = await till.paid(pg=pg)
        assert f"{paid['pg_provider']}.{paid['pg_id']}" == goes_to
        assert paid["sandbox"] == (goes_to != "kcp.A52LD")

    serve(work, switches={"portone_channels": channels})


@pytest.mark.parametrize(
    ("channels", "pg"), [([WINDOW], "kcp.T0000"), ([WINDOW, KCP], "kcp.AO09C"), ([], MISSING)]
)
def test_no_channel_for_keyin(channels: list[str], pg: object) -> None:
    async def work(till: Till) -> None:
        answer = await till.sell(pg=pg)
        assert (answer["http"], answer["code"]) == (200, 1)
        assert answer["message"] == "비인증결제모듈 사용정보를 찾을 수 없습니다."

    serve(work, switches={"portone_channels": channels})


def test_the_channels() -> None:
    async def work(till: Till) -> None:
        rows = (await till.told("GET", "/users/pg"))["response"]
        found = [(r["type"], f"{r['pg_provider']}.{r['pg_id']}", r["sandbox"]) for r in rows]
        assert found == [
            ("payment", "kcp.AO09C", True), ("api_payment", "kcp.A52LD", False),
        ]  # fmt: skip
        assert [row["channel_key"] for row in rows] == ["key-window", "key-live"]

    serve(work, switches={"portone_channels": [WINDOW, LIVE]})


def test_amounts_with_a_point() -> None:
    async def work(till: Till) -> None:
        answer = await till.ask("POST", ONETIME, sale())
        assert b'"amount":55000.0,"cancel_amount":0.0,' in answer.content

    serve(work, switches={"portone_amounts": "point"})


@pytest.mark.parametrize("extra", ["channel_key", "card_no", "merchantUid"])
def test_strict(extra: str) -> None:
    async def work(till: Till) -> None:
        answer = await till.sell(**{extra: "x"})
        assert answer["http"] == 400
        assert answer["message"].startswith(f"{extra}: ")
        assert (await till.told("GET", "/users/pg?x=1"))["message"].startswith("x: ")
        await till.paid(card_quota=2, tax_free=0, browser_ip="10.0.0.1", bypass="{}")

    serve(work, switches={"portone_strict": True})
