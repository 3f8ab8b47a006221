"""Rows about the Windows package: what it takes on the disk and on the wire.

The floor is the embeddable Python with PySide6-Essentials in it, fetched, pruned, compiled ahead
and packed by the very steps that make ours (packaging/windows), and nothing else.
Ours is what `packaging/dev.py windows` has left; where it has not run, the rows say so.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

import icons
import system
from windows import bytecode, installer, launchers, runtime, stage, wheels

from tests.bench.table import Row

ROOT = Path(__file__).resolve().parents[2]
STAGE = ROOT / "build" / "windows" / "stage"
GOAL = 1.25
_BARE = ("pyside6-essentials", "shiboken6")
_WHY = (
    "over it: cryptography 10, SQLAlchemy 9, font 5, own code and words 6, other libraries 8 MB;"
    " of Qt nothing more can go (the floor lacks what a bare window does not need anyway)"
)


def rows() -> list[Row]:
    """Return the rows: installed and packed, ours against the floor."""
    version = stage.tree_version(ROOT)
    setup = ROOT / "dist" / f"pos-app-setup-{version}.exe"
    names = ("installed size, Windows", "setup.exe")
    if not STAGE.is_dir() or not setup.exists():
        note = "not measured: run `python3 packaging/dev.py windows` first"
        return [Row(name, "MB", None, None, GOAL, note) for name in names]
    try:
        with tempfile.TemporaryDirectory() as folder:
            floor = _floor(Path(folder))
    except system.Missing as missing:
        return [Row(name, "MB", None, None, GOAL, f"not measured: {missing}") for name in names]
    ours = (_size_mb(STAGE.rglob("*")), _size_mb([setup]))
    pairs = zip(names, floor, ours, strict=True)
    return [Row(n, "MB", f, o, GOAL, _WHY if o > GOAL * f else "") for n, f, o in pairs]


def _floor(work: Path) -> tuple[float, float]:
    """Build the floor and return what it takes installed and packed, in MB."""
    lock = (ROOT / "packaging" / "requirements" / "run.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", lock)
    bare = work / "bare.lock"
    bare.write_text("\n".join(b for b in blocks if b.startswith(_BARE)), encoding="utf-8")
    folder = work / "stage"
    folder.mkdir()
    python = runtime.obtain(ROOT / "build" / "downloads", release=False)
    python.lay_down(folder / "runtime", ("..\\lib",))
    wheels.fetch(bare, folder / "lib")
    wheels.prune(folder / "lib")
    bytecode.compile_ahead(folder, bytecode.find_interpreter(python, work / "scratch"))
    icon, setup = work / "app.ico", work / "bare-window.exe"
    icons.write_ico(icon)
    launchers.build(folder, work / "scratch", "0.0.0", icon)
    installer.make_setup(folder, setup, "0.0.0", icon, source_date=0)
    return _size_mb(folder.rglob("*")), _size_mb([setup])


def _size_mb(paths: Iterable[Path]) -> float:
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6
