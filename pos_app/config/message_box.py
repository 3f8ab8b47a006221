"""A sentence in a window of the system, for a program that has no console to say it in.

`pos-app.exe` is started from a menu: what is said on standard error there is said to nobody. Only
what comes before our own window needs this; afterwards the window says it.
"""

from __future__ import annotations

import sys
from typing import Protocol

TITLE = "pos-app"
#: winuser.h: an OK button, the sign of an error, in front of other windows.
_MB_ICONERROR, _MB_SETFOREGROUND = 0x10, 0x10000


class User32(Protocol):
    """The call of user32.dll that matters here; zero means that no window could be shown."""

    def MessageBoxW(self, owner: int | None, text: str, title: str, kind: int, /) -> int:  # noqa: N802 - Windows' name
        """Show a window and wait until it is closed."""
        ...


if sys.platform == "win32":

    def _user32() -> User32 | None:
        """Return user32.dll."""
        import ctypes

        calls: User32 = ctypes.windll.user32
        return calls

else:

    def _user32() -> User32 | None:
        """Return None: elsewhere a program started from a menu has a log of the session."""
        return None


def show_message(text: str, user32: User32 | None = None) -> bool:
    """Show `text`, wait until it was read, and tell whether there was a window for it.

    Args:
        text: whole sentences; nothing in it is taken as markup.
        user32: Windows' calls; None takes the machine's own.
    """
    calls = user32 or _user32()
    if calls is None:
        return False
    return bool(calls.MessageBoxW(None, text, TITLE, _MB_ICONERROR | _MB_SETFOREGROUND))
