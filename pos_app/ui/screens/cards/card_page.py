"""One card: how it stands, the payments scheduled with it, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.card_facts import CardRecord
from pos_app.domain.schedule_facts import PlanRecord
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import months_words
from pos_app.ui.screens.cards.facts import card_pairs
from pos_app.ui.screens.cards.model import card_verdict, short_card
from pos_app.ui.screens.cards.side import Side, beside
from pos_app.ui.text import text
from pos_app.ui.widgets.hero import Hero
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.state_badge import badge_of
from pos_app.ui.widgets.table import CalmTable, Column, Row


def plan_table() -> CalmTable:
    """Return a table of scheduled payments."""
    return CalmTable(
        [
            Column(text("plan.at")),
            Column(text("cards.customer"), stretch=2, role="strong"),
            Column(text("plan.product"), stretch=3),
            Column(text("plan.months")),
            Column(text("plan.amount"), align="right", role="strong"),
            Column(text("cards.state")),
        ]
    )


def plan_row(plan: PlanRecord) -> Row:
    """Return the row of a scheduled payment."""
    return Row(
        plan.stream_id,
        (
            t.short_stamp(plan.at),
            plan.order.buyer_name,
            plan.order.product,
            months_words(plan.order.months),
            t.won(plan.order.amount.amount),
            badge_of("plan", plan.state.value),
        ),
    )


class CardPage(QWidget):
    """A card.

    Signals:
        picked: (schedule id) a scheduled payment is to be opened.
        acted: (name) "charge", "plan" or "forget" is wanted.
    """

    picked = Signal(str)
    acted = Signal(str)

    def __init__(self, *, plans: bool, parent: QWidget | None = None) -> None:
        """Build it; `plans`: payments can be scheduled at this terminal."""
        super().__init__(parent)
        self._plans = plans
        self._hero = Hero()
        self._panel = Panel(text("cards.plans"))
        self._nothing = label(text("cards.no_plans"), "body", align="center", wrap=True)
        self._nothing.set_tone("muted")
        self.table = plan_table()
        self._panel.add(self._nothing, 1)
        self._panel.add(self.table, 1)
        left = QVBoxLayout()
        left.setSpacing(theme.px(12))
        left.addWidget(self._hero)
        left.addWidget(self._panel, 1)
        self.side = Side()
        self.side.add_action("charge", text("cards.charge"), "C", primary=True)
        self.side.add_action("plan", text("cards.plan"), "S")
        self.side.add_action("forget", text("cards.forget"), "D")
        self.side.acted.connect(self.acted)
        beside(self, left, self.side)
        self.table.picked.connect(self.picked)

    def show_card(self, card: CardRecord, plans: Sequence[PlanRecord]) -> None:
        """Show a card and what is scheduled with it."""
        verdict = card_verdict(card)
        self._hero.setVisible(verdict is not None)
        if verdict is not None:
            self._hero.show_verdict(
                tone=verdict.tone,
                icon=verdict.icon,
                title=verdict.title,
                lines=verdict.lines,
                hint=verdict.hint,
            )
        self.side.set_heading(f"{card.customer_name} · {short_card(card)}")
        self.side.set_facts(card_pairs(card))
        self.side.set_note("")
        wanted = ["charge", *(["plan"] if self._plans else []), "forget"]
        self.side.offer(wanted if card.is_kept else ())
        self.table.set_rows([plan_row(plan) for plan in plans])
        self.table.setVisible(bool(plans))
        self._nothing.setVisible(not plans)
        if plans and not self.table.current_id():
            self.table.select_id(plans[0].stream_id)

    def verdict(self) -> str:
        """Return the banner's big words; empty without one."""
        return self._hero.title() if self._hero.isVisibleTo(self) else ""
