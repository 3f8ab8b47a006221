"""Where the lines of a slip stand: nothing overlaps, nothing leaves the paper."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
import segno
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from pos_app.domain.receipt import Receipt
from pos_app.printing.layout import slip_lines
from pos_app.printing.paper import SHEETS, Paper
from pos_app.printing.pieces import UNITS_PER_MM, Box, Code, Ink, SetSlip, Text
from pos_app.printing.setting import set_slip, slip_font
from pos_app.printing.wrapping import balanced, wrap
from tests.ui.printing.ink import ink, paint
from tests.unit.printing.samples import CASES, ENGLISH, KOREAN, NORMAL, PAGE_URL, receipts


def texts_of(placed: SetSlip) -> list[Text]:
    return [piece for piece in placed.pieces if isinstance(piece, Text)]


def room(text: Text) -> QRectF:
    """Return the rectangle a text takes, a hair less high so that lines may touch."""
    return QRectF(
        text.x, text.baseline - text.ascent + 0.5, text.width, text.ascent + text.descent - 1
    )


def assert_well_set(placed: SetSlip) -> None:
    sheet = SHEETS[placed.paper]
    left = (sheet.width_mm - sheet.column_mm) / 2 * UNITS_PER_MM
    right = left + sheet.column_mm * UNITS_PER_MM
    rooms = [room(text) for text in texts_of(placed)]
    for place in rooms:
        assert left - 1 <= place.left() <= place.right() <= right + 1
        assert 0 <= place.top() <= place.bottom() <= placed.height
    for one, other in combinations(rooms, 2):
        assert not one.intersects(other)


@given(
    case=receipts(),
    paper=st.sampled_from(Paper),
    words=st.sampled_from([KOREAN, ENGLISH]),
    url=st.sampled_from(["", PAGE_URL]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_receipt_overlaps_or_leaves_its_column(
    qapp: QApplication, case: tuple[Receipt, str], paper: Paper, words: object, url: str
) -> None:
    assert callable(words)
    assert_well_set(set_slip(slip_lines(case[0], words, page_url=url), paper))


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("name", CASES)
def test_the_ink_of_two_texts_never_meets(qapp: QApplication, name: str, paper: Paper) -> None:
    placed = set_slip(slip_lines(CASES[name], KOREAN, page_url=PAGE_URL), paper)
    assert_well_set(placed)
    inked = []
    for text in texts_of(placed):
        alone = replace(placed, pieces=(replace(text, ink=Ink.PLAIN),))
        inked.append(ink(paint(alone, 0.25)))
    assert all(not place.isEmpty() for place in inked)
    for one, other in combinations(inked, 2):
        assert not one.intersects(other)


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("name", CASES)
def test_nothing_is_painted_beyond_what_the_printer_reaches(
    qapp: QApplication, name: str, paper: Paper
) -> None:
    placed = set_slip(slip_lines(CASES[name], KOREAN, page_url=PAGE_URL), paper)
    painted = ink(paint(placed, 0.25)).translated(-20, -20)
    # Four millimetres of a roll's edge are out of the head's reach, ten of A4's are white.
    edge = (10 if paper is Paper.A4 else 3.5) * UNITS_PER_MM * 0.25
    assert painted.left() >= edge
    assert painted.right() <= placed.width * 0.25 - edge
    assert painted.top() >= edge
    assert painted.bottom() <= placed.height * 0.25 - edge


def test_a_slip_that_is_too_long_for_a4_is_set_smaller_and_whole(qapp: QApplication) -> None:
    lines = slip_lines(CASES["longest"], KOREAN, page_url=PAGE_URL)
    many = (*lines[:-1], *lines[7:17], *lines[7:17], *lines[7:17], lines[-1])
    placed = set_slip(many, Paper.A4)
    assert placed.height == 297 * UNITS_PER_MM
    assert_well_set(placed)
    assert max(text.baseline for text in texts_of(placed)) < placed.height


def test_values_end_at_the_same_right_edge(qapp: QApplication) -> None:
    placed = set_slip(slip_lines(NORMAL, KOREAN), Paper.ROLL_80)
    amounts = [text for text in texts_of(placed) if text.words in {"80,000", "8,000", "88,000원"}]
    assert len(amounts) == 3
    assert max(text.x + text.width for text in amounts) == pytest.approx(
        min(text.x + text.width for text in amounts), abs=0.5
    )


@pytest.mark.parametrize("bold", [False, True])
def test_all_digits_are_as_wide_as_each_other(qapp: QApplication, bold: bool) -> None:
    metrics = QFontMetricsF(slip_font(60, bold=bold))
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1


def test_the_code_is_what_the_address_encodes_with_white_around_it(qapp: QApplication) -> None:
    placed = set_slip(slip_lines(NORMAL, KOREAN, page_url=PAGE_URL), Paper.ROLL_58)
    code = next(piece for piece in placed.pieces if isinstance(piece, Code))
    image = paint(placed, 0.5)
    wanted = segno.make_qr(PAGE_URL, error="m", boost_error=False).matrix
    for row, modules in enumerate(wanted):
        for column, dark in enumerate(modules):
            x = 20 + (code.x + (column + 0.5) * code.module) * 0.5
            y = 20 + (code.y + (row + 0.5) * code.module) * 0.5
            assert (image.pixelColor(int(x), int(y)).value() < 128) == bool(dark)
    quiet = 4 * code.module
    side = code.module * code.modules
    zone = QRectF(code.x - quiet, code.y, side + 2 * quiet, side)
    assert not any(zone.intersects(room(text)) for text in texts_of(placed))
    assert code.module / UNITS_PER_MM >= 0.35


def test_a_mark_stands_white_on_black(qapp: QApplication) -> None:
    placed = set_slip(slip_lines(CASES["practice"], KOREAN), Paper.ROLL_80)
    grounds = [p for p in placed.pieces if isinstance(p, Box) and p.filled]
    marks = [text for text in texts_of(placed) if text.ink is Ink.INVERSE]
    assert len(grounds) == len(marks) == 2
    for ground, mark in zip(grounds, marks, strict=True):
        area = QRectF(ground.x, ground.y, ground.width, ground.height)
        assert area.contains(room(mark))


def test_lines_break_between_korean_words(qapp: QApplication) -> None:
    metrics = QFontMetricsF(slip_font(60, bold=False))
    width = metrics.horizontalAdvance("개업 축하 대형 동")
    assert wrap("개업 축하 대형 동양란 화분", metrics, width, 4) == [
        "개업 축하 대형",
        "동양란 화분",
    ]


def test_a_word_wider_than_the_line_breaks_between_letters(qapp: QApplication) -> None:
    metrics = QFontMetricsF(slip_font(60, bold=False))
    width = metrics.horizontalAdvance("가나다") + 1
    assert wrap("가나다라마바사", metrics, width, 4) == ["가나다", "라마바", "사"]
    # A family is one letter of several code points; it stays together.
    assert wrap("👩\u200d👧가", metrics, 1, 4) == ["👩\u200d👧", "가"]


def test_what_does_not_fit_at_all_ends_in_an_ellipsis(qapp: QApplication) -> None:
    metrics = QFontMetricsF(slip_font(60, bold=False))
    width = metrics.horizontalAdvance("가나다") + 1
    lines = wrap("가나다라마바사아자차카타파하", metrics, width, 2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")


def test_a_centred_block_has_no_lone_last_word(qapp: QApplication) -> None:
    metrics = QFontMetricsF(slip_font(60, bold=False))
    width = metrics.horizontalAdvance("서울특별시 강남구 테헤란로 152,") + 1
    assert balanced("서울특별시 강남구 테헤란로 152, 1층", metrics, width, 4) == [
        "서울특별시 강남구",
        "테헤란로 152, 1층",
    ]


def test_a_dot_between_two_things_goes_where_the_line_breaks(qapp: QApplication) -> None:
    metrics = QFontMetricsF(slip_font(60, bold=False))
    text = "PRACTICE SLIP · not a tax · document"
    width = metrics.horizontalAdvance("not a tax · document") + 1
    assert balanced(text, metrics, width, 4) == ["PRACTICE SLIP", "not a tax · document"]
    assert balanced(text, metrics, 2 * width, 4) == [text]
    assert len(balanced(" · ".join("가나다라마바사" * 3), metrics, width / 2, 4)) == 4
