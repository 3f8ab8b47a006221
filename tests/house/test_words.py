"""Every word a person reads comes from the catalogues, and the catalogues are whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import catalogue, words
from tests.house.catalogue import Entry
from tests.house.tree import ROOT, planted, report, sources


def test_no_korean_stands_in_the_code() -> None:
    found = [f for source in sources("pos_app") for f in words.hangul_in_code(source)]
    assert not found, report(found)


def test_no_widget_is_given_a_literal() -> None:
    shown = sources("pos_app/ui", "pos_app/printing")
    found = [f for source in shown for f in words.literals_in_widgets(source)]
    assert not found, report(found)


def test_the_files_that_may_read_korean_are_there() -> None:
    known = {source.where for source in sources("pos_app")}
    assert set(words.READ_NOT_SHOWN) <= known, "an exception for a file that is gone"


def test_both_languages_say_the_same_things() -> None:
    found = list(catalogue.catalogue_findings(catalogue.entries("ko"), catalogue.entries("en")))
    assert not found, report(found)


def test_every_message_the_code_names_is_there_with_its_values() -> None:
    found = list(catalogue.use_findings(sources("pos_app"), catalogue.entries("ko")))
    assert not found, report(found)


def test_no_message_is_dead() -> None:
    found = list(catalogue.dead_findings(sources("pos_app"), catalogue.entries("ko")))
    assert not found, report(found)


def test_english_has_no_korean_in_it() -> None:
    found = [
        f"{entry.where}:{entry.line}: {message_id}"
        for message_id, held in catalogue.entries("en").items()
        for entry in held
        if words.HANGUL.search(entry.words) and message_id not in SPOKEN_IN_KOREAN
    ]
    assert not found, "Korean in the English catalogue:\n" + "\n".join(found)


#: A language says its own name itself, and what is typed is shown as it is typed.
SPOKEN_IN_KOREAN = {
    "error.amount.not_a_number.advice",
    "language.ko",
    "settings.language.ko",
}


def test_the_compiled_catalogues_match_their_sources() -> None:
    tool = ROOT / "packaging" / "catalogue.py"
    done = subprocess.run(
        [sys.executable, tool, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (
        "the program speaks from .mo files; run `packaging/dev.py catalogue`\n"
        + done.stdout
        + done.stderr
    )


# ------------------------------------------------------------------------ the rules themselves


@pytest.mark.parametrize("text", ["x = '승인'", "x = f'{n}원'", "x = 'ㅎㄱㄷ'", "raise E('카드')"])
def test_korean_in_code_is_seen(text: str) -> None:
    assert list(words.hangul_in_code(planted("pos_app/ui/x.py", text)))


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("pos_app/ui/x.py", "'''승인.'''\nx = 'sale.approved'"),
        ("pos_app/practice/x.py", "x = '승인'"),
    ],
)
def test_korean_in_docstrings_and_in_the_practice_program_is_fine(where: str, text: str) -> None:
    assert not list(words.hangul_in_code(planted(where, text)))


@pytest.mark.parametrize(
    "text",
    [
        "w.setText('Approve')",
        "w.setWindowTitle(f'Sale {n}')",
        "w.setToolTip('a' if b else text('x.y'))",
        "QPushButton('Pay', self)",
        "label('Total')",
        "box.addItems(['One', text('x.y')])",
        "w.setText(n + ' won')",
    ],
)
def test_a_literal_in_a_widget_is_seen(text: str) -> None:
    assert list(words.literals_in_widgets(planted("pos_app/ui/x.py", text)))


@pytest.mark.parametrize(
    "text",
    ["w.setText('')", "w.setText('—')", "w.setText(text('x.y'))", "label(text('x.y'), 'title')"],
)
def test_looked_up_words_and_signs_are_fine(text: str) -> None:
    assert not list(words.literals_in_widgets(planted("pos_app/ui/x.py", text)))


def said(**messages: str) -> dict[str, list[Entry]]:
    """Return a catalogue of these messages; `__` in a name stands for a dot."""
    return {name.replace("__", "."): [Entry("x.po", 1, text)] for name, text in messages.items()}


@pytest.mark.parametrize(
    ("korean", "english", "complaint"),
    [
        (said(a__b="가"), said(), "no English"),
        (said(), said(a__b="x"), "no Korean"),
        (said(a__b="가 {n}"), said(a__b="x"), "asks for"),
        (said(a__b=" "), said(a__b="x"), "no (final) words"),
        (said(Sale="가"), said(Sale="x"), "symbolic"),
        ({"a.b": [Entry("x.po", 1, "가"), Entry("y.po", 1, "나")]}, said(a__b="x"), "twice"),
    ],
)
def test_a_broken_catalogue_is_seen(
    korean: dict[str, list[Entry]], english: dict[str, list[Entry]], complaint: str
) -> None:
    found = list(catalogue.catalogue_findings(korean, english))
    assert any(complaint in finding.reason for finding in found)


IMPORTS = "from pos_app.ui import text as t\nfrom pos_app.ui.text import text\n"


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("text('sale.gone')", "sale.gone is in no catalogue"),
        ("text('sale.paid')", "which nobody gives"),
        ("t.text('sale.gone')", "sale.gone is in no catalogue"),
        ("raise UserMistake('amount.zero')", "error.amount.zero.title is in no catalogue"),
        ("raise errors.ShopTrouble('disk.full')", "error.disk.full.advice is in no catalogue"),
    ],
)
def test_a_missing_message_is_seen(code: str, complaint: str) -> None:
    korean = said(sale__paid="{amount} 승인")
    found = list(catalogue.use_findings([planted("pos_app/ui/x.py", IMPORTS + code)], korean))
    assert any(complaint in finding.reason for finding in found)


@pytest.mark.parametrize(
    "code",
    [
        "text('sale.paid', amount=1)",
        "text('sale.paid', **values)",
        "raise Bug('amount.zero')",
        "sqlalchemy.text('select 1')",
        "answer.text('res_cd')",
    ],
)
def test_a_good_use_passes(code: str) -> None:
    korean = said(sale__paid="{amount} 승인")
    source = planted("pos_app/ui/x.py", IMPORTS + code)
    assert not list(catalogue.use_findings([source], korean))


@pytest.mark.parametrize(
    "code",
    [
        "text('month.3')",
        "text(f'month.{n}')",
        "IDS = {3: 'month.3'}",
        "words(f'{kind}.3')",
    ],
)
def test_a_message_asked_for_in_any_way_is_alive(code: str) -> None:
    source = planted("pos_app/ui/x.py", code)
    alive = not list(catalogue.dead_findings([source], {"month.3": said(a__b="x")["a.b"]}))
    assert alive is not code.startswith("words")


def test_a_dead_message_is_seen() -> None:
    source = planted("pos_app/ui/x.py", "text('a.b')\n'''c.d'''")
    found = list(catalogue.dead_findings([source], said(a__b="x", c__d="y")))
    assert [finding.reason for finding in found] == ["c.d is dead: no code asks for it"]


def test_an_error_keeps_its_words_alive_by_its_code() -> None:
    source = planted("pos_app/ui/x.py", "code = 'disk.full'")
    held = said(error__disk__full__title="x", error__disk__full__advice="y")
    assert not list(catalogue.dead_findings([source], held))


def test_an_unfinished_message_counts_as_wordless(tmp_path: Path) -> None:
    path = tmp_path / "x.po"
    path.write_text('msgid ""\nmsgstr ""\n\n#, fuzzy\nmsgid "a.b"\nmsgstr "x"\n', "utf-8")
    assert [entry.words for _, entry in catalogue.read_catalogue(path)] == [""]
