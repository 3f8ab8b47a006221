"""Tell whether this PySide6 loses references to None, True or False on this Python.

PySide6 6.12.0 answers a call of a void Qt function with `None` without counting the reference, and
some bool calls likewise. From CPython 3.12 on these objects are immortal and nothing happens.
Before, each call takes one reference away; after some 5,700 of them the interpreter aborts
(`none_dealloc: deallocating None`) in the middle of whatever it was doing. pip installs that pair
without a word. This program sees the loss after a few hundred calls.

    python -m tests.helpers.void_call_guard                   measure, one line per kind of call
    python -m tests.helpers.void_call_guard --survive 20000   also make that many in a child process

Exit status: 0 nothing is lost, or it cannot matter; 1 references are lost, or the child died.
Run it as a child process: where references are lost, the process that measured dies at its end,
too, and would take the report with it.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

WATCHED = (None, True, False)
IMMORTAL_SINCE = (3, 12)  # PEP 683


def qt_calls() -> dict[str, Callable[[], object]]:
    """Return named calls into Qt that answer with nothing or a bool; each is safe to repeat."""
    from PySide6.QtCore import QObject, QTimer, Signal
    from PySide6.QtWidgets import QApplication, QLineEdit

    class Sender(QObject):
        fired = Signal(bool)

    app = QApplication.instance() or QApplication(["void_call_guard"])
    timer, field, sender = QTimer(), QLineEdit(), Sender()
    sender.fired.connect(lambda _on: None)
    return {
        "QTimer.stop": timer.stop,
        "QTimer.isActive": timer.isActive,
        "QLineEdit.setText": lambda: field.setText("1"),
        "QWidget.update": field.update,
        "QWidget.isEnabled": field.isEnabled,
        "Signal(bool).emit": lambda: sender.fired.emit(True),
        "QApplication.processEvents": app.processEvents,
    }


def lost_references(calls: int = 300) -> dict[str, str]:
    """Make each call `calls` times and return the losers, e.g. {"QTimer.stop": "None -300"}.

    Less than a third of a reference per call is taken for noise of the interpreter's own.
    """
    lost: dict[str, str] = {}
    for name, call in qt_calls().items():
        call()  # the first call may cache something
        gc.collect()
        before = [sys.getrefcount(value) for value in WATCHED]
        for _ in range(calls):
            call()
        gc.collect()
        for value, old in zip(WATCHED, before, strict=True):
            change = sys.getrefcount(value) - old
            if change < -calls // 3:
                lost[name] = f"{value} {change:+d}"
    return lost


def survive(calls: int) -> int:
    """Make `calls` void calls in a child process and return its exit status (< 0: killed)."""
    code = (
        "from PySide6.QtCore import QTimer; t = QTimer()\n"
        f"for _ in range({calls}): t.stop()\n"
        "print('survived', flush=True)"
    )
    return subprocess.run([sys.executable, "-c", code], check=False).returncode


def main() -> int:
    """Measure, report and return the exit status."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--calls", type=int, default=300, help="calls of each kind to measure")
    arguments.add_argument("--survive", type=int, default=0, metavar="N", help="void calls to live")
    options = arguments.parse_args()

    import PySide6

    print(f"CPython {sys.version.split()[0]}, PySide6 {PySide6.__version__}")
    lost = lost_references(options.calls)
    for name in qt_calls():
        print(f"  {name:28s} {lost.get(name, 'ok')}")
    status = 0
    if sys.version_info >= IMMORTAL_SINCE:
        print("None, True and False are immortal on this Python: nothing can be lost")
    elif lost:
        print(f"references are lost per {options.calls} calls: do not ship this pair")
        status = 1
    if options.survive:
        code = survive(options.survive)
        print(f"child with {options.survive} void calls: exit status {code}")
        status = status or int(code != 0)
    return status


if __name__ == "__main__":
    outcome = main()
    sys.stdout.flush()
    os._exit(
        outcome
    )  # an orderly end would abort in bool_dealloc where True has lost its references
