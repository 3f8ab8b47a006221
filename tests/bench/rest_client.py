"""iamport-rest-client 0.9.0 and our PortOne client, side by side at one practice gateway.

    python -m tests.bench.rest_client [--python INTERPRETER]

Prints two tables: requests for the work of a shop, counted on the wire, and what each client made
of the eight faults that were found in the old one (portone.md 5.11). The old client lives in an
environment of its own, made for the run; `--python` names an interpreter that has it already.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pos_app.domain.answers import Approved
from pos_app.domain.card import Card
from pos_app.domain.order import KST, OrderNo
from pos_app.domain.schedules import ScheduleSeen
from pos_app.practice.portone.desk import PRACTICE_KEY, PRACTICE_SECRET
from tests.bench.rest_client_old import OLD, OldClient, environment
from tests.contract.gateways.portone_till import CUSTOMER, Till
from tests.contract.gateways.shop import PLAIN_CARD, make_card

Json = dict[str, Any]
#: So long a client is watched that gets no answer; ours is told to wait half of it.
PATIENCE_S = 4.0
SALES = 10
ODD_ORDER = "A B/../C?x=1"
CORPORATE, SAID = "1208800767", "이니시스 빌링결제는 상품명이 필수입니다."
_CARD = {"card_number": PLAIN_CARD, "expiry": "2030-07"}
_HOLDER = {"birth": "900101", "pwd_2digit": "12"}
OldAct = Callable[[OldClient, list[OrderNo]], Awaitable[str]]
OurAct = Callable[[Till, list[OrderNo]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Scene:
    """One fault: what the gateway is told to do, and what each client is asked.

    Attributes:
        old: takes the old client, and the order numbers of what is scheduled.
        ours: takes a till with ours, and the same.
        schedules: how many charges are scheduled before.
    """

    what: str
    old: OldAct
    ours: OurAct
    faults: tuple[Json, ...] = ()
    switches: Json = field(default_factory=dict)
    schedules: int = 0


def _said(outcome: Json) -> str:
    """Return an outcome of the old client in a few words."""
    if "raised" in outcome:
        return f"{outcome['raised']}: {outcome['said']}"
    returned = outcome["returned"]
    status = returned.get("status") if isinstance(returned, dict) else None
    return f"returned as a success, status {status}" if status else f"returned {returned!r:.60}"


def _paying(amount: int, number: int = 0, **card: str) -> Json:
    """Return a charge in the old client's words."""
    return {"merchant_uid": f"old-{amount}-{number}", "amount": amount, **_CARD, **card}


def _charging(amount: int, **card: str) -> OldAct:
    async def act(client: OldClient, numbers: list[OrderNo]) -> str:
        return _said(await client.call("pay_onetime", **_paying(amount, 0, **card)))

    return act


def _approving(amount: int, make: Callable[[], Card] = make_card) -> OurAct:
    async def act(till: Till, numbers: list[OrderNo]) -> str:
        return _told(await till.approve(till.charge(amount), make()))

    return act


def _told(answer: object) -> str:
    """Return an answer of ours in a few words."""
    refusal = getattr(answer, "refusal", None)
    words = getattr(answer, "why", "") or (refusal and f"{refusal.code} {refusal.raw_message}")
    return f"{type(answer).__name__} {words or ''}".strip()


async def _old_day(client: OldClient, numbers: list[OrderNo]) -> str:
    return _said(await client.call("find_by_status", "paid"))


async def _our_day(till: Till, numbers: list[OrderNo]) -> str:
    answer = await till.approve()
    assert isinstance(answer, Approved)
    swept = await till.gateway.sweep(answer.approval.approved_at.astimezone(KST).date())
    return f"{len(swept)} payment listed" if isinstance(swept, tuple) else _told(swept)


async def _old_three(client: OldClient, numbers: list[OrderNo]) -> str:
    for number in range(3):
        await client.call("pay_onetime", **_paying(55_000, number, **_HOLDER))
    return "three charges"


async def _our_three(till: Till, numbers: list[OrderNo]) -> str:
    await till.gateway.warm_up()
    for _ in range(3):
        await till.approve()
    return "channels, three charges"


async def _old_silence(client: OldClient, numbers: list[OrderNo]) -> str:
    try:
        return await asyncio.wait_for(_charging(55_000, **_HOLDER)(client, numbers), PATIENCE_S)
    except TimeoutError:
        return f"still waiting after {PATIENCE_S:.0f} s, killed"


async def _old_odd(client: OldClient, numbers: list[OrderNo]) -> str:
    return _said(await client.call("find", merchant_uid=ODD_ORDER))


async def _our_odd(till: Till, numbers: list[OrderNo]) -> str:
    return _told(await till.look_up(till.charge(), None, order_no=ODD_ORDER))


async def _old_take_back(client: OldClient, numbers: list[OrderNo]) -> str:
    by_number = _said(await client.call("pay_unschedule", merchant_uid=numbers[:1]))
    by_customer = _said(await client.call("pay_unschedule", customer_uid=CUSTOMER))
    return f"by number: {by_number}; by customer: {by_customer}"


