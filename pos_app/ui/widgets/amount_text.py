"""Amounts as people in Korea type them: `55,000`, `5만`, `1만5천`, `15천`, `1만500`. No Qt.

What an amount means is the domain's (`parse_won`); here it is only tidied while it is typed.
"""

from __future__ import annotations

import re

from pos_app.domain.errors import UserMistake
from pos_app.domain.money import parse_won

MAN, CHEON = "만", "천"

_IGNORED = r"[\s,，]|원$"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_TYPEABLE = r"[0-9]*만?[0-9]*천?[0-9]*"
_BARE_UNIT = r"(?<![0-9])(?=[만천])"


def normalised(typed: str) -> str | None:
    """Return `typed` as digits and units only, or None when it holds anything else."""
    plain = re.sub(_IGNORED, "", typed.strip()).translate(_FULL_WIDTH)
    if not re.fullmatch(_TYPEABLE, plain):
        return None
    return re.sub(r"^0+(?=[0-9])", "", plain)


def has_unit(plain: str) -> bool:
    """Tell whether a normalised amount is written with 만 or 천."""
    return MAN in plain or CHEON in plain


def expand(plain: str) -> int | None:
    """Return the won a normalised amount stands for, or None when that is not clear.

    A unit alone counts once: `만` is 10,000.
    """
    if not has_unit(plain):
        return int(plain) if plain else None
    try:
        return parse_won(re.sub(_BARE_UNIT, "1", plain)).amount
    except UserMistake:
        return None


def grouped(plain: str) -> str:
    """Return a normalised amount as it is shown: digits by thousands, units as typed."""
    return f"{int(plain):,}" if plain and not has_unit(plain) else plain
