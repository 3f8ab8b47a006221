"""How much of a payment went back, goes back now, and is left."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.painted import Painted


class _Track(Painted):
    """The drawn bar."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = (0.0, 0.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        """Return the bar's height."""
        return QSize(theme.px(120), theme.px(12))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what went back, what goes back now, and the rest."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setClipPath(path)
        outlined = theme.current().outline
        painter.fillRect(box, theme.color("sunken" if outlined else "line"))
        before, now = (part * box.width() for part in self.parts)
        painter.fillRect(QRectF(0, 0, before, box.height()), theme.color("muted"))
        seam = 2.0 if before and now else 0.0  # two parts stay two without their colours
        painter.fillRect(QRectF(before + seam, 0, now - seam, box.height()), theme.color("accent"))
        if outlined:
            painter.strokePath(path, QPen(theme.color("line"), 2))
        painter.end()


class ProportionBar(QWidget):
    """A bar in three parts with the words for each below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._track = _Track()
        self._words = (
            label("", "caption"),
            label("", "caption", align="center", elide=True),
            label("", "caption", align="right"),
        )
        self._words[1].set_tone("accent")
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        for part, stretch in zip(self._words, (0, 1, 0), strict=True):
            row.addWidget(part, stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addWidget(self._track)
        column.addLayout(row)

    def set_parts(self, total: int, before: int, now: int, words: tuple[str, str, str]) -> None:
        """Show `before` and `now` won out of `total`, with the words of the three parts."""
        whole = max(total, before + now, 1)
        self._track.parts = (before / whole, now / whole)
        self._track.update()
        for part, said in zip(self._words, words, strict=True):
            part.set_words(said)
        self.setAccessibleName(", ".join(words))
