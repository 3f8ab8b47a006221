"""What was typed of a caller becomes a `Caller` here; answers become words."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from pos_app.domain.answers import NoAnswer, NotSent
from pos_app.domain.card import BIRTH_DIGITS, BRN_DIGITS, Digits
from pos_app.domain.errors import UserMistake
from pos_app.domain.identity import (
    UNUSUAL_AGE,
    BirthMatch,
    Carrier,
    CodeBy,
    Identity,
    IdentityRefused,
    IdentityTrouble,
    age_on,
    is_foreigner_digit,
    read_birth,
)
from pos_app.domain.kept_text import refuse_card_number
from pos_app.services.identity_desk import Caller, CheckedCaller
from pos_app.ui import text as t
from pos_app.ui.card_entry import FieldMistake
from pos_app.ui.text import text
from pos_app.ui.widgets.hero import HeroTone
from pos_app.ui.words import why_words

#: Carrier and whether it is a budget one (알뜰폰), by the value of the field's choice.
CARRIERS: dict[str, tuple[Carrier, bool]] = {
    "skt": (Carrier.SKT, False),
    "kt": (Carrier.KT, False),
    "lgu": (Carrier.LGT, False),
    "skt_mvno": (Carrier.SKT, True),
    "kt_mvno": (Carrier.KT, True),
    "lgu_mvno": (Carrier.LGT, True),
}
#: A carrier's own spelling in an answer (portone.md 2.7) and our words.
_TOLD = {
    "SKT": "skt",
    "KT": "kt",
    "LGT": "lgu",
    "SKT_MVNO": "skt_mvno",
    "KT_MVNO": "kt_mvno",
    "LGT_MVNO": "lgu_mvno",
}
#: Mobile numbers are 010 and the older 011 and 016 to 019, with 10 or 11 digits.
_MOBILE = ("010", "011", "016", "017", "018", "019")
NAME_BYTES = 60


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields; the digits are lent."""

    name: str
    phone: str
    birth: Callable[[], memoryview]
    seventh: Callable[[], memoryview]
    carrier: str
    code_by: str


def read_caller(typed: Typed, today: dt.date) -> Caller:
    """Return whom to check.

    Raises:
        FieldMistake: the first field that is wrong.
    """
    name = " ".join(unicodedata.normalize("NFC", typed.name).split())
    try:
        refuse_card_number(name)
    except UserMistake as mistake:
        raise FieldMistake("name", mistake) from mistake
    if len(name) < 2 or any(char.isdigit() for char in name):
        raise FieldMistake("name", UserMistake("identity.name_form"))
    if not typed.phone.startswith(_MOBILE) or len(typed.phone) not in {10, 11}:
        raise FieldMistake("phone", UserMistake("identity.phone_form"))
    with typed.birth() as birth, typed.seventh() as seventh:
        try:
            read_birth(birth, seventh, today)
        except UserMistake as mistake:
            field = "seventh" if mistake.code.startswith("identity.seventh") else "birth"
            raise FieldMistake(field, mistake) from mistake
        carrier, mvno = CARRIERS[typed.carrier]
        return Caller(
            name=name,
            phone=typed.phone,
            birth=str(birth, "ascii"),
            gender_digit=str(seventh, "ascii"),
            carrier=carrier,
            mvno=mvno,
            code_by=CodeBy(typed.code_by),
        )


def seventh_words(birth: Digits, seventh: Digits, today: dt.date) -> str:
    """Say what the two together mean, and warn where that is odd; empty while it is not clear."""
    try:
        born = read_birth(birth, seventh, today)
    except UserMistake:
        return ""
    age = age_on(born, today)
    if age >= UNUSUAL_AGE:
        return text("identity.seventh_odd", year=born.year, age=age)
    kind = "foreigner" if is_foreigner_digit(seventh) else "korean"
    return text(f"identity.seventh_means.{kind}", year=born.year)


