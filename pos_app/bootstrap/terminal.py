"""A terminal that can be opened; naming one touches nothing and loads next to nothing.

The window is painted around it first. What opening takes is in `opening`, imported by then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pos_app.bootstrap.set_up import SetUpDesk
from pos_app.config.paths import Places, find_places

if TYPE_CHECKING:
    from pos_app.ui.app import App


class Terminal:
    """One terminal, to be opened when the window stands; fits `ui/app.Starter`."""

    def __init__(self, set_up: SetUpDesk) -> None:
        """Touch nothing yet."""
        self._set_up = set_up

    @property
    def places(self) -> Places:
        """Return where it lies."""
        return self._set_up.places

    @property
    def practice(self) -> bool:
        """Tell whether this is the practice terminal."""
        return self._set_up.places.practice

    @property
    def set_up(self) -> SetUpDesk:
        """Return the set-up desk."""
        return self._set_up

    async def open(self, passphrase: str | None) -> App:
        """Open everything and carry on with what the last run left open.

        Raises:
            UserMistake: `settings.missing` before the first start, `vault.passphrase_needed`,
                `vault.passphrase_wrong`.
            ShopTrouble: whatever is in the way; all that was opened is closed again.
        """
        import asyncio

        opening = await asyncio.to_thread(_load_opening)
        return await opening(self._set_up, passphrase)


def _load_opening() -> Callable[[SetUpDesk, str | None], Awaitable[App]]:
    """Return what opens a terminal; blocks while most of the program is imported."""
    from pos_app.bootstrap.opening import open_terminal

    return open_terminal


def make_terminal(
    data_dir: Path | None, *, practice: bool = False, passphrase: str | None = None
) -> Terminal:
    """Return the terminal of a data folder, None for the user's own; nothing is opened yet."""
    return Terminal(SetUpDesk(find_places(data_dir, practice=practice), passphrase))
