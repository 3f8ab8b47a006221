"""The order a payment is for, and the order number that names one attempt at the gateway."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import NewType

from pos_app.domain.errors import Bug, UserMistake
from pos_app.domain.instalments import Months
from pos_app.domain.kept_text import refuse_card_number
from pos_app.domain.money import TaxSplit, Won, split_tax

#: Korea has no daylight saving; the offset is fixed since 1988.
KST = dt.timezone(dt.timedelta(hours=9), "KST")

PaymentId = NewType("PaymentId", str)
SaleId = NewType("SaleId", str)
OrderNo = NewType("OrderNo", str)
RefundId = NewType("RefundId", str)

#: KCP `ordr_idxx`: letters and digits, 40 characters at most (kcp.md 2.1).
ORDER_NO_MAX = 40
#: Of any century: a PC whose battery is flat begins in 1970, and must sell all the same.
_ORDER_NO = re.compile(r"[0-9]{8}[0-9A-Z]{2}[0-9A-Z]{8,30}", re.ASCII)
#: Crockford's alphabet without the letters people misread aloud (I, L, O, U).
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BITS = 80
_BITS_A_LETTER = 5

#: KCP refuses these in text values (kcp.md 5.1).
_REFUSED = re.compile(r"[,&;\n\r\\|'\"<>\x00-\x1f\x7f]")
#: Byte limits of good_name, buyr_name, buyr_tel2, buyr_mail (kcp.md 2.1).
TEXT_BYTES_MAX = {"product": 100, "buyer_name": 30, "buyer_phone": 20, "buyer_email": 50}
#: Unicode's categories of format signs (direction, zero width) and lone halves of a pair.
_INVISIBLE = {"Cf", "Cs"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"[0-9-]{8,20}", re.ASCII)


def make_order_no(at: dt.datetime, counter: str, random_bits: int) -> OrderNo:
    """Make an order number: KST date (8) + counter (2) + 80 random bits (16 letters), 26 in all.

    Args:
        at: now, aware.
        counter: the counter's two letters or digits.
        random_bits: an integer below 2**80 from a good source of chance.
    """
    order_no = f"{at.astimezone(KST):%Y%m%d}{counter}{random_letters(random_bits)}"
    if not _ORDER_NO.fullmatch(order_no) or len(order_no) > ORDER_NO_MAX:
        raise Bug("order.number_malformed", counter=counter)
    return OrderNo(order_no)


def random_letters(random_bits: int) -> str:
    """Return 80 random bits as 16 letters and digits that nobody misreads."""
    if not 0 <= random_bits < 1 << RANDOM_BITS:
        raise Bug("order.random_out_of_range")
    return "".join(
        _ALPHABET[(random_bits >> shift) % len(_ALPHABET)]
        for shift in range(RANDOM_BITS - _BITS_A_LETTER, -1, -_BITS_A_LETTER)
    )


@dataclass(frozen=True, slots=True)
class Order:
    """What is sold, to whom, for how much, in how many months. Nothing of the card."""

    amount: Won
    tax_free: Won
    months: Months
    product: str
    buyer_name: str
    buyer_phone: str = ""
    buyer_email: str = ""

    @property
    def tax(self) -> TaxSplit:
        """Return supply value, VAT and tax-free part."""
        return split_tax(self.amount, self.tax_free)


def clean_text(field: str, text: str) -> str:
    """Return `text` without outer spaces and invisible signs, if the gateways take it.

    Signs that turn the reading direction would let a name change how an amount beside it reads;
    Hangul in parts (as macOS writes it) is put together.

    Args:
        field: one of product, buyer_name, buyer_phone, buyer_email.
        text: what was typed.

    Raises:
        UserMistake: characters that KCP refuses, what could be a card number, or too many bytes
            in UTF-8.
    """
    whole = unicodedata.normalize("NFC", text)
    visible = "".join(sign for sign in whole if unicodedata.category(sign) not in _INVISIBLE)
    cleaned = " ".join(visible.split()) if field != "buyer_email" else visible.strip()
    refused = _REFUSED.search(cleaned)
    if refused:
        raise UserMistake("order.text_refused", field=field, character=refused[0])
    refuse_card_number(cleaned)
    limit = TEXT_BYTES_MAX[field]
    if len(cleaned.encode("utf-8", "replace")) > limit:
        raise UserMistake("order.text_too_long", field=field, bytes_max=limit)
    if field == "buyer_email" and cleaned and not _EMAIL.fullmatch(cleaned):
        raise UserMistake("order.email_malformed")
    if field == "buyer_phone" and cleaned and not _PHONE.fullmatch(cleaned):
        raise UserMistake("order.phone_malformed")
    return cleaned
