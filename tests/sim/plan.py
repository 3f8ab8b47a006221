"""What a seed means: which gateway, which faults, how many people, for how many sales.

A plan is made from the seed alone and can be thinned: a smaller plan keeps the same seed, with
faults or people's steps taken out, to see what a failure needs.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from tests.sim.disk import BAD, SOUND, DiskProfile
from tests.sim.models.habits import PLAIN, STORMY, Habits
from tests.sim.network import CALM, STORM, Profile

#: One seed of so many keeps its books in SQLite.
SQLITE_EVERY = 50
GATEWAYS = ("kcp", "portone")
MODES = ("safety", "liveness")


@dataclass(frozen=True, slots=True)
class Plan:
    """One world.

    Attributes:
        seed: all chance comes from it.
        mode: "safety": faults for ever; "liveness": they stop, then everything must settle.
        sales: how many sales the clerks begin.
        clerks: how many people work at once.
        counters: how many programs work on the one book.
        by_order: KCP may be asked by order number.
        repeats: what the gateway does with an order number it knows (`Habits.repeats`).
        sqlite: the real ledger beneath, instead of the one in memory.
        kills: chance that a run of the program is killed at one of its points.
        closes: chance that it is closed in order there.
        jumps: chance, for each minute, that the wall clock jumps or the PC sleeps.
        behind: chance, for each minute, of a cancel in the gateway's own site.
        lies: chance that a person says what is not so.
        slips: chance that a person mistypes a number.
        impatience: chance that a clerk does not wait for the answer.
        clicks: chance that a key is hit twice.
        refunds: chance that a sale is given back, in whole or in part.
    """

    seed: int
    gateway: str
    mode: str
    sales: int = 40
    clerks: int = 1
    counters: int = 1
    by_order: bool = True
    repeats: str = "refuse"
    sqlite: bool = False
    network: Profile = STORM
    habits: Habits = STORMY
    disk: DiskProfile = BAD
    kills: float = 0.5
    closes: float = 0.1
    jumps: float = 0.05
    behind: float = 0.05
    lies: float = 0.02
    slips: float = 0.05
    impatience: float = 0.1
    clicks: float = 0.06
    refunds: float = 0.3


def plan_of(seed: int, *, gateway: str = "", mode: str = "", sales: int = 0) -> Plan:
    """Return the world of a seed; what is named is taken instead of what the seed says."""
    rng = random.Random(f"{seed}/plan")
    drawn_gateway, drawn_mode = rng.choice(GATEWAYS), rng.choice(MODES)
    drawn_sales = rng.randrange(20, 61)
    plan = Plan(
        seed=seed,
        gateway=gateway or drawn_gateway,
        mode=mode or drawn_mode,
        sales=sales or drawn_sales,
        clerks=rng.choice((1, 1, 2, 3)),
        by_order=rng.random() < 0.6,
        repeats=rng.choice(("refuse", "refuse", "charge")),
        sqlite=seed % SQLITE_EVERY == 0,
    )
    plan = _weathered(plan, rng)
    counters = rng.choice((1, 1, 2))
    return replace(plan, counters=counters, clerks=max(plan.clerks, counters))


def _weathered(plan: Plan, rng: random.Random) -> Plan:
    """Leave some kinds of faults out of some worlds, so that each is also seen by itself."""
    if rng.random() < 0.2:
        plan = replace(plan, disk=SOUND)
    if rng.random() < 0.1:
        plan = replace(plan, network=CALM)
    if rng.random() < 0.15:
        plan = replace(plan, habits=replace(PLAIN, repeats=plan.repeats))
    else:
        plan = replace(plan, habits=replace(STORMY, repeats=plan.repeats))
    if rng.random() < 0.3:
        plan = replace(plan, kills=0.0, closes=0.0)
    if rng.random() < 0.5:
        plan = replace(plan, lies=0.0)
    return plan
