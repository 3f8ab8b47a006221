"""The program's face in the task bar: its icon, and on Windows a group of its own.

Windows groups windows by the program file they belong to. The installed program has a file of its
own, and its icon in it; run from sources it would stand among all other Python windows. It is given
a name only there: a name that the shortcuts do not carry, too, would split a pinned program in two.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from pos_app.resources import resource_path

APP_ID = "pos-app"


class Shell32(Protocol):
    """The call of shell32.dll that matters here; zero means done."""

    def SetCurrentProcessExplicitAppUserModelID(self, app_id: str, /) -> int:
        """Name this process for the task bar; before its first window."""
        ...


if sys.platform == "win32":
    import ctypes

    def _shell32() -> Shell32 | None:
        """Return shell32.dll."""
        calls: Shell32 = ctypes.windll.shell32
        return calls

else:

    def _shell32() -> Shell32 | None:
        """Return None: elsewhere the desktop file says what belongs together."""
        return None


def group_by_own_name(executable: str = sys.executable, shell32: Shell32 | None = None) -> None:
    """Give windows of a bare Python a group of their own; before the first window is made.

    Args:
        executable: the program file that runs.
        shell32: Windows' calls; None takes the machine's own.
    """
    calls = shell32 or _shell32()
    if calls is not None and Path(executable).stem.lower().startswith("python"):
        calls.SetCurrentProcessExplicitAppUserModelID(APP_ID)


def show_icon() -> None:
    """Set the icon of all windows; reading the drawing costs, so do it when the window stands."""
    QApplication.setWindowIcon(QIcon(str(resource_path("icons", "app.svg"))))
