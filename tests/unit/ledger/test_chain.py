"""The chain: every field of every fact is under the MAC, and the walk names the first break."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pos_app.domain.errors import Bug
from pos_app.ledger.chain import Break, Chain, Head, Line, Walk
from tests.contract.ledger.cases import INSTALL_ID, KEY

CHAIN = Chain(KEY, INSTALL_ID)


def chained(count: int, chain: Chain = CHAIN) -> list[Line]:
    """Return `count` lines, properly chained."""
    lines: list[Line] = []
    for seq in range(1, count + 1):
        before = lines[-1].mac if lines else chain.genesis
        bare = Line(
            seq, "pay1", seq, "looked_up", "{}", f"at{seq}", "주인", "", "01", before, mac=""
        )
        lines.append(chain.signed(bare))
    return lines


def walked(lines: list[Line], chain: Chain = CHAIN) -> tuple[Break | None, int]:
    """Return the first break and how many lines were good."""
    walk = Walk(chain)
    for line in lines:
        wrong = walk.step(line)
        if wrong is not None:
            return wrong, walk.head.seq
    return None, walk.head.seq


def test_a_whole_chain() -> None:
    lines = chained(5)
    assert walked(lines) == (None, 5)


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(Line) if f.name != "mac"])
def test_any_field_that_is_changed_shows(name: str) -> None:
    lines = chained(3)
    value = getattr(lines[1], name)
    changed: Any = value + 1 if isinstance(value, int) else value + "x"
    lines[1] = dataclasses.replace(lines[1], **{name: changed})
    wrong, good = walked(lines)
    assert wrong is not None
    assert (wrong.seq, good) == (2, 1)


def test_text_cannot_move_between_fields() -> None:
    line = chained(1)[0]
    moved = dataclasses.replace(line, operator="주", approver="인")
    assert not CHAIN.is_whole(moved)


def test_a_missing_line_a_swapped_pair_and_a_foreign_line() -> None:
    lines = chained(4)
    assert walked([*lines[:1], *lines[2:]])[0] == Break(2, "gap")
    assert walked([lines[0], lines[2], lines[1]])[0] == Break(2, "gap")
    renumbered = [dataclasses.replace(lines[2], seq=2), dataclasses.replace(lines[1], seq=3)]
    assert walked([lines[0], *renumbered])[0] == Break(2, "order")
    assert walked(chained(2, Chain(bytes(32), INSTALL_ID)))[0] == Break(1, "order")


def test_another_installation_starts_elsewhere() -> None:
    assert Chain(KEY, "other").genesis != CHAIN.genesis
    assert walked(chained(1, Chain(KEY, "other")))[0] == Break(1, "order")


def test_a_seal_belongs_to_one_head() -> None:
    seal = CHAIN.seal_of(Head(5, "aa"))
    assert CHAIN.is_sealed(Head(5, "aa"), seal)
    assert not CHAIN.is_sealed(Head(4, "aa"), seal)
    assert not CHAIN.is_sealed(Head(5, "ab"), seal)


def test_the_mac_is_what_it_always_was() -> None:
    # Ledgers of shops are verified by this for years; it must not change.
    assert CHAIN.genesis == "1e7c48a97c6246a527f415aca3baa345a455be1c2a9df8c5847582f9a5b41b49"
    assert chained(1)[0].mac == "28a8fce76a90aee41f45e86260af774a7d956d3b9726ab6040a2351d19b84ba5"


def test_a_key_of_another_length_is_our_mistake() -> None:
    with pytest.raises(Bug, match=r"ledger\.key_length"):
        Chain(b"short", INSTALL_ID)
