"""The README names every fault, switch, card kind, behaviour and open code there is."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

import pos_app.practice
from pos_app.practice.actions import BODY_KINDS, KINDS
from pos_app.practice.command import add_arguments
from pos_app.practice.kcp.cards import MAGIC_KINDS
from pos_app.practice.kcp.codes import OPEN_OUTCOME
from pos_app.practice.kcp.magic import BEHAVIOURS
from pos_app.practice.portone.certifications import BROKEN_CODE, CODES
from pos_app.practice.portone.face import NAMED
from pos_app.practice.portone.magic import OWN
from pos_app.practice.switches import Switches, as_json
from tests.contract.practice.shop import CHARGE, Shop, serve

HERE = Path(pos_app.practice.__file__).parent
README = (HERE / "README.md").read_text(encoding="utf-8")
PORTONE_README = (HERE / "portone" / "README.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in (README + PORTONE_README).splitlines()
]


@pytest.mark.parametrize("do", KINDS)
def test_faults(do: str) -> None:
    row = next(row for row in ROWS if row[:1] == [do])
    assert row[1] == {(True,): "always", (False,): "never", (True, False): "[yes] or no"}.get(
        KINDS[do].done, "[no] or yes"
    )
    for name in KINDS[do].parameters:
        assert re.search(rf"\b{name}\b", row[2])


def test_body_kinds() -> None:
    assert ", ".join(BODY_KINDS) in README


@pytest.mark.parametrize(("name", "value"), as_json(Switches()).items())
def test_switches(name: str, value: object) -> None:
    row = next(row for row in ROWS if row[:1] == [name])
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    if name == "portone_channels":
        shown = "two of the site"
    assert row[1].startswith(shown)


@pytest.mark.parametrize("number", MAGIC_KINDS)
def test_card_kinds(number: int) -> None:
    assert [f"{number:02d}", MAGIC_KINDS[number][0]] in ROWS


@pytest.mark.parametrize("number", BEHAVIOURS)
def test_behaviours(number: int) -> None:
    assert [f"{number:02d}", BEHAVIOURS[number][0]] in ROWS


@pytest.mark.parametrize("number", OWN)
def test_behaviours_of_portone(number: int) -> None:
    assert [f"{number:02d}", OWN[number][0]] in ROWS


@pytest.mark.parametrize("name", NAMED)
def test_operations_of_portone(name: str) -> None:
    told = {word for row in ROWS if len(row) == 2 for word in re.findall(r"\w+", row[1])}
    assert name.removeprefix("portone.") in told


def test_codes_of_identity_checks() -> None:
    assert all(code in PORTONE_README for code in (*CODES, BROKEN_CODE))


def test_open_codes() -> None:
    assert " ".join(OPEN_OUTCOME) in README


def test_options() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    for action in parser._actions:
        assert action.option_strings[-1] in README


OFTEN = [
    (name, number)
    for row in ROWS
    for name, number in zip(row[::2], row[1::2], strict=False)
    if re.fullmatch(r"4000 00\d\d \d{4} \d{4}", number)
]


@pytest.mark.parametrize(("name", "number"), OFTEN)
def test_the_cards_often_wanted(shop: Shop, name: str, number: str) -> None:
    digits = number.replace(" ", "")
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)]
    assert sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
    code = re.search(r"(CC\d\d|\b80\d\d)\b", name)
    if code and "refund" not in name:
        assert serve(lambda c: c.code(CHARGE, shop.charge(card_no=digits))) == code[1]


def test_there_are_such_cards() -> None:
    assert len(OFTEN) == 26
