"""Run by test_start.py: the window's command, stopped when it loads what belongs behind the paint.

Prints as JSON whether the window was painted by then, every module loaded, and every module whose
source was read; nothing is opened.

    python -m tests.house.painted_modules DATA_DIR
"""

from __future__ import annotations

import json
import linecache
import os
import sys

from pos_app.cli import main

#: What the program loads first when the window stands: the log, and the rest of the window.
BEHIND = ("pos_app.logs", "pos_app.ui.application")


class Probe:
    """A finder that finds nothing: it only looks on."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        """Tell and end the program at the first module that belongs behind the paint."""
        if name in BEHIND:
            told = {
                "painted": is_painted(),
                "first": name,
                "modules": sorted(sys.modules),
                "sources": sorted(map(str, linecache.cache)),
            }
            print(json.dumps(told), flush=True)
            os._exit(0)


def is_painted() -> bool:
    """Tell whether a window stands and says that it is painted."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    windows = [] if widgets is None else widgets.QApplication.topLevelWidgets()
    return any(getattr(window, "painted_s", None) is not None for window in windows)


if __name__ == "__main__":
    sys.meta_path.insert(0, Probe())
    sys.exit(main(["--data-dir", sys.argv[1]]))
