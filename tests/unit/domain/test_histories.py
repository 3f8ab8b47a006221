"""Thousands of random histories: whatever gateways answer, the laws of the record hold.

A small honest gateway keeps the truth; answers get lost at random. The record only ever learns what
the verdicts say. At rest, ledger and truth agree.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.errors import Bug
from pos_app.domain.facts import Author, Entry, Fact
from pos_app.domain.folding import _FROM, open_record
from pos_app.domain.instalments import LUMP_SUM
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order, OrderNo, PaymentId, RefundId, SaleId
from pos_app.domain.payment import (
    AskHuman,
    Cancel,
    LookUp,
    Send,
    after_restart,
    apply,
    next_step,
    replay,
)
from pos_app.domain.record import END_STATES, PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.domain.verdicts import cancel_facts, charge_facts, look_up_facts

AT = dt.datetime(2026, 11, 21, 5, 32, tzinfo=dt.UTC)
TNO = "26112114320731"
AMOUNT = 88_000
REFUSAL = a.Refusal("CC61", "", "", "", a.Advice.OTHER_CARD)
PREPARED = f.Prepared(
    PaymentId("p"),
    SaleId("s"),
    OrderNo("20261121010000000000000001"),
    "20261121",
    Order(Won(AMOUNT), ZERO, LUMP_SUM, "꽃", "정하늘"),
    "kcp",
    "practice",
    "T0000",
    "941011******0073",
    "domestic",
)


class Book:
    """A payment's life as the ledger would keep it."""

    def __init__(self) -> None:
        """Start with Prepared."""
        self.entries: list[Entry] = []
        self.record = open_record(self._entry(PREPARED))

    def _entry(self, fact: Fact) -> Entry:
        entry = Entry(len(self.entries) + 1, PREPARED.payment_id, AT, Author("o", "", "01"), fact)
        self.entries.append(entry)
        return entry

    def add(self, *facts: Fact) -> None:
        """Apply facts; the same as replaying them all."""
        for fact in facts:
            self.record = apply(self.record, self._entry(fact))
        assert self.record == replay(self.entries)


@dataclass
class Truth:
    """What the gateway really did."""

    charged: int = 0
    balance: int = 0
    requests: int = 0


def approval() -> a.Approval:
    """Return the gateway's words for the charge."""
    return a.Approval(TNO, "30112245", AT)


def found(truth: Truth) -> a.LookUpAnswer:
    """Answer a look-up from the truth."""
    if not truth.charged:
        return a.Absent()
    state = a.FoundState.APPROVED
    if truth.balance == 0:
        state = a.FoundState.CANCELLED
    elif truth.balance < truth.charged:
        state = a.FoundState.PARTLY_CANCELLED
    return a.Found(state, approval(), Won(truth.charged), Won(truth.balance))


def send(chance: random.Random, truth: Truth) -> a.ChargeAnswer:
    """Charge, or not, and answer truly, falsely amounted, or not at all."""
    truth.requests += 1
    roll = chance.random()
    if roll < 0.1:
        return a.Declined(REFUSAL)
    if roll < 0.2:
        return a.NoAnswer("timeout")
    truth.charged = truth.balance = AMOUNT if roll < 0.9 else AMOUNT - 1
    if roll > 0.9:
        return a.Mismatched(TNO, "amount", str(AMOUNT), str(AMOUNT - 1))
    if roll < 0.5:
        return a.NoAnswer("reset", TNO if chance.random() < 0.5 else None)
    return a.Approved(approval())


def cancel(chance: random.Random, truth: Truth, step: Cancel) -> a.CancelAnswer:
    """Cancel by compare-and-set, or refuse, and answer or not."""
    roll = chance.random()
    if roll < 0.15:
        return a.NotSent("refused")
    if roll < 0.3:
        return a.NoAnswer("timeout")
    if step.partial and step.balance_before.amount != truth.balance:
        return a.CancelRefused(REFUSAL, a.RefusalKind.BALANCE)
    if not step.partial and truth.balance != truth.charged:
        return a.CancelRefused(REFUSAL, a.RefusalKind.BALANCE)
    truth.balance -= step.amount.amount if step.partial else truth.balance
    if roll < 0.5:
        return a.NoAnswer("reset")
    return a.Cancelled(AT, Won(truth.balance))


def walk(seed: int, *, by_order: bool) -> tuple[PaymentRecord, Truth]:
    """Walk one random history until it rests; the program is killed now and then."""
    chance, book, truth = random.Random(seed), Book(), Truth()
    abilities = a.Abilities(look_up_by_order=by_order)
    for turn in range(400):
        record = book.record
        if chance.random() < 0.05 and (fact := after_restart(record)) is not None:
            book.add(fact)
            continue
        step = next_step(record, abilities)
        if step is None:
            if _may_refund(record) and chance.random() < 0.5:
                _start_refund(chance, book, turn)
                continue
            break
        _do(chance, book, truth, step, over=turn > 20)
    return book.record, truth


