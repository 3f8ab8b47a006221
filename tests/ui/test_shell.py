"""The window on screens of every size: whole, or filling the screen, never hanging off its edge."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize

from pos_app.ui.shell import fills_screen

LEAST, WANTED = QSize(1024, 640), QSize(1366, 768)


@pytest.mark.parametrize(
    ("room", "fills"),
    [
        (QSize(1920, 1080), False),
        (QSize(1600, 860), False),
        (QSize(1366, 768), True),
        (QSize(1366, 728), True),
        (QSize(1280, 1024), True),
        (QSize(1920, 800), True),
        (QSize(800, 800), False),
        (QSize(1024, 600), False),
    ],
)
def test_a_screen_too_small_for_window_and_title_is_filled(room: QSize, fills: bool) -> None:
    assert fills_screen(room, LEAST, WANTED) is fills


def test_a_window_that_fits_to_the_pixel_stays_a_window() -> None:
    assert not fills_screen(QSize(1366, 808), LEAST, WANTED)
    assert fills_screen(QSize(1366, 807), LEAST, WANTED)
