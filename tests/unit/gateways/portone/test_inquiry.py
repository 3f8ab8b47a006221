"""What the PortOne client believes of records and lists (portone.md 2.4, 3.3)."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.answers import Absent, CannotTell, Found, FoundState, LookUpAnswer
from pos_app.domain.money import Won
from pos_app.gateways.exchange import Broken, Exchange, Response
from pos_app.gateways.portone.answers import Fields
from pos_app.gateways.portone.inquiry import judge_all, read_payment
from tests.unit.gateways.portone import build

SETTINGS = build.settings()


def by_ref(exchange: Exchange) -> LookUpAnswer:
    return read_payment(exchange, build.look_up(), SETTINGS, build.NOW)


def by_order(*records: dict[str, object], held: str | None = None) -> LookUpAnswer:
    rows = [Fields(record) for record in records]
    request = dataclasses.replace(build.look_up(None), held_ref=held)
    return judge_all(rows, request, SETTINGS, build.NOW)


PAID = build.payment(imp_uid="imps_111111")
FAILED = build.failed("[CC61] 한도초과", imp_uid="imps_222222")
CANCELLED = build.payment(imp_uid="imps_333333", status="cancelled", cancel_amount=build.AMOUNT)
PARTLY = build.payment(imp_uid="imps_444444", status="cancelled", cancel_amount=5_000)
READY = build.payment(imp_uid="imps_555555", status="ready", paid_at=0)
UNKNOWN = build.payment(imp_uid="imps_666666", status="held")


@pytest.mark.parametrize(
    ("fields", "state", "balance"),
    [
        ({}, FoundState.APPROVED, 55_000),
        ({"cancel_amount": 5_000}, FoundState.PARTLY_CANCELLED, 50_000),
        (
            {"cancel_amount": 5_000, "status": "cancelled"},
            FoundState.PARTLY_CANCELLED,
            50_000,
        ),
        ({"cancel_amount": 55_000}, FoundState.CANCELLED, 0),
        ({"cancel_amount": 55_000, "status": "cancelled"}, FoundState.CANCELLED, 0),
        ({"status": "ready"}, FoundState.PENDING, 0),
    ],
)
def test_the_amounts_say_what_is_left(
    fields: dict[str, object], state: FoundState, balance: int
) -> None:
    found = by_ref(build.said(build.payment(**fields)))
    assert isinstance(found, Found)
    assert (found.state, found.balance) == (state, Won(balance))
    assert (found.amount, found.approval.gateway_ref) == (Won(build.AMOUNT), build.IMP_UID)
    assert found.refusal is None


def test_a_failed_payment_says_why() -> None:
    found = by_order(FAILED)
    assert isinstance(found, Found)
    assert found.refusal is not None
    assert (found.refusal.code, found.refusal.meaning_ko) == ("CC61", "거래금액 한도 초과")


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"merchant_uid": "other"}, CannotTell("wrong_order", final=True)),
        ({"merchant_uid": None}, CannotTell("wrong_order", final=True)),
        ({"imp_uid": "imps_999999999999"}, CannotTell("wrong_ref")),
        ({"imp_uid": None}, CannotTell("wrong_ref")),
        ({"currency": "USD"}, CannotTell("wrong_currency", final=True)),
        ({"amount": "55000"}, CannotTell("malformed")),
        ({"cancel_amount": 55_001}, CannotTell("malformed")),
        ({"status": "cancelled"}, CannotTell("contradiction")),
        ({"status": "failed", "cancel_amount": 1}, CannotTell("contradiction")),
        ({"status": "held"}, CannotTell("state.held")),
        ({"status": None}, CannotTell("malformed")),
    ],
)
def test_what_is_not_clearly_ours_is_not_believed(
    fields: dict[str, object], answer: CannotTell
) -> None:
    assert by_ref(build.said(build.payment(**fields))) == answer


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        (build.NOT_FOUND, Absent()),
        (Response(404, (), b"<html>"), CannotTell("http.404")),
        (build.said(None, status=404), CannotTell("http.404")),
        (build.refused("x", code=1), CannotTell("code.1")),
        (build.refused("x", status=403), CannotTell("http.403")),
        (build.refused("x", status=500), CannotTell("http.500")),
        (build.said(build.PAYMENT, status=207), CannotTell("http.207")),
        (build.NO_TOKEN, CannotTell("token_refused")),
        (build.said(None), CannotTell("malformed")),
        (build.said([build.PAYMENT]), CannotTell("malformed")),
        (Broken(left_us=True, why="timeout"), CannotTell("timeout")),
        (Broken(left_us=False, why="dns"), CannotTell("dns")),
    ],
)
def test_only_portones_own_404_is_absent(exchange: Exchange, answer: LookUpAnswer) -> None:
    assert by_ref(exchange) == answer


def state_of(answer: LookUpAnswer) -> FoundState:
    assert isinstance(answer, Found), answer
    return answer.state


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ((PAID, FAILED), FoundState.APPROVED),
        ((PAID, READY), FoundState.APPROVED),
        ((PAID, CANCELLED), FoundState.APPROVED),
        ((PAID, UNKNOWN), FoundState.APPROVED),
        ((PARTLY, CANCELLED, FAILED), FoundState.PARTLY_CANCELLED),
        ((READY, FAILED), FoundState.PENDING),
        ((CANCELLED, FAILED), FoundState.CANCELLED),
        ((FAILED, FAILED), FoundState.FAILED),
    ],
)
def test_one_that_is_paid_counts_before_all_others_in_any_order(
    records: tuple[dict[str, object], ...], state: FoundState
) -> None:
    for order in itertools.permutations(records):
        assert state_of(by_order(*order)) is state


def test_of_two_that_hold_money_one_is_kept_and_the_other_told() -> None:
    assert state_of(by_order(PAID, PAID)) is FoundState.APPROVED
    for order in itertools.permutations((PAID, PARTLY, FAILED)):
        answer = by_order(*order)
        assert isinstance(answer, Found)
        told = [answer.approval.gateway_ref, *(other.gateway_ref for other in answer.others)]
        assert told == sorted({str(PAID["imp_uid"]), str(PARTLY["imp_uid"])})


def test_of_two_that_hold_money_the_one_we_have_is_kept() -> None:
    held = str(PARTLY["imp_uid"])
    answer = by_order(PAID, PARTLY, held=held)
    assert isinstance(answer, Found)
    assert (answer.approval.gateway_ref, [one.gateway_ref for one in answer.others]) == (
        held,
        [PAID["imp_uid"]],
    )
    assert [one.balance for one in answer.others] == [Won(55_000)]


def test_the_right_amount_is_kept_before_the_first_number() -> None:
    wrong = build.payment(imp_uid="imps_000000000001", amount=54_000)
    answer = by_order(wrong, PAID)
    assert isinstance(answer, Found)
    assert answer.approval.gateway_ref == PAID["imp_uid"]
    assert [one.gateway_ref for one in answer.others] == ["imps_000000000001"]


def test_a_record_of_another_order_spoils_the_list() -> None:
    other = build.payment(imp_uid="imps_777777", merchant_uid="other")
    assert by_order(PAID, other) == CannotTell("wrong_order", final=True)


def test_what_cannot_be_read_is_no_decline() -> None:
    assert by_order(FAILED, UNKNOWN) == CannotTell("state.held")
    assert by_order() == Absent()


@given(st.lists(st.sampled_from([PAID, FAILED, CANCELLED, PARTLY, READY, UNKNOWN]), max_size=6))
def test_nothing_charged_is_ever_told_as_declined_or_absent(
    records: list[dict[str, object]],
) -> None:
    answer = by_order(*records)
    live = {str(record["imp_uid"]) for record in records if record in (PAID, PARTLY)}
    if live:
        assert isinstance(answer, Found)
        told = [answer.approval.gateway_ref, *(other.gateway_ref for other in answer.others)]
        assert (set(told), len(told)) == (live, len(live))
        assert state_of(answer) in {FoundState.APPROVED, FoundState.PARTLY_CANCELLED}
    if answer == Absent():
        assert not records
    if isinstance(answer, Found) and answer.state is FoundState.FAILED:
        assert all(record is FAILED for record in records)
