"""Finding a payment, reading its story, printing its slip again: by keys alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QDialog

from pos_app.domain.money import Won
from pos_app.domain.receipt import ReceiptKind
from pos_app.printing.paper import Paper
from pos_app.ui.screens.history.filters import Days, States
from tests.helpers.fake_app import Bench
from tests.ui.screens.history.counter import Key, SlowHistory, counter, five_payments, until

Run = Callable[[Any], Any]


def test_first_consonants_find_and_enter_opens_the_whole_story(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await five_payments(here.bench)
            await here.open()
            assert len(here.ids()) == 5
            await here.find("ㅈㅎㄴ")
            assert here.ids() == [sales["refunded"].payment_id]
            here.press(Key.Key_Return)
            await until(here.screen.page.isVisible)
            told = here.screen.page.lines()
            kinds = here.bench.ledger.kinds(sales["refunded"].payment_id)
            assert len(told) == len(kinds) == 6
            assert "배송 지연" in told[-1].words
            here.press(Key.Key_Escape)
            await here.answered()
            assert here.screen.listing.isVisible()
            assert here.screen.listing.typed() == "ㅈㅎㄴ"

    run_async(story())


def test_an_older_answer_never_replaces_a_newer_one(run_async: Run, tmp_path: Path) -> None:
    slow: list[SlowHistory] = []

    def hold_one(bench: Bench) -> SlowHistory:
        slow.append(SlowHistory(bench, "꽃"))
        return slow[0]

    async def story() -> None:
        async with counter(tmp_path, history=hold_one) as here:
            sales = await five_payments(here.bench)
            await here.open()
            here.type("꽃")
            await until(lambda: "꽃" in slow[0].asked)
            here.press(Key.Key_Backspace)
            await here.find("120000")
            assert here.ids() == [sales["approved"].payment_id]
            slow[0].let_go.set()
            await until(lambda: "꽃" in slow[0].ended)
            assert here.ids() == [sales["approved"].payment_id]

    run_async(story())


def test_enter_right_after_typing_opens_what_was_typed(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await five_payments(here.bench)
            await here.open()
            here.type("홍길동")
            here.press(Key.Key_Return)
            await until(here.screen.page.isVisible)
            assert here.screen.payment_in_sight() == sales["old"].payment_id

    run_async(story())


def test_days_and_states_have_keys(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await five_payments(here.bench)
            await here.open()
            here.press(Key.Key_F6)
            assert here.screen.listing.days() is Days.TODAY
            await here.answered()
            assert sales["old"].payment_id not in here.ids()
            assert len(here.ids()) == 4
            here.press(Key.Key_F6)
            await here.answered()
            assert len(here.ids()) == 5
            here.press(Key.Key_F11, Key.Key_F11)
            assert here.screen.listing.states() is States.OPEN
            await here.answered()
            assert here.ids() == [sales["unknown"].payment_id]

    run_async(story())


def test_what_is_shown_is_counted_and_added_up(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            await five_payments(here.bench)
            await here.open()
            said = here.screen.listing.counted()
            assert "5건" in said
            # 55,000 + 88,000 + 120,000; neither the declined one nor the open one counts.
            assert "263,000원" in said
            assert "243,000원" in said
            await here.find("없는 이름")
            assert "없는 이름" in here.screen.listing.nothing()

    run_async(story())


def test_news_are_shown_in_the_list_and_in_the_payment(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await five_payments(here.bench)
            await here.open(sales["unknown"].payment_id)
            assert here.screen.page.receipt() is None
            here.bench.clock.wake()
            await until(lambda: here.screen.page.receipt() is not None)
            assert here.screen.page.buttons["print"].isEnabled()

    run_async(story())


def test_every_slip_of_a_payment_is_seen_as_a_reprint_on_every_paper(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await five_payments(here.bench)
            await here.open(sales["refunded"].payment_id)
            page = here.screen.page
            first = page.receipt()
            assert first is not None
            assert first.reprint
            assert first.kind is ReceiptKind.SALE
            assert page.paper() is Paper.A4
            on_a4 = page._view.picture()
            here.type("ㅁ")  # the key A with the input method on
            assert page.paper() is Paper.ROLL_80
            assert page._view.picture() != on_a4
            here.press(Key.Key_N)
            second = page.receipt()
            assert second is not None
            assert second.kind is ReceiptKind.PARTIAL
            assert second.tax.total == Won(20_000)
            here.press(Key.Key_N)
            assert page.receipt() == first

    run_async(story())


def test_the_slip_in_sight_is_saved(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await five_payments(here.bench)
            await here.open(sales["refunded"].payment_id)
            here.press(Key.Key_N, Key.Key_S)
            await until(lambda: here.screen.findChild(QDialog) is not None)
            assert [
                path.name.count("cancel") for path in here.bench.app.slips_folder.iterdir()
            ] == [1]
            here.press(Key.Key_Return)
            await until(lambda: here.screen.findChild(QDialog) is None)

    run_async(story())


def test_a_declined_payment_has_a_story_and_no_slip(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await five_payments(here.bench)
            await here.open(sales["declined"].payment_id)
            page = here.screen.page
            assert page.receipt() is None
            assert "CC61" in page.lines()[-1].words
            assert not page.buttons["refund"].isEnabled()
            here.press(Key.Key_P, Key.Key_S)
            assert not here.bench.app.slips_folder.exists()

    run_async(story())


def test_the_row_that_is_chosen_is_what_f4_and_f9_mean(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await five_payments(here.bench)
            await here.open()
            assert here.screen.payment_in_sight() == sales["unknown"].payment_id
            here.press(Key.Key_Down, Key.Key_Down)
            assert here.screen.payment_in_sight() == sales["approved"].payment_id
            here.press(Key.Key_Escape)
            assert here.went == [("sale", "")]

    run_async(story())
