"""Cards, amounts and words that provoke a particular answer (README.md has the tables).

Everything else is approved. A script says what the gateway does with a charge, and what it has in
store for the cancels and inquiries that follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pos_app.practice.kcp.cards import MAGIC_KINDS, CardKind
from pos_app.practice.kcp.charge import Charge
from pos_app.practice.kcp.codes import APPROVED, TABLE

SLOW: Final = "slow_s"
"""Stands in `do` for the switch of that name, in seconds."""

_CARD: Final = re.compile(r"400000([0-9]{2})([0-9]{4})[0-9]{4}")
_WORD: Final = re.compile(r"(?:PRACTICE|연습)\s+(.+)", re.IGNORECASE)
_CODE: Final = re.compile(r"(?=.*[0-9])[0-9A-Z]{4}")  # a digit: SALE is a name


@dataclass(frozen=True, slots=True)
class Script:
    """What a magic charge leads to; the empty one is an ordinary approval."""

    name: str = ""
    code: str = ""
    """Answered instead of 0000; empty: approved."""
    charged: bool = True
    """False: `code` is a refusal that charges nothing."""
    undone: bool = False
    """The gateway cancels its own charge at once (9047)."""
    amount_delta: int = 0
    """Added to the amount that is really charged, in won."""
    masking: str = ""
    """Form of card_no in the answer; empty: as the switch says."""
    kind: CardKind | None = None
    do: Mapping[str, object] = field(default_factory=dict)
    """A fault done to the answer of the charge, as in a fault rule."""
    aftermath: Mapping[str, object] = field(default_factory=dict)
    """For later requests: cancel_code, cancel_done, cancel_do, inquiry_code, inquiry_do,
    hidden (not found while younger than slow_s), no_partial, cancelled (at once, unasked)."""


def _wire(name: str, **do: object) -> Script:
    return Script(name, do=do)


def _after(name: str, **aftermath: object) -> Script:
    return Script(name, aftermath=aftermath)


BEHAVIOURS: Final[Mapping[int, tuple[str, Script]]] = {
    1: ("slow issuer: charged at once, answered after slow_s",
        _wire("slow", do="slow", delay_s=SLOW)),
    2: ("late: connection reset at once, charged slow_s later",
        _wire("late", do="late", delay_s=SLOW)),
    3: ("charged one won less than asked", Script("less", amount_delta=-1)),
    4: ("charged one won more than asked", Script("more", amount_delta=1)),
    5: ("approved; the answer names another order number",
        _wire("order", do="edit", set={"order_no": "ANOTHERORDER0001"})),
    6: ("approved without a tno", _wire("no-tno", do="edit", remove=["tno"])),
    7: ("charged, connection reset instead of an answer", _wire("lost", do="reset", done=True)),
    8: ("not charged, connection reset", _wire("unsent", do="reset", done=False)),
    9: ("charged, answer cut right after the tno",
        _wire("cut-after-tno", do="cut", after_field="tno")),
    10: ("charged, answer cut before the tno",
         _wire("cut-before-tno", do="cut", before_field="tno")),
    11: ("charged, HTTP 502 with a page", _wire("502-done", do="http", status=502, done=True)),
    12: ("not charged, HTTP 502 with a page", _wire("502", do="http", status=502, done=False)),
    13: ("charged, never answered", _wire("hang-done", do="hang", done=True)),
    14: ("not charged, never answered", _wire("hang", do="hang", done=False)),
    15: ("approved, then cancelled behind the client's back (a cancel gets 8133)",
         _after("cancelled", cancelled=True)),
    16: ("approved with partcanc_yn Y, yet partial cancels are refused",
         _after("no-partial", no_partial=True)),
    17: ("first cancel done, its answer lost",
         _after("cancel-lost", cancel_do={"do": "reset", "done": True})),
    18: ("first cancel not done, connection reset",
         _after("cancel-unsent", cancel_do={"do": "reset", "done": False})),
    19: ("approved; the answer names other instalment months",
         _wire("quota", do="edit", set={"quota": "36"})),
    20: ("handled twice (a second charge if duplicates are accepted), first answer given",
         _wire("twice", do="duplicate")),
    21: ("approved with a tno that is none", _wire("bad-tno", do="edit", set={"tno": "2026'; --"})),
    22: ("approved; the amount is a JSON number", _wire("number", do="body", kind="number_amount")),
    23: ("approved; the answer shows the whole card number", Script("full-number", masking="full")),
    24: ("approved; inquiries do not find it for slow_s", _after("hidden", hidden=True)),
    25: ("approved; an inquiry names another order number",
         _after("inquiry-order", inquiry_do={"do": "edit", "set": {"order_no": "ANOTHER0001"}})),
    26: ("first cancel done; its answer names another tno",
         _after("cancel-tno", cancel_do={"do": "edit", "set": {"tno": "20200101000001"}})),
    27: ("first cancel done; its answer has a wrong rem_mny",
         _after("cancel-rem", cancel_do={"do": "edit", "set": {"rem_mny": "1"}})),
    28: ("answered with a code no list knows (ZZ99), not charged",
         Script("unknown-code", code="ZZ99", charged=False)),
    29: ("charged, answered with a code no list knows (ZZ99)",
         Script("unknown-code-done", code="ZZ99")),
    30: ("approved; res_msg is hostile text (HTML, control and direction marks)",
         _wire("hostile", do="edit", set={
             "res_msg": "<img src=x onerror=1>\u202e\u0007\x1b[31m" + "A" * 2000})),
}  # fmt: skip
"""Behaviours of the magic numbers 4000 0090 00nn and amounts 10,1nn; words for the README."""


Behaviours = Mapping[int, tuple[str, Script]]
"""Numbered behaviours: words for the README, and what happens."""


def script_of(charge: Charge) -> Script:
    """Return what is to happen to a charge: by word, else by card, else by amount."""
    words = (charge.buyr_name, charge.good_name)
    return chosen(words, card_key(charge.card_no), charge.amount, BEHAVIOURS)


def chosen(words: Iterable[str], card: str, amount: int, behaviours: Behaviours) -> Script:
    """Return what is to happen: by word, else by card (its `card_key`), else by amount."""
    for said in words:
        found = _by_word(said, behaviours)
        if found is not None:
            return found
    return _by_card(card, behaviours) or _by_amount(amount, behaviours) or Script()


def card_key(card_no: str) -> str:
    """Return what makes a card number magic, as six digits; empty: it is an ordinary card.

    It names a row of the table and a code, never a card, so it may be kept.
    """
    found = _CARD.fullmatch(card_no)
    return "" if found is None else found[1] + found[2]


def magic_code(words: str) -> str:
    """Return the code that words like `PRACTICE 0086` ask for; empty: they ask for none."""
    tokens = _tokens(words)
    return tokens[0] if len(tokens) == 1 and _is_code(tokens[0]) else ""


def cancel_word(mod_desc: str) -> tuple[str, bool] | None:
    """Return code and done of a cancel whose reason says `PRACTICE <code> [DONE]`."""
    tokens = _tokens(mod_desc)
    if not tokens or not _is_code(tokens[0]):
        return None
    return tokens[0], tokens[1:] == ["DONE"]


def _by_card(card: str, behaviours: Behaviours) -> Script | None:
    if not card:
        return None
    what, number = card[:2], card[2:]
    if what == "80" and int(number) in MAGIC_KINDS:
        return Script(f"card kind {int(number)}", kind=MAGIC_KINDS[int(number)][1])
    if what == "90":
        return _behaviour(int(number), behaviours)
    code = number if what[1] == "0" else f"CC{number[2:]}"
    if what[1] not in "01" or not _is_code(code):
        return None
    if what[0] in "12":
        return _answered(code, charged=what[0] == "2")
    if what[0] in "34":
        return _after(f"cancel {code}", cancel_code=code, cancel_done=what[0] == "4")
    if what[0] == "5":
        return _after(f"inquiry {code}", inquiry_code=code)
    return None


def _by_amount(amount: int, behaviours: Behaviours) -> Script | None:
    if 10_001 <= amount <= 10_099 and amount % 10:
        code = f"CC{amount % 100:02d}"
        return _answered(code, charged=False) if code in TABLE else None
    if 10_101 <= amount <= 10_199 and amount % 10:
        return _behaviour(amount % 100, behaviours)
    return None


def _by_word(words: str, behaviours: Behaviours) -> Script | None:
    tokens = _tokens(words)
    match tokens:
        case [code] if _is_code(code):
            return _answered(code, charged=False)
        case [code, "PAID"] if _is_code(code):
            return _answered(code, charged=True)
        case ["CANCEL", code, *rest] if _is_code(code) and rest in ([], ["DONE"]):
            return _after(f"cancel {code}", cancel_code=code, cancel_done=bool(rest))
        case ["INQUIRY", code] if _is_code(code):
            return _after(f"inquiry {code}", inquiry_code=code)
        case ["DO", number] if number.isdecimal() and number.isascii():
            return _behaviour(int(number), behaviours)
        case _:
            return None


def _tokens(words: str) -> list[str]:
    found = _WORD.fullmatch(words.strip())
    return found[1].upper().split() if found else []


def _is_code(text: str) -> bool:
    return (text in TABLE or _CODE.fullmatch(text) is not None) and text != APPROVED


def _answered(code: str, *, charged: bool) -> Script:
    name = f"{code} charged" if charged else code
    return Script(name, code=code, charged=charged, undone=charged and code == "9047")


def _behaviour(number: int, behaviours: Behaviours) -> Script | None:
    found = behaviours.get(number)
    return None if found is None else replace(found[1], name=f"{number:02d} {found[1].name}")
