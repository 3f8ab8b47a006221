"""Parts that the guided set-up and the settings screen share: the list at the left, a form's base.

A form shows part of the settings and hands back settings with what was typed in them. It judges
nothing: `config/rules.py` does, and its complaints are shown in the fields they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pos_app.config.model import Settings
from pos_app.config.rules import Complaint
from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.text import error_line
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.field_chain import FieldChain
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.icons import paint_icon
from pos_app.ui.widgets.line_field import LineField
from pos_app.ui.widgets.painted import Painted, frame

Mark = Literal["", "done", "alert", "changed"]
_ROW_PX, _ROW_LEAST_PX, _SIDE_PX = 44, 28, 22
#: A form is not wider than this, however wide the window is: lines stay readable.
FORM_WIDTH_PX = 760


@dataclass(frozen=True, slots=True)
class SideRow:
    """One row of the list at the left.

    Attributes:
        number: shown in a circle where there is no mark; empty for none.
        mark: done, something is wrong, or something was changed.
    """

    words: str
    number: str = ""
    mark: Mark = ""


class SideList(Painted):
    """Steps or sections, one of them current.

    With `choosing` it takes the focus: Up and Down choose, Enter and Right go in. Without, it only
    shows how far one is.

    Signals:
        chosen: the row that is current now, by the person's doing.
        entered: Enter or Right: into what the row stands for.
    """

    chosen = Signal(int)
    entered = Signal()

    def __init__(self, name: str, *, choosing: bool, parent: QWidget | None = None) -> None:
        """Start empty; `name` is what a screen reader calls it."""
        super().__init__(parent)
        self._rows: tuple[SideRow, ...] = ()
        self._current = 0
        self._choosing = choosing
        self.setAccessibleName(name)
        if choosing:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setProperty("ringless", True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def set_rows(self, rows: Sequence[SideRow]) -> None:
        """Show `rows`; the current one stays current."""
        self._rows = tuple(rows)
        self._current = min(self._current, max(0, len(rows) - 1))
        self._say()
        self.updateGeometry()
        self.update()

    def rows(self) -> tuple[SideRow, ...]:
        """Return what is shown."""
        return self._rows

    def current(self) -> int:
        """Return the row that is current."""
        return self._current

    def set_current(self, index: int) -> None:
        """Make a row current."""
        self._current = index
        self._say()
        self.update()

    def _say(self) -> None:
        words = self._rows[self._current].words if self._rows else ""
        self.setAccessibleDescription(words)

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._rows) and index != self._current:
            self.set_current(index)
            self.chosen.emit(index)

    @override
    def sizeHint(self) -> QSize:
        """Return the room of all rows."""
        metrics = QFontMetricsF(theme.font("strong"))
        widest = max((metrics.horizontalAdvance(row.words) for row in self._rows), default=0)
        return QSize(round(widest) + theme.px(70), theme.px(_ROW_PX) * len(self._rows))

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room in which every row can still be read, for large text."""
        return QSize(theme.px(120), theme.px(_ROW_LEAST_PX) * len(self._rows))

    def _row_height(self) -> float:
        return min(theme.px(_ROW_PX), self.height() / max(1, len(self._rows)))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose by the arrows, go in by Enter or Right."""
        if event.key() == Qt.Key.Key_Down:
            self._choose(self._current + 1)
        elif event.key() == Qt.Key.Key_Up:
            self._choose(self._current - 1)
        elif keys.is_enter(event) or event.key() == Qt.Key.Key_Right:
            if not event.isAutoRepeat():
                self.entered.emit()
        else:
            super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the row under the pointer."""
        if self._choosing:
            self.setFocus()
            self._choose(int(event.position().y() // self._row_height()))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        height = self._row_height()
        for index, row in enumerate(self._rows):
            box = QRectF(0, index * height, self.width(), height)
            self._paint_row(painter, box, row, current=index == self._current)
        painter.end()

    def _paint_row(self, painter: QPainter, box: QRectF, row: SideRow, *, current: bool) -> None:
        if current:
            ground = box.adjusted(0, theme.px(2), 0, -theme.px(2))
            focused = self.hasFocus()
            line = theme.color("accent") if focused else None
            frame(painter, ground, theme.px(7), theme.color("accent_soft"), line, 2)
        side = theme.px(_SIDE_PX)
        spot = QRectF(box.left() + theme.px(12), box.center().y() - side / 2, side, side)
        marked = self._paint_mark(painter, spot, row, current=current)
        font = theme.font("strong" if current else "body")
        painter.setFont(font)
        quiet = not current and not row.mark and not self._choosing
        painter.setPen(theme.color("muted" if quiet else "text"))
        left = spot.right() + theme.px(10) if marked else box.left() + theme.px(14)
        room = QRectF(left, box.top(), box.right() - left - theme.px(6), box.height())
        words = QFontMetricsF(font).elidedText(
            row.words, Qt.TextElideMode.ElideRight, room.width() + 1
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        if not row.number and row.mark:
            end = QRectF(spot)
            end.moveRight(box.right() - theme.px(10))
            icon, tone = ("alert", "bad") if row.mark == "alert" else ("dot", "accent")
            _paint_sign(painter, end, icon, tone)

    def _paint_mark(self, painter: QPainter, spot: QRectF, row: SideRow, *, current: bool) -> bool:
        """Draw the circle with number or tick; tell whether there is one."""
        if not row.number:
            return False
        radius = spot.width() / 2
        if row.mark == "done":
            frame(painter, spot, radius, theme.color("good"))
            inset = theme.px(5)
            inner = spot.adjusted(inset, inset, -inset, -inset)
            paint_icon(painter, "check", inner, theme.color("on_good"))
            return True
        token = "accent" if current else "edge"
        frame(painter, spot, radius, theme.color(token) if current else None, theme.color(token), 1)
        painter.setFont(theme.font("chip"))
        painter.setPen(theme.color("on_accent" if current else "muted"))
        painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, row.number)
        return True


def _paint_sign(painter: QPainter, spot: QRectF, icon: str, tone: str) -> None:
    """Draw an icon, or a dot, which no icon file is needed for."""
    if icon == "dot":
        radius = theme.px(4)
        middle = QRectF(0, 0, 2 * radius, 2 * radius)
        middle.moveCenter(spot.center())
        frame(painter, middle, radius, theme.color(tone))
        return
    paint_icon(painter, icon, spot.adjusted(3, 3, -3, -3), theme.color(tone))


class SetupForm(QWidget):
    """A form over part of the settings.

    Signals:
        changed: something was typed or chosen.
        finished: Enter in the last field.
    """

    changed = Signal()
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without fields; `arrange` puts them in."""
        super().__init__(parent)
        self.fields: dict[str, FieldShell] = {}
        self.chain: FieldChain | None = None

    def arrange(
        self, fields: dict[str, FieldShell], rows: Sequence[Sequence[QWidget]], columns: int = 2
    ) -> None:
        """Lay the fields out in rows, a row of fewer fields than `columns` in its first ones.

        `fields` are named as in `config/rules.py` complaints, in the order of the keyboard's path;
        a row may hold other widgets, too.
        """
        self.fields = fields
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(16))
        grid.setVerticalSpacing(theme.px(14))
        for line, row in enumerate(rows):
            for place, field in enumerate(row):
                wide = columns if len(row) == 1 and field.property("wide") else 1
                grid.addWidget(field, line, place, 1, wide, Qt.AlignmentFlag.AlignTop)
        for place in range(columns):
            grid.setColumnStretch(place, 1)
        grid.setRowStretch(len(rows), 1)
        self.join(list(fields.values()))

    def join(self, fields: list[FieldShell]) -> None:
        """Make the keyboard's path through `fields`."""
        self.chain = FieldChain(fields, self)
        self.chain.finished.connect(self.finished)
        for field in fields:
            field.changed.connect(self.changed)

    def fill(self, settings: Settings) -> None:
        """Show what `settings` hold."""
        raise NotImplementedError

    def read(self, settings: Settings) -> Settings:
        """Return `settings` with what was typed here."""
        raise NotImplementedError

    def enter(self, *, at_start: bool = False) -> None:
        """Take the focus, where something is wrong, or empty, or `at_start`."""
        if self.chain is not None:
            wrong = [field for field in self.chain.open_fields() if _has_error(field)]
            if wrong:
                wrong[0].setFocus(Qt.FocusReason.TabFocusReason)
            elif at_start:
                self.chain.focus_first()
            else:
                self.chain.focus_first_empty()

    def show_complaints(self, complaints: Iterable[Complaint]) -> bool:
        """Show each complaint in its field and go to the first; False if none is about this form.

        A field that is hidden or none of this form's shows nothing.
        """
        found: list[FieldShell] = []
        for complaint in complaints:
            field = self.fields.get(complaint.field)
            if field is not None and not field.isHidden() and field not in found:
                field.set_error(error_line(complaint.mistake))
                found.append(field)
        for field in found[:1]:
            field.setFocus(Qt.FocusReason.TabFocusReason)
        return bool(found)


def _has_error(field: object) -> bool:
    return isinstance(field, FieldShell) and bool(field.error())


class FormPage(QScrollArea):
    """Holds a form; scrolls only where the text scale leaves too little room."""

    def __init__(
        self, contents: QWidget, *, full_width: bool = False, parent: QWidget | None = None
    ) -> None:
        """Take `contents` in; with `full_width` it is panels that bring margins of their own."""
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        column = QVBoxLayout(inner)
        # Room for the focus ring, which lies outside a field.
        if full_width:
            column.setContentsMargins(0, 0, 0, 0)
        else:
            column.setContentsMargins(theme.px(6), theme.px(4), theme.px(6), theme.px(4))
            contents.setMaximumWidth(theme.px(FORM_WIDTH_PX))
        column.addWidget(contents)
        column.addStretch(1)
        self.setWidget(inner)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def _follow(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Keep the field with the focus in sight."""
        if now is not None and now is not self and self.isAncestorOf(now):
            self.ensureWidgetVisible(now, 0, theme.px(60))


class NumberField(LineField):
    """A whole number of a setting, with its unit behind it."""

    def __init__(self, caption: str, unit: str = "", parent: QWidget | None = None) -> None:
        """Name the field; `unit` stands inside the box."""
        super().__init__(caption, None, parent)
        self._edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self._edit.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self._edit.set_suffix(unit, keep_room=True)

    def number(self) -> int:
        """Return the number, 0 while the field is empty."""
        return int(self.text_value() or "0")

    def set_number(self, number: int) -> None:
        """Show `number`."""
        self.set_text_value(str(number))

    @override
    def _on_edited(self, typed: str) -> None:
        digits = "".join(char for char in typed if char in "0123456789")[:7]
        if digits != typed:
            self.retype(digits, "0123456789")
        super()._on_edited(digits)
