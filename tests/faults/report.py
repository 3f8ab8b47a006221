"""Runs the fault table and prints it: row, fault, verdict at each gateway, where it is tested.

    python -m tests.faults.report [--out FILE] [--workers N]

The last line is one JSON object with the figures; the exit code is 0 when each row is covered and
nothing failed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from tests.faults import coverage
from tests.faults.elsewhere import ELSEWHERE, EXCUSES
from tests.faults.rows import GATEWAYS, rows


@dataclass
class Collector:
    """A pytest plugin that notes the outcome of every test; a failed phase fails the test."""

    outcomes: dict[str, str] = field(default_factory=dict)
    of_row: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of one test."""
        for name, value in report.user_properties:
            if name == "row":
                number, vendors = cast("tuple[int, Sequence[str]]", value)
                self.of_row[report.nodeid] = (number, tuple(vendors))
        before = self.outcomes.get(report.nodeid, "passed")
        self.outcomes[report.nodeid] = before if before != "passed" else report.outcome


@dataclass(frozen=True)
class Cell:
    """What is known of a row at a gateway.

    Attributes:
        verdict: "passed", "failed", "skipped", "excused" or "missing".
        ran: how many tests it took.
        notes: where it is tested, or the reason why it is not.
    """

    verdict: str
    ran: int
    notes: tuple[str, ...]


def cell(number: int, vendor: str, collected: Collector) -> Cell:
    """Return the verdict on a row at a gateway."""
    for excuse in EXCUSES:
        if excuse.row == number and vendor in excuse.gateways:
            return Cell("excused", 0, (excuse.reason,))
    nodes = [
        node
        for node, (row, vendors) in collected.of_row.items()
        if (row, vendor in vendors) == (number, True)
    ]
    for other in ELSEWHERE:
        if other.row == number and vendor in other.gateways:
            nodes += [n for n in collected.outcomes if n.partition("[")[0] in other.tests]
    outcomes = {collected.outcomes[node] for node in nodes}
    verdict = next((o for o in ("failed", "skipped", "passed") if o in outcomes), "missing")
    return Cell(verdict, len(nodes), tuple(sorted({node.partition("[")[0] for node in nodes})))


def report(collected: Collector) -> tuple[str, dict[str, int]]:
    """Return the report as text, and its figures."""
    lines: list[str] = []
    figures = dict.fromkeys(("rows", "covered rows", "passed", "excused", "failed", "missing"), 0)
    figures["tests"] = len(collected.outcomes)
    for number, one in rows().items():
        cells = {vendor: cell(number, vendor, collected) for vendor in GATEWAYS}
        verdicts = [each.verdict for each in cells.values()]
        figures["rows"] += 1
        figures["covered rows"] += all(v in {"passed", "excused"} for v in verdicts)
        for verdict in verdicts:
            figures["missing" if verdict == "skipped" else verdict] += 1
        told = "  ".join(f"{v} {c.verdict} ({c.ran})" for v, c in cells.items())
        lines += [f"{number:>3}  {one.fault}", f"     -> {one.outcome}", f"     {told}"]
        notes = dict.fromkeys(note for each in cells.values() for note in each.notes)
        lines += [f"       {note}" for note in notes]
    lines += ["", f"{figures['covered rows']}/{figures['rows']} rows covered"]
    return "\n".join(lines) + "\n", figures


def main(arguments: Sequence[str]) -> int:
    """Run the table and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.report")
    parser.add_argument("--out", type=Path, help="a file for the report, besides the screen")
    parser.add_argument("--workers", type=int, default=2)
    wanted = parser.parse_args(arguments)
    collected = Collector()
    others = sorted({test for other in ELSEWHERE for test in other.tests})
    options = ["-q", "--no-header", "-n", str(wanted.workers)]
    code = pytest.main([*options, str(coverage.HERE), *others], plugins=[collected])
    text, figures = report(collected)
    sys.stdout.write(text)
    if wanted.out is not None:
        wanted.out.write_text(text, encoding="utf-8")
    failed = sum(outcome == "failed" for outcome in collected.outcomes.values())
    whole = code == 0 and figures["covered rows"] == figures["rows"]
    said = {"machine": "faults", "figures": figures, "failed": failed}
    sys.stdout.write(json.dumps(said) + "\n")
    return 0 if whole else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
