"""What a KCP reply code says: its Korean text and its class (reference/kcp.md 4.1).

The classes decide nothing here but two things: which codes leave an outcome open (`T`), so that a
magic cancel plays them once and not for ever, and which codes the README has to list.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.practice.kcp import codes_approval, codes_request

APPROVED = "0000"
"""The one success code of every operation (KCP 수기결제 page)."""

NO_INQUIRY_RIGHT = "S032"
"""Seen once on KCP's test system (reference/kcp.md 2.4); no table of S-codes is known."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A reply code, its class letter of reference/kcp.md 4.1, and its Korean text."""

    code: str
    kind: str
    text: str


def _read(rows: str) -> dict[str, Meaning]:
    found: dict[str, Meaning] = {}
    for row in rows.splitlines():
        code, kind, text = row.split(" ", 2)
        found[code] = Meaning(code, kind, text)
    return found


TABLE = _read(codes_approval.ROWS + codes_request.ROWS)
"""All 320 codes of the reference, by code."""

OPEN_OUTCOME = tuple(sorted(code for code, meaning in TABLE.items() if meaning.kind == "T"))
"""Codes of class T: the vendor does not say whether the card was charged."""

_UNLISTED = {NO_INQUIRY_RIGHT: "조회 권한이 없습니다"}


def text_of(code: str) -> str:
    """Return the Korean text the gateway sends with `code`; unknown codes get a neutral one."""
    if code in TABLE:
        return TABLE[code].text
    return _UNLISTED.get(code, "기타 오류")


def leaves_open(code: str) -> bool:
    """Say whether `code` leaves it open if the request was carried out (class T)."""
    return code in TABLE and TABLE[code].kind == "T"
