"""Terms and values, two columns: the parts of a slip, the details of a payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.state_badge import Badge, StateBadge


@dataclass(frozen=True, slots=True)
class Pair:
    """A term and its value; `total` is the sum at the end, `hint` a value that is not there yet."""

    term: str
    value: str | Badge
    role: Literal["body", "strong", "total", "hint"] = "body"


class Pairs(QWidget):
    """A list of pairs; long values are shortened with an ellipsis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pairs: tuple[Pair, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.px(12))
        self._grid.setVerticalSpacing(theme.px(6))
        self._grid.setColumnStretch(1, 1)

    def set_pairs(self, pairs: Sequence[Pair]) -> None:
        """Show `pairs`; shows them anew only when they differ."""
        if tuple(pairs) == self._pairs:
            return
        self._pairs = tuple(pairs)
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for row, pair in enumerate(pairs):
            self._add(row, pair)

    def pairs(self) -> tuple[Pair, ...]:
        """Return what is shown."""
        return self._pairs

    def _add(self, row: int, pair: Pair) -> None:
        term = label(pair.term, "small")
        term.set_tone("muted")
        low = Qt.AlignmentFlag.AlignBottom
        self._grid.addWidget(term, row, 0, low if pair.role == "total" else Qt.AlignmentFlag(0))
        if isinstance(pair.value, Badge):
            badge = StateBadge(pair.value)
            self._grid.addWidget(badge, row, 1, Qt.AlignmentFlag.AlignRight)
            return
        role = "small" if pair.role == "body" else pair.role
        value = label(pair.value, role, align="right", elide=True)
        value.setAccessibleName(f"{pair.term} {pair.value}")
        self._grid.addWidget(value, row, 1)
