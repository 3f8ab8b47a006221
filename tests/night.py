"""The night run: every machine that looks for lost or doubled charges, at its full size.

    python3 packaging/dev.py night [--quick] [--only NAME ...] [--out FILE]

Each machine is a program of its own whose last line is `{"machine", "figures", "failed"}`; they run
one after the other, each on two workers. The table at the end has all figures; exit status 0 means
that none of them failed. `--quick` runs each at about a hundredth of its size.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Machine:
    """One program of the night.

    Attributes:
        module: run as `python -m`.
        full: its arguments at night.
        quick: its arguments for a look whether everything runs.
    """

    name: str
    module: str
    full: tuple[str, ...]
    quick: tuple[str, ...]


MACHINES = (
    Machine("faults", "tests.faults.report", (), ()),
    Machine("sim", "tests.sim.night", ("--sales", "1000000"), ("--sales", "5000")),
    Machine("kills", "tests.crash.night", ("--points", "2000", "--every-call"), ("--points", "40")),
    Machine("power", "tests.crash.night_power", ("--cuts", "10000"), ("--cuts", "100")),
    Machine("nth", "tests.crash.night_nth", (), ("--every", "100")),
    Machine("fuzz", "tests.fuzz.night", ("--answers", "1000000"), ("--answers", "10000")),
    Machine(
        "worst day",
        "tests.journeys.worst_day",
        ("--deeds", "500", "--kills", "50"),
        ("--deeds", "12", "--kills", "2"),
    ),
    Machine("teeth", "tests.teeth.night", (), ("--only", "1", "2")),
)


@dataclass(frozen=True, slots=True)
class Result:
    """What one machine said at its end.

    Attributes:
        failed: how many things went wrong; a machine that died counts as one.
    """

    name: str
    figures: dict[str, Any]
    failed: int
    took_s: float


def run(machine: Machine, *, quick: bool) -> Result:
    """Run one machine to its end, showing what it says."""
    arguments = machine.quick if quick else machine.full
    print(f"== {machine.name}: python -m {machine.module} {' '.join(arguments)}", flush=True)
    begun, last = time.monotonic(), ""
    with subprocess.Popen(
        [sys.executable, "-m", machine.module, *arguments], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            shown = line.decode("utf-8", "replace").rstrip()
            last = shown or last
            print(shown, flush=True)
    took_s = time.monotonic() - begun
    return _result(machine.name, last, process.returncode, took_s)


def _result(name: str, last: str, status: int, took_s: float) -> Result:
    """Read the last line; a machine whose last line is none of ours has failed."""
    try:
        said = json.loads(last)
        figures, failed = dict(said["figures"]), int(said["failed"])
    except (ValueError, KeyError, TypeError):
        return Result(name, {}, 1, took_s)
    return Result(name, figures, max(failed, int(status != 0)), took_s)


def table(results: Sequence[Result]) -> str:
    """Return all figures, a line each."""
    lines = []
    for one in results:
        verdict = "passed" if not one.failed else f"FAILED ({one.failed})"
        lines.append(f"{one.name}: {verdict}, {one.took_s:.0f} s")
        lines += [f"{value:>14,}  {what}" for what, value in one.figures.items()]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the night."""
    names = [machine.name for machine in MACHINES]
    parser = argparse.ArgumentParser(prog="night", description="every machine at its full size")
    parser.add_argument("--quick", action="store_true", help="each at about a hundredth")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--out", type=Path, help="write the figures there, too")
    chosen = parser.parse_args(argv)
    wanted = [machine for machine in MACHINES if machine.name in chosen.only]
    results = [run(machine, quick=chosen.quick) for machine in wanted]
    shown = table(results)
    print(f"== the night\n{shown}", flush=True)
    if chosen.out is not None:
        chosen.out.write_text(shown + "\n", encoding="utf-8")
    return int(any(one.failed for one in results))


if __name__ == "__main__":
    sys.exit(main())
