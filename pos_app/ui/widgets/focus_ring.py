"""The soft ring around whatever has the focus, drawn outside it, over the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.overlay import Overlay

_MOVED = frozenset({QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide})


class FocusRing(Overlay):
    """A 4 px ring around the focused field or button of `window`.

    A field draws its own 2 px accent border; a stylesheet cannot draw outside of it, so the ring
    lies over the window and follows the focused widget and everything around it.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focus_moved)
        self._focus_moved(None, QApplication.focusWidget())

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        for widget in self._watched:
            if isValid(widget):  # a screen that goes away takes the focus along while it is deleted
                widget.removeEventFilter(self)
        self._watched.clear()
        self._target = None
        if new is not None and new is not self._window and self._window.isAncestorOf(new):
            self._target = _ringed(new)
        around: QWidget | None = self._target
        while around is not None and around is not self._window:
            around.installEventFilter(self)
            self._watched.append(around)
            around = around.parentWidget()
        self.raise_()
        self.update()

    def target_rect(self) -> QRect:
        """Return where the ringed widget lies in the window; empty without one."""
        target = self._target
        if target is None or not isValid(target) or not target.isVisible():
            return QRect()
        return QRect(target.mapTo(self._window, target.rect().topLeft()), target.size())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the focused widget when something around it moves."""
        if watched is not self._window and event.type() in _MOVED:
            self.update()
            return False
        return super().eventFilter(watched, event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring, leaving the inside alone."""
        rect = QRectF(self.target_rect())
        if rect.isEmpty():
            return
        reach, radius = theme.px(4), theme.px(7)
        ring = QPainterPath()
        ring.setFillRule(Qt.FillRule.OddEvenFill)
        ring.addRoundedRect(
            rect.adjusted(-reach, -reach, reach, reach), radius + reach, radius + reach
        )
        ring.addRoundedRect(rect, radius, radius)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(ring, theme.color("accent_soft"))
        painter.end()


def _ringed(focused: QWidget) -> QWidget | None:
    """Return the widget the ring belongs around; a table marks its row, a screen needs none."""
    if focused.inherits("QAbstractItemView") or focused.property("ringless"):
        return None
    widget: QWidget | None = focused
    while widget is not None:
        if isinstance(widget, FieldShell):
            return widget.focus_box()
        widget = widget.parentWidget()
    return focused