async def _our_take_back(till: Till, numbers: list[OrderNo]) -> str:
    return _told(await till.gateway.unschedule(CUSTOMER, numbers[0]))


async def _left(till: Till, numbers: list[OrderNo]) -> str:
    """Return what has become of the schedules that nobody wanted to take back."""
    seen = [await till.gateway.scheduled(number) for number in numbers]
    states = [one.state.value for one in seen if isinstance(one, ScheduleSeen)]
    return f"; the other one: {', '.join(states)}" if states else ""


SCENES = (
    Scene("a day's payments listed", _old_day, _our_day),
    Scene("a token for every call", _old_three, _our_three),
    Scene(
        "a gateway that never answers",
        _old_silence,
        _approving(55_000),
        ({"on": "charge", "do": "hang"},),
    ),
    Scene(f"order number `{ODD_ORDER}` looked up", _old_odd, _our_odd),
    Scene(
        "a 400 that says why",
        _charging(55_000, **_HOLDER),
        _approving(55_000),
        (
            {
                "on": "charge",
                "do": "reply",
                "res_cd": "-1",
                "res_msg": SAID,
                "http_status": 400,
                "done": False,
            },
        ),
    ),
    Scene(
        "a corporate card without password digits",
        _charging(55_000, birth=CORPORATE),
        _approving(55_000, lambda: make_card(holder=CORPORATE, password="")),
    ),
    Scene(
        "a decline as code 0 and `failed`",
        _charging(10_133, **_HOLDER),
        _approving(10_133),
        switches={"portone_decline": "failed"},
    ),
    Scene("one of two schedules taken back", _old_take_back, _our_take_back, schedules=2),
)


@dataclass(frozen=True, slots=True)
class Line:
    """What one client did: in words, and the requests that were seen on the wire."""

    said: str
    requests: tuple[str, ...]


async def played(scene: Scene, python: Path) -> tuple[Line, Line]:
    """Play a scene with the old client, then with ours, each at a gateway of its own."""
    lines: list[Line] = []
    for is_old in (True, False):
        async with _till(scene) as till:
            numbers = await till.scheduled(scene.schedules) if scene.schedules else []
            before = len(till.tap.sent)
            if is_old:
                async with _old(python, till) as client:
                    said = await scene.old(client, numbers)
            else:
                said = await scene.ours(till, numbers)
            requests = tuple(till.lines(before))
            lines.append(Line(said + await _left(till, numbers[1:]), requests))
    return lines[0], lines[1]


def _till(scene: Scene) -> Till:
    """Return a till at a gateway that is no stricter than PortOne is."""
    patience = {"timeout_s": PATIENCE_S / 2}
    return Till(patience, faults=scene.faults, strict=False, **scene.switches)


def _old(python: Path, till: Till) -> OldClient:
    return OldClient(python, till.tap.url, PRACTICE_KEY, PRACTICE_SECRET)


async def counted(python: Path) -> list[tuple[str, int, int]]:
    """Return requests for a shop's work, old and ours: what, counted on the wire."""
    async with Till() as till, _old(python, till) as client:
        old = [0]
        paid: Json = {}
        for number in range(SALES):
            paid = await client.call("pay_onetime", **_paying(55_000, number, **_HOLDER))
        old.append(len(till.tap.sent))
        await client.call("find", merchant_uid=f"old-55000-{SALES - 1}")
        old.append(len(till.tap.sent))
        await client.call("cancel", "reason", imp_uid=paid["returned"]["imp_uid"])
        old.append(len(till.tap.sent))
    async with Till() as till:
        ours = [0]
        for _ in range(SALES - 1):
            await till.approved(till.charge())
        request = till.charge()
        ref = await till.approved(request)
        ours.append(len(till.tap.sent))
        await till.look_up(request, None)
        ours.append(len(till.tap.sent))
        await till.cancel(request, ref, 50_000, partial=False)
        ours.append(len(till.tap.sent))
    names = (f"{SALES} sales from a cold start", "one look-up more", "one cancel more")
    steps = range(1, len(names) + 1)
    return [(names[at - 1], old[at] - old[at - 1], ours[at] - ours[at - 1]) for at in steps]


async def report(python: Path) -> str:
    """Return both tables as Markdown."""
    lines = [f"| requests on the wire | {OLD} | ours |", "| --- | --: | --: |"]
    lines += [f"| {what} | {old} | {ours} |" for what, old, ours in await counted(python)]
    lines += ["", "| fault | old: outcome | requests | ours: outcome | requests |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for scene in SCENES:
        cells = [scene.what]
        for line in await played(scene, python):
            cells += [line.said, ", ".join(line.requests) or "none"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the report; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, help=f"an interpreter that has {OLD}")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        python = given.python or environment(Path(folder) / "old")
        print(asyncio.run(report(python)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
