"""What the program is doing, or what has happened: badge, words, time, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.state_badge import Badge, BadgeTone, StateBadge


@dataclass(frozen=True, slots=True)
class Step:
    """One line: `words` with `time` at its end, an icon or a `badge` word before it."""

    words: str
    time: str = ""
    tone: BadgeTone = "good"
    icon: str = "check"
    badge: str = ""


class Steps(QWidget):
    """A list of steps; shows them anew only when they differ."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[Step, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.px(7))

    def set_steps(self, steps: Sequence[Step]) -> None:
        """Show `steps`, oldest first."""
        if tuple(steps) == self._steps:
            return
        self._steps = tuple(steps)
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for step in steps:
            self._column.addWidget(_line(step))

    def steps(self) -> tuple[Step, ...]:
        """Return what is shown."""
        return self._steps


def _line(step: Step) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.px(10))
    badge = StateBadge(Badge(step.icon, step.tone, step.badge))
    row.addWidget(badge, alignment=Qt.AlignmentFlag.AlignTop)
    row.addWidget(EmphasisLabel(step.words, "body"), 1)
    row.addWidget(label(step.time, "caption", align="right"))
    line.setAccessibleName(f"{step.badge} {step.words} {step.time}".strip())
    return line
