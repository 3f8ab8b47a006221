"""Payments booked for later: made, moved, revoked, listed, carried out, and the traps in it."""

from __future__ import annotations

import pytest

from tests.contract.practice.portone.till import AT, DAY_S, Json, Till, magic, serve

PATH = "/subscribe/payments/schedule"
UNDO = "/subscribe/payments/unschedule"
CONTROL = "/control/portone"


def item(number: int = 1, **changes: object) -> Json:
    right: Json = {
        "merchant_uid": f"S{number}",
        "schedule_at": AT + number * DAY_S,
        "currency": "KRW",
        "amount": 9900,
        "name": "정기 꽃배달",
    }
    return {name: value for name, value in {**right, **changes}.items() if value is not None}


async def book_them(till: Till, *items: Json, customer_uid: str = "cust-1") -> Json:
    return await till.told("POST", PATH, {"customer_uid": customer_uid, "schedules": list(items)})


async def states(till: Till) -> dict[str, tuple[str, str]]:
    rows = (await till.book())["portone"]["schedules"]
    return {row["merchant_uid"]: (row["status"], row["payment_status"]) for row in rows}


def test_booked_and_carried_out_when_it_is_time() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        made = await book_them(till, item(1, buyer_name="홍길동"), item(2))
        assert (made["code"], len(made["response"])) == (0, 2)
        wanted = {
            "customer_uid": "cust-1", "merchant_uid": "S1", "imp_uid": None, "pg_id": "T0000",
            "schedule_at": AT + DAY_S, "executed_at": 0, "revoked_at": 0, "amount": 9900,
            "currency": "KRW", "name": "정기 꽃배달", "buyer_name": "홍길동",
            "schedule_status": "scheduled", "payment_status": None, "fail_reason": None,
        }  # fmt: skip
        assert {name: made["response"][0][name] for name in wanted} == wanted
        till.clock.move(DAY_S - 1)
        assert set((await states(till)).values()) == {("scheduled", "")}
        till.clock.move(1)
        await till.get_token()
        one = (await till.told("GET", f"{PATH}/S1"))["response"]
        assert (one["schedule_status"], one["payment_status"]) == ("executed", "paid")
        (paid,) = (await till.book())["payments"]
        assert (paid["imp_uid"], paid["order_no"]) == (one["imp_uid"], "S1")
        assert paid["customer_uid_usage"] == "payment.scheduled"
        assert (await states(till))["S2"] == ("scheduled", "")

    serve(work)


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"merchant_uid": None}, "merchant_uid"), ({"merchant_uid": "S" * 41}, "merchant_uid"),
     ({"schedule_at": None}, "schedule_at"), ({"schedule_at": "1"}, "schedule_at"),
     ({"currency": None}, "currency"), ({"currency": "USD"}, "currency"),
     ({"amount": None}, "amount"), ({"amount": 0}, "amount"), ({"name": None}, "name"),
     ({"name": "가" * 41}, "name"), ({"tax_free": 9901}, "tax_free"),
     ({"custom_data": "{"}, "custom_data")],
)  # fmt: skip
def test_an_item_out_of_form_books_none(changes: Json, name: str) -> None:
    async def work(till: Till) -> None:
        await till.keep()
        answer = await book_them(till, item(1), item(2, **changes))
        assert (answer["http"], answer["message"].startswith(f"{name}: ")) == (400, True)
        assert await states(till) == {}

    serve(work)


@pytest.mark.parametrize("schedules", [None, [], {}, [1], "x"])
def test_a_list_out_of_form(schedules: object) -> None:
    async def work(till: Till) -> None:
        await till.keep()
        body = {"customer_uid": "cust-1", "schedules": schedules}
        assert (await till.told("POST", PATH, body))["http"] == 400

    serve(work)


def test_numbers_and_times_that_will_not_do() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        assert (await book_them(till, item(1, schedule_at=AT)))["code"] == 1
        assert (await book_them(till, item(1), item(1)))["http"] == 400
        assert (await book_them(till, item(1)))["code"] == 0
        assert (await book_them(till, item(1)))["code"] == 1
        await till.paid(merchant_uid="S2")
        assert (await book_them(till, item(2)))["message"] == "이미 결제가 이루어진 거래건입니다."
        assert (await book_them(till, item(3), customer_uid="cust-2"))["code"] == 1
        assert list(await states(till)) == ["S1"]

    serve(work)


def test_a_card_may_come_with_the_booking() -> None:
    async def work(till: Till) -> None:
        body: Json = {
            "customer_uid": "cust-1", "schedules": [item(1)], "checking_amount": 0,
            "card_number": "4111-1111-1111-1111", "expiry": "2028-07",
        }  # fmt: skip
        assert (await till.told("POST", PATH, body))["code"] == 0
        assert (await till.told("GET", "/subscribe/customers/cust-1"))["http"] == 200
        again = await till.told("POST", PATH, {**body, "schedules": [item(2)]})
        assert again["code"] == 1
        assert "cards replaced" not in await till.counts()

    serve(work)


