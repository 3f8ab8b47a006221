"""The way through a refund, by keys alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog

from pos_app.domain import answers as a
from pos_app.domain.money import Won
from pos_app.ui.screens.refund.view import Phase
from tests.helpers.fake_gateway import APPROVED_AT
from tests.ui.screens.refund.counter import PEOPLE, Counter, Key, counter, order, three_sales, until
from tests.unit.services.desk import charge

Run = Callable[[Any], Any]


def held_enter(screen: Counter) -> None:
    """Send what a keyboard sends while Enter stays down."""
    event = QKeyEvent(
        QEvent.Type.KeyPress, Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", True
    )
    QApplication.sendEvent(screen._focus(), event)


def test_a_part_goes_back_from_first_consonants_to_the_slip(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await three_sales(here.bench)
            await here.open()
            await here.find("ㅂㅅㅇ")
            here.press(Key.Key_Return)
            here.type("30000")
            here.press(Key.Key_Return, Key.Key_Return)
            assert here.is_in(Phase.CONFIRMING)
            here.press(Key.Key_Return)
            await until(lambda: here.is_in(Phase.OUTCOME))
            stored = await here.bench.ledger.get(sales[1].payment_id)
            assert stored.refunded == Won(30_000)
            assert [refund.partial for refund in stored.refunds] == [True]
            assert here.bench.gateway.book[stored.order_no].balance == 90_000
            kinds = [pair.value for pair in here.screen.slip.facts()]
            assert "신용 부분취소" in kinds

    run_async(story())


def test_what_is_left_is_offered_and_the_whole_of_today_is_a_void(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            await here.open(sale.payment_id)
            await until(lambda: here.screen.form.amount.text_value() == "88000")
            assert "오늘 바로" in here.screen.form._promise.words()
            await here.refund(sale, 20_000)
            await here.open(sale.payment_id)
            await until(lambda: here.screen.form.amount.text_value() == "68000")
            # Saturday the 21st: five business days end on Friday the 27th.
            assert "11월 27일 (금)" in here.screen.form._promise.words()

    run_async(story())


def test_a_held_or_a_third_enter_refunds_nothing_twice(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            await here.open(sale.payment_id)
            await until(here._amount_has_focus)
            here.type("10000")
            here.press(Key.Key_Return, Key.Key_Return)
            assert here.is_in(Phase.CONFIRMING)
            for _ in range(5):
                held_enter(here)
            assert here.is_in(Phase.CONFIRMING)
            here.press(Key.Key_Return, Key.Key_Return, Key.Key_Return)
            await until(lambda: here.is_in(Phase.OUTCOME))
            here.press(Key.Key_Return)
            assert sum(here.bench.gateway.cancels.values()) == 1

    run_async(story())


def test_the_big_key_alone_asks_first(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            await here.open(sale.payment_id)
            await until(here._amount_has_focus)
            here.screen.button.setFocus()
            here.press(Key.Key_Return)
            assert here.is_in(Phase.CONFIRMING)
            assert not here.bench.gateway.cancels

    run_async(story())


def test_typing_after_the_last_look_asks_to_look_again(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            await here.open(sale.payment_id)
            await until(here._amount_has_focus)
            here.press(Key.Key_Return, Key.Key_Return)
            assert here.is_in(Phase.CONFIRMING)
            here.screen.form.amount.setFocus()
            here.type("5")
            assert here.is_in(Phase.TYPING)

    run_async(story())


def test_enter_right_after_typing_takes_the_payment_typed(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await three_sales(here.bench)
            await here.open()
            here.type("120000")
            here.press(Key.Key_Return)
            assert not here._amount_has_focus()
            await until(here._amount_has_focus)
            assert here.screen.payment_in_sight() == sales[1].payment_id

    run_async(story())


def test_the_arrows_choose_without_leaving_the_search(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await three_sales(here.bench)
            await here.open()
            await here.find("정하늘")
            assert here.screen.payment_in_sight() == sales[2].payment_id
            here.press(Key.Key_Down)
            assert here.screen.payment_in_sight() == sales[0].payment_id
            here.press(Key.Key_Down, Key.Key_Up)
            here.press(Key.Key_Return)
            assert here.screen.form.amount.text_value() == "35000"

    run_async(story())


def test_a_manager_agrees_by_pin_and_a_wrong_one_sends_nothing(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with counter(tmp_path, people=PEOPLE, clerk=True) as here:
            sale = (await three_sales(here.bench))[0]
            await here.open(sale.payment_id)
            await until(here._amount_has_focus)
            here.press(Key.Key_Return, Key.Key_Return, Key.Key_Return)
            assert here.screen.approver.pin.error()
            here.type("9999")
            here.press(Key.Key_Return)
            assert here.is_in(Phase.CONFIRMING)
            here.press(Key.Key_Return)
            await until(lambda: here.is_in(Phase.TYPING))
            await until(here.screen.approver.pin.error)
            assert not here.bench.gateway.cancels
            assert here.screen.approver.pin.is_empty()
            here.type("1234")
            here.press(Key.Key_Return, Key.Key_Return)
            await until(lambda: here.is_in(Phase.OUTCOME))
            refund = (await here.bench.ledger.get(sale.payment_id)).refunds[0]
            assert (refund.operator, refund.approver) == ("김점원", "박점장")

    run_async(story())


def test_where_nobody_has_a_pin_a_name_agrees(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path, clerk=True) as here:
            sale = (await three_sales(here.bench))[0]
            await here.open(sale.payment_id)
            await until(here._amount_has_focus)
            here.press(Key.Key_Return, Key.Key_Return)
            here.type("박점장")
            here.press(Key.Key_Return, Key.Key_Return)
            await until(lambda: here.is_in(Phase.OUTCOME))
            assert (await here.bench.ledger.get(sale.payment_id)).refunds[0].approver == "박점장"

    run_async(story())


def test_a_reason_of_ones_own_is_asked_for(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            await here.open(sale.payment_id)
            await until(here._amount_has_focus)
            here.press(Key.Key_Return, Key.Key_End, Key.Key_Return, Key.Key_Return)
            assert here.screen.form.other.error()
            here.type("리본이 바뀜")
            here.press(Key.Key_Return, Key.Key_Return)
            await until(lambda: here.is_in(Phase.OUTCOME))
            assert (await here.bench.ledger.get(sale.payment_id)).refunds[0].reason == "리본이 바뀜"

    run_async(story())


def test_more_than_what_is_left_is_said_in_the_field(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[2]
            await here.open(sale.payment_id)
            await until(here._amount_has_focus)
            here.type("35001")
            assert here.screen.form.amount.error()
            assert "35,000" in here.screen.form._promise.words()
            here.press(Key.Key_Return, Key.Key_Return)
            assert here.is_in(Phase.TYPING)
            assert not here.screen.button.isEnabled()
            assert not here.bench.gateway.cancels

    run_async(story())


def test_a_card_that_goes_back_only_as_a_whole_says_so(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            whole = a.Approval("26112114320099", "30119999", APPROVED_AT, partial_cancel=False)
            here.bench.gateway.answer_with(a.Approved(whole), charged=True)
            sale = await charge(here.bench, order("정하늘", "꽃다발", 35_000))
            await here.open(sale.payment_id)
            await until(here._amount_has_focus)
            here.type("1000")
            assert "일부만" in here.screen.form.amount.error()

    run_async(story())


def test_a_charge_not_known_yet_can_only_be_marked_as_unwanted(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            here.bench.clock.hold_sleepers = True
            here.bench.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
            sale = await charge(here.bench, order("오세훈", "난 화분", 77_000))
            await here.open(sale.payment_id)
            await until(here.screen.button.hasFocus)
            assert here.screen.button.text() == "확인되면 취소"
            assert not here.screen.form.amount.isEnabled()
            here.press(Key.Key_Return)
            await until(lambda: here.screen.findChild(QDialog) is not None)
            here.press(Key.Key_Tab, Key.Key_Return)
            stored = await here.bench.ledger.get(sale.payment_id)
            while not stored.unwanted:
                stored = await here.bench.ledger.get(sale.payment_id)
            assert stored.unwanted == "asked"
            await until(lambda: not here.screen.button.isEnabled())

    run_async(story())


def test_a_payment_given_back_in_full_says_so(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            await here.refund(sale, 88_000)
            await here.open(sale.payment_id)
            await until(lambda: "남아 있지 않습니다" in here.screen.form._promise.words())
            assert not here.screen.button.isEnabled()

    run_async(story())


def test_escape_goes_back_step_by_step(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            await three_sales(here.bench)
            await here.open()
            await here.find("꽃다발")
            here.press(Key.Key_Return, Key.Key_Return, Key.Key_Return)
            assert here.is_in(Phase.CONFIRMING)
            here.press(Key.Key_Escape)
            assert here.is_in(Phase.TYPING)
            here.press(Key.Key_Escape)
            assert here.screen.form.search_field.is_empty()
            assert not here.went
            here.press(Key.Key_Escape)
            assert here.went == [("sale", "")]

    run_async(story())
