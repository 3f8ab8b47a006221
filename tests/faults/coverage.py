"""Where each row of the fault table is tested, read from the marks without running anything."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.elsewhere import ELSEWHERE, EXCUSES
from tests.faults.rows import GATEWAYS, rows

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Place:
    """A test of a row at some gateways.

    Attributes:
        test: `path::test`, from the root of the repository.
    """

    row: int
    gateways: tuple[str, ...]
    test: str


def places() -> list[Place]:
    """Return every test of every row, here and elsewhere."""
    found = [place for file in sorted(HERE.glob("test_*.py")) for place in _marked(file)]
    for other in ELSEWHERE:
        found += [Place(other.row, other.gateways, test) for test in other.tests]
    return found


def _marked(file: Path) -> Iterator[Place]:
    """Return what the marks of one module say."""
    module = importlib.import_module(f"tests.faults.{file.stem}")
    for name, value in vars(module).items():
        if not name.startswith("test_"):
            continue
        for mark in getattr(value, "pytestmark", []):
            if mark.name == "row":
                number, *vendors = mark.args
                test = f"{file.relative_to(ROOT).as_posix()}::{name}"
                yield Place(number, tuple(vendors) or GATEWAYS, test)


def gaps() -> list[str]:
    """Return what is neither tested nor excused, or both, or points nowhere."""
    found: list[str] = []
    tested = {(place.row, vendor) for place in places() for vendor in place.gateways}
    excused = {(excuse.row, vendor) for excuse in EXCUSES for vendor in excuse.gateways}
    for number in rows():
        for vendor in GATEWAYS:
            key = (number, vendor)
            if (key in tested) is (key in excused):
                what = "tested and excused" if key in tested else "neither tested nor excused"
                found.append(f"row {number} at {vendor}: {what}")
    found += [f"row {excuse.row}: no reason" for excuse in EXCUSES if not excuse.reason]
    found += [
        f"row {other.row}: {test} is not there"
        for other in ELSEWHERE
        for test in other.tests
        if not _exists(test)
    ]
    return found


def _exists(test: str) -> bool:
    """Tell whether `path::test` is in the repository."""
    path, _, name = test.partition("::")
    file = ROOT / path
    if not file.is_file():
        return False
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, functions) and node.name == name for node in ast.walk(tree))
