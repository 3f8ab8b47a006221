"""Magic and the fault plan on PortOne's side: what is answered, and what really happened."""

from __future__ import annotations

import httpx
import pytest

from tests.contract.practice.portone.till import (
    CANCEL,
    ONETIME,
    PAIR,
    Json,
    Till,
    magic,
    sale,
    serve,
)


async def outcome(till: Till, **changes: object) -> tuple[str, int]:
    """Return what a sale's answer looks like, and how many won were charged."""
    try:
        answer = await till.ask("POST", ONETIME, sale(**changes))
        said = f"{answer.status_code} {'{' if answer.text[:1] == '{' else 'page'}"
    except httpx.TransportError as error:
        said = type(error).__name__
    return said, (await till.book())["totals"]["approved"]


ANSWERS = [
    (3, ("200 {", 54999)), (4, ("200 {", 55001)), (7, ("ReadError", 55000)),
    (8, ("ReadError", 0)), (9, ("RemoteProtocolError", 55000)),
    (10, ("RemoteProtocolError", 55000)), (11, ("502 page", 55000)), (12, ("502 page", 0)),
    (36, ("500 {", 55000)), (37, ("500 {", 0)), (39, ("401 {", 0)),
]  # fmt: skip


@pytest.mark.parametrize(("number", "expected"), ANSWERS)
@pytest.mark.parametrize("by", ["card", "word"])
def test_what_is_said_and_what_is_done(number: int, expected: tuple[str, int], by: str) -> None:
    changes: Json = {"card_number": magic("90", number)} if by == "card" else {
        "name": f"PRACTICE DO {number:02d}"}  # fmt: skip
    assert serve(lambda till: outcome(till, **changes)) == expected


EDITED = [
    (3, "amount", 54999), (5, "merchant_uid", "ANOTHERORDER0001"), (6, "imp_uid", None),
    (19, "card_quota", 36), (21, "imp_uid", "imp'; --"), (22, "amount", "1,000"),
    (23, "card_number", magic("90", 23)), (32, "currency", "USD"), (38, "status", "in_review"),
    (40, "channel", "kiosk"), (41, "sandbox", False),
]  # fmt: skip


@pytest.mark.parametrize(("number", "name", "value"), EDITED)
def test_answers_that_are_not_true(number: int, name: str, value: object) -> None:
    async def work(till: Till) -> None:
        response = (await till.sell(card_number=magic("90", number)))["response"]
        assert response.get(name) == value
        (row,) = (await till.book())["payments"]
        assert (row["order_no"], row["status"]) == ("A1", "paid")
        assert "0000400000" not in str(row)

    serve(work)


@pytest.mark.parametrize(("number", "code"), [(33, 0), (34, 1), (35, -1)])
@pytest.mark.parametrize("switch", ["failed", "1", "-1"])
def test_shapes_of_a_decline(number: int, code: int, switch: str) -> None:
    async def work(till: Till) -> None:
        answer = await till.sell(card_number=magic("90", number))
        assert (answer["http"], answer["code"]) == (200, code)
        assert (answer["response"] is None) == (code != 0)
        assert (await till.book())["totals"]["approved"] == 0

    serve(work, switches={"portone_decline": switch})


@pytest.mark.parametrize("switch", ["failed", "1", "-1"])
def test_charged_and_answered_otherwise(switch: str) -> None:
    async def work(till: Till) -> None:
        answer = await till.sell(card_number=magic("21", 72))
        assert (answer["code"], answer["response"]) == (1, None)
        assert "[CC72]" in answer["message"]
        assert [row["status"] for row in await till.find_all("A1")] == ["paid"]

    serve(work, switches={"portone_decline": switch})


def test_magic_can_be_turned_off() -> None:
    async def work(till: Till) -> None:
        for number, card in enumerate((magic("11", 61), magic("90", 7), magic("30", 8178))):
            uid = (await till.paid(merchant_uid=f"A{number}", card_number=card))["imp_uid"]
            assert (await till.cancel(uid))["code"] == 0

    serve(work, switches={"magic": False})


def test_a_request_that_is_refused_anyway_is_spared() -> None:
    async def work(till: Till) -> None:
        assert (await till.sell(card_number=magic("90", 7), expiry="2807"))["http"] == 400
        till.token = "old"
        assert (await till.sell(card_number=magic("90", 7)))["http"] == 401

    serve(work)


@pytest.mark.parametrize(
    ("number", "lost", "balance"),
    [(17, True, 0), (18, True, 55000), (26, False, 0), (27, False, 0)],
)
def test_the_first_cancel(number: int, *, lost: bool, balance: int) -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid(card_number=magic("90", number)))["imp_uid"]
        if lost:
            with pytest.raises(httpx.TransportError):
                await till.cancel(uid)
        else:
            answer = (await till.cancel(uid))["response"]
            assert (answer["imp_uid"], answer["cancel_amount"]) != (uid, 55000)
        assert (await till.book())["payments"][0]["balance"] == balance
        assert (await till.cancel(uid))["code"] == (0 if balance else 1)

    serve(work)


