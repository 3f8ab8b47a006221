"""POST /payments/cancel: the balance is kept, the checksum is the guard, KCP wants tax_free."""

from __future__ import annotations

import pytest

from tests.contract.practice.portone.till import CANCEL, Json, Till, magic, serve


async def left(till: Till) -> int:
    (payment,) = (await till.book())["payments"]
    found: int = payment["balance"]
    return found


@pytest.mark.parametrize("amount", [{}, {"amount": 0}, {"amount": None}, {"amount": 55000}])
def test_everything(amount: Json) -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid())["imp_uid"]
        done = (await till.cancel(uid, checksum=55000, **amount))["response"]
        assert (done["status"], done["cancel_amount"]) == ("cancelled", 55000)
        (row,) = done["cancel_history"]
        assert (row["amount"], row["reason"]) == (55000, "변심")
        assert row["pg_tid"] == done["pg_tid"]
        assert row["cancellation_id"]
        assert await left(till) == 0
        again = await till.cancel(uid, **amount)
        assert (again["code"], again["response"]) == (1, None)
        assert "[8133]" in again["message"]
        assert (await till.book())["counters"]["cancel_requests"] == {uid: 2}

    serve(work)


@pytest.mark.parametrize("status", ["cancelled", "paid"])
def test_a_part(status: str) -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid())["imp_uid"]
        first = (await till.cancel(uid, amount=20000, checksum=55000))["response"]
        assert (first["status"], first["cancel_amount"]) == (status, 20000)
        second = (await till.cancel(uid, amount=35000, checksum=35000))["response"]
        assert (second["status"], second["cancel_amount"]) == ("cancelled", 55000)
        assert [row["amount"] for row in second["cancel_history"]] == [20000, 35000]
        ids = {row["cancellation_id"] for row in second["cancel_history"]}
        assert len(ids) == 2

    serve(work, switches={"portone_partial_status": status})


@pytest.mark.parametrize("checksum", [54999, 55001, 0, 35000])
def test_a_checksum_that_differs(checksum: int) -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid())["imp_uid"]
        answer = await till.cancel(uid, amount=20000, checksum=checksum)
        assert (answer["http"], answer["code"], answer["response"]) == (200, 1, None)
        assert await left(till) == 55000

    serve(work)


def test_the_checksum_guards_a_repeat_and_nothing_else_does() -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid())["imp_uid"]
        codes = [(await till.cancel(uid, amount=10000, checksum=55000))["code"] for _ in range(2)]
        assert codes == [0, 1]
        await till.cancel(uid, amount=10000)
        await till.cancel(uid, amount=10000, checksum=None)
        assert await left(till) == 25000

    serve(work)


@pytest.mark.parametrize("changes", [{}, {"checksum": 55000}])
def test_more_than_is_left(changes: Json) -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid())["imp_uid"]
        answer = await till.cancel(uid, amount=55001, **changes)
        assert (answer["code"], answer["message"][:6]) == (1, "[8036]")
        assert await left(till) == 55000

    serve(work)


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount", -1), ("amount", 10.5), ("amount", "1000"), ("tax_free", -1), ("checksum", -1),
     ("checksum", "55000"), ("reason", 1), ("enable_webhook", "no")],
)  # fmt: skip
def test_a_field_out_of_form(name: str, value: object) -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid())["imp_uid"]
        answer = await till.cancel(uid, **{name: value})
        assert answer["http"] == 400
        assert answer["message"].startswith(f"{name}: ")
        assert await left(till) == 55000

    serve(work)


def test_whom_it_means() -> None:
    async def work(till: Till) -> None:
        await till.sell(card_number=magic("11", 61))
        paid = await till.paid()
        missing = await till.told("POST", CANCEL, {"reason": "x"})
        assert missing["http"] == 400
        both = await till.cancel("imp_000000000000", merchant_uid="A1")
        assert (both["http"], both["code"]) == (200, 1)
        assert both["message"] == "취소할 결제건이 존재하지 않습니다."
        by_order = await till.told("POST", CANCEL, {"merchant_uid": "A1", "checksum": 55000})
        assert by_order["response"]["imp_uid"] == paid["imp_uid"]

    serve(work)


def test_a_declined_sale_cannot_be_cancelled() -> None:
    async def work(till: Till) -> None:
        uid = (await till.sell(amount=10061))["response"]["imp_uid"]
        answer = await till.cancel(uid)
        assert (answer["code"], answer["message"]) == (1, "취소할 결제건이 존재하지 않습니다.")

    serve(work)


MIXED = [
    ({}, False),
    ({"amount": 20000}, False),
    ({"amount": 20000, "tax_free": 0}, True),
    ({"amount": 20000, "tax_free": 5000}, True),
    ({"amount": 20000, "tax_free": 5001}, False),
    ({"amount": 3000, "tax_free": 3001}, False),
    ({"amount": 50001, "tax_free": 0}, False),
    ({"amount": 55000, "tax_free": 0}, False),
    ({"tax_free": 5000}, True),
]


@pytest.mark.parametrize(("changes", "done"), MIXED)
def test_the_exempt_part(changes: Json, *, done: bool) -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid(tax_free=5000))["imp_uid"]
        answer = await till.cancel(uid, **changes)
        assert answer["code"] == (0 if done else 1)
        if not done:
            assert "[8011]" in answer["message"]
            assert await left(till) == 55000

    serve(work)


def test_the_exempt_part_is_used_up() -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid(tax_free=5000))["imp_uid"]
        assert (await till.cancel(uid, amount=5000, tax_free=5000))["code"] == 0
        assert (await till.cancel(uid, amount=5000, tax_free=1))["code"] == 1
        assert (await till.cancel(uid, amount=50000, tax_free=0))["code"] == 0

    serve(work)


CODES = [
    (magic("30", 8178), {}, ["8178", "8178"], 55000),
    (magic("30", 8387), {}, ["8387", ""], 0),
    (magic("40", 8387), {}, ["8387", "8133"], 0),
    ("4111111111111111", {"reason": "PRACTICE 8178"}, ["8178", "8178"], 55000),
    ("4111111111111111", {"reason": "연습 8387 DONE"}, ["8387", "8133"], 0),
    (magic("90", 15), {}, ["8133", "8133"], 0),
    (magic("80", 10), {}, ["8379", "8379"], 55000),
    (magic("80", 6), {"amount": 10}, ["8141", "8141"], 55000),
    (magic("90", 16), {"amount": 10}, ["8141", "8141"], 55000),
]


@pytest.mark.parametrize(("card", "changes", "codes", "balance"), CODES)
def test_magic(card: str, changes: Json, codes: list[str], balance: int) -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid(card_number=card))["imp_uid"]
        for code in codes:
            answer = await till.cancel(uid, **changes)
            if code:
                assert (answer["code"], answer["message"][:6]) == (1, f"[{code}]")
            else:
                assert answer["code"] == 0
        assert await left(till) == balance

    serve(work)


def test_behind_the_clients_back() -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid(tax_free=5000))["imp_uid"]
        body = {"tno": uid, "amount": 52000}
        answer = await till.control(body, "/control/admin-cancel")
        assert (answer.status_code, answer.json()["balance"]) == (200, 3000)
        assert answer.json()["cancels"][0]["by"] == "admin"
        assert (await till.control(body, "/control/admin-cancel")).status_code == 409
        assert (await till.cancel(uid, tax_free=3000, checksum=3000))["code"] == 0

    serve(work)
