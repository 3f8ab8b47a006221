"""What is typed of a card: number, expiry, birth date or business number, two password digits.

Each lives in one wiped `bytearray` (`SecretDigits`) and never becomes a `str`: immutable text
cannot be cleared from memory (security.md section 2). There is one mask for a card number
everywhere: first six and last four digits (PCI DSS 3.5.1, FAQ 1091; it also hides digits 9-12 as
the Korean order of 2014 asks).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from pos_app.domain.errors import Bug, UserMistake

#: ASCII digits that are only looked at.
Digits = memoryview | bytes | bytearray

PAN_DIGITS_MIN, PAN_DIGITS_MAX = 13, 19
_MASK_HEAD, _MASK_TAIL = 6, 4
_ZERO, _NINE = ord("0"), ord("9")
_STAR = "*"

#: Check digit weights of a business registration number (사업자등록번호): the ten digits weighted
#: 1,3,7,1,3,7,1,3,5 plus floor(d9 x 5 / 10) add up with the last digit to a multiple of ten.
_BRN_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
BIRTH_DIGITS, BRN_DIGITS = 6, 10


class SecretDigits:
    """ASCII digits in one buffer that is overwritten by `wipe()` and shows nothing of itself.

    It cannot be copied, pickled, hashed or turned into text; `view()` lends the bytes to whoever
    must put them on the wire.
    """

    __slots__ = ("_digits",)

    def __init__(self, digits: bytearray) -> None:
        """Take `digits` over: the caller must forget its own reference.

        Raises:
            Bug: something else than ASCII digits in a bytearray.
        """
        if type(digits) is not bytearray or any(not _ZERO <= d <= _NINE for d in digits):
            raise Bug("card.not_digits")
        self._digits = digits

    def view(self) -> memoryview:
        """Lend the digits, read only; empty after `wipe()`."""
        return memoryview(self._digits).toreadonly()

    def values(self) -> Iterator[int]:
        """Yield each digit as a number from 0 to 9."""
        return (digit - _ZERO for digit in self._digits)

    def wipe(self) -> None:
        """Overwrite every digit with zero bytes; may be called again at any time."""
        for index in range(len(self._digits)):
            self._digits[index] = 0

    @property
    def wiped(self) -> bool:
        """Tell whether nothing is left in the buffer."""
        return not any(self._digits)

    def __len__(self) -> int:
        """Return the number of digits, also after wiping."""
        return len(self._digits)

    def __repr__(self) -> str:
        """Return only how many digits there are."""
        return f"<{type(self).__name__} of {len(self._digits)} digits>"

    __str__ = __repr__

    def __copy__(self) -> NoReturn:
        """Refuse: a copy would be one buffer more to wipe."""
        raise Bug("card.copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        """Refuse: a copy would be one buffer more to wipe."""
        raise Bug("card.copied")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse: card digits are never written anywhere."""
        raise Bug("card.copied")


class Brand(StrEnum):
    """International brand by the leading digits (BIN); `DOMESTIC` is Korea's own 9 range."""

    VISA = "visa"
    MASTERCARD = "mastercard"
    AMEX = "amex"
    JCB = "jcb"
    DINERS = "diners"
    UNIONPAY = "unionpay"
    DOMESTIC = "domestic"
    UNKNOWN = "unknown"


#: (first, last, digits compared, brand). Public ISO/IEC 7812 ranges; 9 is Korea's domestic range
#: (field.md 1.1, K16).
_BRAND_RANGES = (
    (34, 34, 2, Brand.AMEX),
    (37, 37, 2, Brand.AMEX),
    (300, 305, 3, Brand.DINERS),
    (36, 36, 2, Brand.DINERS),
    (38, 39, 2, Brand.DINERS),
    (3528, 3589, 4, Brand.JCB),
    (2221, 2720, 4, Brand.MASTERCARD),
    (51, 55, 2, Brand.MASTERCARD),
    (62, 62, 2, Brand.UNIONPAY),
    (4, 4, 1, Brand.VISA),
    (9, 9, 1, Brand.DOMESTIC),
)
_USUAL_LENGTHS = {
    Brand.AMEX: (15,),
    Brand.DINERS: (14, 16),
    Brand.UNIONPAY: (16, 17, 18, 19),
}


