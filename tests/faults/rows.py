"""The fault table: 110 rows, and the mark that says which of them a test is.

    @row(16, "kcp", "portone")
    def test_row_016_cut_behind_the_number(vendor: str) -> None: ...

runs at both gateways, as `test_row_016_…[kcp]`. A row without a gateway in it is `@row(77)` and
counts for both. What is tested in other folders, and what cannot apply, stands in `elsewhere.py`;
`report.py` prints all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

GATEWAYS: Final = ("kcp", "portone")
#: One a line: number | fault | what must come of it (reference: money-safety.md section 11).
TABLE: Final = Path(__file__).with_name("table.txt")

_T = TypeVar("_T", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Row:
    """One fault and what must come of it."""

    number: int
    fault: str
    outcome: str


@cache
def rows() -> Mapping[int, Row]:
    """Return the table by number, in order."""
    found: dict[int, Row] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        number, fault, outcome = (part.strip() for part in line.split("|"))
        found[int(number)] = Row(int(number), fault, outcome)
    return found


def row(number: int, *vendors: str) -> Callable[[_T], _T]:
    """Mark a test as that row; with `vendors` it runs once for each, as its argument `vendor`."""
    if number not in rows() or not set(vendors) <= set(GATEWAYS):
        raise ValueError(number, vendors)

    def mark(test: _T) -> _T:
        marked: Any = test
        if vendors:
            marked = pytest.mark.parametrize("vendor", vendors)(marked)
        whole: _T = pytest.mark.row(number, *vendors)(marked)
        return whole

    return mark
