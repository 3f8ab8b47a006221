"""Cards on file: what a gateway keeps as a billing key, and the customer's consent to it.

Nothing of the card is here but its mask. The billing key itself stays at the gateway; we know it by
the name we gave it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NewType

from pos_app.domain.answers import Absent, CannotTell, NoAnswer, NotSent, Refused
from pos_app.domain.order import random_letters
from pos_app.domain.requests import BeforeSend

#: Our name for a billing key. PortOne: `customer_uid`, 80 characters at most (portone.md 2.6).
CustomerUid = NewType("CustomerUid", str)
CUSTOMER_UID_MAX = 80


def make_customer_uid(counter: str, random_bits: int) -> CustomerUid:
    """Make a name nobody has: the counter and 80 random bits, of letters, digits and a hyphen.

    Args:
        counter: the counter's two letters or digits.
        random_bits: an integer below 2**80 from a good source of chance.
    """
    return CustomerUid(f"c{counter}-{random_letters(random_bits)}")


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card as the gateway keeps it.

    Attributes:
        card_masked: masked again by our mask; may be empty.
        issuer: the card company's name as the gateway spells it.
        check_card: True/False for debit/credit, None if not told.
        sandbox: kept on a test channel.
        kept_at: aware; as the gateway says.
    """

    customer_uid: CustomerUid
    card_masked: str
    issuer: str
    issuer_code: str
    check_card: bool | None
    sandbox: bool
    kept_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CardOnFile:
    """A kept card as a charge names it."""

    customer_uid: CustomerUid
    card_masked: str
    card_brand: str
    gateway: str


@dataclass(frozen=True, slots=True)
class KeepCardRequest:
    """What a gateway must know to keep a card, besides the card.

    Attributes:
        before_send: called when the connection stands and before the first byte.
    """

    customer_uid: CustomerUid
    customer_name: str
    customer_phone: str
    customer_email: str
    before_send: BeforeSend


@dataclass(frozen=True, slots=True)
class CardKept:
    """The gateway keeps the card: by its answer, or as a look-up shows."""

    card: SavedCard


@dataclass(frozen=True, slots=True)
class CardForgotten:
    """The billing key is deleted."""


#: `NoAnswer`: it may be kept, a look-up decides.
KeepCardAnswer = CardKept | Refused | NoAnswer | NotSent
SavedCardAnswer = CardKept | Absent | CannotTell
#: `Absent`: there is no such key (any more).
ForgetCardAnswer = CardForgotten | Absent | Refused | NoAnswer | NotSent
