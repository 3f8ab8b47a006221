"""The scripted clerk's language: one JSON object a line in, one out.

What a line may hold is checked before anything is typed; a line that cannot be read never reaches
the keyboard. Nothing read here is ever printed again, because lines hold card numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: A command that has not ended by then is answered with where the payment stands.
TIMEOUT_S = 120.0

_TEXTS = {
    "sell": (
        "gateway",
        "product",
        "buyer_name",
        "buyer_phone",
        "buyer_email",
        "card_number",
        "expiry",
        "birth_or_brn",
        "password2",
        "duplicate_reason",
        "close_when",
        "caller_birth",
        "caller_digit",
        "caller_carrier",
        "caller_code",
    ),
    "refund": ("order_no", "reason", "second"),
    "wait": ("order_no", "of"),
    "resolve": ("order_no", "see", "gateway_ref", "approval_no", "evidence", "second"),
    "card": (
        "what",
        "find",
        "name",
        "phone",
        "card_number",
        "expiry",
        "birth_or_brn",
        "password2",
        "product",
        "order_no",
    ),
    "screenshot": ("path",),
    "save_slip": (),
    "show": ("screen", "order_no"),
    "quit": (),
}
#: Typed as they stand, so that a scenario can also type what is no number.
_TYPED = {
    "sell": ("amount", "tax_free", "months"),
    "refund": ("amount",),
    "card": ("amount", "days"),
}
_NEEDED = {
    "sell": ("amount", "card_number", "expiry"),
    "refund": ("order_no", "amount"),
    "wait": ("order_no", "until"),
    "resolve": ("order_no", "see"),
    "card": ("what",),
    "screenshot": ("path",),
    "show": ("screen",),
}
#: What a person may have seen in the partner site.
SEEN = ("approved", "absent", "cancelled", "standing", "refunded", "not_refunded")
#: What can be done with a card on file.
CARD_DEEDS = ("keep", "charge", "plan", "move", "cancel", "forget")
SCREENS = ("sale", "history", "refund", "cards", "person", "settings", "help")


class Unreadable(Exception):
    """A line that is no command; the message names its number and the trouble, never a value."""


@dataclass(frozen=True, slots=True)
class Line:
    """One command.

    Attributes:
        do: what to do.
        texts: every other field as it is typed; missing ones are absent.
        until: states to wait for.
        timeout_s: how long it may take.
    """

    do: str
    texts: Mapping[str, str] = field(repr=False)
    until: frozenset[str] = frozenset()
    timeout_s: float = TIMEOUT_S

    def get(self, name: str) -> str:
        """Return a field as it is typed, empty if the line has none."""
        return self.texts.get(name, "")


@dataclass(frozen=True, slots=True)
class Answer:
    """One line out; a value that is not known is an empty text."""

    did: str
    state: str = ""
    message: str = ""
    payment_id: str = ""
    order_no: str = ""
    approval_no: str = ""
    gateway_ref: str = ""

    def as_json(self) -> str:
        """Return the line."""
        fields = {
            "did": self.did,
            "payment_id": self.payment_id,
            "order_no": self.order_no,
            "state": self.state,
            "approval_no": self.approval_no,
            "gateway_ref": self.gateway_ref,
            "message": self.message,
        }
        return json.dumps(fields, ensure_ascii=False)


def read_lines(lines: Iterable[str]) -> list[Line]:
    """Read a whole scenario; empty lines do not count.

    Raises:
        Unreadable: the first line that is no command.
    """
    return [read_line(text, number) for number, text in enumerate(lines, 1) if text.strip()]


def read_line(text: str, number: int) -> Line:
    """Read one command.

    Raises:
        Unreadable: it is none.
    """
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"line {number}: no JSON at column {error.colno}") from None
    if not isinstance(read, dict) or read.get("do") not in _TEXTS:
        raise Unreadable(f"line {number}: no command; known are {', '.join(_TEXTS)}")
    do = str(read.pop("do"))
    until, timeout_s = _until(read, do, number), _timeout(read, number)
    texts = {name: _text(name, value, do, number) for name, value in read.items()}
    missing = [name for name in _NEEDED.get(do, ()) if name not in texts and name != "until"]
    if missing:
        raise Unreadable(f"line {number}: {do} needs {', '.join(missing)}")
    if do == "resolve" and texts["see"] not in SEEN:
        raise Unreadable(f"line {number}: see is one of {', '.join(SEEN)}")
    if do == "card" and texts["what"] not in CARD_DEEDS:
        raise Unreadable(f"line {number}: what is one of {', '.join(CARD_DEEDS)}")
    if do == "show" and texts["screen"] not in SCREENS:
        raise Unreadable(f"line {number}: screen is one of {', '.join(SCREENS)}")
    return Line(do, texts, until, timeout_s)


def _until(read: dict[str, Any], do: str, number: int) -> frozenset[str]:
    states = read.pop("until", None)
    if do != "wait" and states is None:
        return frozenset()
    if do != "wait" or not isinstance(states, list) or not states:
        raise Unreadable(f"line {number}: until is a list of states, of wait only")
    return frozenset(map(str, states))


def _timeout(read: dict[str, Any], number: int) -> float:
    value = read.pop("timeout_s", TIMEOUT_S)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3600:
        raise Unreadable(f"line {number}: timeout_s is a number of seconds up to 3600")
    return float(value)


def _text(name: str, value: object, do: str, number: int) -> str:
    """Return a field's value as a person types it."""
    typed = name in _TYPED.get(do, ())
    if not typed and name not in _TEXTS[do]:
        raise Unreadable(f"line {number}: {do} has no field of that name: {name[:30]}")
    if isinstance(value, str):
        return value
    if typed and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Unreadable(f"line {number}: {name} is not written as it should be")
