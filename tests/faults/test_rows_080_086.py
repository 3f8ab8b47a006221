"""Rows 80-86: people at the keys, programs and counters side by side."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pos_app.domain import answers as a
from pos_app.domain.card import Card
from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.domain.facts import Author, Fact, Prepared
from pos_app.domain.operators import Operator, Role
from pos_app.domain.order import PaymentId, SaleId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.requests import ChargeRequest
from pos_app.services.sale_desk import SaleRequest
from pos_app.services.sharing import Sharing
from pos_app.ui.screens.sale.model import Phase
from pos_app.ui.text import error_text, text
from tests.contract.gateways.shop import make_card
from tests.contract.ledger.cases import opened
from tests.faults.rows import row
from tests.faults.terminals import Terminal, run, terminal
from tests.faults.windows import RunAsync, at_window, until_outcome, until_sent
from tests.helpers import figures
from tests.helpers.fake_app import Bench, FakeClock, FakeIds, make_bench
from tests.helpers.fake_gateway import FakeGateway
from tests.helpers.fake_ledger import FakeLedger
from tests.ui.conftest import korean_and_light, run_async
from tests.ui.screens.sale.counter import Counter, Typed
from tests.unit.services.desk import make_order

__all__ = ["korean_and_light", "run_async"]

BOTH = ("kcp", "portone")
SLOW: dict[str, object] = {"on": "charge", "do": "slow", "delay_s": 0.3}


@row(80, *BOTH)
@pytest.mark.parametrize("apart_ms", [1, 10, 50])
def test_row_080_double_click(
    run_async: RunAsync, vendor: str, apart_ms: int, tmp_path: Path
) -> None:
    async def scenario(counter: Counter, till: Terminal) -> None:
        await counter.fill(Typed())
        button = counter.sale.charge
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await asyncio.sleep(apart_ms / 1000)  # this is what the row is about
        if button.isVisible():
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await until_outcome(counter)
        assert list(till.counted("charge_requests").values()) == [1]
        (only,) = await till.payments()
        shown = counter.sale.outcome.record()
        assert shown is not None
        assert shown.payment_id == only.payment_id

    at_window(run_async, vendor, tmp_path, scenario, faults=[SLOW])


@row(81, *BOTH)
def test_row_081_enter_key_held(run_async: RunAsync, vendor: str, tmp_path: Path) -> None:
    """Held from the last field on: it never charges; let go and pressed, it charges once."""

    def hold(counter: Counter) -> None:
        for _ in range(20):
            held = QKeyEvent(
                QKeyEvent.Type.KeyPress,
                Qt.Key.Key_Return,
                Qt.KeyboardModifier.NoModifier,
                "",
                autorep=True,
            )
            QApplication.sendEvent(counter.focus(), held)

    async def scenario(counter: Counter, till: Terminal) -> None:
        await counter.fill(Typed())
        hold(counter)
        await asyncio.sleep(0)
        assert counter.phase() == Phase.CONFIRMING
        assert not till.counted("charge_requests")
        counter.key(Qt.Key.Key_Return)
        hold(counter)
        await until_outcome(counter)
        assert list(till.counted("charge_requests").values()) == [1]

    at_window(run_async, vendor, tmp_path, scenario, faults=[SLOW])


@row(82, *BOTH)
def test_row_082_two_program_copies(vendor: str, tmp_path: Path) -> None:
    """While one copy charges, another finds the ledger taken, and says so."""
    book = tmp_path / "ledger"

    async def story() -> None:
        with opened(book) as ledger:
            async with terminal(vendor, tmp_path, ledger=ledger) as till:
                charge = asyncio.ensure_future(till.sell(50_000))
                second = await asyncio.create_subprocess_exec(
                    sys.executable, "-c", _SECOND_COPY, str(book), stdout=asyncio.subprocess.PIPE
                )
                said, _ = await second.communicate()
                assert said.decode().split() == ["ledger.in_use"]
                with pytest.raises(ShopTrouble, match=r"ledger\.in_use"):
                    opened(book)
                await till.rest(await charge)
                await till.agrees()

    run(story())
    title, advice = error_text(ShopTrouble("ledger.in_use"))
    assert title
    assert advice


_SECOND_COPY = """
import sys
from pathlib import Path
from pos_app.domain.errors import ShopTrouble
from tests.contract.ledger.cases import opened
try:
    opened(Path(sys.argv[1]))
