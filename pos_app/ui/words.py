"""Short codes of the domain put into words."""

from __future__ import annotations

from pos_app.domain.errors import ShopTrouble
from pos_app.ui.text import error_text, has_text, text


def why_words(why: str) -> str:
    """Say why nothing was sent or no answer came.

    Args:
        why: the code of a `NotSent` or `NoAnswer`: a name, a name with a detail behind a dot
            ("code.CC72", "http.502"), or the code of an error that stopped the sending.
    """
    if has_text(f"error.{why}.title"):
        return " ".join(error_text(ShopTrouble(why)))
    name, _, detail = why.partition(".")
    if name == "cannot_tell":
        return why_words(detail)
    known = f"why.{name}"
    if not has_text(known):
        return text("why_words.other", why=why)
    return text(known, detail=detail) if detail else text(known)
