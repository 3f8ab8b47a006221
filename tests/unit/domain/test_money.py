"""Won, strict parsing, the VAT split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.errors import Bug, UserMistake
from pos_app.domain.money import WON_MAX, Won, parse_tax_free, parse_won, split_tax, won_from_wire


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("55000", 55_000),
        ("55,000", 55_000),
        (" 1,234,567 ", 1_234_567),
        ("5만", 50_000),
        ("1만5천", 15_000),
        ("3천", 3_000),
        ("3천500", 3_500),
        ("12만3천450원", 123_450),
        ("88000원", 88_000),
        ("999999999999", WON_MAX),
    ],
)
def test_amounts_as_people_type_them(typed: str, amount: int) -> None:
    assert parse_won(typed) == Won(amount)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "amount.empty"),
        ("   ", "amount.empty"),
        ("0", "amount.zero"),
        ("000", "amount.zero"),
        ("-5000", "amount.negative"),
        ("1.5", "amount.fraction"),
        ("1000000000000", "amount.too_long"),
        ("9" * 5000, "amount.not_a_number"),
        ("abc", "amount.not_a_number"),
        ("1,00", "amount.not_a_number"),
        ("５５０００", "amount.not_a_number"),
        ("1e3", "amount.not_a_number"),
        ("1_000", "amount.not_a_number"),
        ("+5", "amount.not_a_number"),
        ("만", "amount.not_a_number"),
        ("원", "amount.not_a_number"),
        ("1만5", "amount.not_a_number"),
        ("1만20000", "amount.not_a_number"),
        ("5 000", "amount.not_a_number"),
    ],
)
def test_each_wrong_amount_has_its_own_words(typed: str, code: str) -> None:
    with pytest.raises(UserMistake) as refused:
        parse_won(typed)
    assert refused.value.code == code


def test_the_shops_limit() -> None:
    assert parse_won("50000", limit=Won(50_000)) == Won(50_000)
    with pytest.raises(UserMistake, match="over_limit"):
        parse_won("50001", limit=Won(50_000))


def test_the_tax_free_part_is_at_most_the_total() -> None:
    assert parse_tax_free("", Won(1000)) == Won(0)
    assert parse_tax_free("1000", Won(1000)) == Won(1000)
    with pytest.raises(UserMistake, match="tax_free_over_total"):
        parse_tax_free("1001", Won(1000))


@pytest.mark.parametrize("value", [-1, WON_MAX + 1, 1.0, True, "1"])
def test_nothing_else_becomes_won(value: object) -> None:
    with pytest.raises(Bug):
        Won(value)  # type: ignore[arg-type]  # what a type checker would refuse is refused at run time


@pytest.mark.parametrize(
    "text", ["", "１000", "1,000", " 1000", "1000 ", "1e3", "-1", "1.0", "0x1", "1" * 13]
)
def test_the_wire_takes_ascii_digits_only(text: str) -> None:
    assert won_from_wire(text) is None


@pytest.mark.parametrize(
    ("total", "supply", "vat"),
    [(800, 727, 73), (1000, 909, 91), (1100, 1000, 100), (1004, 912, 92), (1, 0, 1), (0, 0, 0)],
)
def test_the_split_is_kcps(total: int, supply: int, vat: int) -> None:
    split = split_tax(Won(total))
    assert (split.supply.amount, split.vat.amount) == (supply, vat)


@given(st.integers(0, WON_MAX), st.data())
def test_the_parts_always_add_up(total: int, data: st.DataObject) -> None:
    tax_free = data.draw(st.integers(0, total))
    split = split_tax(Won(total), Won(tax_free))
    assert split.total == Won(total)
    assert split.tax_free == Won(tax_free)
    assert 0 <= split.vat.amount * 11 - (total - tax_free) < 11, "VAT is a tenth, rounded up"
