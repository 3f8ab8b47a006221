"""The identity check (본인인증): who the caller is, by a code sent to their own phone.

What was typed and what came back is personal: it lives in memory while the check is on the screen.
Only `IdentityEvidence` is kept, and it says nothing about the person.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from pos_app.domain.answers import Absent, NoAnswer, NotSent, Refusal, Refused


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
    """

    gateway_ref: str
    certified_at: dt.datetime
    birth: BirthMatch
    approver: str = ""
