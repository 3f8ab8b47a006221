"""What tests of the services say often: an order, a card, a sale, and running to rest."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from pos_app.domain.card import (
    Card,
    parse_card_number,
    parse_expiry,
    parse_holder_id,
    parse_password_start,
)
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order
from pos_app.domain.record import PaymentRecord
from pos_app.services.sale_desk import SaleRequest
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_gateway import FakeGateway

_T = TypeVar("_T")
TODAY = dt.date(2026, 11, 21)


def make_card(number: bytes = b"9410110000000073") -> Card:
    """Return a whole card, fresh buffers each time."""
    return Card(
        parse_card_number(bytearray(number)),
        parse_expiry(bytearray(b"0729"), TODAY),
        parse_holder_id(bytearray(b"880715")),
        parse_password_start(bytearray(b"12")),
    )


def make_order(amount: int = 88_000, months: int = 0) -> Order:
    """Return an order."""
    return Order(Won(amount), ZERO, Months(months), "개업 화분", "정하늘", "01012344410")


async def charge(bench: Bench, order: Order | None = None, **more: Any) -> PaymentRecord:
    """Charge a card at the desk and return the first answer."""
    return await bench.app.sale_desk.charge(SaleRequest(order or make_order(), **more), make_card())


async def at_rest(bench: Bench, record: PaymentRecord) -> PaymentRecord:
    """Let the background go on until no job works on the payment; return it as stored."""
    for _ in range(2000):
        if not bench.jobs.is_running(record.payment_id):
            return await bench.ledger.get(record.payment_id)
        await asyncio.sleep(0)
    raise AssertionError("the payment does not come to rest")


async def refund(bench: Bench, record: PaymentRecord, amount: int) -> PaymentRecord:
    """Refund at the desk and come to rest."""
    first = await bench.app.refund_desk.refund(record.payment_id, Won(amount), "고객 변심")
    return await at_rest(bench, first)


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine on a fresh loop."""
    return asyncio.run(work)


def bench_in(folder: Path, *, by_order: bool = True, **more: Any) -> Bench:
    """Make a bench whose gateway can or cannot be asked by order number."""
    return make_bench(folder, **{"gateway": FakeGateway(by_order=by_order), **more})
