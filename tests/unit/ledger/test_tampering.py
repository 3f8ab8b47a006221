"""Somebody with a database tool and without the key: every edit is found, and its place is named.

The triggers are dropped first, as such a person would.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.domain.card_facts import CARDS
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.order import PaymentId
from pos_app.domain.requests import HistoryQuery
from pos_app.domain.streams import StreamQuery
from pos_app.ledger.chain import Head
from pos_app.ledger.store import VerifyReport
from tests.contract.ledger.cases import (
    OWNER,
    give_back,
    keep,
    lose,
    memory_folder,
    opened,
    prepared,
    sell,
)

#: One more fact behind the last, with a MAC from elsewhere.
GROW = (
    "INSERT INTO facts SELECT 13, payment_id, 4, kind, body, at, operator, approver,"
    " counter, mac, mac FROM facts WHERE seq = 12"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A ledger of 12 facts: 1-3 a sale and 4-6 its refund, 7-9 a lost one, 10-12 a sale."""
    with memory_folder() as folder:
        with opened(folder) as ledger:

            async def story() -> None:
                await give_back(ledger, await sell(ledger, 1), 5_000)
                await lose(ledger, 2)
                await sell(ledger, 3)

            asyncio.run(story())
        yield folder


def tamper(folder: Path, *statements: str) -> None:
    """Change the file behind the program's back."""
    connection = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def verified(folder: Path, anchor: Head | None = None) -> VerifyReport:
    """Open the ledger to look, past the check of its end, and verify all of it."""
    with opened(folder) as ledger:
        return asyncio.run(ledger.verify(anchor))


@pytest.mark.parametrize(
    ("statement", "seq", "why"),
    [
        ("UPDATE facts SET operator = 'x' WHERE seq = 4", 4, "mac"),
        ("UPDATE facts SET approver = '' WHERE seq = 4", 4, "mac"),
        ("UPDATE facts SET counter = '09' WHERE seq = 8", 8, "mac"),
        ("UPDATE facts SET kind = 'declined' WHERE seq = 3", 3, "mac"),
        ("UPDATE facts SET at = '2020' || substr(at, 5) WHERE seq = 1", 1, "mac"),
        ("UPDATE facts SET body = replace(body, '55000', '5000') WHERE seq = 1", 1, "mac"),
        ("UPDATE facts SET payment_id = 'pay9' WHERE seq = 10", 10, "mac"),
        ("UPDATE facts SET mac = prev_mac WHERE seq = 5", 5, "mac"),
        ("UPDATE facts SET prev_mac = mac WHERE seq = 5", 5, "order"),
        ("DELETE FROM facts WHERE seq = 7", 7, "gap"),
        ("DELETE FROM facts WHERE seq < 4", 1, "gap"),
        ("UPDATE payments SET operator = 'x' WHERE payment_id = 'pay2'", 7, "projection"),
        ("UPDATE payments SET state = 'DECLINED' WHERE payment_id = 'pay3'", 10, "projection"),
        ("UPDATE payments SET refunded = 0, balance = amount", 1, "projection"),
        ("UPDATE payments SET open = 0 WHERE payment_id = 'pay2'", 7, "projection"),
        ("UPDATE refunds SET operator = 'x'", 1, "projection"),
        ("DELETE FROM refunds", 1, "projection"),
        ("DELETE FROM search_texts WHERE first_seq = 7", 7, "projection"),
    ],
)
def test_what_was_changed_is_found(folder: Path, statement: str, seq: int, why: str) -> None:
    tamper(folder, statement)
    report = verified(folder)
    assert (report.ok, report.first_bad_seq, report.why) == (False, seq, why)


def test_a_payment_taken_out_of_the_list(folder: Path) -> None:
    tamper(
        folder,
        "DELETE FROM search_texts WHERE first_seq = 7",
        "DELETE FROM payments WHERE payment_id = 'pay2'",
    )
    assert verified(folder).first_bad_seq == 7


@pytest.mark.parametrize(
    ("statement", "seq", "why"),
    [
        ("UPDATE facts SET body = replace(body, '홍길동', '김길동') WHERE seq = 13", 13, "mac"),
        ("UPDATE streams SET state = 'FORGOTTEN'", 13, "projection"),
        ("UPDATE streams SET kind = 'other'", 13, "projection"),
        ("UPDATE streams SET words = ''", 13, "projection"),
        ("UPDATE streams SET open = 1", 13, "projection"),
        ("DELETE FROM streams", 13, "projection"),
        ("DELETE FROM facts WHERE seq = 15", 15, "gap"),
    ],
)
def test_what_was_changed_of_a_card_is_found(
    folder: Path, statement: str, seq: int, why: str
) -> None:
    with opened(folder) as ledger:

        async def story() -> None:
            await keep(ledger.streams)
            await sell(ledger, 4)

        asyncio.run(story())
    assert verified(folder).ok
    tamper(folder, statement)
    report = verified(folder)
    assert (report.ok, report.first_bad_seq, report.why) == (False, seq, why)


