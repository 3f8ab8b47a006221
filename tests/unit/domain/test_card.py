"""Card fields: what is refused, what only warns, and that digits never become text."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.card import (
    Brand,
    Card,
    CardWarning,
    SecretDigits,
    brand_of,
    brn_ok,
    card_warnings,
    check_expiry,
    mask_pan,
    mask_text,
    parse_card_number,
    parse_expiry,
    parse_holder_id,
    parse_password_start,
)
from pos_app.domain.errors import Bug, UserMistake

TODAY = dt.date(2026, 11, 21)


@given(st.binary(min_size=1, max_size=19).map(lambda b: bytes(48 + x % 10 for x in b)))
def test_a_mask_shows_at_most_ten_digits_and_hides_the_middle(digits: bytes) -> None:
    masked = mask_pan(digits)
    assert len(masked) == len(digits)
    assert sum(c.isdigit() for c in masked) <= 10
    assert "*" in masked
    if len(digits) >= 16:
        assert set(masked[6:-4]) == {"*"}


@pytest.mark.parametrize(
    ("returned", "masked"),
    [
        ("94101112****0073", "941011******0073"),
        ("9410110000000073", "941011******0073"),
        ("941011******0073", "941011******0073"),
        ("9410-1112-3456-0073", "941011******0073"),
        ("379183XXXXX1004", "379183*****1004"),
        ("", ""),
        ("no card", ""),
        ("1" * 40, ""),
    ],
)
def test_a_gateways_mask_is_masked_again(returned: str, masked: str) -> None:
    assert mask_text(returned) == masked


@pytest.mark.parametrize(
    ("digits", "code"),
    [
        (b"", "card.number_empty"),
        (b"411111111111", "card.number_too_short"),
        (b"4" * 3 + b"1" * 17, "card.number_too_long"),
        (b"0" * 16, "card.number_impossible"),
    ],
)
def test_impossible_numbers_are_refused_and_wiped(digits: bytes, code: str) -> None:
    buffer = bytearray(digits)
    with pytest.raises(UserMistake) as refused:
        parse_card_number(buffer)
    assert refused.value.code == code
    assert not any(buffer)


def test_luhn_and_length_only_warn() -> None:
    assert card_warnings(b"4111111111111111") == ()
    assert card_warnings(b"4111111111111112") == (CardWarning.LUHN,)
    assert CardWarning.LENGTH in card_warnings(b"411111111111116")
    assert parse_card_number(bytearray(b"4111111111111112")).masked == "411111******1112"


@pytest.mark.parametrize(
    ("leading", "brand"),
    [
        (b"4", Brand.VISA),
        (b"51", Brand.MASTERCARD),
        (b"2221", Brand.MASTERCARD),
        (b"37", Brand.AMEX),
        (b"3528", Brand.JCB),
        (b"36", Brand.DINERS),
        (b"62", Brand.UNIONPAY),
        (b"9", Brand.DOMESTIC),
        (b"5", Brand.UNKNOWN),
        (b"", Brand.UNKNOWN),
        (b"1", Brand.UNKNOWN),
    ],
)
def test_brands(leading: bytes, brand: Brand) -> None:
    assert brand_of(leading) is brand


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (b"", "card.expiry_incomplete"),
        (b"072", "card.expiry_incomplete"),
        (b"1326", "card.expiry_no_such_month"),
        (b"0029", "card.expiry_no_such_month"),
        (b"2907", "card.expiry_swapped"),
        (b"1026", "card.expiry_past"),
        (b"1225", "card.expiry_past"),
    ],
)
def test_wrong_expiries(typed: bytes, code: str) -> None:
    with pytest.raises(UserMistake) as refused:
        check_expiry(typed, TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize("typed", [b"1126", b"1226", b"0127", b"1299"])
def test_right_expiries_are_sent_as_yymm(typed: bytes) -> None:
    expiry = parse_expiry(bytearray(typed), TODAY)
    assert bytes(expiry.yymm()) == typed[2:] + typed[:2]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (b"", "card.holder_missing"),
        (b"90010", "card.birth_wrong_length"),
        (b"9001011", "card.resident_number_refused"),
        (b"9001011234567", "card.resident_number_refused"),
        (b"901301", "card.birth_no_such_day"),
        (b"010229", "card.birth_no_such_day"),
        (b"1208147522", "card.business_number_wrong"),
        (b"12345678901", "card.birth_wrong_length"),
    ],
)
def test_wrong_holders_are_refused_and_wiped(typed: bytes, code: str) -> None:
    buffer = bytearray(typed)
    with pytest.raises(UserMistake) as refused:
        parse_holder_id(buffer)
    assert refused.value.code == code
    assert not any(buffer)


def test_birth_dates_of_both_centuries_and_business_numbers() -> None:
    assert not parse_holder_id(bytearray(b"000229")).is_business
    assert not parse_holder_id(bytearray(b"880715")).is_business
    assert parse_holder_id(bytearray(b"1208147521")).is_business


@given(st.integers(0, 10**9 - 1))
def test_exactly_one_check_digit_fits_a_business_number(stem: int) -> None:
    digits = f"{stem:09d}"
    assert sum(brn_ok(f"{digits}{last}".encode()) for last in range(10)) == 1


@pytest.mark.parametrize("typed", [b"", b"1", b"123", b"1234"])
def test_only_two_password_digits(typed: bytes) -> None:
    with pytest.raises(UserMistake, match="password_start"):
        parse_password_start(bytearray(typed))


@pytest.mark.parametrize("attempt", [copy.copy, copy.deepcopy, pickle.dumps])
def test_digits_cannot_be_copied(attempt: Callable[[object], object]) -> None:
    with pytest.raises(Bug):
        attempt(parse_card_number(bytearray(b"4111111111111111")))


def test_no_text_of_a_card_shows_its_digits() -> None:
    card = Card(
        parse_card_number(bytearray(b"4111111111111111")), parse_expiry(bytearray(b"0729"), TODAY)
    )
    shown = f"{card!r} {card} {card.number!r} {card.number} {card.expiry} {[card]}"
    assert "411111111" not in shown
    assert "0729" not in shown
    card.wipe()
    assert card.number.wiped
    assert card.expiry.wiped
    assert "wiped" in repr(card)


def test_only_ascii_digits_in_a_bytearray() -> None:
    for wrong in (b"4111", "4111", bytearray("４１１１".encode()), bytearray(b"41 1")):
        with pytest.raises(Bug):
            SecretDigits(wrong)  # type: ignore[arg-type]  # refused at run time as well
