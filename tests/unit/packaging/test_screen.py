"""The keyboard of the journeys' screen."""

from __future__ import annotations

from screen import spare_keys

LISTING = """keycode   8 =
keycode   9 = Escape NoSymbol Escape
keycode 217 =
keycode 218 = Print
"""


def test_only_keys_without_a_letter_are_given_away() -> None:
    assert spare_keys(LISTING) == ["8", "217"]
