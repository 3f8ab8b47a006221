"""Runs one seed again and prints its history: `python -m tests.sim.replay SEED`.

With `--shrink` faults and people's steps are taken out one by one while it still fails, so that
what is left is what the failure needs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from tests.sim.disk import SOUND
from tests.sim.models.habits import PLAIN, Habits
from tests.sim.network import CALM, Profile
from tests.sim.plan import GATEWAYS, MODES, Plan, plan_of
from tests.sim.runner import Report, run_plan

#: What can be taken out of a plan, a network, a gateway: chances.
_SHARES = (
    "kills",
    "closes",
    "jumps",
    "behind",
    "lies",
    "slips",
    "impatience",
    "clicks",
    "refunds",
)
_NETWORK = ("not_sent", "out", "front", "back", "blackout", "flapping", "look_ups_down", "slow")
_HABITS = tuple(name for name in PLAIN.__dataclass_fields__ if getattr(PLAIN, name) == 0.0)
_P = TypeVar("_P", Plan, Profile, Habits)


def _less(whole: _P, *names: str) -> Iterator[_P]:
    """Yield copies, each with one of its chances at zero."""
    for name in names:
        if getattr(whole, name):
            none: Any = {name: 0.0}
            yield replace(whole, **none)


def thinner(plan: Plan) -> Iterator[Plan]:
    """Yield plans with one thing less each."""
    yield from _less(plan, *_SHARES)
    if plan.disk != SOUND:
        yield replace(plan, disk=SOUND)
    if plan.network != CALM:
        yield replace(plan, network=CALM)
        yield from (replace(plan, network=less) for less in _less(plan.network, *_NETWORK))
    yield from (replace(plan, habits=less) for less in _less(plan.habits, *_HABITS))
    if plan.clerks > 1:
        yield replace(plan, clerks=1)
    for sales in (plan.sales // 2, plan.sales - 5, plan.sales - 1):
        if 0 < sales < plan.sales:
            yield replace(plan, sales=sales)


def shrink(report: Report) -> Report:
    """Return a failure that needs less: greedily, until nothing more can be left out."""
    smaller = True
    while smaller:
        smaller = False
        for plan in thinner(report.plan):
            tried = run_plan(plan)
            if tried.faults:
                report, smaller = tried, True
                break
    return report


def main(arguments: list[str] | None = None) -> int:
    """Print the history; 0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim.replay", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--gateway", choices=("", *GATEWAYS), default="")
    parser.add_argument("--mode", choices=("", *MODES), default="")
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--digest", action="store_true", help="print the fingerprint alone")
    options = parser.parse_args(arguments)
    report = run_plan(plan_of(options.seed, gateway=options.gateway, mode=options.mode))
    if options.shrink and report.faults:
        report = shrink(report)
        print(report.plan)
    print(report.digest if options.digest else report.told())
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
