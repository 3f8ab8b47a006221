"""What a history search looks at: one text a payment, made when it is written, matched anywhere.

Korean names are looked for by their first consonants (초성): `ㅎㄱㄷ` finds 홍길동. Everything here
is pure; the statement is built in `ledger/queries.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from pos_app.domain.errors import UserMistake
from pos_app.domain.money import parse_won
from pos_app.domain.record import PaymentRecord

#: The 19 leading consonants in the order in which Unicode composes syllables (chapter 3.12).
_LEADING = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_FIRST, _LAST = ord("가"), ord("힣")
_SYLLABLES_A_LEADING = 588
#: What an input method makes of two consonants typed in a row: ㄱ, ㅅ arrive as ㄳ.
_CLUSTERS = str.maketrans(
    {
        "ㄳ": "ㄱㅅ",
        "ㄵ": "ㄴㅈ",
        "ㄶ": "ㄴㅎ",
        "ㄺ": "ㄹㄱ",
        "ㄻ": "ㄹㅁ",
        "ㄼ": "ㄹㅂ",
        "ㄽ": "ㄹㅅ",
        "ㄾ": "ㄹㅌ",
        "ㄿ": "ㄹㅍ",
        "ㅀ": "ㄹㅎ",
        "ㅄ": "ㅂㅅ",
    }
)
_CONSONANTS = re.compile(r"[ㄱ-ㅎ]+")
_GROUPED_DIGITS = re.compile(r"[0-9][0-9 .\-]*[0-9]", re.ASCII)
#: Stands between fields, so that no match runs from one into the next.
_BETWEEN = "\n"
#: Longer than any field; what is pasted beyond it cannot match anyway.
_QUERY_MAX = 100


def choseong(words: str) -> str:
    """Return the first consonants of the syllables in `words`: 꽃바구니 becomes ㄲㅂㄱㄴ.

    Spaces go, everything that is no Korean syllable stays, in lower case.
    """
    return "".join(_leading(letter) for letter in _folded(words) if not letter.isspace())


def search_text(record: PaymentRecord) -> str:
    """Return the text that a search for this payment may match in any part."""
    order, approval = record.order, record.approval
    phone = order.buyer_phone
    fields = (
        record.order_no,
        approval.approval_no if approval else "",
        record.card_masked[-4:],
        order.buyer_name,
        choseong(order.buyer_name),
        phone,
        phone.replace("-", ""),
        order.product,
        choseong(order.product),
        order.buyer_email,
        record.gateway_ref or record.candidate_ref or "",
    )
    return _BETWEEN.join(dict.fromkeys(_folded(field) for field in fields if field))


def words_text(words: Iterable[str]) -> str:
    """Return the text that a search among streams may match: each word in all its forms.

    Those are the word itself, its first consonants, and a phone number without its hyphens.
    """
    forms = [form for word in words for form in (word, choseong(word), word.replace("-", ""))]
    return _BETWEEN.join(dict.fromkeys(_folded(form) for form in forms if form))


def words_match(words: Iterable[str], typed: str) -> bool:
    """Tell whether a search for `typed` finds these words: what the statement asks, in Python."""
    parts, here = needle(typed).parts, words_text(words)
    return not parts or any(part in here for part in parts)


@dataclass(frozen=True, slots=True)
class Needle:
    """What was typed into the search field, in the forms it is looked for.

    Attributes:
        parts: any of them, anywhere in the search text; empty if nothing was typed.
        amount_won: the amount it may mean, which must then be exactly that.
    """

    parts: tuple[str, ...]
    amount_won: int | None


def needle(typed: str) -> Needle:
    """Read what was typed: words, first consonants, digits with or without hyphens, an amount."""
    folded = " ".join(_folded(typed).split())[:_QUERY_MAX]
    parts = [folded] if folded else []
    unspaced = folded.translate(_CLUSTERS).replace(" ", "")
    if _CONSONANTS.fullmatch(unspaced):
        parts.append(unspaced)
    if _GROUPED_DIGITS.fullmatch(folded):
        parts.append(re.sub(r"[ .\-]", "", folded))
    return Needle(parts=tuple(dict.fromkeys(parts)), amount_won=_amount(folded))


def matches(record: PaymentRecord, typed: str) -> bool:
    """Tell whether a search for `typed` finds this payment: what the statement asks, in Python."""
    wanted = needle(typed)
    if not wanted.parts:
        return True
    if wanted.amount_won == record.order.amount.amount:
        return True
    here = search_text(record)
    return any(part in here for part in wanted.parts)


def _amount(typed: str) -> int | None:
    """Return the amount that `typed` reads as, None if it is none."""
    try:
        return parse_won(typed).amount
    except UserMistake:
        return None


def _folded(words: str) -> str:
    """Return `words` composed (a Mac types 홍 in pieces) and in lower case."""
    return unicodedata.normalize("NFC", words).lower()


def _leading(letter: str) -> str:
    """Return the first consonant of a syllable, anything else unchanged."""
    if _FIRST <= ord(letter) <= _LAST:
        return _LEADING[(ord(letter) - _FIRST) // _SYLLABLES_A_LEADING]
    return letter
