"""Refunds, restarts and people's word: the same loop with other facts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.order import OrderNo, PaymentId, SaleId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.services.operators import OperatorEntry
from pos_app.services.sale_desk import SaleRequest
from tests.helpers.fake_app import Bench, make_bench
from tests.unit.services.desk import at_rest, bench_in, charge, make_card, make_order, refund, run

REFUSAL = a.Refusal("8178", "잔액부족", "정산금 부족", "Not enough sales", a.Advice.TRY_LATER)
SECOND = Operator("박점장", Role.MANAGER)


def test_partial_partial_rest(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench, make_order(100_000))
        await at_rest(bench, sale)
        await refund(bench, sale, 30_000)
        await refund(bench, sale, 20_000)
        done = await refund(bench, sale, 50_000)
        assert [r.state for r in done.refunds] == [RefundState.DONE] * 3
        assert [r.partial for r in done.refunds] == [True, True, True]
        assert not done.balance
        assert bench.gateway.book[sale.order_no].balance == 0
        with pytest.raises(UserMistake, match="nothing_left"):
            await refund(bench, sale, 1)

    run(scenario())


def test_a_whole_refund_is_no_partial_cancel(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench)
        await at_rest(bench, sale)
        done = await refund(bench, sale, 88_000)
        assert [r.partial for r in done.refunds] == [False]
        assert bench.ledger.kinds(sale.payment_id)[-3:] == [
            "refund_prepared",
            "refund_sending",
            "refund_done",
        ]

    run(scenario())


def test_more_than_what_is_left_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench)
        await at_rest(bench, sale)
        with pytest.raises(UserMistake, match="over_balance"):
            await refund(bench, sale, 88_001)
        assert "refund_prepared" not in bench.ledger.kinds(sale.payment_id)

    run(scenario())


def test_a_lost_refund_answer_is_settled_by_the_balance(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench)
        await at_rest(bench, sale)
        bench.gateway.cancel_with(a.NoAnswer("timeout"), done=True)
        done = await refund(bench, sale, 30_000)
        assert done.refunds[0].state is RefundState.DONE
        assert bench.gateway.cancels[str(sale.gateway_ref)] == 1

    run(scenario())


def test_a_refund_that_was_lost_on_the_way_is_sent_once_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench)
        await at_rest(bench, sale)
        bench.gateway.cancel_with(a.NoAnswer("timeout"))
        done = await refund(bench, sale, 30_000)
        assert done.refunds[0].state is RefundState.DONE
        assert bench.gateway.cancels[str(sale.gateway_ref)] == 2
        assert bench.gateway.book[sale.order_no].balance == 58_000

    run(scenario())


def test_a_refund_that_arrives_after_all_is_not_told_as_not_sent(tmp_path: Path) -> None:
    """The second try does not leave; meanwhile the first one does arrive (simulator, 101734)."""

    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench)
        await at_rest(bench, sale)
        booked = bench.gateway.book[sale.order_no]

        def arrives_late() -> a.CancelAnswer:
            booked.balance -= 30_000
            return a.NotSent("refused")

        bench.gateway.cancel_with(a.NoAnswer("timeout"))
        bench.gateway._cancel_answers.append(arrives_late)
        done = await refund(bench, sale, 30_000)
        assert done.refunds[0].state is RefundState.DONE
        assert done.balance.amount == booked.balance == 58_000

    run(scenario())


def test_a_refused_refund_leaves_the_sale_as_it_was(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench)
        await at_rest(bench, sale)
        bench.gateway.cancel_with(a.CancelRefused(REFUSAL))
        after = await refund(bench, sale, 30_000)
        assert after.refunds[0].state is RefundState.REFUSED
        assert after.balance == Won(88_000)
        assert (await refund(bench, sale, 30_000)).refunded == Won(30_000)

    run(scenario())


def test_a_cancel_made_elsewhere_corrects_the_balance(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench)
        await at_rest(bench, sale)
        bench.gateway.book[sale.order_no].balance = 50_000
        bench.gateway.cancel_with(a.CancelRefused(REFUSAL, a.RefusalKind.BALANCE))
        after = await refund(bench, sale, 30_000)
        assert after.refunds[0].state is RefundState.REFUSED
        assert after.outside_refunds == Won(38_000)
        assert after.balance == Won(50_000)

    run(scenario())


def test_an_open_charge_is_not_refunded_but_reversed_when_found(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.clock.hold_sleepers = True
        bench.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
        lost = await charge(bench)
        with pytest.raises(UserMistake, match="charge_unknown"):
            await bench.app.refund_desk.refund(lost.payment_id, Won(88_000), "고객 변심")
        await bench.app.recovery.reverse_when_found(lost.payment_id)
        bench.clock.hold_sleepers = False
        bench.clock.wake()
        settled = await at_rest(bench, lost)
        assert settled.state is PaymentState.REVERSED

    run(scenario())


def test_a_double_refund_keystroke_sends_one_cancel(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench)
        await at_rest(bench, sale)
        desk = bench.app.refund_desk
        results = await asyncio.gather(
            *(desk.refund(sale.payment_id, Won(30_000), "고객 변심") for _ in range(3)),
            return_exceptions=True,
        )
        await at_rest(bench, sale)
        assert sum(isinstance(result, PaymentRecord) for result in results) == 1
        assert bench.gateway.cancels[str(sale.gateway_ref)] == 1

    run(scenario())


def test_a_clerk_needs_a_managers_pin(tmp_path: Path) -> None:
    people = (
        OperatorEntry("김점원", Role.CLERK, "1111"),
        OperatorEntry("박점장", Role.MANAGER, "2222"),
    )

    async def scenario() -> None:
        bench = make_bench(tmp_path, operators=people)
        desk = bench.app.operators
        desk.current = Operator("김점원", Role.CLERK)
        sale = await charge(bench)
        await at_rest(bench, sale)
        assert bench.app.refund_desk.needs_approval
        with pytest.raises(UserMistake, match="needs_approval"):
            await refund(bench, sale, 1_000)
        with pytest.raises(UserMistake, match=r"pin\.wrong"):
            await desk.approver("3333")
        own = await desk.approver("1111")
        with pytest.raises(UserMistake, match="same_person"):
            await bench.app.refund_desk.refund(sale.payment_id, Won(1_000), "사유", own)
        manager = await desk.approver("2222")
        first = await bench.app.refund_desk.refund(sale.payment_id, Won(1_000), "사유", manager)
        done = await at_rest(bench, first)
        assert done.refunds[0].approver == "박점장"

    run(scenario())


async def _stopped_at(bench: Bench, *facts: f.Fact) -> PaymentRecord:
    """Leave a payment in the ledger as a killed program would."""
    prepared = f.Prepared(
        payment_id=PaymentId("p1"),
        sale_id=SaleId("s1"),
        order_no=OrderNo("2026112101ABCDEFGHJK"),
        order_date="20261121",
        order=make_order(),
        gateway="kcp",
        environment="practice",
        site="T0000",
        card_masked="941011******0073",
        card_brand="domestic",
    )
    author = f.Author("김봄날", "", "01")
    record = await bench.ledger.prepare(author, prepared)
    for fact in facts:
        record = await bench.ledger.append(record.payment_id, author, fact, version=record.version)
    return record


def test_after_a_kill_before_sending_nothing_was_sent(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        record = await _stopped_at(bench)
        await bench.app.recovery.resume_open()
        assert (await at_rest(bench, record)).state is PaymentState.NOT_SENT
        assert not bench.gateway.charges

    run(scenario())


def test_after_a_kill_while_sending_the_gateway_is_asked_never_charged(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        record = await _stopped_at(bench, f.Sending(30.0))
        await bench.app.recovery.resume_open()
        settled = await at_rest(bench, record)
        assert settled.state is PaymentState.NOT_CHARGED
        assert not bench.gateway.charges
        assert sum(bench.clock.slept) >= 600

    run(scenario())


def test_resuming_three_times_changes_nothing_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        record = await _stopped_at(bench, f.Sending(30.0))
        for _ in range(3):
            await bench.app.recovery.resume_open()
            await at_rest(bench, record)
        assert bench.ledger.kinds("p1") == ["prepared", "sending", "no_answer", "person_needed"]

    run(scenario())


def test_a_payment_of_a_gateway_that_is_gone_is_told_and_left_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        await _stopped_at(bench, f.Sending(30.0))
        bench.gateway.site = "A1234"
        resumed = await bench.app.recovery.resume_open()
        assert [r.payment_id for r in resumed.stuck] == ["p1"]
        assert not bench.jobs.is_running(PaymentId("p1"))

    run(scenario())


def test_a_test_payment_is_never_looked_up_at_the_live_system(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        await _stopped_at(bench, f.Sending(30.0))
        bench.gateway.environment = "live"
        resumed = await bench.app.recovery.resume_open()
        assert [r.payment_id for r in resumed.stuck] == ["p1"]

    run(scenario())


def test_the_guided_job_takes_a_reference_and_verifies_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        bench.gateway.answer_with(a.NoAnswer("reset"), charged=True)
        lost = await at_rest(bench, await charge(bench))
        recovery = bench.app.recovery
        with pytest.raises(UserMistake, match="reference_malformed"):
            await recovery.give_reference(lost.payment_id, "123")
        given = await recovery.give_reference(lost.payment_id, "2611 2114 3200 00")
        settled = await at_rest(bench, given)
        assert settled.state is PaymentState.APPROVED
        assert settled.person_needed == ""

    run(scenario())


def test_a_number_that_another_payment_has_is_refused(tmp_path: Path) -> None:
    """Closed with it, a refund of this one would be a refund of that (simulator, seed 218)."""

    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        sold = await at_rest(bench, await charge(bench))
        bench.gateway.answer_with(a.NoAnswer("reset"), charged=True)
        lost = await at_rest(bench, await charge(bench, make_order(77_000)))
        recovery, number = bench.app.recovery, sold.gateway_ref or ""
        with pytest.raises(UserMistake, match="reference_taken") as refused:
            await recovery.give_reference(lost.payment_id, number)
        assert refused.value.params["order_no"] == sold.order_no
        with pytest.raises(UserMistake, match="reference_taken"):
            await recovery.close_approved(lost.payment_id, number, "30112245", "seen", SECOND)
        assert (await bench.ledger.get(lost.payment_id)).state is PaymentState.UNKNOWN

    run(scenario())


def test_a_number_that_is_being_verified_for_another_payment_is_refused(tmp_path: Path) -> None:
    """A minute later it is that one's, and a refund of this one is a refund of that."""

    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        bench.clock.hold_sleepers = True
        bench.gateway.answer_with(a.NoAnswer("reset", "26112114320009"))
        other = await charge(bench, make_order(77_000))
        bench.gateway.answer_with(a.NoAnswer("reset"))
        lost = await charge(bench)
        close = bench.app.recovery.close_approved
        with pytest.raises(UserMistake, match="reference_taken") as refused:
            await close(lost.payment_id, "26112114320009", "30112245", "seen", SECOND)
        assert refused.value.params["order_no"] == other.order_no
        await bench.jobs.drain(1)

    run(scenario())


