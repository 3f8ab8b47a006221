"""Simulates as many sales as a night holds: `python -m tests.sim.night --sales N --seed S`.

Each seed is one world of 20 to 60 sales. A failure is printed with its seed at once and its history
is written to a file; the run goes on unless `--stop-at-first` is given. The last line on stdout is
one JSON object with the figures; exit 0 when nothing failed.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.sim.plan import GATEWAYS, MODES, plan_of
from tests.sim.runner import run_plan

#: So many seeds are one piece of work for a process.
SEEDS_A_PIECE = 20
#: Histories of so many failures are written.
WRITTEN_MAX = 20
_TOLD_EVERY_S = 30.0


@dataclass(frozen=True)
class Piece:
    """Some seeds in a row, and what is fixed for all of them."""

    first_seed: int
    gateway: str
    mode: str


@dataclass(frozen=True)
class Outcome:
    """What came of a piece: figures, and (seed, what was told) of each failure."""

    figures: Counter[str]
    failures: list[tuple[int, str]]


def work(piece: Piece) -> Outcome:
    """Run the seeds of a piece."""
    figures: Counter[str] = Counter()
    failures = []
    for seed in range(piece.first_seed, piece.first_seed + SEEDS_A_PIECE):
        plan = plan_of(seed, gateway=piece.gateway, mode=piece.mode)
        try:
            report = run_plan(plan)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            failures.append((seed, f"seed {seed} broke down\n{traceback.format_exc()}"))
            continue
        figures += report.figures
        if report.faults:
            failures.append((seed, report.told()))
    gc.collect()
    return Outcome(figures, failures)


def pieces(options: argparse.Namespace) -> Iterator[Piece]:
    """Yield pieces for ever."""
    seed = options.seed
    while True:
        yield Piece(seed, options.gateway, options.mode)
        seed += SEEDS_A_PIECE


def _ready() -> None:
    """Prepare a process: garbage is collected between pieces, not within."""
    gc.disable()


class Night:
    """Adds up outcomes until there are enough sales."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Begin with nothing."""
        self._options = options
        self._told_at = self._started = time.monotonic()
        self.figures: Counter[str] = Counter()
        self.failed = 0

    def take(self, outcome: Outcome) -> bool:
        """Take one outcome; tell whether the night is over."""
        self.figures += outcome.figures
        for seed, told in outcome.failures:
            self.failed += 1
            print("\n".join(told.splitlines()[:6]), file=sys.stderr, flush=True)
            print(f"  again: python -m tests.sim.replay {seed}", file=sys.stderr, flush=True)
            if self.failed <= WRITTEN_MAX:
                file = Path(self._options.out) / f"sim-{seed}.txt"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(told + "\n", encoding="utf-8")
        sales = self.figures["simulated sales"]
        now = time.monotonic()
        if now - self._told_at > _TOLD_EVERY_S:
            self._told_at = now
            speed = sales / (now - self._started)
            print(f"{sales:,} sales, {speed:.0f} a second, {self.failed} failed", file=sys.stderr)
        stop = self._options.stop_at_first and self.failed
        return bool(stop) or sales >= self._options.sales

    def summary(self) -> str:
        """Return the last line."""
        took_s = time.monotonic() - self._started
        figures = dict(sorted(self.figures.items()))
        figures["seconds"] = round(took_s)
        figures["sales a second"] = round(self.figures["simulated sales"] / max(took_s, 0.001))
        line = {"machine": "sim", "figures": figures, "failed": self.failed}
        return json.dumps(line, ensure_ascii=False)


def main(arguments: list[str] | None = None) -> int:
    """Run the night; 0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim.night", description=__doc__)
    parser.add_argument("--sales", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--gateway", choices=("", *GATEWAYS), default="")
    parser.add_argument("--mode", choices=("", *MODES), default="")
    parser.add_argument("--out", default=".", help="folder for the histories of failures")
    parser.add_argument("--stop-at-first", action="store_true")
    options = parser.parse_args(arguments)
    night = Night(options)
    context = multiprocessing.get_context("spawn")
    with context.Pool(options.workers, initializer=_ready) as pool:
        waiting = [pool.apply_async(work, (piece,)) for piece in _first(options)]
        more = pieces(options)
        for _ in waiting:
            next(more)
        while not night.take(waiting.pop(0).get()):
            waiting.append(pool.apply_async(work, (next(more),)))
        pool.terminate()
    print(night.summary())
    return 1 if night.failed else 0


def _first(options: argparse.Namespace) -> list[Piece]:
    """Return the pieces to begin with: two for each process, so that none waits."""
    source = pieces(options)
    return [next(source) for _ in range(2 * options.workers)]


if __name__ == "__main__":
    sys.exit(main())
