"""Sales through the terminal as bootstrap joins it, and what the commands make of them later."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
from pathlib import Path

import pytest

from pos_app.bootstrap.terminal import make_terminal
from pos_app.domain.card import (
    Card,
    parse_card_number,
    parse_expiry,
    parse_holder_id,
    parse_password_start,
)
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.instalments import LUMP_SUM
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.services.news import News, Trouble
from pos_app.services.sale_desk import SaleRequest
from pos_app.ui.app import App
from tests.helpers.logguard import ExpectLog
from tests.journeys.commands.processes import PASSPHRASE, Gateway, pos_app

AMOUNT = Won(55_000)
REQUEST = SaleRequest(Order(AMOUNT, ZERO, LUMP_SUM, "꽃바구니", "홍길동"))


def card(app: App) -> Card:
    """Return a card that the practice gateway approves."""
    return Card(
        parse_card_number(bytearray(b"9410110000000073")),
        parse_expiry(bytearray(b"1230"), app.sale_desk.today()),
        parse_holder_id(bytearray(b"900101")),
        parse_password_start(bytearray(b"12")),
    )


async def sell(app: App) -> PaymentRecord:
    return await app.sale_desk.charge(REQUEST, card(app))


def exported(data: Path, home: Path, *more: str) -> list[dict[str, object]]:
    done = pos_app("export", "--format", "jsonl", "--data-dir", data, *more, home=home).check(0)
    return [json.loads(line) for line in done.out.splitlines()]


def test_what_was_sold_is_in_both_books(practice: Gateway, data: Path, tmp_path: Path) -> None:
    async def day() -> PaymentRecord:
        app = await make_terminal(data, passphrase=PASSPHRASE).open(None)
        sold = await sell(app)
        assert await app.close(30.0)
        return sold

    sold = asyncio.run(day())
    assert sold.state is PaymentState.APPROVED
    [row] = exported(data, tmp_path)
    [theirs] = [p for p in practice.book()["payments"] if p["order_no"] == sold.order_no]
    assert (row["state"], row["amount"], row["gateway_ref"]) == ("APPROVED", 55_000, theirs["tno"])
    assert (theirs["amount"], theirs["balance"]) == (55_000, 55_000)
    assert exported(data, tmp_path, "--to", "2020-01-01") == []
    pos_app("recover", "--data-dir", data, home=tmp_path).check(0)


def change_books(data: Path) -> None:
    """Sell something, then change the books behind the program's back."""

    async def day() -> None:
        app = await make_terminal(data, passphrase=PASSPHRASE).open(None)
        await sell(app)
        await app.close(30.0)

    asyncio.run(day())
    with contextlib.closing(sqlite3.connect(data / "ledger" / "ledger.db")) as books, books:
        names = books.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            books.execute(f"DROP TRIGGER {name}")
        books.execute("UPDATE payments SET months = 3")


def test_changed_books_stop_money_taking_soon_after_the_start(
    practice: Gateway, data: Path, tmp_path: Path, expect_log: ExpectLog
) -> None:
    expect_log("ledger.not_whole", logger="pos_app.money", level=logging.ERROR)
    change_books(data)

    async def day() -> Trouble:
        app = await make_terminal(data, passphrase=PASSPHRASE).open(None)
        told: asyncio.Queue[Trouble] = asyncio.Queue()

        def listen(news: News) -> None:
            if isinstance(news, Trouble):
                told.put_nowait(news)

        app.news.subscribe(listen)
        trouble = await asyncio.wait_for(told.get(), 30)
        before = practice.book()["counters"]["charge_requests"]
        with pytest.raises(ShopTrouble):
            await sell(app)
        assert practice.book()["counters"]["charge_requests"] == before
        await app.close(30.0)
        return trouble

    trouble = asyncio.run(day())
    assert trouble.halted
    assert trouble.error.code == "ledger.chain_broken"


def test_changed_books_are_not_exported_as_if_they_were_whole(
    practice: Gateway, data: Path, tmp_path: Path
) -> None:
    change_books(data)
    out = tmp_path / "books.csv"
    done = pos_app("export", "--format", "csv", "--out", out, "--data-dir", data, home=tmp_path)
    assert "바뀌었거나" in done.check(1).err
    assert not out.exists()
    done = pos_app("export", "--format", "jsonl", "--data-dir", data, home=tmp_path).check(1)
    assert done.out == ""


def test_recover_lists_what_needs_a_person(practice: Gateway, data: Path, tmp_path: Path) -> None:
    practice.ask(
        "POST", "/control", {"faults": [{"on": "charge", "do": "reset", "done": True, "times": 1}]}
    )

    async def day() -> PaymentRecord:
        app = await make_terminal(data, passphrase=PASSPHRASE).open(None)
        sold = await sell(app)
        await app.close(30.0)
        return sold

    sold = asyncio.run(day())
    practice.ask("POST", "/control", {"faults": []})
    assert sold.state is PaymentState.UNKNOWN
    done = pos_app("recover", "--wait", "20", "--data-dir", data, home=tmp_path).check(3)
    assert sold.order_no in done.out
    assert "55,000" in done.out
    assert practice.book()["counters"]["charge_requests"][sold.order_no] == 1
    assert [row["state"] for row in exported(data, tmp_path)] == ["UNKNOWN"]


def test_the_practice_terminal_and_its_gateway_agree_after_a_restart(tmp_path: Path) -> None:
    async def first_day() -> PaymentRecord:
        app = await make_terminal(tmp_path, practice=True).open(None)
        assert app.is_practice
        assert [card.name for card in app.gateways] == ["kcp", "portone"]
        sold = await sell(app)
        assert await app.close(30.0)
        return sold

    async def next_day(sold: PaymentRecord) -> PaymentRecord:
        app = await make_terminal(tmp_path, practice=True).open(None)
        approver = await app.operators.approver("김점장")
        refunded = await app.refund_desk.refund(sold.payment_id, Won(20_000), "변심", approver)
        assert await app.close(30.0)
        return refunded

    sold = asyncio.run(first_day())
    assert sold.state is PaymentState.APPROVED
    assert sold.environment == "practice"
    refunded = asyncio.run(next_day(sold))
    assert refunded.refunded == Won(20_000)
    assert refunded.balance == Won(35_000)
    [row] = exported(tmp_path, tmp_path, "--practice")
    assert (row["amount"], row["refunded"]) == (55_000, 20_000)


def test_a_terminal_given_up_while_it_opens_leaves_nothing_locked(data: Path) -> None:
    async def day() -> None:
        terminal = make_terminal(data, passphrase=PASSPHRASE)
        async with asyncio.TaskGroup() as group:
            opening = group.create_task(terminal.open(None))
            await asyncio.sleep(0)
            opening.cancel()
        app = await terminal.open(None)
        assert await app.close(30.0)

    asyncio.run(day())


def test_a_damaged_practice_book_is_said_and_leaves_nothing_locked(tmp_path: Path) -> None:
    places = make_terminal(tmp_path, practice=True).set_up.places
    pos_app("recover", "--practice", "--data-dir", tmp_path, home=tmp_path).check(0)
    book = places.practice_gateway / "book.jsonl"
    book.write_text("no line of a book\n")
    done = pos_app("recover", "--practice", "--data-dir", tmp_path, home=tmp_path).check(1)
    assert str(places.root) in done.err
    book.unlink()
    pos_app("recover", "--practice", "--data-dir", tmp_path, home=tmp_path).check(0)
