"""The right column of every page: facts, a line of advice, and the keys that act."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.slip_panel import SlipPanel
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.labels import EmphasisLabel
from pos_app.ui.widgets.pairs import Pair, Pairs
from pos_app.ui.widgets.panel import Panel


class Side(Panel):
    """Facts and actions, as wide as the slip of a sale.

    Signals:
        acted: (name) an action's button was pressed.
    """

    acted = Signal(str)

    def __init__(self, heading: str = "") -> None:
        """Build it empty."""
        super().__init__(heading)
        self.setFixedWidth(theme.px(SlipPanel.WIDTH))
        self.facts = Pairs()
        self._note = EmphasisLabel("", "small", ink="muted")
        self.foot = QVBoxLayout()
        self.foot.setSpacing(theme.px(10))
        self._actions: dict[str, BigButton] = {}
        self.add(self.facts)
        self.add(self._note)
        self.body.addStretch(1)
        self.add(self.foot)

    def set_facts(self, pairs: Sequence[Pair]) -> None:
        """Show facts; empty values are left out."""
        self.facts.set_pairs([pair for pair in pairs if pair.value])

    def set_note(self, words: str, ink: str = "muted") -> None:
        """Show a line below the facts, or none."""
        self._note.set_words(words)
        self._note.set_ink(ink)
        self._note.setVisible(bool(words))

    def note(self) -> str:
        """Return the line below the facts."""
        return self._note.words()

    def add_action(
        self, name: str, words: str, key: str, *, primary: bool = False, danger: bool = False
    ) -> BigButton:
        """Add a button that acts as `name`."""
        height = 56 if primary else 46
        button = BigButton(words, key, primary=primary, danger=danger, height=height)
        button.clicked.connect(lambda _on=False: self.acted.emit(name))
        self._actions[name] = button
        self.foot.addWidget(button)
        return button

    def offer(self, names: Sequence[str]) -> None:
        """Show these actions and no others."""
        for name, button in self._actions.items():
            button.setVisible(name in names)

    def offered(self) -> list[str]:
        """Return the actions that can be done now."""
        return [n for n, button in self._actions.items() if button.isVisibleTo(self)]


def beside(page: QWidget, left: QWidget | QVBoxLayout, side: Side) -> None:
    """Lay a page out: what it is about at the left, its side at the right."""
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.px(16))
    if isinstance(left, QWidget):
        row.addWidget(left, 1)
    else:
        row.addLayout(left, 1)
    row.addWidget(side)
