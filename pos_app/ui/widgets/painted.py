"""What the widgets that draw themselves share: fresh sizes after a new theme, crisp frames."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from pos_app.ui.marks import override

_LOOK_CHANGED = frozenset(
    {QEvent.Type.StyleChange, QEvent.Type.FontChange, QEvent.Type.PaletteChange}
)


class Painted(QWidget):
    """A widget that draws itself with the theme's colours and asks for room anew when they change.

    Its size may depend on the text scale; `relook()` is the place to renew what was kept.
    """

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Ask for room again and repaint after a change of scheme, font or enabled state."""
        super().changeEvent(event)
        if event.type() in _LOOK_CHANGED:
            self.relook()
            self.updateGeometry()
        self.update()

    def relook(self) -> None:
        """Renew what depends on the theme; nothing unless a subclass keeps something."""


def set_shown(widget: QWidget, *, shown: bool) -> None:
    """Show or hide a widget that has its place already.

    One that nobody has hidden comes up with its parent; shown all the same, it and what is around
    it would be styled and laid out at once, which a window under construction does not need.
    """
    if not shown or widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
        widget.setVisible(shown)


def frame(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    fill: QColor | None,
    line: QColor | None = None,
    width: float = 1.0,
) -> None:
    """Draw a rounded box whose line lies wholly inside `rect`, on whole pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inset = width / 2 if line is not None else 0.0
    box = rect.adjusted(inset, inset, -inset, -inset)
    path = QPainterPath()
    path.addRoundedRect(box, radius - inset, radius - inset)
    if fill is not None:
        painter.fillPath(path, fill)
    if line is not None:
        painter.strokePath(path, QPen(line, width, Qt.PenStyle.SolidLine))


def faded(tone: QColor, alpha: float) -> QColor:
    """Return `tone` with an opacity of `alpha` (0 to 1)."""
    pale = QColor(tone)
    pale.setAlphaF(alpha)
    return pale
