"""A labelled line edit: the base of every field that is not secret."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.field_shell import FieldShell


class LineEdit(QLineEdit):
    """A line edit that hands Enter, Up and Down to its field and shows muted words at its end."""

    entered = Signal()
    up = Signal()
    down = Signal()
    left = Signal()

    def __init__(self, kind: str = "") -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._suffix = ""
        self._keeps_room = False

    def set_suffix(self, words: str, *, keep_room: bool = False) -> None:
        """Show `words` at the right end, inside the box.

        With `keep_room` (a unit) nothing is typed over them; otherwise they give way.
        """
        self._suffix, self._keeps_room = words, keep_room
        self._make_room()
        self.update()

    def _make_room(self) -> None:
        self.setTextMargins(0, 0, self._suffix_width() if self._keeps_room else 0, 0)

    def _suffix_width(self) -> int:
        if not self._suffix:
            return 0
        metrics = QFontMetrics(theme.font("field"))
        return metrics.horizontalAdvance(self._suffix) + theme.px(8)

    def extra_key(self, event: QKeyEvent) -> bool:
        """Handle a key before the line edit does; True when it is done."""
        return False

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand the keys of the form's path over; everything else is typing."""
        if keys.is_enter(event):
            if not event.isAutoRepeat():
                self.entered.emit()
        elif event.key() == Qt.Key.Key_Up:
            self.up.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.down.emit()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        elif not self.extra_key(event):
            super().keyPressEvent(event)

    @override
    def event(self, event: QEvent) -> bool:
        """Tell when the focus has left."""
        done = super().event(event)
        if event.type() == QEvent.Type.FocusOut:
            self.left.emit()
        elif event.type() == QEvent.Type.StyleChange:
            self._make_room()
        return done

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line edit and the words at its end."""
        super().paintEvent(event)
        if not self._suffix:
            return
        taken = self.fontMetrics().horizontalAdvance(self.text() or self.placeholderText())
        if not self._keeps_room and taken + self._suffix_width() + theme.px(32) > self.width():
            return
        painter = QPainter(self)
        painter.setFont(theme.font("field"))
        painter.setPen(theme.color("muted"))
        inner = QRectF(self.rect()).adjusted(0, 0, -theme.px(13), 0)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, flags, self._suffix)
        painter.end()


class LineField(FieldShell):
    """A caption, a line edit and a note; subclasses say what may be typed."""

    def __init__(
        self, caption: str, edit: LineEdit | None = None, parent: QWidget | None = None
    ) -> None:
        self._edit = edit or LineEdit()
        super().__init__(caption, parent)
        self.put_box(self._edit)
        self.setFocusProxy(self._edit)
        self._edit.setAccessibleName(caption)
        self._edit.textEdited.connect(self._on_edited)
        self._edit.entered.connect(self._on_enter)
        self._edit.down.connect(self._on_enter)
        self._edit.up.connect(self.retreat)
        self._edit.left.connect(self._on_left)

    # -- contents ------------------------------------------------------------------------------

    def text_value(self) -> str:
        """Return what was entered, without blanks around it."""
        return self._edit.text().strip()

    def set_text_value(self, value: str) -> None:
        """Show `value` as if it had been entered."""
        if value != self.text_value():
            self._edit.setText(value)
            self.changed.emit()

    def set_placeholder(self, words: str) -> None:
        """Show muted words while the field is empty."""
        self._edit.setPlaceholderText(words)

    @override
    def is_empty(self) -> bool:
        """Tell whether nothing was entered."""
        return not self.text_value()

    @override
    def clear_field(self) -> None:
        """Forget what was entered, together with error and warning."""
        super().clear_field()
        self.set_text_value("")

    @override
    def set_caption(self, caption: str) -> None:
        """Name the field and the line edit in it."""
        super().set_caption(caption)
        self._edit.setAccessibleName(caption)

    # -- for subclasses ------------------------------------------------------------------------

    @override
    def focus_box(self) -> QWidget:
        """Return the line edit."""
        return self._edit

    @override
    def show_fault(self, faulty: bool) -> None:
        """Draw the border of an error."""
        if self._edit.property("faulty") is not faulty:
            self._edit.setProperty("faulty", faulty)
            self._edit.style().unpolish(self._edit)
            self._edit.style().polish(self._edit)

    @override
    def _say(self) -> None:
        super()._say()
        self._edit.setAccessibleDescription(self.note())

    def _on_edited(self, typed: str) -> None:
        """Take what was typed; subclasses tidy it first."""
        self.set_error("")
        self.changed.emit()

    def _on_enter(self) -> None:
        self.advance.emit()

    def _on_left(self) -> None:
        """Notice that the focus has left."""

    def retype(self, shown: str, keep: str) -> None:
        """Show `shown`, the caret before the same number of the characters in `keep` as now."""
        edit = self._edit
        behind = sum(char in keep for char in edit.text()[edit.cursorPosition() :])
        edit.setText(shown)
        at = len(shown)
        while behind and at:
            at -= 1
            behind -= shown[at] in keep
        edit.setCursorPosition(at)
