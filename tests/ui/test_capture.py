"""Digits are read back only where pictures of the screen leave the window out."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pos_app.ui.capture import keep_out_of_captures


class FakeUser32:
    """Windows that refuses all affinities but some."""

    def __init__(self, *known: int) -> None:
        self.known = known
        self.asked: list[tuple[int, int]] = []

    def SetWindowDisplayAffinity(self, window: int, affinity: int, /) -> int:  # noqa: N802 - Windows' own name
        self.asked.append((window, affinity))
        return int(affinity in self.known)


@pytest.mark.parametrize(
    ("known", "asked", "allowed"),
    [((0x11, 0x01), [0x11], True), ((0x01,), [0x11, 0x01], True), ((), [0x11, 0x01], False)],
    ids=["new Windows", "older Windows", "Windows that refuses"],
)
def test_reading_back_needs_a_window_nobody_can_capture(
    qtbot: QtBot, known: tuple[int, ...], asked: list[int], allowed: bool
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    user32 = FakeUser32(*known)
    assert keep_out_of_captures(window, user32) is allowed
    assert user32.asked == [(int(window.winId()), affinity) for affinity in asked]
