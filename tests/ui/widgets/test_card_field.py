"""The card number: keys, paste, what is seen, read-back, and that nothing stays behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QMetaObject, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pos_app.ui import text
from pos_app.ui.widgets.card_field import CardLook, CardNumberField
from pos_app.ui.widgets.secret_field import SecretField
from tests.ui.widgets.keyboard import CONTROL, clipboard, copy, open_window, press, type_text

NUMBER = "9410110000000073"
AMEX = "378282246310005"
K = Qt.Key


def look_up(digits: bytes) -> CardLook | None:
    if digits[:2] in {b"34", b"37"}:
        return CardLook("Amex", (4, 6, 5), 15)
    return CardLook("KB") if digits.startswith(b"9410") else None


@pytest.fixture
def field(qtbot: QtBot) -> Iterator[CardNumberField]:
    """A card field in a window of its own, focused, with another field after it."""
    window = QWidget()
    column = QVBoxLayout(window)
    made = CardNumberField("카드번호", look_up)
    column.addWidget(made)
    column.addWidget(QLineEdit())
    qtbot.addWidget(window)
    open_window(window)
    made.setFocus()
    yield made
    window.close()


def digits(field: SecretField) -> bytes:
    with field.peek() as lent:
        return bytes(lent)


# ------------------------------------------------------------------------------------------- keys


def test_digits_are_typed(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    assert digits(field) == NUMBER.encode()
    assert field.digit_count() == 16
    assert field.bin_prefix() == b"941011"
    assert field.last_four() == b"0073"


def test_full_width_and_number_pad_digits_are_digits(field: CardNumberField) -> None:
    press(field, K.Key_unknown, "４")
    press(field, K.Key_2, "2", Qt.KeyboardModifier.KeypadModifier)
    assert digits(field) == b"42"


def test_a_digit_key_without_text_is_still_a_digit(field: CardNumberField) -> None:
    press(field, K.Key_7, "")
    assert digits(field) == b"7"


@pytest.mark.parametrize("typed", ["ㅂ", "a", "가", "!", "."])
def test_what_is_no_digit_is_refused_in_words(field: CardNumberField, typed: str) -> None:
    press(field, K.Key_unknown, typed)
    assert digits(field) == b""
    assert field.error() == text.text("field.secret.digits_only")


def test_a_shifted_digit_is_none(field: CardNumberField) -> None:
    press(field, K.Key_Exclam, "!", Qt.KeyboardModifier.ShiftModifier)
    press(field, K.Key_1, "", Qt.KeyboardModifier.ShiftModifier)
    assert digits(field) == b""


def test_a_held_digit_counts_once(field: CardNumberField) -> None:
    press(field, K.Key_4, "4")
    press(field, K.Key_4, "4", held=True)
    assert digits(field) == b"4"


def test_one_edits_in_the_middle(field: CardNumberField) -> None:
    type_text(field, "94111")
    press(field, K.Key_Left)
    press(field, K.Key_Left)
    press(field, K.Key_Left)
    type_text(field, "0")
    assert digits(field) == b"940111"
    press(field, K.Key_Backspace)
    press(field, K.Key_Delete)
    assert digits(field) == b"9411"
    press(field, K.Key_Home)
    press(field, K.Key_Delete)
    press(field, K.Key_End)
    type_text(field, "8")
    assert digits(field) == b"4118"


def test_control_backspace_wipes(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    press(field, K.Key_Backspace, "", CONTROL)
    assert field.is_empty()


def test_a_twentieth_digit_is_refused_in_words(field: CardNumberField) -> None:
    type_text(field, "1" * 20)
    assert field.digit_count() == 19
    assert field.error() == text.text("field.secret.full", count=19)


def test_enter_goes_on_but_a_held_one_does_not(field: CardNumberField) -> None:
    spy = QSignalSpy(field.advance)
    press(field, K.Key_Return, "\r")
    press(field, K.Key_Return, "\r", held=True)
    assert spy.count() == 1


def test_up_goes_back_and_other_keys_go_up_to_the_screen(field: CardNumberField) -> None:
    spy = QSignalSpy(field.retreat)
    press(field, K.Key_Up)
    assert spy.count() == 1
    assert not press(field, K.Key_F2)
    assert not press(field, K.Key_Escape, "\x1b")


def test_it_is_complete_at_the_brands_length(field: CardNumberField) -> None:
    spy = QSignalSpy(field.completed)
    type_text(field, AMEX)
    assert spy.count() == 1
    field.wipe()
    type_text(field, NUMBER[:15])
    assert spy.count() == 1
    type_text(field, NUMBER[15])
    assert spy.count() == 2


# ------------------------------------------------------------------------------------------ paste


@pytest.mark.parametrize(
    "key", [(K.Key_V, CONTROL), (K.Key_Insert, Qt.KeyboardModifier.ShiftModifier)]
)
def test_paste_is_taken_and_the_clipboard_cleared(
    field: CardNumberField, key: tuple[Qt.Key, Qt.KeyboardModifier]
) -> None:
    copy("9410-1100-0000-0073\n")
    press(field, key[0], "", key[1])
    assert digits(field) == NUMBER.encode()
    assert clipboard() == ""


def test_a_whole_number_replaces_what_was_there(field: CardNumberField) -> None:
    type_text(field, "5365")
    copy(NUMBER)
    field.paste()
    assert digits(field) == NUMBER.encode()


def test_a_few_digits_go_in_at_the_caret(field: CardNumberField) -> None:
    type_text(field, "9410")
    press(field, K.Key_Home)
    copy("12")
    field.paste()
    assert digits(field) == b"129410"


def test_another_copy_made_meanwhile_is_left_alone(field: CardNumberField) -> None:
    field.changed.connect(lambda: copy("꽃바구니"))
    copy(NUMBER)
    field.paste()
    assert clipboard() == "꽃바구니"


def test_a_refused_paste_changes_nothing(field: CardNumberField) -> None:
    type_text(field, "94")
    copy("카드 9410")
    spy = QSignalSpy(field.refused)
    field.paste()
    assert digits(field) == b"94"
    assert clipboard() == "카드 9410"
    assert spy.count() == 1
    assert field.error() == text.text("field.secret.paste_refused")


@pytest.mark.parametrize("key", [K.Key_C, K.Key_X, K.Key_Z, K.Key_A])
def test_nothing_can_be_copied_out(field: CardNumberField, key: Qt.Key) -> None:
    type_text(field, NUMBER)
    copy("vorher")
    press(field, key, "", CONTROL)
    assert clipboard() == "vorher"
    assert field.digit_count() == 16
    assert field.contextMenuPolicy() == Qt.ContextMenuPolicy.NoContextMenu


# ----------------------------------------------------------------------------------------- memory


def test_take_hands_the_digits_over_and_leaves_zeros(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    buffer = field._store._buffer
    taken = field.take()
    assert taken == bytearray(NUMBER.encode())
    assert not any(buffer)
    assert field.is_empty()


def test_wiping_and_clearing_leave_zeros(field: CardNumberField) -> None:
    buffer = field._store._buffer
    type_text(field, NUMBER)
    field.wipe()
    assert not any(buffer)
    type_text(field, NUMBER)
    field.clear_field()
    assert not any(buffer)


def test_a_field_that_dies_leaves_zeros(qapp: QApplication) -> None:
    made = CardNumberField("카드번호", look_up)
    type_text(made, NUMBER)
    buffer = made._store._buffer
    shiboken6.delete(made)
    assert not any(buffer)


def test_no_property_and_no_attribute_holds_the_digits_as_text(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    meta = field.metaObject()
    names = [meta.property(at).name() for at in range(meta.propertyCount())]
    shown = [str(field.property(str(name))) for name in names]
    held = [str(value) for value in vars(field).values()]
    children = [str(child.property("text")) for child in field.findChildren(QWidget)]
    for said in (*shown, *held, *children, field.accessibleName(), field.accessibleDescription()):
        assert "11000000" not in said


def test_a_screen_reader_hears_how_many_digits(field: CardNumberField) -> None:
    type_text(field, "9410")
    assert field.accessibleName() == "카드번호"
    assert field.accessibleDescription() == text.text("field.secret.count", count=4)


def test_the_input_method_stays_away(field: CardNumberField) -> None:
    assert not field.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    assert field.inputMethodHints() & Qt.InputMethodHint.ImhSensitiveData


# ---------------------------------------------------------------------------------- what is seen


def seen(field: CardNumberField) -> str:
    """Return which digits are drawn as themselves, by the field's own rule."""
    fresh = field._fresh
    return "".join(
        "9" if field.shown(at) or at == fresh else "*" for at in range(field.digit_count())
    )


