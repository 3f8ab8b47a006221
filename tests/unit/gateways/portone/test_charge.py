"""What the PortOne client makes of every answer to a charge (portone.md 3.1)."""

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
from pos_app.gateways.portone.answers import find_imp_uid
from pos_app.gateways.portone.approval import read_charge
from tests.unit.gateways.portone import build


def read(exchange: Exchange, **changes: object) -> ChargeAnswer:
    return read_charge(exchange, build.charge(), build.settings(**changes), build.NOW)


def edited(fields: Mapping[str, object] | None = None, *, http: int = 200) -> ChargeAnswer:
    return read(build.said(build.payment(**(fields or {})), status=http))


def test_an_approval_says_everything_the_slip_needs() -> None:
    answer = edited()
    assert isinstance(answer, Approved)
    approval = answer.approval
    assert (approval.gateway_ref, approval.approval_no) == (build.IMP_UID, "30112245")
    assert approval.approved_at == dt.datetime(2026, 11, 21, 3, 0, 5, tzinfo=dt.UTC)
    assert (approval.issuer_code, approval.issuer) == ("381", "KB국민카드")
    assert (approval.acquirer, approval.card_masked) == ("국민매입", "941011******0073")
    assert (approval.check_card, approval.corporate) == (True, None)
    assert (approval.sandbox, approval.warning) == (False, "")
    assert approval.receipt_url.startswith("https://admin8.kcp.co.kr/")


@pytest.mark.parametrize("text", ["55000", "55000.0", "55000.00", "5.5E4", "5.5e+4"])
def test_an_amount_may_be_written_in_several_ways_and_is_exact(text: str) -> None:
    body = json.dumps({"code": 0, "message": None, "response": build.PAYMENT})
    body = body.replace('"amount": 55000', f'"amount": {text}')
    assert isinstance(read(Response(200, (), body.encode())), Approved)


@pytest.mark.parametrize("text", ["54999.9999999999999", "55000.1", "55000.0000000000000001"])
def test_an_amount_is_never_rounded(text: str) -> None:
    body = json.dumps({"code": 0, "message": None, "response": build.PAYMENT})
    body = body.replace('"amount": 55000', f'"amount": {text}')
    assert read(Response(200, (), body.encode())) == NoAnswer("amount_malformed", build.IMP_UID)


@pytest.mark.parametrize(
    ("fields", "differs"),
    [
        ({"amount": 54_999}, "amount"),
        ({"amount": 55_001}, "amount"),
        ({"amount": 0}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"currency": "krw"}, "currency"),
    ],
)
def test_paid_with_something_else_than_asked_for(fields: dict[str, object], differs: str) -> None:
    answer = edited(fields)
    assert isinstance(answer, Mismatched)
    assert (answer.gateway_ref, answer.field) == (build.IMP_UID, differs)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"merchant_uid": "2026112101OTHER00000000000"}, "wrong_order"),
        ({"merchant_uid": build.ORDER_NO + " "}, "wrong_order"),
        ({"merchant_uid": "2026112101OTHER00000000000", "amount": 54_999}, "wrong_order"),
        ({"imp_uid": None}, "no_ref"),
        ({"imp_uid": ...}, "no_ref"),
        ({"imp_uid": ""}, "no_ref"),
        ({"imp_uid": 448280090638}, "no_ref"),
        ({"imp_uid": "imp_1\n"}, "no_ref"),
        ({"imp_uid": "imp_" + "1" * 29}, "no_ref"),
        ({"imp_uid": "imp_1' OR 1=1"}, "no_ref"),
        ({"amount": None}, "amount_malformed"),
        ({"amount": ...}, "amount_malformed"),
        ({"amount": "55000"}, "amount_malformed"),
        ({"amount": True}, "amount_malformed"),
        ({"amount": -55_000}, "amount_malformed"),
        ({"amount": 10**13}, "amount_malformed"),
        ({"amount": [55_000]}, "amount_malformed"),
        ({"cancel_amount": ...}, "amount_malformed"),
        ({"cancel_amount": 55_001}, "amount_malformed"),
        ({"cancel_amount": 1}, "contradiction"),
        ({"cancel_amount": 55_000}, "contradiction"),
        ({"merchant_uid": None}, "malformed"),
        ({"merchant_uid": 7}, "malformed"),
        ({"currency": None}, "malformed"),
        ({"status": None}, "malformed"),
        ({"status": ["paid"]}, "malformed"),
        ({"status": "ready"}, "state.ready"),
        ({"status": "cancelled"}, "state.cancelled"),
        ({"status": "PAID"}, "state.PAID"),
        ({"status": "partial_cancelled"}, "state.partial_cancelle"),
    ],
)
def test_whatever_is_odd_in_a_field_that_matters_is_unknown(
    fields: dict[str, object], why: str
) -> None:
    answer = edited(fields)
    assert isinstance(answer, NoAnswer)
    assert answer.why == why


