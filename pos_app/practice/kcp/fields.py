"""Reading a request body and its values as strictly as the papers allow (kcp.md 1.2, 5.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final, NoReturn

from pos_app.practice.kcp.refusal import Refusal

PARSE_ERROR: Final = "0902"
"""전문 파싱 에러: not an object, not UTF-8, a field nobody knows."""

MISSING: Final = "5704"
"""필수 파라미터 누락: for fields that have no code of their own."""

_AMOUNT: Final = re.compile(r"[1-9][0-9]{0,11}")
_REFUSED: Final = frozenset(",&;\n\\|'\"<")
_SCRIPT: Final = re.compile(r"javascript:|vbscript:|\bscript\b", re.IGNORECASE)
_MAIL: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_JSON_TYPE: Final = re.compile(
    r"application/json(\s*;\s*charset\s*=\s*\"?utf-8\"?)?\s*", re.IGNORECASE
)

Fields = Mapping[str, object]
"""A request body: field names to JSON values, not yet known to be strings."""


def json_type(content_type: str) -> bool:
    """Say whether a Content-Type is JSON, and UTF-8 where it names a charset."""
    return _JSON_TYPE.fullmatch(content_type.strip()) is not None


def parse(body: bytes) -> dict[str, object]:
    """Read a body as one JSON object without doubled names.

    Raises:
        Refusal: it is anything else (0902).
    """
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise Refusal(PARSE_ERROR, "body") from error
    if not isinstance(value, dict):
        raise Refusal(PARSE_ERROR, "body")
    return value


def known_only(fields: Fields, known: Iterable[str]) -> None:
    """Refuse names the papers do not have for this operation (0902)."""
    for name in fields:
        if name not in known:
            shown = name if name.isidentifier() and name.isascii() else "?"
            raise Refusal(PARSE_ERROR, shown)


def text(fields: Fields, name: str, code: str, *, missing: str = "") -> str:
    """Return a field that has to be there, as a string; empty is allowed."""
    if name not in fields:
        raise Refusal(missing or code, name)
    value = fields[name]
    if not isinstance(value, str):
        raise Refusal(code, name)
    return value


def shaped(fields: Fields, name: str, pattern: str, code: str, *, missing: str = "") -> str:
    """Return a field that has to match `pattern` as a whole."""
    value = text(fields, name, code, missing=missing)
    if not value and missing:
        raise Refusal(missing, name)
    if re.fullmatch(pattern, value, re.ASCII) is None:
        raise Refusal(code, name)
    return value


def constant(fields: Fields, name: str, wanted: str, code: str) -> None:
    """Demand one value and no other."""
    if text(fields, name, code) != wanted:
        raise Refusal(code, name)


def won(fields: Fields, name: str, code: str, *, missing: str = "", digits: str = "") -> int:
    """Return an amount in won: ASCII digits, no sign, comma or leading zero, 12 at most.

    `digits` is the code for anything but digits, where the vendor has one of its own.
    """
    value = text(fields, name, code, missing=missing)
    if not value:
        raise Refusal(missing or code, name)
    if digits and re.fullmatch(r"[0-9]+", value) is None:
        raise Refusal(digits, name)
    if _AMOUNT.fullmatch(value) is None:
        raise Refusal(code, name)
    return int(value)


def words(fields: Fields, name: str, code: str, *, characters: int = 0, octets: int = 0) -> str:
    """Return free text within its length, without the characters the vendor refuses."""
    value = text(fields, name, code)
    if not fit_to_send(value):
        raise Refusal(code, name)
    if (characters and len(value) > characters) or (octets and len(value.encode()) > octets):
        raise Refusal(code, name)
    return value


def mail(fields: Fields, name: str, code: str) -> str:
    """Return an e-mail address of at most 50 characters, or the empty text."""
    value = words(fields, name, code, characters=50)
    if value and _MAIL.fullmatch(value) is None:
        raise Refusal(code, name)
    return value


def fit_to_send(value: str) -> bool:
    """Say whether text is free of refused and of control characters (kcp.md 5.1)."""
    if any(character in _REFUSED or ord(character) < 0x20 for character in value):
        return False
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        return False
    return _SCRIPT.search(value) is None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
