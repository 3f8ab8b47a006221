"""The token of portone.md 1.4: one per key, its life by the server's clock, 401 when it is bad."""

from __future__ import annotations

import pytest

from tests.contract.practice.portone.till import AT, ONETIME, PAIR, Json, Till, sale, serve


def test_the_same_token_as_long_as_it_lives() -> None:
    async def work(till: Till) -> None:
        first = await till.get_token()
        assert (first["now"], first["expired_at"]) == (AT, AT + 1800)
        till.clock.move(1740)
        again = await till.get_token()
        assert again == {**first, "now": AT + 1740}
        till.clock.move(1)  # 59 seconds left
        longer = await till.get_token()
        assert longer["access_token"] == first["access_token"]
        assert longer["expired_at"] == AT + 1800 + 300
        till.clock.move(359)
        fresh = await till.get_token()
        assert fresh["access_token"] != first["access_token"]
        assert fresh["expired_at"] == AT + 2100 + 1800
        assert await till.counts() == {"tokens made": 2, "tokens given": 5}

    serve(work)


@pytest.mark.parametrize("missing", ["imp_key", "imp_secret"])
@pytest.mark.parametrize("value", ["", None])
def test_a_missing_field(missing: str, value: str | None) -> None:
    async def work(till: Till) -> None:
        answer = await till.http.post("/users/getToken", json={**PAIR, missing: value})
        assert answer.status_code == 400
        assert answer.json()["message"] == "imp_key, imp_secret 파라메터가 누락되었습니다."

    serve(work)


@pytest.mark.parametrize("wrong", ["imp_key", "imp_secret"])
def test_a_wrong_pair(wrong: str) -> None:
    async def work(till: Till) -> None:
        answer = await till.http.post("/users/getToken", json={**PAIR, wrong: "other"})
        assert answer.status_code == 401
        assert answer.json() == {
            "code": -1,
            "message": "인증에 실패하였습니다. API키와 secret을 확인하세요.",
            "response": None,
        }

    serve(work)


def test_a_form_will_do() -> None:
    async def work(till: Till) -> None:
        answer = await till.http.post("/users/getToken", data=PAIR)
        assert answer.json()["response"]["access_token"] == till.token

    serve(work)


@pytest.mark.parametrize(
    ("form", "status"),
    [("Bearer {}", 200), ("{}", 200), ("bearer {}", 200), ("Basic {}", 401), ("Bearer x", 401),
     ("", 401)],
)  # fmt: skip
def test_forms_of_the_header(form: str, status: int) -> None:
    async def work(till: Till) -> None:
        headers = {"Authorization": form.format(till.token)}
        assert (await till.http.get("/users/pg", headers=headers)).status_code == status

    serve(work)


def test_a_token_ends_in_the_middle_of_a_run() -> None:
    async def work(till: Till) -> None:
        await till.paid()
        till.clock.move(1800)
        refused = await till.sell(merchant_uid="A2")
        assert (refused["http"], refused["code"], refused["response"]) == (401, -1, None)
        await till.get_token()
        await till.paid(merchant_uid="A2")
        assert [p["order_no"] for p in (await till.book())["payments"]] == ["A1", "A2"]

    serve(work)


def test_401_although_the_token_is_good() -> None:
    async def work(till: Till) -> None:
        await till.control({"unauthorized_next": 2}, "/control/portone")
        assert [(await till.sell())["http"] for _ in range(3)] == [401, 401, 200]
        assert (await till.book())["counters"]["charge_requests"] == {"A1": 3}

    serve(work)


@pytest.mark.parametrize(("body", "start"), [("html", b"<html>"), ("empty", b"")])
def test_401_without_an_envelope(body: str, start: bytes) -> None:
    async def work(till: Till) -> None:
        till.token = "old"
        answer = await till.ask("POST", ONETIME, sale())
        assert answer.status_code == 401
        assert answer.content.startswith(start)
        assert b"code" not in answer.content

    serve(work, switches={"portone_unauthorized_body": body})


@pytest.mark.parametrize(
    "rule",
    [{"do": "reply", "res_cd": "-1", "http_status": 401},
     {"do": "http", "status": 401, "body": "empty"}],
)  # fmt: skip
def test_401_by_the_fault_plan(rule: Json) -> None:
    async def work(till: Till) -> None:
        answers = [await till.ask("POST", ONETIME, sale()) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [401, 200]
        assert answers[1].json()["response"]["status"] == "paid"

    serve(work, faults=[{"on": "portone.onetime", "times": 1, **rule}])


def test_a_token_that_was_taken_back() -> None:
    async def work(till: Till) -> None:
        old = till.token
        await till.control({"forget_token": True}, "/control/portone")
        assert (await till.sell())["http"] == 401
        assert (await till.get_token())["access_token"] != old

    serve(work)


def test_the_servers_clock_is_not_the_clients() -> None:
    async def work(till: Till) -> None:
        token = await till.get_token()
        assert (token["now"], token["expired_at"]) == (AT - 7200, AT - 7200 + 1800)
        assert (await till.paid())["paid_at"] == AT - 7200

    serve(work, switches={"date_skew_s": -7200})