def test_an_odd_answer_still_leads_to_a_candidate() -> None:
    assert edited({"amount": "x"}) == NoAnswer("amount_malformed", build.IMP_UID)


@pytest.mark.parametrize(
    "envelope",
    [
        {"code": "0", "response": build.PAYMENT},
        {"code": False, "response": build.PAYMENT},
        {"code": None, "response": build.PAYMENT},
        {"response": build.PAYMENT},
        {"code": 0, "response": None},
        {"code": 0},
        {"code": 0, "response": [build.PAYMENT]},
        {"code": 0, "response": "paid"},
        {"code": 1, "message": "?", "response": build.PAYMENT},
        build.PAYMENT,
    ],
)
def test_only_a_whole_envelope_of_code_0_approves(envelope: dict[str, object]) -> None:
    answer = read(Response(200, (), json.dumps(envelope).encode()))
    assert isinstance(answer, NoAnswer)


@pytest.mark.parametrize("status", [201, 202, 204, 207, 301, 307, 400, 403, 404, 429, 500, 503])
def test_an_approval_under_another_status_is_a_candidate(status: int) -> None:
    assert edited(http=status) == NoAnswer(f"http.{status}", build.IMP_UID)


def test_a_refused_token_leaves_the_charge_open_whatever_its_body() -> None:
    for body in (b"", b"<html>", build.NO_TOKEN.body, json.dumps(build.payment()).encode()):
        answer = read(Response(401, (), body))
        assert isinstance(answer, NoAnswer)
        assert answer.why == "token_refused"


@pytest.mark.parametrize(
    "fields",
    [
        {"card_name": 5, "apply_num": [], "paid_at": "soon", "card_type": "1", "sandbox": "no"},
        {"card_quota": "3", "receipt_url": {}, "pg_provider": None, "pg_id": 9, "card_type": 7},
        {"card_number": 9410110000000073, "cancel_history": None, "new_field": [[["x"]]]},
        {"sandbox": ..., "card_code": ..., "custom_data": "{", "promotion": {"a": 1.5}},
    ],
)
def test_odd_fields_that_do_not_matter_are_passed_over(fields: dict[str, object]) -> None:
    assert isinstance(edited(fields), Approved)


@pytest.mark.parametrize(
    ("fields", "settings", "warning", "sandbox"),
    [
        ({"sandbox": True}, {}, "sandbox", True),
        ({"sandbox": True}, {"environment": "staging"}, "", True),
        ({"pg_provider": "nice"}, {}, "other_pg.nice/AB123", False),
        ({"pg_id": "ZZ999"}, {}, "other_pg.kcp/ZZ999", False),
        ({"pg_id": "ZZ999"}, {"pg": "kcp"}, "", False),
        ({"card_quota": 12}, {}, "quota.12", False),
        ({"card_quota": 12, "sandbox": True}, {}, "sandbox", True),
    ],
)
def test_an_approval_the_clerk_must_look_at_is_marked(
    fields: dict[str, object], settings: dict[str, object], warning: str, sandbox: bool
) -> None:
    answer = read(build.said(build.payment(**fields)), **settings)
    assert isinstance(answer, Approved)
    assert (answer.approval.warning, answer.approval.sandbox) == (warning, sandbox)


