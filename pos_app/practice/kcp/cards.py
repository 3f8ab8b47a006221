"""Which card is which: issuer and acquirer by number, and the masks an answer can show.

Issuer codes and names are those of kcp.md 4.2. The numbers they are given to here are the practice
gateway's own invention: no list of Korean BINs is among the papers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class CardKind:
    """What an approval says about a card besides its number."""

    card_cd: str
    card_name: str
    acqu_cd: str
    acqu_name: str
    bank_cd: str = ""
    corporate: bool = False
    check: bool = False
    noinf_type: str = ""
    """CARD or SHOP: instalments of this card bear no interest; empty: they do."""
    partial_cancel: bool = True
    refundable: bool = True
    """False: a prepaid or gift card, whose cancel is refused with 8379."""

    @property
    def instalments(self) -> bool:
        """Check and prepaid cards pay at once only (kcp.md 5.3)."""
        return not self.check and self.refundable


SHINHAN: Final = CardKind("CCLG", "신한카드", "CCLG", "신한카드", "0301")
KB: Final = CardKind("CCKM", "KB국민카드", "CCKM", "KB국민카드", "0004")
NH: Final = CardKind("CCNH", "NH농협카드", "CCNH", "NH농협카드")
LOTTE: Final = CardKind("CCLO", "롯데카드", "CCAM", "롯데카드")
AMEX: Final = CardKind("CCAM", "롯데아멕스카드", "CCAM", "롯데카드")
BC: Final = CardKind("CCBC", "BC카드", "CCBC", "BC카드")
WOORI: Final = CardKind("CCWR", "우리카드", "CCBC", "BC카드")
HANA: Final = CardKind("CCHN", "하나카드", "CCHN", "하나카드")
SAMSUNG: Final = CardKind("CCSS", "삼성카드", "CCSS", "삼성카드", "0311")
HYUNDAI: Final = CardKind("CCDI", "현대카드", "CCDI", "현대카드", "0321")
CITI: Final = CardKind("CCCT", "씨티카드", "CCBC", "BC카드")
UNIONPAY: Final = CardKind("CCUF", "은련카드", "CCBC", "BC카드")
JEJU: Final = CardKind("CCCJ", "제주카드", "CCBC", "BC카드")
FOREIGN: Final = CardKind("CVSF", "해외비자", "CCKE", "외환카드")
NEWCOMER: Final = CardKind("CCZZ", "새이름카드", "CCZZ", "새이름카드")

MAGIC_KINDS: Final = {
    1: ("personal credit card", SHINHAN),
    2: ("personal check card: instalments refused with CC47", replace(SHINHAN, check=True)),
    3: ("corporate credit card", replace(SAMSUNG, corporate=True)),
    4: ("instalments without interest, the issuer's event", replace(HYUNDAI, noinf_type="CARD")),
    5: ("instalments without interest, paid by the shop", replace(LOTTE, noinf_type="SHOP")),
    6: ("partcanc_yn N: partial cancels refused", replace(KB, partial_cancel=False)),
    7: ("corporate check card", replace(KB, corporate=True, check=True)),
    8: ("foreign VISA", FOREIGN),
    9: ("issuer code no list knows (CCZZ)", NEWCOMER),
    10: ("prepaid card: lump sum only, cancels refused with 8379", replace(BC, refundable=False)),
    11: ("KB국민", KB),
    12: ("NH농협", NH),
    13: ("롯데", LOTTE),
    14: ("BC", BC),
    15: ("우리", WOORI),
    16: ("하나", HANA),
    17: ("삼성", SAMSUNG),
    18: ("현대", HYUNDAI),
    19: ("씨티", CITI),
    20: ("은련 (UnionPay)", UNIONPAY),
    21: ("제주", JEJU),
}
"""Card kinds of the magic numbers 4000 0080 00nn; the words are for the README."""

_BY_PREFIX: Final = (
    ("34", AMEX), ("37", AMEX), ("35", SAMSUNG), ("36", HYUNDAI), ("62", UNIONPAY),
    ("40", SHINHAN), ("41", SHINHAN), ("45", SHINHAN), ("43", HYUNDAI), ("44", KB), ("46", NH),
    ("51", SAMSUNG), ("52", KB), ("53", LOTTE), ("54", HANA), ("55", SHINHAN), ("2", KB),
    ("94", BC), ("95", WOORI), ("9", BC), ("4", LOTTE), ("5", SAMSUNG),
)  # fmt: skip


def kind_of(card_no: str) -> CardKind:
    """Return the kind of an ordinary card: the first prefix that fits, else a BC card."""
    return next((kind for prefix, kind in _BY_PREFIX if card_no.startswith(prefix)), BC)


def kept_mask(card_no: str) -> str:
    """Return the only form of a card number the book keeps: first six and last four digits."""
    return card_no[:6] + "*" * (len(card_no) - 10) + card_no[-4:]


def shown_mask(card_no: str, form: str) -> str:
    """Return card_no as an answer shows it, in one of the forms of kcp.md 2.1 (masking)."""
    if form == "full":
        return card_no
    if form == "third_block":
        return card_no[:8] + "****" + card_no[12:]
    filler = "0" if form == "zeros" else "*"
    return kept_mask(card_no).replace("*", filler)
