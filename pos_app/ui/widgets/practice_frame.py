"""The frame that says: this is not real money (yellow), or not the real gateway (violet)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.widgets.overlay import Overlay

FrameKind = Literal["practice", "staging", "loopback", ""]


class PracticeFrame(Overlay):
    """A 4 px frame around `window` with a tag at the middle of its top; `""` shows nothing.

    Args:
        window: what it lies over.
        kind: the environment.
        room: tells from where to where the tag covers nothing, in pixels of the window; it stands
            in the middle of that where it would not fit in the middle of the window.
    """

    def __init__(
        self,
        window: QWidget,
        kind: FrameKind = "",
        room: Callable[[], tuple[int, int]] | None = None,
    ) -> None:
        super().__init__(window)
        self._kind: FrameKind = ""
        self._room = room
        self.set_kind(kind)

    def set_kind(self, kind: FrameKind) -> None:
        """Show the frame of another environment."""
        self._kind = kind
        self.setAccessibleName(self.words())
        self.setVisible(bool(kind))
        self.raise_()
        self.update()

    def words(self) -> str:
        """Return what the tag says."""
        return text(f"frame.{self._kind}") if self._kind else ""

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw frame and tag."""
        if not self._kind:
            return
        token = "practice" if self._kind == "practice" else "staging"
        ground, ink = theme.color(token), theme.color(f"on_{token}")
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide, high, line = self.width(), self.height(), theme.px(4)
        for edge in (
            QRectF(0, 0, wide, line),
            QRectF(0, high - line, wide, line),
            QRectF(0, 0, line, high),
            QRectF(wide - line, 0, line, high),
        ):
            painter.fillRect(edge, ground)
        font = theme.font("heading")
        tag_wide = QFontMetricsF(font).horizontalAdvance(self.words()) + theme.px(36)
        tag = QRectF(self._tag_left(tag_wide), 0, tag_wide, theme.px(26))
        path = QPainterPath()
        path.addRoundedRect(tag.adjusted(0, -theme.px(8), 0, 0), theme.px(8), theme.px(8))
        painter.fillPath(path, ground)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, self.words())
        painter.end()

    def _tag_left(self, tag_wide: float) -> float:
        """Return where the tag begins."""
        middle = (self.width() - tag_wide) / 2
        if self._room is None:
            return middle
        since, until = self._room()
        if since <= middle and middle + tag_wide <= until:
            return middle
        return since + (until - since - tag_wide) / 2