def test_a_form_instead_of_json() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        form = {"customer_uid": "cust-1"}
        form |= {f"schedules[0][{name}]": str(value) for name, value in item(1).items()}
        form |= {f"schedules[1][{name}]": str(value) for name, value in item(2).items()}
        headers = {"Authorization": till.token}
        made = await till.http.post(PATH, data=form, headers=headers)
        assert len(made.json()["response"]) == 2
        undo = {"customer_uid": "cust-1", "merchant_uid[]": ["S2"]}
        undone = await till.http.post(UNDO, data=undo, headers=headers)
        assert [row["merchant_uid"] for row in undone.json()["response"]] == ["S2"]
        assert (await states(till))["S1"] == ("scheduled", "")

    serve(work)


def test_one_is_revoked() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        await book_them(till, item(1), item(2))
        body = {"customer_uid": "cust-1", "merchant_uid": ["S1"]}
        undone = (await till.told("POST", UNDO, body))["response"]
        assert [row["schedule_status"] for row in undone] == ["revoked"]
        assert undone[0]["revoked_at"] == AT
        assert await states(till) == {"S1": ("revoked", ""), "S2": ("scheduled", "")}
        assert (await till.told("POST", UNDO, body))["code"] == 1
        by_number = await till.told("POST", UNDO, {"merchant_uid": ["S2"]})
        assert by_number["code"] == 0
        assert "whole customers unscheduled" not in await till.counts()
        till.clock.move(3 * DAY_S)
        assert (await till.book())["payments"] == []

    serve(work)


@pytest.mark.parametrize("more", [{}, {"merchant_uid[]": ["S1"]}, {"merchantUid": ["S1"]}])
def test_the_trap_that_takes_the_whole_customer(more: Json) -> None:
    async def work(till: Till) -> None:
        await till.keep()
        await till.keep("cust-2")
        await book_them(till, item(1), item(2))
        await book_them(till, item(3), customer_uid="cust-2")
        await till.told("POST", UNDO, {"customer_uid": "cust-1", **more})
        assert await states(till) == {
            "S1": ("revoked", ""), "S2": ("revoked", ""), "S3": ("scheduled", ""),
        }  # fmt: skip
        assert (await till.counts())["whole customers unscheduled"] == 1

    serve(work)


@pytest.mark.parametrize(
    ("body", "http"),
    [({}, 400), ({"customer_uid": "cust-1", "merchant_uid": "S1"}, 400),
     ({"customer_uid": "cust-1", "merchant_uid": ["S1", "NONE"]}, 200),
     ({"customer_uid": "cust-2", "merchant_uid": ["S1"]}, 200)],
)  # fmt: skip
def test_an_undoing_that_does_nothing(body: Json, http: int) -> None:
    async def work(till: Till) -> None:
        await till.keep()
        await book_them(till, item(1))
        answer = await till.told("POST", UNDO, body)
        assert (answer["http"], answer["code"] != 0) == (http, True)
        assert await states(till) == {"S1": ("scheduled", "")}

    serve(work)


@pytest.mark.parametrize("how", ["PUT", "POST"])
def test_moved(how: str) -> None:
    async def work(till: Till) -> None:
        await till.keep()
        await book_them(till, item(1))
        path = f"{PATH}/S1" if how == "PUT" else f"{PATH}/S1/reschedule"
        moved = await till.told(how, path, {"schedule_at": AT + 5 * DAY_S})
        assert moved["response"]["schedule_at"] == AT + 5 * DAY_S
        for body in ({}, {"schedule_at": AT}, {"schedule_at": "x"}):
            assert (await till.told(how, path, body))["http"] == 400
        none = path.replace("S1", "S9")
        assert (await till.told(how, none, {"schedule_at": AT + DAY_S}))["http"] == 404
        till.clock.move(2 * DAY_S)
        assert (await till.book())["payments"] == []
        till.clock.move(3 * DAY_S)
        assert len((await till.book())["payments"]) == 1
        await till.get_token()
        assert (await till.told(how, path, {"schedule_at": AT + 9 * DAY_S}))["http"] == 400

    serve(work)


def test_failed_and_tried_again() -> None:
    async def work(till: Till) -> None:
        await till.keep(card_number=magic("11", 61))
        await book_them(till, item(1))
        assert (await till.told("POST", f"{PATH}/S1/retry"))["http"] == 400
        assert (await till.told("POST", f"{PATH}/S9/retry"))["http"] == 404
        done = await till.control({"execute": "S1"}, CONTROL)
        (row,) = done.json()["executed"]
        assert (row["status"], row["payment_status"]) == ("executed", "failed")
        assert "[CC61]" in row["fail_reason"]
        retried = await till.told("POST", f"{PATH}/S1/retry")
        assert (retried["code"], retried["response"]["status"]) == (0, "failed")
        await till.keep()  # another card under the same customer_uid
        retried = await till.told("POST", f"{PATH}/S1/retry")
        assert retried["response"]["status"] == "paid"
        assert (await states(till))["S1"] == ("executed", "paid")
        assert (await till.told("POST", f"{PATH}/S1/retry"))["http"] == 400
        assert [p["status"] for p in await till.find_all("S1")] == ["paid", "failed", "failed"]

    serve(work)


