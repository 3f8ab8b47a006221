"""Rows 93-97: clocks that jump, midnight, the host's own time zone: the same as without them.

Each story is run twice, once with the clock as it should be and once with what the row says, and
what came of both is compared: facts, states, amounts, and what the gateway counted.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_app.domain.order import KST
from pos_app.domain.record import PaymentState
from pos_app.services.news import News, PaymentChanged
from tests.faults.rows import row
from tests.faults.terminals import Faults, Terminal, make_clock, terminal
from tests.helpers.fake_app import FakeClock

BOTH = ("kcp", "portone")
YEARS_10 = dt.timedelta(days=3652)
#: How the charge ends -> the gateway's fault plan.
ENDS: dict[str, Faults] = {
    "answered": [],
    "lost, charged": [{"on": "charge", "do": "reset", "done": True}],
    "lost, not charged": [{"on": "charge", "do": "reset", "done": False}],
}


@dataclass(frozen=True)
class Came:
    """What came of a story; numbers that differ by chance are left out."""

    state: PaymentState
    kinds: tuple[str, ...]
    refunds: tuple[str, ...]
    balance: int
    charges: int
    cancels: int


def clock_at(wall: dt.datetime) -> FakeClock:
    """Return a clock that begins there."""
    return FakeClock(wall)


def come(
    vendor: str,
    folder: Path,
    end: str,
    *,
    clock: FakeClock | None = None,
    sending: Callable[[FakeClock], None] = lambda _clock: None,
    before_refund: Callable[[FakeClock], None] = lambda _clock: None,
) -> Came:
    """Sell, let it settle, refund a part where it was approved; return what came of it.

    Args:
        vendor: the gateway.
        folder: for slips.
        end: which of `ENDS`.
        clock: of terminal and client.
        sending: done to the clock when the charge is about to leave.
        before_refund: done to the clock between charge and refund.
    """
    clock = clock or make_clock()

    async def story() -> Came:
        async with terminal(vendor, folder, faults=ENDS[end], clock=clock) as till:

            def hear(news: News) -> None:
                if isinstance(news, PaymentChanged) and news.record.state is PaymentState.SENDING:
                    sending(clock)

            till.bench.news.subscribe(hear)
            record = await till.rest(await till.sell(50_000))
            if record.state is PaymentState.APPROVED:
                before_refund(clock)
                await till.refund(record, 20_000)
                record = await till.rest(record)
            await till.agrees()
            return await _came(till, record.payment_id)

    return asyncio.run(story())


async def _came(till: Terminal, payment_id: object) -> Came:
    (record,) = await till.payments()
    assert record.payment_id == payment_id
    return Came(
        record.state,
        tuple(till.kinds(record)),
        tuple(refund.state.value for refund in record.refunds),
        till.balance(record),
        till.charges(record),
        till.cancels(record),
    )


def jump(by: dt.timedelta) -> Callable[[FakeClock], None]:
    """Return what moves the wall clock and nothing else."""

    def move(clock: FakeClock) -> None:
        clock.wall += by

    return move


@row(93, *BOTH)
@pytest.mark.parametrize("end", ENDS)
def test_row_093_the_wall_clock_falls_back_a_day_while_sending(
    vendor: str, end: str, tmp_path: Path
) -> None:
    with_it = come(vendor, tmp_path, end, sending=jump(-dt.timedelta(days=1)))
    assert with_it == come(vendor, tmp_path, end)


@row(94, *BOTH)
@pytest.mark.parametrize("end", ENDS)
def test_row_094_the_wall_clock_jumps_ten_years_while_sending(
    vendor: str, end: str, tmp_path: Path
) -> None:
    """KCP's certificate seems to have ended, so a refund waits until the clock is right again."""
    with_it = come(vendor, tmp_path, end, sending=jump(YEARS_10), before_refund=jump(-YEARS_10))
    assert with_it == come(vendor, tmp_path, end)


@row(95, *BOTH)
@pytest.mark.parametrize("end", ENDS)
def test_row_095_the_wall_clock_begins_in_1970(vendor: str, end: str, tmp_path: Path) -> None:
    clock = clock_at(dt.datetime(1970, 1, 1, 0, 0, 30, tzinfo=dt.UTC))
    assert come(vendor, tmp_path, end, clock=clock) == come(vendor, tmp_path, end)


@row(95, *BOTH)
@pytest.mark.parametrize("end", ENDS)
def test_row_095_and_is_put_right_while_sending(vendor: str, end: str, tmp_path: Path) -> None:
    """As a clock server does some seconds after the start."""
    now = dt.datetime.now(dt.UTC)
    clock = clock_at(dt.datetime(1970, 1, 1, 0, 0, 30, tzinfo=dt.UTC))

    def put_right(clock: FakeClock) -> None:
        clock.wall = now

    assert come(vendor, tmp_path, end, clock=clock, sending=put_right) == come(
        vendor, tmp_path, end
    )


@row(96, *BOTH)
@pytest.mark.parametrize("end", ENDS)
def test_row_096_midnight_in_korea_between_charge_and_refund(
    vendor: str, end: str, tmp_path: Path
) -> None:
    today = dt.datetime.now(KST).date()
    midnight = dt.datetime.combine(today, dt.time(), KST).astimezone(dt.UTC)
    late, early = midnight - dt.timedelta(seconds=1), midnight + dt.timedelta(seconds=2)

    def cross(clock: FakeClock) -> None:
        clock.wall = max(clock.wall, early)

    over = come(vendor, tmp_path, end, clock=clock_at(late), before_refund=cross)
    sending = come(vendor, tmp_path, end, clock=clock_at(late), sending=cross)
    assert over == sending == come(vendor, tmp_path, end)


@pytest.fixture
def host_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the host's time zone, and put it back."""

    def use(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield use
    monkeypatch.undo()
    time.tzset()


@row(97, *BOTH)
@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Asia/Seoul"])
@pytest.mark.parametrize("month", [3, 11], ids=["spring", "autumn"])
def test_row_097_a_host_in_a_zone_that_changes_its_clock(
    vendor: str, zone: str, month: int, host_zone: Callable[[str], None], tmp_path: Path
) -> None:
    """The hour that is missing or comes twice there is between charge and refund."""
    plain = come(vendor, tmp_path, "lost, charged")
    host_zone(zone)
    day = 8 if month == 3 else 1
    change = dt.datetime(2026, month, day, 6, 59, 59, tzinfo=dt.UTC)  # 2 o'clock in New York
    clock = clock_at(change)
    over = dt.timedelta(hours=1)
    with_it = come(vendor, tmp_path, "lost, charged", clock=clock, before_refund=jump(over))
    assert with_it == plain


@row(97, "kcp")
def test_row_097_a_leap_second_in_the_gateways_time(vendor: str, tmp_path: Path) -> None:
    """`23:59:60` is no time in most libraries: the approval counts all the same."""
    leap = "20161231235960"
    fault: dict[str, object] = {"on": "charge", "do": "edit", "set": {"app_time": leap}}

    async def story() -> None:
        async with terminal(vendor, tmp_path, faults=[fault]) as till:
            sale = await till.sold(50_000)
            assert sale.approval is not None
            assert sale.approval.approved_at.tzinfo is not None
            await till.refund(sale, 50_000)
            await till.rest(sale)
            await till.agrees()

    asyncio.run(story())
