"""Plants each deliberate bug in a copy of the tree and lets its machine look for it.

    python -m tests.teeth.night [--only N ...]

Exit status 0: every machine passed on the untouched tree and failed on each bug.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.teeth.bugs import BUGS, Bug

ROOT = Path(__file__).resolve().parents[2]
_COPIED = ("pos_app", "tests", "resources")
_TIMEOUT_S = 1800
_SHOWN = 12


def copy_of_tree(folder: Path) -> Path:
    """Make a copy of the tree that can be run from, and return it."""
    copy = folder / "tree"
    for name in _COPIED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def plant(bug: Bug, tree: Path) -> None:
    """Change the copy; a change that does not fit exactly once is an error.

    Raises:
        ValueError: the words are not there, or more than once.
    """
    for change in bug.changes:
        file = tree / change.file
        text = file.read_text(encoding="utf-8")
        if text.count(change.right) != 1:
            raise ValueError(f"bug {bug.number} does not fit {change.file} any more")
        file.write_text(text.replace(change.right, change.wrong), encoding="utf-8")


def look(tree: Path, command: Sequence[str]) -> tuple[int, str]:
    """Run a machine in `tree`; return its exit status and the end of what it said."""
    env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tree,
        env=env,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    return done.returncode, "\n".join(said[-_SHOWN:])


def main(argv: Sequence[str] | None = None) -> int:
    """Plant and look; print which bug was caught."""
    parser = argparse.ArgumentParser(prog="tests.teeth.night")
    parser.add_argument("--only", type=int, nargs="+", default=[bug.number for bug in BUGS])
    wanted = [bug for bug in BUGS if bug.number in parser.parse_args(argv).only]
    escaped: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        sound = copy_of_tree(Path(folder) / "sound")
        for command in dict.fromkeys(bug.machine for bug in wanted):
            status, said = look(sound, command)
            print(
                f"sound tree: {' '.join(command)}: {'passed' if not status else said}", flush=True
            )
            if status:
                escaped.append(f"{command[0]} fails on the sound tree")
        for bug in wanted:
            tree = copy_of_tree(Path(folder) / str(bug.number))
            plant(bug, tree)
            status, said = look(tree, bug.machine)
            verdict = "caught" if status else "NOT CAUGHT"
            print(f"{bug.number}. {bug.what}: {verdict} by {bug.machine[0]}", flush=True)
            if not status:
                escaped.append(bug.what)
                print(said, flush=True)
            shutil.rmtree(tree)
    figures = {"deliberate bugs": len(wanted), "caught": len(wanted) - len(escaped)}
    print(json.dumps({"machine": "teeth", "figures": figures, "failed": len(escaped)}), flush=True)
    return int(bool(escaped))


if __name__ == "__main__":
    sys.exit(main())
