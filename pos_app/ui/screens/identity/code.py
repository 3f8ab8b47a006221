"""Waiting for the caller's code: what to say, the field, the time that is left, a new one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.identity import CodeBy
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.screens.identity.fields import CodeField
from pos_app.ui.text import text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.field_shell import NoteLine
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.say import Say

_TICK_MS = 500  # twice a second, so that no second is skipped on screen
_CODE_PX = 220


class CodeView(QWidget):
    """The code that was sent.

    Signals:
        finished: Enter in the code's field.
        acted: (name) "resend" or "stop" was chosen.
    """

    finished = Signal()
    acted = Signal(str)

    def __init__(self, left_s: Callable[[], float], parent: QWidget | None = None) -> None:
        """Build it; `left_s` tells for how many seconds the code is good."""
        super().__init__(parent)
        self._left_s = left_s
        self._code_by = CodeBy.SMS
        self._panel = Panel(text("identity.code"))
        self._left = label("", "strong")
        self._panel.add_aside(self._left)
        self._sent = EmphasisLabel("", "field")
        self.code = CodeField(text("identity.code_field"))
        self.code.setFixedWidth(theme.px(_CODE_PX))
        self.code.advance.connect(self.finished)
        self._note = NoteLine()
        row = QHBoxLayout()
        row.addWidget(self.code)
        row.addStretch(1)
        self._panel.add(self._sent)
        self._panel.add(row)
        self._panel.add(self._note)
        say = Panel(text("identity.read_out"))
        self._say = Say("")
        say.add(self._say)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self._panel)
        column.addWidget(say)
        column.addLayout(self._buttons())
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)

    def _buttons(self) -> QHBoxLayout:
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px(10))
        for name, key in (("resend", "F6"), ("stop", "Esc")):
            button = BigButton(text(f"identity.action.{name}"), key, primary=False, height=46)
            button.clicked.connect(lambda _on=False, name=name: self.acted.emit(name))
            buttons.addWidget(button)
        return buttons

    def show_sent(self, phone: str, code_by: CodeBy) -> None:
        """Say that a code is on its way to `phone`, which is masked, or that an app asks."""
        self._code_by = code_by
        way = code_by.value.lower()
        self._sent.set_words(text(f"identity.sent.{way}", phone=phone))
        self._say.set_words(text(f"identity.sent_say.{way}"))
        self.code.setVisible(code_by is CodeBy.SMS)
        self.code.clear_field()
        self.set_note("")
        self._timer.start()
        self.tick()

    def set_note(self, words: str) -> None:
        """Say why the code was not taken; empty for nothing."""
        self._note.say(words, "bad")

    def note(self) -> str:
        """Return what is said."""
        return self._note.words()

    def left(self) -> str:
        """Return what is said of the time."""
        return self._left.words()

    def tick(self) -> None:
        """Show the time that is left; it is an estimate and blocks nothing."""
        left_s = self._left_s()
        over = left_s <= 0
        words = text("identity.code_over" if over else "identity.code_left", time=t.elapsed(left_s))
        if words != self._left.words():
            self._left.set_words(words)
            self._left.set_tone("warn" if over else "muted")

    def clear(self) -> None:
        """Forget code and words."""
        self._timer.stop()
        self.code.clear_field()
        self.set_note("")
        self._sent.set_words("")
