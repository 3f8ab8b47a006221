"""The month sheet, walked by keys."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pos_app.ui import text
from pos_app.ui.widgets.month_calendar import MonthCalendar

Key = Qt.Key
TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def sheet(qapp: QApplication) -> MonthCalendar:
    """A sheet of November 2026."""
    return MonthCalendar(TODAY)


@pytest.mark.parametrize(
    ("keys", "day"),
    [
        ([Key.Key_Right], dt.date(2026, 11, 22)),
        ([Key.Key_Left], dt.date(2026, 11, 20)),
        ([Key.Key_Down], dt.date(2026, 11, 28)),
        ([Key.Key_Up], dt.date(2026, 11, 14)),
        ([Key.Key_Down, Key.Key_Down], dt.date(2026, 12, 5)),
        ([Key.Key_PageDown], dt.date(2026, 12, 21)),
        ([Key.Key_PageDown] * 2, dt.date(2027, 1, 21)),
        ([Key.Key_PageUp] * 11, dt.date(2025, 12, 21)),
        ([Key.Key_PageDown, Key.Key_Home], TODAY),
    ],
)
def test_keys_walk(sheet: MonthCalendar, keys: list[Qt.Key], day: dt.date) -> None:
    for key in keys:
        QTest.keyClick(sheet, key)
    assert sheet.day() == day


def test_the_last_day_of_a_long_month_stays_the_last(sheet: MonthCalendar) -> None:
    sheet.set_day(dt.date(2027, 1, 31))
    QTest.keyClick(sheet, Key.Key_PageDown)
    assert sheet.day() == dt.date(2027, 2, 28)


def test_six_weeks_that_hold_the_month_and_begin_on_sunday(sheet: MonthCalendar) -> None:
    for month in range(1, 13):
        sheet.set_day(dt.date(2026, month, 15))
        days = sheet.days()
        assert len(days) == 42
        assert days[0].weekday() == 6
        assert all(b - a == dt.timedelta(days=1) for a, b in itertools.pairwise(days))
        assert sum(day.month == month for day in days) >= 28
        assert days[0].replace(day=1) <= dt.date(2026, month, 1) in days


def test_no_day_before_the_first(sheet: MonthCalendar) -> None:
    sheet.set_first(TODAY)
    QTest.keyClick(sheet, Key.Key_Left)
    QTest.keyClick(sheet, Key.Key_PageUp)
    assert sheet.day() == TODAY


def test_it_tells_of_days_and_of_another_month(sheet: MonthCalendar) -> None:
    days: list[dt.date] = []
    months: list[dt.date] = []
    sheet.moved.connect(days.append)
    sheet.turned.connect(months.append)
    QTest.keyClick(sheet, Key.Key_Right)
    QTest.keyClick(sheet, Key.Key_PageDown)
    assert days == [dt.date(2026, 11, 22), dt.date(2026, 12, 22)]
    assert months == [dt.date(2026, 12, 1)]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_screen_reader_hears_the_day_and_what_is_on_it(
    sheet: MonthCalendar, language: text.Language
) -> None:
    text.use_language(language)
    sheet.set_marks({dt.date(2026, 11, 22): 3})
    QTest.keyClick(sheet, Key.Key_Right)
    assert "2026" in sheet.accessibleName()
    assert "22" in sheet.accessibleName()
    assert "3" in sheet.accessibleDescription()


def test_enter_goes_on_and_letters_are_the_screens(sheet: MonthCalendar) -> None:
    gone: list[bool] = []
    sheet.advance.connect(lambda: gone.append(True))
    QTest.keyClick(sheet, Key.Key_Return)
    assert gone == [True]
    QTest.keyClick(sheet, Key.Key_C)
    assert sheet.day() == TODAY


def test_the_chosen_day_and_a_count_are_drawn(sheet: MonthCalendar) -> None:
    sheet.resize(sheet.sizeHint())
    plain = sheet.grab().toImage()
    sheet.set_marks({TODAY: 2})
    marked = sheet.grab().toImage()
    assert marked != plain
    sheet.set_day(dt.date(2026, 11, 22))
    assert sheet.grab().toImage() != marked
