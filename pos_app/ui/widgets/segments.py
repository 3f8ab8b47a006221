"""A few choices side by side, one of them chosen; a key of the screen moves on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets.keycap import cap_size, paint_cap
from pos_app.ui.widgets.painted import Painted, frame

_HEIGHT_PX = 36


class Segments(Painted):
    """Choices in one box with the cap of the key behind them; it never takes the focus.

    Signals:
        picked: (index) another choice was clicked.
    """

    picked = Signal(int)

    def __init__(self, name: str, key: str, parent: QWidget | None = None) -> None:
        """Start without choices; `name` is what a screen reader calls it."""
        super().__init__(parent)
        self._name, self._key = name, key
        self._words: tuple[str, ...] = ()
        self._current = 0
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_choices(self, words: Sequence[str], current: int) -> None:
        """Offer `words`, one of them chosen."""
        self._words = tuple(words)
        self.set_current(current)
        self.updateGeometry()

    def words(self) -> tuple[str, ...]:
        """Return what is offered."""
        return self._words

    def current(self) -> int:
        """Return which one is chosen."""
        return self._current

    def set_current(self, index: int) -> None:
        """Show another one as chosen."""
        self._current = index
        self.setAccessibleName(f"{self._name} ({self._key})")
        self.setAccessibleDescription(self._words[index] if self._words else "")
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """Return the room of all words in bold, so that nothing moves when one is chosen."""
        metrics = QFontMetricsF(theme.font("strong"))
        widths = [metrics.horizontalAdvance(words) + theme.px(24) for words in self._words]
        return QSize(round(sum(widths)) + self._cap_room(), theme.px(_HEIGHT_PX))

    def _cap_room(self) -> int:
        return cap_size(self._key).width() + theme.px(10)

    def _boxes(self) -> list[QRectF]:
        """Return the box of each choice."""
        left, room = 0.0, self.width() - self._cap_room()
        width = room / max(1, len(self._words))
        return [
            QRectF(left + at * width, 0, width, self.height()) for at in range(len(self._words))
        ]

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the choice under the pointer."""
        for index, box in enumerate(self._boxes()):
            if box.contains(event.position()) and index != self._current:
                self.picked.emit(index)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box, the chosen part, the words and the cap."""
        painter = QPainter(self)
        whole = QRectF(0, 0, self.width() - self._cap_room(), self.height())
        outline = theme.current().outline
        frame(painter, whole, theme.px(8), theme.color("sunken"), theme.color("line"), 1)
        for index, box in enumerate(self._boxes()):
            chosen = index == self._current
            if chosen:
                inside = box.adjusted(*(theme.px(edge) for edge in (3, 3, -3, -3)))
                line = theme.color("edge" if outline else "accent")
                frame(painter, inside, theme.px(6), theme.color("accent_soft"), line, 1.5)
            font = theme.font("strong" if chosen else "body")
            painter.setFont(font)
            painter.setPen(theme.color("text" if chosen else "muted"))
            words = QFontMetricsF(font).elidedText(
                self._words[index], Qt.TextElideMode.ElideRight, box.width() - theme.px(12)
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        size = cap_size(self._key)
        top = (self.height() - size.height()) / 2
        cap = QRectF(self.width() - size.width(), round(top), size.width(), size.height())
        paint_cap(painter, cap, self._key)
        painter.end()
