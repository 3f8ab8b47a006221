"""What every field has in common: a caption above, a box, one line of words below.

The line says, in this order of weight: an error, a warning, or a hint; the first two with an icon,
so that colour is never alone. It takes no room while there is nothing to say.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets.icons import paint_icon
from pos_app.ui.widgets.labels import Label, label
from pos_app.ui.widgets.painted import Painted, set_shown

NoteTone = Literal["muted", "warn", "bad"]
_NOTE_ICON: dict[NoteTone, str] = {"warn": "alert", "bad": "cross"}


class IconMark(Painted):
    """A small icon of one meaning, in one colour."""

    def __init__(self, icon: str, token: str, size: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._token, self._size = icon, token, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_mark(self, icon: str, token: str) -> None:
        """Show another icon or colour."""
        self._icon, self._token = icon, token
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """Return its square."""
        return QSize(theme.px(self._size), theme.px(self._size))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        painter = QPainter(self)
        paint_icon(painter, self._icon, QRectF(self.rect()), theme.color(self._token))
        painter.end()


class NoteLine(QWidget):
    """One line of advice below a field; hidden while it has nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = IconMark("cross", "bad", 14)
        self._words = label("", "hint", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, theme.px(5), 0, 0)
        row.setSpacing(theme.px(5))
        row.addWidget(self._mark, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        self.hide()

    def words(self) -> str:
        """Return what it says."""
        return self._words.words()

    def say(self, words: str, tone: NoteTone) -> None:
        """Show `words`; `""` hides the line."""
        icon = _NOTE_ICON.get(tone)
        self._mark.setVisible(icon is not None)
        if icon is not None:
            self._mark.set_mark(icon, tone)
        self._words.set_words(words)
        self._words.set_tone(tone)
        self.setVisible(bool(words))


class FieldShell(QWidget):
    """Base of all fields: caption, box, note, and the signals the keyboard path is made of."""

    changed = Signal()
    #: Enter or Down: on to the next field.
    advance = Signal()
    #: Up: back to the field before.
    retreat = Signal()

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = self._warning = self._error = ""
        self._caption = label(caption, "caption", parent=self)
        # Made when there is something to say: most fields of a form never do.
        self._aside: Label | None = None
        self._note: NoteLine | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._head = QHBoxLayout()
        self._head.setContentsMargins(0, 0, 0, theme.px(4))
        self._head.setSpacing(theme.px(8))
        self._column.addLayout(self._head)
        self._head.addWidget(self._caption)
        self._head.addStretch(0)
        self._column.addStretch(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.set_caption(caption)

    def put_box(self, box: QWidget) -> None:
        """Place the part one types into between caption and note."""
        self._column.insertWidget(1, box)

    # -- words -------------------------------------------------------------------------------

    def caption(self) -> str:
        """Return the words above the box, which are also its name for a screen reader."""
        return self._caption.words()

    def set_caption(self, caption: str) -> None:
        """Name the field; `""` takes the line above the box away."""
        self._caption.set_words(caption)
        set_shown(self._caption, shown=bool(caption))
        self.setAccessibleName(caption)

    def set_aside(self, words: str) -> None:
        """Show a few muted words at the right end of the caption."""
        if self._aside is None:
            if not words:
                return
            self._aside = label("", "hint", align="right", elide=True, parent=self)
            self._head.insertWidget(1, self._aside, 1)
        self._aside.set_words(words)
        self._aside.setVisible(bool(words))

    def set_hint(self, words: str) -> None:
        """Show a quiet hint below the box while there is neither error nor warning."""
        self._hint = words
        self._say()

    def set_warning(self, words: str) -> None:
        """Show a warning, which blocks nothing; `""` takes it away."""
        self._warning = words
        self._say()

    def set_error(self, words: str) -> None:
        """Show why the field cannot be taken as it is; `""` takes it away."""
        self._error = words
        self._say()
        self.show_fault(bool(words))

    def error(self) -> str:
        """Return the error shown, or `""`."""
        return self._error

    def note(self) -> str:
        """Return the words shown below the box."""
        return "" if self._note is None else self._note.words()

    def _say(self) -> None:
        words = self._error or self._warning or self._hint
        if self._note is None and words:
            self._note = NoteLine(self)
            self._column.insertWidget(self._column.count() - 1, self._note)
        if self._note is not None:
            tone: NoteTone = "bad" if self._error else "warn" if self._warning else "muted"
            self._note.say(words, tone)
        self.setAccessibleDescription(self._error or self._warning or self._hint)

    # -- for subclasses ----------------------------------------------------------------------

    def show_fault(self, faulty: bool) -> None:  # noqa: FBT001 - a state handed on, as Qt does
        """Draw the box as one with (or without) an error."""

    def focus_box(self) -> QWidget:
        """Return the widget the focus ring belongs around."""
        return self

    def is_empty(self) -> bool:
        """Tell whether nothing was entered."""
        raise NotImplementedError

    def clear_field(self) -> None:
        """Forget what was entered, together with error and warning."""
        self.set_warning("")
        self.set_error("")
