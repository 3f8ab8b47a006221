"""All scheduled payments by day: a month to walk in, and the chosen day's list beside it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.order import KST
from pos_app.domain.schedule_facts import PlanRecord
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.screens.cards.card_page import plan_row, plan_table
from pos_app.ui.text import text
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.month_calendar import MonthCalendar
from pos_app.ui.widgets.panel import Panel

_TABLE_ROWS = 4
_ROW_PX, _HEAD_PX = 33, 30


class CalendarPage(QWidget):
    """The month and a day of it.

    Signals:
        turned: another month is in sight.
        picked: (schedule id) a scheduled payment is to be opened.
    """

    turned = Signal()
    picked = Signal(str)

    def __init__(self, today: dt.date, parent: QWidget | None = None) -> None:
        """Show the month of `today`."""
        super().__init__(parent)
        self._plans: tuple[PlanRecord, ...] = ()
        self.calendar = MonthCalendar(today)
        self.table = plan_table()
        self.table.setFixedHeight(theme.px(_HEAD_PX + _TABLE_ROWS * _ROW_PX) + 2)
        self._nothing = label("", "body", align="center")
        self._nothing.set_tone("muted")
        self._sum = EmphasisLabel("", "small")
        month = Panel(text("cards.calendar"), text("plan.calendar_keys"))
        month.add(self.calendar, 1)
        self._day = Panel("")
        self._day.add_aside(self._sum)
        self._day.add(self._nothing)
        self._day.add(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(month, 1)
        column.addWidget(self._day)
        self.calendar.moved.connect(lambda _day: self._show_day())
        self.calendar.turned.connect(lambda _first: self.turned.emit())
        self.calendar.advance.connect(self._to_table)
        self.table.picked.connect(self.picked)
        self.table.retreat.connect(self.calendar.setFocus)
        self._show_day()

    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """Return the time on the sheet, [since, until)."""
        days = self.calendar.days()
        since = dt.datetime.combine(days[0], dt.time(), KST)
        return since, dt.datetime.combine(days[-1], dt.time(), KST) + dt.timedelta(days=1)

    def show_plans(self, plans: Sequence[PlanRecord]) -> None:
        """Show what is or was scheduled on the sheet; taken back ones are listed, not counted."""
        self._plans = tuple(plans)
        days = (_day_of(plan) for plan in plans if _counts(plan))
        self.calendar.set_marks(Counter(days))
        self._show_day()

    def take_focus(self) -> None:
        """Begin with the month."""
        self.calendar.setFocus()

    def day_words(self) -> str:
        """Return the heading of the day's list and its sum."""
        return f"{self._day.accessibleName()} {self._sum.words()}".strip()

    def _show_day(self) -> None:
        day = self.calendar.day()
        here = [plan for plan in self._plans if _day_of(plan) == day]
        noon = dt.datetime.combine(day, dt.time(12), KST)
        self._day.set_heading(t.date(noon))
        counted = [plan.order.amount.amount for plan in here if _counts(plan)]
        self._sum.set_words(
            text("plan.day_sum", count=len(counted), amount=t.won_unit(sum(counted)))
            if counted
            else ""
        )
        self.table.set_rows([plan_row(plan) for plan in here])
        self.table.setVisible(bool(here))
        self._nothing.set_words("" if here else text("plan.nothing_on_day"))
        self._nothing.setVisible(not here)
        if here and not self.table.current_id():
            self.table.select_id(here[0].stream_id)

    def _to_table(self) -> None:
        """Enter: to the day's list; a single payment is opened at once."""
        rows = self.table.model_rows()
        if len(rows) == 1:
            self.picked.emit(rows[0].id)
        elif rows:
            self.table.setFocus()


def _day_of(plan: PlanRecord) -> dt.date:
    return plan.at.astimezone(KST).date()


def _counts(plan: PlanRecord) -> bool:
    """Tell whether it is or was to be charged."""
    return plan.stands or plan.state.value == "HANDED_OVER"
