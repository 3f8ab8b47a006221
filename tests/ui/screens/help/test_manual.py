"""The manual is the same in both languages and names only what the program has."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from pos_app.resources import resource_path
from pos_app.ui.key_table import all_keys
from pos_app.ui.manual import ManualPage, load_manual
from pos_app.ui.manual_view import ManualView
from pos_app.ui.text import LANGUAGES, Language
from tests.house.docs import commands
from tests.house.tree import ROOT

_SPAN = re.compile(r"`([^`\n]+)`")
_KEY = re.compile(r"F\d{1,2}|Enter|Esc|Tab|Space|(?:Shift|Ctrl|Alt)\+\w+|[A-Z]")
_COMMAND = re.compile(r"pos-app\s+([a-z][a-z-]+)")
_CARD = re.compile(r"4000 \d{4} \d{4} \d{4}")


def pages(language: Language) -> dict[str, ManualPage]:
    """Return the pages of a language by name."""
    return {page.name: page for page in load_manual(language)}


def headings(page: ManualPage) -> list[int]:
    """Return the levels of a page's headings, in order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", page.body, re.MULTILINE)]


def test_both_languages_have_the_same_pages_with_the_same_headings() -> None:
    korean, english = pages("ko"), pages("en")
    assert korean.keys() == english.keys()
    assert len(korean) >= 10
    for name, page in korean.items():
        assert headings(page) == headings(english[name]), name


def test_both_languages_name_the_same_keys_commands_and_cards() -> None:
    korean, english = pages("ko"), pages("en")
    for name, page in korean.items():
        for what in (_CARD, _COMMAND):
            assert what.findall(page.body) == what.findall(english[name].body), name
        keys = [
            sorted(set(filter(_KEY.fullmatch, _SPAN.findall(one.body))))
            for one in (page, english[name])
        ]
        assert keys[0] == keys[1], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_it_names_does_something(language: Language) -> None:
    for page in load_manual(language):
        named = set(filter(_KEY.fullmatch, _SPAN.findall(page.body)))
        assert named <= all_keys(), f"{page.name}: {sorted(named - all_keys())}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_it_names_is_there(language: Language) -> None:
    for page in load_manual(language):
        assert set(_COMMAND.findall(page.body)) <= commands(), page.name


def test_every_command_is_explained() -> None:
    told = {name for page in load_manual("ko") for name in _COMMAND.findall(page.body)}
    assert told == commands()


def test_the_practice_cards_are_those_of_the_practice_gateway() -> None:
    known = (ROOT / "pos_app" / "practice" / "README.md").read_text("utf-8")
    cards = [card for page in load_manual("ko") for card in _CARD.findall(page.body)]
    assert len(cards) >= 8
    assert [card for card in cards if card not in known] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_plain(language: Language) -> None:
    for page in load_manual(language):
        assert "](" not in page.body, f"{page.name} has a link or a picture"
        assert not re.search(r"<\w", page.body), f"{page.name} has HTML"


def test_the_folder_explains_itself() -> None:
    assert resource_path("manual", "README.md").is_file()


def test_nothing_is_loaded_and_html_is_words(qtbot: QtBot) -> None:
    view = ManualView()
    qtbot.addWidget(view)
    view.show_page("# A\n\n![x](file:///etc/hostname)\n\n<b>bold</b> <img src='file:///x'>\n")
    shown = view.document().toPlainText()
    assert "<b>bold</b>" in shown
    kind = QTextDocument.ResourceType.ImageResource.value
    assert view.loadResource(kind, QUrl("file:///etc/hostname")).isEmpty()


def test_every_place_of_every_word_is_found(qtbot: QtBot) -> None:
    view = ManualView()
    qtbot.addWidget(view)
    view.show_page("# Refund\n\nA refund of a sale. Refund again.\n")
    assert view.mark("refund SALE") == 4
    assert [view.next_mark() for _ in range(4)] == [True, True, True, False]
    assert view.mark("nothing") == 0