def brand_of(leading: Digits) -> Brand:
    """Tell the brand from up to six leading ASCII digits; UNKNOWN while too few are there."""
    for first, last, length, brand in _BRAND_RANGES:
        if len(leading) >= length and first <= int(bytes(leading[:length])) <= last:
            return brand
    return Brand.UNKNOWN


def usual_lengths(brand: Brand) -> tuple[int, ...]:
    """Return how many digits cards of `brand` normally have."""
    return _USUAL_LENGTHS.get(brand, (16,))


def mask_pan(digits: Digits) -> str:
    """Return the one mask: first six, stars, last four, e.g. `941011******0073`.

    A number too short to hide anything between shows stars only.
    """
    hidden = len(digits) - _MASK_HEAD - _MASK_TAIL
    if hidden < 1:
        return _STAR * len(digits)
    head, tail = bytes(digits[:_MASK_HEAD]), bytes(digits[-_MASK_TAIL:])
    return f"{head.decode('ascii')}{_STAR * hidden}{tail.decode('ascii')}"


def mask_text(text: str) -> str:
    """Mask again what a gateway returned as a masked number, whatever its own mask (kcp.md 2.1).

    Keeps at most the first six and the last four characters where they are digits; everything
    else becomes a star. A text that cannot be a card number gives an empty string.
    """
    compact = re.sub(r"[\s-]", "", text)
    if not PAN_DIGITS_MIN <= len(compact) <= PAN_DIGITS_MAX:
        return ""
    shown = [c if c.isascii() and c.isdigit() else _STAR for c in compact]
    middle = slice(_MASK_HEAD, len(shown) - _MASK_TAIL)
    shown[middle] = _STAR * len(shown[middle])
    return "".join(shown)


class CardWarning(StrEnum):
    """What looks odd about a card but is never refused for it (architecture.md, Settled)."""

    LUHN = "card.warn_luhn"
    LENGTH = "card.warn_length"


class CardNumber(SecretDigits):
    """A card number (PAN) of 13 to 19 digits."""

    __slots__ = ()

    @property
    def masked(self) -> str:
        """Return the one mask of this number."""
        return mask_pan(self._digits)

    @property
    def brand(self) -> Brand:
        """Return the international brand."""
        return brand_of(self._digits[:_MASK_HEAD])


