"""A card number never gets into a text that is stored; other long numbers do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.card import luhn_ok
from pos_app.domain.errors import UserMistake
from pos_app.domain.kept_text import refuse_card_number
from pos_app.domain.order import clean_text


@pytest.mark.parametrize(
    "text",
    [
        "5409260012345670",
        "카드 5409-2600-1234-5670 입니다",
        "5409 2600 1234 5678",  # fails Luhn, as some cards do
        "５４０９２６００１２３４５６７０",
        "372700699251018",
        "9410-1100-0000-0073",
    ],
)
def test_what_could_be_a_card_is_refused_in_every_field(text: str) -> None:
    for field in ("product", "buyer_name", "buyer_phone", "buyer_email"):
        with pytest.raises(UserMistake) as refused:
            clean_text(field, text)
        assert refused.value.code == "text.card_number"
        assert refused.value.params == {}, "the number is not repeated"


@pytest.mark.parametrize(
    "text",
    [
        "010-1234-5678",
        "010-1234-5678 010-8765-4321",
        "거래번호 20261121532671 승인 27660791",
        "장미 8801234567893",
        "5409260012345678",  # fails Luhn: a card may, but a lot number does nine times out of ten
        "12345678901234567890123456789012",
    ],
)
def test_other_long_numbers_stay(text: str) -> None:
    refuse_card_number(text)


@given(st.integers(min_value=3 * 10**15, max_value=7 * 10**15 - 1), st.sampled_from(["", " ", "-"]))
def test_sixteen_digits_are_judged_by_luhn_or_by_their_groups(number: int, between: str) -> None:
    digits = str(number)
    text = f"x {between.join(digits[at : at + 4] for at in range(0, 16, 4))} y"
    if between or luhn_ok(digits.encode()):
        with pytest.raises(UserMistake):
            refuse_card_number(text)
    else:
        refuse_card_number(text)
