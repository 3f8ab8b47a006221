"""Finding payments while one types: one search at a time, and the arrows choose in the results.

A search starts a moment after the last key; a new one ends the one before it, so that an answer
that comes late never replaces a newer one.
"""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from pos_app.domain.requests import HistoryQuery
from pos_app.services.history import History
from pos_app.ui.scope import TaskScope
from pos_app.ui.widgets.text_field import SearchField

#: Long enough to skip the letters of a fast typist, short enough not to be felt as waiting.
_PAUSE_MS = 90


class FindField(SearchField):
    """A search field above a table.

    Signals:
        stepped: (+1 or -1) Down or Up was hit: another row is wanted.
    """

    stepped = Signal(int)

    def __init__(self, name: str, aside: str = "", parent: QWidget | None = None) -> None:
        """Call it `name`; `aside` says what it finds."""
        super().__init__(name, aside, parent)
        self._edit.down.disconnect(self._on_enter)
        self._edit.up.disconnect(self.retreat)
        self._edit.down.connect(lambda: self.stepped.emit(1))
        self._edit.up.connect(lambda: self.stepped.emit(-1))

    def select_all(self) -> None:
        """Mark what stands there, so that typing replaces it."""
        self._edit.selectAll()


class PaymentSearch(QObject):
    """Searches the ledger for a screen.

    Signals:
        found: (sequence of PaymentRecord) what the last question found, newest first.
    """

    found = Signal(object)

    def __init__(self, owner: QObject, history: History) -> None:
        """Search in `history` until `owner` dies."""
        super().__init__(owner)
        self._history = history
        self._scope = TaskScope(self)
        self._query = HistoryQuery()
        self._running: asyncio.Task[None] | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._start)

    @property
    def query(self) -> HistoryQuery:
        """Return the last question."""
        return self._query

    def ask(self, query: HistoryQuery) -> None:
        """Search for `query` when the keys have rested for a moment."""
        self._query = query
        self._pause.start()

    def ask_now(self, query: HistoryQuery) -> None:
        """Search for `query` at once."""
        self._query = query
        self._pause.stop()
        self._start()

    def again(self) -> None:
        """Ask the last question again: something has changed."""
        self._pause.start()

    def is_waiting(self) -> bool:
        """Tell whether what stands on the screen is not the answer to the last question yet."""
        return self._pause.isActive() or (self._running is not None and not self._running.done())

    def _start(self) -> None:
        if self._running is not None:
            self._running.cancel()
        self._running = self._scope.start(self._search(self._query), "search payments")

    async def _search(self, query: HistoryQuery) -> None:
        records = await self._history.search(query)
        self.found.emit(records)
