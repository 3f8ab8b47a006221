"""What happened to the payment so far, narrow: as many of the last lines as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.domain.facts import Entry
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.story import StoryLine, milestones, tell_story
from pos_app.ui.text import text
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.state_badge import StateBadge


class _Room(QWidget):
    """Takes what is left and never asks for more; its lines are placed by hand.

    A layout would ask for their room, the panel would grow, and the lines be chosen anew.
    """

    def __init__(self, panel: StoryPanel) -> None:
        super().__init__()
        self._panel = panel
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room of one line."""
        return QSize(0, theme.px(46))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show more or fewer lines."""
        super().resizeEvent(event)
        self._panel.fit()


class StoryPanel(Panel):
    """The milestones of one payment, newest at the bottom."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(text("person.story"), parent=parent)
        self._lines: tuple[StoryLine, ...] = ()
        self._shown: list[_Line] = []
        self._room = _Room(self)
        self.add(self._room, 1)

    def show_story(self, entries: Sequence[Entry]) -> None:
        """Show the milestones among these facts; none empties the panel."""
        lines = milestones(tell_story(entries))
        if lines != self._lines:
            self._lines = lines
            self.fit()

    def lines(self) -> tuple[StoryLine, ...]:
        """Return every milestone, also those there is no room for."""
        return self._lines

    def fit(self) -> None:
        """Show the newest lines that fit, and say how many are not shown."""
        for old in self._shown:
            old.hide()
            old.deleteLater()
        self._shown = []
        width, gap, top = self._room.width(), theme.px(9), 0
        heights: list[int] = []
        for line in reversed(self._lines):
            made = _Line(line, self._room)
            height = made.height_at(width)
            if self._shown and sum(heights) + height + gap * len(heights) > self._room.height():
                made.deleteLater()
                break
            self._shown.insert(0, made)
            heights.insert(0, height)
        for made, height in zip(self._shown, heights, strict=True):
            made.setGeometry(0, top, width, height)
            made.show()
            top += height + gap
        hidden = len(self._lines) - len(self._shown)
        self.set_aside(text("person.story.earlier", count=hidden) if hidden else "")


class _Line(QWidget):
    """One fact: when and what it was, its words below."""

    def __init__(self, line: StoryLine, parent: QWidget) -> None:
        super().__init__(parent)
        head = QHBoxLayout()
        head.setSpacing(theme.px(8))
        head.addWidget(StateBadge(line.badge))
        head.addWidget(label(line.who, "caption", elide=True), 1)
        head.addWidget(label(t.clock_s(line.at), "caption", align="right"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(3))
        column.addLayout(head)
        column.addWidget(EmphasisLabel(line.words, "small"))
        self.setAccessibleName(f"{t.clock_s(line.at)} {line.badge.words} {line.words} {line.who}")

    def height_at(self, width: int) -> int:
        """Return the room of head and wrapped words."""
        layout = self.layout()
        assert layout is not None
        return layout.totalHeightForWidth(width)
