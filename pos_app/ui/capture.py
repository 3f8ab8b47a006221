"""Keeps the window with the card field out of pictures of the screen, where Windows allows it.

Remote support, screen recorders and Windows' own history of screenshots see a black window then.
Microsoft promises no security by it (SetWindowDisplayAffinity), so the middle digits are masked
all the same; only reading back shows them, and not while the window can be captured.
"""

from __future__ import annotations

import sys
from typing import Protocol

from PySide6.QtWidgets import QWidget

#: winuser.h; Windows 10 2004 and later. WDA_MONITOR, older, shows a black window in captures.
_WDA_MONITOR, _WDA_EXCLUDEFROMCAPTURE = 0x01, 0x11


class User32(Protocol):
    """The call of user32.dll that matters here; zero means refused."""

    def SetWindowDisplayAffinity(self, window: int, affinity: int, /) -> int:
        """Choose who may see a window."""
        ...


if sys.platform == "win32":
    import ctypes

    def _user32() -> User32 | None:
        """Return user32.dll."""
        calls: User32 = ctypes.windll.user32
        return calls

else:

    def _user32() -> User32 | None:
        """Return None: here no program can keep another from taking pictures."""
        return None


def keep_out_of_captures(window: QWidget, user32: User32 | None = None) -> bool:
    """Ask that pictures of the screen leave `window` out; tell whether digits may be read back.

    Where no system offers it nothing is asked and the answer is True: refusing to read back there
    would protect nobody.

    Args:
        window: a top-level window.
        user32: Windows' calls; None takes the machine's own.
    """
    calls = user32 or _user32()
    if calls is None:
        return True
    handle = int(window.winId())
    return any(
        calls.SetWindowDisplayAffinity(handle, affinity)
        for affinity in (_WDA_EXCLUDEFROMCAPTURE, _WDA_MONITOR)
    )
