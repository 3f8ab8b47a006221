"""What no statement may do to a ledger, whoever sends it; and that the rules are the domain's."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.domain import facts as f
from pos_app.domain.errors import Bug
from pos_app.domain.folding import apply, open_record
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import RefundId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.ledger import schema
from pos_app.ledger.migrations import triggers_v0001, triggers_v0003
from pos_app.ledger.store import SqlLedger
from tests.contract.ledger.cases import (
    OWNER,
    START,
    approval,
    decline,
    give_back,
    keep,
    lose,
    memory_folder,
    opened,
    prepared,
    refund_of,
    refusal,
    sell,
)

#: All columns of a payment but its first four, for a copy of it.
PAYMENT = (
    "order_date, gateway, environment, site, {state}, 1, {live}, 0, amount, tax_free, months,"
    " refunded, balance, product, buyer_name, buyer_phone, buyer_email, card_masked, card_brand,"
    " last4, approval_no, gateway_ref, issuer, person_needed, unwanted, operator, counter,"
    " created_at, settled_at, changed_at FROM payments"
)
REFUND = (
    "amount, tax_free, balance_before, partial, tries, reason, serial, operator, approver,"
    " created_at, settled_at FROM refunds"
)
STREAM = (
    "INSERT INTO streams SELECT 'new', 99, kind, {key}, '', state, {version}, 0, NULL, '', '', ''"
    " FROM streams"
)
FACT = "kind, body, at, operator, approver, counter, prev_mac, mac FROM facts"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A ledger with a few payments."""
    with memory_folder() as folder:
        with opened(folder) as ledger:
            asyncio.run(story(ledger))
        yield folder


async def story(ledger: SqlLedger) -> None:
    """A refunded sale, a lost one, a declined one, one whose refund is under way, and a card."""
    await give_back(ledger, await sell(ledger, 1), 5_000)
    await lose(ledger, 2)
    await decline(ledger, 3)
    record = await sell(ledger, 4)
    begun = refund_of(record, 1_000, "refund4")
    await ledger.append(record.payment_id, OWNER, begun, version=3)
    await keep(ledger.streams)


@pytest.fixture
def sql(folder: Path) -> Iterator[sqlite3.Connection]:
    """The same file, opened by somebody with a database tool."""
    connection = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE facts SET body = '{}'",
        "UPDATE facts SET operator = 'x' WHERE seq = 1",
        "DELETE FROM facts",
        "DELETE FROM facts WHERE seq = (SELECT MAX(seq) FROM facts)",
        f"INSERT INTO facts SELECT seq + 100, payment_id, version + 100, {FACT} WHERE seq = 1",
        "INSERT OR REPLACE INTO facts SELECT * FROM facts WHERE seq = 1",
        f"INSERT OR REPLACE INTO facts SELECT 99, payment_id, version, {FACT} WHERE seq = 1",
        "DELETE FROM payments",
        "DELETE FROM payments WHERE state = 'DECLINED'",
        "UPDATE payments SET state = 'APPROVED', version = version + 1 WHERE state = 'DECLINED'",
        "UPDATE payments SET state = 'NOT_SENT', version = version + 1 WHERE state = 'UNKNOWN'",
        "UPDATE payments SET state = 'DECLINED', version = version + 1 WHERE state = 'APPROVED'",
        "UPDATE payments SET operator = 'x', version = version + 1",
        "UPDATE payments SET amount = 1, balance = 1, refunded = 0, version = version + 1",
        "UPDATE payments SET order_no = 'x', version = version + 1 WHERE payment_id = 'pay1'",
        "UPDATE payments SET person_needed = 'x'",
        "UPDATE payments SET live = 2, version = version + 1",
        "INSERT INTO payments SELECT 'new', 99, 'new', 'new', "
        + PAYMENT.format(state="'APPROVED'", live=1),
        "DELETE FROM refunds",
        "UPDATE refunds SET amount = 1",
        "UPDATE refunds SET state = 'PREPARED' WHERE state = 'DONE'",
        "UPDATE refunds SET state = 'DONE' WHERE state = 'PREPARED'",
        f"INSERT INTO refunds SELECT 'new', payment_id, 'DONE', 0, {REFUND} LIMIT 1",
        "DELETE FROM search_texts",
        "DELETE FROM ledger_head",
        "UPDATE ledger_head SET seq = seq - 1",
        "UPDATE ledger_head SET mac = 'x'",
        "INSERT INTO ledger_head VALUES (2, 0, '', '')",
        "UPDATE ledger_meta SET value = 'x'",
        "DELETE FROM ledger_meta",
        "DELETE FROM streams",
        "UPDATE streams SET state = 'FORGOTTEN'",
        "UPDATE streams SET key = 'x', version = version + 1",
        "UPDATE streams SET kind = 'x', version = version + 1",
        "UPDATE streams SET owner = 'x', version = version + 1",
        "UPDATE streams SET open = 2, version = version + 1",
        STREAM.format(key="'new'", version=2),
        STREAM.format(key="key", version=1),
    ],
)
def test_the_database_itself_refuses(sql: sqlite3.Connection, statement: str) -> None:
    before = list(sql.iterdump())
    with pytest.raises(sqlite3.IntegrityError):
        sql.execute(statement)
    assert list(sql.iterdump()) == before


