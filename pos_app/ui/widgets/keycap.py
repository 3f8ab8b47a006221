"""Key caps: which key does it, beside every action."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.painted import Painted, frame


def cap_size(key: str) -> QSize:
    """Return the size of the cap of `key`."""
    width = QFontMetricsF(theme.font("cap")).horizontalAdvance(key) + theme.px(11)
    return QSize(round(max(width, theme.px(19))), theme.px(20))


def paint_cap(painter: QPainter, rect: QRectF, key: str, tint: QColor | None = None) -> None:
    """Draw a key cap; `tint` makes it one line of that colour, for coloured grounds."""
    line = tint or theme.color("edge" if theme.current().outline else "line")
    ground = None if tint is not None else theme.color("sunken")
    if tint is None:  # the lower edge of a key is thicker
        frame(painter, rect, theme.px(4), line)
        frame(painter, rect.adjusted(1, 1, -1, -2), theme.px(3), ground)
    else:
        frame(painter, rect, theme.px(4), None, tint, 1)
        left, right, low = rect.left() + 3, rect.right() - 3, rect.bottom() - 1.5
        painter.fillRect(QRectF(left, low - 0.5, right - left, 1), tint)
    painter.setFont(theme.font("cap"))
    painter.setPen(tint or theme.color("muted"))
    painter.drawText(rect.adjusted(0, 0, 0, -1), Qt.AlignmentFlag.AlignCenter, key)


class KeyCap(Painted):
    """The cap of one key, drawn; screen readers hear it with the action it stands beside."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.setAccessibleName(key)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        """Return the room of the cap."""
        return cap_size(self._key)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cap."""
        painter = QPainter(self)
        paint_cap(painter, QRectF(self.rect()), self._key)
        painter.end()


class KeyHint(QWidget):
    """A key cap and what the key does, small."""

    def __init__(self, key: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(5))
        row.addWidget(KeyCap(key))
        self._words = label(words, "caption")
        row.addWidget(self._words)
        self.setAccessibleName(f"{words} ({key})")

    def set_words(self, words: str) -> None:
        """Say something else about the key."""
        self._words.set_words(words)
