"""A counter with payments that nobody could settle, and the screen in a window."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.config.model import Gateways, KcpSettings
from pos_app.domain import answers as a
from pos_app.domain.money import Won
from pos_app.domain.order import OrderNo, PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.stray_facts import STRAYS, StrayFound, StrayRecord, StrayWhy
from pos_app.services.operators import OperatorEntry
from pos_app.ui.bridge import Bridge
from pos_app.ui.screens.person.model import Job, Stage
from pos_app.ui.screens.person.stray_model import StrayJob
from pos_app.ui.screens.person.view import PersonScreen
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_gateway import FakeGateway
from tests.helpers.listing_gateway import TwinGateway
from tests.ui.widgets.keyboard import open_window, press
from tests.unit.services.desk import at_rest, charge, make_order

#: The number of a charge too many.
TWIN = "26112114329999"
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

    @property
    def stray(self) -> StrayJob:
        """Return the stray at hand."""
        job = self.screen.stray.job()
        assert job is not None
        return job

    def stray_at(self, stage: Stage) -> bool:
        """Tell whether a stray is at hand, at a stage, with nothing on its way."""
        job = self.screen.stray.job()
        return job is not None and job.stage is stage and not job.sending

    async def open_list(self, rows: int) -> None:
        """Come in by F9 without a payment, and see so many rows."""
        self.screen.activate()
        table = self.screen.list.table
        await self.until(lambda: len(table.model_rows()) == rows and table.hasFocus())
        await self.settle()

    async def settle(self) -> None:
        """Let everything end that the screen has begun."""
        await self.until(lambda: len(self.screen._scope) == 0)

    async def open_stray(self, record: StrayRecord, rows: int) -> None:
        """Choose a stray from the list of so many rows."""
        await self.open_list(rows)
        table = self.screen.list.table
        for _row in range(rows):
            self.hit(Qt.Key.Key_Up)
        for _row in range(rows):
            if table.current_id() == record.stream_id:
                break
            self.hit(Qt.Key.Key_Down)
        assert table.current_id() == record.stream_id
        self.enter()
        await self.until(lambda: self.screen.stray.job() is not None)
        await self.settle()

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
    gateway: FakeGateway | None = None,
) -> Counter:
    """Open the screen over a gateway that cannot be asked by order number."""
    gateway = gateway or FakeGateway(by_order=by_order)
    bench = make_bench(folder, gateway=gateway, operators=people, environment=environment)
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


async def refused_stray(
    bench: Bench, gateway: TwinGateway, *, amount: int = 88_000, ref: str = TWIN
) -> StrayRecord:
    """Find a second charge of one order whose cancel the gateway refuses."""
    sale = await at_rest(bench, await charge(bench, make_order(amount)))
    gateway.put(sale.order_no, ref, amount)
    gateway.cancel_with(a.CancelRefused(REFUSED))
    other = a.Other(ref, Won(amount), Won(amount))
    (stray,) = await bench.app.strays.note_others(sale, [other], "look_up")
    return await at_person(bench, stray)


def found_about(bench: Bench, why: StrayWhy, **more: Any) -> StrayFound:
    """Return a finding at the bench's gateway, as the sweep makes it."""
    amount = more.pop("amount", Won(45_000))
    facts: dict[str, Any] = {
        "order_no": OrderNo("20261121010123456789ABCDEF"),
        "gateway_ref": "26112114326666",
        "amount": amount,
        "balance": amount,
        "by": "sweep",
    }
    gateway = bench.gateway
    return StrayFound(
        why=why,
        gateway=gateway.name,
        environment=gateway.environment,
        site=gateway.site,
        **(facts | more),
    )


async def foreign_stray(
    bench: Bench, order_no: str = "WEB-2026112100017", ref: str = "26112114326666"
) -> StrayRecord:
    """Find money under an order number that nobody here knows."""
    found = found_about(bench, StrayWhy.FOREIGN, order_no=OrderNo(order_no), gateway_ref=ref)
    return await bench.app.strays.note(found)


async def at_person(bench: Bench, stray: StrayRecord) -> StrayRecord:
    """Let the program work on a stray until it gives up or is done."""
    for _ in range(5000):
        now = await bench.ledger.streams.get(STRAYS, stray.stream_id)
        working = now.is_open and not now.needs_person
        if not working and not bench.app.strays.is_running(now):
            return now
        await asyncio.sleep(0)
    raise AssertionError("the stray does not come to rest")


class _Taker(QObject):
    """Takes the addresses that would go to a browser."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def take(self, address: QUrl) -> None:
        """Remember an address."""
        self.opened.append(address.toString())


@contextlib.contextmanager
def browser() -> Iterator[list[str]]:
    """Take the addresses that would go to a browser meanwhile."""
    taker = _Taker()
    QDesktopServices.setUrlHandler("https", taker, "take")  # type: ignore[arg-type]  # the stub wants bytes, Qt for Python a name
    try:
        yield taker.opened
    finally:
        QDesktopServices.unsetUrlHandler("https")
