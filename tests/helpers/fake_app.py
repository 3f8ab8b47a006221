"""An `App` over the fake ledger and gateway, for tests of screens and of services."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pos_app.bootstrap.identity import join_identity
from pos_app.config.model import IdentitySettings, Settings, Shop
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.receipt import Merchant
from pos_app.services.card_desk import CardDesk
from pos_app.services.card_desks import join_card_desks
from pos_app.services.history import History
from pos_app.services.identity_erasing import EraseList
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import NewsBoard
from pos_app.services.operators import OperatorDesk, OperatorEntry
from pos_app.services.ports import Gateway
from pos_app.services.recovery import Recovery
from pos_app.services.refund_desk import RefundDesk
from pos_app.services.sale_desk import SaleDesk
from pos_app.services.sale_rules import SaleGateway, SaleRules
from pos_app.services.schedule_desk import ScheduleDesk
from pos_app.services.settle import SETTLE_TIME_S_DEFAULT, Settler, SettleRules
from pos_app.services.sharing import Sharing
from pos_app.services.stray_desk import StrayDesk
from pos_app.services.stream_worker import StreamParts, StreamRules
from pos_app.services.sweeping import Sweeping
from pos_app.ui.app import App, GatewayCard, IssuerHint
from tests.helpers.fake_gateway import FakeGateway
from tests.helpers.fake_ledger import FakeLedger

MERCHANT = Merchant("봄날꽃집", "김봄날", "1208147521", "서울 종로구 꽃길 7", "02-123-4567")
_SITES = {"kcp": "https://partner.kcp.co.kr", "portone": "https://admin.portone.io"}
#: A counter with a ledger for itself.
ALONE = Sharing("01")
NOON = dt.datetime(2026, 11, 21, 5, 32, tzinfo=dt.UTC)


class FakeClock:
    """Time that a test moves by hand; sleeping takes no time but is remembered."""

    def __init__(self, now: dt.datetime = NOON) -> None:
        """Start at `now`."""
        self.wall = now
        self.seconds = 1000.0
        self.slept: list[float] = []
        self.asleep = asyncio.Event()
        self.hold_sleepers = False
        self._wake = asyncio.Event()

    def now(self) -> dt.datetime:
        """Return the wall time."""
        return self.wall

    def monotonic_s(self) -> float:
        """Return the monotonic time."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once, or wait for `wake` where sleepers are held."""
        self.slept.append(seconds)
        self.asleep.set()
        if self.hold_sleepers:
            await self._wake.wait()
        await asyncio.sleep(0)
        self.pass_s(seconds)

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.wall += dt.timedelta(seconds=seconds)

    def wake(self) -> None:
        """Let held sleepers go on and hold none from now on, also those who come late."""
        self.hold_sleepers = False
        self._wake.set()
        self._wake = asyncio.Event()


class FakeIds:
    """Ids that count up."""

    def __init__(self) -> None:
        """Start at one."""
        self._count = itertools.count(1)

    def new_id(self) -> str:
        """Return the next id."""
        return f"{next(self._count):032x}"

    def random_bits(self, count: int) -> int:
        """Return the next number."""
        return next(self._count) % (1 << count)

    def jitter(self) -> float:
        """Return one: no jitter."""
        return 1.0


@dataclass
class Bench:
    """The parts of a fake terminal, each at hand."""

    app: App
    ledger: FakeLedger
    gateway: FakeGateway
    clock: FakeClock
    settler: Settler
    jobs: MoneyJobs
    news: NewsBoard
    memory: EraseList
    errors: list[BaseException]


def issuer_of(leading: bytes) -> IssuerHint | None:
    """Know one card company."""
    return IssuerHint("국민", "KB Kookmin") if leading.startswith(b"941011") else None


def _card(gateway: Gateway, environment: str) -> GatewayCard:
    site = _SITES[gateway.name]
    return GatewayCard(gateway.name, environment, gateway.abilities, site)


def _settings(identity: IdentitySettings) -> Settings:
    return Settings(shop=Shop(name=MERCHANT.name, owner=MERCHANT.owner), identity=identity)


def _loops(
    ways: list[SaleGateway],
    ledger: FakeLedger,
    shared: dict[str, Any],
    people: OperatorDesk,
    rules: SettleRules,
) -> tuple[Settler, StrayDesk, Sweeping]:
    """Join the money loop, the strays and the sweep."""
    by_name: dict[str, Gateway] = {one.gateway.name: one.gateway for one in ways}
    parts = StreamParts(streams=ledger.streams, rules=StreamRules(rules.sharing), **shared)
    common: dict[str, Any] = {"gateways": by_name, "ledger": ledger}
    strays = StrayDesk(**common, parts=parts, operators=people)
    settler = Settler(**common, **shared, spool=ledger.spool, rules=rules, strays=strays)
    return settler, strays, Sweeping(**common, settler=settler, strays=strays, parts=parts)


