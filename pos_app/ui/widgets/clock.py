"""A clock of seconds that have passed, for a person who waits."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.ui.text import elapsed, text
from pos_app.ui.theme import Role
from pos_app.ui.widgets.labels import label

_TICK_MS = 500  # twice a second, so that no second is skipped on screen


class ElapsedLabel(QWidget):
    """`00:47 지남`, counted on a monotonic clock that is handed in (seconds)."""

    def __init__(
        self, clock: Callable[[], float], role: Role = "body", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._since_s = 0.0
        self._words = label("", role)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._words)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)

    def start(self, since_s: float | None = None) -> None:
        """Count from `since_s` on the clock, or from now."""
        self._since_s = self._clock() if since_s is None else since_s
        self._timer.start()
        self.tick()

    def stop(self) -> None:
        """Leave the time as it stands."""
        self._timer.stop()

    def running(self) -> bool:
        """Tell whether it counts."""
        return self._timer.isActive()

    def tick(self) -> None:
        """Show the time that has passed until now."""
        words = text("clock.elapsed", time=elapsed(self._clock() - self._since_s))
        if words != self._words.words():
            self._words.set_words(words)

    def words(self) -> str:
        """Return what it shows."""
        return self._words.words()
