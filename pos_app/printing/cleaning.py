"""Makes text fit to be printed: nothing invisible, nothing that reorders, no card number.

Product and buyer names are typed by people, issuer and references come from a gateway; both are
only ever content of a slip (security.md section 6: control, bidi and zero-width characters are
taken out). A card number that someone typed into a name is masked like any other.
"""

from __future__ import annotations

import re
import unicodedata

from pos_app.domain.card import mask_text

#: Longer than any field a gateway takes (100 bytes); bounds the work of setting a line.
CHARS_MAX = 160
#: Accents stacked higher than this leave their line ("zalgo" text).
_MARKS_MAX = 2
#: Letters by category, yet drawn as nothing: Hangul fillers, combining grapheme joiner, Khmer
#: inherent vowels, Braille blank (Unicode, Default_Ignorable_Code_Point and U+2800).
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
#: Other: control, format (bidi, zero width), surrogate, private use, unassigned.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SPACES = frozenset({"Zs", "Zl", "Zp"})
_BREAKS = frozenset("\t\n\x0b\x0c\r\x85")
_STAR, _HEAD, _TAIL = "*", 6, 4

#: What people put between the digits of a card number; colons stay out so that a date with a time
#: is not taken for one.
_BETWEEN = r"[\s\-./_|·\u2010-\u2015\u2212\uff0d]{0,3}"
#: 13 digits and more make a card number (ISO/IEC 7812). `\d` knows full-width digits, too.
_CARD_LIKE = re.compile(rf"\d(?:{_BETWEEN}\d){{12,}}")


def printable(text: str) -> str:
    """Return `text` on one line, at most 160 characters, without anything invisible.

    Variation selectors and stacked accents beyond the second go too; decomposed Hangul is joined.
    """
    return _short(_visible(text))


def typed(text: str) -> str:
    """Return printable text that holds no card number, whoever typed one into it."""
    masked = _CARD_LIKE.sub(lambda found: _masked(found[0]), _visible(text))
    return _short(masked)


def reference(text: str, card_masked: str) -> str:
    """Return a printable reference, masked only where it shows the card of this very slip.

    A gateway's reference may well have 13 digits and more and must stay readable, so a run of
    digits is masked only if the known digits of `card_masked` stand in it.
    """
    shown = mask_text(card_masked)
    known = [part for part in (shown[:_HEAD], shown[-_TAIL:]) if part.isdigit()]

    def judge(found: re.Match[str]) -> str:
        digits = _ascii_digits(found[0])
        is_card = bool(known) and all(part in digits for part in known)
        return _masked(found[0]) if is_card else found[0]

    return _short(_CARD_LIKE.sub(judge, _visible(text)))


def _short(text: str) -> str:
    """Return `text`, cut where it would be longer than any field; only ever after masking."""
    return text if len(text) <= CHARS_MAX else text[: CHARS_MAX - 1].rstrip() + "…"


def _visible(text: str) -> str:
    """Return what of `text` can be seen, its spaces made single."""
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category[0] == "M" and not _is_unseen(char, category):
            # A mark needs a letter to sit on, or it sits on what stands before the text.
            if kept and kept[-1] != " " and marks < _MARKS_MAX:
                kept.append(char)
            marks += 1
            continue
        if category in _SPACES or char in _BREAKS:
            kept.append(" ")
        elif _is_unseen(char, category):
            continue
        else:
            kept.append(char)
        marks = 0
    return " ".join("".join(kept).split())


def _is_unseen(char: str, category: str) -> bool:
    """Tell whether `char` is drawn as nothing or only steers what is drawn."""
    return category in _INVISIBLE or char in _BLANK or _is_variation_selector(char)


def _is_variation_selector(char: str) -> bool:
    """Tell whether `char` only picks another picture of the character before it."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _ascii_digits(run: str) -> str:
    """Return the digits of `run`, whatever script they are written in, as 0-9."""
    return "".join(str(unicodedata.decimal(char)) for char in run if char.isdecimal())


def _masked(run: str) -> str:
    """Return `run` with all digits but the first six and the last four as stars."""
    digits = sum(char.isdecimal() for char in run)
    place = 0
    shown: list[str] = []
    for char in run:
        if char.isdecimal():
            hidden = _HEAD <= place < digits - _TAIL
            shown.append(_STAR if hidden else char)
            place += 1
        else:
            shown.append(char)
    return "".join(shown)


def card_number(card_masked: str) -> str:
    """Return the mask in the groups printed on the card: `9410 11** **** 0073`.

    American Express (15 digits from 34 or 37) reads 4-6-5, Diners (14 digits) 4-6-4. It is masked
    again here, so that no caller can print more than first six and last four. "" if it is none.
    """
    shown = mask_text(card_masked)
    groups = (4, 4, 4, 4, 3)
    if len(shown) == 15 and shown[:2] in {"34", "37"}:
        groups = (4, 6, 5, 0, 0)
    elif len(shown) == 14:
        groups = (4, 6, 4, 0, 0)
    parts = []
    for size in groups:
        parts.append(shown[:size])
        shown = shown[size:]
    return " ".join(part for part in parts if part)


def business_number(text: str) -> str:
    """Return a business registration number as it is written: `120-81-47521`."""
    digits = text.replace("-", "").replace(" ", "")
    if re.fullmatch(r"[0-9]{10}", digits, re.ASCII):
        return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"
    return printable(text)


def phone_number(text: str) -> str:
    """Return a Korean telephone number in its groups: `02-123-4567`, `010-1234-5678`.

    Seoul's 02 is the only area code of two digits; 15xx-xxxx numbers have none.
    """
    digits = text.replace("-", "").replace(" ", "")
    found = re.fullmatch(r"(02|0[0-9]{2})([0-9]{3,4})([0-9]{4})", digits, re.ASCII)
    if found:
        return "-".join(found.groups())
    if re.fullmatch(r"1[0-9]{7}", digits, re.ASCII):
        return f"{digits[:4]}-{digits[4:]}"
    return printable(text)
