"""How long the window takes to its first paint and until it can charge, and its peak memory.

    python -m tests.bench.start_up [--runs N] [--program "COMMAND..."] [--display]

Prints one table. Each row is a ratio to a floor measured in the same run, turn and turn about: a
bare PySide6 window with three line edits (`bare_window.py`) in this interpreter. Times run from the
moment the process is spawned, by the system's monotonic clock: read here for the beginning, printed
by the program for the end. Memory is the largest resident set that the system counted.

`--program` measures an installed program, e.g. "/usr/bin/pos-app"; its floor is still this
interpreter's bare window, and the rows say so.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.table import Row, printed
from tests.journeys.commands.processes import gateway

ROOT = Path(__file__).resolve().parents[2]
BARE = [sys.executable, str(Path(__file__).with_name("bare_window.py"))]
SECRET_SERVICE = ROOT / "tests" / "helpers" / "with-secret-service.sh"
DROP_CACHES = Path("/proc/sys/vm/drop_caches")
GOALS = {"first paint": 1.3, "ready": 2.5, "memory": 1.6}

#: Why a goal is missed, in floors, measured with CPython 3.11 and PySide6 6.11; a row that reaches
#: its goal does not show it.
REASONS = {
    "first paint": (
        "above the floor, at the least: our modules 0.25, making and painting 85 widgets with a "
        "stylesheet and a Hangul font 0.3, Qt's enums 0.13 (the name `Qt` makes 93 classes)"
    ),
    "ready": (
        "above the paint: SQLAlchemy 1.2 floors, our services, ledger and gateways 0.8, "
        "cryptography with keyring and D-Bus 0.6, asyncio and the log 0.25; nearly all of it is "
        "Python under one interpreter lock, so a second core does not help"
    ),
    "memory": (
        "above the bare window: a Hangul font and a whole screen of pixels 14 MB, SQLAlchemy 15, "
        "our own modules 12, cryptography and keyring 11, asyncio and the log 8, heaps of the "
        "worker threads 9"
    ),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One start.

    Attributes:
        paint_ms: from spawning to the first paint.
        ready_ms: from spawning until the terminal can charge; 0 for the bare window.
        peak_mb: largest resident set.
    """

    paint_ms: float
    ready_ms: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Medians:
    """Floor and program, started in turns."""

    floor: Run
    ours: Run


def spawn(command: Sequence[str]) -> tuple[float, str, float]:
    """Run a program; return when it was spawned (s), what it printed, and its peak memory (MB)."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    spawned_s = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{shlex.join(command)} ended with {process.returncode}: {said}")
    return spawned_s, said, used.ru_maxrss / 1024


def start_bare() -> Run:
    """Start the floor."""
    spawned_s, said, peak_mb = spawn(BARE)
    return Run((float(said) - spawned_s) * 1000, 0.0, peak_mb)


def start_ours(command: Sequence[str]) -> Run:
    """Start the program until it is ready."""
    spawned_s, said, peak_mb = spawn([*command, "--exit-when-ready"])
    told = json.loads(said.splitlines()[-1])
    before_ms = (told["started_s"] - spawned_s) * 1000
    return Run(before_ms + told["first_paint_ms"], before_ms + told["ready_ms"], peak_mb)


def medians(command: Sequence[str], runs: int, before: Callable[[], None]) -> Medians:
    """Start floor and program in turns, each after `before`; the first of each does not count."""
    floors, ours = [], []
    for turn in range(runs + 1):
        before()
        floor = start_bare()
        before()
        run = start_ours(command)
        if turn:
            floors.append(floor)
            ours.append(run)
    return Medians(_median(floors), _median(ours))


def _median(runs: Sequence[Run]) -> Run:
    return Run(
        *(
            statistics.median(getattr(run, name) for run in runs)
            for name in ("paint_ms", "ready_ms", "peak_mb")
        )
    )


def drop_caches() -> None:
    """Let the system forget every file it has read."""
    os.sync()
    DROP_CACHES.write_text("3\n", encoding="ascii")


def _leave_warm() -> None:
    """Leave the system's caches as they are."""


