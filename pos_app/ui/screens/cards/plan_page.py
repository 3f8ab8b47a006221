"""One scheduled payment: how it stands, and what can be done about it."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.card_facts import CardRecord
from pos_app.domain.payment import END_STATES
from pos_app.domain.record import PaymentRecord
from pos_app.domain.schedule_facts import PlanRecord, PlanState
from pos_app.ui import theme
from pos_app.ui.screens.cards.facts import plan_pairs
from pos_app.ui.screens.cards.model import plan_verdict
from pos_app.ui.screens.cards.side import Side, beside
from pos_app.ui.text import text
from pos_app.ui.widgets.hero import Hero
from pos_app.ui.widgets.say import Say


class PlanPage(QWidget):
    """A scheduled payment.

    Signals:
        acted: (name) "move", "cancel", "retry", "payment" or "card" is wanted.
    """

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._hero = Hero()
        self._say = Say("")
        left = QVBoxLayout()
        left.setSpacing(theme.px(12))
        left.addWidget(self._hero)
        left.addWidget(self._say)
        left.addStretch(1)
        self.side = Side(text("plan.heading"))
        self.side.add_action("payment", text("plan.payment"), "P", primary=True)
        self.side.add_action("retry", text("plan.retry"), "R")
        self.side.add_action("move", text("plan.move"), "M", primary=True)
        self.side.add_action("cancel", text("plan.cancel"), "X")
        self.side.acted.connect(self.acted)
        beside(self, left, self.side)

    def show_plan(
        self,
        plan: PlanRecord,
        now: dt.datetime,
        payment: PaymentRecord | None,
        card: CardRecord,
    ) -> None:
        """Show how it stands."""
        verdict = plan_verdict(plan, now, payment)
        self._hero.show_verdict(
            tone=verdict.tone,
            icon=verdict.icon,
            title=verdict.title,
            lines=verdict.lines,
            hint=verdict.hint,
        )
        retry = payment is not None and payment.state in END_STATES and card.is_kept
        self._say.setVisible(retry)
        self._say.set_words(text("plan.retry_explained") if retry else "")
        self.side.set_facts(plan_pairs(plan, card))
        self.side.set_note("")
        actions: list[str] = []
        if plan.state is PlanState.SCHEDULED:
            actions = ["move", "cancel"]
        elif payment is not None:
            actions = ["payment", *(["retry"] if retry else [])]
        self.side.offer(actions)

    def verdict(self) -> str:
        """Return the banner's big words."""
        return self._hero.title()
