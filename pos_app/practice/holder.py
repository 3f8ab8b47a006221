"""Checks any card gateway makes: check digits, and dates that can be (kcp.md 5.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pos_app.practice.clock import KST

_BRN_WEIGHTS: Final = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def luhn(number: str) -> bool:
    """Say whether a card number's check digit fits."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def business_number(number: str) -> bool:
    """Say whether ten digits are a business number."""
    # Weights of the National Tax Service's check digit; the ninth product counts its tens too.
    digits = [int(digit) for digit in number]
    total = sum(weight * digit for weight, digit in zip(_BRN_WEIGHTS, digits[:9], strict=True))
    return (10 - (total + digits[8] * 5 // 10) % 10) % 10 == digits[9]


def past_day(value: str, now: datetime) -> bool:
    """Say whether yyyyMMdd is a day that has been."""
    try:
        return datetime.strptime(value, "%Y%m%d").replace(tzinfo=KST) <= now
    except ValueError:
        return False
