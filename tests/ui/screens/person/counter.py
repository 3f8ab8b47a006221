"""A counter with payments that nobody could settle, and the screen in a window."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.config.model import Gateways, KcpSettings
from pos_app.domain import answers as a
from pos_app.domain.money import Won
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.services.operators import OperatorEntry
from pos_app.ui.bridge import Bridge
from pos_app.ui.screens.person.model import Job, Stage
from pos_app.ui.screens.person.view import PersonScreen
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_gateway import FakeGateway
from tests.ui.widgets.keyboard import open_window, press
from tests.unit.services.desk import at_rest, charge, make_order

REFUSED = a.Refusal("8178", "잔액부족", "정산금 부족", "Not enough sales", a.Advice.TRY_LATER)


@dataclass
class Counter:
    """A bench, its screen and where it wanted to go."""

    bench: Bench
    window: QWidget
    screen: PersonScreen
    went: list[tuple[str, str]] = field(default_factory=list)

    @property
    def job(self) -> Job:
        """Return the job at hand."""
        job = self.screen.job()
        assert job is not None
        return job

    def at(self, stage: Stage) -> bool:
        """Tell whether the job is at a stage."""
        return self.job.stage is stage

    def title(self) -> str:
        """Return the big words on the screen."""
        if self.job.stage is Stage.ENDED:
            return self.screen.ended.title()
        return self.screen.job_view.page().title()

    async def open(self, record: PaymentRecord, stage: Stage = Stage.SITE) -> None:
        """Come in by F9 with a payment, and walk to a stage of the way everybody goes."""
        self.screen.activate(record.payment_id)
        await self.until(lambda: self.screen.payment_in_sight() == record.payment_id)
        for key, reached in ((Qt.Key.Key_Return, Stage.SEARCH), (Qt.Key.Key_Return, Stage.SEE)):
            if self.job.stage is stage:
                return
            self.hit(key)
            assert self.job.stage is reached

    def hit(self, key: Qt.Key | int, text: str = "", *, held: bool = False) -> None:
        """Hit a key where the focus is."""
        target: QWidget | None = self.window.focusWidget()
        press(target if target is not None else self.screen, key, text, held=held)

    def digit(self, number: int) -> None:
        """Hit a number key."""
        self.hit(Qt.Key.Key_0 + number, str(number))

    def type(self, words: str) -> None:
        """Type words where the focus is."""
        for char in words:
            self.hit(ord(char.upper()) if ord(char) < 128 else Qt.Key.Key_unknown, char)

    def enter(self) -> None:
        """Hit Enter."""
        self.hit(Qt.Key.Key_Return, "\r")

    async def until(self, reached: Callable[[], bool]) -> None:
        """Let the loop run until `reached`."""
        for _ in range(3000):
            if reached():
                return
            await asyncio.sleep(0)
        raise AssertionError("what was waited for did not come")

    async def until_stage(self, stage: Stage) -> None:
        """Let the loop run until the job is at a stage."""
        await self.until(lambda: self.screen.job() is not None and self.job.stage is stage)


def make_counter(
    folder: Path,
    *,
    people: tuple[OperatorEntry, ...] = (),
    environment: str = "live",
    by_order: bool = False,
) -> Counter:
    """Open the screen over a gateway that cannot be asked by order number."""
    bench = make_bench(
        folder, gateway=FakeGateway(by_order=by_order), operators=people, environment=environment
    )
    loopback = "" if environment == "live" else "http://127.0.0.1:8765"
    kcp = KcpSettings(site_code="A1234", loopback_url=loopback)
    settings = msgspec.structs.replace(bench.app.settings, gateways=Gateways(kcp=kcp))
    bench.app = dataclasses.replace(bench.app, settings=settings)
    window = QWidget()
    window.setObjectName("page")
    window.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    bridge = Bridge(bench.app.news, window)
    screen = PersonScreen(bench.app, bridge)
    column.addWidget(screen)
    window.resize(1366, 716)
    open_window(window)
    counter = Counter(bench, window, screen)
    screen.navigate.connect(lambda name, payment_id: counter.went.append((name, payment_id)))
    return counter


async def lost_charge(
    bench: Bench, *, charged: bool = True, candidate: str | None = None, amount: int = 62_000
) -> PaymentRecord:
    """Charge a card whose answer is lost, and let the program give up."""
    bench.gateway.answer_with(a.NoAnswer("timeout", candidate), charged=charged)
    lost = await charge(bench, make_order(amount))
    return await at_rest(bench, lost)


async def refused_reversal(bench: Bench) -> PaymentRecord:
    """Reverse a charge nobody wants, and let the gateway refuse for good."""
    lost = await lost_charge(bench, amount=110_000)
    await bench.app.recovery.reverse_when_found(lost.payment_id)
    bench.gateway.cancel_with(a.CancelRefused(REFUSED))
    tno = bench.gateway.book[lost.order_no].tno
    await bench.app.recovery.give_reference(lost.payment_id, tno)
    return await at_rest(bench, lost)


async def unexplained_refund(bench: Bench) -> PaymentRecord:
    """Refund a part, lose the answer, and find a balance nobody can explain."""
    sale = await at_rest(bench, await charge(bench))
    bench.gateway.cancel_with(a.NoAnswer("timeout"))
    bench.gateway.book[sale.order_no].balance = 12_345
    first = await bench.app.refund_desk.refund(PaymentId(sale.payment_id), Won(30_000), "고객 변심")
    return await at_rest(bench, first)