def test_a_card_that_was_changed_is_not_shown(folder: Path) -> None:
    with opened(folder) as ledger:
        asyncio.run(keep(ledger.streams))
    tamper(folder, "UPDATE streams SET state = 'FORGOTTEN'")
    with opened(folder) as ledger, pytest.raises(Bug, match=r"ledger\.projection_differs"):
        asyncio.run(ledger.streams.find(CARDS, StreamQuery()))


def test_two_facts_change_places(folder: Path) -> None:
    tamper(
        folder,
        "UPDATE facts SET seq = 99 WHERE seq = 8",
        "UPDATE facts SET seq = 8 WHERE seq = 9",
        "UPDATE facts SET seq = 9 WHERE seq = 99",
    )
    assert verified(folder).first_bad_seq == 8


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM facts WHERE seq = 12"],
        ["DELETE FROM facts WHERE seq > 6"],
        ["DELETE FROM facts"],
        ["UPDATE ledger_head SET seq = 11"],
        ["UPDATE ledger_head SET seal = mac"],
        ["DELETE FROM ledger_head"],
        # Cut the end off and move the head to match: the seal cannot be made without the key.
        [
            "UPDATE ledger_head SET seq = 11, mac = (SELECT mac FROM facts WHERE seq = 11)",
            "DELETE FROM facts WHERE seq = 12",
        ],
        [GROW],
    ],
)
def test_a_cut_or_grown_end_is_seen_at_the_door(folder: Path, statements: list[str]) -> None:
    tamper(folder, *statements)
    with pytest.raises(ShopTrouble, match=r"ledger\.chain_broken"):
        opened(folder)


def test_an_end_that_is_cut_off_while_the_program_runs(folder: Path) -> None:
    with opened(folder) as ledger:
        tamper(folder, "DELETE FROM facts WHERE seq >= 11")
        report = asyncio.run(ledger.verify())
        assert (report.first_bad_seq, report.why, report.entries) == (11, "head", 10)
        with pytest.raises(ShopTrouble, match=r"ledger\.chain_broken"):
            asyncio.run(ledger.prepare(OWNER, prepared(9)))


def test_an_older_copy_put_back_is_seen_by_an_anchor(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "older")
    with opened(folder) as ledger:
        asyncio.run(sell(ledger, 4))
        anchor = asyncio.run(ledger.head())
    assert anchor.seq == 15
    assert verified(folder, anchor).ok
    report = verified(tmp_path / "older", anchor)
    assert (report.ok, report.why, report.first_bad_seq) == (False, "rolled_back", 13)


def test_an_anchor_from_before_and_one_from_the_start_hold(folder: Path) -> None:
    with opened(folder) as ledger:
        before = asyncio.run(ledger.head())
        asyncio.run(sell(ledger, 4))
    assert verified(folder, before).ok
    assert not verified(folder, Head(before.seq, "0" * 64)).ok


def test_a_changed_fact_is_never_shown(folder: Path) -> None:
    tamper(folder, "UPDATE facts SET body = replace(body, '55000', '5000') WHERE seq = 1")
    with opened(folder) as ledger:
        for ask in (
            ledger.get(PaymentId("pay1")),
            ledger.search(HistoryQuery()),
            ledger.recent(9),
        ):
            with pytest.raises(ShopTrouble, match=r"ledger\.chain_broken") as error:
                asyncio.run(ask)
            assert error.value.params == {"seq": 1}
        assert asyncio.run(ledger.get(PaymentId("pay3"))).version == 3


def test_a_changed_row_is_our_bug_until_somebody_has_looked(folder: Path) -> None:
    tamper(folder, "UPDATE payments SET approval_no = 'x' WHERE payment_id = 'pay1'")
    with opened(folder) as ledger:
        with pytest.raises(Bug, match=r"ledger\.projection_differs") as error:
            asyncio.run(ledger.get(PaymentId("pay1")))
        assert error.value.params["columns"] == ["approval_no"]


@pytest.mark.parametrize("seed", range(20))
def test_any_random_edit_is_found(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    seq = chance.randint(1, 12)
    column = chance.choice(
        ["payment_id", "kind", "body", "at", "operator", "approver", "counter", "prev_mac", "mac"]
    )
    edit = "UPDATE facts SET {0} = {0} || '{1}' WHERE seq = {2}"
    tamper(folder, edit.format(column, chance.randint(0, 9), seq))
    if (seq, column) == (12, "mac"):
        with pytest.raises(ShopTrouble, match=r"ledger\.chain_broken"):
            opened(folder)
    else:
        assert verified(folder).first_bad_seq == seq


def test_an_empty_ledger_is_whole(tmp_path: Path) -> None:
    report = verified(tmp_path)
    assert (report.ok, report.entries, report.head.seq) == (True, 0, 0)
    assert verified(tmp_path, report.head).ok
