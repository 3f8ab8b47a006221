"""Sections: a quiet card with a heading on the left and a few small words on the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.widgets.keycap import KeyHint
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.painted import Painted, set_shown


class Panel(QFrame):
    """A section; put things into `body` or through `add()`.

    Args:
        heading: what the section is, `""` for none.
        aside: small words at the right end of the heading.
        flush: no margins inside, for parts that reach from edge to edge (the slip).
    """

    def __init__(
        self,
        heading: str = "",
        aside: str = "",
        *,
        flush: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._heading = label("", "heading")
        self._aside = label("", "caption", align="right", elide=True)
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(0, 0, 0, theme.px(8))
        row.setSpacing(theme.px(12))
        row.addWidget(self._heading)
        row.addWidget(self._aside, 1)
        self._row = row
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(theme.px(10))
        column = QVBoxLayout(self)
        sides = (0, 0, 0, 0) if flush else (18, 12, 18, 14)
        column.setContentsMargins(*(theme.px(side) for side in sides))
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addLayout(self.body, 1)
        self.set_heading(heading)
        self.set_aside(aside)

    def set_heading(self, words: str) -> None:
        """Name the section."""
        self._heading.set_words(words)
        self.setAccessibleName(words)
        set_shown(self._heading, shown=bool(words))
        self._show_head()

    def set_aside(self, words: str) -> None:
        """Show small words at the right end of the heading."""
        self._aside.set_words(words)
        self._show_head()

    def _show_head(self) -> None:
        wanted = self._heading.words() or self._aside.words() or self._row.count() > 2
        set_shown(self._head, shown=bool(wanted))

    def add_key_hint(self, key: str, words: str) -> KeyHint:
        """Show a key and what it does at the right end of the heading."""
        hint = KeyHint(key, words)
        self._row.addWidget(hint)
        self._show_head()
        return hint

    def add_aside(self, widget: QWidget) -> None:
        """Put a widget at the right end of the heading."""
        self._row.addWidget(widget)
        self._show_head()

    def add(self, what: QWidget | QLayout, stretch: int = 0) -> None:
        """Put a widget or a layout below what is there."""
        if isinstance(what, QWidget):
            self.body.addWidget(what, stretch)
        else:
            self.body.addLayout(what, stretch)


class _Divider(Painted):
    """A dashed line, as between the parts of a slip."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        """Return one line's height."""
        return QSize(1, 1)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dashes."""
        painter = QPainter(self)
        pen = QPen(theme.color("line"), 1, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawLine(0, 0, self.width(), 0)
        painter.end()


def divider() -> QWidget:
    """Return a dashed line from edge to edge."""
    return _Divider()
