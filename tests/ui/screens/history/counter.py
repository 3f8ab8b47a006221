"""The history screen in a window over fakes, and the keys of its counter."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.domain import answers as a
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import HistoryQuery
from pos_app.services.history import History
from pos_app.ui.bridge import Bridge
from pos_app.ui.screens.history.view import HistoryScreen
from tests.helpers.fake_app import Bench, make_bench
from tests.ui.widgets.keyboard import open_window, type_text
from tests.unit.services.desk import charge

Key = Qt.Key
NO = a.Refusal("CC61", "한도초과", "한도가 모자랍니다", "Over the limit", a.Advice.SMALLER_AMOUNT)
_PATIENCE_S = 8.0


class SlowHistory(History):
    """Holds back the answer to one question until it is let go."""

    def __init__(self, bench: Bench, held: str) -> None:
        super().__init__(bench.ledger)
        self._held = held
        self.asked: list[str] = []
        self.ended: list[str] = []
        self.let_go = asyncio.Event()

    async def search(self, query: HistoryQuery) -> Sequence[PaymentRecord]:
        self.asked.append(query.text)
        try:
            found = await super().search(query)
            if query.text == self._held:
                await self.let_go.wait()
        finally:
            self.ended.append(query.text)
        return found


async def until(happened: Callable[[], object]) -> None:
    """Let the loop go on until `happened` says so."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            if happened():
                return
            await asyncio.sleep(0.002)


def order(name: str, product: str, amount: int, months: int = 0) -> Order:
    """Return an order."""
    return Order(Won(amount), ZERO, Months(months), product, name, "01012344410")


class Counter:
    """The screen, what stands behind it, and what went out of it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.window = QWidget()
        self.screen = HistoryScreen(bench.app, Bridge(bench.news, self.window), self.window)
        self.screen.resize(1366, 716)
        self.window.resize(1366, 716)
        self.went: list[tuple[str, str]] = []
        self.screen.navigate.connect(lambda name, payment: self.went.append((name, payment)))

    def press(self, *hit: Key) -> None:
        """Hit keys, one after the other, where the focus is."""
        for key in hit:
            QTest.keyClick(self._focus(), key)

    def type(self, words: str) -> None:
        """Type, with the input method off or with what it has made."""
        type_text(self._focus(), words)

    def _focus(self) -> QWidget:
        return QApplication.focusWidget() or self.screen

    def ids(self) -> list[str]:
        """Return the payments in the list."""
        return [row.id for row in self.screen.listing.table.model_rows()]

    async def answered(self) -> None:
        """Wait until the last question has its answer."""
        await until(lambda: not self.screen.search.is_waiting())

    async def open(self, payment_id: str = "") -> None:
        """Come to the screen, as the shell brings it."""
        self.screen.activate(payment_id)
        await self.answered()
        if payment_id:
            await until(self.screen.page.isVisible)

    async def find(self, words: str) -> None:
        """Type into the search field and wait for the answer."""
        self.type(words)
        await self.answered()


@contextlib.asynccontextmanager
async def counter(
    folder: Path, *, history: Callable[[Bench], History] | None = None
) -> AsyncIterator[Counter]:
    """Open the screen over a fresh bench."""
    bench = make_bench(folder)
    if history is not None:
        bench.app = dataclasses.replace(bench.app, history=history(bench))
    made = Counter(bench)
    open_window(made.window)
    try:
        yield made
    finally:
        # Closing the last window would end the loop under the test.
        made.window.hide()
        made.screen.deleteLater()
        made.window.deleteLater()
        await bench.jobs.drain(1)
        await asyncio.sleep(0)


async def five_payments(bench: Bench) -> dict[str, PaymentRecord]:
    """Charge on two days: approved, partly refunded, declined, and one without an answer."""
    sales = {"old": await charge(bench, order("홍길동", "꽃바구니", 55_000))}
    bench.clock.pass_s(3 * 24 * 3600)
    sales["refunded"] = await charge(bench, order("정하늘", "개업 화분", 88_000, 3))
    await bench.app.refund_desk.refund(sales["refunded"].payment_id, Won(20_000), "배송 지연")
    sales["approved"] = await charge(bench, order("박서연", "장미 50송이", 120_000))
    bench.gateway.answer_with(a.Declined(NO))
    sales["declined"] = await charge(bench, order("이도윤", "카네이션", 5_000))
    bench.clock.hold_sleepers = True
    bench.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
    sales["unknown"] = await charge(bench, order("오세훈", "난 화분", 77_000))
    return sales
