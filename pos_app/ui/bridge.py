"""From the services' news to Qt signals: hop ten of a sale.

A listener of the news board must never raise into the money loop, so each piece of news is queued
on the event loop and shown on its next turn.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from pos_app.services.news import Activity, News, NewsBoard, PaymentChanged, StreamChanged, Trouble


class Bridge(QObject):
    """News as signals; ends with its parent.

    Signals:
        changed: (PaymentRecord) a payment changed and is committed.
        stream_changed: (StreamRecord) a card on file, a scheduled payment or a stray changed.
        activity: (Activity) what the program is doing about a payment.
        trouble: (Trouble) something nobody asked for.
    """

    changed = Signal(object)
    stream_changed = Signal(object)
    activity = Signal(object)
    trouble = Signal(object)
    _arrived = Signal(object)

    def __init__(self, board: NewsBoard, parent: QObject) -> None:
        """Listen to `board` until the parent dies."""
        super().__init__(parent)
        self._arrived.connect(self._sort, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = board.subscribe(self._take)
        self.destroyed.connect(self._unsubscribe)

    def close(self) -> None:
        """Listen no more."""
        self._unsubscribe()

    def _take(self, news: News) -> None:
        """Queue a piece of news."""
        self._arrived.emit(news)

    def _sort(self, news: News) -> None:
        """Send it out by its kind."""
        match news:
            case PaymentChanged(record):
                self.changed.emit(record)
            case StreamChanged(record):
                self.stream_changed.emit(record)
            case Activity():
                self.activity.emit(news)
            case Trouble():
                self.trouble.emit(news)
