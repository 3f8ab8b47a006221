"""First consonants, and what a typed text is looked for as."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.ledger.search import choseong, needle

SYLLABLES = st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣"))


@pytest.mark.parametrize(
    ("words", "consonants"),
    [
        ("홍길동", "ㅎㄱㄷ"),
        ("꽃바구니", "ㄲㅂㄱㄴ"),
        ("까치 뻐꾸기", "ㄲㅊㅃㄲㄱ"),
        ("A세트 2호", "aㅅㅌ2ㅎ"),
        ("힣가", "ㅎㄱ"),
        ("ㅎㄱㄷ", "ㅎㄱㄷ"),
        ("", ""),
    ],
)
def test_first_consonants(words: str, consonants: str) -> None:
    assert choseong(words) == consonants


@given(st.text(SYLLABLES, max_size=10))
def test_a_syllable_begins_as_unicode_takes_it_apart(words: str) -> None:
    # U+1100 is the first leading consonant of Unicode's own decomposition.
    leading = [unicodedata.normalize("NFD", letter)[0] for letter in words]
    ours = [choseong(letter) for letter in words]
    compatible = {unicodedata.name(mine).removeprefix("HANGUL LETTER ") for mine in ours}
    assert compatible == {unicodedata.name(one).removeprefix("HANGUL CHOSEONG ") for one in leading}


@pytest.mark.parametrize(
    ("typed", "parts", "amount"),
    [
        ("", (), None),
        ("  ", (), None),
        ("Kim", ("kim",), None),
        ("홍  길동", ("홍 길동",), None),
        ("ㄳ", ("ㄳ", "ㄱㅅ"), None),
        ("010-1234", ("010-1234", "0101234"), None),
        ("55,000", ("55,000",), 55_000),
        ("55000", ("55000",), 55_000),
        ("1만5천", ("1만5천",), 15_000),
        ("0", ("0",), None),
        ("1.5", ("1.5", "15"), None),
    ],
)
def test_what_was_typed(typed: str, parts: tuple[str, ...], amount: int | None) -> None:
    assert (needle(typed).parts, needle(typed).amount_won) == (parts, amount)


@given(st.text(max_size=300))
def test_nothing_typed_breaks_it(typed: str) -> None:
    assert all("\n" not in part and len(part) <= 200 for part in needle(typed).parts)
