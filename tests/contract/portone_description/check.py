"""Hold every request of the PortOne client against PortOne's own description; print a table.

    python -m tests.contract.portone_description.check --description FILE --prism COMMAND

Ends with 1 if a request is not as described, or a path in the client's source was never asked for.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.contract.portone_description.calls import every_request, requests_on_purpose
from tests.contract.portone_description.mock import Mock
from tests.helpers.wiretap import Sent

CLIENT = Path(__file__).resolve().parents[3] / "pos_app" / "gateways" / "portone"


@dataclass(slots=True)
class Row:
    """One operation.

    Attributes:
        requests: how many were made.
        said: the names of body fields and query parameters, in any of them.
        faults: what is not as described, in any of them.
    """

    requests: int = 0
    said: set[str] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)


def judged(mock: Mock, sent: Iterable[Sent]) -> dict[str, Row]:
    """Return a row for each operation that was asked for."""
    rows: dict[str, Row] = {}
    for request in sent:
        verdict = mock.ask(request)
        row = rows.setdefault(verdict.operation, Row())
        row.requests += 1
        row.said |= set(_names(request))
        row.faults |= set(verdict.faults)
    return dict(sorted(rows.items()))


def _names(sent: Sent) -> Iterator[str]:
    """Return what a request says, by name: `schedules.amount` for a field inside a list."""
    yield from (f"?{name}" for name, _ in parse_qsl(urlsplit(sent.target).query))
    if sent.body:
        yield from _inside(json.loads(sent.body), "")


def _inside(value: Any, before: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield before + name
            yield from _inside(part, f"{before}{name}.")
    elif isinstance(value, list):
        for part in value:
            yield from _inside(part, before)


def paths_in_source(folder: Path = CLIENT) -> set[str]:
    """Return the beginning of every path the client's source writes down, up to a value in it."""
    found: set[str] = set()
    for file in folder.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        values = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        texts = (value.partition("?")[0] for value in values if isinstance(value, str))
        # Not "/" alone, and no sentence.
        found |= {text for text in texts if len(text) > 1 and text[0] == "/" and " " not in text}
    return found


def never_asked(paths: Iterable[str], sent: Iterable[Sent]) -> list[str]:
    """Return the paths of the source that no request begins with, or ends with, or holds."""
    seen = {request.path for request in sent}
    return sorted(path for path in paths if not any(path in one for one in seen))


def faults_of(rows: dict[str, Row]) -> list[str]:
    """Return every fault there is, with its operation."""
    return sorted(f"{name}: {fault}" for name, row in rows.items() for fault in row.faults)


def table(rows: dict[str, Row]) -> str:
    """Return the rows as Markdown."""
    head = (
        "| operation | requests | fields and parameters said | verdict |\n| --- | --: | --- | --- |"
    )
    lines = [
        f"| {operation} | {row.requests} | {', '.join(sorted(row.said)) or '-'}"
        f" | {'; '.join(sorted(row.faults)) or 'valid'} |"
        for operation, row in rows.items()
    ]
    return "\n".join([head, *lines])


def main(arguments: list[str] | None = None) -> int:
    """Make the calls, ask for the verdicts, print the table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--description", type=Path, required=True, help="v1.openapi.json")
    parser.add_argument("--prism", type=Path, required=True, help="Prism's command")
    parser.add_argument("--out", type=Path, help="write the table there, too")
    given = parser.parse_args(arguments)
    sent = asyncio.run(every_request())
    with Mock(given.description, given.prism) as mock:
        rows = judged(mock, sent)
        on_purpose = {
            what: faults_of(judged(mock, seen))
            for what, seen in asyncio.run(requests_on_purpose()).items()
        }
    lines = [table(rows), ""]
    lines += [f"By the setting {what}: {'; '.join(faults)}" for what, faults in on_purpose.items()]
    print("\n".join(lines))
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    missing = never_asked(paths_in_source(), sent)
    for path in missing:
        print(f"never asked for: {path}")
    return int(bool(missing or faults_of(rows)))


if __name__ == "__main__":
    sys.exit(main())
