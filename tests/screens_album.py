"""The camera of `tests/screens.py`: pictures in order, and a look for what is cut off."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from pos_app.ui.widgets.labels import Label
from tests.clerk_keys import picture_of
from tests.clerk_watch import laid_out
from tests.clerk_work import Clerk

_WAIT_S = 10.0


class Album:
    """Takes pictures and looks for what is cut off.

    Attributes:
        complaints: what a person should look at first.
    """

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        """Put the pictures into `folder`, which is made; windows shall keep `size`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.size = size
        self._count = 0
        self.complaints: list[str] = []

    async def take(self, clerk: Clerk, name: str, *, at_once: bool = False) -> None:
        """Take one picture of what stands there; `at_once`: while the screen is at something."""
        await (laid_out() if at_once else clerk.watch.quiet(_WAIT_S))
        shell = clerk.shell
        self._count += 1
        picture_of(shell).save(str(self._folder / f"{self._count:02d}-{name}.png"))
        if (shell.width(), shell.height()) != self.size:
            self.complaints.append(f"{name}: the window is {shell.width()}x{shell.height()}")
        shown = clerk.keys.dialog() or shell
        self.complaints += [f"{name}: cut off: {words}" for words in cut_off(shown)]


def cut_off(window: QWidget) -> list[str]:
    """Return the words of plain labels that have less room than they need."""
    found = []
    for shown in window.findChildren(Label):
        if not shown.isVisible() or shown.wordWrap() or not shown.text():
            continue
        if shown.fontMetrics().horizontalAdvance(shown.text()) > shown.contentsRect().width() + 1:
            found.append(shown.text())
    return found