def is_odd(birth: Digits, seventh: Digits, today: dt.date) -> bool:
    """Tell whether the caller would be unusually old."""
    try:
        return age_on(read_birth(birth, seventh, today), today) >= UNUSUAL_AGE
    except UserMistake:
        return False


def carrier_words(carrier: str) -> str:
    """Name a carrier as an answer spells it; an unknown one as it is."""
    known = _TOLD.get(carrier)
    return text(f"identity.carrier.{known}") if known else carrier


def masked_phone(digits: str) -> str:
    """Return a number whose middle nobody reads over the clerk's shoulder."""
    return f"{digits[:3]}-••••-{digits[-4:]}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a check fits the card holder that was typed, and why nothing was compared.

    Attributes:
        reason: same, different, business, no_birth, not_asked or not_typed.
    """

    match: BirthMatch
    reason: str


def compare(checked: CheckedCaller, holder: Digits | None) -> Comparison:
    """Compare a check with the card holder's digits, which are only looked at."""
    match = checked.match(holder)
    if match is not BirthMatch.NOT_COMPARED:
        return Comparison(match, match.value)
    if not checked.tells_birth:
        reason = "no_birth"
    elif holder is None:
        reason = "not_asked"
    else:
        reason = "business" if len(holder) == BRN_DIGITS else "not_typed"
    return Comparison(match, reason)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The banner, and the sentence for the caller."""

    tone: HeroTone
    icon: str
    title: str
    lines: tuple[str, ...]
    hint: str
    say: str


_LOOKS: dict[BirthMatch, tuple[HeroTone, str]] = {
    BirthMatch.SAME: ("good", "check"),
    BirthMatch.DIFFERENT: ("bad", "alert"),
    BirthMatch.NOT_COMPARED: ("good", "check"),
}


def passed_verdict(
    checked: CheckedCaller, identity: Identity | None, holder: Digits | None, erased: str
) -> Verdict:
    """Say that the check was passed; without `identity` (seen again later) nobody is named."""
    found = compare(checked, holder)
    tone, icon = _LOOKS[found.match]
    lines = [text(f"identity.birth.{found.reason}")]
    if identity is not None:
        person = [f"**{identity.name}**", carrier_words(identity.carrier)]
        person.append(text(f"identity.person.{'foreigner' if identity.foreigner else 'korean'}"))
        lines.insert(0, " · ".join(part for part in person if part))
    if found.match is BirthMatch.DIFFERENT:
        lines.append(text("identity.different.next"))
    told = text("identity.certified_at", time=t.clock_s(checked.certified_at))
    different = found.match is BirthMatch.DIFFERENT
    return Verdict(
        tone,
        icon,
        text("identity.different.title" if different else "identity.passed.title"),
        tuple(lines),
        f"{told} · {erased}",
        text("identity.different.say" if different else "identity.passed.say"),
    )


def trouble_words(answer: IdentityRefused | NoAnswer | NotSent, *, asking: bool) -> str:
    """Say why no code was sent, or why it was not taken, and what to do.

    Args:
        answer: the gateway's, or that there is none.
        asking: a code was asked for; else one was handed in.
    """
    if isinstance(answer, IdentityRefused):
        told = answer.refusal
        words = text(f"identity.trouble.{answer.trouble.value}")
        meaning = told.meaning_ko if t.language() == "ko" else told.meaning_en
        own = answer.trouble is IdentityTrouble.REFUSED and (meaning or told.raw_message)
        return f"{words} {text('identity.gateway_says', words=own)}" if own else words
    kind = "not_sent" if isinstance(answer, NotSent) else "no_answer"
    step = "asking" if asking else "confirming"
    return text(f"identity.{kind}.{step}", why=why_words(answer.why))


def holder_state(holder: Digits | None) -> str:
    """Return how much of the card holder is typed: not_asked, business, birth or not_typed."""
    if holder is None:
        return "not_asked"
    if len(holder) == BRN_DIGITS:
        return "business"
    return "birth" if len(holder) == BIRTH_DIGITS else "not_typed"
