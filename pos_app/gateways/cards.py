"""What can be said of a card by its first digits, of a card company, and of interest-free offers.

Hints for the clerk, never a reason to refuse: the truth comes with the approval (kcp.md 5.3).
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pos_app.domain.errors import ShopTrouble
from pos_app.resources import resource_path

#: Digits of an issuer's number (ISO/IEC 7812): six, nowadays eight.
BIN_DIGITS_MIN = 6
#: More rows than a shop's list of offers will ever have.
_OFFERS_MAX = 2_000
_MONTHS = re.compile(r"[0-9]{1,2}(-[0-9]{1,2})?(,[0-9]{1,2}(-[0-9]{1,2})?)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class IssuerHint:
    """Who probably issued a card.

    Attributes:
        card_cd: KCP's code of the issuer, e.g. CCKM.
        check_card: True for a check (debit) card: lump sum only. None if not known.
    """

    issuer_ko: str
    issuer_en: str
    card_cd: str
    check_card: bool | None


@dataclass(frozen=True, slots=True)
class CardCompany:
    """An issuer as KCP names it; `acquirer_cd` may be empty."""

    card_cd: str
    name_ko: str
    name_en: str
    acquirer_cd: str


@dataclass(frozen=True, slots=True)
class InstalmentOffer:
    """An interest-free offer (무이자) the shop has noted down.

    Attributes:
        first_day, last_day: KST days, both included.
        key_in: False if the issuer leaves key-in sales out (수기 제외).
    """

    card_cd: str
    months: frozenset[int]
    first_day: dt.date
    last_day: dt.date
    key_in: bool


def issuer_hint(leading: bytes | bytearray | memoryview) -> IssuerHint | None:
    """Return who probably issued the card that begins with these ASCII digits, if that is sure."""
    if len(leading) < BIN_DIGITS_MIN:
        return None
    return _bins().get(bytes(leading[:BIN_DIGITS_MIN]))


def card_company(card_cd: str) -> CardCompany | None:
    """Return the card company of KCP's code; None for a code that is not in the table."""
    return _companies().get(card_cd)


def instalment_offers(path: Path) -> tuple[InstalmentOffer, ...]:
    """Read a shop's list of interest-free offers; the columns are in `resources/tables/README.md`.

    Raises:
        ShopTrouble: `gateway.offers_unreadable` with the line that cannot be read.
    """
    offers = []
    line = 1
    try:
        for line, row in enumerate(_rows(path), start=2):
            if line > _OFFERS_MAX:
                break
            offers.append(_offer(row))
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise ShopTrouble("gateway.offers_unreadable", file=path.name, line=line) from error
    return tuple(offers)


def _offer(row: dict[str, str]) -> InstalmentOffer:
    """Read one row.

    Raises:
        ValueError: a value is not what its column asks for.
        KeyError: a column is missing.
    """
    if row["key_in"] not in {"Y", "N"}:
        raise ValueError(row["key_in"])
    return InstalmentOffer(
        card_cd=row["card_cd"],
        months=_months(row["months"]),
        first_day=dt.date.fromisoformat(row["from"]),
        last_day=dt.date.fromisoformat(row["to"]),
        key_in=row["key_in"] == "Y",
    )


def _months(text: str) -> frozenset[int]:
    """Read `2-3` or `2,3,6`."""
    if not _MONTHS.fullmatch(text):
        raise ValueError(text)
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


@functools.cache
def _bins() -> dict[bytes, IssuerHint]:
    """Return the issuers by their numbers; read once."""
    checks = {"Y": True, "N": False}
    return {
        row["bin"].encode("ascii"): IssuerHint(
            row["issuer_ko"], row["issuer_en"], row["card_cd"], checks.get(row["check_card"])
        )
        for row in _rows(resource_path("tables", "card_bins.tsv"))
    }


@functools.cache
def _companies() -> dict[str, CardCompany]:
    """Return the card companies by code; read once."""
    return {
        row["card_cd"]: CardCompany(
            row["card_cd"], row["name_ko"], row["name_en"], row["acquirer_cd"]
        )
        for row in _rows(resource_path("tables", "card_companies.tsv"))
    }


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a tab-separated table by column name."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield {name: value or "" for name, value in row.items() if name is not None}
