"""A terminal for the fault table: the real services and clients, over a practice gateway.

The gateway is asked over real sockets and keeps its own book; the ledger is in memory or on disk;
waiting between look-ups takes no time. `Terminal.agrees` ends every test: whatever happened, the
gateway saw at most one charge request an order number, and both books are equal to the won.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pos_app.domain.card import Card
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.order import Order
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.gateways.transport import Transport
from pos_app.services.ports import Ledger
from pos_app.services.sale_desk import SaleRequest
from pos_app.services.sale_rules import SaleRules
from tests.contract.gateways.kcp_shop import KcpShop
from tests.contract.gateways.portone_shop import PortOneShop
from tests.contract.gateways.shop import PracticeShop, make_card
from tests.helpers.fake_app import Bench, FakeClock, FakeIds, make_bench
from tests.helpers.fake_gateway import FakeGateway
from tests.helpers.fake_ledger import FakeLedger
from tests.unit.services.desk import make_order

Faults = Sequence[dict[str, object]]
#: A payment that has not come to rest after so long hangs.
PATIENCE_S = 20.0
MANAGER = Operator("박점장", Role.MANAGER)
CLERK = Operator("김직원", Role.CLERK)


def make_clock() -> FakeClock:
    """Return a clock that begins at the gateway's day and moves only by what is slept."""
    return FakeClock(dt.datetime.now(dt.UTC))


def shop_of(vendor: str, faults: Faults = (), **switches: Any) -> PracticeShop:
    """Return a shop at that vendor; each can be asked by order number."""
    if vendor == "portone":
        return PortOneShop(faults=faults, **switches)
    shop = KcpShop(faults=faults, inquiry_by_order="both", **switches)
    shop.setting(inquiry_by_order=True)
    return shop


@dataclass
class Terminal:
    """One counter.

    Attributes:
        shop: its gateway and what that believes.
        heard: the errors that reached the loop's handler, the program's one place for errors.
    """

    shop: PracticeShop
    bench: Bench
    heard: list[BaseException] = field(default_factory=list)

    @property
    def ledger(self) -> Ledger:
        """Return the ledger."""
        return self.bench.ledger

    async def sell(
        self,
        amount: int = 50_000,
        card: Card | None = None,
        order: Order | None = None,
        **more: Any,
    ) -> PaymentRecord:
        """Charge a card; return the first answer."""
        request = SaleRequest(order or make_order(amount), **more)
        return await self.bench.app.sale_desk.charge(request, card or make_card())

    async def sold(self, amount: int = 50_000, card: Card | None = None) -> PaymentRecord:
        """Charge a card, and see it approved in the end."""
        record = await self.rest(await self.sell(amount, card))
        assert record.state is PaymentState.APPROVED, record
        return record

    async def refund(
        self, record: PaymentRecord, amount: int, approver: Operator | None = None
    ) -> PaymentRecord:
        """Give money back; return the first answer."""
        desk = self.bench.app.refund_desk
        return await desk.refund(record.payment_id, Won(amount), "고객 변심", approver)

    async def rest(self, record: PaymentRecord) -> PaymentRecord:
        """Wait until no job works on the payment; return it as stored."""
        give_up = asyncio.get_running_loop().time() + PATIENCE_S
        while self.bench.jobs.is_running(record.payment_id):
            assert asyncio.get_running_loop().time() < give_up, "it does not come to rest"
            await asyncio.sleep(0.001)
        return await self.ledger.get(record.payment_id)

    async def payments(self) -> Sequence[PaymentRecord]:
        """Return every payment, newest first."""
        return await self.ledger.recent(1000)

    def kinds(self, record: PaymentRecord) -> list[str]:
        """Return the kinds of fact of a payment, oldest first, from a ledger in memory."""
        return self.bench.ledger.kinds(record.payment_id)

    # ------------------------------------------------------------------------ the gateway's truth

    def counted(self, what: str) -> dict[str, int]:
        """Return one of the gateway's counters: `charge_requests`, `cancel_requests`."""
        book: dict[str, Any] = self.shop.server.book()
        found: dict[str, int] = book["counters"][what]
        return found

    def booked(self, record: PaymentRecord) -> list[dict[str, Any]]:
        """Return what the gateway has under the payment's order number."""
        book: dict[str, Any] = self.shop.server.book()
        return [row for row in book["payments"] if row["order_no"] == record.order_no]

    def balance(self, record: PaymentRecord) -> int:
        """Return what the gateway still holds of the payment."""
        return sum(int(row["balance"]) for row in self.booked(record))

    def charges(self, record: PaymentRecord) -> int:
        """Return how many charge requests came for the payment."""
        return self.counted("charge_requests").get(record.order_no, 0)

    def cancels(self, record: PaymentRecord) -> int:
        """Return how many cancel requests came for the payment."""
        counts = self.counted("cancel_requests")
        return sum(counts.get(ref, 0) for ref in {str(row["tno"]) for row in self.booked(record)})

    async def agrees(self, *, open_left: int = 0, halted: bool = False) -> None:
        """Compare both books to the won; `open_left` payments may wait for a person."""
        records = await self.payments()
        assert set(self.counted("charge_requests").values()) <= {1}
        known = {record.order_no for record in records}
        book: dict[str, Any] = self.shop.server.book()
        assert {str(row["order_no"]) for row in book["payments"]} <= known
        waiting = [record for record in records if record.is_open]
        assert len(waiting) == open_left, waiting
        assert all(record.person_needed for record in waiting)
        for record in records:
            if record.is_open:
                continue
            ours = record.balance.amount if record.state is PaymentState.APPROVED else 0
            assert self.balance(record) == ours, record
        assert bool(self.bench.jobs.halted) is halted


@contextlib.asynccontextmanager
async def terminal(
    vendor: str | PracticeShop,
    folder: Path,
    *,
    faults: Faults = (),
    switches: dict[str, object] | None = None,
    settings: dict[str, object] | None = None,
    transport: Transport | None = None,
    clock: FakeClock | None = None,
    **bench: Any,
) -> AsyncIterator[Terminal]:
    """Open a shop and its terminal, and close both.

    Args:
        vendor: "kcp" or "portone", or a shop that is not open yet.
        folder: for slips.
        faults: the gateway's fault plan.
        switches: of the practice gateway.
        settings: changes of the client's settings.
        transport: what the client sends by.
        clock: of the terminal and its client.
        bench: further parts of the bench, e.g. `rules` or `ledger`.
    """
    shop = vendor if isinstance(vendor, PracticeShop) else shop_of(vendor, faults, **switches or {})
    clock = clock or make_clock()
    shop.now, shop.transport = clock.now, transport
    shop.setting(**settings or {})
    async with shop:
        opened = Terminal(shop, bench_of(shop, folder, clock, **bench))
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: opened.heard.append(context["exception"])
        )
        yield opened
        await opened.bench.jobs.drain(1)


def bench_of(shop: PracticeShop, folder: Path, clock: FakeClock, **parts: Any) -> Bench:
    """Join the real services around a shop's client; it fits where the fakes stand by shape."""
    ledger = cast("FakeLedger | None", parts.pop("ledger", None))
    rules = parts.pop("rules", None) or SaleRules(InstalmentRule())
    gateway = cast("FakeGateway", parts.pop("gateway", None) or shop.gateway)
    ids = parts.pop("ids", None) or FakeIds()
    return make_bench(
        folder, gateway=gateway, ledger=ledger, rules=rules, clock=clock, ids=ids, **parts
    )


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a test's story on a loop of its own."""
    asyncio.run(story)
