"""Short codes of the domain put into words."""

from __future__ import annotations

from collections.abc import Iterator

from pos_app.domain.errors import Bug
from pos_app.ui.text import has_text, text


def gateway_words(name: str) -> str:
    """Return what people call a gateway; its short name where it is none of ours."""
    known = f"gateway.name.{name}"
    return text(known) if has_text(known) else name


def support_words(name: str) -> str:
    """Return whom to call about a gateway."""
    known = f"gateway.support.{name}"
    return text(known) if has_text(known) else gateway_words(name)


def why_words(why: str) -> str:
    """Say why nothing was sent or no answer came.

    Args:
        why: the code of a `NotSent` or `NoAnswer`: a name, a name with a detail behind a dot
            ("code.CC72", "http.502"), or the code of an error that stopped the sending.
    """
    if has_text(f"error.{why}.title"):
        return " ".join(_parts(why)) or text("why_words.other", why=why)
    name, _, detail = why.partition(".")
    if name == "cannot_tell":
        return why_words(detail)
    known = f"why.{name}"
    if not has_text(known):
        return text("why_words.other", why=why)
    return text(known, detail=detail) if detail else text(known)


def _parts(code: str) -> Iterator[str]:
    """Yield title and advice of an error of which only the code was kept.

    The ledger keeps no values: a sentence that would name one (a date, a folder) is left out.
    """
    for part in ("title", "advice"):
        try:
            yield text(f"error.{code}.{part}")
        except Bug:
            continue
