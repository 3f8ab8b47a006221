"""The page of a terminal that keeps no cards: why, and what would change that."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.ui.app import App
from pos_app.ui.text import text
from pos_app.ui.widgets.hero import Hero
from pos_app.ui.words import gateway_words


class NothingPage(QWidget):
    """Why there is nothing here."""

    def __init__(self, app: App, parent: QWidget | None = None) -> None:
        """Say it for the gateways of this terminal."""
        super().__init__(parent)
        self.hero = Hero()
        names = ", ".join(gateway_words(card.name) for card in app.gateways)
        self.hero.show_verdict(
            tone="neutral",
            icon="info",
            title=text("cards.unable.title"),
            lines=(text("cards.unable.line", gateways=names), text("cards.unable.advice")),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.hero)
        column.addStretch(1)
