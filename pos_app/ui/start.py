"""Starting the window: the sale screen is painted first, all else is loaded behind it.

Whatever is imported here or by the sale screen is waited for by a person before an empty screen; a
test holds the list of what may not be (`tests/house/test_start.py`). asyncio is among it: until the
first paint Qt's own loop runs, in which nothing can be waiting yet.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from pos_app.ui import theme
from pos_app.ui.collector import Collector
from pos_app.ui.pages import MAKERS
from pos_app.ui.shell import Shell
from pos_app.ui.taskbar import group_by_own_name
from pos_app.ui.text import Language, language, use_language

if TYPE_CHECKING:
    from pos_app.ui.app import Starter
    from pos_app.ui.application import Application

#: A window that is started minimised or behind a locked screen is not painted; its terminal opens
#: after this all the same, because what the last run left open is settled then.
PATIENCE_MS = 1_000


def run_window(
    starter: Starter,
    *,
    scheme: theme.SchemeChoice = "system",
    text_percent: int = 100,
    chosen_language: Language | None = None,
    exit_when_ready: bool = False,
    started_s: float | None = None,
    on_painted: Callable[[], None] | None = None,
    on_built: Callable[[Application], None] | None = None,
) -> int:
    """Run the window until it is closed and return the exit status.

    Args:
        starter: opens the terminal.
        scheme: light, dark, high contrast or the system's.
        text_percent: text size, 100 to 200.
        chosen_language: "ko" or "en"; None keeps what is set.
        exit_when_ready: paint, open, print timings as JSON, leave.
        started_s: monotonic time of the program's start.
        on_painted: called once when the window stands, before anything is opened.
        on_built: called with the application before it runs (the scripted clerk).
    """
    if chosen_language is not None and chosen_language != language():
        use_language(chosen_language)
    existing = QApplication.instance()
    qt = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    qt.setApplicationName("pos-app")
    group_by_own_name()
    qt.setQuitOnLastWindowClosed(False)
    began_s = time.monotonic() if started_s is None else started_s
    collector, previous_hook = Collector(qt), sys.excepthook
    early: list[BaseException] = []
    # Nothing is told to standard error: what goes wrong now waits for those who can show it.
    sys.excepthook = lambda _kind, error, _trace: early.append(error)
    try:
        theme.apply_theme(qt, scheme, text_percent)
        shell = Shell(starter, MAKERS)
        leaving = paint_first(qt, shell)
        if on_painted is not None:
            on_painted()
        from pos_app.ui.application import Application, run_application

        def build() -> Application:
            application = Application(starter, began_s, shell)
            if on_built is not None:
                on_built(application)
            application.take_up(early, leaving=leaving)
            return application

        return run_application(qt, build, exit_when_ready=exit_when_ready)
    finally:
        sys.excepthook = previous_hook
        collector.stop()


def paint_first(qt: QApplication, shell: Shell) -> bool:
    """Show the window until it is painted; tell whether somebody wants to close it already."""
    wishes: list[bool] = []

    def leave() -> None:
        wishes.append(True)
        qt.exit()

    patience = QTimer(shell)
    patience.setSingleShot(True)
    patience.timeout.connect(qt.exit)
    shell.painted.connect(qt.exit)
    shell.close_wanted.connect(leave)
    shell.come_up()
    patience.start(PATIENCE_MS)
    qt.exec()  # house: exec - no task waits yet; asyncio itself is loaded after this
    patience.stop()
    shell.painted.disconnect(qt.exit)
    shell.close_wanted.disconnect(leave)
    return bool(wishes)
