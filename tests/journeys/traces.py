"""Looks for card numbers in files, in whatever way text is stored and written."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from pathlib import Path

_ALL_BUT_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
#: A mask leaves the first six and the last four: these ten may never stand together.
_FROM, _TO = 4, 14


def traces_of(path: Path, cards: Iterable[str], *secrets: str) -> list[str]:
    """Return what was found in a file, named without its digits.

    With everything but digits taken away one search finds a number in ASCII and UTF-16 of either
    byte order, and with any signs between its groups.
    """
    data = path.read_bytes()
    parts = [data, *(_unpacked(packed) for packed in _PDF_STREAM.findall(data))]
    digits = b"\x00".join(part.translate(None, _ALL_BUT_DIGITS) for part in parts)
    found = [f"card {at}" for at, card in enumerate(cards) if card[_FROM:_TO].encode() in digits]
    return found + [f"secret {at}" for at, one in enumerate(secrets) if one.encode() in digits]


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return packed