def luhn_ok(digits: Digits) -> bool:
    """Tell whether the Luhn sum fits. Some Korean corporate cards fail it (field.md, K15)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = (digit - _ZERO) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def check_card_number(digits: Digits) -> None:
    """Return if `digits` can be a card number; the buffer is only looked at.

    Raises:
        UserMistake: fewer than 13 or more than 19 digits, or all the same digit.
    """
    count = len(digits)
    if count == 0:
        raise UserMistake("card.number_empty")
    if count < PAN_DIGITS_MIN:
        raise UserMistake("card.number_too_short", digits=count, digits_min=PAN_DIGITS_MIN)
    if count > PAN_DIGITS_MAX:
        raise UserMistake("card.number_too_long", digits=count, digits_max=PAN_DIGITS_MAX)
    if len(set(digits)) == 1:
        raise UserMistake("card.number_impossible")


def card_warnings(digits: Digits) -> tuple[CardWarning, ...]:
    """Return what the clerk should look at twice: Luhn sum, unusual length."""
    found = []
    if not luhn_ok(digits):
        found.append(CardWarning.LUHN)
    if len(digits) not in usual_lengths(brand_of(digits[:_MASK_HEAD])):
        found.append(CardWarning.LENGTH)
    return tuple(found)


def parse_card_number(digits: bytearray) -> CardNumber:
    """Take the typed digits over as a card number; they are wiped if they are refused.

    Raises:
        UserMistake: as `check_card_number`.
    """
    number = CardNumber(digits)
    _check_or_wipe(number, check_card_number)
    return number


def _check_or_wipe(secret: SecretDigits, check: Callable[[Digits], None]) -> None:
    """Wipe what is refused, then raise."""
    try:
        check(secret.view())
    except UserMistake:
        secret.wipe()
        raise


class Expiry(SecretDigits):
    """The end of validity, kept as the four typed digits MMYY."""

    __slots__ = ()

    def yymm(self) -> bytearray:
        """Return the four digits as KCP wants them, YYMM, in a buffer for the caller to wipe."""
        return self._digits[2:4] + self._digits[0:2]


def check_expiry(digits: Digits, today: dt.date) -> None:
    """Return if `digits` are a month and year, MMYY as printed, that is not over.

    Args:
        digits: ASCII digits, only looked at.
        today: the date at the counter (KST); the month printed is the last valid one.

    Raises:
        UserMistake: not four digits, month and year swapped, no such month, or past.
    """
    if len(digits) != 4:
        raise UserMistake("card.expiry_incomplete")
    first, second = int(bytes(digits[:2])), int(bytes(digits[2:]))
    this_year = today.year % 100
    if not 1 <= first <= 12:
        if 1 <= second <= 12 and first >= this_year:
            raise UserMistake("card.expiry_swapped")
        raise UserMistake("card.expiry_no_such_month")
    if (second, first) < (this_year, today.month):
        raise UserMistake("card.expiry_past")


def parse_expiry(digits: bytearray, today: dt.date) -> Expiry:
    """Take four digits typed as printed, MM/YY; wiped if refused.

    Raises:
        UserMistake: as `check_expiry`.
    """
    expiry = Expiry(digits)
    _check_or_wipe(expiry, lambda view: check_expiry(view, today))
    return expiry


class HolderId(SecretDigits):
    """Who holds the card: birth date YYMMDD (6 digits) or business number (10 digits)."""

    __slots__ = ()

    @property
    def is_business(self) -> bool:
        """Tell whether it is a business registration number, i.e. a corporate card."""
        return len(self._digits) == BRN_DIGITS


def check_holder_id(digits: Digits) -> None:
    """Return if `digits` are a birth date or a business number.

    A resident number (13 digits) or its first seven must never be taken (개인정보보호법 24조의2).

    Raises:
        UserMistake: another length, no such day, or a wrong check digit.
    """
    count = len(digits)
    if count == 0:
        raise UserMistake("card.holder_missing")
    if count in {7, 13}:
        raise UserMistake("card.resident_number_refused")
    if count == BIRTH_DIGITS:
        if not _is_birth_date(digits):
            raise UserMistake("card.birth_no_such_day")
    elif count == BRN_DIGITS:
        if not brn_ok(digits):
            raise UserMistake("card.business_number_wrong")
    else:
        raise UserMistake("card.birth_wrong_length")


def parse_holder_id(digits: bytearray) -> HolderId:
    """Take a birth date or business number; wiped if refused.

    Raises:
        UserMistake: as `check_holder_id`.
    """
    holder = HolderId(digits)
    _check_or_wipe(holder, check_holder_id)
    return holder


def _is_birth_date(digits: Digits) -> bool:
    """Tell whether YYMMDD is a day that exists in either century."""
    year, month, day = (int(bytes(digits[at : at + 2])) for at in (0, 2, 4))
    for century in (1900, 2000):
        try:
            dt.date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False


def brn_ok(digits: Digits) -> bool:
    """Tell whether ten ASCII digits are a business number with a right check digit."""
    if len(digits) != BRN_DIGITS:
        return False
    values = [digit - _ZERO for digit in digits]
    total = sum(w * v for w, v in zip(_BRN_WEIGHTS, values[:9], strict=True))
    return (total + values[8] * 5 // 10 + values[9]) % 10 == 0


class PasswordStart(SecretDigits):
    """The first two digits of the card password (비밀번호 앞 2자리): sensitive like a PIN."""

    __slots__ = ()


def check_password_start(digits: Digits) -> None:
    """Return if there are exactly two digits.

    Raises:
        UserMistake: another count.
    """
    if len(digits) != 2:
        raise UserMistake("card.password_start_wrong_length")


def parse_password_start(digits: bytearray) -> PasswordStart:
    """Take two digits; wiped if refused.

    Raises:
        UserMistake: as `check_password_start`.
    """
    start = PasswordStart(digits)
    _check_or_wipe(start, check_password_start)
    return start


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """Everything typed of one card, for one request, wiped afterwards.

    `holder` and `password` are None on an unauthenticated contract (card_tx_type 11111000).
    """

    number: CardNumber
    expiry: Expiry
    holder: HolderId | None = None
    password: PasswordStart | None = None

    def wipe(self) -> None:
        """Overwrite every digit of it."""
        for part in (self.number, self.expiry, self.holder, self.password):
            if part is not None:
                part.wipe()

    @property
    def is_authenticated(self) -> bool:
        """Tell whether both proofs of the holder are there."""
        return self.holder is not None and self.password is not None

    def __repr__(self) -> str:
        """Return the mask only."""
        return f"<Card {self.number.masked if not self.number.wiped else 'wiped'}>"
