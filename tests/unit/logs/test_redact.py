"""Card digits, keys and named secrets never pass the second fence."""

from __future__ import annotations

import re
import string
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pos_app.logs.redact import REMOVED_DIGITS, redact, redact_order_no

SEPARATORS = ["", " ", "-", "  ", " - ", ".", "/", "–", "\u00a0", "\u200b", "－"]
FULL_WIDTH = str.maketrans(string.digits, "０１２３４５６７８９")

# A test's noise around the digits: anything that is not itself a digit.
noise = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=30)


@st.composite
def planted(draw: st.DrawFn) -> tuple[str, str]:
    """Draw digits of a card, and those digits as people write them."""
    digits = draw(st.text(string.digits, min_size=13, max_size=19))
    size = draw(st.integers(1, 6))
    separator = draw(st.sampled_from(SEPARATORS))
    written = separator.join(digits[at : at + size] for at in range(0, len(digits), size))
    return digits, written.translate(FULL_WIDTH) if draw(st.booleans()) else written


def ascii_digits(text: str) -> str:
    """Return only the decimal digits of a text, each as its plain form."""
    return "".join(str(unicodedata.decimal(letter)) for letter in text if letter.isdecimal())


@given(planted(), noise, noise)
@example(("4111111111111111", "4111-1111-1111-1111"), "card ", " refused")
@example(("378282246310005", "3782 822463 10005"), "", "")
def test_no_card_number_passes(card: tuple[str, str], before: str, after: str) -> None:
    _, written = card
    assert ascii_digits(redact(before + written + after)) == ""


@given(planted())
def test_a_card_number_inside_a_longer_run_does_not_pass(card: tuple[str, str]) -> None:
    digits, _ = card
    assert REMOVED_DIGITS in redact(f"<{digits}{digits}>")
    assert digits not in redact(f"<{digits}{digits}>")


@pytest.mark.parametrize(
    "text",
    [
        "approval 30012345, amount 1,004,000",
        "at 2026-11-21T04:35:12.123",
        "fact 17 of payment p-20261121",
        "phone 010-1234-5678",
    ],
)
def test_short_numbers_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('{"card_pwd": "12", "amount": 1004}', "12"),
        ("password='hunter two' user=x", "hunter"),
        ("imp_secret=abcdef&imp_key=ghijkl", "abcdef"),
        ("imp_secret=abcdef&imp_key=ghijkl", "ghijkl"),
        ("Authorization: Bearer eyJhbGciOi.x.y", "eyJhbGciOi"),
        ("header Bearer eyJhbGciOi.x.y", "eyJhbGciOi"),
        ("card_expiry: 0728", "0728"),
        ("birth=900101", "900101"),
        ('{"otp": "246802"}', "246802"),
        ("unique_key=Q0lDSUNJ/8==", "Q0lDSUNJ"),
        ('"unique_in_site":"RElESQ"', "RElESQ"),
        ("gender_digit: 2, carrier: SKT", "2,"),
        ("{'kcp_sign_data': b'QUJD+/=='}", "QUJD"),
        ("private_key_password = changeit", "changeit"),
        ('"passphrase":"a\\"b c"', "b c"),
    ],
)
def test_values_named_like_secrets_do_not_pass(text: str, secret: str) -> None:
    assert secret not in redact(text)


@pytest.mark.parametrize("ending", ["\n-----END PRIVATE KEY-----\n", "", "\n-----END"])
def test_key_blocks_do_not_pass_even_when_cut(ending: str) -> None:
    block = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0B" + ending
    assert "MII" not in redact(f"could not read {block}")
    assert "hkiG" not in redact(f"could not read {block}")


ORDER_NUMBERS = st.from_regex(
    r"202[0-9](0[1-9]|1[0-2])(0[1-9]|1[0-9])01[0-9A-Z]{16}\Z", fullmatch=True
)


@given(ORDER_NUMBERS)
@example("2026112101234567QRSTVWXYZ0")
def test_order_numbers_can_be_looked_up(order_no: str) -> None:
    rest = order_no[8:]
    if re.search(r"\d{13}", rest) is None:
        assert redact_order_no(order_no) == order_no


@given(planted())
def test_a_card_number_in_the_order_number_does_not_pass(card: tuple[str, str]) -> None:
    _, written = card
    assert ascii_digits(redact_order_no(written)) == ""
