"""Cards on file and scheduled payments, killed like the rest: what a clerk does, and the books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pos_app.domain.card_facts import CardState
from pos_app.domain.errors import PosError
from pos_app.domain.schedule_facts import PlanState
from pos_app.services.card_desk import Consent, KeepRequest
from pos_app.services.sale_desk import SaleRequest
from pos_app.services.schedule_desk import PlanRequest
from tests.contract.gateways.shop import make_card
from tests.crash.terminal import Till
from tests.unit.services.desk import make_order

_AWAY = dt.timedelta(days=30)
_KEEP = KeepRequest("김광수", "010-5555-6666", "portone", Consent("1", "ko"))


async def keep_charge_and_plan(till: Till) -> None:
    """Keep a card, charge it again, and have it charged in a month."""
    try:
        card = await till.cards.keep(_KEEP, make_card())
        await till.rest()
        card = await till.cards.get(card.stream_id)
        if card.is_kept:
            paid = await till.sales.charge_on_file(SaleRequest(make_order(50_000)), card.on_file)
            till.tell(paid)
            await till.rest()
            at = till.clock.now() + _AWAY
            await till.plans.plan(PlanRequest(card.stream_id, make_order(30_000), at))
            await till.rest()
    except PosError as error:
        till.say("refused", code=error.code)


async def show(till: Till) -> None:
    """Say what the books have of cards and schedules."""
    now = till.clock.now()
    cards = await till.cards.find()
    plans = await till.plans.between(now - _AWAY, now + 2 * _AWAY)
    till.say(
        "card_books",
        cards=[[card.customer_uid, card.state.value, card.is_open] for card in cards],
        plans=[[plan.order_no, plan.state.value, plan.is_open] for plan in plans],
    )


def complaints(shown: Mapping[str, Any], book: Mapping[str, Any]) -> list[str]:
    """Compare with the gateway: what is kept and scheduled there is so here, and nothing else."""
    theirs = book["portone"]
    kept = {row["customer_uid"] for row in theirs["customers"]}
    ours = {uid for uid, state, _ in shown["cards"] if state == CardState.KEPT}
    found = [] if kept == ours else [f"cards kept {ours}, at the gateway {kept}"]
    waiting = {r["merchant_uid"] for r in theirs["schedules"] if r["status"] == "scheduled"}
    planned = {number for number, state, _ in shown["plans"] if state == PlanState.SCHEDULED}
    if waiting != planned:
        found.append(f"scheduled {planned}, at the gateway {waiting}")
    rows = [*shown["cards"], *shown["plans"]]
    return found + [f"open at the end: {row}" for row in rows if row[2]]
