"""PortOne's model: what it complains of, what it refuses, and that its book is the truth."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import Any

import pytest

from tests.sim.models.habits import PLAIN, Habits
from tests.sim.models.portone import PortOneContract, PortOneModel
from tests.sim.models.portone_answers import TWISTS
from tests.sim.models.shop import PG, START, Keys
from tests.sim.wire import WireReply, WireRequest

ONETIME, AGAIN, CANCEL = (
    "/subscribe/payments/onetime",
    "/subscribe/payments/again",
    "/payments/cancel",
)
ORDER_NO = "20261121010000000000000001"
GOOD: dict[str, Any] = {
    "merchant_uid": ORDER_NO,
    "amount": 55_000,
    "card_number": "9410-1100-0000-0073",
    "expiry": "2030-12",
    "birth": "900101",
    "pwd_2digit": "12",
    "pg": PG,
    "name": "꽃바구니",
    "buyer_name": "홍길동",
    "buyer_tel": "010-1234-5678",
    "buyer_email": "hong@example.com",
    "card_quota": 3,
}


def model(habits: Habits = PLAIN, **contract: Any) -> PortOneModel:
    keys = Keys()
    agreed = PortOneContract(keys.imp_key, keys.imp_secret, PG, **contract)
    return PortOneModel(agreed, random.Random(5), habits)


class Caller:
    """Somebody with a token, who says anything."""

    def __init__(self, portone: PortOneModel) -> None:
        self.portone = portone
        self.now = START
        self.token = self.ask_token()["access_token"]

    def ask_token(self, **changes: Any) -> dict[str, Any]:
        keys = Keys()
        fields = {"imp_key": keys.imp_key, "imp_secret": keys.imp_secret, **changes}
        reply = self.raw("POST", "/users/getToken", fields, authorization=None)
        read: dict[str, Any] = json.loads(reply.body or b"{}").get("response") or {}
        return read

    def raw(
        self, method: str, path: str, fields: Any = None, authorization: str | None = ""
    ) -> WireReply:
        headers = {"Content-Type": "application/json"}
        if authorization is not None:
            headers["Authorization"] = authorization or f"Bearer {self.token}"
        body = b"" if fields is None else json.dumps(fields).encode()
        return self.portone.receive(
            WireRequest(method, "api.iamport.kr", path, headers, body), self.now
        )

    def post(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.raw("POST", path, fields).body)
        return read

    def get(self, path: str) -> dict[str, Any]:
        reply = self.raw("GET", path)
        return {**json.loads(reply.body), "status": reply.status}

    def charged(self, **changes: Any) -> dict[str, Any]:
        payment: dict[str, Any] = self.post(ONETIME, {**GOOD, **changes})["response"]
        return payment


def test_a_charge_is_in_the_book() -> None:
    caller = Caller(model())
    payment = caller.charged()
    (truth,) = caller.portone.of_order(ORDER_NO)
    assert caller.portone.complaints == []
    assert (payment["imp_uid"], payment["status"]) == (truth.gateway_ref, "paid")
    assert (payment["amount"], payment["cancel_amount"]) == (55_000, 0)
    assert caller.portone.charge_requests == {ORDER_NO: 1}


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("merchant_uid", "A" * 41, "merchant_uid"),
        ("merchant_uid", "주문", "merchant_uid"),
        ("amount", "55000", "amount is not a number"),
        ("amount", 999, "at least 1,000"),
        ("amount", 55000.5, "amount is not a number"),
        ("card_number", "9410 1100 0000 0073", "card_number"),
        ("expiry", "1230", "expiry"),
        ("birth", "19900101", "birth"),
        ("pwd_2digit", "123", "pwd_2digit"),
        ("pg", "kcp.OTHER", "default PG"),
        ("name", "꽃" * 41, "name has more"),
        ("name", 5, "name is no text"),
        ("buyer_name", "홍" * 17, "buyer_name"),
        ("buyer_tel", "0" * 17, "buyer_tel"),
        ("buyer_email", "a" * 65, "buyer_email"),
        ("card_quota", 1, "card_quota"),
        ("card_quota", "3", "card_quota"),
        ("tax_free", 55_001, "tax_free"),
        ("currency", "USD", "currency"),
        ("bypass", {"kcp": 1}, "bypass"),
        ("customer_uid", "c1", "would keep the card"),
        ("channel_key", "k", "channel_key is no field"),
        ("vat_amount", 5_000, "vat_amount is not for KCP"),
    ],
)
def test_what_no_paper_allows_is_written_down_and_not_charged(
    name: str, value: object, complaint: str
) -> None:
    caller = Caller(model())
    answer = caller.post(ONETIME, {**GOOD, name: value})
    assert any(complaint in line for line in caller.portone.complaints), caller.portone.complaints
    assert answer["code"] != 0
    assert caller.portone.charges == []


@pytest.mark.parametrize("name", ["merchant_uid", "amount", "card_number", "expiry", "pg"])
def test_a_field_left_out_is_missed(name: str) -> None:
    caller = Caller(model())
    caller.post(ONETIME, {key: value for key, value in GOOD.items() if key != name})
    assert any(name in line for line in caller.portone.complaints)


def test_months_below_fifty_thousand_are_a_complaint() -> None:
    caller = Caller(model())
    caller.post(ONETIME, {**GOOD, "amount": 49_000})
    assert any("months" in line for line in caller.portone.complaints)


def test_other_calls_hosts_and_parameters_are_complaints() -> None:
    for path in ("/payments/find/A", "/payments/findAll/", "/users/pg/x"):
        caller = Caller(model())
        caller.raw("GET", path)
        assert any("no call" in line for line in caller.portone.complaints), path
    for path in ("/payments/findAll/A?page=0", "/payments/findAll/A?size=3", "/payments/status/x"):
        caller = Caller(model())
        caller.raw("GET", path)
        assert caller.portone.complaints, path
    caller = Caller(model())
    caller.raw("GET", "/payments/prepare")
    assert any("never gave" in line for line in caller.portone.complaints)
    caller.raw("GET", "/users/pg", {"a": 1})
    assert any("with a body" in line for line in caller.portone.complaints)
    caller.portone.receive(WireRequest("GET", "spl.kcp.co.kr", "/users/pg", {}, b""), START)
    assert any("host" in line for line in caller.portone.complaints)


def test_complaints_never_repeat_a_card_or_a_key() -> None:
    caller = Caller(model())
    digits = "94101100000000735555"
    caller.post(ONETIME, {**GOOD, "card_number": digits, "expiry": "9999", "pwd_2digit": "777"})
    caller.ask_token(imp_secret="another secret")
    text = "".join(caller.portone.complaints)
    assert caller.portone.complaints
    assert not any(s in text for s in (digits, "9999", "777", "another secret", caller.token))


# -- tokens --------------------------------------------------------------------------------------


def test_a_token_is_the_same_while_it_lives_and_refused_afterwards() -> None:
    caller = Caller(model())
    caller.now += dt.timedelta(minutes=28)
    again = caller.ask_token()
    assert again["access_token"] == caller.token
    assert again["expired_at"] - again["now"] == 120
    caller.now += dt.timedelta(seconds=90)
    assert caller.ask_token()["expired_at"] == again["expired_at"] + 300
    caller.now += dt.timedelta(minutes=6)
    assert caller.raw("GET", "/users/pg").status == 401
    assert caller.ask_token()["access_token"] != caller.token
    assert caller.portone.complaints == []


def test_a_request_without_a_good_token_is_not_carried_out() -> None:
    caller = Caller(model())
    for authorization, complaint in ((None, "without"), ("Bearer ", "form"), ("Basic x", "form")):
        assert caller.raw("POST", ONETIME, GOOD, authorization).status == 401
        assert any(complaint in line for line in caller.portone.complaints)
    caller.portone.tokens.revoke()
    assert caller.raw("POST", ONETIME, GOOD).status == 401
    assert caller.portone.charges == []
    assert not caller.portone.charge_requests


def test_a_wrong_pair_gets_no_token() -> None:
    caller = Caller(model())
    assert caller.ask_token(imp_secret="another") == {}
    assert caller.ask_token(pg="kcp") != {}
    reply = caller.raw("POST", "/users/getToken", {"imp_key": "k"}, None)
    assert reply.status == 400
    assert len(caller.portone.complaints) == 3


# -- declines, repeats, misbehaviour ---------------------------------------------------------------


def test_a_decline_comes_in_both_ways_and_is_on_record() -> None:
    caller = Caller(model(Habits(decline=1.0)))
    answers = [caller.post(ONETIME, {**GOOD, "merchant_uid": f"N{n}"}) for n in range(40)]
    assert {answer["code"] == 0 for answer in answers} == {True, False}
    assert all(a["response"]["status"] == "failed" for a in answers if a["code"] == 0)
    records = caller.get("/payments/findAll/N0")["response"]["list"]
    assert [record["status"] for record in records] == ["failed"]
    assert caller.portone.charges == []


def test_a_failed_number_may_be_charged_and_has_both_records() -> None:
    caller = Caller(model(Habits(magic={55_000: "CC61"})))
    caller.post(ONETIME, GOOD)
    caller.portone.habits = PLAIN
    assert caller.charged()["status"] == "paid"
    records = caller.get(f"/payments/findAll/{ORDER_NO}")["response"]["list"]
    assert sorted(record["status"] for record in records) == ["failed", "paid"]


def test_a_paid_number_is_refused_or_charged_by_choice() -> None:
    caller = Caller(model())
    caller.charged()
    assert caller.post(ONETIME, GOOD)["code"] != 0
    caller.portone.habits = Habits(repeats="charge")
    caller.charged()
    assert len(caller.portone.of_order(ORDER_NO)) == 2


def test_doubts_reversals_and_other_amounts_are_true_in_the_book() -> None:
    for habits, balances in (
        (Habits(doubt_done=1.0), [55_000]),
        (Habits(doubt_undone=1.0), []),
        (Habits(reversed=1.0), [0]),
    ):
        caller = Caller(model(habits))
        assert caller.post(ONETIME, GOOD)["code"] != 0
        assert [truth.balance for truth in caller.portone.charges] == balances
    caller = Caller(model(Habits(other_amount=1.0)))
    assert caller.charged()["amount"] == caller.portone.charges[0].amount != 55_000


def test_a_twisted_answer_is_never_the_true_one() -> None:
    caller = Caller(model())
    caller.charged(merchant_uid="OTHER")
    caller.portone.habits = Habits(twisted=1.0)
    names = ("imp_uid", "merchant_uid", "status", "amount", "pg_id")
    for number in range(200):
        payment = caller.charged(merchant_uid=f"N{number}") or {}
        (truth,) = caller.portone.of_order(f"N{number}")
        told = tuple(payment.get(name) for name in names)
        assert told != (truth.gateway_ref, truth.order_no, "paid", truth.amount, "AB123")
        assert truth.balance == 55_000
    struck = {kind for kind in TWISTS if caller.portone.outcomes[f"twisted {kind}"]}
    assert struck == set(TWISTS)


def test_optional_fields_may_be_missing_or_null_and_required_ones_never() -> None:
    caller = Caller(model(Habits(optional_missing=0.5, extra_fields=0.5)))
    payments = [caller.charged(merchant_uid=f"N{n}") for n in range(40)]
    assert any("card_name" not in payment for payment in payments)
    assert any(payment.get("card_name", "") is None for payment in payments)
    assert any("x_notice_ko" in payment for payment in payments)
    assert {type(payment["amount"]) for payment in payments} == {int, float}
    assert all(payment["currency"] == "KRW" for payment in payments)


def test_a_card_on_file_is_charged_by_its_name() -> None:
    caller = Caller(model(billing_keys=frozenset({"c1"})))
    fields = {"customer_uid": "c1", "merchant_uid": ORDER_NO, "amount": 5_000, "name": "꽃"}
    assert caller.post(AGAIN, fields)["response"]["status"] == "paid"
    assert caller.post(AGAIN, {**fields, "customer_uid": "c2"})["code"] != 0
    assert caller.portone.complaints == []
    caller.post(AGAIN, {**fields, "card_number": "9410-1100-0000-0073"})
    assert any("card_number is no field" in line for line in caller.portone.complaints)


def test_a_card_is_kept_under_its_name_where_that_is_agreed() -> None:
    caller = Caller(model(keeps_cards=True))
    caller.charged(customer_uid="c1")
    fields = {"customer_uid": "c1", "merchant_uid": "N2", "amount": 5_000, "name": "꽃"}
    assert caller.post(AGAIN, fields)["response"]["customer_uid"] == "c1"
    assert caller.portone.complaints == []


# -- cancels -------------------------------------------------------------------------------------


def cancel_of(imp_uid: str, amount: int, checksum: int, **more: Any) -> dict[str, Any]:
    return {
        "imp_uid": imp_uid,
        "merchant_uid": ORDER_NO,
        "amount": amount,
        "checksum": checksum,
        "reason": "고객 요청",
        **more,
    }


def test_a_cancel_is_a_compare_and_set() -> None:
    caller = Caller(model())
    ref = caller.charged()["imp_uid"]
    part = caller.post(CANCEL, cancel_of(ref, 20_000, 55_000))["response"]
    assert (part["cancel_amount"], len(part["cancel_history"])) == (20_000, 1)
    assert part["status"] in {"paid", "cancelled"}
    assert caller.post(CANCEL, cancel_of(ref, 20_000, 55_000))["code"] != 0
    rest = caller.post(CANCEL, cancel_of(ref, 35_000, 35_000))["response"]
    assert (rest["status"], rest["cancel_amount"]) == ("cancelled", 55_000)
    assert "8133" in caller.post(CANCEL, cancel_of(ref, 1, 55_000))["message"]
    assert caller.portone.charges[0].balance == 0
    assert caller.portone.complaints == []


@pytest.mark.parametrize("status", ["paid", "cancelled"])
def test_after_a_partial_cancel_both_status_words_occur(status: str) -> None:
    caller = Caller(model(partial_status=status))
    ref = caller.charged()["imp_uid"]
    assert caller.post(CANCEL, cancel_of(ref, 1_000, 55_000))["response"]["status"] == status


def test_a_wrong_imp_uid_wins_over_a_right_order_number() -> None:
    caller = Caller(model())
    caller.charged()
    answer = caller.post(CANCEL, cancel_of("imps_999999999999", 55_000, 55_000))
    assert (answer["code"] != 0, caller.portone.charges[0].balance) == (True, 55_000)
    assert any("never gave" in line for line in caller.portone.complaints)


def test_an_order_number_alone_cancels_what_was_charged_under_it() -> None:
    caller = Caller(model())
    caller.charged()
    fields = cancel_of("", 55_000, 55_000)
    del fields["imp_uid"]
    assert caller.post(CANCEL, fields)["code"] == 0
    assert caller.post(CANCEL, {**fields, "merchant_uid": "NONE"})["code"] != 0
    assert caller.portone.complaints == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"amount": 0}, "0 would cancel everything"),
        ({"amount": "1000"}, "amount is not a number"),
        ({"checksum": None}, "checksum is missing"),
        ({"checksum": 900}, "more than the checksum"),
        ({"tax_free": 1_001}, "tax_free"),
        ({"imp_uid": "", "merchant_uid": ""}, "neither"),
        ({"reason": "요" * 257}, "reason has more"),
        ({"tno": "1"}, "tno is no field"),
    ],
)
def test_a_cancel_no_paper_allows_is_a_complaint(change: dict[str, Any], complaint: str) -> None:
    caller = Caller(model())
    ref = caller.charged()["imp_uid"]
    caller.post(CANCEL, {**cancel_of(ref, 1_000, 55_000), **change})
    assert any(complaint in line for line in caller.portone.complaints), caller.portone.complaints
    assert caller.portone.charges[0].balance == 55_000


def test_a_mixed_sale_is_cancelled_with_its_tax_free_part() -> None:
    caller = Caller(model())
    ref = caller.charged(tax_free=10_000)["imp_uid"]
    caller.post(CANCEL, cancel_of(ref, 1_000, 55_000, tax_free=100))
    assert caller.portone.complaints == []
    caller.post(CANCEL, cancel_of(ref, 1_000, 54_000))
    assert any("without tax_free" in line for line in caller.portone.complaints)


def test_the_admin_site_cancels_behind_the_shop() -> None:
    caller = Caller(model())
    ref = caller.charged()["imp_uid"]
    caller.portone.cancel_behind(ref, 5_000, START)
    assert caller.get(f"/payments/{ref}")["response"]["cancel_amount"] == 5_000
    assert caller.post(CANCEL, cancel_of(ref, 1_000, 55_000))["code"] != 0
    assert not caller.portone.charges[0].cancels[0].by_shop


def test_doubtful_and_refused_cancels_are_done_or_not() -> None:
    for habits, left in (
        (Habits(cancel_doubt_done=1.0), 0),
        (Habits(cancel_doubt_undone=1.0), 55_000),
        (Habits(cancel_refused=1.0), 55_000),
    ):
        caller = Caller(model(habits))
        ref = caller.charged()["imp_uid"]
        assert caller.post(CANCEL, cancel_of(ref, 55_000, 55_000))["code"] != 0
        assert caller.portone.charges[0].balance == left


# -- look-ups ------------------------------------------------------------------------------------


def test_nothing_is_a_404_and_a_late_one_comes_in_time() -> None:
    caller = Caller(model(Habits(lag=1.0)))
    ref = caller.charged()["imp_uid"]
    for path in (f"/payments/{ref}", f"/payments/findAll/{ORDER_NO}"):
        assert caller.get(path)["status"] == 404
    caller.now += dt.timedelta(seconds=121)
    assert caller.get(f"/payments/{ref}")["response"]["status"] == "paid"
    assert caller.get(f"/payments/findAll/{ORDER_NO}")["response"]["total"] == 1


def test_an_unfinished_payment_is_ready_for_a_while() -> None:
    caller = Caller(model(Habits(pending=1.0)))
    ref = caller.charged()["imp_uid"]
    assert caller.get(f"/payments/{ref}")["response"]["status"] == "ready"
    caller.now += dt.timedelta(seconds=121)
    assert caller.get(f"/payments/{ref}")["response"]["status"] == "paid"


def test_test_payments_are_hidden_without_the_parameter() -> None:
    caller = Caller(model(sandbox=True, lists_hide_sandbox=True))
    ref = caller.charged()["imp_uid"]
    assert caller.get(f"/payments/{ref}")["status"] == 404
    assert caller.get(f"/payments/{ref}?include_sandbox=true")["response"]["sandbox"] is True
    assert caller.get(f"/payments/findAll/{ORDER_NO}")["status"] == 404


def test_a_day_is_listed_in_pages() -> None:
    caller = Caller(model())
    first = int(START.timestamp())
    for number in range(45):
        caller.charged(merchant_uid=f"N{number}")
        caller.now += dt.timedelta(seconds=1)
    window = f"from={first}&to={first + 39}"
    seen: list[str] = []
    page = 1
    while page:
        path = f"/payments/status/paid?page={page}&limit=20&{window}&sorting=paid"
        answer = caller.get(path)["response"]
        seen += [record["merchant_uid"] for record in answer["list"]]
        assert (answer["total"], answer["previous"]) == (40, page - 1)
        page = answer["next"]
    assert seen == [f"N{number}" for number in range(40)]
    assert caller.get(f"/payments/status/paid?page=3&limit=20&{window}")["status"] == 400
    caller.get(f"/payments/status/paid?from={first}&to={first + 91 * 86_400}")
    assert any("90 days" in line for line in caller.portone.complaints)


def test_the_key_in_channel_is_listed() -> None:
    rows = Caller(model()).get("/users/pg")["response"]
    assert ("kcp", "AB123") in {(r["pg_provider"], r["pg_id"]) for r in rows if "api" in r["type"]}
