"""Two counters on one book: one program works on one payment, and no word but the book's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain.errors import UserMistake
from pos_app.domain.money import Won
from pos_app.domain.record import PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.services.news import PaymentChanged
from pos_app.services.sharing import Sharing
from tests.helpers.fake_app import Bench, FakeClock, FakeIds, make_bench
from tests.helpers.fake_gateway import FakeGateway
from tests.helpers.fake_ledger import FakeLedger
from tests.unit.services.desk import at_rest, charge, refund, run


def two_counters(folder: Path) -> tuple[Bench, Bench]:
    """Return two counters at one gateway, with one book."""
    clock, ids, bank = FakeClock(), FakeIds(), FakeGateway()
    ledger = FakeLedger(clock)
    first, second = (
        make_bench(
            folder,
            gateway=bank,
            ledger=ledger,
            clock=clock,
            ids=ids,
            sharing=Sharing(name, shared=True),
        )
        for name in ("01", "02")
    )
    return first, second


def test_a_counter_that_starts_leaves_the_charge_of_another_alone(tmp_path: Path) -> None:
    """To it SENDING would mean a stop; the charge is on its way, at the other counter."""

    async def story() -> None:
        first, second = two_counters(tmp_path)
        first.gateway.hold = asyncio.Event()
        sale = asyncio.create_task(charge(first))
        await first.gateway.reached.wait()
        resumed = await second.app.recovery.resume_open()
        assert resumed.open_payments == ()
        (under_way,) = await first.ledger.open_payments()
        assert under_way.state is PaymentState.SENDING
        first.gateway.hold.set()
        assert (await sale).state is PaymentState.APPROVED
        assert first.errors == second.errors == []

    run(story())


def test_nothing_is_said_of_a_charge_that_is_on_its_way_at_another_counter(tmp_path: Path) -> None:
    async def story() -> None:
        first, second = two_counters(tmp_path)
        first.gateway.hold = asyncio.Event()
        sale = asyncio.create_task(charge(first))
        await first.gateway.reached.wait()
        (under_way,) = await first.ledger.open_payments()
        with pytest.raises(UserMistake, match=r"money\.busy"):
            await second.app.recovery.reverse_when_found(under_way.payment_id)
        first.gateway.hold.set()
        assert (await sale).state is PaymentState.APPROVED

    run(story())


def test_what_another_counter_takes_over_is_let_go(tmp_path: Path) -> None:
    """Two programs would reverse it twice; the first one's screens follow the book."""

    async def story() -> None:
        first, second = two_counters(tmp_path)
        first.clock.hold_sleepers = True
        first.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
        lost = await charge(first)
        assert lost.state is PaymentState.UNKNOWN
        shown: list[PaymentState] = []
        first.news.subscribe(
            lambda news: (
                shown.append(news.record.state) if isinstance(news, PaymentChanged) else None
            )
        )
        await second.app.recovery.reverse_when_found(lost.payment_id)
        first.clock.wake()
        record = await at_rest(second, lost)
        await at_rest(first, lost)
        assert record.state is PaymentState.REVERSED
        assert record.keeper == "02"
        assert sum(first.gateway.cancels.values()) == 1
        assert shown
        assert first.errors == second.errors == []

    run(story())


def test_a_sale_of_one_counter_is_refunded_at_another(tmp_path: Path) -> None:
    async def story() -> None:
        first, second = two_counters(tmp_path)
        sale = await charge(first)
        await at_rest(first, sale)
        after = await refund(second, sale, 30_000)
        assert [one.state for one in after.refunds] == [RefundState.DONE]
        assert (await refund(first, sale, 20_000)).balance == Won(38_000)

    run(story())
