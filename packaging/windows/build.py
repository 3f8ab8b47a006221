"""Builds the Windows package: one command, from a clone to `dist/pos-app-setup-<version>.exe`.

    python3 packaging/dev.py windows [--release] [--only-stage] [OPTION...]

Works on Linux and on Windows. The same commit gives the same stage, byte for byte; its hash is said
before anything is signed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import checksums
import icons
import signing
import system
from components import Unclear
from sbom import Invalid

from windows import installer, launchers, msi, signer, stage

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
_LOUD = "*" * 78


@dataclass(frozen=True, slots=True)
class Made:
    """What was built.

    Attributes:
        version: three numbers.
        stage: the folder as it lies on a PC.
        setup: the setup.exe.
        msi: the MSI.
    """

    version: str
    stage: Path
    setup: Path
    msi: Path


def main(argv: Sequence[str]) -> int:
    """Build the package and return the exit status."""
    options = _parser().parse_args(argv)
    plan = stage.Plan(ROOT, options.work, options.version, release=options.release)
    began_s = time.monotonic()
    try:
        if options.only_stage:
            print(f"stage {_stage(plan)}  {plan.stage}")
            return 0
        made = build(plan, options.out, quick=options.quick)
    except (system.Missing, signing.Refused, Unclear, Invalid, checksums.Unlistable) as error:
        print(error, file=sys.stderr)
        return 1
    for file in (made.setup, made.msi):
        print(f"{file.stat().st_size / 1e6:.1f} MB  {file}")
    print(f"{_size_mb(made.stage):.1f} MB installed; built in {time.monotonic() - began_s:.0f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py windows", description="build the Windows package")
    parser.add_argument("--out", type=Path, default=DIST, help="where it goes (dist)")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "windows", help="scratch")
    parser.add_argument("--version", default=stage.tree_version(ROOT), help="for tests")
    parser.add_argument("--release", action="store_true", help="for shops: pinned Python, signed")
    parser.add_argument("--only-stage", action="store_true", help="stop at the stage and its hash")
    parser.add_argument("--quick", action="store_true", help="compress less, for tests")
    return parser


def build(plan: stage.Plan, out: Path, *, quick: bool = False) -> Made:
    """Build stage, setup.exe and MSI, sign them, and write their checksums.

    Raises:
        Missing, Refused, Unclear, Invalid, Unlistable: in words; no file of `out` is half done.
    """
    print(f"stage {_stage(plan)} (before signing)", flush=True)
    out.mkdir(parents=True, exist_ok=True)
    programs = [plan.stage / launcher.file_name for launcher in launchers.LAUNCHERS]
    question = launchers.build_question(plan.work)
    identity = signing.sign_all([*programs, question], plan.work / "identity")
    if plan.release and (identity is None or identity.is_test):
        raise signing.Refused("A release is signed: name the certificate (packaging/signing.py).")
    checksums.write_manifest(plan.stage)
    made = Made(
        plan.version,
        plan.stage,
        plan.work / f"pos-app-setup-{plan.version}.exe",
        plan.work / f"pos-app-{plan.version}.msi",
    )
    icon, moment = plan.work / "app.ico", stage.source_date(plan.root)
    _date(plan.stage, moment)
    command = None if identity is None else signer.command(identity, plan.work)
    installer.make_setup(
        made.stage, made.setup, plan.version, icon, source_date=moment, sign=command, quick=quick
    )
    msi.make(
        made.stage,
        made.msi,
        plan.version,
        work=plan.work,
        icon=icon,
        in_the_way=question,
        source_date=moment,
    )
    if identity is not None:
        for file in (made.setup, made.msi):
            signing.sign(file, identity)
    finished = [file.replace(out / file.name) for file in (made.setup, made.msi)]
    checksums.write_sums(finished, out)
    return Made(plan.version, plan.stage, *finished)


def quickly(root: Path, work: Path, version: str | None) -> Made:
    """Build both installers for a test, little compressed; None is the tree's own version."""
    plan = stage.Plan(root, work, version or stage.tree_version(root), release=False)
    return build(plan, work / "out", quick=True)


def _stage(plan: stage.Plan) -> str:
    """Make the stage and return its hash."""
    plan.work.mkdir(parents=True, exist_ok=True)
    icon = plan.work / "app.ico"
    icons.write_ico(icon)
    made = stage.make(plan, icon)
    if not plan.release:
        print(_LOUD)
        print("NOT FOR SHOPS: a release is built with --release (packaging/README.md)")
        print(_LOUD, flush=True)
    return checksums.fingerprint(checksums.tree_hash(made))


def _date(folder: Path, moment: int) -> None:
    """Give every file the time of the last commit: archives carry times."""
    for path in folder.rglob("*"):
        os.utime(path, (moment, moment))


def _size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
