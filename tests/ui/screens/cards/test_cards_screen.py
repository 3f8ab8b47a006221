"""Cards found, charged again, scheduled, moved, taken back and deleted, by keys alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtTest import QTest

from pos_app.domain.card_facts import CardRecord, CardState
from pos_app.domain.order import PaymentId
from pos_app.domain.payment import PaymentState
from pos_app.domain.schedule_facts import PlanState
from pos_app.ui.screens.cards.reason import ReasonDialog
from pos_app.ui.text import text
from tests.ui.screens.cards.counter import ENTER, ESCAPE, Counter, Key, counter
from tests.ui.screens.refund.counter import PEOPLE, until

RunAsync = Callable[[Any], Any]
ONE, TWO = b"9410110000000073", b"5555555555554444"


async def two_cards(at: Counter) -> tuple[CardRecord, CardRecord]:
    return (
        await at.keep("정하늘", "01012344410", ONE),
        await at.keep("박서연", "01098765432", TWO),
    )


def test_enter_opens_what_was_typed_never_an_older_answer(
    tmp_path: Path, run_async: RunAsync
) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            first, _ = await two_cards(at)
            await at.open_card("ㅈㅎㄴ")
            assert at.screen._card is not None
            assert at.screen._card.stream_id == first.stream_id

    run_async(story())


def test_nothing_found_says_so(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            await two_cards(at)
            await at.open()
            at.type("없는이름")
            await until(at.screen.list.nothing)
            assert at.screen.list.nothing() == text("cards.none", typed="없는이름")
            at.press(ENTER)
            assert at.screen.page() is at.screen.list

    run_async(story())


async def charge(at: Counter, amount: str = "88000", product: str = "꽃바구니") -> None:
    """Type a charge of the card in sight up to the big key."""
    at.say("c")
    at.type(amount)
    at.press(ENTER)
    at.type(product)
    at.press(ENTER, ENTER)


def test_a_card_is_charged_again_and_shown_as_a_sale(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            first, _ = await two_cards(at)
            await at.open_card("ㅈㅎㄴ")
            await charge(at)
            assert at.gateway.charges.total() == 0, "the last look comes first"
            at.press(ENTER, ENTER)
            await until(lambda: at.went)
            ((name, payment_id),) = at.went
            await at.answered()
            paid = await at.bench.app.history.payment(PaymentId(payment_id))
            assert (name, paid.customer_uid) == ("sale", first.customer_uid)
            assert paid.state is PaymentState.APPROVED
            assert at.gateway.charges.total() == 1

    run_async(story())


def test_a_second_charge_asks_and_needs_a_reason(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            await two_cards(at)
            for _ in range(2):
                await at.open_card("ㅈㅎㄴ")
                await charge(at)
                at.press(ENTER)
                await until(lambda: at.went or at.dialog())
                if at.dialog() is None:
                    await at.answered()
                    at.went.clear()
            await at.asked()
            at.press(ESCAPE)
            await at.answered()
            assert at.gateway.charges.total() == 1

    run_async(story())


def test_mistakes_are_said_in_their_fields(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            await two_cards(at)
            await at.open_card("ㅈㅎㄴ")
            page = at.screen.charge_page
            await charge(at, amount="0")
            at.press(ENTER)
            assert page.amount.error()
            assert at.screen.page() is page
            at.press(ESCAPE)
            await charge(at, product="")
            at.press(ENTER)
            assert page.product.error()
            assert at.gateway.charges.total() == 0

    run_async(story())


async def plan(at: Counter, days: int = 6) -> None:
    """Schedule a payment with the card in sight."""
    at.say("s")
    at.type("44000")
    at.press(ENTER)
    at.type("정기 배송")
    at.press(ENTER, ENTER)  # months, then the calendar
    at.press(*[Key.Key_Right] * days)
    at.press(ENTER)
    at.press(ENTER, ENTER)  # the time as it stands, then the big key
    await at.on(at.screen.plan_page)


def test_a_schedule_is_made_moved_and_taken_back(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            first, _ = await two_cards(at)
            await at.open_card("ㅈㅎㄴ")
            await plan(at)
            (made,) = await at.bench.app.schedule_desk.of_card(first.stream_id)
            now = at.bench.app.schedule_desk.now()
            assert made.at.date() == now.date() + dt.timedelta(days=7)
            assert at.screen.plan_page.verdict() == text("plan.state.scheduled.title")
            at.say("m")
            at.press(Key.Key_Down, ENTER, ENTER, ENTER)
            await at.on(at.screen.plan_page)
            (moved,) = await at.bench.app.schedule_desk.of_card(first.stream_id)
            assert moved.at == made.at + dt.timedelta(days=7)
            assert at.gateway.planned[made.order_no].at == moved.at
            at.say("x")
            await at.asked()
            at.press(ENTER)
            at.press(ENTER)
            await at.answered()
            (gone,) = await at.bench.app.schedule_desk.of_card(first.stream_id)
            assert gone.state is PlanState.CANCELLED
            await until(lambda: at.screen.plan_page.verdict() == text("plan.state.cancelled.title"))

    run_async(story())


def test_enter_alone_takes_nothing_back(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            first, _ = await two_cards(at)
            await at.open_card("ㅈㅎㄴ")
            await plan(at)
            at.say("x")
            await at.asked()
            at.press(ESCAPE)
            await at.answered()
            (still,) = await at.bench.app.schedule_desk.of_card(first.stream_id)
            assert still.state is PlanState.SCHEDULED

    run_async(story())


def test_times_that_cannot_be_are_refused_in_their_field(
    tmp_path: Path, run_async: RunAsync
) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            await two_cards(at)
            await at.open_card("ㅈㅎㄴ")
            page = at.screen.charge_page
            at.say("s")
            at.type("44000")
            at.press(ENTER)
            at.type("정기 배송")
            page.time.set_text_value("25:00")
            page.button.setFocus()
            at.press(ENTER)
            assert page.time.error()
            page.calendar.set_day(at.bench.app.schedule_desk.now().date())
            page.time.set_text_value("0001")
            page.button.setFocus()
            at.press(ENTER)
            assert page.time.error()
            assert at.gateway.planned == {}

    run_async(story())


def test_a_clerk_types_nothing_that_a_manager_has_not_agreed_to(
    tmp_path: Path, run_async: RunAsync
) -> None:
    async def story() -> None:
        async with counter(tmp_path, people=PEOPLE, clerk=True) as at:
            first, _ = await two_cards(at)
            await at.open_card("ㅈㅎㄴ")
            at.say("d")
            dialog = await at.asked()
            assert isinstance(dialog, ReasonDialog)
            assert dialog.approver.wanted
            at.press(ENTER)
            at.type("9999")
            at.press(ENTER, ENTER)
            await until(dialog.approver.pin.error)
            await at.asked()
            at.type("1234")
            at.press(ENTER, ENTER)
            await at.answered()
            assert first.customer_uid not in at.gateway.kept
            (entry,) = [e for e in at.bench.ledger.log if e.fact.KIND == "card.forgetting"]
            assert entry.author.approver == "박점장"

    run_async(story())


def test_a_card_with_schedules_leads_to_them(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            first, _ = await two_cards(at)
            made = await at.plan(first, 3)
            await at.open_card("ㅈㅎㄴ")
            at.say("d")
            await at.asked()
            at.press(ENTER)
            await at.on(at.screen.plan_page)
            assert at.screen._plan is not None
            assert at.screen._plan.stream_id == made.stream_id
            assert first.customer_uid in at.gateway.kept

    run_async(story())


def test_a_card_is_deleted_by_keys(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            first, _ = await two_cards(at)
            await at.open_card("ㅈㅎㄴ")
            at.say("d")
            await at.asked()
            at.press(ENTER)
            at.press(ENTER)
            await at.answered()
            gone = await at.bench.app.card_desk.get(first.stream_id)
            assert gone.state is CardState.FORGOTTEN
            await until(
                lambda: at.screen.card_page.verdict() == text("cards.state.forgotten.title")
            )
            assert at.screen.card_page.side.offered() == []

    run_async(story())


def test_the_calendar_walks_by_days_and_opens_what_is_planned(
    tmp_path: Path, run_async: RunAsync
) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            first, _ = await two_cards(at)
            made = await at.plan(first, 3)
            await at.open()
            at.command(Key.Key_L)
            page = at.screen.calendar_page
            await at.on(page)
            await until(lambda: page.calendar._marks)
            at.press(Key.Key_Right, Key.Key_Right, Key.Key_Right)
            assert "55,000" in page.day_words()
            at.press(ENTER)
            await at.on(at.screen.plan_page)
            assert at.screen._plan is not None
            assert at.screen._plan.stream_id == made.stream_id
            at.press(ESCAPE)
            await at.on(page)

    run_async(story())


def test_news_keep_what_is_shown_true(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            first, _ = await two_cards(at)
            made = await at.plan(first, 3)
            await at.open_card("ㅈㅎㄴ")
            await at.bench.app.schedule_desk.cancel(made.stream_id, "손님 요청")
            shown = at.screen.card_page.table
            cancelled = text("badge.plan.cancelled")
            await until(lambda: getattr(shown.model_rows()[0].cells[-1], "words", "") == cancelled)

    run_async(story())


def test_a_failed_schedule_is_charged_again_after_a_question(
    tmp_path: Path, run_async: RunAsync
) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            first, _ = await two_cards(at)
            made = await at.plan(first, 3)
            at.bench.clock.pass_s(4 * 86_400)
            at.gateway.execute(made.order_no, paid=False)
            await at.bench.app.schedule_desk.take_up_due()
            await until(lambda: not at.bench.jobs.is_running(made.stream_id))
            await until(lambda: not at.bench.jobs.is_running(made.payment_id))
            await at.open_card("ㅈㅎㄴ")
            at.press(ENTER)
            await at.on(at.screen.plan_page)
            assert at.screen.plan_page.verdict() == text("plan.paid.declined.title")
            at.say("r")
            await at.asked()
            at.press(ENTER)
            await until(lambda: at.went)
            await at.answered()
            paid = await at.bench.app.history.payment(PaymentId(at.went[0][1]))
            assert paid.sale_id == made.sale_id
            assert paid.order_no != made.order_no

    run_async(story())


def test_a_held_key_does_nothing(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            await two_cards(at)
            await at.open_card("ㅈㅎㄴ")
            await charge(at)
            button = at.screen.charge_page.button
            QTest.keyPress(button, ENTER)
            at.press(ENTER)
            await until(lambda: at.went)
            await at.answered()
            assert at.gateway.charges.total() == 1

    run_async(story())
