"""What services/ports.Ledger promises, kept by every ledger."""

from __future__ import annotations

import datetime as dt

import pytest

from pos_app.domain import facts as f
from pos_app.domain.errors import Bug, UserMistake
from pos_app.domain.money import Won
from pos_app.domain.order import PaymentId
from pos_app.domain.payment import PaymentState, replay
from pos_app.domain.refunds import RefundState
from tests.contract.ledger.cases import (
    OWNER,
    PAIR,
    START,
    Subject,
    approval,
    decline,
    give_back,
    in_loop,
    lose,
    prepared,
    refund_of,
    sell,
)

ONE = PaymentId("pay1")


@in_loop
async def test_a_prepared_payment_is_there(subject: Subject) -> None:
    record = await subject.ledger.prepare(OWNER, prepared())
    assert record.state is PaymentState.PREPARED
    assert (record.operator, record.counter, record.created_at) == ("주인", "01", START)
    assert await subject.ledger.get(ONE) == record
    assert await subject.ledger.find_order(record.order_no) == record


@in_loop
async def test_facts_are_kept_whole_with_their_authors_and_times(subject: Subject) -> None:
    record = await sell(subject.ledger)
    subject.clock.pass_by(days=1)
    record = await give_back(subject.ledger, record, 20_000)
    entries = await subject.ledger.entries(ONE)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert [entry.fact.KIND for entry in entries] == [
        "prepared",
        "sending",
        "approved",
        "refund_prepared",
        "refund_sending",
        "refund_done",
    ]
    assert entries[0].fact == prepared()
    assert [entry.author for entry in entries] == [OWNER] * 3 + [PAIR] * 3
    assert {entry.at for entry in entries[3:]} == {START + dt.timedelta(days=1)}
    assert replay(entries) == record == await subject.ledger.get(ONE)
    assert record.balance == Won(35_000)


@in_loop
async def test_several_facts_are_stored_together_or_not_at_all(subject: Subject) -> None:
    record = await sell(subject.ledger)
    begun = refund_of(record, 20_000)
    not_sent_yet = f.RefundDone(begun.refund_id, START)
    with pytest.raises(Bug, match="impossible_fact"):
        await subject.ledger.append(ONE, OWNER, begun, not_sent_yet, version=record.version)
    assert await subject.ledger.get(ONE) == record


@in_loop
async def test_a_version_that_has_moved_is_refused(subject: Subject) -> None:
    record = await subject.ledger.prepare(OWNER, prepared())
    await subject.ledger.append(ONE, OWNER, f.Sending(60.0), version=1)
    with pytest.raises(Bug, match=r"ledger\.version_moved"):
        await subject.ledger.append(ONE, OWNER, f.ChargeNotSent("dns"), version=record.version)
    assert [e.fact.KIND for e in await subject.ledger.entries(ONE)] == ["prepared", "sending"]


@in_loop
async def test_a_fact_that_cannot_follow_changes_nothing(subject: Subject) -> None:
    record = await decline(subject.ledger)
    with pytest.raises(Bug, match="impossible_fact"):
        await subject.ledger.append(ONE, OWNER, f.Sending(60.0), version=record.version)
    assert await subject.ledger.get(ONE) == record


@in_loop
async def test_nothing_to_append_is_our_mistake(subject: Subject) -> None:
    await subject.ledger.prepare(OWNER, prepared())
    with pytest.raises(Bug, match=r"ledger\.nothing_to_append"):
        await subject.ledger.append(ONE, OWNER, version=1)


@in_loop
async def test_a_payment_that_is_not_there_is_our_mistake(subject: Subject) -> None:
    for ask in (subject.ledger.get, subject.ledger.entries):
        with pytest.raises(Bug, match=r"ledger\.no_such_payment"):
            await ask(ONE)
    with pytest.raises(Bug, match=r"ledger\.no_such_payment"):
        await subject.ledger.append(ONE, OWNER, f.Sending(60.0), version=1)
    assert await subject.ledger.find_order("2025") is None


@in_loop
async def test_one_live_attempt_a_sale(subject: Subject) -> None:
    first = await lose(subject.ledger, 1, sale_id="sale")
    with pytest.raises(UserMistake, match=r"sale\.attempt_live") as refused:
        await subject.ledger.prepare(OWNER, prepared(2, sale_id="sale"))
    assert refused.value.params == {"order_no": first.order_no, "counter": first.counter}
    assert await subject.ledger.find_order(prepared(2).order_no) is None


@in_loop
async def test_a_new_attempt_after_the_first_came_to_nothing(subject: Subject) -> None:
    await decline(subject.ledger, 1, sale_id="sale")
    second = await sell(subject.ledger, 2, sale_id="sale")
    assert second.state is PaymentState.APPROVED


