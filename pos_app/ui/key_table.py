"""Every key and what it does, by screen: what the help shows and the tests hold the screens to.

A row names what its key does; the words are `help.key.<group>.<name>`. Letters are keys by their
place on the keyboard (widgets/keys.py), so they work while the input method writes Hangul.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key and the name of what it does."""

    key: str
    name: str


def _rows(*pairs: tuple[str, str]) -> tuple[KeyRow, ...]:
    return tuple(KeyRow(key, name) for key, name in pairs)


#: In the order in which the help shows them.
KEY_TABLE: Mapping[str, tuple[KeyRow, ...]] = MappingProxyType(
    {
        "everywhere": _rows(
            ("F1", "help"),
            ("F2", "sale"),
            ("Shift+F2", "cards"),
            ("F3", "history"),
            ("F4", "refund"),
            ("F5", "identity"),
            ("F9", "person"),
            ("F10", "settings"),
            ("Esc", "back"),
            ("Enter", "go_on"),
            ("Tab", "next"),
            ("Shift+Tab", "previous"),
        ),
        "sale": _rows(
            ("Enter", "charge"),
            ("Esc", "clear"),
            ("F6", "gateway"),
            ("F7", "park"),
            ("P", "print"),
            ("S", "pdf"),
            ("R", "again"),
            ("O", "other_gateway"),
            ("K", "ask_again"),
            ("C", "unwanted"),
        ),
        "refund": _rows(
            ("Enter", "refund"),
            ("P", "print"),
            ("S", "pdf"),
            ("R", "again"),
            ("K", "ask_again"),
        ),
        "identity": _rows(
            ("Enter", "next"),
            ("F6", "resend"),
            ("R", "again"),
            ("Esc", "back"),
        ),
        "person": _rows(
            ("O", "open"),
            ("W", "copy"),
            ("1-4", "choose"),
            ("R", "other_number"),
            ("Enter", "next"),
            ("Esc", "back"),
        ),
        "history": _rows(
            ("Enter", "open"),
            ("F6", "days"),
            ("F11", "states"),
            ("P", "print"),
            ("S", "pdf"),
            ("N", "next_slip"),
            ("A", "next_paper"),
        ),
        "cards": _rows(
            ("Enter", "open"),
            ("Ctrl+N", "keep"),
            ("Ctrl+L", "calendar"),
            ("C", "charge"),
            ("S", "plan"),
            ("D", "forget"),
            ("M", "move"),
            ("X", "cancel"),
            ("R", "retry"),
            ("P", "payment"),
            ("← → ↑ ↓", "day"),
            ("PgUp PgDn", "month"),
            ("Home", "today"),
        ),
        "settings": _rows(
            ("↑ ↓", "section"),
            ("Ctrl+S", "save"),
            ("Ctrl+O", "certificate"),
            ("Ctrl+K", "channels"),
            ("R", "check_again"),
            ("P", "practice"),
        ),
        "help": _rows(
            ("↑ ↓", "page"),
            ("PgUp PgDn", "scroll"),
            ("Enter", "next_hit"),
            ("Esc", "back"),
        ),
    }
)


def letters(group: str) -> dict[str, str]:
    """Return the letters of a screen and the names of what they do."""
    rows = KEY_TABLE[group]
    return {row.key: row.name for row in rows if len(row.key) == 1 and row.key.isalpha()}


def all_keys() -> frozenset[str]:
    """Return every key there is, as the manual may name it."""
    found = {row.key for rows in KEY_TABLE.values() for row in rows}
    return frozenset(found | {part for key in found for part in key.split()})
