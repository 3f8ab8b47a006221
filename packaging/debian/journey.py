"""Proves the package: in fresh Debians without Python it is installed, used, upgraded, removed.

    sudo python3 packaging/dev.py journey-debian [bookworm] [trixie] [--out DIR]

Builds the package and an older one of the same tree first; `--deb` and `--old` take ready ones.
Pictures of every screen go to `--out`; a person looks at them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import screen as screens
import system
from walking import Broken

from debian.room import Room
from debian.walk import WORDS, Walk

SUITES = ("bookworm", "trixie")
NEEDED = (*screens.NEEDED, "debootstrap", "git", "poppler-utils")
OLD_VERSION = "0.0.9"
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main(argv: Sequence[str]) -> int:
    """Take the journey in each suite and return the exit status."""
    options = _options(argv)
    if os.geteuid() != 0:
        print("The journey makes chroots: run it as root.", file=sys.stderr)
        return 1
    system.ensure(NEEDED)
    with tempfile.TemporaryDirectory(prefix="pos-app-journey.") as work:
        old = options.old or _build(Path(work), OLD_VERSION)
        new = options.deb or _build(Path(work), "")
        failed = [suite for suite in options.suites if _take(suite, old, new, options) != 0]
    print(f"failed: {', '.join(failed)}" if failed else f"all held in {', '.join(options.suites)}")
    print(f"pictures to look at: {options.out}")
    return int(bool(failed))


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py journey-debian", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"default: {' '.join(SUITES)}")
    parser.add_argument("--deb", type=Path, help="a ready package (default: built)")
    parser.add_argument("--old", type=Path, help=f"a ready one of version {OLD_VERSION}")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "journey-debian")
    options = parser.parse_args(argv)
    options.suites = options.suites or list(SUITES)
    unknown = set(options.suites) - set(SUITES)
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))}: known are {', '.join(SUITES)}")
    return options


def _build(out: Path, version: str) -> Path:
    """Build a package into a folder of its own and return its path."""
    folder = out / (version or "now")
    more = ["--version", version] if version else []
    entry = (sys.executable, ROOT / "packaging" / "dev.py", "debian", "--fast")
    subprocess.run([*entry, "--out", folder, *more], check=True)
    (found,) = folder.glob("*.deb")
    return found


def _take(suite: str, old: Path, new: Path, options: argparse.Namespace) -> int:
    """Take the journey in a chroot of that suite, in a process with mounts of its own."""
    print(f"== {suite}", flush=True)
    inside = [sys.executable, "-c", "import debian.journey as j; j.inside()"]
    paths = os.pathsep.join([str(HERE.parent), str(ROOT)])
    given = {
        "PYTHONPATH": paths,
        "JOURNEY_OLD": str(old.resolve()),
        "JOURNEY_NEW": str(new.resolve()),
        "JOURNEY_OUT": str((options.out / suite).resolve()),
    }
    base = os.environ.get(f"BASE_{suite.upper()}")
    return subprocess.run(
        [HERE / "in_chroot.sh", suite, *inside],
        env={**os.environ, **given, **({"BASE": base} if base else {})},
        check=False,
    ).returncode


def inside() -> None:
    """Take the journey in the chroot that `in_chroot.sh` has made; exits with its status."""
    root = Path(os.environ["CHROOT"])
    settings = dict(line.split("=", 1) for line in os.environ["CHROOT_SETTINGS"].splitlines())
    out = Path(os.environ["JOURNEY_OUT"])
    out.mkdir(parents=True, exist_ok=True)
    old, new = (Path(os.environ[name]) for name in ("JOURNEY_OLD", "JOURNEY_NEW"))
    for deb in (old, new):
        shutil.copy(deb, root / "srv" / deb.name)
    version = new.name.split("_")[1]
    with screens.screen(WORDS.letters) as screen:
        walk = Walk(
            Room(root, settings), screen, f"/srv/{old.name}", f"/srv/{new.name}", version, out
        )
        try:
            print(f"{walk.take()} passed, 0 failed")
        except (Broken, AssertionError, OSError, screens.NoWindow, subprocess.SubprocessError):
            print("0 passed, 1 failed")
            sys.exit(1)
    sys.exit(0)
