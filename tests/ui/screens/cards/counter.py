"""The screen of cards in a window over fakes, and the keys of its counter."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from pos_app.domain.card_facts import CardRecord
from pos_app.domain.schedule_facts import PlanRecord
from pos_app.services.card_desk import Consent, KeepRequest
from pos_app.services.operators import OperatorEntry
from pos_app.services.schedule_desk import PlanRequest
from pos_app.ui.bridge import Bridge
from pos_app.ui.screens.cards.view import CardsScreen
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_cards import FakeCardGateway
from tests.helpers.fake_gateway import FakeGateway
from tests.ui.screens.refund.counter import CLERK, until
from tests.ui.widgets.keyboard import open_window, type_text
from tests.unit.services.desk import make_card, make_order

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
ENTER, ESCAPE = Key.Key_Return, Key.Key_Escape


class Counter:
    """The screen, what stands behind it, and what went out of it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.window = QWidget()
        self.screen = CardsScreen(bench.app, Bridge(bench.news, self.window), self.window)
        self.screen.resize(1366, 716)
        self.window.resize(1366, 716)
        self.went: list[tuple[str, str]] = []
        self.screen.navigate.connect(lambda name, payment: self.went.append((name, payment)))

    @property
    def gateway(self) -> FakeCardGateway:
        assert isinstance(self.bench.gateway, FakeCardGateway)
        return self.bench.gateway

    # -- keys --------------------------------------------------------------------------------------

    def press(self, *hit: Key) -> None:
        """Hit keys, one after the other, where the focus is."""
        for key in hit:
            QTest.keyClick(self._focus(), key)

    def command(self, key: Key) -> None:
        """Hit a key with Control."""
        QTest.keyClick(self._focus(), key, CONTROL)

    def type(self, words: str) -> None:
        """Type where the focus is."""
        type_text(self._focus(), words)

    def say(self, letter: str) -> None:
        """Hit a letter that acts."""
        QTest.keyClick(self._focus(), ord(letter.upper()))

    def _focus(self) -> QWidget:
        return QApplication.focusWidget() or self.screen

    def dialog(self) -> QDialog | None:
        """Return the question that stands over the screen."""
        modal = QApplication.activeModalWidget()
        return modal if isinstance(modal, QDialog) else None

    # -- the way -----------------------------------------------------------------------------------

    async def open(self) -> None:
        """Come to the screen, as the shell brings it."""
        self.screen.activate()
        await until(lambda: not self.screen.list.table.isHidden() or self.screen.list.nothing())

    async def open_card(self, words: str) -> None:
        """Find a card and open it."""
        await self.open()
        self.type(words)
        self.press(ENTER)
        await self.on(self.screen.card_page)

    async def on(self, page: QWidget) -> None:
        """Wait until a page is in front and nothing is asked of a desk."""
        await until(lambda: self.screen.page() is page and not self.screen.busy)

    async def asked(self) -> QDialog:
        """Wait for a question."""
        await until(self._dialog_in_front)
        found = self.dialog()
        assert found is not None
        return found

    def _dialog_in_front(self) -> bool:
        """Tell whether a question stands there and has the keyboard."""
        found, focused = self.dialog(), QApplication.focusWidget()
        return found is not None and focused is not None and found.isAncestorOf(focused)

    async def answered(self) -> None:
        """Wait until nothing is asked of a desk and no question stands there."""
        await until(lambda: self.dialog() is None and len(self.screen._scope) == 0)

    # -- what is there -----------------------------------------------------------------------------

    async def keep(self, name: str, phone: str, number: bytes) -> CardRecord:
        """Keep a card."""
        request = KeepRequest(name, phone, "portone", Consent("1", "ko"))
        return await self.bench.app.card_desk.keep(request, make_card(number))

    async def plan(self, card: CardRecord, days: int, amount: int = 55_000) -> PlanRecord:
        """Schedule a payment."""
        at = self.bench.app.schedule_desk.now() + dt.timedelta(days=days)
        request = PlanRequest(card.stream_id, make_order(amount), at)
        return await self.bench.app.schedule_desk.plan(request)


@contextlib.asynccontextmanager
async def counter(
    folder: Path,
    *,
    people: tuple[OperatorEntry, ...] = (),
    clerk: bool = False,
    gateway: FakeGateway | None = None,
) -> AsyncIterator[Counter]:
    """Open the screen over a fresh bench; the owner works it unless `clerk`."""
    bench = make_bench(folder, operators=people, gateway=gateway or FakeCardGateway())
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
        for _ in range(3):
            await asyncio.sleep(0)
