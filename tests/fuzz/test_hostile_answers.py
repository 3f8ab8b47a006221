"""Twenty thousand hostile answers on each commit; `night.py` has the million."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest

from pos_app.gateways.exchange import Response
from tests.fuzz import oracle
from tests.fuzz.bases import BASES, CANCEL, CHARGE, LOOK_UP, Base
from tests.fuzz.mill import grind
from tests.fuzz.sockets import talk
from tests.helpers import figures
from tests.unit.gateways import build as kcp
from tests.unit.gateways.portone import build as portone

SEED, ANSWERS, PART = 20261128, 20_000, 2_500
TALKS, TALKS_PART = 96, 48
#: Each common kind of answer must come up, or the damage is so heavy that nothing is tried.
SEEN = {"charge Approved", "charge Declined", "charge NoAnswer"} | {
    "cancel Cancelled", "cancel CancelRefused", "look_up Found", "look_up Absent",
    "look_up_by_order Found", "look_up_by_order Absent",
}  # fmt: skip


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Let the clients log what they like about a hostile answer; nothing of it is shown."""
    caplog.set_level("CRITICAL")


@pytest.mark.parametrize("start", range(0, ANSWERS, PART))
def test_no_hostile_answer_is_believed(start: int) -> None:
    mill = grind(SEED, range(start, start + PART))
    assert not mill.findings, mill.findings[:5]
    assert set(mill.verdicts) >= SEEN, SEEN - set(mill.verdicts)
    figures.add("hostile answers", sum(mill.verdicts.values()))


def test_the_same_number_makes_the_same_answer_again() -> None:
    first, second = grind(SEED, range(200)), grind(SEED, range(200))
    assert first.verdicts == second.verdicts
    assert first.verdicts != grind(SEED + 1, range(200)).verdicts


@pytest.mark.parametrize("start", range(0, TALKS, TALKS_PART))
def test_every_hostile_talk_ends(start: int) -> None:
    talks = asyncio.run(talk(SEED, range(start, start + TALKS_PART)))
    assert not talks.findings, talks.findings[:5]
    assert sum(talks.ends.values()) == TALKS_PART
    assert _kinds(talks.ends) >= {"spoil"}
    figures.add("hostile answers over sockets", TALKS_PART)


def _kinds(ends: Counter[str]) -> set[str]:
    return {name.split()[0] for name in ends}


def _good(gateway: str, operation: str) -> list[Base]:
    return [one for one in BASES if (one.gateway, one.operation) == (gateway, operation)]


@pytest.mark.parametrize("gateway", ["kcp", "portone"])
def test_the_oracle_takes_the_good_and_knows_the_bad(gateway: str) -> None:
    """It would be blind if it took everything, and deaf if it took nothing."""
    of_kcp = gateway == "kcp"
    approved = oracle.kcp_may_be_approved if of_kcp else oracle.portone_may_be_approved
    cancelled = oracle.kcp_may_be_cancelled if of_kcp else oracle.portone_may_be_cancelled
    good = kcp.said(kcp.APPROVAL) if of_kcp else portone.said(portone.payment())
    assert approved(good)
    for bad in _lies(good):
        assert not approved(bad), bad
    bodies = [Response(200, (), one.as_bytes()) for one in _good(gateway, CANCEL)]
    assert any(map(cancelled, bodies))
    assert not all(map(cancelled, bodies))
    assert not any(map(approved, (Response(200, (), b"{}"), Response(200, (), b""))))
    assert {len(_good(gateway, operation)) > 1 for operation in (CHARGE, LOOK_UP)} == {True}


def _lies(good: Response) -> list[Response]:
    """Return the answer with one thing wrong each."""
    text = good.body.decode()
    made = [
        text.replace("55000", "54999"),
        text.replace("55000", "true").replace('"true"', "true"),
        text.replace(str(kcp.ORDER_NO), "2026112101K7QF3M2ZABCDEFGX"),
        text + text,
        "[" + text + "]",
        text.replace("{", '{"res_cd": "0000", "code": 0, ', 1),
        json.dumps(text),
    ]
    return [Response(200, (), one.encode()) for one in made] + [Response(502, (), good.body)]