def test_a_test_that_moved_real_money_is_undone() -> None:
    answer = read(build.said(build.payment(sandbox=False)), environment="staging")
    assert answer == Mismatched(build.IMP_UID, "sandbox", "true", "false")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://admin8.kcp.co.kr/assist/bill?tno=1", True),
        ("https://iamport.kr/r/1", True),
        ("https://receipt.portone.io/1", True),
        ("http://admin8.kcp.co.kr/", False),
        ("https://evil-kcp.co.kr/", False),
        ("https://kcp.co.kr.evil.example/", False),
        ("https://user@kcp.co.kr/", False),
        ("https://kcp.co.kr:444/", False),
        ("https://kcp.co.kr:x/", False),
        ("https://kcp.co.kr/#x", False),
        ("https://kcp.co.kr/ x", False),
        ("https://kcp.co.kr/\u202e", False),
        ("javascript:alert(1)", False),
        ("https://[", False),
        ("https://kcp.co.kr/" + "x" * 400, False),
    ],
)
def test_only_known_slip_pages_are_kept(url: str, kept: bool) -> None:
    answer = edited({"receipt_url": url})
    assert isinstance(answer, Approved)
    assert answer.approval.receipt_url == (url if kept else "")


@pytest.mark.parametrize(
    "exchange",
    [
        build.said(build.failed("카드정보 인증 실패 [CC61] 한도초과")),
        build.refused("결제승인에 실패하였습니다. [CC61]한도초과"),
        build.refused("결제승인에 실패하였습니다. [cc61]한도초과", code=1),
        build.refused("[CC61]한도초과", status=400),
    ],
)
def test_every_form_of_decline_brings_its_meaning_and_advice(exchange: Exchange) -> None:
    answer = read(exchange)
    assert isinstance(answer, Declined)
    refusal = answer.refusal
    assert (refusal.code, refusal.meaning_ko) == ("CC61", "거래금액 한도 초과")
    assert refusal.advice is Advice.SMALLER_AMOUNT
    assert "한도초과" in refusal.raw_message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("카드정보 인증에 실패하였습니다. [F113]거래거절 카드번호틀림", "F113"),
        ("비인증결제모듈 사용정보를 찾을 수 없습니다.", "-1"),
    ],
)
def test_a_refusal_without_a_code_of_kcp_is_a_decline_in_the_vendors_words(
    text: str, code: str
) -> None:
    answer = read(build.refused(text))
    assert isinstance(answer, Declined)
    assert (answer.refusal.code, answer.refusal.raw_message) == (code, text)
    assert answer.refusal.meaning_ko == ""


def test_codes_of_another_pg_are_not_read_as_kcps() -> None:
    answer = read(build.refused("[CC61]"), pg="nice.shop1")
    assert isinstance(answer, Declined)
    assert (answer.refusal.code, answer.refusal.meaning_ko) == ("CC61", "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[CC72] 카드사 응답 지연", "code.CC72"),
        ("[8041]", "code.8041"),
        ("[8128] 중복 거래", "code.8128"),
        ("[CC61] [8043]", "code.8043"),
        ("[0000] 정상", "code.0000"),
        ("이미 결제가 이루어진 거래건입니다.", "open_text"),
        ("[F113] 중복된 주문번호", "code.F113"),
        ("통신 오류가 발생하였습니다.", "open_text"),
        ("timeout", "open_text"),
    ],
)
@pytest.mark.parametrize("form", ["failed", "200", "400"])
def test_a_text_that_leaves_it_open_is_unknown_and_keeps_its_words(
    text: str, why: str, form: str
) -> None:
    exchange = build.said(build.failed(text))
    if form != "failed":
        exchange = build.refused(text, status=int(form))
    answer = read(exchange)
    assert isinstance(answer, NoAnswer)
    assert answer.why == why
    assert answer.refusal is not None
    assert answer.refusal.raw_message == text