except ShopTrouble as trouble:
    print(trouble.code)
"""


# ------------------------------------------------------------------------- row 83: two counters


class _Chance:
    """Turns of the loop that a part takes, by a seed: another interleaving for each."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    async def turns(self) -> None:
        for _ in range(self._random.randrange(4)):
            await asyncio.sleep(0)


class _SharedLedger(FakeLedger):
    """One ledger for both counters that takes a random while before and after what it does."""

    chance: _Chance

    async def prepare(self, author: Author, fact: Prepared, *more: Fact) -> PaymentRecord:
        await self.chance.turns()
        record = await super().prepare(author, fact, *more)
        await self.chance.turns()
        return record

    async def append(
        self, payment_id: PaymentId, author: Author, *facts: Fact, version: int
    ) -> PaymentRecord:
        await self.chance.turns()
        record = await super().append(payment_id, author, *facts, version=version)
        await self.chance.turns()
        return record

    async def same_card(self, *args: Any) -> Any:
        await self.chance.turns()
        return await super().same_card(*args)


class _Bank(FakeGateway):
    """A gateway that takes a random while to charge."""

    chance: _Chance

    async def approve(self, request: ChargeRequest, card: Card | None) -> a.ChargeAnswer:
        await self.chance.turns()
        answer = await super().approve(request, card)
        await self.chance.turns()
        return answer


class _Pair:
    """Two counters at one ledger and one gateway."""

    def __init__(self, vendor: str, folder: Path) -> None:
        self.bank = _Bank(by_order=vendor == "portone", name=vendor)
        clock = FakeClock()
        self.ledger = _SharedLedger(clock)
        ids = FakeIds()
        self.counters: list[Bench] = [
            make_bench(
                folder, gateway=self.bank, ledger=self.ledger, clock=clock, ids=ids, sharing=sharing
            )
            for sharing in (Sharing("01", shared=True), Sharing("02", shared=True))
        ]

    async def race(self, seed: int) -> list[object]:
        """Let both charge one sale, a random while apart; return how it ended for each."""
        chance = _Chance(seed)
        self.ledger.chance = self.bank.chance = chance
        self.ledger.begin_anew()
        self.bank.book.clear()
        self.bank.charges.clear()
        request = SaleRequest(make_order(50_000), sale_id=SaleId(f"sale{seed}"))

        async def charge(bench: Bench) -> object:
            await chance.turns()
            return await bench.app.sale_desk.charge(request, make_card())

        ended = await asyncio.gather(*map(charge, self.counters), return_exceptions=True)
        while any(bench.jobs._tasks for bench in self.counters):
            await asyncio.gather(
                *(task for bench in self.counters for task in bench.jobs._tasks.values())
            )
        return list(ended)


RACES = 5_000


@row(83, *BOTH)
def test_row_083_two_counters_one_order(vendor: str, tmp_path: Path) -> None:
    """One wins, the other is told who charges, and the gateway sees one request: each time."""
    winners = {"01": 0, "02": 0}

    async def story() -> None:
        pair = _Pair(vendor, tmp_path)
        for seed in range(RACES):
            ended = await pair.race(seed)
            (won,) = [one for one in ended if isinstance(one, PaymentRecord)]
            (lost,) = [one for one in ended if isinstance(one, BaseException)]
            assert isinstance(lost, UserMistake), (seed, lost)
            assert lost.code in {"sale.attempt_live", "sale.same_card", "sale.same_card_open"}
            assert lost.params["order_no"] == won.order_no
            if lost.code == "sale.attempt_live":
                assert won.counter in error_text(lost)[0]
            assert won.state is PaymentState.APPROVED, (seed, won)
            assert pair.bank.charges == {won.order_no: 1}, seed
            winners[won.counter] += 1
        assert all(not bench.errors for bench in pair.counters)

    run(story())
    assert min(winners.values()) > RACES // 10, "both must win sometimes, or nothing was a race"
    figures.add("races of two counters", RACES)


