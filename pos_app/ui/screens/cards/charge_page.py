"""Charging a card on file: now, at a chosen day, or moving what is scheduled to another day."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.card_facts import CardRecord
from pos_app.domain.schedule_facts import PlanRecord
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.app import App
from pos_app.ui.approver import ApproverFields
from pos_app.ui.screens.cards.model import (
    TypedCharge,
    amount_of,
    card_line,
    months_block,
    short_card,
)
from pos_app.ui.screens.cards.side import Side, beside
from pos_app.ui.text import text
from pos_app.ui.widgets.amount_field import AmountField
from pos_app.ui.widgets.field_chain import FieldChain
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.month_calendar import MonthCalendar
from pos_app.ui.widgets.months_row import MonthsRow
from pos_app.ui.widgets.pairs import Pair
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.text_field import TextField

_TIME_BYTES = 5


class Purpose(StrEnum):
    """What the page is for."""

    CHARGE = "charge"
    PLAN = "plan"
    MOVE = "move"


class ChargePage(QWidget):
    """Amount, product, months; day and time where the charge is to come later.

    Signals:
        ready: Enter on the big key.
    """

    ready = Signal()

    def __init__(self, app: App, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._app = app
        self.purpose = Purpose.CHARGE
        self._card: CardRecord | None = None
        self._plan: PlanRecord | None = None
        self.amount = AmountField(text("sale.amount"))
        self.product = TextField(text("plan.product"), max_bytes=100)
        self.months = MonthsRow()
        self.calendar = MonthCalendar(app.schedule_desk.now().date())
        self.time = TextField(text("plan.time"), max_bytes=_TIME_BYTES, placeholder="09:00")
        self.approver = ApproverFields(app.operators)
        self.side = Side()
        self.side.foot.addWidget(self.approver)
        self.button = self.side.add_action("go", text("cards.charge"), "Enter", primary=True)
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        self._order = Panel(text("sale.order"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(10))
        self.amount.setFixedWidth(theme.px(250))
        grid.addWidget(self.amount, 0, 0)
        grid.addWidget(self.product, 0, 1)
        grid.addWidget(self.months, 1, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        self._order.add(grid)
        self._when = Panel(text("plan.when"), text("plan.when_keys"))
        row = QHBoxLayout()
        row.setSpacing(theme.px(16))
        row.addWidget(self.calendar, 1)
        self.time.setFixedWidth(theme.px(130))
        times = QVBoxLayout()
        times.addWidget(self.time)
        times.addStretch(1)
        row.addLayout(times)
        self._when.add(row, 1)
        left = QVBoxLayout()
        left.setSpacing(theme.px(12))
        left.addWidget(self._order)
        left.addWidget(self._when, 1)
        self._air = QWidget()
        left.addWidget(self._air, 1)
        beside(self, left, self.side)

    def _wire(self) -> None:
        stops = (
            self.amount,
            self.product,
            self.months,
            self.calendar,
            self.time,
            self.approver.pin,
            self.approver.name,
        )
        self.chain = FieldChain(stops, self)
        self.chain.finished.connect(self.button.setFocus)
        for field in (self.amount, self.product, self.time):
            field.changed.connect(self._on_changed)
        self.months.changed.connect(self._on_changed)
        self.calendar.moved.connect(self._on_changed)
        self.side.acted.connect(lambda _name: self.ready.emit())

    # -- beginning ---------------------------------------------------------------------------------

    def begin(self, purpose: Purpose, card: CardRecord, plan: PlanRecord | None = None) -> None:
        """Start for a card, or for a scheduled payment that moves."""
        self.purpose, self._card, self._plan = purpose, card, plan
        now = self._app.schedule_desk.now()
        for field in (self.amount, self.product, self.time):
            field.clear_field()
            field.set_error("")
        self.months.set_months(0)
        rules = self._app.sale_desk.rules_of(card.gateway)
        self.months.set_max_months(max(2, rules.instalments.months_max))
        self.calendar.set_first(now.date())
        later = purpose is not Purpose.CHARGE
        self._order.setVisible(purpose is not Purpose.MOVE)
        self._when.setVisible(later)
        self._air.setVisible(not later)
        self.approver.clear()
        self.approver.ask(wanted=later and self._app.schedule_desk.needs_approval)
        if later:
            at = plan.at.astimezone(t.KST) if plan is not None else _tomorrow(now)
            self.calendar.set_day(at.date())
            self.time.set_text_value(f"{at:%H:%M}")
        self.button.set_words(text(f"cards.go.{purpose.value}"))
        self.side.set_heading(f"{card.customer_name} · {short_card(card)}")
        self._on_changed()

    def typed(self) -> TypedCharge:
        """Return the texts as they stand."""
        return TypedCharge(
            self.amount.text_value(), self.product.text_value(), self.months.months()
        )

    def day(self) -> dt.date:
        """Return the day chosen."""
        return self.calendar.day()

    def take_focus(self) -> None:
        """Go to where typing goes on."""
        if self.purpose is Purpose.MOVE:
            self.calendar.setFocus()
        else:
            self.chain.focus_first_empty()

    def show_mistake(self, field: str, words: str) -> None:
        """Say in the field what is wrong, and go there."""
        fields: dict[str, FieldShell] = {
            "amount": self.amount,
            "product": self.product,
            "time": self.time,
        }
        if field not in fields:
            self.side.set_note(words, "bad")
            self.months.setFocus()
            return
        fields[field].set_error(words)
        fields[field].setFocus()

    def _on_changed(self) -> None:
        sender = self.sender()
        if isinstance(sender, FieldShell):
            sender.set_error("")
        card, plan = self._card, self._plan
        if card is None:
            return
        amount = amount_of(self.amount.text_value())
        self.months.set_blocked(months_block(amount))
        if self.purpose is Purpose.MOVE and plan is not None:
            amount = plan.order.amount
        product = self.product.text_value() if plan is None else plan.order.product
        later = self.purpose is not Purpose.CHARGE
        noon = dt.datetime.combine(self.day(), dt.time(12), t.KST)
        when = f"{t.date(noon)} {self.time.text_value()}" if later else text("plan.now")
        self.side.set_note("")
        self.side.set_facts(
            [
                Pair(text("cards.card"), card_line(card)),
                Pair(text("plan.product"), product),
                Pair(text("plan.months"), self.months.words(self.months.months())),
                Pair(text("plan.at"), when, "strong"),
                Pair(text("plan.amount"), t.won_unit(amount.amount) if amount else "", "total"),
            ]
        )


def _tomorrow(now: dt.datetime) -> dt.datetime:
    """Return the next morning at nine, when shops are called."""
    return (now + dt.timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
