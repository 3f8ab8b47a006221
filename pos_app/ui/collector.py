"""Collects Python's garbage on the Qt thread only.

The cyclic collector runs in whichever thread allocates next. When that is the ledger's writer or a
worker of the event loop, it destroys Qt objects in the wrong thread, and the process dies some time
later in the event loop. So the automatic collector is switched off while the window lives, and a
timer on the Qt thread does its work by the same thresholds.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_TICK_MS = 1_000


class Collector(QObject):
    """Takes over from the automatic collector until `stop`."""

    def __init__(self, parent: QObject) -> None:
        """Switch the automatic collector off and begin."""
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(collect_due)
        self._timer.start()

    def stop(self) -> None:
        """Give the work back to the automatic collector."""
        self._timer.stop()
        gc.enable()


def collect_due() -> int:
    """Collect the oldest generation whose threshold is passed; return it, or -1 for none."""
    due = [
        generation
        for generation, (count, threshold) in enumerate(
            zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if threshold and count > threshold
    ]
    if not due:
        return -1
    gc.collect(due[-1])
    return due[-1]
