"""Card data that is worked out digit by digit, so that every copy found was made by the program.

The program that types never holds a number as text; only the test, another process, does.
"""

from __future__ import annotations

PAN_DIGITS, EXPIRY, HOLDER_DIGITS, PASSWORD_DIGITS = 16, "1131", 10, 2
_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)  # of a business number's check digit


def pan_digit(card: int, place: int) -> int:
    """Return one digit of the number of card `card`: a Mastercard range, then an odd sequence."""
    if place < 4:
        return (5, 4, 0, 9)[place]
    return ((card * 7919 + 104729) * (place + 11) ** 3 // 997) % 10


def holder_digit(card: int, place: int) -> int:
    """Return one digit of a business number with its check digit."""
    if place < HOLDER_DIGITS - 1:
        return ((card * 6271 + 15485863) * (place + 5) ** 3 // 991) % 10
    digits = [holder_digit(card, at) for at in range(HOLDER_DIGITS - 1)]
    total = sum(a * b for a, b in zip(digits, _WEIGHTS, strict=True)) + digits[8] * 5 // 10
    return (10 - total % 10) % 10


def password_digit(card: int, place: int) -> int:
    """Return one of the two digits of the password."""
    return (card * 3 + place * 4 + 1) % 10


def pan(card: int) -> str:
    """Return a whole number; for the test's own process only."""
    return "".join(str(pan_digit(card, place)) for place in range(PAN_DIGITS))


def holder(card: int) -> str:
    """Return a whole business number; for the test's own process only."""
    return "".join(str(holder_digit(card, place)) for place in range(HOLDER_DIGITS))


def password(card: int) -> str:
    """Return the two digits; for the test's own process only."""
    return f"{password_digit(card, 0)}{password_digit(card, 1)}"


def masked(card: int) -> str:
    """Return what may be kept of a number."""
    return f"{pan(card)[:6]}******{pan(card)[12:]}"
