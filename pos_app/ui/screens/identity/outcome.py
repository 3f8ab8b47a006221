"""How a check ended: the big word, whether the birth dates agree, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.screens.identity.model import Verdict
from pos_app.ui.text import text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.hero import Hero
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.say import Say


class OutcomeView(QWidget):
    """Banner and sentence; also where no check can be made, and why.

    Signals:
        acted: (name) "again" was chosen.
    """

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._hero = Hero()
        self._say = Say("")
        self._panel = Panel(text("identity.read_out"))
        self._panel.add(self._say)
        self._again = BigButton(text("identity.action.again"), "R", primary=False, height=46)
        self._again.clicked.connect(lambda: self.acted.emit("again"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self._hero)
        column.addWidget(self._panel)
        column.addWidget(self._again)

    def show_verdict(self, verdict: Verdict, *, again: bool) -> None:
        """Say how it ended; `again`: another check may be made."""
        self._hero.show_verdict(
            tone=verdict.tone,
            icon=verdict.icon,
            title=verdict.title,
            lines=verdict.lines,
            hint=verdict.hint,
        )
        self._say.set_words(verdict.say)
        self._panel.setVisible(bool(verdict.say))
        self._again.setVisible(again)

    def title(self) -> str:
        """Return the big words."""
        return self._hero.title()

    def clear(self) -> None:
        """Forget who it was about."""
        self.show_verdict(Verdict("neutral", "info", "", (), "", ""), again=False)
