"""Amounts as people in Korea type them: `55,000`, `5만`, `1만5천`, `15천`, `1만500`. No Qt.

Ambiguous amounts are not guessed: `1만5` may mean 10,005 or 15,000, so at least three digits have
to stand behind a unit.
"""

from __future__ import annotations

import re

MAN, CHEON = "만", "천"
_MAN_WON, _CHEON_WON = 10_000, 1_000

_IGNORED = re.compile(r"[\s,，]|원$")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_TYPEABLE = re.compile(r"[0-9]*만?[0-9]*천?[0-9]*")
_AMOUNT = re.compile(
    r"(?:(?P<man>[0-9]*)만(?:(?P<after_man>[0-9]?)천(?P<tail>[0-9]{3})?|(?P<rest>[0-9]{3,4}))?"
    r"|(?P<cheon>[0-9]*)천(?P<after_cheon>[0-9]{3})?"
    r"|(?P<plain>[0-9]+))"
)


def normalised(typed: str) -> str | None:
    """Return `typed` as digits and units only, or None when it holds anything else."""
    plain = _IGNORED.sub("", typed.strip()).translate(_FULL_WIDTH)
    if not _TYPEABLE.fullmatch(plain):
        return None
    return re.sub(r"^0+(?=[0-9])", "", plain)


def has_unit(plain: str) -> bool:
    """Tell whether a normalised amount is written with 만 or 천."""
    return MAN in plain or CHEON in plain


def expand(plain: str) -> int | None:
    """Return the won a normalised amount stands for, or None when that is not clear."""
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        return None
    if match["plain"] is not None:
        return int(match["plain"])
    if match["cheon"] is not None:
        return int(match["cheon"] or 1) * _CHEON_WON + int(match["after_cheon"] or 0)
    amount = int(match["man"] or 1) * _MAN_WON
    if match["after_man"] is not None:
        amount += int(match["after_man"] or 1) * _CHEON_WON + int(match["tail"] or 0)
    return amount + int(match["rest"] or 0)


def grouped(plain: str) -> str:
    """Return a normalised amount as it is shown: digits by thousands, units as typed."""
    return f"{int(plain):,}" if plain and not has_unit(plain) else plain
