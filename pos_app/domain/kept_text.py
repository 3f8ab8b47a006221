"""Keeps card numbers out of texts that are stored: names, reasons, what somebody saw.

A number typed or pasted into the wrong field would stand in the books for years, unmasked
(PCI DSS 3.5.1). Refused is what could be a card: 13 to 19 digits, first digits that cards have, and
a Luhn sum that fits or four groups of four. Phone numbers, barcodes and gateway references pass.
"""

from __future__ import annotations

import re

from pos_app.domain.card import luhn_ok
from pos_app.domain.errors import UserMistake

#: A run of digits, also in groups; longer runs are no card number.
_RUN = re.compile(r"(?<!\d)\d(?:[ .\-]?\d){12,18}(?![ .\-]?\d)")
#: ISO/IEC 7812: 3 to 6 and 9 (Korean cards), Mastercard's 22 to 27. Others open no payment card.
_FIRST = re.compile(r"[34569]|2[2-7]", re.ASCII)
_GROUPED = re.compile(r"\d{4}([ .\-])\d{4}\1\d{4}\1\d{4}")


def refuse_card_number(text: str) -> None:
    """Return if `text` holds nothing that could be a card number.

    Raises:
        UserMistake: `text.card_number`; the digits are not repeated.
    """
    for run in _RUN.finditer(text):
        digits = "".join(str(int(sign)) for sign in run[0] if sign.isdecimal())
        grouped = _GROUPED.fullmatch(run[0]) is not None
        if _FIRST.match(digits) and (grouped or luhn_ok(digits.encode("ascii"))):
            raise UserMistake("text.card_number")