def test_digits_seven_to_twelve_are_hidden(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    assert seen(field) == "999999******9999"


def test_the_digit_just_typed_is_seen_until_the_next_key(field: CardNumberField) -> None:
    type_text(field, NUMBER[:7])
    assert seen(field) == "9999999"
    type_text(field, NUMBER[7])
    assert seen(field) == "999999*9"
    press(field, K.Key_Left)
    assert seen(field) == "999999**"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (AMEX, "999999*****9999"),
        ("9410" + "1" * 15, "999999*********9999"),
        ("4" * 13, "999999******9"),
    ],
)
def test_other_lengths_hide_the_middle_too(
    field: CardNumberField, number: str, expected: str
) -> None:
    type_text(field, number)
    press(field, K.Key_End)
    assert seen(field) == expected


def test_the_pictures_of_two_hidden_numbers_are_the_same(field: CardNumberField) -> None:
    field.setFixedSize(480, 80)
    pictures: list[QImage] = []
    for number in ("9410110000000073", "9410119876540073"):
        field.wipe()
        type_text(field, number)
        press(field, K.Key_End)
        pictures.append(field.grab().toImage())
    assert pictures[0] == pictures[1]
    field.read_back(5)
    assert field.grab().toImage() != pictures[1]


def test_groups_follow_the_brand(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    assert field.groups()[:4] == (4, 4, 4, 4)
    field.wipe()
    type_text(field, AMEX)
    assert field.groups()[:3] == (4, 6, 5)
    assert field.look().chip == "Amex"


def test_the_brand_is_asked_for_the_first_six_digits_only(qtbot: QtBot) -> None:
    asked: list[bytes] = []

    def note(found: bytes) -> CardLook | None:
        asked.append(found)
        return None

    made = CardNumberField("카드번호", note)
    qtbot.addWidget(made)
    type_text(made, NUMBER)
    assert asked == [NUMBER[:length].encode() for length in range(2, 7)]


# -------------------------------------------------------------------------------------- read-back


def fire(field: CardNumberField) -> None:
    """Let the read-back's time be over."""
    timer = field._read_back_timer
    assert timer is not None
    assert timer.isSingleShot()
    QMetaObject.invokeMethod(timer, "stop")
    timer.timeout.emit()


def test_read_back_shows_all_and_masks_itself(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    spy = QSignalSpy(field.read_back_ended)
    field.read_back(6)
    assert field.reading_back()
    assert seen(field) == "9" * 16
    fire(field)
    assert not field.reading_back()
    assert seen(field) == "999999******9999"
    assert spy.count() == 1


def test_any_key_ends_the_read_back(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    field.read_back(6)
    press(field, K.Key_Shift)
    assert not field.reading_back()


def test_leaving_ends_the_read_back(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    field.read_back(6)
    other = field.window().findChild(QLineEdit)
    assert other is not None
    other.setFocus()
    assert not field.reading_back()


def test_digits_are_read_back_while_the_focus_stays_elsewhere(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    other = field.window().findChild(QLineEdit)
    assert other is not None
    other.setFocus()
    field.read_back(6, take_focus=False)
    assert other.hasFocus()
    assert seen(field) == "9" * 16
    other.clearFocus()
    assert seen(field) == "999999******9999"


def test_hiding_ends_the_read_back(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    field.read_back(6, take_focus=False)
    field.hide()
    field.show()
    assert seen(field) == "999999******9999"


def test_wiping_ends_the_read_back(field: CardNumberField) -> None:
    type_text(field, NUMBER)
    field.read_back(6)
    field.wipe()
    assert not field.reading_back()


def test_an_empty_field_has_nothing_to_read(field: CardNumberField) -> None:
    field.read_back(6)
    assert not field.reading_back()


# ------------------------------------------------------------------------------------------ words


def test_warnings_and_errors_are_words_and_an_error_goes_first(field: CardNumberField) -> None:
    field.set_hint("숫자만")
    field.set_warning("다시 확인해 주세요")
    assert field.note() == "다시 확인해 주세요"
    field.set_error("자리가 모자랍니다")
    assert field.note() == "자리가 모자랍니다"
    field.set_error("")
    field.set_warning("")
    assert field.note() == "숫자만"


def test_typing_clears_the_error(field: CardNumberField) -> None:
    field.set_error("자리가 모자랍니다")
    type_text(field, "9")
    assert field.error() == ""


def test_key_events_with_hangul_text_for_a_digit_key_type_the_digit(
    field: CardNumberField,
) -> None:
    # Some input methods hand a digit on together with the syllable they had to finish.
    event = QKeyEvent(QKeyEvent.Type.KeyPress, int(K.Key_5), Qt.KeyboardModifier.NoModifier, "")
    field.keyPressEvent(event)
    assert digits(field) == b"5"


def test_a_colour_is_never_the_only_sign(field: CardNumberField) -> None:
    field.set_error("자리가 모자랍니다")
    assert field._note is not None
    mark = field._note._mark
    assert mark.isVisibleTo(field)
    assert mark.grab().toImage().pixelColor(7, 7) != QColor(0, 0, 0, 0)