def _may_refund(record: PaymentRecord) -> bool:
    """Tell whether the refund desk would let a refund begin."""
    unsettled = record.live_refund is not None or record.balance_doubt
    return record.state is PaymentState.APPROVED and bool(record.balance) and not unsettled


def _start_refund(chance: random.Random, book: Book, turn: int) -> None:
    record = book.record
    amount = Won(chance.randint(1, record.balance.amount))
    partial = not (amount == record.balance == record.order.amount)
    book.add(f.RefundPrepared(RefundId(f"r{turn}"), amount, ZERO, record.balance, partial, "사유"))


def _do(chance: random.Random, book: Book, truth: Truth, step: object, *, over: bool) -> None:
    """Do a step as the services do: intent, request, answer; a kill may come between."""
    match step:
        case Send():
            book.add(f.Sending(30.0))
            answer = send(chance, truth)
            killed = chance.random() < 0.1
            fact = after_restart(book.record)
            assert fact is not None
            book.add(*((fact,) if killed else charge_facts(answer)))
        case LookUp(gateway_ref):
            seen = a.CannotTell("timeout") if chance.random() < 0.2 else found(truth)
            by_order = gateway_ref is None
            book.add(*look_up_facts(book.record, seen, by_order=by_order, settle_time_over=over))
        case Cancel():
            _do_cancel(chance, book, truth, step)
        case AskHuman(why):
            book.add(f.PersonNeeded(why))


def _do_cancel(chance: random.Random, book: Book, truth: Truth, step: Cancel) -> None:
    answer = cancel(chance, truth, step)
    refund = book.record.refund(step.refund_id) if step.refund_id is not None else None
    again = refund is not None and refund.tries > 0
    if not isinstance(answer, a.NotSent) or refund is None or again:
        book.add(
            f.ReversalSending(step.gateway_ref, "x")
            if step.refund_id is None
            else f.RefundSending(step.refund_id)
        )
    if refund is not None:
        refund = book.record.refund(refund.refund_id)
    book.add(*cancel_facts(answer, refund))


@given(st.integers(0, 2**63), st.booleans())
def test_at_rest_the_ledger_says_what_the_gateway_knows(seed: int, by_order: bool) -> None:
    record, truth = walk(seed, by_order=by_order)
    assert truth.requests <= 1, "a charge is sent at most once"
    if record.person_needed or record.is_open:
        return
    if record.state is PaymentState.APPROVED:
        assert truth.charged == AMOUNT
        assert truth.balance == record.balance.amount
    else:
        assert record.state in END_STATES
        assert truth.balance == 0, f"{record.state} but the customer paid"


@given(st.integers(0, 2**63))
def test_with_a_gateway_that_can_be_asked_charges_settle_by_themselves(seed: int) -> None:
    record, _ = walk(seed, by_order=True)
    assert record.state is not PaymentState.UNKNOWN
    assert record.live_refund is None or record.live_refund.state is RefundState.MANUAL


@given(st.integers(0, 2**63))
def test_refunds_never_exceed_the_charge(seed: int) -> None:
    record, truth = walk(seed, by_order=True)
    assert truth.balance >= 0
    assert record.refunded <= record.order.amount


def test_every_kind_of_fact_has_its_place() -> None:
    assert set(_FROM) == set(f.FACT_KINDS.values()) - {f.Prepared}


@pytest.mark.parametrize("state", sorted(END_STATES))
def test_an_end_is_an_end(state: PaymentState) -> None:
    import dataclasses

    record = dataclasses.replace(Book().record, state=state)
    assert next_step(record, a.Abilities(look_up_by_order=True)) is None
    for fact in (f.Sending(30.0), f.ChargeNoAnswer("x"), f.ChargeApproved(approval())):
        with pytest.raises(Bug):
            apply(record, Entry(2, record.payment_id, AT, Author("o", "", "01"), fact))


def test_a_late_approval_of_a_closed_payment_must_be_reversed() -> None:
    book = Book()
    book.add(f.Sending(30.0), f.ChargeNoAnswer("timeout"), f.NotCharged(by_person=True))
    book.add(f.Unwanted("orphan"), f.ChargeApproved(approval(), by_look_up=True))
    assert book.record.state is PaymentState.REVERSING
    step = next_step(book.record, a.Abilities(look_up_by_order=True))
    assert isinstance(step, Cancel)
    assert step.amount == Won(AMOUNT)


def test_a_second_live_refund_is_impossible() -> None:
    book = Book()
    book.add(f.Sending(30.0), f.ChargeApproved(approval()))
    first = f.RefundPrepared(RefundId("r1"), Won(1000), ZERO, Won(AMOUNT), True, "사유")
    book.add(first)
    with pytest.raises(Bug, match="impossible_fact"):
        book.add(f.RefundPrepared(RefundId("r2"), Won(1000), ZERO, Won(AMOUNT), True, "사유"))
