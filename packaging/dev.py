#!/usr/bin/env python3
"""The developer's entry: set everything up, then run the terminal or its tests.

    python3 packaging/dev.py run         open the terminal in practice mode
    python3 packaging/dev.py test        run every check and every test
    python3 packaging/dev.py night       every simulator, killer and fuzzer at its full size (hours)
    python3 packaging/dev.py lint        style, types and imports only
    python3 packaging/dev.py catalogue   compile the text catalogues
    python3 packaging/dev.py lock        write the lock files anew
    python3 packaging/dev.py windows     build the setup.exe and the MSI for Windows into dist/
    python3 packaging/dev.py journey-windows   walk them through their life, under Wine
    python3 packaging/dev.py debian      build the Debian package into dist/
    python3 packaging/dev.py journey-debian    walk it through its life, in fresh Debians (as root)

Needs nothing but Python 3.11 to 3.13: what is missing is installed (as root or with sudo on Debian
and Ubuntu) or named in a line to run. What follows the verb goes to the program it starts, so
`dev.py test tests/unit -x` runs a part and `dev.py run --lang en` opens the window in English.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import environment
import locks
import system

ROOT = Path(__file__).resolve().parent.parent
DEMONSTRATION = ROOT / "demonstration"


def has_display() -> bool:
    """Return whether a window can be shown: always on Windows, with X or Wayland elsewhere."""
    if sys.platform == "win32":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def say(text: str) -> None:
    """Print one line at once, so that it stands before what a child prints."""
    print(text, flush=True)


def call(*command: str | Path, env: dict[str, str] | None = None) -> int:
    """Run a command in the root of the tree and return its exit status."""
    arguments = [str(part) for part in command]
    return subprocess.run(
        arguments, cwd=ROOT, env={**os.environ, **(env or {})}, check=False
    ).returncode


def run(arguments: list[str]) -> int:
    """Open the terminal in practice mode; without a display, demonstrate it instead."""
    system.ensure(system.WINDOW)
    python = environment.ensure(ROOT, "run")
    if has_display():
        say("Opening the terminal in practice mode: no real card is charged.")
        return call(python, "-m", "pos_app", "--practice", *arguments)
    say("There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.")
    say("Instead, one whole demonstration is made at the real widgets, offscreen:")
    DEMONSTRATION.mkdir(exist_ok=True)
    status = call(
        python,
        "-m",
        "tests.demonstration",
        "--out",
        DEMONSTRATION,
        *arguments,
        env={"QT_QPA_PLATFORM": "offscreen"},
    )
    say(f"Screenshots and the slip as PDF lie in {DEMONSTRATION}:")
    for shown in sorted(DEMONSTRATION.iterdir()):
        if shown.suffix in {".png", ".pdf"}:
            say(f"  {shown}")
    return status


def lint_steps(python: Path) -> dict[str, list[str | Path]]:
    """Return the checks that need no test run, by name."""
    return {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy"],
    }


def check(steps: dict[str, list[str | Path]]) -> list[str]:
    """Run each step and return the names of those that failed."""
    failed = []
    for name, command in steps.items():
        say(f"== {name}")
        if call(*command) != 0:
            failed.append(name)
    return failed


#: pytest's exit status when some tests failed; anything else is no matter for a second go.
TESTS_FAILED = 1


def lint(_arguments: list[str]) -> int:
    """Check style, types and imports; exit status 1 where one of them fails."""
    system.ensure(system.WINDOW)
    python = environment.ensure(ROOT, "dev")
    failed = check({**lint_steps(python), "imports": [python.parent / "lint-imports"]})
    say(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return int(bool(failed))


def test(arguments: list[str]) -> int:
    """Run every check and every test; the last lines are those of pytest.

    The import contracts are part of the tests (`tests/house`). Two workers: more of them would
    share the two cores a build machine has. Each file stays with one worker, in random order. What
    failed there gets one more go, alone: a window that lost the focus to a starved machine is told
    from a fault, and both runs are in the output.
    """
    system.ensure(system.TESTS)
    python = environment.ensure(ROOT, "dev")
    failed = [] if arguments else check(lint_steps(python))
    say("== pytest")
    parallel = ["-n", "2", "--dist", "loadfile"] if not arguments else []
    status = call(python, "-m", "pytest", *parallel, *arguments)
    if status == TESTS_FAILED and not arguments:
        say("== pytest once more: only what failed, with nothing beside it")
        status = call(python, "-m", "pytest", "--last-failed", "--last-failed-no-failures=none")
    if failed:
        say(f"failed before the tests: {', '.join(failed)}")
    return status or int(bool(failed))


def night(arguments: list[str]) -> int:
    """Run every machine that looks for lost or doubled charges; figures at the end."""
    system.ensure(system.TESTS)
    python = environment.ensure(ROOT, "dev")
    return call(python, "-m", "tests.night", *arguments)


def catalogue(arguments: list[str]) -> int:
    """Compile the text catalogues, or with `--check` tell whether they are compiled."""
    python = environment.ensure(ROOT, "dev")
    return call(python, ROOT / "packaging" / "catalogue.py", *arguments)


def lock(_arguments: list[str]) -> int:
    """Write the lock files anew from pyproject.toml."""
    return locks.write(ROOT)


def _call_part(python: Path, module: str, arguments: list[str]) -> int:
    """Run a module of this folder in the environment of the builders."""
    entry = f"import sys; from {module} import main; sys.exit(main(sys.argv[1:]))"
    path = os.pathsep.join([str(ROOT / "packaging"), str(ROOT)])
    return call(python, "-c", entry, *arguments, env={"PYTHONPATH": path})


def windows(arguments: list[str]) -> int:
    """Build the setup.exe and the MSI into dist/."""
    system.ensure(system.WINDOWS)
    python = environment.ensure(ROOT, "build")
    return _call_part(python, "windows.build", arguments)


def journey_windows(arguments: list[str]) -> int:
    """Walk the Windows package through its life, under Wine."""
    from screen import NEEDED

    system.ensure((*system.WINDOWS, *system.XCB, *NEEDED, *system.WINE))
    python = environment.ensure(ROOT, "build")
    return _call_part(python, "windows.journey", arguments)


def debian(arguments: list[str]) -> int:
    """Build the Debian package."""
    python = environment.ensure(ROOT, "build")
    return _call_part(python, "debian.build", arguments)


def journey_debian(arguments: list[str]) -> int:
    """Take the Debian package through fresh Debians."""
    sys.path.insert(0, str(ROOT))  # it reads the gateway's book as the journeys of the tests do
    from debian import journey

    return journey.main(arguments)


VERBS = {
    "run": run,
    "test": test,
    "night": night,
    "lint": lint,
    "catalogue": catalogue,
    "lock": lock,
    "windows": windows,
    "journey-windows": journey_windows,
    "debian": debian,
    "journey-debian": journey_debian,
}


def main() -> int:
    """Do what the first argument says and return the exit status."""
    if len(sys.argv) < 2 or sys.argv[1] not in VERBS:
        print(__doc__)
        return 0 if sys.argv[1:2] in (["-h"], ["--help"]) else 2
    try:
        return VERBS[sys.argv[1]](sys.argv[2:])
    except system.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