def test_a_wrong_reference_calls_the_person_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        bench.gateway.answer_with(a.NoAnswer("reset"), charged=True)
        lost = await at_rest(bench, await charge(bench))
        bench.gateway.look_up_with(a.CannotTell("wrong_order", final=True))
        given = await bench.app.recovery.give_reference(lost.payment_id, "26112114320099")
        after = await at_rest(bench, given)
        assert after.state is PaymentState.UNKNOWN
        assert after.person_needed == "charge_unknown"

    run(scenario())


def test_a_candidate_that_leads_nowhere_is_dropped_for_the_order_number(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.answer_with(a.NoAnswer("cut", "26112114329999"), charged=True)
        bench.gateway.look_up_with(a.CannotTell("wrong_order", final=True))
        settled = await at_rest(bench, await charge(bench))
        assert settled.state is PaymentState.APPROVED
        assert settled.gateway_ref == "26112114320000"

    run(scenario())


def test_absent_by_people_needs_time_evidence_and_two_of_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        bench.gateway.answer_with(a.NoAnswer("reset"))
        lost = await at_rest(bench, await charge(bench))
        close = bench.app.recovery.close_not_charged
        with pytest.raises(UserMistake, match="too_early") as early:
            await close(lost.payment_id, "거래내역에 없음", SECOND)
        assert early.value.params["minutes"] == 10 + 1 or early.value.params["minutes"] == 10
        bench.clock.pass_s(601)
        with pytest.raises(UserMistake, match="evidence_empty"):
            await close(lost.payment_id, "  ", SECOND)
        owner = bench.app.operators.current
        with pytest.raises(UserMistake, match="same_person"):
            await close(lost.payment_id, "거래내역에 없음", owner)
        closed = await at_rest(bench, await close(lost.payment_id, "거래내역에 없음", SECOND))
        assert closed.state is PaymentState.NOT_CHARGED
        entries = await bench.ledger.entries(lost.payment_id)
        assert entries[-1].author == f.Author("김봄날", "박점장", "01")

    run(scenario())


def test_a_closing_program_waits_for_requests_and_stops_what_only_waits(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.hold = asyncio.Event()
        job = asyncio.ensure_future(charge(bench))
        await bench.gateway.reached.wait()
        drained = asyncio.ensure_future(bench.jobs.drain(5))
        await asyncio.sleep(0)
        assert not drained.done()
        bench.gateway.hold.set()
        assert await drained
        assert (await job).state is PaymentState.APPROVED
        with pytest.raises(ShopTrouble, match="closing"):
            await bench.app.sale_desk.charge(_request(), make_card())

    run(scenario())


def test_a_request_that_outlasts_the_closing_is_cut_off_but_on_disk(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.hold = asyncio.Event()
        job = asyncio.ensure_future(charge(bench))
        await bench.gateway.reached.wait()
        assert not await bench.jobs.drain(0)
        with pytest.raises(UserMistake, match=r"money\.stopped"):
            await job
        (order_no,) = bench.gateway.charges
        stored = await bench.ledger.find_order(order_no)
        assert stored is not None
        assert stored.state is PaymentState.SENDING

    run(scenario())


def _request() -> SaleRequest:
    return SaleRequest(make_order())
