"""The instalment months as one row of keys: 0 is lump sum, digits pick, arrows move."""

from __future__ import annotations

import math
from collections.abc import Collection

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.domain.errors import Bug
from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.icons import paint_icon
from pos_app.ui.widgets.painted import Painted, faded, frame

LUMP_SUM = 0
#: 12 by default; 36 is the longest that an administrator may allow (architecture.md).
MONTHS_MAX = 36
_ONE_ROW_MAX = 12
_COMPACT_COLUMNS = 18


class MonthsRow(Painted):
    """Picks lump sum (0) or 2 to `max_months` months.

    Two digits make one number while they fit (`1` `2` picks 12). Blocked, it is lump sum, and the
    reason stands beside it.
    """

    changed = Signal()
    advance = Signal()
    retreat = Signal()

    def __init__(self, *, max_months: int = 12, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._max = 0
        self._months = LUMP_SUM
        self._free: frozenset[int] = frozenset()
        self._blocked = ""
        self._typed = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_max_months(max_months)

    # -- contents ------------------------------------------------------------------------------

    def months(self) -> int:
        """Return the months chosen, 0 for lump sum."""
        return LUMP_SUM if self._blocked else self._months

    def set_months(self, months: int) -> None:
        """Choose; what cannot be chosen changes nothing."""
        if months in self.choices() and months != self._months:
            self._months = months
            self._show()
            self.changed.emit()

    def choices(self) -> tuple[int, ...]:
        """Return what can be chosen: 0, 2, 3 and so on."""
        return (LUMP_SUM, *range(2, self._max + 1))

    def set_max_months(self, months: int) -> None:
        """Set the longest instalment, 2 to 36.

        Raises:
            Bug: it is out of that range.
        """
        if not 2 <= months <= MONTHS_MAX:
            raise Bug("months.max", months=months)
        self._max = months
        if self._months > months:
            self._months = LUMP_SUM
        self.updateGeometry()
        self._show()

    def set_free(self, months: Collection[int]) -> None:
        """Mark the months the shop's offers make free of interest."""
        self._free = frozenset(months)
        self._show()

    def set_blocked(self, reason: str) -> None:
        """Allow lump sum only and say why; `""` frees the choice again."""
        if reason == self._blocked:
            return
        before = self.months()
        self._blocked = reason
        self._show()
        if self.months() != before:
            self.changed.emit()

    def blocked(self) -> str:
        """Return why only lump sum is allowed, `""` when the choice is free."""
        return self._blocked

    def words(self, months: int) -> str:
        """Return how a number of months is called."""
        return text("months.lump") if months == LUMP_SUM else text("months.months", months=months)

    def _show(self) -> None:
        said = self.words(self.months())
        if self.months() in self._free:
            said = f"{said}, {text('months.free')}"
        self.setAccessibleName(text("months.name", months=said))
        self.setAccessibleDescription(self._blocked)
        self.update()

    # -- keys and mouse --------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pick by digits and arrows, go on with Enter, back with Up."""
        choices = self.choices()
        at = choices.index(self.months())
        if (value := keys.digit(event)) is not None:
            if not event.isAutoRepeat():
                self._type(value)
        elif event.key() == Qt.Key.Key_Left:
            self._move_to(choices[max(0, at - 1)])
        elif event.key() == Qt.Key.Key_Right:
            self._move_to(choices[min(len(choices) - 1, at + 1)])
        elif event.key() == Qt.Key.Key_Home:
            self._move_to(LUMP_SUM)
        elif keys.is_enter(event) or event.key() == Qt.Key.Key_Down:
            self._typed = ""
            if not event.isAutoRepeat():
                self.advance.emit()
        elif event.key() == Qt.Key.Key_Up:
            self.retreat.emit()
        else:
            event.ignore()

    def _type(self, value: int) -> None:
        if self._blocked:
            return
        number = int(f"{self._typed}{value}")
        if number > self._max or (self._typed and number not in self.choices()):
            number, self._typed = value, ""
        self._typed = "" if number == 0 else str(number)
        self.set_months(number)

    def _move_to(self, months: int) -> None:
        self._typed = ""
        if not self._blocked:
            self.set_months(months)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin a new number."""
        super().focusInEvent(event)
        self._typed = ""
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget a number half typed."""
        super().focusOutEvent(event)
        self._typed = ""
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick what was clicked."""
        for months, cell in zip(self.choices(), self._cells(), strict=True):
            if cell.contains(event.position()):
                self._move_to(months)

    # -- drawing ---------------------------------------------------------------------------------

    def _columns(self) -> int:
        many = len(self.choices())
        return many if self._max <= _ONE_ROW_MAX else min(many, _COMPACT_COLUMNS)

    def _rows(self) -> int:
        return math.ceil(len(self.choices()) / self._columns())

    @override
    def sizeHint(self) -> QSize:
        """Return the room of one or two rows."""
        rows, gap = self._rows(), theme.px(6)
        return QSize(theme.px(440), rows * theme.px(40) + (rows - 1) * gap)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the least room the words fit into."""
        return QSize(self._columns() * theme.px(28), self.sizeHint().height())

    def _cells(self) -> list[QRectF]:
        columns, gap, high = self._columns(), theme.px(6), theme.px(40)
        wide = (self.width() - gap * (columns - 1)) / columns
        cells = []
        for index in range(len(self.choices())):
            row, column = divmod(index, columns)
            left = round(column * (wide + gap))
            right = round(column * (wide + gap) + wide)
            cells.append(QRectF(left, row * (high + gap), right - left, high))
        return cells

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the keys, or lump sum and the reason why there are no others."""
        painter = QPainter(self)
        cells = self._cells()
        if self._blocked:
            self._paint_cell(painter, cells[0], LUMP_SUM)
            rest = QRectF(self.rect()).adjusted(cells[0].right() + theme.px(6), 0, 0, 0)
            self._paint_reason(painter, rest)
        else:
            for months, cell in zip(self.choices(), cells, strict=True):
                self._paint_cell(painter, cell, months)
        painter.end()

    def _paint_cell(self, painter: QPainter, cell: QRectF, months: int) -> None:
        chosen = months == self.months()
        focused = self.hasFocus()
        if chosen and focused:
            frame(painter, cell, theme.px(7), theme.color("accent"))
            frame(
                painter,
                cell.adjusted(2.5, 2.5, -2.5, -2.5),
                theme.px(5),
                None,
                faded(theme.color("on_accent"), 0.75),
                1.5,
            )
        elif chosen:
            frame(painter, cell, theme.px(7), theme.color("accent"))
        else:
            frame(painter, cell, theme.px(7), theme.color("surface"), theme.color("line"))
        font = theme.font("small")
        font.setBold(chosen)
        painter.setFont(font)
        painter.setPen(theme.color("on_accent" if chosen else "text"))
        words = self.words(months)
        room = cell.width() - theme.px(9)
        if QFontMetricsF(font).horizontalAdvance(words) > room:
            words = text("months.lump_short") if months == LUMP_SUM else str(months)
        if months not in self._free:
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)
            return
        painter.drawText(cell.adjusted(0, theme.px(3), 0, -theme.px(17)), _CENTER, words)
        small = theme.font("hint")
        small.setPixelSize(theme.px(11))
        painter.setFont(small)
        painter.setPen(theme.color("on_accent" if chosen else "good"))
        free = text("months.free")
        if QFontMetricsF(small).horizontalAdvance(free) > room:
            free = text("months.free_short")
        painter.drawText(cell.adjusted(0, theme.px(21), 0, -theme.px(4)), _CENTER, free)

    def _paint_reason(self, painter: QPainter, rest: QRectF) -> None:
        frame(painter, rest, theme.px(7), theme.color("sunken"), theme.color("line"))
        font = theme.font("small")
        side, left = theme.px(16), rest.left() + theme.px(12)
        spot = QRectF(left, rest.center().y() - side / 2, side, side)
        paint_icon(painter, "info", spot, theme.color("muted"))
        painter.setFont(font)
        painter.setPen(theme.color("muted"))
        words = rest.adjusted(theme.px(36), 0, -theme.px(10), 0)
        reason = QFontMetricsF(font).elidedText(
            self._blocked, Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, reason)


_CENTER = Qt.AlignmentFlag.AlignCenter
