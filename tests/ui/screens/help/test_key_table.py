"""The key table is what the screens do: each screen's own keys are held to it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QShortcut
from pytestqt.qtbot import QtBot

from pos_app.ui.app import App, SetUp
from pos_app.ui.key_table import KEY_TABLE, letters
from pos_app.ui.screens.help.key_sheet import COLUMNS, KeySheet
from pos_app.ui.screens.history import view as history
from pos_app.ui.screens.history.listing import DAYS_KEY, STATES_KEY
from pos_app.ui.screens.refund import view as refund
from pos_app.ui.shell import Shell
from pos_app.ui.text import LANGUAGES, has_text, use_language
from tests.house.tree import ROOT


class _Starter:
    """A terminal that is never opened."""

    practice = True

    @property
    def set_up(self) -> SetUp:
        raise NotImplementedError

    async def open(self, passphrase: str | None) -> App:
        raise NotImplementedError


def keys_of(group: str) -> set[str]:
    """Return the keys of a group."""
    return {row.key for row in KEY_TABLE[group]}


def test_the_shells_function_keys(qtbot: QtBot) -> None:
    shell = Shell(_Starter(), {})
    qtbot.addWidget(shell)
    real = {
        shortcut.key().toString()
        for shortcut in shell.findChildren(QShortcut)
        if shortcut.parent() is shell
    }
    named = keys_of("everywhere") | keys_of("sale")
    told = {key for key in named if key.rpartition("+")[2][1:].isdigit()}
    assert real == told - {"F6"}  # the sale takes it itself, as the history does


def test_the_letters_of_the_sale_the_refund_and_the_history() -> None:
    assert letters("refund") == refund._LETTERS
    assert letters("history") == history._LETTERS
    assert {DAYS_KEY, STATES_KEY} <= keys_of("history")


def test_the_keys_of_settings_and_set_up() -> None:
    screens = ROOT / "pos_app" / "ui"
    code = "".join(
        Path(path).read_text("utf-8")
        for pattern in ("screens/settings/*.py", "screens/first_start/*.py", "setup_*.py")
        for path in screens.glob(pattern)
    )
    for key in keys_of("settings") - {"↑ ↓"}:
        assert f'"{key}"' in code, key


def test_every_key_has_words_and_a_place_on_the_sheet(qtbot: QtBot) -> None:
    assert {group for column in COLUMNS for group in column} == set(KEY_TABLE)
    for language in LANGUAGES:
        use_language(language)
        for group, rows in KEY_TABLE.items():
            for row in rows:
                assert has_text(f"help.key.{group}.{row.name}"), f"{group} {row.name}"
        sheet = KeySheet()
        qtbot.addWidget(sheet)
        assert len(sheet.rows()) == sum(map(len, KEY_TABLE.values()))
