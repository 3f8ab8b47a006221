"""Planning, moving and taking back scheduled payments, and the payments they become."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain.errors import Bug, UserMistake
from pos_app.domain.operators import Operator, Role
from pos_app.domain.payment import PaymentState
from pos_app.domain.record import PaymentRecord
from pos_app.domain.schedule_facts import SCHEDULES, PlanRecord, PlanState
from pos_app.domain.schedules import ScheduleState
from pos_app.services.sale_desk import SaleRequest
from pos_app.services.schedule_desk import OVERDUE_S, PlanRequest
from tests.helpers.fake_app import Bench
from tests.helpers.fake_cards import REFUSAL
from tests.unit.services.desk import at_rest, make_order, run
from tests.unit.services.test_cards import MANAGER, card_bench, gateway_of, keep

IN_A_WEEK = dt.timedelta(days=7)


async def plan(bench: Bench, ahead: dt.timedelta = IN_A_WEEK) -> PlanRecord:
    """Schedule a payment with a card that is kept for it."""
    found = await bench.app.card_desk.find()
    card = found[0] if found else await keep(bench)
    request = PlanRequest(card.stream_id, make_order(), bench.clock.now() + ahead)
    return await bench.app.schedule_desk.plan(request)


async def rest(bench: Bench, record: PlanRecord) -> PlanRecord:
    """Let the background go on until no job works on it."""
    for _ in range(5000):
        if not bench.jobs.is_running(record.stream_id):
            return await bench.ledger.streams.get(SCHEDULES, record.stream_id)
        await asyncio.sleep(0)
    raise AssertionError("the schedule does not come to rest")


def test_a_payment_is_scheduled_and_its_intent_was_on_disk_before(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        seen: list[str] = []
        gateway_of(bench).before["schedule"] = lambda: seen.extend(
            e.fact.KIND for e in bench.ledger.log
        )
        record = await plan(bench)
        assert seen[-2:] == ["schedule.planned", "schedule.sending"]
        assert record.state is PlanState.SCHEDULED
        stored = gateway_of(bench).planned[record.order_no]
        assert (stored.at, stored.amount) == (record.at, record.order.amount)
        assert record.at.second == 0

    run(story())


def test_the_past_and_the_far_future_are_refused(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        for ahead, code in (
            (dt.timedelta(seconds=30), "schedule.time_passed"),
            (dt.timedelta(days=-1), "schedule.time_passed"),
            (dt.timedelta(days=400), "schedule.too_far_ahead"),
        ):
            with pytest.raises(UserMistake) as refused:
                await plan(bench, ahead)
            assert refused.value.code == code
        assert gateway_of(bench).planned == {}

    run(story())


def test_only_a_kept_card_is_planned_with_and_by_the_rules_of_a_sale(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        at = bench.clock.now() + IN_A_WEEK
        order = make_order(10_000, months=3)
        with pytest.raises(UserMistake, match=r"months\."):
            await bench.app.schedule_desk.plan(PlanRequest(card.stream_id, order, at))
        await bench.app.card_desk.forget(card.stream_id, "손님 요청")
        with pytest.raises(UserMistake, match=r"cards\.not_kept"):
            await bench.app.schedule_desk.plan(PlanRequest(card.stream_id, make_order(), at))

    run(story())


def test_a_clerk_needs_a_manager_to_plan(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        bench.app.operators.current = Operator("최점원", Role.CLERK)
        request = PlanRequest(card.stream_id, make_order(), bench.clock.now() + IN_A_WEEK)
        with pytest.raises(UserMistake, match=r"right\.needs_approval"):
            await bench.app.schedule_desk.plan(request)
        approved = dataclasses.replace(request, approver=MANAGER)
        assert (await bench.app.schedule_desk.plan(approved)).planned_by == "최점원"

    run(story())


@pytest.mark.parametrize(("lost", "end"), [("lose", "SCHEDULED"), ("drop", "NOT_SCHEDULED")])
def test_a_lost_answer_is_asked_about_and_never_sent_again(
    tmp_path: Path, lost: str, end: str
) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        getattr(gateway_of(bench), lost)("schedule")
        record = await plan(bench)
        assert record.state is PlanState.UNKNOWN
        assert (await rest(bench, record)).state.value == end
        assert gateway_of(bench).asked["schedule"] == 1

    run(story())


@pytest.mark.parametrize(
    ("answer", "state"),
    [(a.Refused(REFUSAL), PlanState.REFUSED), (a.NotSent("dns"), PlanState.NOT_SENT)],
)
def test_a_no_ends_it(tmp_path: Path, answer: object, state: PlanState) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        gateway_of(bench).say("schedule", answer)
        assert (await plan(bench)).state is state

    run(story())


@pytest.mark.parametrize(("lost", "moved"), [("", True), ("lose", True), ("drop", False)])
def test_a_schedule_is_moved(tmp_path: Path, lost: str, moved: bool) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench)
        if lost:
            getattr(gateway_of(bench), lost)("reschedule")
        later = record.at + dt.timedelta(days=1)
        changed = await bench.app.schedule_desk.change(record.stream_id, later)
        if lost:
            assert (changed.state, changed.wanted_at) == (PlanState.CHANGE_UNKNOWN, later)
        changed = await rest(bench, record)
        assert changed.state is PlanState.SCHEDULED
        assert changed.at == (later if moved else record.at)
        assert changed.why == ("" if moved else "not_done")

    run(story())


@pytest.mark.parametrize(("lost", "gone"), [("", True), ("lose", True), ("drop", False)])
def test_a_schedule_is_taken_back_alone(tmp_path: Path, lost: str, gone: bool) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        one, two = await plan(bench), await plan(bench, IN_A_WEEK * 2)
        if lost:
            getattr(gateway_of(bench), lost)("unschedule")
        await bench.app.schedule_desk.cancel(one.stream_id, "손님 요청")
        one = await rest(bench, one)
        assert one.state is (PlanState.CANCELLED if gone else PlanState.SCHEDULED)
        assert gateway_of(bench).planned[two.order_no].state is ScheduleState.SCHEDULED
        if gone:
            with pytest.raises(UserMistake, match=r"schedule\.does_not_stand"):
                await bench.app.schedule_desk.cancel(one.stream_id, "또")

    run(story())


def test_two_wishes_at_once_are_taken_one_by_one(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench)
        desk = bench.app.schedule_desk
        results = await asyncio.gather(
            desk.cancel(record.stream_id, "손님 요청"),
            desk.cancel(record.stream_id, "손님 요청"),
            return_exceptions=True,
        )
        assert sorted(type(r).__name__ for r in results) == ["PlanRecord", "UserMistake"]
        assert gateway_of(bench).asked["unschedule"] == 1

    run(story())


# -- its time has come -----------------------------------------------------------------------------


async def pass_to(bench: Bench, record: PlanRecord) -> None:
    """Let the time come."""
    wait = record.at - bench.clock.now()
    bench.clock.pass_s(wait.total_seconds() + 1)


@pytest.mark.parametrize(
    ("paid", "state"), [(True, PaymentState.APPROVED), (False, PaymentState.DECLINED)]
)
def test_what_the_gateway_charged_becomes_a_payment(
    tmp_path: Path,
    paid: bool,
    state: PaymentState,
) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench)
        await pass_to(bench, record)
        gateway_of(bench).execute(record.order_no, paid=paid)
        await bench.app.schedule_desk.take_up_due()
        record = await rest(bench, record)
        assert record.state is PlanState.HANDED_OVER
        payment = await at_rest(bench, await bench.ledger.get(record.payment_id))
        assert (payment.state, payment.order_no) == (state, record.order_no)
        assert payment.schedule_id == record.stream_id
        assert bench.ledger.kinds(payment.payment_id)[:3] == ["prepared", "sending", "no_answer"]
        assert [r.payment_id for r in await bench.app.history.recent()] == [payment.payment_id]
        assert sum(gateway_of(bench).charges.values()) == 0

    run(story())


def test_before_the_gateway_charged_nothing_is_said_to_be_charged(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench)
        await pass_to(bench, record)
        bench.clock.hold_sleepers = True
        await bench.app.schedule_desk.take_up_due()
        for _ in range(50):
            await asyncio.sleep(0)
        assert await bench.app.history.recent() == []
        assert (await bench.app.schedule_desk.get(record.stream_id)).state is PlanState.SCHEDULED
        gateway_of(bench).execute(record.order_no)
        bench.clock.wake()
        assert (await rest(bench, record)).state is PlanState.HANDED_OVER
        await bench.jobs.drain(1)

    run(story())


def test_a_silent_gateway_makes_it_an_unknown_payment_when_it_is_overdue(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench)
        await pass_to(bench, record)
        del gateway_of(bench).planned[record.order_no]
        begun = bench.clock.seconds
        await bench.app.schedule_desk.take_up_due()
        record = await rest(bench, record)
        assert record.state is PlanState.HANDED_OVER
        assert bench.clock.seconds - begun >= OVERDUE_S
        payment = await at_rest(bench, await bench.ledger.get(record.payment_id))
        assert payment.state is PaymentState.NOT_CHARGED

    run(story())


def test_the_watch_takes_up_what_becomes_due(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench, dt.timedelta(minutes=30))
        gateway_of(bench).execute(record.order_no)
        bench.jobs.aside(bench.app.schedule_desk.watch())
        for _ in range(5000):
            await asyncio.sleep(0)
            if (await bench.app.schedule_desk.get(record.stream_id)).state is PlanState.HANDED_OVER:
                break
        assert (await rest(bench, record)).state is PlanState.HANDED_OVER
        await bench.jobs.drain(1)

    run(story())


def test_what_became_due_while_the_program_was_off_is_taken_up_at_the_start(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench)
        await bench.jobs.drain(1)
        await pass_to(bench, record)
        gateway_of(bench).execute(record.order_no)
        again = card_bench(tmp_path, gateway_of(bench), ledger=bench.ledger, clock=bench.clock)
        await again.app.schedule_desk.resume_open()
        assert (await rest(again, record)).state is PlanState.HANDED_OVER
        payment = await at_rest(again, await again.ledger.get(record.payment_id))
        assert payment.state is PaymentState.APPROVED

    run(story())


def test_a_stop_between_the_payment_and_its_hand_over_makes_no_second_one(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench)
        await pass_to(bench, record)
        gateway_of(bench).execute(record.order_no)
        stop = Bug("test.stop")
        bench.ledger.refuse(stop, kinds=frozenset({"schedule.handed_over"}), times=99)
        await bench.app.schedule_desk.take_up_due()
        assert (await rest(bench, record)).state is PlanState.SCHEDULED
        await bench.jobs.drain(1)
        bench.ledger.forgive()
        again = card_bench(tmp_path, gateway_of(bench), ledger=bench.ledger, clock=bench.clock)
        await again.app.recovery.resume_open()
        await again.app.schedule_desk.resume_open()
        assert (await rest(again, record)).state is PlanState.HANDED_OVER
        assert len(await again.app.history.recent()) == 1
        assert bench.errors

    run(story())


def test_a_stop_in_the_middle_of_planning_is_settled_at_the_next_start(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        gateway_of(bench).lose("schedule")
        bench.clock.hold_sleepers = True
        record = await plan(bench)
        await bench.jobs.drain(0)
        again = card_bench(tmp_path, gateway_of(bench), ledger=bench.ledger)
        await again.app.schedule_desk.resume_open()
        assert (await rest(again, record)).state is PlanState.SCHEDULED

    run(story())


def test_taken_back_just_too_late_the_payment_is_shown(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench)
        await pass_to(bench, record)
        gateway_of(bench).execute(record.order_no)
        record = await bench.app.schedule_desk.cancel(record.stream_id, "손님 요청")
        assert record.state is PlanState.HANDED_OVER
        payment = await at_rest(bench, await bench.ledger.get(record.payment_id))
        assert payment.state is PaymentState.APPROVED

    run(story())


def test_a_refusal_that_is_not_about_time_leaves_it_standing(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench)
        gateway_of(bench).say("unschedule", a.Refused(REFUSAL))
        answer = await bench.app.schedule_desk.cancel(record.stream_id, "손님 요청")
        assert (answer.state, answer.refusal) == (PlanState.SCHEDULED, REFUSAL)

    run(story())


def test_a_failed_scheduled_payment_is_charged_again_under_a_new_number(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        record = await plan(bench)
        await pass_to(bench, record)
        gateway_of(bench).execute(record.order_no, paid=False)
        await bench.app.schedule_desk.take_up_due()
        failed = await at_rest(bench, await _payment(bench, record))
        card = await bench.app.card_desk.get(record.card_id)
        request = SaleRequest(record.order, sale_id=record.sale_id)
        paid = await bench.app.sale_desk.charge_on_file(request, card.on_file)
        assert paid.state is PaymentState.APPROVED
        assert paid.sale_id == failed.sale_id
        assert paid.order_no != failed.order_no

    run(story())


async def _payment(bench: Bench, record: PlanRecord) -> PaymentRecord:
    """Return the payment it became."""
    await rest(bench, record)
    return await bench.ledger.get(record.payment_id)


def test_lists_are_by_time(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        late, soon = await plan(bench, IN_A_WEEK * 3), await plan(bench)
        desk = bench.app.schedule_desk
        assert [r.stream_id for r in await desk.of_card(late.card_id)] == [
            soon.stream_id,
            late.stream_id,
        ]
        now = bench.clock.now()
        found = await desk.between(now, now + IN_A_WEEK * 2)
        assert [r.stream_id for r in found] == [soon.stream_id]

    run(story())