def test_one_live_attempt_a_sale_whatever_the_program_does(sql: sqlite3.Connection) -> None:
    second = "INSERT INTO payments SELECT 'new', 99, sale_id, 'new', " + PAYMENT
    of_lost_one = " WHERE payment_id = 'pay2'"
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        sql.execute(second.format(state="'PREPARED'", live=1) + of_lost_one)
    sql.execute(second.format(state="'PREPARED'", live=0) + of_lost_one)


def test_one_live_refund_a_payment_whatever_the_program_does(sql: sqlite3.Connection) -> None:
    second = f"INSERT INTO refunds SELECT 'new', payment_id, 'PREPARED', {{live}}, {REFUND}"
    of_live_one = " WHERE refund_id = 'refund4'"
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        sql.execute(second.format(live=1) + of_live_one)
    sql.execute(second.format(live=0) + of_live_one)


def test_the_moves_allowed_are_exactly_those_of_the_domain() -> None:
    payments, refunds = reachable_moves()
    assert payments == moves_of(triggers_v0003.PAYMENT_TRANSITIONS)
    assert refunds == moves_of(triggers_v0001.REFUND_TRANSITIONS)


def moves_of(table: dict[str, tuple[str, ...]]) -> set[tuple[str, str]]:
    return {(old, new) for old, news in table.items() for new in news}


def reachable_moves() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Try every fact on every kind of record that can be reached; note how states move."""
    start = open_record(f.Entry(1, prepared().payment_id, START, OWNER, prepared()))
    waiting, known = [start], {kind_of(start)}
    payments: set[tuple[str, str]] = set()
    refunds: set[tuple[str, str]] = set()
    while waiting:
        record = waiting.pop()
        for fact in every_fact(record):
            entry = f.Entry(record.version + 1, record.payment_id, START, OWNER, fact)
            try:
                changed = apply(record, entry)
            except Bug:
                continue
            if changed.state is not record.state:
                payments.add((record.state.value, changed.state.value))
            for old, new in zip(record.refunds, changed.refunds, strict=False):
                if old.state is not new.state:
                    refunds.add((old.state.value, new.state.value))
            if kind_of(changed) not in known:
                known.add(kind_of(changed))
                waiting.append(changed)
    assert {PaymentState(new) for _, new in payments} == set(PaymentState) - {PaymentState.PREPARED}
    return payments, refunds


def kind_of(record: PaymentRecord) -> tuple[object, ...]:
    """Return what decides which facts may follow; counters and words do not."""
    return (
        record.state,
        record.unwanted,
        record.in_flight,
        record.balance_doubt,
        bool(record.balance),
        tuple((refund.state, refund.closed) for refund in record.refunds),
    )


def every_fact(record: PaymentRecord) -> list[f.Fact]:
    """Return one fact of each kind and flavour; at most two refunds, each of a part."""
    reference = "25030200000001"
    facts: list[f.Fact] = [
        f.Sending(60.0),
        f.ChargeApproved(approval()),
        f.ChargeDeclined(refusal()),
        f.ChargeNotSent("dns"),
        f.ChargeNoAnswer("timeout"),
        f.ChargeMismatched(reference, "amount", "1", "2"),
        f.LookedUp("pending"),
        f.LookedUp("absent", final=True),
        f.ReferenceGiven(reference),
        f.NotCharged(by_person=False),
        f.PersonNeeded("x"),
        f.Unwanted("asked"),
        f.ReversalSending(reference, "asked"),
        f.Reversed(START),
        f.ReversalNotDone("x"),
        f.ReversalNotDone("x", balance_doubt=True),
        f.ReversalNoAnswer("x"),
        f.BalanceSeen(record.balance),
    ]
    for refund_id in (RefundId("a"), RefundId("b")):
        facts += [
            f.RefundPrepared(refund_id, Won(10_000), ZERO, record.balance, True, "x"),
            f.RefundSending(refund_id),
            f.RefundDone(refund_id, START),
            f.RefundRefused(refund_id, refusal()),
            f.RefundRefused(refund_id, refusal(), balance_doubt=True),
            f.RefundNotSent(refund_id, "dns"),
            f.RefundNoAnswer(refund_id, "reset"),
            f.RefundNotDone(refund_id),
            f.RefundNotDone(refund_id, final=True),
        ]
    kinds = {type(fact) for fact in facts} | {f.Prepared}
    assert kinds == set(f.FACT_KINDS.values()), "a new kind of fact: try it here"
    known = {refund.refund_id for refund in record.refunds}
    return [
        fact
        for fact in facts
        if not (isinstance(fact, f.RefundPrepared) and fact.refund_id in known)
    ]


def test_the_columns_that_never_change_are_columns() -> None:
    assert set(schema.payments.c.keys()) >= set(triggers_v0001._PAYMENT_FIXED)
    assert set(schema.refunds.c.keys()) >= set(triggers_v0001._REFUND_FIXED)
