"""The header's parts: one tab for each function key, and a dot that says how something is."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets.keycap import cap_size, paint_cap
from pos_app.ui.widgets.painted import Painted


class NavKey(QAbstractButton):
    """A tab of the header: key cap and words, underlined while its screen is shown."""

    def __init__(self, words: str, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.setText(words)
        self.setAccessibleName(f"{words} ({key})")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # reached by its function key
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def _font(self, *, bold: bool) -> QFont:
        font = theme.font("body")
        font.setBold(bold)
        return font

    @override
    def sizeHint(self) -> QSize:
        """Return the room of cap and bold words, so that nothing moves when it is chosen."""
        words = QFontMetricsF(self._font(bold=True)).horizontalAdvance(self.text())
        return QSize(round(words) + cap_size(self._key).width() + theme.px(7 + 26), theme.px(52))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw cap, words and underline."""
        painter = QPainter(self)
        size = cap_size(self._key)
        top = round((self.height() - size.height()) / 2)
        cap = QRectF(theme.px(13), top, size.width(), size.height())
        paint_cap(painter, cap, self._key)
        chosen = self.isChecked()
        painter.setFont(self._font(bold=chosen))
        active = chosen or self.underMouse()
        painter.setPen(theme.color("text" if active else "muted"))
        words = QRectF(self.rect()).adjusted(cap.right() + theme.px(7), 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        if chosen:
            low = theme.px(3)
            painter.fillRect(0, self.height() - low, self.width(), low, theme.color("accent"))
        painter.end()


class StatusDot(Painted):
    """A coloured dot with words: how a gateway, a printer or the network is."""

    def __init__(self, words: str, tone: str = "good", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._tone = words, tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_status(words, tone)

    def set_status(self, words: str, tone: str) -> None:
        """Show another state; the words have to say it too, colour alone is not enough."""
        self._words, self._tone = words, tone
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """Return the room of dot and words."""
        metrics = QFontMetricsF(theme.font("small"))
        width = metrics.horizontalAdvance(self._words) + theme.px(16)
        return QSize(round(width + 0.5), round(metrics.height() + 0.5))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw dot (a hollow one unless all is well) and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tint = theme.color(self._tone)
        radius = theme.px(4)
        middle = QPointF(radius + 1, self.height() / 2)
        if self._tone == "good":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawEllipse(middle, radius, radius)
        else:
            painter.setPen(tint)
            painter.drawEllipse(middle, radius - 0.5, radius - 0.5)
            painter.setBrush(tint)
            painter.drawPie(
                QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius), 0, 90 * 16
            )
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("muted" if self._tone == "good" else self._tone))
        words = QRectF(self.rect()).adjusted(theme.px(16), 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._words)
        painter.end()
