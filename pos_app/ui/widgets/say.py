"""A sentence the clerk can read out to the customer."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets.labels import EmphasisLabel
from pos_app.ui.widgets.painted import Painted


class Say(Painted):
    """Words on the accent's soft ground with a bar at their left."""

    def __init__(self, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = EmphasisLabel(words, "field")
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.px(side) for side in (18, 9, 14, 10)))
        column.addWidget(self._words)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self._words.words())

    def set_words(self, words: str) -> None:
        """Say something else; `**strong**` parts are bold."""
        self._words.set_words(words)
        self.setAccessibleName(self._words.words())

    def words(self) -> str:
        """Return the sentence."""
        return self._words.words()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground and bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box, radius, bar = QRectF(self.rect()), theme.px(7), theme.px(4)
        path = QPainterPath()
        path.addRoundedRect(box, radius, radius)
        square = QPainterPath()
        square.addRect(box.adjusted(0, 0, -radius, 0))
        painter.fillPath(path.united(square), theme.color("accent_soft"))
        painter.fillRect(QRectF(0, 0, bar, box.height()), theme.color("accent"))
        painter.end()
