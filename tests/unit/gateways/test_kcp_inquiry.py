"""What an answer to an inquiry tells (kcp.md 3.3 and 4.6, fault matrix row 56)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from pos_app.domain.answers import Absent, CannotTell, Found, FoundState, LookUpAnswer
from pos_app.domain.money import ZERO, Won
from pos_app.domain.requests import LookUpRequest
from pos_app.gateways.exchange import Broken, Response
from pos_app.gateways.kcp.inquiry import read_inquiry
from tests.unit.gateways import build


def edited(
    fields: Mapping[str, object], request: LookUpRequest | None = None, status: int = 200
) -> LookUpAnswer:
    """Read an inquiry with fields changed; None removes one."""
    merged = {**build.INQUIRY, **fields}
    said = build.said({k: v for k, v in merged.items() if v is not None}, status)
    return read_inquiry(said, request or build.look_up(), build.SITE, build.NOW)


def test_an_untouched_payment() -> None:
    found = edited({})
    assert isinstance(found, Found)
    assert (found.state, found.amount, found.balance) == (
        FoundState.APPROVED,
        Won(55_000),
        Won(55_000),
    )
    assert found.approval.gateway_ref == build.TNO
    assert found.approval.approval_no == "30112245"
    assert found.approval.card_masked == "941011******0073"
    assert found.approval.warning == ""


@pytest.mark.parametrize(
    ("fields", "state", "balance"),
    [
        ({"rem_mny": None}, FoundState.APPROVED, 55_000),
        ({"rem_mny": "35000"}, FoundState.PARTLY_CANCELLED, 35_000),
        ({"stat_ca_cd": "STPC", "rem_mny": "35000"}, FoundState.PARTLY_CANCELLED, 35_000),
        (
            {"stat_ca_cd": "STPC", "rem_mny": "35000", "canc_card_yn": "Y"},
            FoundState.PARTLY_CANCELLED,
            35_000,
        ),
        ({"stat_ca_cd": "STPC", "rem_mny": "0"}, FoundState.CANCELLED, 0),
        ({"stat_ca_cd": "STSC", "rem_mny": "0"}, FoundState.CANCELLED, 0),
        ({"stat_ca_cd": "STSC", "rem_mny": None}, FoundState.CANCELLED, 0),
        ({"stat_ca_cd": None, "canc_card_yn": "Y", "rem_mny": "0"}, FoundState.CANCELLED, 0),
        ({"canc_card_yn": "Y", "rem_mny": "0"}, FoundState.CANCELLED, 0),
        ({"stat_ca_cd": "STIR"}, FoundState.PENDING, 55_000),
        ({"stat_ca_cd": "STAF", "rem_mny": None, "app_no": None}, FoundState.FAILED, 0),
    ],
)
def test_states_and_balances(fields: dict[str, object], state: FoundState, balance: int) -> None:
    found = edited(fields)
    assert isinstance(found, Found)
    assert (found.state, found.balance) == (state, Won(balance))


@pytest.mark.parametrize(
    "fields",
    [
        {"stat_ca_cd": "STSC"},
        {"stat_ca_cd": "STSR", "rem_mny": "0"},
        {"stat_ca_cd": "STSR", "canc_card_yn": "Y"},
        {"stat_ca_cd": "STPC", "rem_mny": None},
        {"stat_ca_cd": "XXXX"},
        {"stat_ca_cd": 1},
        {"stat_ca_cd": None},
        {"stat_ca_cd": "STVF"},
        {"rem_mny": "55001"},
        {"rem_mny": 55000},
        {"rem_mny": "-1"},
        {"amount": None},
        {"amount": 55000},
        {"amount": "55,000"},
        {"tno": None},
        {"tno": "1"},
        {"tno": "26112114320732"},
        {"res_cd": "0000 "},
        {"res_cd": 0},
    ],
)
def test_what_contradicts_itself_or_is_odd_tells_nothing_yet(fields: dict[str, object]) -> None:
    answer = edited(fields)
    assert isinstance(answer, CannotTell)
    assert not answer.final


@pytest.mark.parametrize(
    "fields", [{"order_no": "2026112101OTHER"}, {"site_cd": "ZZ999"}, {"order_no": 5}]
)
def test_another_orders_payment_is_not_believed_for_good(fields: dict[str, object]) -> None:
    assert edited(fields) == CannotTell("wrong_order", final=True)


def test_another_amount_is_told_as_it_is() -> None:
    found = edited({"amount": "55001", "rem_mny": "55001"})
    assert isinstance(found, Found)
    assert found.amount == Won(55_001)


def test_without_an_order_number_amount_and_day_must_be_ours() -> None:
    assert isinstance(edited({"order_no": None}), Found)
    late = {"order_no": None, "app_time": "20261122000010"}
    assert isinstance(edited(late), Found)
    for fields in (
        {"amount": "54000", "rem_mny": "54000"},
        {"app_time": "20261119120000"},
        {"app_time": None},
    ):
        assert isinstance(edited({"order_no": None, **fields}), CannotTell)


def test_asked_by_order_the_answer_must_name_order_and_a_real_number() -> None:
    by_order = build.look_up(tno=None)
    assert isinstance(edited({}, by_order), Found)
    assert edited({"tno": "20261121000000"}, by_order) == CannotTell("no_ref")
    assert isinstance(edited({"order_no": None}, by_order), CannotTell)
    assert edited({"order_no": "OTHER"}, by_order) == CannotTell("wrong_order", final=True)


def test_the_time_of_the_cancel() -> None:
    fields = {"stat_ca_cd": "STSC", "rem_mny": "0", "can_time": "20261121130000"}
    found = edited(fields)
    assert isinstance(found, Found)
    assert found.cancelled_at == dt.datetime(2026, 11, 21, 4, 0, tzinfo=dt.UTC)
    assert found.balance == ZERO


def refused(code: str, status: int = 200) -> LookUpAnswer:
    said = build.said({"res_cd": code, "res_msg": "x"}, status)
    return read_inquiry(said, build.look_up(), build.SITE, build.NOW)


@pytest.mark.parametrize("code", ["8132", "8061", "CCA1", "5530", "8585"])
def test_not_found(code: str) -> None:
    assert refused(code) == Absent()


def test_no_right_to_inquire_is_final() -> None:
    assert refused("S032") == CannotTell("no_right", final=True)
    assert refused("S032", 401) == CannotTell("no_right", final=True)


@pytest.mark.parametrize(
    ("code", "final"),
    [("8041", False), ("ZZ99", False), ("8387", False), ("8002", True), ("0902", True)],
)
def test_other_refusals_tell_nothing(code: str, final: bool) -> None:
    assert refused(code) == CannotTell(f"code.{code}", final=final)


def test_lost_and_broken_answers_tell_nothing() -> None:
    request = build.look_up()
    for exchange in (Broken(False, "dns"), Broken(True, "timeout"), Response(200, (), b"<html>")):
        answer = read_inquiry(exchange, request, build.SITE, build.NOW)
        assert isinstance(answer, CannotTell)
        assert not answer.final
    assert edited({}, status=302) == CannotTell("http.302")
