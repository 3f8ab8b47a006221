"""Twenty thousand simulated sales: both gateways, faults for ever and faults that stop."""

from __future__ import annotations

import gc

import pytest

from tests.helpers import figures
from tests.sim.plan import GATEWAYS, MODES, SQLITE_EVERY, plan_of
from tests.sim.runner import run_plan

#: Sales of one test; small, so that two workers share them evenly.
SALES = 1_000
PARTS = 5
#: Each part has a world that keeps its books in SQLite: one of `SQLITE_EVERY` seeds.
FIRST = SQLITE_EVERY - 10
#: Of the night's figures these are shown for a commit.
_SHOWN = (
    "simulated sales",
    "seeds",
    "seeds on SQLite",
    "seeds, two counters",
    "kills",
    "late arrivals",
    "were unknown",
)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("gateway", GATEWAYS)
def test_no_sale_is_lost_or_doubled(gateway: str, mode: str, part: int) -> None:
    sales, seed = 0, 1_000 * part + FIRST
    while sales < SALES:
        report = run_plan(plan_of(seed, gateway=gateway, mode=mode))
        again = f"python -m tests.sim.replay {seed} --gateway {gateway} --mode {mode}"
        assert not report.faults, f"{again}\n{report.told()[:20_000]}"
        sales += report.figures["simulated sales"]
        for name in _SHOWN:
            figures.add(f"sim: {name}", report.figures[name])
        faults = {k: n for k, n in report.figures.items() if k.startswith("fault: ")}
        figures.add("sim: faults", sum(faults.values()))
        seed += 1
    gc.collect()
