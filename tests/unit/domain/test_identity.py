"""Birth dates and seventh digits: what they mean, what cannot be, and how they are compared."""

from __future__ import annotations

import datetime as dt

import pytest

from pos_app.domain.errors import UserMistake
from pos_app.domain.identity import (
    BirthMatch,
    age_on,
    birth_digits,
    is_foreigner_digit,
    match_birth,
    read_birth,
)

TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("birth", "seventh", "born"),
    [
        (b"900101", b"1", dt.date(1990, 1, 1)),
        (b"900101", b"2", dt.date(1990, 1, 1)),
        (b"050615", b"3", dt.date(2005, 6, 15)),
        (b"050615", b"4", dt.date(2005, 6, 15)),
        (b"880715", b"5", dt.date(1988, 7, 15)),
        (b"880715", b"6", dt.date(1988, 7, 15)),
        (b"010203", b"7", dt.date(2001, 2, 3)),
        (b"010203", b"8", dt.date(2001, 2, 3)),
        (b"050615", b"1", dt.date(1905, 6, 15)),  # odd, but somebody may be that old
        (b"000229", b"3", dt.date(2000, 2, 29)),
        (b"261121", b"4", TODAY),
    ],
)
def test_a_birth_date_is_read_with_its_century(birth: bytes, seventh: bytes, born: dt.date) -> None:
    assert read_birth(birth, seventh, TODAY) == born


@pytest.mark.parametrize(
    ("birth", "seventh", "code"),
    [
        (b"90010", b"1", "identity.birth_length"),
        (b"9001011", b"1", "identity.birth_length"),
        (b"900101", b"", "identity.seventh_range"),
        (b"900101", b"9", "identity.seventh_range"),
        (b"900101", b"0", "identity.seventh_range"),
        (b"900101", b"3", "identity.seventh_later"),  # 2090 is still to come
        (b"261122", b"7", "identity.seventh_later"),  # tomorrow
        (b"000229", b"2", "identity.seventh_earlier"),  # 1900 had no leap day
        (b"901301", b"1", "identity.birth_no_such_day"),
        (b"900230", b"1", "identity.birth_no_such_day"),
        (b"000000", b"3", "identity.birth_no_such_day"),
    ],
)
def test_only_what_cannot_be_is_refused(birth: bytes, seventh: bytes, code: str) -> None:
    with pytest.raises(UserMistake) as refused:
        read_birth(birth, seventh, TODAY)
    assert refused.value.code == code
    assert refused.value.params == {}, "no digit travels in an error"


def test_the_age_turns_on_the_birthday() -> None:
    assert age_on(dt.date(2000, 11, 21), TODAY) == 26
    assert age_on(dt.date(2000, 11, 22), TODAY) == 25


def test_foreigners_have_digits_of_their_own() -> None:
    assert [bool(is_foreigner_digit(b"%d" % digit)) for digit in range(1, 9)] == [False] * 4 + [
        True
    ] * 4
    assert not is_foreigner_digit(b"")


def test_six_digits_are_compared_and_nothing_else() -> None:
    checked = birth_digits(dt.date(1988, 7, 5))
    assert bytes(checked.view()) == b"880705"
    assert match_birth(checked, b"880705") is BirthMatch.SAME
    assert match_birth(checked, memoryview(b"880706")) is BirthMatch.DIFFERENT
    assert match_birth(checked, b"1208147521") is BirthMatch.NOT_COMPARED
    assert match_birth(checked, b"") is BirthMatch.NOT_COMPARED
    assert match_birth(checked, None) is BirthMatch.NOT_COMPARED
    assert match_birth(None, b"880705") is BirthMatch.NOT_COMPARED


def test_the_century_does_not_count_for_a_card() -> None:
    assert match_birth(birth_digits(dt.date(2005, 6, 15)), b"050615") is BirthMatch.SAME
