"""A shop over a gateway that lists its day and may charge twice: for the sweep and strays."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pos_app.domain import answers as a
from pos_app.domain.operators import Operator, Role
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.stray_facts import STRAYS, StrayRecord
from pos_app.domain.streams import StreamQuery
from pos_app.services.news import Trouble
from pos_app.services.sweep_report import Finding, SweepReport
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_gateway import Booked
from tests.helpers.listing_gateway import DAY, ListingGateway, TwinGateway
from tests.unit.services.desk import at_rest, charge, make_order

S = PaymentState
SECOND = Operator("박점장", Role.MANAGER)
TWIN = "26112114329999"
TIMEOUT = a.NoAnswer("timeout")


class Shop:
    """A bench over a gateway that lists its day, and what it was told of."""

    def __init__(
        self,
        folder: Path,
        *,
        by_order: bool = True,
        gateway: TwinGateway | None = None,
        last: Shop | None = None,
    ) -> None:
        """Open, or start the program anew over the books of `last`."""
        self.folder = folder
        mine = gateway or ListingGateway(by_order=by_order)
        self.gateway: TwinGateway = last.gateway if last else mine
        self.bench: Bench = make_bench(
            folder,
            gateway=self.gateway,
            ledger=last.bench.ledger if last else None,
            clock=last.bench.clock if last else None,
        )
        self.told: list[str] = []
        self.bench.news.subscribe(
            lambda news: self.told.append(news.error.code) if isinstance(news, Trouble) else None
        )

    async def sold(
        self, answer: a.ChargeAnswer | None = None, *, charged: bool, amount: int = 88_000
    ) -> PaymentRecord:
        """Sell, with this answer to the charge, and come to rest."""
        if answer is not None:
            self.gateway.answer_with(answer, charged=charged)
        return await at_rest(self.bench, await charge(self.bench, make_order(amount)))

    async def sweep(self) -> SweepReport:
        """Compare the day, and let everything come to rest."""
        report = await self.bench.app.sweeping.sweep([DAY])
        await self.rest()
        return report

    async def rest(self) -> None:
        """Let the background go on until nothing works any more."""
        quiet = 0
        for _ in range(20_000):
            await asyncio.sleep(0)
            quiet = 0 if self.bench.jobs._tasks else quiet + 1
            if quiet == 5:
                return
        raise AssertionError("the shop does not come to rest")

    async def now(self, record: PaymentRecord) -> PaymentRecord:
        """Return the payment as stored."""
        return await self.bench.ledger.get(record.payment_id)

    async def strays(self) -> list[StrayRecord]:
        """Return every stray, oldest first."""
        return list(reversed(await self.bench.ledger.streams.find(STRAYS, StreamQuery())))


def findings(report: SweepReport) -> list[Finding]:
    """Return what was found."""
    return [one.finding for one in report.found]


def booked(record: PaymentRecord, ref: str = TWIN) -> Booked:
    """Return a charge of that order in the gateway's book."""
    amount = record.order.amount.amount
    return Booked(ref, amount, amount, record.order_no)
