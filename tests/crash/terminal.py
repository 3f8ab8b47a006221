"""A whole terminal without its window: real ledger, services, adapters and transport, joined.

Joined as `pos_app/bootstrap/opening.py` does it, with a clock on which ten minutes pass in a blink,
so that a recovery does not wait for the settle time.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import resource
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pos_app.domain.errors import PosError, ShopTrouble, UserMistake
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.kcp.needs import Signer
from pos_app.gateways.kcp.settings import KcpSettings
from pos_app.gateways.portone.client import PortOneGateway
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.gateways.registry import make_kcp, make_portone
from pos_app.gateways.transport import Transport
from pos_app.ledger.store import SqlLedger, open_ledger
from pos_app.services.card_desk import CardDesk
from pos_app.services.card_desks import join_card_desks
from pos_app.services.machine import SystemClock, SystemIds
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import News, NewsBoard, PaymentChanged, StreamChanged, Trouble
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Gateway
from pos_app.services.recovery import Recovery
from pos_app.services.refund_desk import RefundDesk
from pos_app.services.sale_desk import SaleDesk, SaleRequest
from pos_app.services.sale_rules import SaleGateway, SaleRules
from pos_app.services.schedule_desk import ScheduleDesk
from pos_app.services.settle import Settler, SettleRules
from pos_app.services.sharing import Sharing
from pos_app.services.stream_worker import StreamParts, StreamRules
from tests.contract.gateways.portone_shop import Keys
from tests.contract.gateways.shop import PLAIN_CARD, make_card, now
from tests.contract.ledger.cases import INSTALL_ID, KEY
from tests.crash.lives import Report
from tests.unit.services.desk import make_order

SECOND = Operator("박점장", Role.MANAGER)
#: So much faster than the machine's own clock is that of the services.
HASTE = 20_000.0
#: Between two looks at the jobs that run; no order depends on it.
_LOOK_S = 0.001


class HastyClock(SystemClock):
    """The machine's clock, on which time passes much faster; wall time is the machine's."""

    def monotonic_s(self) -> float:
        """Return seconds, each a small part of a real one."""
        return time.monotonic() * HASTE

    async def sleep(self, seconds: float) -> None:
        """Wait a small part of that."""
        await super().sleep(seconds / HASTE)


@dataclass(frozen=True, slots=True)
class Shop:
    """Which gateway, and what is the same for every life: made once, before the first fork.

    Attributes:
        name: "kcp", "kcp_by_order" (it can be asked by order number) or "portone".
    """

    name: str
    signer: Signer
    transport: Transport

    @property
    def gateway(self) -> str:
        """Return the vendor."""
        return "portone" if self.name == "portone" else "kcp"

    @property
    def switches(self) -> dict[str, object]:
        """Return how the practice gateway behaves."""
        if self.name == "portone":
            return {"portone_strict": True}
        return {"inquiry_by_order": "both" if self.name == "kcp_by_order" else "off"}

    def client(self, url: str) -> KcpGateway | PortOneGateway:
        """Return the real adapter."""
        if self.name == "portone":
            settings = PortOneSettings(environment="loopback", loopback_url=url)
            return make_portone(settings, Keys(), now=now, transport=self.transport)
        wire = KcpSettings(
            environment="loopback",
            site_code="T0000",
            loopback_url=url,
            inquiry_by_order=self.name == "kcp_by_order",
        )
        return make_kcp(wire, self.signer, now=now, transport=self.transport)


class Till:
    """One terminal, open: what a clerk does at it, and what it tells."""

    def __init__(self, ledger: SqlLedger, gateway: Gateway, url: str, report: Report) -> None:
        """Join the services."""
        self.ledger = ledger
        self.gateway = gateway
        self._url = url
        self.say = report.say
        self.clock, ids, self.news = HastyClock(), SystemIds(), NewsBoard()
        self.jobs = MoneyJobs(lambda error: report.say("job_failed", error=repr(error)))
        operators = OperatorDesk(
            entries=(), owner="김봄날", counter="01", verify_pin=lambda *_: False
        )
        way = SaleGateway(gateway, SaleRules(InstalmentRule()))
        self.settler = Settler(
            gateways={gateway.name: gateway},
            ledger=ledger,
            spool=ledger.spool,
            jobs=self.jobs,
            news=self.news,
            clock=self.clock,
            ids=ids,
            rules=SettleRules(Sharing("01")),
        )
        common: dict[str, Any] = {
            "ledger": ledger,
            "settler": self.settler,
            "jobs": self.jobs,
            "clock": self.clock,
            "operators": operators,
        }
        self.sales = SaleDesk(**common, gateways=[way], ids=ids)
        self.refunds = RefundDesk(**common, ids=ids, is_holiday=lambda _day: False)
        self.recovery = Recovery(**common, news=self.news)
        parts = StreamParts(
            ledger.streams, self.jobs, self.news, self.clock, ids, StreamRules(Sharing("01"))
        )
        self.cards: CardDesk
        self.plans: ScheduleDesk
        self.cards, self.plans = join_card_desks(
            gateways=[way],
            parts=parts,
            ledger=ledger,
            settler=self.settler,
            sale_desk=self.sales,
            operators=operators,
        )
        self._known: set[Any] = set()
        self._room: int | None = None
        self.news.subscribe(self._hear)

    def _hear(self, news: News) -> None:
        """Remember whose jobs to wait for."""
        if isinstance(news, PaymentChanged):
            self._known.add(news.record.payment_id)
            if self._room is not None and news.record.state is PaymentState.SENDING:
                _let_files_grow_to(self._room)
        elif isinstance(news, StreamChanged):
            self._known.add(news.record.stream_id)
        elif isinstance(news, Trouble):
            self.say("trouble", code=news.error.code, halted=news.halted)

    def fill_disk_while_sending(self, room: int) -> None:
        """Have no file grow beyond `room` bytes once a charge request goes out."""
        self._room = room

    async def rest(self) -> None:
        """Wait until no job runs any more."""
        while any(self.jobs.is_running(one) for one in self._known):  # noqa: ASYNC110 - jobs tell nobody
            await asyncio.sleep(_LOOK_S)

    # ---------------------------------------------------------------------------------- the clerk

    async def charge(
        self, amount: int = 100_000, card: str = PLAIN_CARD, *, rest: bool = True, **more: Any
    ) -> PaymentRecord | None:
        """Charge a card and tell what the clerk is shown; None where it was not begun."""
        request = SaleRequest(make_order(amount), **more)
        try:
            record = await self.sales.charge(request, make_card(card))
        except PosError as error:
            self.say("refused", code=error.code)
            return None
        self.tell(record)
        if rest:
            await self.rest()
        return record

    async def refund(self, amount: int) -> None:
        """Give money back on the newest approved sale, and tell."""
        approved = [r for r in await self.records() if r.state is PaymentState.APPROVED]
        if not approved:
            return
        try:
            record = await self.refunds.refund(approved[-1].payment_id, Won(amount), "고객 변심")
        except PosError as error:
            self.say("refused", code=error.code)
            return
        self.tell(record)
        await self.rest()

    def tell(self, record: PaymentRecord) -> None:
        """Say what a person was shown, which must never be taken back."""
        self.say("told", **summary(record))

    async def records(self) -> list[PaymentRecord]:
        """Return every payment on disk, oldest first."""
        return list(reversed(await self.ledger.recent(99)))

    # --------------------------------------------------------------------------------- the people

    async def help(self) -> None:
        """Do what people are called for, by what the partner site shows them."""
        for _ in range(3):
            asked = [r for r in await self.records() if r.person_needed and r.is_open]
            if not asked:
                return
            for record in asked:
                await self._help_with(record)
            await self.rest()

    async def _help_with(self, record: PaymentRecord) -> None:
        """Type the number that the partner site has, or close together what it does not have."""
        row = self._partner_site().get(record.order_no)
        evidence = "거래내역 확인"
        try:
            if record.live_refund is not None and row is not None:
                done = row["balance"] < record.balance.amount
                close = self.recovery.close_refund
                await close(record.payment_id, evidence, SECOND, done=done)
            elif row is not None:
                await self.recovery.give_reference(record.payment_id, row["tno"])
            else:
                await self.clock.sleep(self.recovery.settle_time_left_s(record) + 60)
                await self.recovery.close_not_charged(record.payment_id, evidence, SECOND)
        except (UserMistake, ShopTrouble) as error:
            self.say("refused", code=error.code)

    def _partner_site(self) -> dict[str, Any]:
        """Return payments by order number as the gateway's own pages show them."""
        parts = urlsplit(self._url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.request("GET", "/book")
        book = json.loads(connection.getresponse().read())
        connection.close()
        return {row["order_no"]: row for row in book["payments"]}

    # ---------------------------------------------------------------------------------- at a start

    async def recover(self) -> None:
        """Carry on with what the last life left open, say what needs a person, and let one help."""
        resumed = await self.recovery.resume_open()
        self._known |= {record.payment_id for record in resumed.open_payments}
        self._known |= {record.stream_id for record in await self.cards.resume_open()}
        self._known |= {record.stream_id for record in await self.plans.resume_open()}
        await self.rest()
        alone = [r for r in await self.ledger.open_payments() if not r.person_needed]
        self.say("left_alone", payments=[summary(record) for record in alone])
        await self.help()

    async def show(self) -> None:
        """Say what the books are now."""
        report = await self.ledger.verify()
        payments = []
        for record in await self.records():
            entries = await self.ledger.entries(record.payment_id)
            facts = [type(entry.fact).__name__ for entry in entries]
            payments.append(summary(record) | {"facts": facts})
        self.say("books", sound=report.ok, why=report.why, payments=payments)


def _let_files_grow_to(room: int) -> None:
    """Have the kernel refuse this process to write behind so many bytes of a file."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))


def summary(record: PaymentRecord) -> dict[str, Any]:
    """Return what is compared of a payment."""
    held = record.state is PaymentState.APPROVED
    return {
        "order_no": record.order_no,
        "state": record.state.value,
        "amount": record.order.amount.amount,
        "balance": record.balance.amount if held else 0,
        "open": record.is_open,
        "person_needed": record.person_needed,
        "supersedes": record.supersedes or "",
        "payment_id": record.payment_id,
        "refunds": [[r.state.value, r.amount.amount] for r in record.refunds],
    }


@asynccontextmanager
async def till(shop: Shop, folder: Path, url: str, report: Report) -> AsyncIterator[Till]:
    """Open a terminal, and close it in order."""
    ledger = open_ledger("sqlite", folder, key=KEY, install_id=INSTALL_ID, clock=SystemClock())
    try:
        gateway = shop.client(url)
        try:
            yield (open_till := Till(ledger, gateway, url, report))
            await open_till.jobs.drain(5.0)
        finally:
            await gateway.aclose()
    finally:
        await ledger.aclose()
