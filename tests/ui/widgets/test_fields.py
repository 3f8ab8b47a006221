"""The other fields: short secrets, amounts, words, telephone numbers, months, the way through."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pos_app.domain.errors import UserMistake
from pos_app.domain.money import parse_won
from pos_app.ui.text import error_text, text
from pos_app.ui.widgets.amount_field import AmountField
from pos_app.ui.widgets.choice_field import ChoiceField
from pos_app.ui.widgets.digits_field import BirthField, ExpiryField, PasswordDigitsField, PinField
from pos_app.ui.widgets.field_chain import FieldChain
from pos_app.ui.widgets.months_row import MonthsRow
from pos_app.ui.widgets.phone_text import grouped_phone, phone_digits
from pos_app.ui.widgets.secret_field import SecretField
from pos_app.ui.widgets.text_field import PhoneField, SearchField, SecretTextField, TextField
from tests.ui.widgets.keyboard import clipboard, copy, open_window, press, type_text

K = Qt.Key


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    """A window with a column to put fields into."""
    made = QWidget()
    QVBoxLayout(made)
    qtbot.addWidget(made)
    yield made
    made.close()


def put(window: QWidget, *fields: QWidget) -> None:
    layout = window.layout()
    assert layout is not None
    for field in fields:
        layout.addWidget(field)
    open_window(window)
    for field in fields:
        field.show()
    fields[0].setFocus()


# ---------------------------------------------------------------------------------- short secrets


def test_an_expiry_is_complete_with_four_digits_as_typed(window: QWidget) -> None:
    field = ExpiryField("유효기간")
    put(window, field)
    spy = QSignalSpy(field.completed)
    type_text(field, "0729")
    assert spy.count() == 1
    assert field.take() == b"0729"
    assert all(field.shown(at) for at in range(4))


def test_a_birth_date_is_seen_only_while_one_types(window: QWidget) -> None:
    field, other = BirthField("생년월일"), ExpiryField("유효기간")
    put(window, field, other)
    type_text(field, "880712")
    assert field.shown(0)
    other.setFocus()
    assert not field.shown(0)


def test_six_or_ten_digits_are_complete_as_expected(window: QWidget) -> None:
    field = BirthField("생년월일")
    put(window, field)
    spy = QSignalSpy(field.completed)
    type_text(field, "880712")
    assert spy.count() == 0
    type_text(field, "3456")
    assert spy.count() == 0, "the rest of a resident number must not fall into the next field"
    assert field.groups() == (3, 2, 5)
    for length, typed in ((6, "880712"), (10, "1208147521")):
        field.wipe()
        field.expect(length)
        type_text(field, typed)
    assert spy.count() == 2


def test_a_resident_number_is_wiped_with_its_eleventh_digit(window: QWidget) -> None:
    field = BirthField("생년월일")
    put(window, field)
    type_text(field, "9001011234567")
    assert field.digit_count() == 0
    assert field.error() == text("error.card.resident_number_refused.title")
    press(field, K.Key_Backspace)
    type_text(field, "900101")
    assert field.digit_count() == 6
    assert field.error() == ""


def test_password_digits_are_never_seen(window: QWidget) -> None:
    password: SecretField = PasswordDigitsField("비밀번호")
    for field in (password, PinField("PIN")):
        put(window, field)
        type_text(field, "12")
        assert field._fresh is None
        assert not any(field.shown(at) for at in range(2))
        buffer = field._store._buffer
        assert field.take() == b"12"
        assert not any(buffer)


def test_a_short_field_takes_a_paste_that_fits(window: QWidget) -> None:
    field = ExpiryField("유효기간")
    put(window, field)
    copy("07 29")
    field.paste()
    assert (field.digit_count(), clipboard()) == (4, "")
    copy("12345")
    field.paste()
    assert (field.digit_count(), clipboard()) == (4, "12345")


# ----------------------------------------------------------------------------------------- amount


@pytest.mark.parametrize(
    ("typed", "shown", "value"),
    [
        ("55000", "55,000", "55000"),
        ("007", "7", "7"),
        ("0", "0", "0"),
        ("5만", "5만", "50000"),
        ("1만5천", "1만5천", "15000"),
        ("만5천", "만5천", "15000"),
        ("15천", "15천", "15000"),
        ("1만500", "1만500", "10500"),
        ("5m", "5만", "50000"),
        ("1m5k", "1만5천", "15000"),
        ("9999999999", "9,999,999,999", "9999999999"),
        # Blindly typed on the letter keys, in either state of the keyboard.
        ("5aks", "5만", "50000"),
        ("1aks5cjs", "1만5천", "15000"),
        ("5ㅁㅏㄴ", "5만", "50000"),
        ("3ㅊㅓㄴ", "3천", "3000"),
        ("5ㅡ", "5만", "50000"),
    ],
)
def test_amounts_as_people_type_them(window: QWidget, typed: str, shown: str, value: str) -> None:
    field = AmountField("금액")
    put(window, field)
    type_text(field, typed)
    assert field._edit.text() == shown
    assert field.text_value() == value
    assert field.error() == ""


def test_units_from_the_input_method_count(window: QWidget) -> None:
    field = AmountField("금액")
    put(window, field)
    type_text(field, "5")
    event = QInputMethodEvent()
    event.setCommitString("만")
    QApplication.sendEvent(field._edit, event)
    assert field.text_value() == "50000"


def test_units_become_digits_at_enter(window: QWidget) -> None:
    field = AmountField("금액")
    put(window, field)
    spy = QSignalSpy(field.advance)
    type_text(field, "1만5천")
    press(field, K.Key_Return, "\r")
    assert field._edit.text() == "15,000"
    assert spy.count() == 1


def test_an_unclear_amount_stops_at_enter(window: QWidget) -> None:
    field = AmountField("금액")
    put(window, field)
    spy = QSignalSpy(field.advance)
    type_text(field, "1만5")
    press(field, K.Key_Return, "\r")
    assert spy.count() == 0
    assert field.error() == text("field.amount.unclear", typed="1만5")


@pytest.mark.parametrize("junk", ["b", "ㅂ", "가", "$"])
def test_junk_is_refused_in_words_and_changes_nothing(window: QWidget, junk: str) -> None:
    field = AmountField("금액")
    put(window, field)
    type_text(field, "55000" + junk)
    assert field._edit.text() == "55,000"
    assert field.error() == text("field.amount.digits_only")


@pytest.mark.parametrize(
    ("typed", "left", "code"),
    [
        ("1.5", "1", "amount.fraction"),
        ("15000.50", "15000", "amount.fraction"),
        ("-5000", "", "amount.negative"),
    ],
)
def test_no_digit_counts_behind_a_point_or_a_minus(
    window: QWidget, typed: str, left: str, code: str
) -> None:
    field = AmountField("금액")
    put(window, field)
    type_text(field, typed)
    assert field._edit.text().replace(",", "") == left
    with pytest.raises(UserMistake, match=re.escape(code)):
        parse_won(field.text_value())
    assert field.error() == error_text(UserMistake(code))[0]
    spy = QSignalSpy(field.advance)
    press(field, K.Key_Return)
    assert not spy.count(), "what stands before it is not what was meant"
    assert field.error() == error_text(UserMistake(code))[0]
    press(field, K.Key_Backspace)
    assert field.error() == ""
    before = field.text_value()
    type_text(field, "3")
    assert field.text_value() == before + "3"


def test_a_thirteenth_digit_is_refused_in_words(window: QWidget) -> None:
    field = AmountField("금액")
    put(window, field)
    type_text(field, "1" * 13)
    assert field._edit.text().replace(",", "") == "1" * 12
    assert field.text_value() == "1" * 13, "for the rules to refuse it"
    assert field.error() == text("field.amount.too_long", digits=12)
    press(field, K.Key_Backspace)
    assert field.text_value() == "1" * 11


def test_pasted_amounts_are_tidied_or_refused(window: QWidget) -> None:
    field = AmountField("금액")
    put(window, field)
    copy(" 55,000원 ")
    field._edit.paste()
    assert field.text_value() == "55000"
    copy("1.5")
    field._edit.paste()
    assert field.text_value() == "55000"
    assert field.error()


def test_the_caret_stays_by_its_digit_when_groups_move(window: QWidget) -> None:
    field = AmountField("금액")
    put(window, field)
    type_text(field, "55000")
    press(field, K.Key_Home)
    type_text(field, "12")
    assert field._edit.text() == "1,255,000"
    assert field._edit.cursorPosition() == 3
    press(field, K.Key_Backspace)
    assert field._edit.text() == "155,000"


def test_a_held_enter_goes_on_once(window: QWidget) -> None:
    for field in (AmountField("금액"), TextField("상품"), PhoneField("전화")):
        put(window, field)
        spy = QSignalSpy(field.advance)
        press(field, K.Key_Return, "\r")
        press(field, K.Key_Return, "\r", held=True)
        assert spy.count() == 1


# ------------------------------------------------------------------------------------------ words


def test_a_text_is_cut_at_its_bytes_in_whole_letters(window: QWidget) -> None:
    field = TextField("상품", max_bytes=7)
    put(window, field)
    type_text(field, "꽃바구니")
    assert field.text_value() == "꽃바"
    assert field.error() == text("field.text.too_long", bytes=7)


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("", ""),
        ("010", "010"),
        ("01012344410", "010-1234-4410"),
        ("0111234567", "011-123-4567"),
        ("021234567", "02-123-4567"),
        ("0212345678", "02-1234-5678"),
        ("15881234", "1588-1234"),
        ("050512345678", "0505-1234-5678"),
    ],
)
def test_telephone_numbers_group_as_written(digits: str, shown: str) -> None:
    assert grouped_phone(digits) == shown
    assert phone_digits(shown) == digits


def test_a_telephone_number_is_its_digits(window: QWidget) -> None:
    field = PhoneField("전화")
    put(window, field)
    type_text(field, "01012344410")
    assert field._edit.text() == "010-1234-4410"
    assert field.text_value() == "01012344410"
    type_text(field, "x")
    assert field.error() == text("field.phone.digits_only")


def test_a_passphrase_is_dots_and_keeps_its_blanks(window: QWidget) -> None:
    field = SecretTextField("비밀번호")
    put(window, field)
    type_text(field, " ab ")
    assert field.text_value() == " ab "
    assert field._edit.displayText() == "••••"


def test_a_choice_is_a_value(window: QWidget) -> None:
    field = ChoiceField("사유", [("mind", "고객 변심"), ("late", "배송 지연")])
    put(window, field)
    spy = QSignalSpy(field.changed)
    field.set_value("late")
    field.set_value("nonsense")
    assert (field.value(), spy.count()) == ("late", 1)


def test_every_field_has_a_name_for_a_screen_reader(window: QWidget) -> None:
    made = (AmountField("금액"), TextField("상품"), PhoneField("전화"), SearchField("결제 찾기"))
    put(window, *made)
    for field in made:
        proxy = field.focusProxy()
        assert proxy is not None
        assert proxy.accessibleName() == field.accessibleName() != ""
    made[0].set_error("금액이 없습니다")
    assert made[0]._edit.accessibleDescription() == "금액이 없습니다"


# ----------------------------------------------------------------------------------------- months


def test_digits_pick_months(window: QWidget) -> None:
    row = MonthsRow()
    put(window, row)
    for typed, months in (("3", 3), ("0", 0), ("12", 12), ("5", 5), ("10", 10), ("2", 2)):
        type_text(row, typed)
        assert row.months() == months


def test_one_month_does_not_exist(window: QWidget) -> None:
    row = MonthsRow()
    put(window, row)
    type_text(row, "31")
    assert row.months() == 3
    type_text(row, "1")
    assert row.months() == 11


def test_a_longer_shop_limit_takes_two_digits(window: QWidget) -> None:
    row = MonthsRow(max_months=36)
    put(window, row)
    type_text(row, "24")
    assert row.months() == 24
    assert row.sizeHint().height() > MonthsRow().sizeHint().height()


def test_arrows_move_between_what_can_be_chosen(window: QWidget) -> None:
    row = MonthsRow()
    put(window, row)
    press(row, K.Key_Left)
    press(row, K.Key_Right)
    assert row.months() == 2
    press(row, K.Key_Right)
    press(row, K.Key_Home)
    assert row.months() == 0


def test_blocked_it_is_lump_sum_and_says_why(window: QWidget) -> None:
    row = MonthsRow()
    put(window, row)
    type_text(row, "3")
    spy = QSignalSpy(row.changed)
    row.set_blocked("5만원부터 할부할 수 있습니다")
    assert (row.months(), spy.count()) == (0, 1)
    assert row.accessibleDescription() == "5만원부터 할부할 수 있습니다"
    type_text(row, "5")
    press(row, K.Key_Right)
    assert row.months() == 0
    row.set_blocked("")
    assert row.months() == 3


def test_interest_free_months_are_said(window: QWidget) -> None:
    row = MonthsRow()
    put(window, row)
    row.set_free({2, 3})
    type_text(row, "3")
    assert text("months.free") in row.accessibleName()
    type_text(row, "5")
    assert text("months.free") not in row.accessibleName()


def test_a_smaller_limit_takes_a_longer_choice_back(window: QWidget) -> None:
    row = MonthsRow(max_months=36)
    put(window, row)
    row.set_months(24)
    row.set_max_months(12)
    assert row.months() == 0


# -------------------------------------------------------------------------------- through the form


def test_enter_goes_through_the_form_and_ends_it(window: QWidget) -> None:
    amount, hidden, expiry = AmountField("금액"), TextField("상품"), ExpiryField("유효기간")
    off, row = TextField("주문자"), MonthsRow()
    put(window, amount, hidden, expiry, off, row)
    hidden.hide()
    off.setEnabled(False)
    chain = FieldChain([amount, hidden, expiry, off, row], window)
    finished = QSignalSpy(chain.finished)
    chain.focus_first()
    assert amount._edit.hasFocus()
    press(amount, K.Key_Return, "\r")
    assert expiry.hasFocus()
    type_text(expiry, "0729")
    assert row.hasFocus()
    press(row, K.Key_Up)
    assert expiry.hasFocus()
    press(expiry, K.Key_Return, "\r")
    press(row, K.Key_Return, "\r")
    assert finished.count() == 1


def test_a_full_last_field_waits_for_enter(window: QWidget) -> None:
    first, last = ExpiryField("유효기간"), PasswordDigitsField("비밀번호")
    put(window, first, last)
    chain = FieldChain([first, last], window)
    finished = QSignalSpy(chain.finished)
    chain.focus_first_empty()
    type_text(first, "0729")
    assert last.hasFocus()
    type_text(last, "12")
    assert finished.count() == 0
    first.wipe()
    chain.focus_first_empty()
    assert first.hasFocus()
