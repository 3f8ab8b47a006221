"""The operations served, read from operations.tsv: addresses, and each field's type and limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Final
from urllib.parse import unquote

PREFIX: Final = "portone."
"""Before an operation's name in fault rules and in the log."""
SCHEDULE_ITEM: Final = "schedule item"
"""One entry of schedules[] (ScheduleAnnotation)."""
_MAY_BE_LEFT_OUT: Final = "{payment_status}"
_COLUMNS: Final = 9


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body or a query, as the table states it."""

    name: str
    type: str
    """text, texts, integer, number, boolean, object or schedules."""
    needed: bool
    least: int | None
    most: int | None
    length: int | None
    one_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: method, path, fields."""

    name: str
    method: str
    segments: tuple[str, ...]
    body: dict[str, Field] = field(default_factory=dict)
    query: dict[str, Field] = field(default_factory=dict)
    path: dict[str, Field] = field(default_factory=dict)

    def variables(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """Return the decoded variables of a path, None when it is not this operation's."""
        wanted = self.segments
        if len(wanted) == len(segments) + 1 and wanted[-1] == _MAY_BE_LEFT_OUT:
            if self.path[_MAY_BE_LEFT_OUT[1:-1]].needed:
                return None
            wanted = wanted[:-1]
        if len(wanted) != len(segments):
            return None
        found: dict[str, str] = {}
        for want, got in zip(wanted, segments, strict=True):
            if want.startswith("{"):
                found[want[1:-1]] = unquote(got)
            elif want != got:
                return None
        return None if "" in found.values() else found


@cache
def operations() -> Mapping[str, Operation]:
    """Return every operation by its name."""
    found: dict[str, Operation] = {}
    for name, place, *cells in _rows():
        if place == "is":
            method, _, path = cells[0].partition(" ")
            found[name] = Operation(name, method, tuple(path.split("/")[1:]))
        else:
            stated = _field(cells)
            getattr(found[name], place)[stated.name] = stated
    return found


def locate(method: str, path: str) -> tuple[Operation | None, dict[str, str], bool]:
    """Return operation and variables of an address; the last value: the path is known at all."""
    segments = tuple(path.split("/")[1:])
    known = False
    # Addresses with fewer variables first: /payments/cancel is no imp_uid.
    for operation in sorted(operations().values(), key=_generality):
        variables = operation.variables(segments)
        if variables is None:
            continue
        known = True
        if operation.method == method:
            return operation, variables, True
    return None, {}, known


def _generality(operation: Operation) -> int:
    return sum(segment.startswith("{") for segment in operation.segments)


def _rows() -> Iterator[list[str]]:
    text = resources.files(__package__).joinpath("operations.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")
            yield cells + [""] * (_COLUMNS - len(cells))


def _field(cells: list[str]) -> Field:
    name, kind, needed, least, most, length, one_of = cells
    return Field(
        name=name,
        type=kind,
        needed=needed == "yes",
        least=int(least) if least else None,
        most=int(most) if most else None,
        length=int(length) if length else None,
        one_of=tuple(one_of.split()),
    )
