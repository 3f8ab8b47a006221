"""Hints about cards, and a shop's list of interest-free offers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pos_app.domain.errors import ShopTrouble
from pos_app.gateways.cards import card_company, instalment_offers, issuer_hint
from pos_app.resources import resource_path

HEADER = "card_cd\tmonths\tfrom\tto\tkey_in\n"


def test_a_known_issuer_is_named_and_nothing_is_made_up() -> None:
    hint = issuer_hint(b"5365101234")
    assert hint is not None
    assert (hint.issuer_ko, hint.card_cd, hint.check_card) == ("카카오뱅크", "CCKM", True)
    assert issuer_hint(b"53651") is None
    assert issuer_hint(memoryview(b"411111")) is None


def test_card_companies() -> None:
    company = card_company("CCLO")
    assert company is not None
    assert (company.name_ko, company.name_en, company.acquirer_cd) == (
        "롯데카드",
        "Lotte Card",
        "CCAM",
    )
    assert card_company("CCZZ") is None


def test_offers_are_read(tmp_path: Path) -> None:
    file = tmp_path / "offers.tsv"
    file.write_text(HEADER + "CCKM\t2-3,6\t2026-11-01\t2026-11-30\tN\n", encoding="utf-8")
    [offer] = instalment_offers(file)
    assert offer.months == {2, 3, 6}
    assert (offer.first_day, offer.last_day) == (dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    assert not offer.key_in


def test_the_shipped_list_has_the_columns_and_no_offers() -> None:
    path = resource_path("tables", "instalment_offers.tsv")
    assert path.read_text(encoding="utf-8") == HEADER
    assert instalment_offers(path) == ()


@pytest.mark.parametrize(
    "row",
    [
        "CCKM\t2-\t2026-11-01\t2026-11-30\tN",
        "CCKM\t2\t2026-11-31\t2026-11-30\tN",
        "CCKM\t2\t2026-11-01\t2026-11-30\tmaybe",
        "CCKM\t2",
    ],
)
def test_a_line_that_cannot_be_read_is_named(row: str, tmp_path: Path) -> None:
    file = tmp_path / "offers.tsv"
    file.write_text(f"{HEADER}{row}\n", encoding="utf-8")
    with pytest.raises(ShopTrouble) as trouble:
        instalment_offers(file)
    assert trouble.value.code == "gateway.offers_unreadable"
    assert trouble.value.params == {"file": "offers.tsv", "line": 2}


def test_a_missing_list_is_said(tmp_path: Path) -> None:
    with pytest.raises(ShopTrouble, match=r"gateway\.offers_unreadable"):
        instalment_offers(tmp_path / "none.tsv")