def test_failed_and_booked_again() -> None:
    async def work(till: Till) -> None:
        await till.keep(card_number=magic("11", 61))
        await book_them(till, item(1))
        await till.control({"execute_until": AT + DAY_S}, CONTROL)
        path = f"{PATH}/S1/reschedule"
        moved = (await till.told("POST", path, {"schedule_at": AT + 2 * DAY_S}))["response"]
        assert (moved["schedule_status"], moved["payment_status"]) == ("scheduled", None)
        assert moved["fail_reason"] is None

    serve(work)


def test_paid_in_the_meantime_it_fails() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        await book_them(till, item(1))
        await till.paid(merchant_uid="S1")
        await till.control({"execute": "S1"}, CONTROL)
        one = (await till.told("GET", f"{PATH}/S1"))["response"]
        assert (one["payment_status"], one["imp_uid"]) == ("failed", None)
        assert len(await till.find_all("S1")) == 1

    serve(work)


def test_without_a_card_it_fails() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        await book_them(till, item(1), item(2))
        await till.paid(merchant_uid="S2")
        await till.told("DELETE", "/subscribe/customers/cust-1")
        await till.control({"execute_until": AT + 9 * DAY_S}, CONTROL)
        assert set((await states(till)).values()) == {("executed", "failed")}
        assert len((await till.book())["payments"]) == 1

    serve(work)


@pytest.mark.parametrize(
    "body", [{"execute": "S9"}, {"execute_until": "x"}, {"now": 1}, {"unauthorized_next": -1}]
)
def test_control_out_of_form(body: Json) -> None:
    async def work(till: Till) -> None:
        await till.keep()
        await book_them(till, item(1))
        status = (await till.control(body, CONTROL)).status_code
        assert status == (404 if "execute" in body else 400)
        assert await states(till) == {"S1": ("scheduled", "")}

    serve(work)


async def listed(till: Till, path: str) -> list[str]:
    answer = await till.told("GET", path)
    assert answer["code"] == 0, answer
    return [row["merchant_uid"] for row in answer["response"]]


def test_lists() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        await till.keep("cust-2")
        await book_them(till, item(2), item(1))
        await book_them(till, item(3), customer_uid="cust-2")
        await till.told("POST", UNDO, {"merchant_uid": ["S2"]})
        one, three = AT + DAY_S, AT + 3 * DAY_S
        window = f"{PATH}?schedule_from={one}&schedule_to={three}"
        assert await listed(till, window) == ["S1", "S2"]
        assert await listed(till, f"{window}&schedule_status=scheduled") == ["S1"]
        assert await listed(till, f"{window}&sorting=-scheduled") == ["S2", "S1"]
        assert await listed(till, f"{window}&limit=1&page=2") == ["S2"]
        assert await listed(till, f"{PATH}?schedule_from={one}&schedule_to={three + 1}") == [
            "S1", "S2", "S3",
        ]  # fmt: skip
        for path in (f"{PATH}/customers/cust-1", "/subscribe/customers/cust-1/schedules"):
            mine = f"{path}?from={one}&to={three}"
            assert await listed(till, mine) == ["S1", "S2"]
            assert await listed(till, f"{mine}&schedule-status=revoked") == ["S2"]
            assert (await till.told("GET", path))["http"] == 400
        assert (await till.told("GET", PATH))["http"] == 400

    serve(work)


@pytest.mark.parametrize(
    "query",
    [f"schedule_from={AT}&schedule_to={AT + 93 * DAY_S}", f"schedule_from={AT}&schedule_to=1",
     "page=2", "limit=0", "limit=1001", "sorting=x", "schedule_status=done"],
)  # fmt: skip
def test_a_list_asked_out_of_form(query: str) -> None:
    async def work(till: Till) -> None:
        window = f"schedule_from={AT}&schedule_to={AT + DAY_S}&"
        path = f"{PATH}?{'' if 'from' in query else window}{query}"
        answer = await till.told("GET", path)
        assert (answer["http"], answer["message"].startswith(query.partition("=")[0])) == (
            400,
            True,
        )

    serve(work)


def test_lists_in_pages() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        await book_them(till, item(1), item(2))
        path = f"{PATH}?schedule_from={AT}&schedule_to={AT + 9 * DAY_S}&limit=1"
        answer = (await till.told("GET", path))["response"]
        assert (answer["total"], answer["previous"], answer["next"]) == (2, 0, 2)

    serve(work, switches={"portone_schedule_list": "paged"})


def test_strict_reaches_the_items() -> None:
    async def work(till: Till) -> None:
        await till.keep()
        answer = await book_them(till, item(1, merchantUid="S1"))
        assert (answer["http"], answer["message"].startswith("merchantUid: ")) == (400, True)
        trap = await till.told("POST", UNDO, {"customer_uid": "cust-1", "merchant_uid[]": ["S1"]})
        assert trap["http"] == 400
        assert (await book_them(till, item(1)))["code"] == 0

    serve(work, switches={"portone_strict": True})
