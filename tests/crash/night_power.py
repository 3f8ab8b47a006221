"""Thousands of power cuts, and the control.

    python -m tests.crash.night_power --cuts 10000 --workers 2 --seed 1

Ends with 0 when no cut lost an acknowledged fact and the control did lose some. What is found comes
with the story, the place and the seed; the same arguments bring it back.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.crash.power_check import Verdicts
from tests.crash.power_run import CONTROLS, MISSING, SAFE, Work, run
from tests.crash.power_story import STORIES

#: Cuts of one recorded story: most of its operations, a few times over all seeds.
_CUTS_A_STORY = 250
#: Of so many cuts the control gets one.
_CONTROL_SHARE = 20


def plan(cuts: int, journals: tuple[str, ...], seed: int) -> Iterator[Work]:
    """Spread `cuts` over all stories and journals, each time with another seed."""
    stories = itertools.cycle(itertools.product(STORIES, journals))
    for number, (story, journal) in enumerate(stories):
        if cuts <= 0:
            return
        yield Work(story, journal, seed + number, min(cuts, _CUTS_A_STORY))
        cuts -= _CUTS_A_STORY


def main() -> int:
    """Cut, print figures, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.night_power")
    parser.add_argument("--cuts", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    if MISSING:
        parser.error(MISSING)
    begun = time.monotonic()
    safe, control = Verdicts(), Verdicts()
    works = list(plan(wanted.cuts, SAFE, wanted.seed))
    controls = list(plan(max(500, wanted.cuts // _CONTROL_SHARE), CONTROLS, wanted.seed))
    pool = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted.workers, mp_context=pool) as workers:
        results = workers.map(run, works + controls)
        for work, verdicts in zip(works + controls, results, strict=True):
            (safe if work.journal in SAFE else control).add(verdicts)
            print(f"{work}: {len(verdicts.lost)} lost, {len(verdicts.wrong)} wrong", flush=True)
    for found in (*safe.lost, *safe.wrong):
        print(found)
    failed = len(safe.lost) + len(safe.wrong) + (not control.lost)
    figures = dict(sorted(safe.counts.items())) | {
        "power cuts that lost facts": len(safe.lost),
        "power cuts that left something wrong": len(safe.wrong),
        "power cuts of the control": control.counts["power cuts"],
        "power cuts of the control that lost facts": len(control.lost),
        "seconds": round(time.monotonic() - begun),
    }
    print(json.dumps({"machine": "power", "figures": figures, "failed": failed}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
