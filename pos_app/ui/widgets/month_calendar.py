"""A month as a sheet of days, walked by the arrow keys; days can carry a count."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.painted import Painted, frame

_WEEKS, _DAYS = 6, 7
_HEAD_PX, _NAMES_PX, _CELL_PX = 34, 26, 46
_MONTHS_A_YEAR = 12
_SUNDAY_FIRST = calendar.Calendar(firstweekday=6)
_STEPS: dict[int, int] = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: -_DAYS,
    Qt.Key.Key_Down: _DAYS,
}


class MonthCalendar(Painted):
    """Picks one day; Korean calendars begin the week on Sunday.

    Arrows move by days and weeks, PgUp and PgDn by months, Home goes to today.

    Signals:
        moved: (dt.date) another day is chosen.
        turned: (dt.date) another month is shown; its first day.
        advance, retreat: Enter, and Shift+Tab's little sister: what a chain of fields listens to.
    """

    moved = Signal(object)
    turned = Signal(object)
    advance = Signal()
    retreat = Signal()

    def __init__(self, today: dt.date, parent: QWidget | None = None) -> None:
        """Show the month of `today`."""
        super().__init__(parent)
        self._today, self._day = today, today
        self._first: dt.date | None = None
        self._marks: Mapping[dt.date, int] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._say()

    # -- contents ----------------------------------------------------------------------------------

    def day(self) -> dt.date:
        """Return the day that is chosen."""
        return self._day

    def set_day(self, day: dt.date) -> None:
        """Choose a day; one that is too early changes nothing."""
        if self._first is not None and day < self._first:
            day = self._first
        if day == self._day:
            return
        turned = (day.year, day.month) != (self._day.year, self._day.month)
        self._day = day
        self._say()
        self.update()
        if turned:
            self.turned.emit(day.replace(day=1))
        self.moved.emit(day)

    def set_first(self, day: dt.date | None) -> None:
        """Let no day before `day` be chosen; None: any day."""
        self._first = day
        if day is not None and self._day < day:
            self.set_day(day)
        self.update()

    def set_marks(self, marks: Mapping[dt.date, int]) -> None:
        """Show how many there are on each day."""
        self._marks = dict(marks)
        self._say()
        self.update()

    def days(self) -> tuple[dt.date, ...]:
        """Return the days on the sheet: six weeks, so that it never changes its height."""
        found = list(_SUNDAY_FIRST.itermonthdates(self._day.year, self._day.month))
        while len(found) < _WEEKS * _DAYS:
            found.append(found[-1] + dt.timedelta(days=1))
        return tuple(found)

    def heading(self) -> str:
        """Return year and month in words."""
        return text(
            "calendar.heading",
            year=self._day.year,
            month=text(f"format.month.{self._day.month}"),
        )

    def _say(self) -> None:
        noon = dt.datetime.combine(self._day, dt.time(12), t.KST)
        count = self._marks.get(self._day, 0)
        self.setAccessibleName(text("calendar.name", year=self._day.year, day=t.date(noon)))
        self.setAccessibleDescription(text("calendar.count", count=count) if count else "")

    # -- keys and mouse ----------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk; Enter goes on; everything else is the screen's."""
        key = event.key()
        if keys.is_enter(event):
            if not event.isAutoRepeat():
                self.advance.emit()
        elif key in _STEPS and not keys.with_command(event):
            self.set_day(self._day + dt.timedelta(days=_STEPS[key]))
        elif key in {Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}:
            self.set_day(_months_on(self._day, -1 if key == Qt.Key.Key_PageUp else 1))
        elif key == Qt.Key.Key_Home:
            self.set_day(self._today)
        else:
            super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the day under the mouse."""
        for place, day in enumerate(self.days()):
            if self._cell(place).contains(event.position()):
                self.set_day(day)
        self.setFocus()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self.update()

    # -- drawing -----------------------------------------------------------------------------------

    @override
    def sizeHint(self) -> QSize:
        """Return the room of six weeks."""
        height = _HEAD_PX + _NAMES_PX + _WEEKS * _CELL_PX
        return QSize(theme.px(_DAYS * 64), theme.px(height))

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room in which every number still stands."""
        return QSize(theme.px(_DAYS * 38), theme.px(_HEAD_PX + _NAMES_PX + _WEEKS * 30))

    def _cell(self, place: int) -> QRectF:
        top = theme.px(_HEAD_PX + _NAMES_PX)
        width, height = self.width() / _DAYS, (self.height() - top) / _WEEKS
        week, column = divmod(place, _DAYS)
        return QRectF(column * width, top + week * height, width, height)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw month, weekdays and days."""
        painter = QPainter(self)
        painter.setFont(theme.font("title"))
        painter.setPen(theme.color("text"))
        middle = Qt.AlignmentFlag.AlignCenter
        painter.drawText(QRectF(0, 0, self.width(), theme.px(_HEAD_PX)), middle, self.heading())
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("muted"))
        width = self.width() / _DAYS
        for column in range(_DAYS):
            name = text(f"format.weekday.{(column + 6) % _DAYS}")
            spot = QRectF(column * width, theme.px(_HEAD_PX), width, theme.px(_NAMES_PX))
            painter.drawText(spot, middle, name)
        for place, day in enumerate(self.days()):
            self._paint_day(painter, self._cell(place), day)
        painter.end()

    def _paint_day(self, painter: QPainter, cell: QRectF, day: dt.date) -> None:
        """Draw one day: chosen is filled, today has a line around it, a count stands below."""
        box = cell.adjusted(*(theme.px(side) for side in (2, 2, -2, -2)))
        chosen = day == self._day
        closed = self._first is not None and day < self._first
        other = day.month != self._day.month
        ink = theme.color("muted" if other or closed else "text")
        if chosen:
            focused = self.hasFocus()
            ground = theme.color("accent" if focused else "accent_soft")
            frame(painter, box, theme.px(7), ground, None if focused else theme.color("accent"))
            ink = theme.color("on_accent" if focused else "text")
        elif day == self._today:
            frame(painter, box, theme.px(7), None, theme.color("accent"))
        if closed:
            painter.setOpacity(0.55)
        painter.setFont(theme.font("strong" if chosen or self._marks.get(day) else "body"))
        painter.setPen(ink)
        count = self._marks.get(day, 0)
        spot = box.adjusted(0, 0, 0, -box.height() * 0.34) if count else box
        painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, str(day.day))
        if count:
            self._paint_count(painter, box, count, chosen=chosen)
        painter.setOpacity(1)

    def _paint_count(self, painter: QPainter, box: QRectF, count: int, *, chosen: bool) -> None:
        """Draw how many there are, as a number in a small pill."""
        size = QSize(theme.px(26), theme.px(16))
        pill = QRectF(0, 0, size.width(), size.height())
        pill.moveCenter(QPointF(box.center().x(), box.bottom() - box.height() * 0.27))
        filled = chosen and self.hasFocus()
        frame(painter, pill, pill.height() / 2, theme.color("surface" if filled else "accent"))
        painter.setFont(theme.font("hint"))
        painter.setPen(theme.color("accent" if filled else "on_accent"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, str(count))


def _months_on(day: dt.date, months: int) -> dt.date:
    """Return the same day some months on, or that month's last day."""
    index = day.year * _MONTHS_A_YEAR + day.month - 1 + months
    year, month = divmod(index, _MONTHS_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))
