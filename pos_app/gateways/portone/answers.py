"""What every answer of PortOne has in common: the envelope, and fields of several types.

    {"code": int, "message": text or null, "response": object, list or null}

Code 0 means handled, not approved; any other code is a no, also with HTTP 200 (portone.md 1.3).
Fields nobody knows yet are ignored; a field of another type is malformed where it matters and
absent where it does not.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from pos_app.domain.answers import NoAnswer, Refusal
from pos_app.domain.money import WON_MAX, Won
from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.portone import codes
from pos_app.gateways.strict_json import JsonObject, Unreadable, read_object
from pos_app.gateways.vendor_text import (
    HTTP_OK,
    NAME_MAX,
    clean,
    why_unreadable,
)

#: `imp_uid` has at most 32 characters (portone.md 2.2); nothing else is promised of it. Digits and
#: dashes alone are none: all that were seen have letters, and it could be a card number.
IMP_UID = re.compile(r"(?=[^A-Za-z]*[A-Za-z])[0-9A-Za-z_-]{4,32}", re.ASCII)
#: As all of them look, for what people type: imp_ for payments and checks, imps_ for those made by
#: API (money-safety.md R5).
REFERENCE_FORM = r"imp_[0-9A-Za-z]{6,28}|imps_[0-9A-Za-z]{6,27}"
_IMP_UID_IN_BYTES = re.compile(rb'"imp_uid"\s*:\s*"(imps?_[0-9A-Za-z]{6,27})"')
#: Statuses of a refusal in an envelope: 200 by the papers; 400 where a field is missing or wrong
#: (portone.md 2.1 and 4.4). What any other says about a charge is not written anywhere.
BAD_REQUEST, TOKEN_REFUSED, NOT_FOUND, SERVER_ERROR = 400, 401, 404, 500
_REFUSAL_STATUSES = frozenset({HTTP_OK, BAD_REQUEST})
#: Codes of a refusal (portone.md 3.1, row 3); any other is unexpected (money-safety.md R10).
_REFUSAL_CODES = frozenset({1, -1})
#: A longer number is no code of PortOne's (0, 1 and -1 are known), and could be a card's.
_CODE_MAX = 99_999
#: Seconds since 1970 up to the year 2100; 0 means "does not apply" (portone.md 2.2).
_SECONDS_MAX = 4_102_444_800


@dataclass(frozen=True, slots=True)
class Envelope:
    """An answer that is an envelope.

    Attributes:
        code: 0 if the request was handled.
        message: cleaned, as long as a judgement needs it; `refusal` has what is kept of it.
        kcp: codes inside its message are KCP's.
    """

    status: int
    code: int
    message: str
    response: object
    candidate_ref: str | None
    kcp: bool

    @property
    def is_ok(self) -> bool:
        """Tell whether the request was handled."""
        return self.status == HTTP_OK and self.code == 0

    @property
    def may_refuse(self) -> bool:
        """Tell whether it is a refusal that is believed."""
        return self.code != 0 and self.status in _REFUSAL_STATUSES and self.response is None

    @property
    def refuses_money(self) -> bool:
        """Tell whether it is a refusal that may be believed where money can have moved.

        Without words nothing says that it is none of those that leave the outcome open.
        """
        return self.may_refuse and self.code in _REFUSAL_CODES and bool(self.message)

    @property
    def is_absent(self) -> bool:
        """Tell whether PortOne itself, and nothing between, says that there is no such thing."""
        return self.status == NOT_FOUND and self.code != 0 and self.response is None

    @property
    def refusal(self) -> Refusal:
        """Return the message with our words for its code."""
        return codes.refusal_of(self.code, self.message, kcp=self.kcp)

    @property
    def fields(self) -> Fields | None:
        """Return the response as fields; None if it is no object."""
        return Fields(self.response) if isinstance(self.response, dict) else None

    def no_answer(self, why: str) -> NoAnswer:
        """Return that the outcome is open, with what may help to find it."""
        return NoAnswer(why, self.candidate_ref, self.refusal if self.code else None)

    def open_status(self) -> NoAnswer:
        """Return that this status, or this code, leaves the outcome open."""
        if self.status != HTTP_OK:
            return self.no_answer(f"http.{self.status}")
        return self.no_answer("malformed" if self.code == 0 else f"code.{self.code}")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one object of an answer."""

    values: JsonObject

    def text(self, name: str, length: int = NAME_MAX) -> str:
        """Return an optional text, cleaned and short; empty if absent or of another type."""
        value = self.values.get(name)
        return clean(value, length) if isinstance(value, str) else ""

    def exact(self, name: str) -> str | None:
        """Return a text exactly as it came; None if absent, empty or no text."""
        value = self.values.get(name)
        return value if isinstance(value, str) and value else None

    def status(self) -> str:
        """Return the status exactly as it came: a word that only looks like "paid" is not it."""
        return self.exact("status") or ""

    def imp_uid(self) -> str | None:
        """Return the gateway's own number; None if absent or malformed."""
        value = self.exact("imp_uid")
        return value if value is not None and IMP_UID.fullmatch(value) else None

    def won(self, name: str) -> Won | None:
        """Return an amount: a whole number of won, written as 1000, 1000.0 or 1E+3; else None."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return None
        if not 0 <= value <= WON_MAX or value != int(value):
            return None
        return Won(int(value))

    def flag(self, name: str) -> bool | None:
        """Return true or false; None for anything else."""
        value = self.values.get(name)
        return value if isinstance(value, bool) else None

    def whole(self, name: str) -> int | None:
        """Return a whole number; None for anything else."""
        value = self.values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def time(self, name: str) -> dt.datetime | None:
        """Return a time of unix seconds as an aware one; None for 0 and anything else."""
        seconds = self.whole(name)
        if seconds is None or not 0 < seconds < _SECONDS_MAX:
            return None
        return dt.datetime.fromtimestamp(seconds, dt.UTC)

    def objects(self, name: str) -> tuple[Fields, ...] | None:
        """Return a list of objects; None if it is none."""
        return objects_of(self.values.get(name))


def objects_of(value: object) -> tuple[Fields, ...] | None:
    """Return a list of objects as fields; None if it is none."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    return tuple(Fields(item) for item in value)


def read_envelope(exchange: Exchange, *, kcp: bool) -> Envelope | NoAnswer:
    """Read what came back; `NoAnswer` for everything that is not an envelope.

    A refused token is `NoAnswer("token_refused")`, whatever its body says (Q6): that it means "not
    processed" is only inferred. A request that never left is the caller's to tell apart.
    """
    if isinstance(exchange, Broken):
        return NoAnswer(exchange.why, find_imp_uid(exchange.partial))
    candidate = find_imp_uid(exchange.body)
    if exchange.status == TOKEN_REFUSED:
        return NoAnswer("token_refused", candidate)
    found = read_object(exchange.body)
    if isinstance(found, Unreadable):
        return NoAnswer(why_unreadable(exchange, found), candidate)
    code = Fields(found).whole("code")
    if code is None or abs(code) > _CODE_MAX:
        why = "malformed" if exchange.status == HTTP_OK else f"http.{exchange.status}"
        return NoAnswer(why, candidate)
    message = Fields(found).text("message", codes.JUDGED_MAX)
    return Envelope(exchange.status, code, message, found.get("response"), candidate, kcp)


def find_imp_uid(data: bytes) -> str | None:
    """Search the remains of an answer for the gateway's number: a candidate, never a proof.

    Two different ones are none: which of them is ours cannot be told.
    """
    found = set(_IMP_UID_IN_BYTES.findall(data))
    return found.pop().decode("ascii") if len(found) == 1 else None
