"""Reads a gateway's answer as JSON, strictly: what is odd is not believed.

Python's reader is too kind for money (security.md section 6): it takes NaN, duplicate keys and a
second document's beginning, and falls over depth and long numbers. Here one UTF-8 object comes out
or a reason, never an exception. Numbers with a point are `Decimal`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal

#: A KCP answer has some forty short fields, about 2 KiB; 256 KiB is the cap of security.md 5.
BYTES_MAX = 256 * 1024
#: KCP's answers are flat; 32 is the bound of money-safety.md rule R5.
DEPTH_MAX = 32
#: The longest whole number in a real answer has 14 digits, and those come as strings.
INT_DIGITS_MAX = 18
#: Characters before and in the exponent of a number with a point: as long as a float is written,
#: and never large enough to fill the memory when it is made a whole number.
_DECIMAL_LENGTH_MAX, _EXPONENT_LENGTH_MAX = 40, 3

_BOM = b"\xef\xbb\xbf"
#: A string, or the unterminated rest of the text: it consumes to the end, so that scanning stays
#: linear whatever is sent.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")

JsonObject = dict[str, object]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why the bytes are no answer: a short word, for the log."""

    why: str


class _Odd(ValueError):
    """Raised inside the reader for what JSON allows and money does not."""


def read_object(data: bytes) -> JsonObject | Unreadable:
    """Return the one JSON object in `data`, or why there is none. Never raises."""
    if len(data) > BYTES_MAX:
        return Unreadable("too_big")
    if data.startswith(_BOM):
        return Unreadable("bom")
    if _depth(data) > DEPTH_MAX:
        return Unreadable("too_deep")
    try:
        text = data.decode("utf-8")
        value: object = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_exact,
            parse_int=_short_int,
        )
    except UnicodeDecodeError:
        return Unreadable("not_utf8")
    except _Odd as odd:
        return Unreadable(str(odd))
    except (ValueError, RecursionError, MemoryError):
        return Unreadable("not_json")
    if not isinstance(value, dict):
        return Unreadable("not_an_object")
    return value


def _depth(data: bytes) -> int:
    """Return how deep the brackets outside strings nest."""
    deepest = depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
        if deepest > DEPTH_MAX:
            break
    return deepest


def _unique(pairs: list[tuple[str, object]]) -> JsonObject:
    """Build an object; a key that occurs twice could mean either value, so it means none."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Odd("duplicate_key")
    return found


def _no_constant(_name: str) -> object:
    """Refuse NaN, Infinity and -Infinity."""
    raise _Odd("not_a_number")


def _exact(text: str) -> Decimal:
    """Read a number with a point or exponent as it is written, never rounded."""
    digits, _, exponent = text.lower().partition("e")
    if len(digits) > _DECIMAL_LENGTH_MAX or len(exponent) > _EXPONENT_LENGTH_MAX:
        raise _Odd("number_too_long")
    return Decimal(text)


def _short_int(text: str) -> int:
    """Read a whole number of reasonable length."""
    if len(text.removeprefix("-")) > INT_DIGITS_MAX:
        raise _Odd("number_too_long")
    return int(text)
