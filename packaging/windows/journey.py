"""Walks the Windows package through its life, under Wine.

    python3 packaging/dev.py wine [--out DIR] [--keep]

Builds the setup.exe and the MSI of this tree and of an older version, quickly compressed, and takes
every step of `walk.py` in a fresh prefix. The last line tells how many steps passed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT)]

import screen as screens
from tests.journeys.commands.processes import gateway
from walking import Broken

from windows import build
from windows.walk import Package, Walk
from windows.wine import Prefix

OLD_VERSION = "0.0.9"


def main(argv: Sequence[str]) -> int:
    """Take the journey and return the exit status."""
    parser = argparse.ArgumentParser(prog="dev.py wine", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "wine", help="pictures")
    parser.add_argument("--keep", action="store_true", help="keep the prefix")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pos-app-wine.", delete=not options.keep) as folder:
        work = Path(folder)
        old, new = (_package(work / name, v) for name, v in (("old", OLD_VERSION), ("new", None)))
        (work / "shop").mkdir()
        with screens.screen() as screen, gateway(work / "shop") as kcp:
            prefix = Prefix(work / "windows", screen.display)
            try:
                taken = Walk(prefix, screen, kcp, old, new, options.out).take()
            except (Broken, AssertionError, OSError):
                print("0 passed, 1 failed")
                return 1
            finally:
                prefix.end()
    print(f"{taken} passed, 0 failed")
    return 0


def _package(work: Path, version: str | None) -> Package:
    """Build one version."""
    made = build.quickly(ROOT, work, version)
    return Package(made.version, made.setup, made.msi, made.stage)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
