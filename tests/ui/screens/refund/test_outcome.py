"""Every way a refund can end, and what can be done then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog

from pos_app.domain import answers as a
from pos_app.domain.money import Won
from pos_app.domain.refunds import RefundState
from pos_app.ui.screens.refund.view import Phase
from tests.ui.screens.refund.counter import Key, counter, three_sales, until

Run = Callable[[Any], Any]
NO = a.Refusal("8133", "부분취소 불가", "부분 취소를 할 수 없습니다", "No part", a.Advice.LUMP_SUM)


@pytest.mark.parametrize(
    ("answer", "title", "words"),
    [
        (a.CancelRefused(NO), "환불이 거절되었습니다", "부분 취소를 할 수 없습니다"),
        (a.NotSent("dns"), "전송되지 않았습니다", "주소를 찾지 못했습니다"),
    ],
)
def test_what_did_not_happen_is_said_and_can_be_tried_again(
    run_async: Run, tmp_path: Path, answer: a.CancelAnswer, title: str, words: str
) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            here.bench.gateway.cancel_with(answer)
            await here.refund(sale, 10_000)
            assert here.screen.outcome.title() == title
            assert words in here.screen.outcome._hero.accessibleDescription()
            here.press(Key.Key_R)
            await until(here._amount_has_focus)
            here.type("10000")
            here.press(Key.Key_Return, Key.Key_Return, Key.Key_Return)
            await until(lambda: here.is_in(Phase.OUTCOME))
            assert here.screen.outcome.title() == "환불되었습니다"
            assert (await here.bench.ledger.get(sale.payment_id)).refunded == Won(10_000)

    run_async(story())


def test_a_lost_answer_settles_itself_on_the_screen(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            here.bench.clock.hold_sleepers = True
            here.bench.gateway.cancel_with(a.NoAnswer("timeout"), done=True)
            await here.refund(sale, 10_000)
            assert "다시 환불하지 마세요" in here.screen.outcome.title()
            here.press(Key.Key_F, Key.Key_R)
            assert here.is_in(Phase.OUTCOME)
            here.bench.clock.wake()
            await until(lambda: here.screen.outcome.title() == "환불되었습니다")
            assert sum(here.bench.gateway.cancels.values()) == 1

    run_async(story())


def test_a_refund_still_open_is_shown_where_it_stands(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sales = await three_sales(here.bench)
            here.bench.clock.hold_sleepers = True
            here.bench.gateway.cancel_with(a.NoAnswer("reset"))
            await here.refund(sales[0], 10_000)
            await here.open(sales[1].payment_id)
            await until(here._amount_has_focus)
            await here.open(sales[0].payment_id)
            await until(lambda: here.is_in(Phase.OUTCOME))
            assert "확인 중" in here.screen.outcome.title()

    run_async(story())


def test_what_only_a_person_can_settle_leads_to_the_guided_job(
    run_async: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            here.bench.gateway.cancel_with(a.NoAnswer("timeout"))
            here.bench.gateway.look_up_with(a.CannotTell("no_right", final=True))
            await here.refund(sale, 10_000)
            await until(lambda: here.screen.outcome.title().startswith("사람이"))
            stored = await here.bench.ledger.get(sale.payment_id)
            assert stored.refunds[0].state is RefundState.MANUAL
            assert [action.name for action in here.screen.outcome.offered()] == ["person", "next"]
            assert here.screen.payment_in_sight() == sale.payment_id

    run_async(story())


def test_the_cancel_slip_is_saved_with_the_hangul_key(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            await here.refund(sale, 10_000)
            here.type("ㄴ")
            await until(lambda: here.screen.findChild(QDialog) is not None)
            saved = list(here.bench.app.slips_folder.glob("*cancel*.pdf"))
            assert len(saved) == 1
            here.press(Key.Key_Return)
            await until(lambda: here.screen.findChild(QDialog) is None)

    run_async(story())


def test_the_answer_is_not_lost_on_who_looks_elsewhere(run_async: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with counter(tmp_path) as here:
            sale = (await three_sales(here.bench))[0]
            settled: list[object] = []
            here.screen.settled.connect(settled.append)
            await here.open(sale.payment_id)
            await until(here._amount_has_focus)
            here.press(Key.Key_Return, Key.Key_Return, Key.Key_Return)
            here.screen.activate("")
            await until(lambda: settled)
            assert here.screen.outcome.title() == "취소되었습니다"
            assert len(settled) == 1

    run_async(story())
