"""The verdict: one big word, what it means, on a ground of its colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets.icons import paint_icon
from pos_app.ui.widgets.labels import EmphasisLabel
from pos_app.ui.widgets.painted import Painted, frame

HeroTone = Literal["good", "warn", "bad", "neutral"]


class _Disc(Painted):
    """The icon in its filled circle."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = "info"
        self._tone: HeroTone = "neutral"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_icon(self, icon: str, tone: HeroTone) -> None:
        """Show `icon` on the colour of `tone`."""
        self._icon, self._tone = icon, tone
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """Return the circle's square."""
        return QSize(theme.px(54), theme.px(54))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw circle and icon."""
        painter = QPainter(self)
        box = QRectF(self.rect())
        neutral = self._tone == "neutral"
        ground = theme.color("muted" if neutral else self._tone)
        ink = theme.color("surface" if neutral else f"on_{self._tone}")
        frame(painter, box, box.width() / 2, ground)
        inset = theme.px(13)
        paint_icon(painter, self._icon, box.adjusted(inset, inset, -inset, -inset), ink)
        painter.end()


class Hero(Painted):
    """The banner of an outcome."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone: HeroTone = "neutral"
        self._disc = _Disc()
        self._title = EmphasisLabel("", "verdict")
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.px(4))
        self._hint = EmphasisLabel("", "small", ink="muted")
        words = QVBoxLayout()
        words.setSpacing(theme.px(5))
        words.addWidget(self._title)
        words.addLayout(self._lines)
        words.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme.px(side) for side in (24, 22, 24, 22)))
        row.setSpacing(theme.px(20))
        row.addWidget(self._disc, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_verdict(
        self, *, tone: HeroTone, icon: str, title: str, lines: Sequence[str] = (), hint: str = ""
    ) -> None:
        """Say how it ended; `lines` may hold `**strong**` parts."""
        self._tone = tone
        self._disc.show_icon(icon, tone)
        self._title.set_words(title)
        self._title.set_ink("text" if tone == "neutral" else tone)
        while (item := self._lines.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for line in lines:
            self._lines.addWidget(EmphasisLabel(line, "field"))
        self.set_hint(hint)
        self.setAccessibleName(title)
        self.setAccessibleDescription(" ".join(lines))
        self.update()

    def set_hint(self, words: str) -> None:
        """Renew the quiet last line alone (the time that has passed)."""
        self._hint.set_words(words)
        self._hint.setVisible(bool(words))

    def title(self) -> str:
        """Return the big words."""
        return self._title.words()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        painter = QPainter(self)
        neutral = self._tone == "neutral"
        ground = theme.color("surface" if neutral else f"{self._tone}_soft")
        line = theme.color("line" if neutral else self._tone)
        frame(painter, QRectF(self.rect()), theme.px(10), ground, line)
        painter.end()
