"""What an answer to a cancel is worth (kcp.md 3.2, money-safety.md 7, rows 98 to 110)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

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
from pos_app.domain.money import ZERO, Won
from pos_app.domain.requests import CancelRequest
from pos_app.gateways.exchange import Broken, Exchange, Response
from pos_app.gateways.kcp.cancelling import read_cancel
from tests.unit.gateways import build


def read(exchange: Exchange, request: CancelRequest | None = None) -> CancelAnswer:
    return read_cancel(exchange, request or build.cancel(), build.NOW)


def edited(fields: Mapping[str, object], request: CancelRequest | None = None) -> CancelAnswer:
    """Read a partial cancel with fields changed; None removes one."""
    merged = {**build.CANCEL, **fields}
    return read(build.said({k: v for k, v in merged.items() if v is not None}), request)


def test_a_partial_cancel_that_fits_is_done() -> None:
    at = dt.datetime(2026, 11, 21, 3, 15, tzinfo=dt.UTC)
    assert edited({}) == Cancelled(at, Won(35_000), "26112112150001")


def test_either_spelling_of_serial_and_time_is_read() -> None:
    other = {
        "mod_pacn_seq_no": None,
        "mod_pcan_seq_no": "7",
        "canc_time": None,
        "can_time": "20261121121500",
    }
    answer = edited(other)
    assert isinstance(answer, Cancelled)
    assert (answer.serial, answer.cancelled_at.minute) == ("7", 15)


def test_missing_extras_do_not_matter() -> None:
    answer = edited({"mod_pacn_seq_no": None, "canc_time": None, "res_msg": None})
    assert answer == Cancelled(build.NOW, Won(35_000), "")


WHOLE = build.cancel(55_000, partial=False)


def test_a_full_cancel_needs_only_its_number() -> None:
    bare = build.said({"res_cd": "0000", "tno": build.TNO})
    assert read(bare, WHOLE) == Cancelled(build.NOW, ZERO, "")


@pytest.mark.parametrize(
    "fields",
    [
        {"tno": None},
        {"tno": "26112114320732"},
        {"tno": 26112114320731},
        {"mod_mny": None},
        {"mod_mny": "19999"},
        {"mod_mny": 20000},
        {"rem_mny": None},
        {"rem_mny": "55000"},
        {"rem_mny": "35001"},
        {"rem_mny": "-1"},
        {"order_no": "OTHER"},
        {"res_cd": "0000 "},
        {"res_cd": 0},
    ],
)
def test_done_with_something_else_is_unknown(fields: dict[str, object]) -> None:
    assert isinstance(edited(fields), NoAnswer)


@pytest.mark.parametrize("fields", [{"tno": "26112114320732"}, {"rem_mny": "1"}, {"rem_mny": "x"}])
def test_a_full_cancel_that_leaves_something_is_unknown(fields: dict[str, object]) -> None:
    said = {"res_cd": "0000", "tno": build.TNO, **fields}
    assert isinstance(read(build.said(said), WHOLE), NoAnswer)


@pytest.mark.parametrize("status", [201, 400, 500, 302])
def test_done_under_another_status_is_unknown(status: int) -> None:
    assert isinstance(read(build.said(build.CANCEL, status)), NoAnswer)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("8037", RefusalKind.BALANCE),
        ("CCA9", RefusalKind.BALANCE),
        ("8040", RefusalKind.BALANCE),
        ("8178", RefusalKind.LATER),
        ("8136", RefusalKind.LATER),
        ("8012", RefusalKind.FINAL),
        ("8141", RefusalKind.FINAL),
    ],
)
def test_refusals(code: str, kind: RefusalKind) -> None:
    answer = read(build.said({"res_cd": code, "res_msg": "거절"}))
    assert isinstance(answer, CancelRefused)
    assert (answer.kind, answer.refusal.code) == (kind, code)


@pytest.mark.parametrize("code", ["8133", "8023", "8387", "8388", "CCAB", "8041", "S032", "ZZ99"])
def test_already_done_in_progress_and_unlisted_are_looked_up(code: str) -> None:
    answer = read(build.said({"res_cd": code, "res_msg": "확인"}))
    assert isinstance(answer, NoAnswer)
    assert answer.why == f"code.{code}"


def test_a_broken_exchange() -> None:
    assert read(Broken(left_us=False, why="dns")) == NotSent("dns")
    assert read(Broken(left_us=True, why="timeout")) == NoAnswer("timeout")


@given(st.binary(max_size=300), st.integers(100, 599))
def test_any_bytes_are_never_a_done_cancel(body: bytes, status: int) -> None:
    assert not isinstance(read(Response(status, (), body)), Cancelled)
