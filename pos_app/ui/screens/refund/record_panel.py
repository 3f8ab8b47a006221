"""What happened to the payment so far: as many milestones as there is room for, the last ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from pos_app.domain.facts import Entry
from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.story import StoryLine, milestones, story_steps, tell_story
from pos_app.ui.text import text
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.steps import Steps

#: One line with the white below it, at 100 %.
_LINE_PX = 31


class _Room(QWidget):
    """Takes what is left, never asks for more, and tells when it has changed."""

    def __init__(self, panel: RecordPanel) -> None:
        super().__init__()
        self._panel = panel
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room of one line."""
        return QSize(0, theme.px(_LINE_PX))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show more or fewer lines."""
        super().resizeEvent(event)
        self._panel.fit()


class RecordPanel(Panel):
    """The story of one payment, short."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(text("refund.record"), parent=parent)
        self._lines: tuple[StoryLine, ...] = ()
        self._steps = Steps()
        self._room = _Room(self)
        column = QVBoxLayout(self._room)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._steps)
        column.addStretch(1)
        self.add(self._room, 1)

    def show_story(self, entries: Sequence[Entry]) -> None:
        """Show the milestones among these facts; none empties the panel."""
        self._lines = milestones(tell_story(entries))
        self.fit()

    def lines(self) -> tuple[StoryLine, ...]:
        """Return every milestone, also those there is no room for."""
        return self._lines

    def fit(self) -> None:
        """Show the newest lines that fit, and say how many are not shown."""
        room = max(1, (self._room.height() + theme.px(7)) // theme.px(_LINE_PX))
        hidden = max(0, len(self._lines) - room)
        self._steps.set_steps(story_steps(self._lines[hidden:]))
        self.set_aside(text("refund.record.earlier", count=hidden) if hidden else "")
