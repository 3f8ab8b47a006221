"""What every answer of KCP has in common: one JSON object with `res_cd`, and fields that are text.

In KCP's replies every value is a JSON string, amounts included (kcp.md 1.2). A field of another
type is treated as malformed where it matters and as absent where it does not.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from pos_app.domain.answers import NoAnswer, Refusal
from pos_app.domain.money import Won, won_from_wire
from pos_app.domain.order import KST
from pos_app.gateways import kcp_codes as codes
from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.strict_json import JsonObject, Unreadable, read_object
from pos_app.gateways.vendor_text import (
    HTTP_OK,
    MESSAGE_MAX,
    NAME_MAX,
    clean,
    why_unreadable,
)

#: `tno` has 14 digits (KCP older guide; money-safety.md rule R5).
TNO = re.compile(r"[0-9]{14}", re.ASCII)
_TNO_IN_BYTES = re.compile(rb'"tno"\s*:\s*"([0-9]{14})"')
_TIME = re.compile(r"20[0-9]{12}", re.ASCII)
#: Statuses a business refusal may come with; no paper says which (kcp.md Q10).
_REFUSAL_STATUSES = frozenset({200, 201, *range(400, 600)})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is a JSON object with a well-formed `res_cd`."""

    status: int
    code: str
    message: str
    fields: JsonObject
    candidate_ref: str | None

    @property
    def is_ok(self) -> bool:
        """Tell whether it says done, in the one status that a done thing comes with."""
        return self.code == codes.OK and self.status == HTTP_OK

    @property
    def may_refuse(self) -> bool:
        """Tell whether a refusal with this HTTP status is believed."""
        return self.code != codes.OK and self.status in _REFUSAL_STATUSES

    @property
    def refusal(self) -> Refusal:
        """Return code and text with our words for them."""
        return codes.refusal_of(self.code, self.message)

    def text(self, name: str) -> str:
        """Return an optional field, cleaned and short; empty if absent or of another type."""
        value = self.fields.get(name)
        return clean(value, NAME_MAX) if isinstance(value, str) else ""

    def reference(self, name: str) -> str:
        """Return a number that KCP gave, like a transaction number, whole; else as `text`.

        By its sum one in ten would be taken for a card number and masked; no card has 14 digits
        that begin with a 2 (ISO/IEC 7812).
        """
        value = self.exact(name) or ""
        return value if TNO.fullmatch(value) and value.startswith("2") else self.text(name)

    def has(self, name: str) -> bool:
        """Tell whether a field is there, of whatever type, and neither null nor empty."""
        value = self.fields.get(name)
        return value is not None and value != ""

    def exact(self, name: str) -> str | None:
        """Return a field exactly as it came; None if absent, empty or not text."""
        value = self.fields.get(name)
        return value if isinstance(value, str) and value else None

    def won(self, name: str) -> Won | None:
        """Return an amount of one to twelve ASCII digits in a JSON string, else None."""
        value = self.exact(name)
        return None if value is None else won_from_wire(value)

    def time(self, name: str) -> dt.datetime | None:
        """Return a KST time `yyyyMMddHHmmss` as an aware one, None if it is not one."""
        value = self.exact(name)
        if value is None or not _TIME.fullmatch(value):
            return None
        try:
            naive = dt.datetime.strptime(value, "%Y%m%d%H%M%S")  # noqa: DTZ007 - KST follows
        except ValueError:
            return None
        return naive.replace(tzinfo=KST).astimezone(dt.UTC)

    def no_answer(self, why: str) -> NoAnswer:
        """Return that the outcome is open, with what may help to find it."""
        refusal = None if self.code == codes.OK else self.refusal
        return NoAnswer(why, self.candidate_ref, refusal)

    def open_code(self) -> NoAnswer:
        """Return that this code, or this status, leaves the outcome open."""
        if self.code == codes.OK:
            return self.no_answer(f"http.{self.status}")
        return self.no_answer(f"code.{self.code}")


def read_answer(exchange: Exchange) -> Answer | NoAnswer:
    """Read what came back; `NoAnswer` for everything that is not an answer of KCP.

    A request that never left is the caller's to tell apart (`Broken.left_us`).
    """
    if isinstance(exchange, Broken):
        return NoAnswer(exchange.why, find_tno(exchange.partial))
    found = read_object(exchange.body)
    candidate = find_tno(exchange.body)
    if isinstance(found, Unreadable):
        return NoAnswer(why_unreadable(exchange, found), candidate)
    code = found.get("res_cd")
    if not isinstance(code, str) or not codes.CODE.fullmatch(code):
        return NoAnswer("malformed", candidate)
    message = found.get("res_msg")
    return Answer(
        status=exchange.status,
        code=code,
        message=clean(message, MESSAGE_MAX) if isinstance(message, str) else "",
        fields=found,
        candidate_ref=candidate,
    )


def find_tno(data: bytes) -> str | None:
    """Search the remains of an answer for a transaction number: a candidate, never a proof.

    Two different ones are none: which of them is ours cannot be told.
    """
    found = set(_TNO_IN_BYTES.findall(data))
    return found.pop().decode("ascii") if len(found) == 1 else None
