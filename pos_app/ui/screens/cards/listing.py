"""The list of cards on file: found while one types, by name, phone or last digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos_app.domain.card_facts import CardRecord
from pos_app.domain.schedule_facts import PlanRecord
from pos_app.domain.streams import StreamId
from pos_app.ui import text as t
from pos_app.ui.payment_search import FindField
from pos_app.ui.screens.cards.facts import card_pairs
from pos_app.ui.screens.cards.model import short_card
from pos_app.ui.screens.cards.side import Side, beside
from pos_app.ui.text import text
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.phone_text import grouped_phone
from pos_app.ui.widgets.state_badge import badge_of
from pos_app.ui.widgets.table import CalmTable, Column, Row


class ListPage(QWidget):
    """Search field, table, and the chosen card beside it.

    Signals:
        changed: other words are searched for.
        picked: (card id) a card is to be opened; empty: the chosen one, from the search.
        acted: (name) "keep" or "calendar" is wanted.
    """

    changed = Signal()
    picked = Signal(str)
    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._cards: dict[str, CardRecord] = {}
        self.search_field = FindField(text("cards.find"), text("cards.find_aside"))
        self.table = CalmTable(
            [
                Column(text("cards.customer"), stretch=2, role="strong"),
                Column(text("cards.phone"), stretch=2),
                Column(text("cards.card"), stretch=2),
                Column(text("cards.next_plan"), stretch=2),
                Column(text("cards.kept_at")),
                Column(text("cards.state")),
            ]
        )
        self._nothing = label("", "body", align="center", wrap=True)
        self._nothing.set_tone("muted")
        panel = Panel(text("tab.cards"))
        panel.add(self.search_field)
        panel.add(self._nothing, 1)
        panel.add(self.table, 1)
        self.side = Side(text("cards.chosen"))
        self.side.add_action("open", text("cards.open"), "Enter", primary=True)
        self.side.add_action("keep", text("cards.keep"), "Ctrl+N")
        self.side.add_action("calendar", text("cards.calendar"), "Ctrl+L")
        beside(self, panel, self.side)
        self.search_field.changed.connect(self.changed)
        self.search_field.advance.connect(lambda: self.picked.emit(""))
        self.search_field.stepped.connect(self._step)
        self.table.picked.connect(self.picked)
        self.table.moved.connect(self._on_moved)
        self.table.retreat.connect(self.search_field.setFocus)
        self.side.acted.connect(self._on_acted)
        self.show_found((), {})

    def take_focus(self) -> None:
        """Begin with the search."""
        self.search_field.setFocus()

    def typed(self) -> str:
        """Return the words searched for."""
        return self.search_field.text_value()

    def show_found(self, cards: Sequence[CardRecord], plans: Mapping[StreamId, PlanRecord]) -> None:
        """Show cards, and beside each the next payment planned with it."""
        self._cards = {card.stream_id: card for card in cards}
        self.table.set_rows([_row(card, plans.get(card.stream_id)) for card in cards])
        if not self.table.current_id() and cards:
            self.table.select_id(cards[0].stream_id)
        typed = self.typed()
        said = text("cards.none", typed=typed) if typed else text("cards.none_at_all")
        self._nothing.set_words("" if cards else said)
        self._nothing.setVisible(not cards)
        self.table.setVisible(bool(cards))
        self._on_moved(self.table.current_id())

    def chosen_id(self) -> str:
        """Return the card whose row is chosen; empty if none is."""
        return self.table.current_id()

    def nothing(self) -> str:
        """Return what is said where nothing was found."""
        return self._nothing.words()

    def _on_moved(self, card_id: str) -> None:
        card = self._cards.get(card_id)
        self.side.set_facts(card_pairs(card) if card is not None else ())
        self.side.set_note("" if card is not None else text("cards.choose"))
        self.side.offer(("open", "keep", "calendar") if card is not None else ("keep", "calendar"))

    def _on_acted(self, name: str) -> None:
        if name == "open":
            self.picked.emit(self.chosen_id())
        else:
            self.acted.emit(name)

    def _step(self, by: int) -> None:
        """Move the choice from the search field, without leaving it."""
        ids = list(self._cards)
        if ids:
            at = ids.index(self.table.current_id()) if self.table.current_id() in ids else -1
            self.table.select_id(ids[min(len(ids) - 1, max(0, at + by))])


def _row(card: CardRecord, plan: PlanRecord | None) -> Row:
    return Row(
        card.stream_id,
        (
            card.customer_name,
            grouped_phone(card.customer_phone),
            short_card(card),
            t.short_stamp(plan.at) if plan is not None else "",
            t.full_date(card.created_at),
            badge_of("card", card.state.value),
        ),
    )
