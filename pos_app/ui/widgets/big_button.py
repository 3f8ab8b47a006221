"""The buttons: one big action, quiet ones beside it, each with its key cap."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.keycap import cap_size, paint_cap
from pos_app.ui.widgets.painted import faded, frame


class BigButton(QAbstractButton):
    """A button with words and a key cap.

    The key itself is the screen's to handle; Enter and Space work while the button has the focus,
    but a held key never clicks twice.

    Args:
        words: what it does.
        key: the key that does it, `""` for none.
        primary: filled with the accent; at most one on a screen.
        danger: filled with the colour of what cannot be undone.
        height: px at 100 %; 56 for the one big action, 46 in a row of several.
    """

    def __init__(
        self,
        words: str,
        key: str = "",
        *,
        primary: bool = True,
        danger: bool = False,
        height: int = 56,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._key, self._primary, self._danger, self._height = key, primary, danger, height
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_words(words)

    def set_words(self, words: str) -> None:
        """Say something else."""
        self.setText(words)
        self.setAccessibleName(f"{words} ({self._key})" if self._key else words)
        self.updateGeometry()
        self.update()

    def _font(self) -> QFont:
        font = theme.font("button" if self._height >= 50 else "body")
        font.setBold(self._primary or self._danger)
        return font

    def _gap(self) -> int:
        return theme.px(11) if self._key else 0

    def _content_width(self) -> float:
        words = QFontMetricsF(self._font()).horizontalAdvance(self.text())
        return words + self._gap() + (cap_size(self._key).width() if self._key else 0)

    @override
    def sizeHint(self) -> QSize:
        """Return the room of words, cap and air."""
        return QSize(round(self._content_width()) + theme.px(32), theme.px(self._height))

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room that still shows everything."""
        return QSize(round(self._content_width()) + theme.px(16), theme.px(self._height))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Click at Enter as at Space; a held key does nothing more."""
        if event.isAutoRepeat() and (keys.is_enter(event) or event.key() == Qt.Key.Key_Space):
            return
        if keys.is_enter(event):
            self.click()
            return
        super().keyPressEvent(event)

    def _colors(self) -> tuple[QColor, QColor, QColor | None]:
        """Return ground, ink and line."""
        if self._danger:
            ground, ink, line = theme.color("bad"), theme.color("on_bad"), None
        elif self._primary:
            ground, ink, line = theme.color("accent"), theme.color("on_accent"), None
        else:
            ground, ink = theme.color("sunken"), theme.color("text")
            line = theme.color("edge" if theme.current().outline else "line")
        if self.isDown():
            ground = ground.darker(112)
        elif self.underMouse() and self.isEnabled():
            ground = ground.darker(104)
        return ground, ink, line

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, words and cap, centred together."""
        painter = QPainter(self)
        ground, ink, line = self._colors()
        if not self.isEnabled():
            painter.setOpacity(0.5)
        box = QRectF(self.rect())
        frame(painter, box, theme.px(9), ground, line)
        if self.hasFocus():
            ring = faded(ink, 0.9) if self._primary or self._danger else theme.color("accent")
            frame(painter, box.adjusted(3, 3, -3, -3), theme.px(6), None, ring, 2)
        left = (box.width() - self._content_width()) / 2
        painter.setFont(self._font())
        painter.setPen(ink)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box.adjusted(left, 0, 0, 0), flags, self.text())
        if self._key:
            size = cap_size(self._key)
            spot = QRectF(0, 0, size.width(), size.height())
            spot.moveRight(box.width() - left)
            spot.moveTop(round((box.height() - size.height()) / 2))
            filled = self._primary or self._danger
            paint_cap(painter, spot, self._key, faded(ink, 0.9) if filled else None)
        painter.end()
