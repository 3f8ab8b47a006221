"""At the right: the sale that the check is for, and the one big key."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.card import Digits
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.sale_in_sight import OrderInSight
from pos_app.ui.screens.identity.model import holder_state
from pos_app.ui.slip_panel import SlipPanel
from pos_app.ui.text import text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.pairs import Pair, Pairs
from pos_app.ui.widgets.panel import Panel, divider


class SaleAside(Panel):
    """What is sold, whether the check is compulsory, what it is compared with."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(flush=True, parent=parent)
        self.setFixedWidth(theme.px(SlipPanel.WIDTH))
        self._facts = Pairs()
        self._note = EmphasisLabel("", "body", ink="muted")
        self.button = BigButton("", "Enter")
        self.body.setSpacing(0)
        self.add(_padded(label(text("identity.title"), "title", align="center"), 14, 11))
        self.add(divider())
        self.add(_padded(self._facts, 10, 10))
        self.add(divider())
        self.add(_padded(self._note, 10, 10))
        self.body.addStretch(1)
        self.add(_padded(self.button, 0, 18))

    def show_sale(self, order: OrderInSight | None, holder: Digits | None, gateway: str) -> None:
        """Show the order as it stands in the fields of the sale."""
        pairs = [Pair(text("identity.by"), gateway)] if gateway else []
        if order is not None:
            amount = t.won_unit(order.amount.amount) if order.amount is not None else "–"
            needed = text("identity.rule.needed" if order.needed else "identity.rule.free")
            pairs += [
                Pair(text("slip_panel.total"), amount, role="strong"),
                Pair(text("slip_panel.product"), order.product or "–"),
                Pair(text("slip_panel.buyer"), order.buyer_name or "–"),
                Pair(text("identity.rule"), needed),
                Pair(text("identity.holder"), text(f"identity.holder.{holder_state(holder)}")),
            ]
        self._facts.set_pairs(pairs)

    def set_note(self, words: str, ink: str = "muted") -> None:
        """Say something below the facts."""
        self._note.set_words(words)
        self._note.set_ink(ink)
        self._note.setVisible(bool(words))

    def note(self) -> str:
        """Return what is said."""
        return self._note.words()

    def clear(self) -> None:
        """Forget the sale."""
        self._facts.set_pairs([])
        self.set_note("")


def _padded(widget: QWidget, top: int, bottom: int) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setContentsMargins(*(theme.px(side) for side in (20, top, 20, bottom)))
    layout.addWidget(widget)
    return layout
