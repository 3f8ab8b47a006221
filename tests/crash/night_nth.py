"""Lets every operation on the disk of a shop fail, one after the other, until none is left.

    python -m tests.crash.night_nth --workers 2 [--every 1]

Statements and calls to the system; once, for a while and to the end; and while it is opened.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.crash.nth_run import Nth, run
from tests.crash.nth_shop import FILE_ERRORS, HOWS, STATEMENT_ERRORS
from tests.crash.power_run import MISSING


def plan(every: int) -> list[Nth]:
    """Return all that is to be struck."""
    works = [Nth("statements", error, how, every, 1) for error in STATEMENT_ERRORS for how in HOWS]
    if not MISSING:
        hows = (*HOWS, "opening")
        works += [Nth("files", error, how, every, 1) for error in FILE_ERRORS for how in hows]
    return works


def main() -> int:
    """Strike, print figures, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.night_nth")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--every", type=int, default=1)
    wanted = parser.parse_args()
    works = plan(wanted.every)
    struck = spooled = failed = 0
    pool = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted.workers, mp_context=pool) as workers:
        for work, strikes in zip(works, workers.map(run, works), strict=True):
            wrong = [strike for strike in strikes if strike["found"]]
            print(f"{work}: {len(strikes) - 1} struck, {len(wrong)} wrong", *wrong, flush=True)
            struck += len(strikes) - 1
            spooled += sum(strike["spooled"] for strike in strikes)
            failed += len(wrong)
    figures = {"disk operations that failed": struck, "answers that waited in the spool": spooled}
    print(json.dumps({"machine": "nth", "figures": figures, "failed": failed}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
