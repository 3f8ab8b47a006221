"""The doctor page: what is right, what is not, and how to mend it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.errors import PosError
from pos_app.ui import theme
from pos_app.ui.app import CheckLine, SetUp
from pos_app.ui.scope import TaskScope
from pos_app.ui.text import error_line, has_text, text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.labels import Label, label
from pos_app.ui.widgets.state_badge import BadgeTone
from pos_app.ui.widgets.steps import Step, Steps

_LOOKS: dict[str, tuple[str, BadgeTone]] = {
    "ok": ("check", "good"),
    "warning": ("alert", "warn"),
    "failed": ("cross", "bad"),
}


class DoctorPage(QWidget):
    """Runs the check-up and shows every line of it.

    Signals:
        examined: the check-up has ended.
    """

    examined = Signal()

    def __init__(self, set_up: SetUp, parent: QWidget | None = None) -> None:
        """Show nothing yet; `examine` begins."""
        super().__init__(parent)
        self._set_up = set_up
        self._scope = TaskScope(self)
        self._running = False
        self.verdict: Label = label("", "strong")
        self.lines = Steps()
        self.again = BigButton(text("settings.doctor.again"), "R", primary=False, height=46)
        self.again.setFixedWidth(theme.px(200))
        self.again.clicked.connect(self.examine)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(14))
        column.addWidget(self.verdict)
        column.addWidget(self.lines)
        column.addWidget(self.again)
        column.addStretch(1)

    def examine(self) -> None:
        """Begin a check-up unless one is running."""
        if not self._running:
            self._running = True
            self.again.setEnabled(False)
            self.verdict.set_tone("muted")
            self.verdict.set_words(text("settings.doctor.running"))
            self._scope.start(self._examine(), "check-up")

    async def _examine(self) -> None:
        try:
            found = await asyncio.to_thread(self._set_up.check_up)
        except PosError as error:
            self.lines.set_steps([])
            self.verdict.set_tone("bad")
            self.verdict.set_words(error_line(error))
        else:
            self._show(found)
        self._running = False
        self.again.setEnabled(True)
        self.examined.emit()

    def _show(self, found: Sequence[CheckLine]) -> None:
        wrong = sum(line.status == "failed" for line in found)
        odd = sum(line.status == "warning" for line in found)
        if wrong:
            self.verdict.set_tone("bad")
            self.verdict.set_words(text("settings.doctor.failed", count=wrong))
        elif odd:
            self.verdict.set_tone("warn")
            self.verdict.set_words(text("settings.doctor.warning", count=odd))
        else:
            self.verdict.set_tone("good")
            self.verdict.set_words(text("settings.doctor.good"))
        self.lines.set_steps([_step(line) for line in found])


def _step(line: CheckLine) -> Step:
    icon, tone = _LOOKS[line.status]
    subject = text(line.name) if has_text(line.name) else line.name
    badge = text(f"settings.doctor.status.{line.status}")
    return Step(f"**{subject}**   {line.detail}", tone=tone, icon=icon, badge=badge)
