"""The second fence: takes card digits, keys and passwords out of whatever is about to be logged.

The first fence is `pos_app.logs.log`, which takes named, harmless fields only. This one stands
behind it for text nobody wrote for a log: a library's message, the text of an exception. It rather
removes too much. Rules: security.md, sections 2 and 8.
"""

from __future__ import annotations

import logging
import re

REMOVED_DIGITS = "[digits removed]"
REMOVED_KEY = "[key removed]"
REMOVED_SECRET = "[removed]"  # noqa: S105 - the mark that stands where a secret was

#: What people and forms put between the digits of a card: spaces, dashes of all kinds, dots, bars.
_BETWEEN = r"[\s\-_./|·,\u2010-\u2015\u2212\uff0d\u200b-\u200f\u2060\ufeff]{0,3}"
#: 13 to 19 digits make a card number (ISO/IEC 7812); a longer run may hold one. `\d` knows the
#: full-width and every other decimal digit of Unicode. Luhn is not asked: some cards fail it.
_CARD = re.compile(rf"\d(?:{_BETWEEN}\d){{12,}}")
_PEM = re.compile(r"-----BEGIN [^-]*-----.*?(?:-----END [^-]*-----|\Z)", re.DOTALL)
_NAMES_OF_SECRETS = (
    r"card_?(?:no|number|pwd|password|taxno|expiry|mask_no)|pan|cvc|cvv|expiry|pwd_?2digit"
    r"|birth(?:day)?|password2?|passwd|passphrase|pin|secret|imp_key|imp_secret|client_secret"
    r"|access_token|token|authorization|api_?key|private_key(?:_password)?"
    r"|kcp_cert_info|kcp_sign_data|otp|gender_digit|unique_key|unique_in_site"
)
_NAMED = re.compile(
    rf"""(?ix)
    (?P<name> (?<![A-Za-z]) ["']? [A-Za-z_]{{0,40}}? (?:{_NAMES_OF_SECRETS}) ["']? \s* [=:] \s* )
    (?: bearer \s+ )?
    (?: b?"(?:[^"\\]|\\.)*" | b?'(?:[^'\\]|\\.)*' | [^\s,;&}})\]]+ )
    """
)
_BEARER = re.compile(r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]+")
#: Our own order numbers open with a date of this century and hold letters further on; a card
#: number opens with none (ISO/IEC 7812 gives no issuer a number from 2000 to 2099).
_ORDER_NO = re.compile(r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?P<rest>[0-9A-Z]{10,32})")


def redact(text: str) -> str:
    """Return `text` without card digits, key blocks and the values of fields named like secrets."""
    text = _PEM.sub(REMOVED_KEY, text)
    text = _NAMED.sub(lambda found: found["name"] + REMOVED_SECRET, text)
    text = _BEARER.sub(f"Bearer {REMOVED_SECRET}", text)
    return _CARD.sub(REMOVED_DIGITS, text)


def redact_order_no(text: str) -> str:
    """Return an order number as it is, and anything else redacted.

    An order number may by chance hold a run of 13 digits; masked, it could not be looked up.
    """
    found = _ORDER_NO.fullmatch(text) if text.isascii() else None
    if found and not found["rest"].isdigit() and not _CARD.search(found["rest"]):
        return text
    return redact(text)


class RedactingFilter(logging.Filter):
    """Replaces the message of each record that passes by its redacted text.

    It sits on the handlers, not on the loggers, so that records of libraries pass it, too. The
    arguments are dropped once they are in the message: nothing behind may format them again.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record and let it pass."""
        record.msg = redact(record.getMessage())
        record.args = None
        return True
