"""A night of hostile answers, or one of them again.

    python -m tests.fuzz.night [--answers 1000000] [--sockets 4000] [--workers 2] [--seed 1]
    python -m tests.fuzz.night --only NUMBER [--seed 1]

Exit status 0: no false approval or other finding, no crash, no deadline missed by more than a
second, no more than 20 MB of growth (money-safety.md section 12, goal 7).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import logging
import multiprocessing
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.mill import grind
from tests.fuzz.sockets import talk

OVERRUN_MAX_S, GROWTH_MAX_MB = 1.0, 20
_PIECE, _WARM_UP = 5_000, 4_000
_SOCKET_PIECE = 200
_SHOWN = 20
_PAGE = 4096


@dataclass
class Shift:
    """What one worker did.

    Attributes:
        growth_mb: of its memory, after the first answers.
        overrun_s: the worst.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    growth_mb: float = 0.0
    overrun_s: float = 0.0


def memory_mb() -> float:
    """Return how much memory this process holds; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0.0
    return int(pages) * _PAGE / 1e6


def work(seed: int, answers: range, sockets: range) -> Shift:
    """Do a worker's part."""
    logging.disable(logging.CRITICAL)
    shift = Shift()
    grind(seed, range(_WARM_UP))
    asyncio.run(talk(seed, range(_AT_LEAST)))
    before = memory_mb()
    for start in range(answers.start, answers.stop, _PIECE):
        mill = grind(seed, range(start, min(start + _PIECE, answers.stop)))
        shift.verdicts += mill.verdicts
        shift.findings += mill.findings
        shift.growth_mb = max(shift.growth_mb, memory_mb() - before)
    for start in range(sockets.start, sockets.stop, _SOCKET_PIECE):
        talks = asyncio.run(talk(seed, range(start, min(start + _SOCKET_PIECE, sockets.stop))))
        shift.ends += talks.ends
        shift.findings += talks.findings
        shift.overrun_s = max(shift.overrun_s, *talks.overruns_s)
        shift.growth_mb = max(shift.growth_mb, memory_mb() - before)
    return shift


_AT_LEAST = 20


def parts(count: int, workers: int) -> list[range]:
    """Cut so many numbers into equal parts."""
    edges = [count * worker // workers for worker in range(workers + 1)]
    return [range(start, stop) for start, stop in itertools.pairwise(edges)]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a night and print its figures."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.night")
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--sockets", type=int, default=4_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="this answer alone")
    chosen = parser.parse_args(argv)
    if chosen.only is not None:
        mill = grind(chosen.seed, range(chosen.only, chosen.only + 1))
        print(*mill.verdicts, *mill.findings, sep="\n")
        return int(bool(mill.findings))
    answers, sockets = parts(chosen.answers, chosen.workers), parts(chosen.sockets, chosen.workers)
    jobs = [(chosen.seed, mine, talks) for mine, talks in zip(answers, sockets, strict=True)]
    with multiprocessing.get_context("spawn").Pool(chosen.workers) as pool:
        shifts = pool.starmap(work, jobs)
    return report(shifts)


def report(shifts: Sequence[Shift]) -> int:
    """Print what was found, then the figures; return the exit status."""
    total = Shift()
    for shift in shifts:
        total.verdicts += shift.verdicts
        total.ends += shift.ends
        total.findings += shift.findings
    growth = max(shift.growth_mb for shift in shifts)
    overrun = max(shift.overrun_s for shift in shifts)
    for finding in total.findings[:_SHOWN]:
        print(finding)
    for name, count in sorted((total.verdicts + total.ends).items()):
        print(f"{count:>10,}  {name}")
    failed = len(total.findings) + (growth > GROWTH_MAX_MB) + (overrun > OVERRUN_MAX_S)
    figures = {
        "hostile answers": sum(total.verdicts.values()),
        "hostile answers over sockets": sum(total.ends.values()),
        "findings": len(total.findings),
        "worst overrun of a deadline, ms": round(overrun * 1000),
        "growth of memory, MB": round(growth, 1),
    }
    print(json.dumps({"machine": "fuzz", "figures": figures, "failed": failed}), flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
