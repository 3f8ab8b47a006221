"""The guided job by keys, over real services: what is shown, and what the ledger holds then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.operators import Role
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.services.operators import OperatorEntry
from pos_app.ui.screens.person.model import SettledBy, Stage
from tests.ui.screens.person.counter import (
    REFUSED,
    Counter,
    browser,
    lost_charge,
    make_counter,
    refused_reversal,
    unexplained_refund,
)
from tests.ui.widgets.keyboard import clipboard
from tests.unit.services.desk import at_rest

Run = Callable[[Coroutine[Any, Any, None]], None]
NO_RIGHT = a.CannotTell("no_right", final=True)
PEOPLE = (
    OperatorEntry("박점장", Role.MANAGER, "246810"),
    OperatorEntry("이점원", Role.CLERK, "135790"),
    OperatorEntry("김봄날", Role.ADMINISTRATOR, "112233"),
)


@pytest.fixture
def make(tmp_path: Path, qtbot: QtBot) -> Callable[..., Counter]:
    """Open counters that are closed again."""

    def open_one(**more: Any) -> Counter:
        counter = make_counter(tmp_path, **more)
        qtbot.addWidget(counter.window)
        return counter

    return open_one


async def stored(counter: Counter, record: PaymentRecord) -> PaymentRecord:
    """Return a payment as the ledger holds it once nothing works on it."""
    return await at_rest(counter.bench, record)


async def vouched(counter: Counter, record: PaymentRecord) -> None:
    """Walk to the second person with an approval that the gateway cannot be asked about."""
    await counter.open(record, Stage.SEE)
    counter.digit(1)
    counter.bench.gateway.look_up_with(NO_RIGHT)
    counter.type("2611 2114 320000")
    counter.enter()
    await counter.until_stage(Stage.BY_HAND)
    counter.type("30110001")
    counter.enter()
    counter.type("거래내역에서 승인 확인")
    counter.enter()
    assert counter.job.stage is Stage.SECOND


async def seen(counter: Counter, record: PaymentRecord, number: int) -> None:
    """Walk to the second person with what is seen at the site."""
    await counter.open(record, Stage.SEE)
    counter.digit(number)
    counter.type("거래내역을 보았음")
    counter.enter()


def test_the_list_names_what_needs_a_person_and_enter_begins(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        first = await lost_charge(counter.bench)
        counter.bench.clock.pass_s(60)
        await lost_charge(counter.bench, amount=45_000)
        counter.screen.activate()
        table = counter.screen.list.table
        await counter.until(lambda: len(table.model_rows()) == 2 and table.hasFocus())
        assert table.current_id() == first.payment_id
        counter.enter()
        await counter.until(lambda: counter.screen.job() is not None)
        assert counter.job.payment_id == first.payment_id
        assert counter.job.stage is Stage.SITE

    run_async(scenario())


def test_nothing_open_is_said_and_esc_goes_to_the_sale(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        counter.screen.activate()
        await asyncio.sleep(0)
        counter.hit(Qt.Key.Key_Escape)
        assert counter.went == [("sale", "")]

    run_async(scenario())


def test_an_approval_is_verified_by_asking_and_takes_no_second_person(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        await counter.open(lost, Stage.SEE)
        counter.digit(1)
        counter.type(counter.bench.gateway.book[lost.order_no].tno)
        counter.enter()
        await counter.until_stage(Stage.ENDED)
        settled = await stored(counter, lost)
        assert settled.state is PaymentState.APPROVED
        assert counter.job.settled_by is SettledBy.LOOK_UP
        fact = counter.bench.ledger.log[-1].fact
        assert isinstance(fact, f.ChargeApproved)
        assert fact.by_look_up
        assert not fact.by_person

    run_async(scenario())


def test_a_malformed_reference_is_said_in_its_field_and_nothing_is_asked(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        await counter.open(lost, Stage.SEE)
        counter.digit(1)
        counter.type("12345")
        counter.enter()
        await counter.until(lambda: bool(counter.screen.job_view.reference.field.error()))
        assert counter.job.stage is Stage.REFERENCE
        assert counter.screen.job_view.reference.field.text_value() == "12345"
        assert "reference_given" not in counter.bench.ledger.kinds(lost.payment_id)

    run_async(scenario())


def test_the_number_of_another_payment_is_refused_and_no_one_may_vouch_for_it(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        await counter.open(lost, Stage.SEE)
        counter.digit(1)
        wrong = a.CannotTell("wrong_order", final=True)
        counter.bench.gateway.look_up_with(wrong)
        counter.type("26112114320099")
        counter.enter()
        await counter.until(lambda: bool(counter.screen.job_view.reference.field.error()))
        assert counter.job.stage is Stage.REFERENCE
        assert (await stored(counter, lost)).state is PaymentState.UNKNOWN

    run_async(scenario())


def test_where_nobody_can_be_asked_two_people_vouch(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        await vouched(counter, lost)
        counter.type("박점장")
        counter.enter()
        await counter.until_stage(Stage.ENDED)
        settled = await stored(counter, lost)
        entry = counter.bench.ledger.log[-1]
        assert settled.state is PaymentState.APPROVED
        assert settled.approval is not None
        assert settled.approval.approval_no == "30110001"
        assert isinstance(entry.fact, f.ChargeApproved)
        assert entry.fact.evidence == "거래내역에서 승인 확인"
        assert (entry.author.operator, entry.author.approver) == ("김봄날", "박점장")

    run_async(scenario())


def test_one_person_alone_cannot_close(make: Callable[..., Counter], run_async: Run) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        await vouched(counter, lost)
        second = counter.screen.job_view.second
        counter.enter()
        assert second.name.error()
        counter.type("김봄날")
        counter.enter()
        await counter.until(lambda: counter.job.stage is Stage.SECOND and bool(second.name.error()))
        assert (await stored(counter, lost)).state is PaymentState.UNKNOWN

    run_async(scenario())


def test_pins_confirm_where_people_have_them(make: Callable[..., Counter], run_async: Run) -> None:
    async def scenario() -> None:
        counter = make(people=PEOPLE)
        lost = await lost_charge(counter.bench)
        await seen(counter, lost, 3)
        pin = counter.screen.job_view.second.pin
        for wrong in ("999999", "135790"):
            counter.type(wrong)
            counter.enter()
            await counter.until(lambda: counter.job.stage is Stage.SECOND and bool(pin.error()))
            assert pin.is_empty()
        counter.type("246810")
        counter.enter()
        await counter.until_stage(Stage.ENDED)
        assert (await stored(counter, lost)).state is PaymentState.REVERSED
        assert counter.bench.ledger.log[-1].author.approver == "박점장"

    run_async(scenario())


def test_not_there_waits_for_the_settle_time_and_keeps_what_was_typed(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench, charged=False)
        await seen(counter, lost, 2)
        evidence = counter.screen.job_view.evidence
        assert counter.at(Stage.EVIDENCE)
        assert evidence.field.error()
        assert "14:42" in evidence.wait_words()
        counter.bench.clock.pass_s(601)
        counter.enter()
        assert counter.at(Stage.SECOND)
        counter.type("박점장")
        counter.enter()
        await counter.until_stage(Stage.ENDED)
        assert (await stored(counter, lost)).state is PaymentState.NOT_CHARGED

    run_async(scenario())


def test_not_being_able_to_look_closes_nothing(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        facts = counter.bench.ledger.kinds(lost.payment_id)
        await counter.open(lost, Stage.SEE)
        counter.digit(4)
        await counter.until(lambda: counter.screen.job() is None)
        counter.digit(9)
        assert counter.bench.ledger.kinds(lost.payment_id) == facts

    run_async(scenario())


def test_a_refused_reversal_that_was_cancelled_by_hand(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        refused = await refused_reversal(counter.bench)
        await seen(counter, refused, 1)
        counter.type("박점장")
        counter.enter()
        await counter.until_stage(Stage.ENDED)
        assert (await stored(counter, refused)).state is PaymentState.REVERSED

    run_async(scenario())


@pytest.mark.parametrize("again", [True, False])
def test_a_charge_that_still_stands_is_cancelled_once_more(
    make: Callable[..., Counter], run_async: Run, *, again: bool
) -> None:
    async def scenario() -> None:
        counter = make()
        refused = await refused_reversal(counter.bench)
        tno = str(refused.gateway_ref)
        before = counter.bench.gateway.cancels[tno]
        if again:
            counter.bench.gateway.cancel_with(a.CancelRefused(REFUSED))
        await counter.open(refused, Stage.SEE)
        counter.digit(2)
        await counter.until_stage(Stage.SEE if again else Stage.ENDED)
        settled = await stored(counter, refused)
        assert counter.bench.gateway.cancels[tno] == before + 1
        if again:
            assert settled.state is PaymentState.REVERSING
            assert "8661" in counter.screen.job_view.see.note()
        else:
            assert settled.state is PaymentState.REVERSED

    run_async(scenario())


@pytest.mark.parametrize(("number", "state"), [(1, RefundState.DONE), (2, RefundState.NOT_DONE)])
def test_a_refund_nobody_could_settle(
    make: Callable[..., Counter], run_async: Run, number: int, state: RefundState
) -> None:
    async def scenario() -> None:
        counter = make()
        manual = await unexplained_refund(counter.bench)
        await seen(counter, manual, number)
        counter.type("박점장")
        counter.enter()
        await counter.until_stage(Stage.ENDED)
        settled = await stored(counter, manual)
        assert [refund.state for refund in settled.refunds] == [state]
        assert not settled.is_open

    run_async(scenario())


def test_what_settles_itself_meanwhile_ends_the_job_and_says_so(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        await counter.open(lost, Stage.SEE)
        counter.digit(2)
        counter.type("없")
        tno = counter.bench.gateway.book[lost.order_no].tno
        await counter.bench.app.recovery.give_reference(lost.payment_id, tno)
        await counter.until_stage(Stage.ENDED)
        assert counter.job.settled_by is SettledBy.PROGRAM
        counter.enter()
        assert counter.went == [("sale", "")]

    run_async(scenario())


def test_a_held_or_doubled_enter_does_nothing_twice(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        await counter.open(lost)
        counter.enter()
        for _ in range(5):
            counter.hit(Qt.Key.Key_Return, "\r", held=True)
        assert counter.job.stage is Stage.SEARCH
        counter.hit(Qt.Key.Key_Escape)
        await vouched(counter, lost)
        counter.type("박점장")
        counter.enter()
        counter.enter()
        counter.screen.job_view.confirmed.emit()
        await counter.until_stage(Stage.ENDED)
        assert counter.bench.ledger.kinds(lost.payment_id).count("approved") == 1

    run_async(scenario())


def test_leaving_keeps_what_was_typed(make: Callable[..., Counter], run_async: Run) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        await counter.open(lost, Stage.SEE)
        counter.digit(3)
        counter.type("전액취소로 보임")
        evidence = counter.screen.job_view.evidence
        counter.screen.activate(lost.payment_id)  # F9 once more
        await counter.until(lambda: evidence.field.isVisible() and bool(evidence.value()))
        counter.screen.activate()
        await counter.until(lambda: counter.screen.job() is None)
        counter.screen.activate(lost.payment_id)
        await counter.until_stage(Stage.EVIDENCE)
        assert evidence.value() == "전액취소로 보임"

    run_async(scenario())


def test_o_opens_the_site_and_w_copies_the_number_also_in_hangul_mode(
    make: Callable[..., Counter], run_async: Run
) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        with browser() as opened:
            await counter.open(lost)
            counter.hit(Qt.Key.Key_unknown, "ㅐ")
            assert opened == ["https://partner.kcp.co.kr"]
        counter.enter()
        counter.hit(Qt.Key.Key_unknown, "ㅈ")
        assert clipboard() == lost.order_no

    run_async(scenario())


def test_the_right_column_tells_the_story(make: Callable[..., Counter], run_async: Run) -> None:
    async def scenario() -> None:
        counter = make()
        lost = await lost_charge(counter.bench)
        await counter.open(lost)
        story = counter.screen.beside.story
        await counter.until(lambda: len(story.lines()) == 2)
        assert counter.screen.payment_in_sight() == lost.payment_id

    run_async(scenario())
