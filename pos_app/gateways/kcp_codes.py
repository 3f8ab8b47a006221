"""KCP's reply codes: what each means, and what that makes of a charge, a cancel and a look-up.

They come from KCP itself and, where KCP is the PG beneath, inside the messages of PortOne.

The table is `resources/tables/kcp_reply_codes.tsv`, 320 rows of kcp.md 4.1; its class is our
reading of KCP's text. Where the papers class a code differently, the more careful class counts
(architecture.md, "Settled"): whoever cannot exclude that money moved must look it up.
"""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass

from pos_app.domain.answers import Advice, Refusal, RefusalKind
from pos_app.resources import resource_path

OK = "0000"
#: Four characters (KCP 수기결제 page); anything else is not shown as a code.
CODE = re.compile(r"[0-9A-Z]{4}", re.ASCII)

#: Refused, with nothing charged, when it answers a charge (kcp.md 3.1).
_DECLINED = frozenset({"D", "C", "F", "R", "D/C", "F/C"})
#: Refused for good, or until something is set up, when it answers a cancel (kcp.md 3.2).
_CANCEL_REFUSED = frozenset({"X", "C", "F", "D", "D/C", "F/C"})
#: Asking again in the same way cannot help: a contract, or our own request.
_HOPELESS = frozenset({"C", "F", "F/C"})
#: Codes of one family that stand behind a single row (kcp.md 4.1.4, rows 8151 and 8156).
_FAMILY = {
    **dict.fromkeys(("8152", "8153", "8154", "8160", "8165", "8166"), "8151"),
    **dict.fromkeys(("8157", "8158"), "8156"),
}

#: KCP's balance is not ours, or a partial cancel exists: look up, then go on with what is left
#: (money-safety.md 5 "CAS failed" and "wrong kind"; 8040 and 8734 after kcp.md 4.1.5).
_BALANCE = frozenset(
    {"8036", "8037", "8038", "8039", "8040", "8381", "8382", "8734", "CCA8", "CCA9"}
)
#: Not enough unsettled sales to offset it: refused today, possible later (money-safety.md 5).
_LATER = frozenset({"8178"})
#: A cancel may be under way: kcp.md reads "state forbids", money-safety.md "in progress".
_CANCEL_UNDER_WAY = frozenset({"CCAB"})
#: The original is not there (kcp.md 2.2, "not found"; 8585 from 4.1.5).
_NOT_FOUND = frozenset({"8132", "8061", "CCA1", "5530", "8585"})
#: No access right to the inquiry; seen once on the test system (kcp.md 2.4, Q2).
_NO_RIGHT = frozenset({"S032"})

#: Words that leave the outcome open whatever the code's class (money-safety.md 4). A code whose
#: own meaning says so has been judged with it, so its class stands.
_OPEN_WORDS = re.compile(
    r"중복|이미.{0,10}(?:승인|결제|처리|취소|환불|완료)|(?<![가-힣])기\s?(?:승인|취소)|진행\s*중|처리\s*중"
    r"|시간\s*초과|타임\s*아웃|time[\s-]*out|통신\s*(?:오류|에러|장애)|시스템\s*(?:내부\s*)?(?:오류|에러|장애)"
    r"|duplicat|already|in progress|system error|communication error",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One row of the table.

    Attributes:
        klass: D, C, F, R, X, A, A?, T, OK, D/C or F/C; see `resources/tables/README.md`.
    """

    code: str
    klass: str
    meaning_ko: str
    meaning_en: str
    advice: Advice


@functools.cache
def table() -> dict[str, Reply]:
    """Return the table by code; read once."""
    path = resource_path("tables", "kcp_reply_codes.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["code"]: _reply(row) for row in rows}


def _reply(row: dict[str, str]) -> Reply:
    """Make one row."""
    return Reply(
        code=row["code"],
        klass=row["class"],
        meaning_ko=row["meaning_ko"],
        meaning_en=row["meaning_en"],
        advice=Advice(row["advice"]),
    )


def reply(code: str) -> Reply | None:
    """Return what is known of `code`; None if it is not in the table."""
    return table().get(_FAMILY.get(code, code))


def refusal_of(code: str, raw_message: str) -> Refusal:
    """Return a code and its text as a refusal; a code not in the table has no meaning of ours."""
    known = reply(code)
    if known is None:
        return Refusal(code, raw_message, "", "", Advice.NOTHING)
    return Refusal(code, raw_message, known.meaning_ko, known.meaning_en, known.advice)


def is_declined(code: str, raw_message: str) -> bool:
    """Tell whether a charge answered so was surely not made."""
    known = reply(code)
    return known is not None and known.klass in _DECLINED and not _is_open(known, raw_message)


def cancel_refused(code: str, raw_message: str) -> RefusalKind | None:
    """Return how a cancel answered so was refused; None if it may have been carried out."""
    known = reply(code)
    if known is None or code in _CANCEL_UNDER_WAY or _is_open(known, raw_message):
        return None
    if code in _BALANCE:
        return RefusalKind.BALANCE
    if code in _LATER or known.klass == "R":
        return RefusalKind.LATER
    return RefusalKind.FINAL if known.klass in _CANCEL_REFUSED else None


def is_not_found(code: str) -> bool:
    """Tell whether an inquiry answered so knows no such payment."""
    return code in _NOT_FOUND


def no_right(code: str) -> bool:
    """Tell whether the shop may not inquire at all."""
    return code in _NO_RIGHT


def is_hopeless(code: str) -> bool:
    """Tell whether an inquiry refused so would be refused again."""
    known = reply(code)
    return known is not None and known.klass in _HOPELESS


def words_leave_open(text: str) -> bool:
    """Tell whether a vendor's text says by itself that the outcome may be open."""
    return _OPEN_WORDS.search(text) is not None


def _is_open(known: Reply, raw_message: str) -> bool:
    """Tell whether the text says more than the code: that the outcome may be open."""
    own_words = f"{known.meaning_ko} {known.meaning_en}"
    return words_leave_open(raw_message) and not words_leave_open(own_words)
