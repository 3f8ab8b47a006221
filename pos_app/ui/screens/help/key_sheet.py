"""Every key by screen, as a sheet of three columns."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.key_table import KEY_TABLE
from pos_app.ui.text import text
from pos_app.ui.widgets.keycap import KeyCap
from pos_app.ui.widgets.labels import Label, label

#: Which groups stand below each other in each column; about as high as each other.
COLUMNS = (
    ("everywhere", "refund", "identity"),
    ("sale", "cards"),
    ("history", "person", "settings", "help"),
)


class KeySheet(QWidget):
    """The keys; those that fit a search are marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show every key of the table."""
        super().__init__(parent)
        self._rows: list[tuple[str, Label]] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(6), theme.px(4), theme.px(6), theme.px(4))
        row.setSpacing(theme.px(28))
        for groups in COLUMNS:
            column = QVBoxLayout()
            column.setSpacing(theme.px(12))
            for group in groups:
                column.addLayout(self._group(group))
            column.addStretch(1)
            row.addLayout(column, 1)

    def _group(self, group: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.px(5))
        column.addWidget(label(text(f"help.group.{group}"), "strong"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(10))
        grid.setVerticalSpacing(theme.px(4))
        grid.setColumnMinimumWidth(0, theme.px(76))
        grid.setColumnStretch(1, 1)
        for at, key in enumerate(KEY_TABLE[group]):
            words = text(f"help.key.{group}.{key.name}")
            caps = QHBoxLayout()
            caps.setSpacing(theme.px(4))
            for part in key.key.split():
                caps.addWidget(KeyCap(part))
            caps.addStretch(1)
            grid.addLayout(caps, at, 0)
            shown = label(words, "body", elide=True)
            grid.addWidget(shown, at, 1, Qt.AlignmentFlag.AlignVCenter)
            self._rows.append((f"{key.key} {words}", shown))
        column.addLayout(grid)
        return column

    def rows(self) -> list[str]:
        """Return key and words of every row."""
        return [words for words, _ in self._rows]

    def mentions(self, words: str) -> bool:
        """Tell whether a row fits."""
        return any(_fits(row, words) for row, _ in self._rows)

    def mark(self, words: str) -> int:
        """Mark the rows that fit, and return how many do."""
        hits = 0
        for row, shown in self._rows:
            hit = bool(words) and _fits(row, words)
            shown.set_tone("accent" if hit else "text")
            hits += hit
        return hits


def _fits(row: str, words: str) -> bool:
    return all(word in row.casefold() for word in words.casefold().split())
