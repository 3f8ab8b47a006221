"""What an answer to a charge is worth (rule R5, fault matrix rows 27 to 56)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.answers import (
    Advice,
    Approved,
    ChargeAnswer,
    Declined,
    Mismatched,
    NoAnswer,
    NotSent,
)
from pos_app.gateways.exchange import Broken, Exchange, Response
from pos_app.gateways.kcp.answers import find_tno
from pos_app.gateways.kcp.approval import read_charge
from pos_app.gateways.vendor_text import clean
from tests.unit.gateways import build


def read(exchange: Exchange) -> ChargeAnswer:
    return read_charge(exchange, build.charge(), build.SITE, build.NOW)


def edited(fields: Mapping[str, object] | None = None, status: int = 200) -> ChargeAnswer:
    """Read an approval with fields changed; None removes one."""
    merged = {**build.APPROVAL, **(fields or {})}
    return read(build.said({k: v for k, v in merged.items() if v is not None}, status))


def test_an_approval_tells_everything_a_slip_needs() -> None:
    answer = edited()
    assert isinstance(answer, Approved)
    approval = answer.approval
    assert approval.gateway_ref == build.TNO
    assert approval.approval_no == "30112245"
    assert approval.approved_at == dt.datetime(2026, 11, 21, 3, 0, 5, tzinfo=dt.UTC)
    assert (approval.issuer_code, approval.issuer) == ("CCKM", "KB국민카드")
    assert (approval.acquirer, approval.merchant_no) == ("KB국민카드", "00914421187")
    assert approval.card_masked == "941011******0073"
    assert (approval.corporate, approval.check_card) == (False, True)
    assert (approval.interest_free, approval.partial_cancel) == (False, True)
    assert approval.warning == ""


def test_an_approval_with_nothing_but_the_promised_fields_is_one() -> None:
    bare = {"res_cd": "0000", "res_msg": "", "tno": build.TNO, "amount": "55000"}
    answer = read(build.said(bare))
    assert isinstance(answer, Approved)
    assert answer.approval.approved_at == build.NOW
    assert answer.approval.corporate is None


@pytest.mark.parametrize(
    ("fields", "differs"),
    [
        ({"amount": "54999", "card_mny": "54999"}, "amount"),
        ({"amount": "55001", "card_mny": "55001"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"card_mny": "50000"}, "card_mny"),
        ({"site_cd": "ZZ999"}, "site_cd"),
        ({"currency": "840"}, "currency"),
    ],
)
def test_approved_with_something_else_than_asked_for(
    fields: dict[str, object], differs: str
) -> None:
    answer = edited(fields)
    assert isinstance(answer, Mismatched)
    assert (answer.gateway_ref, answer.field) == (build.TNO, differs)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"order_no": "2026112101OTHER00000000000"}, "wrong_order"),
        ({"ordr_idxx": "2026112101OTHER00000000000"}, "wrong_order"),
        ({"order_no": "2026112101OTHER00000000000", "amount": "54999"}, "wrong_order"),
        ({"order_no": None, "amount": "54999", "card_mny": "54999"}, "amount_differs"),
        ({"order_no": None, "site_cd": "ZZ999"}, "malformed"),
    ],
)
def test_what_may_be_about_another_order_is_looked_up_before_its_number_is_used(
    fields: dict[str, object], why: str
) -> None:
    assert edited(fields) == NoAnswer(why, build.TNO)


@pytest.mark.parametrize(
    "fields",
    [
        {"res_cd": "0000 "},
        {"res_cd": "00000"},
        {"res_cd": 0},
        {"res_cd": "0"},
        {"res_cd": True},
        {"res_cd": None},
        {"res_cd": ["0000"]},
        {"res_cd": "OOOO"},
        {"res_cd": "００００"},
        {"tno": None},
        {"tno": ""},
        {"tno": 26112114320731},
        {"tno": "2611211432073"},
        {"tno": "26112114320731' OR 1=1"},
        {"tno": "２６１１２１１４３２０７３１"},
        {"tno": "26112114320731\n"},
        {"amount": None},
        {"amount": 55000},
        {"amount": 55000.0},
        {"amount": True},
        {"amount": "55,000"},
        {"amount": " 55000"},
        {"amount": "55000 "},
        {"amount": "５５０００"},
        {"amount": "-55000"},
        {"amount": "5.5e4"},
        {"amount": "55000.0"},
        {"amount": "0055000000000000"},
        {"card_mny": 55000},
        {"card_mny": "x"},
        {"order_no": 12},
        {"currency": 410},
        {"site_cd": {}},
    ],
)
def test_whatever_is_odd_in_a_field_that_matters_is_unknown(fields: dict[str, object]) -> None:
    assert isinstance(edited(fields), NoAnswer)


@pytest.mark.parametrize("code", ["CC61", "0902", "8022"])
def test_a_refusal_that_carries_an_approval_is_unknown(code: str) -> None:
    """Two faults at once made one of an approval: its code was gone, and another one put in."""
    answer = edited({"res_cd": code})
    assert isinstance(answer, NoAnswer)
    assert (answer.why, answer.candidate_ref) == ("contradiction", build.TNO)


def test_an_odd_amount_still_leads_to_a_candidate() -> None:
    answer = edited({"amount": 55000})
    assert answer == NoAnswer("amount_malformed", build.TNO, None)


@pytest.mark.parametrize("status", [201, 202, 204, 301, 307, 400, 401, 404, 500, 502, 503])
def test_an_approval_under_another_status_is_a_candidate(status: int) -> None:
    assert edited(status=status) == NoAnswer(f"http.{status}", build.TNO, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"card_name": 5, "acqu_name": None, "app_no": [], "app_time": "soon", "noinf": True},
        {"card_bin_type_01": 1, "card_bin_type_02": "9", "partcanc_yn": None},
        {"card_no": 9410110000000073, "bizx_numb": {}, "new_field": [[["x"]]]},
        {"order_no": "", "currency": "", "site_cd": None, "card_mny": None},
    ],
)
def test_odd_fields_that_do_not_matter_are_passed_over(fields: dict[str, object]) -> None:
    assert isinstance(edited(fields), Approved)


@pytest.mark.parametrize(
    "shown",
    ["9410110000000073", "941011000000 0073", "9410-1100-****-0073", "94101100****0073"],
)
def test_the_card_number_is_masked_again_whatever_comes(shown: str) -> None:
    answer = edited({"card_no": shown})
    assert isinstance(answer, Approved)
    assert answer.approval.card_masked == "941011******0073"


def test_other_months_are_a_warning_not_a_mismatch() -> None:
    answer = edited({"quota": "12"})
    assert isinstance(answer, Approved)
    assert answer.approval.warning == "quota.12"


def test_hostile_texts_become_plain_and_short() -> None:
    message = "<img src=x>\u202e\x1b[31m\x00\u2028" + "가" * 1_000_000
    answer = edited({"res_cd": "CC61", "res_msg": message[:60_000], "tno": None, "app_no": None})
    assert isinstance(answer, Declined)
    shown = answer.refusal.raw_message
    assert len(shown) <= 200
    assert shown.isprintable()
    assert clean("a\ud800b\u200b\u2066c", 10) == "a b c"


def test_a_refusal_brings_its_meaning_and_advice() -> None:
    answer = read(build.said({"res_cd": "CC61", "res_msg": "한도초과"}))
    assert isinstance(answer, Declined)
    refusal = answer.refusal
    assert (refusal.code, refusal.raw_message) == ("CC61", "한도초과")
    assert (refusal.meaning_ko, refusal.advice) == ("거래금액 한도 초과", Advice.SMALLER_AMOUNT)


@pytest.mark.parametrize("status", [200, 201, 400, 402, 422, 500, 503])
def test_a_listed_refusal_is_one_under_any_error_status(status: int) -> None:
    refused = {"res_cd": "CC61", "res_msg": "한도초과"}
    assert isinstance(read(build.said(refused, status)), Declined)


@pytest.mark.parametrize("status", [100, 204, 302, 307])
def test_a_refusal_under_a_status_that_makes_no_sense_is_unknown(status: int) -> None:
    refused = {"res_cd": "CC61", "res_msg": "한도초과"}
    assert isinstance(read(build.said(refused, status)), NoAnswer)


@pytest.mark.parametrize("code", ["8128", "8041", "CC72", "9047", "9048", "8132", "S032", "ZZ99"])
def test_an_open_code_keeps_the_vendors_words(code: str) -> None:
    answer = read(build.said({"res_cd": code, "res_msg": "확인"}))
    assert isinstance(answer, NoAnswer)
    assert answer.why == f"code.{code}"
    assert answer.refusal is not None
    assert answer.refusal.raw_message == "확인"


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, b"", "not_json"),
        (200, b"<html>", "not_json"),
        (200, b"[]", "not_json"),
        (200, b"{}", "malformed"),
        (502, b"<html>Bad Gateway</html>", "http.502"),
        (307, b"", "redirect.307"),
        (429, b"slow down", "http.429"),
    ],
)
def test_what_is_no_answer_of_kcp(status: int, body: bytes, why: str) -> None:
    assert read(Response(status, (), body)) == NoAnswer(why)


def test_a_broken_exchange_is_unknown_only_if_something_left() -> None:
    assert read(Broken(left_us=False, why="dns")) == NotSent("dns")
    partial = b'{"res_cd":"0000","tno" : "26112114320731","amo'
    assert read(Broken(True, "reset", partial)) == NoAnswer("reset", build.TNO)


def test_a_candidate_is_whole_and_alone() -> None:
    assert find_tno(b'"tno":"26112114320731') is None
    assert find_tno(b'"tno":"261121143207311"') is None
    assert find_tno(b'"org_tno":"26112114320731"') is None
    assert find_tno(b'"tno":"26112114320731" "tno":"26112114320732"') is None
    assert find_tno(b'"tno":"26112114320731" "tno":"26112114320731"') == build.TNO


_scalars = st.none() | st.booleans() | st.integers(-99, 10**6) | st.floats() | st.text(max_size=20)
_APPROVING = ("res_cd", "tno", "amount", "card_mny", "order_no", "site_cd", "currency")


@given(st.sampled_from(_APPROVING), _scalars)
def test_no_other_value_of_a_checked_field_approves(field: str, value: object) -> None:
    if value in {build.APPROVAL[field], None, ""}:
        return
    if field == "tno" and isinstance(value, str) and len(value) == 14 and value.isdecimal():
        return
    body = json.dumps({**build.APPROVAL, field: value}).encode()
    assert not isinstance(read(Response(200, (), body)), Approved)


_WHOLE = json.dumps(build.APPROVAL, ensure_ascii=False).encode()


@given(st.integers(0, len(_WHOLE) - 1))
def test_no_cut_answer_approves(length: int) -> None:
    assert isinstance(read(Response(200, (), _WHOLE[:length])), NoAnswer)


@given(st.lists(st.tuples(st.integers(0, len(_WHOLE) - 1), st.integers(0, 255)), max_size=4))
def test_mutated_bytes_never_approve_another_amount_order_or_payment(
    changes: list[tuple[int, int]],
) -> None:
    body = bytearray(_WHOLE)
    for at, byte in changes:
        body[at] = byte
    answer = read(Response(200, (), bytes(body)))
    if isinstance(answer, Approved):
        fields = json.loads(body)
        assert fields["res_cd"] == "0000"
        assert fields["tno"] == answer.approval.gateway_ref
        assert fields["amount"] == "55000"
        assert fields.get("card_mny", "55000") in {"55000", "055000", ""}
        assert fields.get("order_no", build.ORDER_NO) in {build.ORDER_NO, ""}


@given(st.binary(max_size=400), st.integers(100, 599))
def test_any_bytes_make_an_answer_and_never_an_approval(body: bytes, status: int) -> None:
    assert isinstance(read(Response(status, (), body)), NoAnswer | Declined)