# ----------------------------------------------------------------- rows 84-86: while it is sending


@row(84, *BOTH)
def test_row_084_the_operator_goes_while_sending(
    run_async: RunAsync, vendor: str, tmp_path: Path
) -> None:
    """The window forgets the terminal (lock, log out); the next one there sees the result."""

    async def scenario(counter: Counter, till: Terminal) -> None:
        await counter.fill(Typed())
        counter.key(Qt.Key.Key_Return)
        await until_sent(counter, till)
        before = till.bench.app.operators.current
        counter.shell.detach()
        till.bench.app.operators.current = Operator("이점장", Role.MANAGER)
        (sending,) = await till.payments()
        record = await till.rest(sending)
        assert record.state is PaymentState.APPROVED
        assert record.operator == before.name, "whoever charged stands behind it"
        counter.shell.attach(till.bench.app)
        counter.shell.show_screen("sale", record.payment_id)
        await counter.until(
            lambda: counter.sale.outcome.title() == text("outcome.approved.title"), "the result"
        )
        shown = counter.sale.outcome.record()
        assert shown is not None
        assert shown.payment_id == record.payment_id

    at_window(run_async, vendor, tmp_path, scenario, faults=[SLOW])


@row(85, *BOTH)
@pytest.mark.parametrize("answered", [True, False], ids=["answered in time", "never answered"])
def test_row_085_the_window_is_closed_while_sending(
    run_async: RunAsync, vendor: str, answered: bool, tmp_path: Path
) -> None:
    """Closing waits for the answer; what is cut off is durable, and the next start settles it."""
    fault = SLOW if answered else {"on": "charge", "do": "hang", "done": True}
    wait_s = 5.0 if answered else 0.2

    async def scenario(counter: Counter, till: Terminal) -> None:
        wanted: list[bool] = []
        counter.shell.close_wanted.connect(lambda: wanted.append(True))
        await counter.fill(Typed())
        counter.key(Qt.Key.Key_Return)
        await until_sent(counter, till)
        counter.shell.close()
        assert counter.shell.isVisible(), "never by itself"
        assert wanted == [True]
        clean = await till.bench.app.close(wait_s)
        assert clean is answered
        (record,) = await till.payments()
        assert record.state is (PaymentState.APPROVED if answered else PaymentState.SENDING)
        if not answered:
            again = make_bench(
                tmp_path,
                gateway=till.bench.gateway,
                ledger=till.bench.ledger,
                clock=till.bench.clock,
            )
            next_start = Terminal(till.shop, again)
            await again.app.recovery.resume_open()
            assert (await next_start.rest(record)).state is PaymentState.APPROVED
            await next_start.agrees()

    at_window(run_async, vendor, tmp_path, scenario, faults=[fault])


class _Sleeper:
    """A monotonic clock that jumps: the PC slept."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def __call__(self) -> float:
        import time

        return time.monotonic() + self.slept_s


@row(86, *BOTH)
@pytest.mark.parametrize("done", [True, False], ids=["charged", "not charged"])
def test_row_086_the_pc_sleeps_half_an_hour_while_sending(
    vendor: str, done: bool, tmp_path: Path
) -> None:
    """The deadline has passed when it wakes up, the line is dead: UNKNOWN, then settled."""
    from pos_app.gateways.transport import Transport

    fault: dict[str, object] = {"on": "charge", "do": "hang", "done": done}
    sleeper = _Sleeper()

    async def story() -> None:
        transport = Transport(monotonic=sleeper)
        settings: dict[str, object] = {"timeout_s": 0.8}
        async with terminal(
            vendor, tmp_path, faults=[fault], transport=transport, settings=settings
        ) as till:
            charge = asyncio.ensure_future(till.sell(50_000))
            while not till.counted("charge_requests"):
                assert not charge.done()
                await asyncio.sleep(0.001)
            sleeper.slept_s = 1800.0
            till.bench.clock.pass_s(1800.0)
            lost = await charge
            assert lost.state is PaymentState.UNKNOWN
            after = await till.rest(lost)
            expected = PaymentState.APPROVED if done else PaymentState.NOT_CHARGED
            assert after.state is expected
            await till.agrees()

    run(story())