def measure(program: Sequence[str], runs: int, folder: Path, *, keyring: bool) -> list[Row]:
    """Return the rows of a program: set up against a gateway at loopback, then as practice."""
    where = "" if program[1:] == ["-m", "pos_app"] else "floor: the development interpreter"
    rows = []
    if keyring:
        (folder / "merchant").mkdir()
        with gateway(folder / "merchant") as running:
            shop = [*program, "--data-dir", str(folder / "shop")]
            provision = [*program, "provision", str(running.provision), *shop[len(program) :]]
            spawn(provision)
            warm = medians(shop, runs, _leave_warm)
            rows += [
                _row("first paint, warm", "first paint", warm.floor.paint_ms, warm.ours.paint_ms),
                _cold(shop, runs),
                _row("ready to charge, warm", "ready", warm.floor.paint_ms, warm.ours.ready_ms),
                _row("peak memory until ready", "memory", warm.floor.peak_mb, warm.ours.peak_mb),
            ]
    else:
        why = "needs a Secret Service: apt-get install --no-install-recommends dbus gnome-keyring"
        rows += [
            Row(what, "", None, None, GOALS[what.split(",", 1)[0]], why)
            for what in ("first paint", "ready", "memory")
        ]
    practice = medians([*program, "--practice", "--data-dir", str(folder)], runs, _leave_warm)
    floor, ours = practice.floor, practice.ours
    why = "its vault opens by Argon2id, which costs on purpose, and it brings a gateway of its own"
    rows += [
        _row("first paint, practice", "first paint", floor.paint_ms, ours.paint_ms),
        Row("ready, practice", "ms", floor.paint_ms, ours.ready_ms, None, why),
    ]
    return [_with_note(row, where) for row in rows]


def _row(what: str, kind: str, floor: float, value: float) -> Row:
    unit, goal = "MB" if kind == "memory" else "ms", GOALS[kind]
    return Row(what, unit, floor, value, goal, "" if value <= goal * floor else REASONS[kind])


def _cold(shop: Sequence[str], runs: int) -> Row:
    """Measure with nothing of either program in the system's caches."""
    what = "first paint, cold"
    try:
        drop_caches()
    except OSError as error:
        why = f"the system's caches cannot be dropped here ({error.strerror})"
        return Row(what, "ms", None, None, GOALS["first paint"], why)
    cold = medians(shop, runs, drop_caches)
    return _row(what, "first paint", cold.floor.paint_ms, cold.ours.paint_ms)


def _with_note(row: Row, more: str) -> Row:
    note = "; ".join(part for part in (row.note, more) if part)
    return Row(row.what, row.unit, row.floor, row.value, row.goal, note)


def other_rows() -> list[Row]:
    """Return the rows about sizes; what builds a package is loaded only after the measuring."""
    from tests.bench.sizes import rows

    return rows()


def main(arguments: Sequence[str]) -> int:
    """Measure and print; starts itself again on a private bus with a Secret Service."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.start_up", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="counted starts of each program")
    parser.add_argument("--program", default="", help="command of an installed program")
    parser.add_argument("--display", action="store_true", help="on $DISPLAY, not offscreen")
    parser.add_argument("--inside", choices=("bus", "none"), help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.inside is None:
        return _start_inside(arguments)
    if not chosen.display:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    program = shlex.split(chosen.program) or [sys.executable, "-m", "pos_app"]
    with tempfile.TemporaryDirectory(prefix="start_up.") as folder:
        rows = measure(program, chosen.runs, Path(folder), keyring=chosen.inside == "bus")
    print(printed([*rows, *other_rows()]))
    return 0


def _start_inside(arguments: Sequence[str]) -> int:
    """Run this again where a vault can keep its key in a keyring, or without one."""
    me = [sys.executable, "-m", "tests.bench.start_up", *arguments]
    found = all(map(shutil.which, ("bash", "setsid", "dbus-run-session", "gnome-keyring-daemon")))
    command = [str(SECRET_SERVICE), *me, "--inside", "bus"] if found else [*me, "--inside", "none"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
