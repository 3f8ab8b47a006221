"""What a refusal in PortOne's words means: the PG's own code stands in brackets inside the text.

PortOne has no list of codes of its own and its texts are not stable, so nothing is decided by what
a text says, except towards the careful side: a text that leaves the outcome open makes it open
(portone.md 3.1 and 4.5).
"""

from __future__ import annotations

import re

from pos_app.domain.answers import Advice, Refusal, RefusalKind
from pos_app.gateways import kcp_codes

#: portone.md 3.1, "Message format".
_IN_BRACKETS = re.compile(r"\[([0-9A-Za-z]{3,6})\]", re.ASCII)
#: Time-outs on the way to the card company (portone.md 3.1, row 3b), whatever the PG.
_IN_DOUBT = frozenset({"CC72", "8041", "8042", "8043", "8044"})
#: Words of a refused cancel that speak of a balance. Both ways nothing was cancelled; they only
#: make the balance be looked up.
_BALANCE_WORDS = re.compile(
    r"checksum|체크섬|잔액|(?:취소|환불)\s*가능\s*(?:금액|잔액)|금액이?\s*(?:일치하지|맞지|초과)",
    re.IGNORECASE,
)


def codes_in(text: str) -> tuple[str, ...]:
    """Return the codes in brackets, in the order they stand."""
    return tuple(code.upper() for code in _IN_BRACKETS.findall(text))


def refusal_of(code: int, text: str, *, kcp: bool) -> Refusal:
    """Return a text as a refusal with our words for its code.

    Args:
        code: of the envelope, 0 where the reason stands in a payment that failed.
        text: the reason, cleaned.
        kcp: the codes in it are KCP's.
    """
    found = codes_in(text)
    if found and kcp:
        return kcp_codes.refusal_of(found[0], text)
    shown = found[0] if found else str(code) if code else "-"
    return Refusal(shown, text, "", "", Advice.NOTHING)


def open_code(text: str, *, kcp: bool) -> str | None:
    """Return the code that leaves a charge open, None if the text refuses it.

    A text that is open by its words alone gives "-". A code that is not in the table refuses, as
    PortOne's envelope does by itself.
    """
    found = codes_in(text)
    for code in found:
        if code in _IN_DOUBT:
            return code
        if kcp and kcp_codes.reply(code) is not None and not kcp_codes.is_declined(code, text):
            return code
    listed = kcp and any(kcp_codes.reply(code) is not None for code in found)
    if not listed and kcp_codes.words_leave_open(text):
        return found[0] if found else "-"
    return None


def cancel_refused(text: str, *, kcp: bool) -> RefusalKind | None:
    """Return how a cancel was refused; None if it may have been carried out."""
    found = codes_in(text)
    if kcp and found and kcp_codes.reply(found[0]) is not None:
        return kcp_codes.cancel_refused(found[0], text)
    if kcp_codes.words_leave_open(text) or _IN_DOUBT & set(found):
        return None
    return RefusalKind.BALANCE if _BALANCE_WORDS.search(text) else RefusalKind.FINAL
