"""What every vendor's answer has in common: texts of theirs that we show, statuses that say no."""

from __future__ import annotations

import unicodedata

from pos_app.domain.kept_text import mask_card_numbers
from pos_app.gateways.exchange import Response
from pos_app.gateways.strict_json import Unreadable

#: Invisible characters: controls, direction marks, surrogates, private use, line separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Longest vendor's text kept (money-safety.md row 48).
MESSAGE_MAX = 200
#: Longest name or number kept out of an approval; card_name is about ten characters.
NAME_MAX = 60
#: HTTP status of a proper answer (money-safety.md R5).
HTTP_OK = 200


def clean(text: str, length: int) -> str:
    """Return a vendor's text without invisible characters, at most `length` characters.

    A card number in it is masked: an answer may repeat what was sent, and this text is kept.
    """
    shown = (" " if unicodedata.category(c) in _INVISIBLE else c for c in text[: 4 * length])
    return mask_card_numbers(" ".join("".join(shown).split()))[:length]


def why_unreadable(response: Response, unreadable: Unreadable) -> str:
    """Name the reason by status first: a proxy's error page says more by its number."""
    if 300 <= response.status < 400:
        return f"redirect.{response.status}"
    if response.status != HTTP_OK:
        return f"http.{response.status}"
    return "too_big" if unreadable.why == "too_big" else "not_json"
