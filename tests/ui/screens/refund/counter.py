"""The refund screen in a window over fakes, and the keys of its counter."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.order import Order
from pos_app.domain.record import PaymentRecord
from pos_app.services.operators import OperatorEntry
from pos_app.ui.bridge import Bridge
from pos_app.ui.screens.refund.view import Phase, RefundScreen
from tests.helpers.fake_app import Bench, make_bench
from tests.ui.widgets.keyboard import open_window, type_text
from tests.unit.services.desk import charge

Key = Qt.Key
CLERK = Operator("김점원", Role.CLERK)
PEOPLE = (
    OperatorEntry("김점원", Role.CLERK, "1111"),
    OperatorEntry("박점장", Role.MANAGER, "1234"),
)
_PATIENCE_S = 8.0


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
        self.screen = RefundScreen(bench.app, Bridge(bench.news, self.window), self.window)
        self.screen.resize(1366, 716)
        self.window.resize(1366, 716)
        self.went: list[tuple[str, str]] = []
        self.screen.navigate.connect(lambda name, payment: self.went.append((name, payment)))

    @property
    def phase(self) -> Phase:
        return self.screen.phase

    def is_in(self, phase: Phase) -> bool:
        """Tell whether the screen is in `phase`."""
        return self.phase is phase

    def press(self, *hit: Key) -> None:
        """Hit keys, one after the other, where the focus is."""
        for key in hit:
            QTest.keyClick(self._focus(), key)

    def type(self, words: str) -> None:
        """Type, with the input method off or with what it has made."""
        type_text(self._focus(), words)

    def _focus(self) -> QWidget:
        return QApplication.focusWidget() or self.screen

    async def open(self, payment_id: str = "") -> None:
        """Come to the screen, as the shell brings it."""
        self.screen.activate(payment_id)
        await until(lambda: not self.screen.search.is_waiting())
        if payment_id:
            await until(lambda: self.screen.payment_in_sight() == payment_id)

    async def find(self, words: str) -> None:
        """Type into the search field and wait for the answer."""
        self.type(words)
        await until(lambda: not self.screen.search.is_waiting())

    async def refund(self, payment: PaymentRecord, amount: int) -> None:
        """Walk through a refund to its first outcome."""
        if self.screen.payment_in_sight() != payment.payment_id:
            await self.open(payment.payment_id)
        await until(self._amount_has_focus)
        self.type(str(amount))
        self.press(Key.Key_Return, Key.Key_Return, Key.Key_Return)
        await until(lambda: self.phase is Phase.OUTCOME)

    def _amount_has_focus(self) -> bool:
        return self.screen.form.amount.focusProxy() is QApplication.focusWidget()


@contextlib.asynccontextmanager
async def counter(
    folder: Path, *, people: tuple[OperatorEntry, ...] = (), clerk: bool = False
) -> AsyncIterator[Counter]:
    """Open the screen over a fresh bench; the owner works it unless `clerk`."""
    bench = make_bench(folder, operators=people)
    if clerk:
        bench.app.operators.current = CLERK
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


async def three_sales(bench: Bench) -> list[PaymentRecord]:
    """Charge three payments of two people."""
    return [
        await charge(bench, order("정하늘", "개업 화분", 88_000, 3)),
        await charge(bench, order("박서연", "장미 50송이", 120_000)),
        await charge(bench, order("정하늘", "꽃다발", 35_000)),
    ]
