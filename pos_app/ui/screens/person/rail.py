"""The steps of a guided job, and where one is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.widgets.icons import paint_icon
from pos_app.ui.widgets.painted import Painted, frame


class StepRail(Painted):
    """Numbered discs with names; the one at hand is filled, those done have a tick."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        """Start at the first of the steps of these names."""
        super().__init__(parent)
        self._step = 1
        self._names = tuple(names)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_step(1)

    def set_names(self, names: Sequence[str]) -> None:
        """Name other steps; `set_step` says where one is among them."""
        self._names = tuple(names)
        self.update()

    def names(self) -> tuple[str, ...]:
        """Return the names of the steps."""
        return self._names

    def set_step(self, step: int) -> None:
        """Show the step one is at, from 1; one more than there are shows all of them done."""
        self._step = step
        steps = len(self._names)
        self.setAccessibleName(text("person.step_of", step=min(step, steps), steps=steps))
        self.setAccessibleDescription(self._names[min(step, steps) - 1])
        self.update()

    def step(self) -> int:
        """Return the step shown."""
        return self._step

    @override
    def sizeHint(self) -> QSize:
        """Return the room of a disc with its name below."""
        return QSize(theme.px(560), theme.px(54))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line, the discs and the names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        steps = len(self._names)
        share, side = self.width() / steps, theme.px(28)
        for number in range(1, steps + 1):
            middle = share * (number - 0.5)
            if number > 1:
                reached = number <= self._step
                line = QRectF(middle - share + side * 0.75, side / 2 - 1, share - side * 1.5, 2)
                painter.fillRect(line, theme.color("accent" if reached else "line"))
            self._paint_disc(painter, number, QRectF(middle - side / 2, 0, side, side))
            self._paint_name(painter, number, QRectF(middle - share / 2, side, share, 22))
        painter.end()

    def _paint_disc(self, painter: QPainter, number: int, box: QRectF) -> None:
        done, here = number < self._step, number == self._step
        ground = theme.color("accent" if here else "accent_soft" if done else "sunken")
        ink = theme.color("on_accent" if here else "accent" if done else "muted")
        line = theme.color("edge") if not (here or done) else None
        frame(painter, box, box.width() / 2, ground, line)
        if done:
            inset = theme.px(7)
            paint_icon(painter, "check", box.adjusted(inset, inset, -inset, -inset), ink)
            return
        painter.setFont(theme.font("strong"))
        painter.setPen(ink)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number))

    def _paint_name(self, painter: QPainter, number: int, box: QRectF) -> None:
        here = number == self._step
        font = theme.font("strong" if here else "caption")
        painter.setFont(font)
        painter.setPen(theme.color("text" if here else "muted"))
        spot = QRectF(box.left(), box.top() + theme.px(4), box.width(), theme.px(22))
        words = QFontMetricsF(font).elidedText(
            self._names[number - 1], Qt.TextElideMode.ElideRight, spot.width()
        )
        painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, words)
