"""What the PortOne client makes of every answer to a cancel (portone.md 3.2)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.answers import (
    CancelAnswer,
    Cancelled,
    CancelRefused,
    NoAnswer,
    NotSent,
    RefusalKind,
)
from pos_app.domain.money import Won
from pos_app.gateways.exchange import Broken, Exchange, Response
from pos_app.gateways.portone.cancelling import read_cancel
from tests.unit.gateways.portone import build

ROW = {
    "pg_tid": "26112114320732",
    "amount": 20_000,
    "cancelled_at": build.PAID_AT + 60,
    "reason": "고객 변심",
    "cancellation_id": "cancel-2",
}
OLDER = {**ROW, "cancelled_at": build.PAID_AT + 1, "cancellation_id": "cancel-1"}
DONE = build.payment(
    cancel_amount=20_000,
    cancelled_at=build.PAID_AT + 60,
    cancel_history=[ROW, OLDER],
)


def read(exchange: Exchange, amount: int = 20_000, before: int = build.AMOUNT) -> CancelAnswer:
    request = build.cancel(amount, before)
    return read_cancel(exchange, request, build.settings(), build.NOW)


@pytest.mark.parametrize("status", ["paid", "cancelled"])
def test_a_partial_cancel_is_done_when_the_amounts_say_so(status: str) -> None:
    answer = read(build.said({**DONE, "status": status}))
    at = dt.datetime.fromtimestamp(build.PAID_AT + 60, dt.UTC)
    assert answer == Cancelled(at, Won(35_000), "cancel-2")


def test_the_second_part_is_judged_by_the_balance_before_it() -> None:
    both = {**DONE, "cancel_amount": 30_000}
    assert isinstance(read(build.said(both), 10_000, 35_000), Cancelled)
    assert read(build.said(DONE), 10_000, 35_000) == NoAnswer("balance_differs", build.IMP_UID)


def test_a_full_cancel_without_particulars_is_done_now() -> None:
    bare = build.payment(status="cancelled", cancel_amount=build.AMOUNT, cancel_history=...)
    assert read(build.said(bare), build.AMOUNT) == Cancelled(build.NOW, Won(0), "")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"cancel_amount": 0}, "balance_differs"),
        ({"cancel_amount": 19_999}, "balance_differs"),
        ({"cancel_amount": 55_000}, "balance_differs"),
        ({"amount": 75_000}, "balance_differs"),
        ({"amount": None}, "amount_malformed"),
        ({"cancel_amount": "20000"}, "amount_malformed"),
        ({"cancel_amount": 55_001}, "amount_malformed"),
        ({"currency": "USD"}, "amount_malformed"),
        ({"imp_uid": "imps_999999999999"}, "wrong_ref"),
        ({"imp_uid": None}, "no_ref"),
        ({"merchant_uid": "other"}, "wrong_order"),
        ({"status": "failed"}, "state.failed"),
        ({"status": None}, "malformed"),
    ],
)
def test_done_with_anything_odd_is_unknown(fields: dict[str, object], why: str) -> None:
    answer = read(build.said({**DONE, **fields}))
    assert isinstance(answer, NoAnswer)
    assert answer.why == why


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[8178] 미정산 금액 부족", RefusalKind.LATER),
        ("[8134] 취소 불가", RefusalKind.FINAL),
        ("[8037] 부분취소 남은금액 불일치", RefusalKind.BALANCE),
        ("취소할 결제건이 존재하지 않습니다.", RefusalKind.FINAL),
        ("checksum이 일치하지 않습니다.", RefusalKind.BALANCE),
        ("취소 가능 금액을 확인하세요.", RefusalKind.BALANCE),
        ("[ZZ99] 알 수 없음", RefusalKind.FINAL),
        ("", RefusalKind.FINAL),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_refusal_is_one_and_says_what_comes_next(
    text: str, kind: RefusalKind, status: int
) -> None:
    answer = read(build.refused(text, code=1, status=status))
    assert isinstance(answer, CancelRefused)
    assert answer.kind is kind
    assert answer.refusal.raw_message == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[8133] 이미 취소된 거래", "code.8133"),
        ("[CCAB]", "code.CCAB"),
        ("[8041] 시간 초과", "code.8041"),
        ("이미 전액취소된 주문입니다.", "open_text"),
        ("already cancelled", "open_text"),
        ("통신 오류", "open_text"),
    ],
)
def test_already_done_or_under_way_is_for_a_look_up(text: str, why: str) -> None:
    answer = read(build.refused(text, code=1))
    assert isinstance(answer, NoAnswer)
    assert answer.why == why


@pytest.mark.parametrize(
    ("exchange", "why"),
    [
        (Broken(left_us=True, why="timeout"), "timeout"),
        (build.NO_TOKEN, "token_refused"),
        (build.refused("?", status=404), "http.404"),
        (build.refused("?", status=500), "http.500"),
        (Response(502, (), b"<html>"), "http.502"),
        (Response(200, (), b"{}"), "malformed"),
        (build.said(None), "malformed"),
    ],
)
def test_everything_else_is_unknown(exchange: Exchange, why: str) -> None:
    answer = read(exchange)
    assert isinstance(answer, NoAnswer)
    assert answer.why == why


def test_what_never_left_is_not_sent() -> None:
    assert read(Broken(left_us=False, why="refused")) == NotSent("refused")


@given(st.integers(0, 60_000), st.integers(1, 55_000))
def test_done_means_exactly_our_amount(gone: int, amount: int) -> None:
    answer = read(build.said({**DONE, "cancel_amount": gone}), amount)
    assert isinstance(answer, Cancelled) is (gone == amount)