#: What of an `App` is the same at every bench.
_NEVER_CHANGES: dict[str, Any] = {
    "merchant": MERCHANT,
    "out_of_order": (),
    "issuer_of": issuer_of,
    "offers": (),
    "slip_url": lambda _record: "",
    "notices": (),
}


def make_bench(
    folder: Path,
    *,
    gateway: FakeGateway | None = None,
    rules: SaleRules | None = None,
    second: SaleGateway | None = None,
    operators: tuple[OperatorEntry, ...] = (),
    verify_pin: Callable[[str, str], bool] = lambda typed, stored: typed == stored,
    environment: str = "practice",
    ledger: FakeLedger | None = None,
    clock: FakeClock | None = None,
    ids: FakeIds | None = None,
    keep_at_gateway: bool = False,
    sharing: Sharing = ALONE,
    on_error: Callable[[BaseException, MoneyJobs, NewsBoard], None] | None = None,
    settle_time_s: float = SETTLE_TIME_S_DEFAULT,
) -> Bench:
    """Join fakes and real services as `bootstrap` joins the real parts.

    `second` is another gateway, which a sale uses only when it is chosen. A ledger, a clock and ids
    of an earlier bench make this one the program's next start, or, with `sharing` that says so, a
    second counter beside it. Whatever fits the ports will do. `on_error` hears what no screen waits
    for, besides the bench's own list.
    """
    clock, ids, news = clock or FakeClock(), ids or FakeIds(), NewsBoard()
    ledger = ledger if ledger is not None else FakeLedger(clock)
    errors: list[BaseException] = []
    jobs = _jobs(errors, news, on_error)
    shared: dict[str, Any] = {"jobs": jobs, "news": news, "clock": clock, "ids": ids}
    the_gateway = gateway or FakeGateway()
    ways = [SaleGateway(the_gateway, rules or SaleRules(InstalmentRule()))]
    ways += [second] if second is not None else []
    desk = OperatorDesk(
        entries=operators, owner="김봄날", counter=sharing.counter, verify_pin=verify_pin
    )
    times_s = {one.gateway.name: settle_time_s for one in ways}
    settler, strays, sweeping = _loops(ways, ledger, shared, desk, SettleRules(sharing, times_s))
    common: dict[str, Any] = {"ledger": ledger, "settler": settler, "jobs": jobs, "clock": clock}
    sale_desk = SaleDesk(**common, gateways=ways, ids=ids, operators=desk)
    card_desk, schedule_desk = _card_desks(ways, common, news, ids, sale_desk, desk, sharing)
    refund_desk = RefundDesk(**common, ids=ids, operators=desk, is_holiday=lambda _day: False)
    recovery = Recovery(**common, news=news, operators=desk)
    settings = _settings(IdentitySettings(keep_at_gateway=keep_at_gateway))
    identity = join_identity(
        settings, (one.gateway for one in ways), ledger.streams, **shared, operators=desk
    )
    app = App(
        settings=settings,
        gateways=tuple(_card(one.gateway, environment) for one in ways),
        sale_desk=sale_desk,
        refund_desk=refund_desk,
        card_desk=card_desk,
        schedule_desk=schedule_desk,
        recovery=recovery,
        strays=strays,
        sweeping=sweeping,
        history=History(ledger),
        operators=desk,
        identity=identity,
        news=news,
        jobs=jobs,
        clock=clock,
        slips_folder=folder / "slips",
        close=jobs.drain,
        **_NEVER_CHANGES,
    )
    due = EraseList(streams=ledger.streams, ids=ids, operators=desk)
    return Bench(app, ledger, the_gateway, clock, settler, jobs, news, due, errors)


def _jobs(
    errors: list[BaseException],
    news: NewsBoard,
    on_error: Callable[[BaseException, MoneyJobs, NewsBoard], None] | None,
) -> MoneyJobs:
    """Make the jobs; what no screen waits for goes into `errors`, and to `on_error`."""

    def report(error: BaseException) -> None:
        errors.append(error)
        if on_error is not None:
            on_error(error, jobs, news)

    jobs = MoneyJobs(report)
    return jobs


def _card_desks(
    ways: list[SaleGateway],
    common: dict[str, Any],
    news: NewsBoard,
    ids: FakeIds,
    sale_desk: SaleDesk,
    desk: OperatorDesk,
    sharing: Sharing,
) -> tuple[CardDesk, ScheduleDesk]:
    """Join the desks of cards on file and schedules."""
    jobs, clock, streams = common["jobs"], common["clock"], common["ledger"].streams
    return join_card_desks(
        gateways=ways,
        parts=StreamParts(streams, jobs, news, clock, ids, StreamRules(sharing)),
        ledger=common["ledger"],
        settler=common["settler"],
        sale_desk=sale_desk,
        operators=desk,
    )
