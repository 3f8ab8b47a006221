"""A glance at the settings file: how the window should look, known before the settings are read.

The window is painted first and the settings are read, judged and mended when the terminal opens
(`store.py`); so nothing here raises, and whatever cannot be read looks as it does by default.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pos_app.config.files import read_at_most

if TYPE_CHECKING:
    from pos_app.config.model import Language, Scheme

FILE_NAME = "settings.json"
PREVIOUS_NAME = "settings.previous"
BYTES_MAX = 1_000_000
"""Far more than a thousand operators need; a larger file is not ours."""


class Look(NamedTuple):
    """How the program looks, with the defaults of `model.LookSettings`."""

    language: Language = "ko"
    theme: Scheme = "system"
    text_percent: int = 100


def glance(folder: Path) -> Look:
    """Return the look in the settings of a data folder, or in their last good copy."""
    for name in (FILE_NAME, PREVIOUS_NAME):
        try:
            table = json.loads(read_at_most(folder / name, BYTES_MAX) or b"")["look"]
            return _checked(table["language"], table["theme"], table["text_percent"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return Look()


def _checked(language: object, theme: object, text_percent: object) -> Look:
    """Return the look; `ValueError` for a value that no program of ours writes."""
    match language, theme, text_percent:
        case (
            ("ko" | "en") as spoken,
            ("system" | "light" | "dark" | "high_contrast") as scheme,
            int() as percent,
        ):
            return Look(spoken, scheme, percent)
    raise ValueError("no look of ours")
