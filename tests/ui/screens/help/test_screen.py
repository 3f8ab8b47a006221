"""The help by keys: pages, search, reading on."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pos_app.ui.manual import load_manual
from pos_app.ui.screens.help.view import KEYS, HelpScreen
from tests.ui.widgets.keyboard import open_window, press, type_text


@pytest.fixture
def screen(qtbot: QtBot) -> HelpScreen:
    """Open the help at the smallest screen."""
    made = HelpScreen()
    made.resize(1366, 716)
    qtbot.addWidget(made)
    open_window(made)
    made.activate()
    return made


def hit(screen: HelpScreen, key: Qt.Key) -> None:
    """Hit a key in the field that has the focus."""
    press(screen.search, key)


def listed(screen: HelpScreen) -> list[str]:
    """Return the names of the pages listed."""
    return [row.id for row in screen.list.model_rows()]


def test_the_keys_come_first_and_the_arrows_turn_pages(screen: HelpScreen) -> None:
    names = [page.name for page in load_manual("ko")]
    assert listed(screen) == [KEYS, *names]
    assert screen.page() == KEYS
    hit(screen, Qt.Key.Key_Down)
    assert screen.page() == names[0]
    assert screen.manual.isVisible()
    hit(screen, Qt.Key.Key_Up)
    hit(screen, Qt.Key.Key_Up)
    assert screen.keys.isVisible()


def test_typing_lists_the_pages_that_mention_it(screen: HelpScreen) -> None:
    type_text(screen.search, "BitLocker")
    assert listed(screen) == ["08-safety"]
    assert "BitLocker" in screen.manual.document().toPlainText()
    type_text(screen.search, " 없는말")
    assert listed(screen) == []


def test_enter_goes_from_place_to_place_and_on_to_the_next_page(screen: HelpScreen) -> None:
    type_text(screen.search, "BitLocker")
    for _ in range(3):
        hit(screen, Qt.Key.Key_Return)
    assert screen.page() == "08-safety"


def test_esc_clears_the_search_and_then_goes_back(screen: HelpScreen) -> None:
    went: list[str] = []
    screen.navigate.connect(lambda name, _payment: went.append(name))
    type_text(screen.search, "F9")
    hit(screen, Qt.Key.Key_Escape)
    assert went == []
    assert screen.search.is_empty()
    assert len(listed(screen)) > 5
    hit(screen, Qt.Key.Key_Escape)
    assert went == ["sale"]


def test_page_down_reads_to_the_end(screen: HelpScreen) -> None:
    screen.open_page("10-technician")
    assert screen.manual.has_more()
    for _ in range(10):
        hit(screen, Qt.Key.Key_PageDown)
    assert not screen.manual.has_more()
    hit(screen, Qt.Key.Key_PageUp)
    assert screen.manual.has_more()
