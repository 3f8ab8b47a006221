"""Two things at once: keystrokes, a closing program, screens that go, payments that settle."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain.card import Card
from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.domain.requests import ChargeRequest
from pos_app.services.sale_desk import SaleRequest
from pos_app.services.sale_rules import SaleRules
from tests.helpers.fake_app import Bench
from tests.helpers.fake_gateway import Booked, FakeGateway, approval_of
from tests.unit.services.desk import at_rest, bench_in, charge, make_card, make_order, run

SECOND = Operator("박점장", Role.MANAGER)
FULL = ShopTrouble("ledger.disk_full", folder="x")


async def waiting_charge(bench: Bench) -> PaymentRecord:
    """Lose the answer to a charge, and let its job wait for the next look-up."""
    bench.clock.hold_sleepers = True
    bench.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
    lost = await charge(bench)
    await bench.clock.asleep.wait()
    return lost


def test_two_keystrokes_charge_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        ended = await asyncio.gather(charge(bench), charge(bench), return_exceptions=True)
        assert len(bench.gateway.charges) == 1
        (refused,) = [one for one in ended if isinstance(one, Exception)]
        assert isinstance(refused, UserMistake)
        assert refused.code.startswith("sale.same_card")

    run(scenario())


def test_a_refund_key_that_sticks_is_a_mistake_of_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await at_rest(bench, await charge(bench))
        wishes = (
            bench.app.refund_desk.refund(sale.payment_id, Won(1_000), "고객 변심") for _ in range(3)
        )
        ended = await asyncio.gather(*wishes, return_exceptions=True)
        await at_rest(bench, sale)
        codes = [one.code for one in ended if isinstance(one, UserMistake)]
        assert codes == ["refund.in_progress", "refund.in_progress"]
        assert bench.errors == []

    run(scenario())


def test_asking_again_twice_asks_once_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        lost = await waiting_charge(bench)
        again = bench.app.recovery.ask_again
        await asyncio.gather(again(lost.payment_id), again(lost.payment_id))
        assert bench.jobs.is_running(lost.payment_id)
        bench.clock.hold_sleepers = False
        bench.clock.wake()
        assert (await at_rest(bench, lost)).state is PaymentState.APPROVED
        assert bench.errors == []

    run(scenario())


@pytest.mark.parametrize("turns", range(8))
def test_a_screen_that_asks_and_goes_leaves_the_payment_to_a_job(
    tmp_path: Path, turns: int
) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        lost = await waiting_charge(bench)
        screen = asyncio.ensure_future(bench.app.recovery.ask_again(lost.payment_id))
        for _ in range(turns):
            await asyncio.sleep(0)
        screen.cancel()
        await asyncio.gather(screen, return_exceptions=True)
        for _ in range(20):
            await asyncio.sleep(0)
        assert bench.jobs.is_running(lost.payment_id)
        await bench.jobs.drain(1)

    run(scenario())


@pytest.mark.parametrize("turns", range(12))
def test_a_closing_program_answers_whoever_waits(tmp_path: Path, turns: int) -> None:
    """Also when the job was stopped before its first step: nobody hangs, the card is wiped."""

    async def scenario() -> None:
        bench = bench_in(tmp_path)
        card = make_card()
        request = SaleRequest(make_order())
        screen = asyncio.ensure_future(bench.app.sale_desk.charge(request, card))
        for _ in range(turns):
            await asyncio.sleep(0)
        clean = await bench.jobs.drain(5)
        for _ in range(50):
            await asyncio.sleep(0)
        assert screen.done()
        assert card.number.wiped
        assert clean
        error = screen.exception()
        told = "approved" if error is None else getattr(error, "code", repr(error))
        assert told in {"approved", "money.stopped", "money.closing"}
        assert bool(bench.gateway.charges) == (error is None)

    run(scenario())


def test_drain_waits_for_every_request_one_after_the_other(tmp_path: Path) -> None:
    """A wrong charge is being answered: the net cancel that follows at once is waited for, too."""

    async def scenario() -> None:
        bench = bench_in(tmp_path)
        tno = "26112114320000"
        bench.gateway.hold = asyncio.Event()
        bench.gateway.answer_with(a.Mismatched(tno, "amount", "88000", "1"), charged=True)
        screen = asyncio.ensure_future(charge(bench))
        await bench.gateway.reached.wait()
        drained = asyncio.ensure_future(bench.jobs.drain(5))
        await asyncio.sleep(0)
        bench.gateway.hold.set()
        assert await drained
        await asyncio.gather(screen, return_exceptions=True)
        (stored,) = await bench.ledger.recent(1)
        assert stored.state in {PaymentState.MISMATCH, PaymentState.REVERSED}

    run(scenario())


def test_a_new_sale_never_takes_an_approved_one_back(tmp_path: Path) -> None:
    """Its refund is open, not its charge: it is a duplicate to explain, nothing to replace."""

    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await at_rest(bench, await charge(bench))
        bench.clock.hold_sleepers = True
        bench.gateway.cancel_with(a.NoAnswer("timeout"))
        await bench.app.refund_desk.refund(sale.payment_id, Won(1_000), "고객 변심")
        with pytest.raises(UserMistake) as refused:
            await charge(bench)
        assert refused.value.code == "sale.same_card"
        second = await charge(bench, duplicate_reason="꽃다발 두 개")
        assert second.supersedes is None
        bench.clock.hold_sleepers = False
        bench.clock.wake()
        first = await at_rest(bench, sale)
        assert first.state is PaymentState.APPROVED
        assert first.refunds[0].state is RefundState.DONE

    run(scenario())


def test_a_doubted_balance_does_not_let_a_sale_be_replaced(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await at_rest(bench, await charge(bench))
        bench.clock.hold_sleepers = True
        refusal = a.Refusal("8037", "", "", "", a.Advice.NOTHING)
        bench.gateway.cancel_with(a.CancelRefused(refusal, a.RefusalKind.BALANCE))
        await bench.app.refund_desk.refund(sale.payment_id, Won(1_000), "고객 변심")
        await charge(bench, duplicate_reason="꽃다발 두 개")
        bench.clock.hold_sleepers = False
        bench.clock.wake()
        assert (await at_rest(bench, sale)).state is PaymentState.APPROVED
        assert bench.gateway.book[sale.order_no].balance == 88_000

    run(scenario())


def test_asking_for_a_reversal_of_what_has_ended_is_no_fault(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.answer_with(a.NotSent("dns"))
        ended = await charge(bench)
        after = await bench.app.recovery.reverse_when_found(ended.payment_id)
        assert after.state is PaymentState.NOT_SENT

    run(scenario())


def test_a_payment_of_a_gateway_that_is_gone_can_be_closed_by_people(tmp_path: Path) -> None:
    """Its settle time runs, although nothing can be asked."""

    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        bench.gateway.answer_with(a.NoAnswer("timeout"))
        lost = await at_rest(bench, await charge(bench))
        again = bench_in(tmp_path, by_order=False, ledger=bench.ledger, clock=bench.clock)
        again.gateway.site = "A1234"
        await again.app.recovery.resume_open()
        again.clock.pass_s(601)
        closed = await again.app.recovery.close_not_charged(lost.payment_id, "없음", SECOND)
        assert closed.state is PaymentState.NOT_CHARGED

    run(scenario())


class _Hasty(FakeGateway):
    """An adapter with a bug: it charges without asking for the intent."""

    async def approve(self, request: ChargeRequest, card: Card | None) -> a.ChargeAnswer:
        assert card is not None
        card.wipe()
        amount = request.order.amount.amount
        booked = Booked("26112114320001", amount, amount, request.order_no)
        self.book[request.order_no] = booked
        return a.Approved(approval_of(booked))


def test_an_answer_without_an_intent_is_never_told_as_not_sent(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path, gateway=_Hasty())
        with pytest.raises(Exception, match="answered_without_intent"):
            await charge(bench)
        (stored,) = await bench.ledger.recent(1)
        assert (await at_rest(bench, stored)).state is PaymentState.APPROVED

    run(scenario())


def test_a_wrong_charge_that_cannot_be_written_is_undone_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.answer_with(
            a.Mismatched("26112114320000", "amount", "88000", "1"), charged=True
        )
        bench.ledger.refuse(FULL, kinds=frozenset({"mismatched"}), times=7)
        bench.ledger.spool.trouble = FULL
        with pytest.raises(ShopTrouble, match="disk_full"):
            await charge(bench)
        (booked,) = bench.gateway.book.values()
        assert booked.balance == 0
        (stored,) = await bench.ledger.recent(1)
        after = await at_rest(bench, stored)
        assert after.state is PaymentState.REVERSED, "written as soon as the disk has room"

    run(scenario())


def test_undoing_a_charge_of_too_little_names_no_more_tax_free_than_was_charged(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        rules = SaleRules(InstalmentRule(), tax_free_allowed=True)
        bench = bench_in(tmp_path, rules=rules)
        answer = a.Mismatched("26112114320000", "amount", "88000", "20000")
        bench.gateway.answer_with(answer, charged=True)
        bench.ledger.refuse(FULL, kinds=frozenset({"mismatched"}), times=7)
        bench.ledger.spool.trouble = FULL
        order = dataclasses.replace(make_order(88_000), tax_free=Won(30_000))
        with pytest.raises(ShopTrouble, match="disk_full"):
            await charge(bench, order)
        (booked,) = bench.gateway.book.values()
        assert booked.balance == 0

    run(scenario())


def test_what_was_undone_is_written_when_the_ledger_works_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        bench.ledger.refuse(FULL, kinds=frozenset({"approved"}), times=12)
        bench.ledger.spool.trouble = FULL
        with pytest.raises(ShopTrouble, match="disk_full"):
            await charge(bench)
        (stored,) = await bench.ledger.recent(1)
        after = await at_rest(bench, stored)
        assert after.state is PaymentState.REVERSED
        assert after.unwanted == "ledger"
        assert bench.jobs.halted, "no money is taken until somebody has looked"

    run(scenario())


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("nan")])
def test_waiting_for_what_is_open_ends(tmp_path: Path, timeout_s: float) -> None:
    """`recover --wait nan` must not wait for ever."""

    async def scenario() -> None:
        bench = bench_in(tmp_path)
        lost = await waiting_charge(bench)
        async with asyncio.timeout(5):
            left = await bench.app.recovery.wait_until_settled(timeout_s)
        assert [record.payment_id for record in left] == [lost.payment_id]
        await bench.jobs.drain(1)

    run(scenario())
