"""Keeps card numbers out of texts that are stored: names, reasons, what somebody saw.

A number typed or pasted into the wrong field would stand in the books for years, unmasked
(PCI DSS 3.5.1). Refused is what could be a card: 13 to 19 digits, first digits that cards have, and
a Luhn sum that fits or four groups of four. Phone numbers, barcodes and gateway references pass.
"""

from __future__ import annotations

import re

from pos_app.domain.card import luhn_ok, mask_text
from pos_app.domain.errors import UserMistake

#: A run of digits, also in groups; longer runs are no card number.
_RUN = re.compile(r"(?<!\d)\d(?:[ .\-]?\d){12,18}(?![ .\-]?\d)")
#: ISO/IEC 7812: 3 to 6 and 9 (Korean cards), Mastercard's 22 to 27. Others open no payment card.
_FIRST = re.compile(r"[34569]|2[2-7]", re.ASCII)
_GROUPED = re.compile(r"\d{4}([ .\-])\d{4}\1\d{4}\1\d{4}")
#: Gateways' transaction numbers have up to 14 digits; longer runs in their texts are card numbers.
_LONG, _NEVER = 15, 99


def refuse_card_number(text: str) -> None:
    """Return if `text` holds nothing that could be a card number.

    Raises:
        UserMistake: `text.card_number`; the digits are not repeated.
    """
    if any(_is_card(run[0]) for run in _RUN.finditer(text)):
        raise UserMistake("text.card_number")


def mask_card_numbers(text: str) -> str:
    """Return `text` with our mask over whatever could be a card number in it.

    For texts of others that nobody here can refuse: a gateway's answer may repeat the number. More
    is masked than would be refused, as some Korean cards' sums do not fit and nobody is kept from
    working by it.
    """
    return _RUN.sub(lambda run: mask_text(run[0]) if _is_card(run[0], _LONG) else run[0], text)


def _is_card(run: str, long: int = _NEVER) -> bool:
    """Tell whether a run of digits could be a card number; from `long` digits on by its start."""
    digits = "".join(str(int(sign)) for sign in run if sign.isdecimal())
    fits = len(digits) >= long or _GROUPED.fullmatch(run) or luhn_ok(digits.encode("ascii"))
    return bool(_FIRST.match(digits) and fits)
