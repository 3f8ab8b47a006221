"""Fields one chooses in: a list of reasons, a tick."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QSizePolicy, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.icons import paint_icon
from pos_app.ui.widgets.painted import frame


class _Combo(QComboBox):
    """A combo box whose arrow follows the theme."""

    def __init__(self, field: ChoiceField) -> None:
        super().__init__()
        self._field = field

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter go on; the arrows choose."""
        if keys.is_enter(event):
            if not event.isAutoRepeat():
                self._field.advance.emit()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box and a chevron at its end."""
        super().paintEvent(event)
        painter = QPainter(self)
        side = theme.px(16)
        spot = QRectF(self.width() - side - theme.px(11), (self.height() - side) / 2, side, side)
        paint_icon(painter, "chevron", spot, theme.color("muted"))
        painter.end()


class ChoiceField(FieldShell):
    """A labelled list; `choices` are pairs of value and words."""

    def __init__(
        self, caption: str, choices: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        self._combo = _Combo(self)
        super().__init__(caption, parent)
        self.put_box(self._combo)
        self.setFocusProxy(self._combo)
        self.set_choices(choices)
        self._combo.currentIndexChanged.connect(self.changed)

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer other choices; the first one is chosen."""
        blocked = self._combo.blockSignals(True)
        self._combo.clear()
        for value, words in choices:
            self._combo.addItem(words, value)
        self._combo.blockSignals(blocked)

    def value(self) -> str:
        """Return the value chosen, `""` when there is none."""
        return str(self._combo.currentData() or "")

    def set_value(self, value: str) -> None:
        """Choose `value`; an unknown one changes nothing."""
        index = self._combo.findData(value)
        if index >= 0:
            self._combo.setCurrentIndex(index)

    @override
    def is_empty(self) -> bool:
        """Tell whether nothing is chosen."""
        return not self.value()

    @override
    def clear_field(self) -> None:
        """Choose the first one again."""
        super().clear_field()
        self._combo.setCurrentIndex(0)

    @override
    def set_caption(self, caption: str) -> None:
        """Name the field and the list in it."""
        super().set_caption(caption)
        self._combo.setAccessibleName(caption)

    @override
    def focus_box(self) -> QWidget:
        """Return the list."""
        return self._combo


class CheckField(QAbstractButton):
    """A box to tick with words beside it; Space ticks."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setText(words)
        self.setAccessibleName(words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def checked(self) -> bool:
        """Tell whether it is ticked."""
        return self.isChecked()

    def set_checked(self, checked: bool) -> None:  # noqa: FBT001 - as Qt's own setter
        """Tick it or not."""
        self.setChecked(checked)

    @override
    def sizeHint(self) -> QSize:
        """Return the room of box and words."""
        metrics = QFontMetricsF(theme.font("body"))
        wide = metrics.horizontalAdvance(self.text()) + theme.px(30)
        return QSize(round(wide + 1), theme.px(28))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, tick and words."""
        painter = QPainter(self)
        side = theme.px(20)
        box = QRectF(0.5, (self.height() - side) / 2, side, side)
        if self.isChecked():
            frame(painter, box, theme.px(5), theme.color("accent"))
            spot = box.adjusted(3, 3, -3, -3)
            paint_icon(painter, "check", spot, theme.color("on_accent"))
        else:
            focused = self.hasFocus()
            line, width = theme.color("accent" if focused else "edge"), 2 if focused else 1
            frame(painter, box, theme.px(5), theme.color("surface"), line, width)
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text" if self.isEnabled() else "muted"))
        words = QRectF(self.rect()).adjusted(theme.px(30), 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()
