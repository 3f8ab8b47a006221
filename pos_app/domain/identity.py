"""The identity check (본인인증): who the caller is, by a code sent to their own phone.

What was typed and what came back is personal: it lives in memory while the check is on the screen.
Only `IdentityEvidence` is kept, and it says nothing about the person.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from pos_app.domain.answers import Absent, NoAnswer, NotSent, Refusal, Refused
from pos_app.domain.card import BIRTH_DIGITS, Digits, SecretDigits
from pos_app.domain.errors import UserMistake

#: A one-time code has six digits (the message must hold `[000000]`, portone.md 2.7).
CODE_DIGITS = 6
#: Who is older than this by the seventh digit is asked about again, never refused.
UNUSUAL_AGE = 100


class Carrier(StrEnum):
    """The three networks (REST spelling, portone.md 4.1)."""

    SKT = "SKT"
    KT = "KT"
    LGT = "LGT"


class CodeBy(StrEnum):
    """How the caller confirms: by a code in a message, or in the carriers' app."""

    SMS = "SMS"
    APP = "APP"


@dataclass(frozen=True, slots=True)
class IdentityRequest:
    """Whom to check (portone.md 2.7).

    Attributes:
        order_no: made for this check alone (KCP wants it unique).
        birth: YYMMDD.
        gender_digit: seventh digit of the resident number: 1 to 4 Korean, 5 to 8 foreigner.
        mvno: a budget carrier on that network (알뜰폰).
        company: named in the message.
    """

    order_no: str
    name: str = field(repr=False)
    phone: str = field(repr=False)
    birth: str = field(repr=False)
    gender_digit: str = field(repr=False)
    carrier: Carrier
    mvno: bool
    code_by: CodeBy
    company: str = ""


@dataclass(frozen=True, slots=True)
class CodeSent:
    """The code is on its way, or the app asks.

    Attributes:
        gateway_ref: the gateway's number of this check; names nobody.
    """

    gateway_ref: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the caller is, as the carrier says.

    Attributes:
        birth: None where the gateway tells none.
        carrier: as told, e.g. "SKT_MVNO"; may be empty.
        foreigner: not a Korean national.
    """

    gateway_ref: str
    name: str = field(repr=False)
    birth: dt.date | None = field(repr=False)
    phone: str = field(repr=False)
    carrier: str
    foreigner: bool
    certified_at: dt.datetime


@dataclass(frozen=True, slots=True)
class IdentityConfirmed:
    """The code was right."""

    identity: Identity


class IdentityTrouble(StrEnum):
    """Why a code was not taken; the catalogue has the words (`identity.trouble.<value>`)."""

    WRONG_CODE = "wrong_code"
    EXPIRED = "expired"
    ALREADY_CONFIRMED = "already_confirmed"
    NOT_CONFIRMED_YET = "not_confirmed_yet"
    TOO_MANY = "too_many"
    UNKNOWN_CHECK = "unknown_check"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class IdentityRefused:
    """The gateway did not confirm; the refusal has its own words.

    Attributes:
        again: the same check may be tried with another code.
    """

    trouble: IdentityTrouble
    refusal: Refusal
    again: bool


@dataclass(frozen=True, slots=True)
class Erased:
    """The result is deleted at the gateway."""


#: No money moves: without an answer the clerk asks again.
CodeAnswer = CodeSent | IdentityRefused | NoAnswer | NotSent
IdentityAnswer = IdentityConfirmed | IdentityRefused | NoAnswer | NotSent
#: `Absent`: there is no such result (any more).
EraseAnswer = Erased | Absent | Refused | NoAnswer | NotSent


@dataclass(frozen=True, slots=True)
class EraseDue:
    """A check whose result is to be deleted at the gateway; says nothing about the person.

    Attributes:
        gateway: the gateway's short name.
        gateway_ref: its number of the check.
    """

    gateway: str
    gateway_ref: str


class BirthMatch(StrEnum):
    """How the checked birth date fits the card holder's that was typed for the sale."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_COMPARED = "not_compared"


@dataclass(frozen=True, slots=True)
class IdentityEvidence:
    """What is kept of a check with the sale it is bound to: that it was made, nothing personal.

    Attributes:
        gateway_ref: the gateway's number of the check.
        certified_at: aware.
        birth: whether the birth dates agree.
        approver: who let the sale go on in spite of a difference; empty otherwise.
        gateway: which gateway made the check, by its short name; it need not be the sale's.
    """

    gateway_ref: str
    certified_at: dt.datetime
    birth: BirthMatch
    approver: str = ""
    gateway: str = ""


def read_birth(birth: Digits, seventh: Digits, today: dt.date) -> dt.date:
    """Return the birth date that YYMMDD and the seventh digit of a resident number mean.

    Koreans: 1 and 2 for 1900 to 1999, 3 and 4 from 2000; foreigners 5 and 6, 7 and 8 likewise
    (portone.md 2.7). Refused is only what cannot be: a day that century does not have, or one that
    is still to come.

    Args:
        birth: ASCII digits, only looked at.
        seventh: one ASCII digit, only looked at.
        today: the date at the counter (KST).

    Raises:
        UserMistake: `identity.birth_*` or `identity.seventh_*`; no digit is repeated in it.
    """
    if len(birth) != BIRTH_DIGITS:
        raise UserMistake("identity.birth_length")
    value = seventh[0] - ord("0") if len(seventh) == 1 else 0
    if not 1 <= value <= 8:
        raise UserMistake("identity.seventh_range")
    later = value in {3, 4, 7, 8}
    year, month, day = (_number(birth[at : at + 2]) for at in (0, 2, 4))
    born = _day(2000 if later else 1900, year, month, day)
    if born is not None and born <= today:
        return born
    other = _day(1900 if later else 2000, year, month, day)
    if other is not None and other <= today:
        raise UserMistake("identity.seventh_later" if later else "identity.seventh_earlier")
    raise UserMistake("identity.birth_no_such_day")


def age_on(born: dt.date, today: dt.date) -> int:
    """Return the age in whole years (만 나이)."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def is_foreigner_digit(seventh: Digits) -> bool:
    """Tell whether the seventh digit is a foreigner's."""
    return len(seventh) == 1 and ord("5") <= seventh[0] <= ord("8")


def birth_digits(born: dt.date) -> SecretDigits:
    """Return YYMMDD in a buffer that can be wiped, made without a text."""
    parts = (born.year % 100, born.month, born.day)
    return SecretDigits(bytearray(ord("0") + d for part in parts for d in divmod(part, 10)))


def match_birth(checked: SecretDigits | None, holder: Digits | None) -> BirthMatch:
    """Compare a checked birth date with what was typed of the card holder.

    A business number names nobody, so nothing is compared; nor is it where the gateway tells no
    birth date, where the contract asks for none, or while it is not typed.

    Args:
        checked: YYMMDD; None where the gateway tells none.
        holder: ASCII digits, only looked at; None where none are asked for.
    """
    if checked is None or holder is None or len(holder) != BIRTH_DIGITS:
        return BirthMatch.NOT_COMPARED
    with checked.view() as mine:
        same = all(one == other for one, other in zip(mine, holder, strict=True))
    return BirthMatch.SAME if same else BirthMatch.DIFFERENT


def _number(two: Digits) -> int:
    return (two[0] - ord("0")) * 10 + two[1] - ord("0")


def _day(century: int, year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(century + year, month, day)
    except ValueError:
        return None