@in_loop
async def test_a_superseding_attempt(subject: Subject) -> None:
    lost = await lose(subject.ledger, 1, sale_id="sale")
    await subject.ledger.append(ONE, OWNER, f.Unwanted("superseded"), version=lost.version)
    second = prepared(2, sale_id="sale", supersedes=ONE, reason="손님이 기다림")
    assert (await subject.ledger.prepare(OWNER, second)).supersedes == ONE
    assert [r.payment_id for r in await subject.ledger.open_payments()] == ["pay1", "pay2"]


@in_loop
async def test_a_payment_or_its_order_number_twice_is_our_mistake(subject: Subject) -> None:
    await decline(subject.ledger, 1)
    for again in (prepared(1), prepared(2, order_no=prepared(1).order_no)):
        with pytest.raises(Bug, match=r"ledger\.duplicate"):
            await subject.ledger.prepare(OWNER, again)
    elsewhere = prepared(3, order_no=prepared(1).order_no, site="A1234")
    await subject.ledger.prepare(OWNER, elsewhere)
    assert len(await subject.ledger.recent(9)) == 2


@in_loop
async def test_one_live_refund_a_payment(subject: Subject) -> None:
    record = await sell(subject.ledger)
    first = refund_of(record, 20_000)
    record = await subject.ledger.append(ONE, OWNER, first, version=record.version)
    with pytest.raises(Bug, match="impossible_fact"):
        await subject.ledger.append(
            ONE, OWNER, refund_of(record, 10_000, "refund2"), version=record.version
        )
    live = (await subject.ledger.get(ONE)).live_refund
    assert live is not None
    assert live.refund_id == "refund1"


@in_loop
async def test_a_refund_id_is_used_once_in_the_whole_ledger(subject: Subject) -> None:
    await give_back(subject.ledger, await sell(subject.ledger, 1), 20_000)
    other = await sell(subject.ledger, 2)
    with pytest.raises(Bug, match=r"ledger\.duplicate"):
        await subject.ledger.append(
            other.payment_id, OWNER, refund_of(other, 5_000), version=other.version
        )
    assert await subject.ledger.get(other.payment_id) == other


@in_loop
async def test_a_refund_that_did_not_happen_and_goes_out_again(subject: Subject) -> None:
    record = await sell(subject.ledger)
    begun = refund_of(record, 55_000)
    lost = (
        begun,
        f.RefundSending(begun.refund_id),
        f.RefundNoAnswer(begun.refund_id, "reset"),
        f.RefundNotDone(begun.refund_id),
        f.RefundSending(begun.refund_id),
        f.RefundDone(begun.refund_id, START),
    )
    record = await subject.ledger.append(ONE, OWNER, *lost, version=record.version)
    (refund,) = (await subject.ledger.get(ONE)).refunds
    assert (refund.state, refund.tries) == (RefundState.DONE, 2)
    assert not record.is_open


@in_loop
async def test_open_payments_come_oldest_first(subject: Subject) -> None:
    await lose(subject.ledger, 1)
    await sell(subject.ledger, 2)
    record = await sell(subject.ledger, 3)
    await subject.ledger.append(
        record.payment_id, OWNER, refund_of(record, 1_000), version=record.version
    )
    await decline(subject.ledger, 4)
    await subject.ledger.prepare(OWNER, prepared(5))
    ids = [record.payment_id for record in await subject.ledger.open_payments()]
    assert ids == ["pay1", "pay3", "pay5"]


@in_loop
async def test_recent_ones_with_the_open_on_top(subject: Subject) -> None:
    await lose(subject.ledger, 1)
    for number in (2, 3, 4):
        await sell(subject.ledger, number)
    ids = [record.payment_id for record in await subject.ledger.recent(3)]
    assert ids == ["pay1", "pay4", "pay3"]
    assert await subject.ledger.recent(0) == []


@in_loop
async def test_the_same_card_and_amount(subject: Subject) -> None:
    ledger, clock = subject.ledger, subject.clock
    await lose(ledger, 1)
    await sell(ledger, 2)
    clock.pass_by(hours=1)
    since = clock.now()
    clock.pass_by(minutes=1)
    await sell(ledger, 3)
    await decline(ledger, 4)
    await sell(ledger, 5, amount=Won(55_001))
    await sell(ledger, 6, card_masked="411111******4242")
    found = await ledger.same_card("943112******4242", Won(55_000), since)
    assert [record.payment_id for record in found] == ["pay3", "pay1"]


@in_loop
async def test_a_reversed_payment_is_no_longer_open(subject: Subject) -> None:
    record = await lose(subject.ledger)
    steps = (
        f.Unwanted("asked"),
        f.ReferenceGiven("25030200000001"),
        f.ChargeApproved(approval(), by_look_up=True),
        f.ReversalSending("25030200000001", "asked"),
        f.ReversalNoAnswer("timeout"),
        f.LookedUp("pending"),
        f.Reversed(START, by_look_up=True),
    )
    for fact in steps:
        record = await subject.ledger.append(ONE, OWNER, fact, version=record.version)
        assert record == await subject.ledger.get(ONE)
    assert record.state is PaymentState.REVERSED
    assert await subject.ledger.open_payments() == []
