"""The one table of the start-up bench: each row a ratio to a floor measured in the same run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        what: what is measured.
        unit: of `value` and `floor`.
        floor: the least that the same means can do; None where nothing was measured.
        value: ours; None where nothing was measured.
        goal: the ratio that is wanted; None for a row that is only told.
        note: what the floor is, why a goal is missed, or why nothing was measured.
    """

    what: str
    unit: str
    floor: float | None
    value: float | None
    goal: float | None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Return ours over the floor."""
        return self.value / self.floor if self.value is not None and self.floor else None


def printed(rows: Iterable[Row]) -> str:
    """Return the rows as one Markdown table."""
    head = "| row | floor | ours | ratio | goal | reached | note |"
    return "\n".join([head, "| --- | --: | --: | --: | --: | --- | --- |", *map(_line, rows)])


def _line(row: Row) -> str:
    ratio = row.ratio
    goal = "" if row.goal is None else f"{row.goal:.2f}"
    if ratio is None:
        cells = [row.what, "", "", "", goal, "not measured", row.note]
    else:
        reached = "" if row.goal is None else "yes" if ratio <= row.goal else "no"
        measured = [f"{value:.0f} {row.unit}" for value in (row.floor, row.value) if value]
        cells = [row.what, *measured, f"{ratio:.2f}", goal, reached, row.note]
    return f"| {' | '.join(cells)} |"
