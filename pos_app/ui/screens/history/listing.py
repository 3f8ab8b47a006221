"""The list of payments: search field, days, states, table, count and sums."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import buyer_words, months_words, short_card_words, state_badge
from pos_app.ui.payment_search import FindField
from pos_app.ui.screens.history.filters import PAGE_ROWS, Days, States
from pos_app.ui.text import text
from pos_app.ui.widgets.choice_field import ChoiceField
from pos_app.ui.widgets.keycap import KeyHint
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.state_badge import Badge, badge_of
from pos_app.ui.widgets.table import CalmTable, Column, Row

DAYS_KEY, STATES_KEY = "F6", "F11"
_C = TypeVar("_C", bound=StrEnum)


class Listing(QWidget):
    """What was found.

    Signals:
        changed: another question: words, days or states.
        picked: (payment id) a payment is to be opened; empty: the chosen one, from the search.
        more: the last row is in sight.
    """

    changed = Signal()
    picked = Signal(str)
    more = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self.search_field = FindField(text("history.find"), text("history.find_aside"))
        days = [(days.value, text(f"history.range.{days.value}")) for days in Days]
        states = [(states.value, text(f"history.state.{states.value}")) for states in States]
        self._days = _choice("history.range", days, DAYS_KEY, 150)
        self._states = _choice("history.state", states, STATES_KEY, 220)
        self.table = _table()
        self._nothing = label("", "body", align="center", wrap=True)
        self._nothing.set_tone("muted")
        self._count, self._sums = EmphasisLabel("", "small"), EmphasisLabel("", "small")
        panel = Panel(text("tab.history"))
        for key, words in (
            ("Enter", "history.open"),
            ("F4", "history.action.refund"),
            ("F9", "history.action.person"),
        ):
            panel.add_key_hint(key, text(words))
        panel.add(self._filter_row())
        panel.add(self._nothing, 1)
        panel.add(self.table, 1)
        panel.add(self._foot())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        self._wire()
        self.show_found((), limit=PAGE_ROWS)

    def _filter_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        low = Qt.AlignmentFlag.AlignBottom
        row.addWidget(self.search_field, 1, low)
        row.addWidget(self._days, 0, low)
        row.addWidget(self._states, 0, low)
        return row

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.px(16))
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self._sums)
        row.addWidget(KeyHint("Esc", text("tab.sale")))
        return row

    def _wire(self) -> None:
        self.search_field.changed.connect(self.changed)
        self.search_field.advance.connect(lambda: self.picked.emit(""))
        self.search_field.stepped.connect(self._step)
        for choice in (self._days, self._states):
            choice.changed.connect(self.changed)
            choice.advance.connect(self.search_field.setFocus)
        self.table.picked.connect(self.picked)
        self.table.more.connect(self.more)
        self.table.retreat.connect(self.search_field.setFocus)

    # -- the question ------------------------------------------------------------------------------

    def typed(self) -> str:
        """Return the words searched for."""
        return self.search_field.text_value()

    def days(self) -> Days:
        """Return how far back one looks."""
        return Days(self._days.value())

    def states(self) -> States:
        """Return which payments one looks at."""
        return States(self._states.value())

    def next_days(self) -> None:
        """Choose the next range of days, the first again after the last."""
        self._days.set_value(_next(self.days()).value)

    def next_states(self) -> None:
        """Choose the next filter of states."""
        self._states.set_value(_next(self.states()).value)

    # -- the answer --------------------------------------------------------------------------------

    def show_found(self, records: Sequence[PaymentRecord], *, limit: int) -> None:
        """Show payments; the one chosen before stays chosen if it is among them."""
        self.table.set_rows([_row(record) for record in records])
        if not self.table.current_id() and records:
            self.table.select_id(records[0].payment_id)
        self._nothing.set_words("" if records else self._nothing_words())
        self._nothing.setVisible(not records)
        self.table.setVisible(bool(records))
        full = len(records) >= limit
        name = "history.count_first" if full else "history.count"
        self._count.set_words(text(name, count=t.won(len(records))))
        self._sums.set_words(_sum_words(records))

    def chosen_id(self) -> str:
        """Return the payment whose row is chosen."""
        return self.table.current_id()

    def counted(self) -> str:
        """Return count and sums as shown."""
        return f"{self._count.words()} {self._sums.words()}"

    def nothing(self) -> str:
        """Return what is said where nothing was found."""
        return self._nothing.words()

    def _nothing_words(self) -> str:
        typed = self.typed()
        said = text("history.none", typed=typed) if typed else text("history.none_at_all")
        widen = "" if self.days() is Days.ALL else text("history.widen")
        return f"{said} {widen}".strip()

    def _step(self, by: int) -> None:
        """Move the choice from the search field, without leaving it."""
        ids = [row.id for row in self.table.model_rows()]
        if ids:
            at = ids.index(self.chosen_id()) if self.chosen_id() in ids else -1
            self.table.select_id(ids[min(len(ids) - 1, max(0, at + by))])


def _choice(name: str, choices: list[tuple[str, str]], key: str, width: int) -> ChoiceField:
    made = ChoiceField(text(name), choices)
    made.set_aside(key)
    made.setFixedWidth(theme.px(width))
    return made


def _next(now: _C) -> _C:
    values = list(type(now))
    return values[(values.index(now) + 1) % len(values)]


def _table() -> CalmTable:
    return CalmTable(
        [
            Column(text("history.column.at")),
            Column(text("slip_panel.order_no"), stretch=1),
            Column(text("recent.product"), stretch=3),
            Column(text("recent.buyer"), stretch=1),
            Column(text("recent.card")),
            Column(text("history.column.months")),
            Column(text("recent.amount"), align="right", role="strong"),
            Column(text("history.column.refunded"), align="right"),
            Column(text("slip_panel.approval_no")),
            Column(text("recent.state")),
        ]
    )


def _row(record: PaymentRecord) -> Row:
    approval = record.approval
    return Row(
        record.payment_id,
        (
            t.short_stamp(record.created_at),
            record.order_no,
            record.order.product,
            buyer_words(record),
            short_card_words(record),
            months_words(record.order.months),
            t.won(record.order.amount.amount),
            t.won(record.refunded.amount) if record.refunded else "",
            approval.approval_no if approval is not None else "",
            _badge(record),
        ),
    )


def _badge(record: PaymentRecord) -> Badge:
    """Return the state without the amount behind it: a column of its own says what went back."""
    if record.live_refund is None and record.state is PaymentState.APPROVED and record.refunded:
        return badge_of("charge", "PARTIALLY_REFUNDED" if record.balance else "REFUNDED")
    return state_badge(record)


def _sum_words(records: Sequence[PaymentRecord]) -> str:
    """Add up what is shown: approved, given back, and what is left of it."""
    standing = [record for record in records if record.state is PaymentState.APPROVED]
    approved = sum(record.order.amount.amount for record in standing)
    refunded = sum(record.refunded.amount for record in standing)
    return text(
        "history.sums",
        approved=t.won_unit(approved),
        refunded=t.won_unit(refunded),
        net=t.won_unit(approved - refunded),
    )
