"""What is only shown: labels, badges, verdicts, tables, buttons, frames, clocks."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pos_app.domain.errors import Bug
from pos_app.domain.record import PaymentState
from pos_app.resources import resource_path
from pos_app.ui import theme
from pos_app.ui.text import has_text, use_language
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.bar import ProportionBar
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.clock import ElapsedLabel
from pos_app.ui.widgets.digits_field import ExpiryField
from pos_app.ui.widgets.focus_ring import FocusRing
from pos_app.ui.widgets.hero import Hero
from pos_app.ui.widgets.icons import icon_pixmap
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.pairs import Pair, Pairs
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.practice_frame import PracticeFrame
from pos_app.ui.widgets.state_badge import (
    CHARGE_LOOKS,
    REFUND_LOOKS,
    Badge,
    StateBadge,
    badge_of,
)
from pos_app.ui.widgets.steps import Step, Steps
from pos_app.ui.widgets.table import CalmTable, Column, Row
from tests.ui.widgets.keyboard import open_window, press

K = Qt.Key
HTML = '<b>승인</b><img src="file:///etc/passwd">'


# ----------------------------------------------------------------------------------------- labels


def test_what_looks_like_html_is_plain_text(qtbot: QtBot) -> None:
    shown = [label(HTML), label(HTML, elide=True), label(HTML, wrap=True)]
    panel = Panel(HTML, HTML)
    pairs = Pairs()
    pairs.set_pairs([Pair(HTML, HTML)])
    for widget in (*shown, panel, pairs):
        qtbot.addWidget(widget)
        labels = [widget] if isinstance(widget, QLabel) else widget.findChildren(QLabel)
        assert labels
        assert all(one.textFormat() == Qt.TextFormat.PlainText for one in labels)


def test_a_label_without_room_ends_in_an_ellipsis(qtbot: QtBot) -> None:
    made = label("아주 긴 상품 이름이 여기에 있습니다", elide=True)
    qtbot.addWidget(made)
    made.resize(80, 20)
    made.show()
    assert made.text().endswith("…")
    assert made.words() == made.accessibleName() == "아주 긴 상품 이름이 여기에 있습니다"
    made.close()


def test_strong_parts_are_marked_not_said(qtbot: QtBot) -> None:
    made = EmphasisLabel("응답이 없습니다. **돈이 나갔을 수 있습니다.** 확인 중")
    qtbot.addWidget(made)
    assert made.words() == "응답이 없습니다. 돈이 나갔을 수 있습니다. 확인 중"
    assert made._strong == [(10, 14)]


def test_strong_labels_grow_when_they_get_narrow(qtbot: QtBot) -> None:
    made = EmphasisLabel("돈이 나갔을 수 있습니다. 다시 결제하지 마세요. " * 3)
    qtbot.addWidget(made)
    assert made.heightForWidth(200) > made.heightForWidth(800)


# ----------------------------------------------------------------------------------------- badges

STATES = [
    *(("charge", state) for state in CHARGE_LOOKS),
    *(("refund", state) for state in REFUND_LOOKS),
]


@pytest.mark.parametrize(("kind", "state"), STATES)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_state_has_icon_word_and_colour(kind: str, state: str, language: str) -> None:
    use_language("ko" if language == "ko" else "en")
    badge = badge_of("charge" if kind == "charge" else "refund", state)
    assert resource_path("icons", f"{badge.icon}.svg").is_file()
    assert badge.words
    assert badge.tone in {"good", "warn", "bad", "neutral", "accent"}


def test_states_of_one_colour_and_icon_differ_in_words() -> None:
    for looks, kind in ((CHARGE_LOOKS, "charge"), (REFUND_LOOKS, "refund")):
        said = [badge_of("charge" if kind == "charge" else "refund", s).words for s in looks]
        assert len(set(said)) == len(said)


def test_every_state_of_the_domain_has_a_badge() -> None:
    assert {state.value for state in PaymentState} <= set(CHARGE_LOOKS)


def test_an_unknown_state_is_a_bug() -> None:
    with pytest.raises(Bug, match=r"badge\.state"):
        badge_of("charge", "PAID")


def test_a_badge_names_itself(qtbot: QtBot) -> None:
    made = StateBadge(badge_of("charge", "PARTIALLY_REFUNDED", "20,000"))
    qtbot.addWidget(made)
    assert made.accessibleName().endswith("20,000")
    assert made.sizeHint().width() > StateBadge(badge_of("charge", "APPROVED")).sizeHint().width()


#: The signs of the screens; the program's own icon keeps its colours.
SIGNS = sorted(path for path in resource_path("icons").glob("*.svg") if path.stem != "app")


@pytest.mark.parametrize("path", SIGNS, ids=lambda p: p.stem)
def test_every_icon_draws_in_the_colour_of_its_token(qtbot: QtBot, path: object) -> None:
    picture = icon_pixmap(str(getattr(path, "stem", "")), "bad", 48).toImage()
    inked = {
        picture.pixelColor(x, y).name()
        for x in range(48)
        for y in range(48)
        if picture.pixelColor(x, y).alpha() == 255
    }
    assert inked == {theme.color("bad").name()}


# ------------------------------------------------------------------------------ verdicts and lists


def test_a_verdict_is_said_whole(qtbot: QtBot) -> None:
    hero = Hero()
    qtbot.addWidget(hero)
    hero.show_verdict(tone="warn", icon="clock", title="승인 확인 중", lines=["**돈**이 나갔을 수"])
    hero.show_verdict(tone="good", icon="check", title="승인", lines=["국민카드", "3개월"])
    assert hero.title() == hero.accessibleName() == "승인"
    assert hero._lines.count() == 2


def test_steps_are_rebuilt_only_when_they_differ(qtbot: QtBot) -> None:
    steps = Steps()
    qtbot.addWidget(steps)
    lines = [Step("저장했습니다", "14:21:40"), Step("다음", tone="neutral", icon="", badge="다음")]
    steps.set_steps(lines)
    before = steps.layout().itemAt(0).widget()  # type: ignore[union-attr]  # it has a layout
    steps.set_steps(list(lines))
    assert steps.layout().itemAt(0).widget() is before  # type: ignore[union-attr]  # as above
    assert steps.steps() == tuple(lines)


def test_a_bar_copes_with_nothing_and_too_much(qtbot: QtBot) -> None:
    bar = ProportionBar()
    qtbot.addWidget(bar)
    bar.set_parts(0, 0, 0, ("a", "b", "c"))
    bar.set_parts(88_000, 60_000, 60_000, ("a", "b", "c"))
    assert sum(bar._track.parts) == pytest.approx(1.0)


# ------------------------------------------------------------------------------------------ table


@pytest.fixture
def table(qtbot: QtBot) -> CalmTable:
    made = CalmTable([Column("주문자", stretch=1), Column("금액", align="right"), Column("상태")])
    qtbot.addWidget(made)
    made.resize(600, 240)
    made.set_rows(
        [
            Row(f"p{n}", (f"손님 {n}", "88,000", badge_of("charge", "APPROVED")), strong=n == 1)
            for n in range(3)
        ]
    )
    return made


def test_the_keyboard_chooses_and_picks_rows(table: CalmTable) -> None:
    picked, moved = QSignalSpy(table.picked), QSignalSpy(table.moved)
    table.select_id("p0")
    press(table, K.Key_Down)
    assert table.current_id() == "p1"
    press(table, K.Key_Return, "\r")
    press(table, K.Key_Return, "\r", held=True)
    assert [picked.at(at)[0] for at in range(picked.count())] == ["p1"]
    assert moved.at(moved.count() - 1)[0] == "p1"


def test_up_on_the_first_row_leaves_the_table(table: CalmTable) -> None:
    spy = QSignalSpy(table.retreat)
    table.select_id("p1")
    press(table, K.Key_Up)
    assert (table.current_id(), spy.count()) == ("p0", 0)
    press(table, K.Key_Up)
    assert spy.count() == 1


def test_letters_in_a_table_belong_to_the_screen(table: CalmTable) -> None:
    assert not press(table, K.Key_P, "p")


def test_the_chosen_row_stays_chosen_when_rows_are_renewed(table: CalmTable) -> None:
    table.select_id("p2")
    table.set_rows(list(reversed(table.model_rows())))
    assert table.current_id() == "p2"
    table.set_rows([])
    assert table.current_id() == ""


def test_a_table_that_fits_shows_no_scroll_bar(table: CalmTable) -> None:
    table.show()
    assert not table.verticalScrollBar().isVisible()
    assert sum(table.columnWidth(at) for at in range(3)) == table.viewport().width()
    table.close()


@pytest.mark.parametrize("width_px", [300, 400, 1000])
def test_no_heading_of_an_empty_table_is_cut_off(table: CalmTable, width_px: int) -> None:
    table.set_rows([])
    table.setFixedWidth(width_px)
    table.show()
    assert sum(table.columnWidth(at) for at in range(3)) == table.viewport().width()
    head = table.horizontalHeader()
    assert all(table.columnWidth(at) >= head.sectionSizeHint(at) for at in range(3))
    table.close()


def test_a_badge_in_a_table_is_read_as_its_word(table: CalmTable) -> None:
    index = table.model().index(0, 2)
    assert index.data() == badge_of("charge", "APPROVED").words
    assert isinstance(index.data(Qt.ItemDataRole.UserRole), Badge)


# ---------------------------------------------------------------------------------------- buttons


def test_a_held_enter_clicks_once(qtbot: QtBot) -> None:
    button = BigButton("결제 요청", "Enter")
    qtbot.addWidget(button)
    spy = QSignalSpy(button.clicked)
    for held in (False, True, True):
        press(button, K.Key_Return, "\r", held=held)
    assert spy.count() == 1
    assert button.accessibleName() == "결제 요청 (Enter)"


def test_a_disabled_button_does_nothing(qtbot: QtBot) -> None:
    button = BigButton("결제 요청", "Enter")
    qtbot.addWidget(button)
    button.setEnabled(False)
    spy = QSignalSpy(button.clicked)
    press(button, K.Key_Return, "\r")
    assert spy.count() == 0


@pytest.mark.parametrize(
    ("key", "typed", "expected"),
    [
        (K.Key_P, "p", "P"),
        (0x3154, "ㅔ", "P"),
        (0, "ㅁ", "A"),
        (0, "ㅃ", "Q"),
        (K.Key_1, "1", ""),
        (0, "가", ""),
    ],
)
def test_a_letter_key_is_itself_in_hangul_mode(key: int, typed: str, expected: str) -> None:
    none = Qt.KeyboardModifier.NoModifier
    assert keys.letter(QKeyEvent(QKeyEvent.Type.KeyPress, int(key), none, typed)) == expected
    control = Qt.KeyboardModifier.ControlModifier
    assert keys.letter(QKeyEvent(QKeyEvent.Type.KeyPress, int(key), control, typed)) == ""


# --------------------------------------------------------------------------------- over the window


@pytest.mark.parametrize(
    ("kind", "token"), [("practice", "practice"), ("staging", "staging"), ("loopback", "staging")]
)
def test_the_frame_is_seen_on_every_edge_and_lets_clicks_through(
    qtbot: QtBot, kind: str, token: str
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    frame = PracticeFrame(window)
    assert not frame.isVisibleTo(window)
    frame.set_kind("practice" if kind == "practice" else "staging")
    window.resize(500, 300)
    window.show()
    picture = window.grab().toImage()
    ring = [(1, 150), (498, 150), (250, 1), (100, 298)]
    assert {picture.pixelColor(x, y).name() for x, y in ring} == {theme.color(token).name()}
    assert frame.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    assert has_text(f"frame.{kind}")
    window.close()


def test_the_ring_follows_the_focused_box(qtbot: QtBot) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    field, other = ExpiryField("유효기간"), ExpiryField("유효기간")
    column.addWidget(field)
    column.addWidget(other)
    ring = FocusRing(window)
    qtbot.addWidget(window)
    open_window(window)
    field.setFocus()
    box = field.focus_box()
    assert ring.target_rect().topLeft() == box.mapTo(window, box.rect().topLeft())
    other.setFocus()
    assert ring.target_rect().top() > box.mapTo(window, box.rect().bottomLeft()).y()
    window.close()


def test_the_ring_outlives_the_box_it_was_around(qtbot: QtBot) -> None:
    window, screen = QWidget(), QWidget()
    column = QVBoxLayout(window)
    column.addWidget(screen)
    field, other = ExpiryField("유효기간"), ExpiryField("유효기간")
    QVBoxLayout(screen).addWidget(field)
    column.addWidget(other)
    ring = FocusRing(window)
    qtbot.addWidget(window)
    open_window(window)
    field.setFocus()
    shiboken6.delete(screen)
    assert ring.target_rect().isEmpty()
    other.setFocus()
    assert not ring.target_rect().isEmpty()
    window.close()


# ------------------------------------------------------------------------------------------ clock


def test_the_clock_counts_from_the_time_it_is_given(qtbot: QtBot) -> None:
    now = [100.0]
    clock = ElapsedLabel(lambda: now[0])
    qtbot.addWidget(clock)
    clock.start(since_s=90.0)
    assert clock.words().startswith("00:10")
    now[0] = 3701.0
    clock.tick()
    assert clock.words().startswith("1:00:11")
    clock.stop()
    assert not clock.running()


def test_digits_are_all_equally_wide() -> None:
    for role in ("body", "amount", "total", "card_mono"):
        metrics = QFontMetricsF(theme.font(role))
        assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1


def test_a_colour_that_is_not_in_the_table_is_a_bug() -> None:
    with pytest.raises(Bug, match=r"theme\.token"):
        theme.color("pink")
    assert theme.color("text") != QColor()
