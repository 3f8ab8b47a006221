"""Rows 12-26: what breaks during and after the sending of a charge, at both gateways."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import trustme

from pos_app.gateways.portone.client import PortOneGateway
from pos_app.services.settle import LOOK_UP_WAITS_S
from tests.faults.fronts import over_tls, twisted
from tests.faults.rows import row
from tests.faults.struck import (
    BOTH,
    NOT_BY_ORDER,
    PATIENT,
    REF_FIELD,
    S,
    Struck,
    on_charge,
    sale_under,
    sell_through,
)
from tests.faults.terminals import run, terminal
from tests.unit.gateways.raw import RawServer, Visit

#: A short deadline for what never answers in time.
SHORT: dict[str, object] = {"timeout_s": 1.0}


def found_by_look_up(struck: Struck) -> None:
    """The answer left it open, a look-up settled it."""
    assert struck.states == (S.UNKNOWN, S.APPROVED)
    assert struck.kinds.index("no_answer") < struck.kinds.index("approved")
    assert struck.last.gateway_ref


def absent_in_the_end(struck: Struck) -> None:
    """The answer left it open; only after the settle time it counts as not charged."""
    assert struck.states == (S.UNKNOWN, S.NOT_CHARGED)
    assert struck.last.look_ups > 1


def left_to_a_person(struck: Struck) -> None:
    """Nobody can be asked: a person is called, and nothing is assumed."""
    assert struck.states == (S.UNKNOWN, S.UNKNOWN)
    assert struck.last.person_needed


@row(12, *BOTH)
def test_row_012_reset_while_the_body_is_written(vendor: str, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, on_charge("reset_unread"), requests=0)
    absent_in_the_end(struck)
    assert struck.first.why == "reset"


@row(12, *BOTH)
def test_row_012_reset_before_a_byte_left(vendor: str, tmp_path: Path) -> None:
    """The connection stands, and is cut in the handshake, before anything of ours."""

    async def cut(visit: Visit) -> None:
        visit.reset()

    async def story() -> None:
        async with (
            over_tls(vendor, tmp_path, trustme.CA()) as (till, way, _),
            RawServer(cut) as server,
        ):
            way.port = server.port
            struck = await sell_through(till, requests=0)
            assert struck.states == (S.NOT_SENT, S.NOT_SENT)
            assert server.visits

    run(story())


@row(13, *BOTH)
@pytest.mark.parametrize("done", [True, False])
def test_row_013_closed_without_a_word(vendor: str, done: bool, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, on_charge("close", done=done))
    assert struck.first.why == "closed_early"
    (found_by_look_up if done else absent_in_the_end)(struck)


@row(13, "kcp")
@pytest.mark.parametrize("done", [True, False])
def test_row_013_closed_and_nobody_to_ask(vendor: str, done: bool, tmp_path: Path) -> None:
    left = 50_000 if done else 0
    struck = sale_under(
        vendor, tmp_path, on_charge("close", done=done), settings=NOT_BY_ORDER, waiting=1
    )
    left_to_a_person(struck)
    assert struck.last.balance.amount == 50_000
    assert struck.held == left


@row(14, *BOTH)
@pytest.mark.parametrize("done", [True, False])
def test_row_014_never_answered(vendor: str, done: bool, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, on_charge("hang", done=done), settings=SHORT)
    assert struck.first.why == "timeout"
    (found_by_look_up if done else absent_in_the_end)(struck)


@row(15, *BOTH)
def test_row_015_byte_by_byte(vendor: str, tmp_path: Path) -> None:
    """Bytes keep coming, and the deadline holds all the same."""
    struck = sale_under(vendor, tmp_path, on_charge("drip", bytes_per_s=20), settings=SHORT)
    assert struck.first.why == "timeout"
    found_by_look_up(struck)


@row(16, *BOTH)
@pytest.mark.parametrize("do", ["cut", "reset_mid"])
def test_row_016_broken_off_behind_the_number(vendor: str, do: str, tmp_path: Path) -> None:
    """Also at a KCP that cannot be asked by order number: the candidate is all there is."""
    settings = NOT_BY_ORDER if vendor == "kcp" else {}
    fault = on_charge(do, after_field=REF_FIELD[vendor])
    struck = sale_under(vendor, tmp_path, fault, settings=settings)
    found_by_look_up(struck)
    assert struck.first.candidate_ref == struck.last.gateway_ref
    assert struck.first.gateway_ref is None


@row(17, *BOTH)
def test_row_017_broken_off_before_the_number(vendor: str, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, on_charge("cut", before_field=REF_FIELD[vendor]))
    found_by_look_up(struck)
    assert struck.first.candidate_ref is None


@row(17, "kcp")
def test_row_017_broken_off_and_nobody_to_ask(vendor: str, tmp_path: Path) -> None:
    fault = on_charge("cut", before_field="tno")
    left_to_a_person(sale_under(vendor, tmp_path, fault, settings=NOT_BY_ORDER, waiting=1))


@row(18, *BOTH)
def test_row_018_answered_after_the_deadline(vendor: str, tmp_path: Path) -> None:
    """The late answer is sent to nobody: the line is closed, and the look-up decides alone."""

    async def story() -> None:
        late = asyncio.Event()

        async def answer_late(visit: Visit, answer: bytes) -> None:
            await visit.until_gone()
            await visit.send(answer)
            late.set()

        async with twisted(vendor, tmp_path, answer_late, settings=SHORT) as till:
            struck = await sell_through(till)
            await late.wait()
            found_by_look_up(struck)
            assert struck.first.why == "timeout"
            assert (await till.ledger.get(struck.last.payment_id)) == struck.last

    run(story())


@row(19, *BOTH)
@pytest.mark.parametrize("status", [307, 308])
def test_row_019_a_redirect(vendor: str, status: int, tmp_path: Path) -> None:
    async def take(visit: Visit) -> None:
        await visit.request()

    async def story() -> None:
        async with RawServer(take) as other:
            fault = on_charge("redirect", status=status, location=other.url)
            async with terminal(vendor, tmp_path, faults=[fault], settings=PATIENT) as till:
                struck = await sell_through(till)
                absent_in_the_end(struck)
                assert struck.first.why == f"redirect.{status}"
            assert other.visits == []

    run(story())


@row(20, *BOTH)
@pytest.mark.parametrize(
    ("status", "body"),
    [(500, "answer"), (500, "json"), (502, "html"), (503, "empty"), (503, "html"), (504, "json")],
)
def test_row_020_a_server_error_though_approved(
    vendor: str, status: int, body: str, tmp_path: Path
) -> None:
    fault = on_charge("http", status=status, body=body, done=True)
    struck = sale_under(vendor, tmp_path, fault)
    found_by_look_up(struck)
    if body == "answer":
        assert struck.first.candidate_ref == struck.last.gateway_ref


@row(21, *BOTH)
@pytest.mark.parametrize("done", [True, False])
def test_row_021_too_many_requests(vendor: str, done: bool, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, on_charge("http", status=429, body="json", done=done))
    (found_by_look_up if done else absent_in_the_end)(struck)


@row(22, "portone")
def test_row_022_a_spent_token_on_the_charge(vendor: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with terminal(vendor, tmp_path, settings=PATIENT) as till:
            gateway = till.shop.gateway
            assert isinstance(gateway, PortOneGateway)
            await gateway.warm_up()
            till.shop.server.portone_control({"forget_token": True})
            struck = await sell_through(till)
            absent_in_the_end(struck)
            assert struck.first.why == "token_refused"

    run(story())


@row(22, *BOTH)
@pytest.mark.parametrize("done", [True, False])
def test_row_022_unauthorized_on_the_charge(vendor: str, done: bool, tmp_path: Path) -> None:
    fault = on_charge("reply", res_cd="-1", http_status=401, done=done)
    struck = sale_under(vendor, tmp_path, fault)
    (found_by_look_up if done else absent_in_the_end)(struck)


@row(24, *BOTH)
def test_row_024_a_second_answer_nobody_asked_for(vendor: str, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, on_charge("pipelined_junk"))
    assert struck.states == (S.APPROVED, S.APPROVED)
    assert "9999" not in struck.said
    assert "20200101000001" not in struck.said


@row(25, *BOTH)
@pytest.mark.parametrize("count", [1, 3])
def test_row_025_continue_before_the_answer(vendor: str, count: int, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, on_charge("continue_100", count=count))
    assert struck.states == (S.APPROVED, S.APPROVED)
    assert struck.last.look_ups == 0


@row(26, *BOTH)
@pytest.mark.parametrize("do", ["reset", "close", "http"])
def test_row_026_twenty_look_ups_fail(vendor: str, do: str, tmp_path: Path) -> None:
    flaps: dict[str, object] = {"on": "inquiry", "times": 20, "do": do}

    async def story() -> None:
        async with terminal(
            vendor, tmp_path, faults=[on_charge("reset", done=True), flaps]
        ) as till:
            struck = await sell_through(till)
            found_by_look_up(struck)
            assert struck.last.look_ups == 20
            waits = [*LOOK_UP_WAITS_S, *[LOOK_UP_WAITS_S[-1]] * 14]
            assert till.bench.clock.slept == waits

    run(story())
