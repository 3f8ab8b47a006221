"""Korean telephone numbers as they are written. No Qt."""

from __future__ import annotations

PHONE_DIGITS_MAX = 12  # 0505-1234-5678, the longest national number

_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


def phone_digits(typed: str) -> str:
    """Return the digits in `typed`, full-width ones too, at most twelve."""
    return "".join(c for c in typed.translate(_FULL_WIDTH) if c in "0123456789")[:PHONE_DIGITS_MAX]


def grouped_phone(digits: str) -> str:
    """Return `digits` with hyphens: 02-123-4567, 010-1234-4410, 1588-1234, as far as typed."""
    if digits and not digits.startswith("0"):
        return _join(digits, (4, 4)) if len(digits) > 4 else digits
    head = 2 if digits.startswith("02") else 4 if digits.startswith("050") else 3
    middle = 4 if len(digits) - head > 7 else 3
    return _join(digits, (head, middle))


def _join(digits: str, sizes: tuple[int, int]) -> str:
    first, second = sizes
    parts = (digits[:first], digits[first : first + second], digits[first + second :])
    return "-".join(part for part in parts if part)
