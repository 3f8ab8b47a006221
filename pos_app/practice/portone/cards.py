"""Card fields of a request: number, expiry, birth, PIN digits, and the channel they go to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from pos_app.practice import holder
from pos_app.practice.clock import KST
from pos_app.practice.kcp.cards import MAGIC_KINDS, CardKind, kept_mask, kind_of
from pos_app.practice.kcp.magic import card_key
from pos_app.practice.portone.asked import Asked
from pos_app.practice.portone.desk import Desk
from pos_app.practice.portone.refusal import NO_KEYIN, Refusal, bad_field
from pos_app.practice.portone.switches import Channel, channel_of

_GROUPED: Final = re.compile(r"[0-9]{4}(-[0-9]{4}){2}-[0-9]{1,7}|[0-9]{4}-[0-9]{6}-[0-9]{5}")
_PLAIN: Final = re.compile(r"[0-9]{13,19}", re.ASCII)
_EXPIRY: Final = re.compile(r"(2[0-9]{3})-(0[1-9]|1[0-2])", re.ASCII)
_BIRTH: Final = re.compile(r"[0-9]{6}|[0-9]{10}", re.ASCII)
_PWD: Final = re.compile(r"[0-9]{2}", re.ASCII)
_KINDS_ROW: Final = "80"


@dataclass(frozen=True, slots=True)
class Card:
    """A card as far as it is needed after the checks; `number` lives as long as the request."""

    masked: str
    magic: str
    """`kcp.magic.card_key`: no card, but a row of the magic table."""
    kind: CardKind
    problem: str
    """KCP's code of what its issuer would refuse; empty: nothing."""
    number: str = field(default="", repr=False)


def read_card(desk: Desk, asked: Asked) -> Card:
    """Check the card fields of a request.

    Raises:
        Refusal: one is not of its form, or missing although the contract wants it.
    """
    shown = asked.text("card_number")
    number = shown.replace("-", "")
    if not (_GROUPED.fullmatch(shown) or _PLAIN.fullmatch(shown)) or not _PLAIN.fullmatch(number):
        raise bad_field("card_number")
    expiry = _EXPIRY.fullmatch(asked.text("expiry"))
    if expiry is None:
        raise bad_field("expiry")
    birth, pwd = asked.text("birth"), asked.text("pwd_2digit")
    _by_contract("birth", birth, _BIRTH, desk.switches.portone_birth)
    _by_contract("pwd_2digit", pwd, _PWD, desk.switches.portone_pwd)
    _nowhere_else(asked, number)
    today = desk.now().astimezone(KST)
    if not number.strip("0") or (desk.switches.luhn and not holder.luhn(number)):
        problem = "CC14"
    elif (int(expiry[1]), int(expiry[2])) < (today.year, today.month):
        problem = "CC54"
    else:
        problem = _holder_problem(desk, birth)
    magic = card_key(number) if desk.switches.magic else ""
    return Card(kept_mask(number), magic, kind_by(magic, number), problem, number)


def kind_by(magic: str, number: str) -> CardKind:
    """Return the kind of a card: what its magic says, else what its first digits say."""
    chosen = MAGIC_KINDS.get(int(magic[2:])) if magic[:2] == _KINDS_ROW else None
    return chosen[1] if chosen else kind_of(number)


def keyin_channel(desk: Desk, pg: str) -> Channel:
    """Return the channel a key-in goes to; a pg nobody knows silently means the default one.

    Raises:
        Refusal: there is no key-in channel, or pg names one that is not for key-in.
    """
    channels = [channel_of(text) for text in desk.switches.portone_channels]
    named = [c for c in channels if pg in (c.pg_provider, f"{c.pg_provider}.{c.pg_id}")]
    candidates = [c for c in named or channels if c.type == "api_payment"]
    if not candidates:
        raise Refusal(NO_KEYIN)
    return candidates[0]


def channel_by_key(desk: Desk, key: str, kind: str, field_name: str) -> Channel:
    """Return the channel of that type with this key.

    Raises:
        Refusal: there is none.
    """
    for text in desk.switches.portone_channels:
        channel = channel_of(text)
        if channel.channel_key == key and channel.type == kind:
            return channel
    raise bad_field(field_name, "채널을 찾을 수 없습니다")


def _by_contract(name: str, value: str, form: re.Pattern[str], wanted: str) -> None:
    if not value:
        if wanted == "required":
            raise bad_field(name, "필수 파라메터가 누락되었습니다")
    elif form.fullmatch(value) is None:
        raise bad_field(name)


def _holder_problem(desk: Desk, birth: str) -> str:
    if len(birth) == 10:
        return "" if holder.business_number(birth) else "CC67"
    now = desk.now()
    if birth and not any(holder.past_day(century + birth, now) for century in ("19", "20")):
        return "CC66"
    return ""


def _nowhere_else(asked: Asked, number: str) -> None:
    """Refuse a card number in any other field: a client that does so would have it mailed."""
    for name, value in asked.body.items():
        if name != "card_number" and isinstance(value, str) and number in value.replace("-", ""):
            raise bad_field(name, "카드번호를 담을 수 없습니다")