def test_look_ups_that_name_another_number() -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid(card_number=magic("90", 25)))["imp_uid"]
        (row,) = await till.find_all("A1")
        assert (row["imp_uid"], row["merchant_uid"]) == (uid, "ANOTHER0001")

    serve(work)


def test_charged_after_the_client_has_given_up() -> None:
    async def work(till: Till) -> None:
        with pytest.raises(httpx.TransportError):
            await till.sell(card_number=magic("90", 2))
        while not (rows := await till.find_all("A1")):
            pass  # a test that never finds it is killed
        assert [row["status"] for row in rows] == ["paid"]
        assert (await till.sell())["code"] == 1

    serve(work, switches={"slow_s": 0.2})


@pytest.mark.parametrize("on", ["charge", "portone.onetime", "any"])
def test_rules_by_kind_and_by_name(on: str) -> None:
    async def work(till: Till) -> None:
        if on == "any":
            with pytest.raises(httpx.TransportError):
                await till.http.post("/users/getToken", json=PAIR)
        else:
            await till.http.post("/users/getToken", json=PAIR)
            assert await outcome(till) == ("RemoteProtocolError", 0)
        assert await outcome(till) == ("200 {", 55000)

    async def start(till: Till) -> None:
        await till.control({"faults": [{"on": on, "nth": 1, "do": "close"}]})
        await work(till)

    serve(start)


@pytest.mark.parametrize(("on", "path"), [("inquiry", "/payments/findAll/A1"),
                                          ("inquiry", "/payments/imp_000000000000"),
                                          ("portone.status", "/payments/status/paid"),
                                          ("portone.channels", "/users/pg")])  # fmt: skip
def test_rules_for_look_ups(on: str, path: str) -> None:
    async def work(till: Till) -> None:
        await till.control({"faults": [{"on": on, "times": 1, "do": "http", "status": 503}]})
        assert (await till.ask("GET", path)).status_code == 503
        assert (await till.ask("GET", path)).status_code != 503

    serve(work)


def test_a_rule_for_one_payment() -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid())["imp_uid"]
        await till.paid(merchant_uid="A2")
        rules = [{"on": "cancel", "order_no": "A1", "amount": 5000, "do": "http", "status": 500,
                  "done": True, "times": 1}]  # fmt: skip
        await till.control({"faults": rules})
        other = await till.told("POST", CANCEL, {"merchant_uid": "A2", "amount": 5000})
        assert other["code"] == 0
        assert (await till.cancel(uid, amount=4000))["code"] == 0
        answer = await till.ask("POST", CANCEL, {"imp_uid": uid, "amount": 5000})
        assert answer.status_code == 500
        assert [row["balance"] for row in (await till.book())["payments"]] == [46000, 50000]

    serve(work)


@pytest.mark.parametrize("on", ["portone", "portone.x", "portone.schedule item", "onetime"])
def test_a_rule_for_nothing(on: str) -> None:
    async def work(till: Till) -> None:
        answer = await till.control({"faults": [{"on": on, "do": "close"}]})
        assert (answer.status_code, "portone.onetime" in answer.text) == (400, True)

    serve(work)


@pytest.mark.parametrize(
    ("kind", "has"),
    [("duplicate_keys", b'{"code":9999,"code":0,'), ("bool_amount", b'"amount":true}}'),
     ("nan", b'"amount":NaN}}'), ("float_amount", b'"amount":55000.0}}'),
     ("truncated", b'"promotion":null'), ("array", b'[{"code":0,')],
)  # fmt: skip
def test_spoiled_bodies(kind: str, has: bytes) -> None:
    async def work(till: Till) -> None:
        rule = {"on": "charge", "do": "body", "kind": kind, "done": True}
        await till.control({"faults": [rule]})
        answer = await till.ask("POST", ONETIME, sale())
        assert has in answer.content
        assert (await till.book())["totals"]["approved"] == 55000

    serve(work)


def test_edits_reach_the_response_and_the_envelope() -> None:
    async def work(till: Till) -> None:
        await till.paid()
        edit = {"do": "edit", "set": {"status": "failed", "code": 7}, "remove": ["imp_uid"]}
        await till.control({"faults": [{"on": "inquiry", **edit}]})
        answer = await till.told("GET", "/payments/findAll/A1")
        assert (answer["code"], answer["response"]["total"]) == (7, 1)
        (row,) = answer["response"]["list"]
        assert (row["status"], row["merchant_uid"]) == ("failed", "A1")
        assert not {"imp_uid", "code"} & set(row)

    serve(work)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/subscribe/payments/onetime", 405), ("POST", "/users/pg", 405),
     ("GET", "/payments/cancel", 404), ("GET", "/payments/findAll/", 404),
     ("GET", "/payments/findAll/A/paid/x", 404), ("DELETE", "/users/getToken", 405),
     ("GET", "/subscribe/payments/nothing", 404)],
)  # fmt: skip
def test_addresses_that_are_none(method: str, path: str, status: int) -> None:
    assert serve(lambda till: till.ask(method, path)).status_code == status
