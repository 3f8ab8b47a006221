"""Walks the Windows package through its life, under Wine.

    python3 packaging/dev.py journey-windows [--out DIR] [--keep]

Builds the setup.exe and the MSI of this tree and of an older version, quickly compressed, and takes
every step of `walk.py` in a fresh prefix. The last line tells how many steps passed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import screen as screens
from screen import NoWindow
from walking import Broken

from tests.journeys.commands.processes import gateway
from windows import build
from windows.walk import Package, Walk
from windows.wine import Prefix

ROOT = Path(__file__).resolve().parents[2]
OLD_VERSION = "0.0.9"


def main(argv: Sequence[str]) -> int:
    """Take the journey and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="dev.py journey-windows", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "wine", help="pictures")
    parser.add_argument("--keep", action="store_true", help="keep the prefix")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="pos-app-journey."))
    try:
        taken = _take(work, options.out)
    except (Broken, NoWindow, AssertionError, OSError, subprocess.SubprocessError):
        print("0 passed, 1 failed")
        return 1
    finally:
        if options.keep:
            print(f"kept: {work}")
        else:
            shutil.rmtree(work)
    print(f"{taken} passed, 0 failed")
    return 0


def _take(work: Path, out: Path) -> int:
    """Build two versions, take the journey, and return how many steps that were."""
    old, new = _package(work / "old", OLD_VERSION), _package(work / "new", None)
    (work / "shop").mkdir()
    with screens.screen() as screen, gateway(work / "shop") as kcp:
        prefix = Prefix(work / "windows", screen.display)
        try:
            return Walk(prefix, screen, kcp, old, new, out).take()
        finally:
            prefix.end()


def _package(work: Path, version: str | None) -> Package:
    """Build one version."""
    made = build.quickly(ROOT, work, version)
    return Package(made.version, made.setup, made.msi, made.stage)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