@pytest.mark.parametrize("code", ["CC72", "8041", "8042", "8043", "8044"])
def test_a_time_out_on_the_way_to_the_card_company_is_open_at_every_pg(code: str) -> None:
    answer = read(build.refused(f"[{code}]"), pg="nice.shop1")
    assert isinstance(answer, NoAnswer)
    assert answer.why == f"code.{code}"


def test_a_failure_of_another_order_says_nothing_about_ours() -> None:
    answer = read(build.said(build.failed("[CC61]", merchant_uid="other")))
    assert isinstance(answer, NoAnswer)
    assert answer.why == "wrong_order"


@pytest.mark.parametrize("status", [202, 302, 402, 403, 404, 409, 429, 500, 503])
def test_a_refusal_under_any_other_status_is_unknown(status: int) -> None:
    answer = read(build.refused("[CC61]한도초과", status=status))
    assert isinstance(answer, NoAnswer)
    assert answer.why == f"http.{status}"


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, b"", "not_json"),
        (200, b"<html>", "not_json"),
        (200, b"[]", "not_json"),
        (200, b"{}", "malformed"),
        (400, b"{}", "http.400"),
        (400, b"<html>", "http.400"),
        (502, b"<html>Bad Gateway</html>", "http.502"),
        (307, b"", "redirect.307"),
        (429, b"slow down", "http.429"),
        (200, b'{"code":0,"code":1}', "not_json"),
        (200, b'{"code":0,"response":{"amount":NaN}}', "not_json"),
    ],
)
def test_what_is_no_answer_of_portone(status: int, body: bytes, why: str) -> None:
    assert read(Response(status, (), body)) == NoAnswer(why)


def test_a_broken_exchange_is_unknown_only_if_something_left() -> None:
    assert read(Broken(left_us=False, why="dns")) == NotSent("dns")
    partial = b'{"code":0,"response":{"imp_uid" : "imps_448280090638","amo'
    assert read(Broken(True, "reset", partial)) == NoAnswer("reset", build.IMP_UID)


def test_a_candidate_is_whole_and_alone() -> None:
    assert find_imp_uid(b'"imp_uid":"imp_448280090638') is None
    assert find_imp_uid(b'"old_imp_uid":"imp_448280090638"') is None
    assert find_imp_uid(b'"imp_uid":"imp_1"') is None
    assert find_imp_uid(b'"imp_uid":"imp_4482800906" "imp_uid":"imp_4482800907"') is None
    assert find_imp_uid(b'"imp_uid":"imp_4482800906" "imp_uid":"imp_4482800906"') is not None


def test_hostile_texts_become_plain_and_short() -> None:
    answer = read(build.refused("<img src=x>\u202e\x1b[31m\x00\u2028" + "가" * 3_000))
    assert isinstance(answer, Declined)
    assert len(answer.refusal.raw_message) <= 200
    assert answer.refusal.raw_message.isprintable()


_scalars = st.none() | st.booleans() | st.integers(-99, 10**6) | st.floats() | st.text(max_size=20)
_CHECKED = ("merchant_uid", "amount", "cancel_amount", "currency", "status")


@given(st.sampled_from(_CHECKED), _scalars)
def test_no_other_value_of_a_checked_field_approves(field: str, value: object) -> None:
    if value == build.PAYMENT[field] and not isinstance(value, bool):
        return
    assert not isinstance(edited({field: value}), Approved)


_WHOLE = build.said(build.PAYMENT).body


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
        envelope = json.loads(body)
        fields = envelope["response"]
        assert envelope["code"] == 0
        assert fields["imp_uid"] == answer.approval.gateway_ref
        assert (fields["amount"], fields["status"]) == (build.AMOUNT, "paid")
        assert (fields["merchant_uid"], fields["currency"]) == (build.ORDER_NO, "KRW")


@given(st.binary(max_size=400), st.integers(100, 599))
def test_any_bytes_make_an_answer_and_never_an_approval(body: bytes, status: int) -> None:
    assert not isinstance(read(Response(status, (), body)), Approved)
