"""What stands at the right: the payment and its story, or the record at the gateway alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from pos_app.domain.facts import Entry
from pos_app.domain.order import PaymentId
from pos_app.domain.receipt import Merchant
from pos_app.domain.record import PaymentRecord
from pos_app.domain.stray_facts import StrayRecord
from pos_app.ui import theme
from pos_app.ui.screens.person.story_panel import StoryPanel
from pos_app.ui.screens.person.stray_page import facts_of, found_badge
from pos_app.ui.slip_panel import SlipPanel
from pos_app.ui.text import text
from pos_app.ui.widgets.pairs import Pair, Pairs
from pos_app.ui.widgets.panel import Panel


class Beside(QWidget):
    """The right column.

    Attributes:
        payment_id: the payment that is shown; None if none is.
    """

    def __init__(self, merchant: Merchant, parent: QWidget | None = None) -> None:
        """Build it with nothing to show."""
        super().__init__(parent)
        self.payment_id: PaymentId | None = None
        self.slip = SlipPanel()
        self.slip.set_merchant(merchant)
        self.slip.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)
        self.story = StoryPanel()
        self.found = Panel(text("person.record"))
        self._pairs = Pairs()
        self.found.add(self._pairs)
        self.found.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self.slip)
        column.addWidget(self.story, 1)
        column.addWidget(self.found, 1)
        self.setFixedWidth(theme.px(SlipPanel.WIDTH))
        self.show_nothing()

    def show_payment(self, record: PaymentRecord) -> None:
        """Show a payment; its story follows when it is read."""
        self.payment_id = record.payment_id
        self.slip.show_record(record)
        self._show(payment=True, found=False)

    def show_story(self, payment_id: PaymentId, entries: Sequence[Entry]) -> None:
        """Show what happened to a payment, if it is the one that is shown."""
        if payment_id == self.payment_id:
            self.story.show_story(entries)

    def show_found(self, record: StrayRecord) -> None:
        """Show what the gateway has under an order number that no payment of ours has."""
        self.payment_id = None
        self._pairs.set_pairs(
            [
                Pair(text("slip_panel.state"), found_badge(record)),
                Pair(text("slip_panel.order_no"), record.found.order_no),
                *(Pair(term, value) for term, value in facts_of(record)),
            ]
        )
        self._show(payment=False, found=True)

    def show_nothing(self) -> None:
        """Take no room."""
        self.payment_id = None
        self._show(payment=False, found=False)

    def _show(self, *, payment: bool, found: bool) -> None:
        self.slip.setVisible(payment)
        self.story.setVisible(payment)
        self.found.setVisible(found)
        self.setVisible(payment or found)
