"""One shop: the real services and the real gateway client, joined as the tests join them.

Around them everything is simulated: the line and the gateway at its end, the disk, the clock, the
ids, the people. All of it is drawn from one seed and runs on one loop in virtual time.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import random
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pos_app.domain.answers import LookUpAnswer
from pos_app.domain.card import Card, CardNumber, Expiry, HolderId, PasswordStart
from pos_app.domain.errors import Bug, PosError, ShopTrouble
from pos_app.domain.facts import Author, Fact
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import LookUpRequest
from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.kcp.settings import KcpSettings
from pos_app.gateways.portone.client import PortOneGateway
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import News, NewsBoard, PaymentChanged, Trouble
from pos_app.services.sale_rules import SaleRules
from pos_app.services.sharing import Sharing
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_book import FakeBook
from tests.helpers.fake_ledger import FakeLedger
from tests.sim.checker import Checker
from tests.sim.disk import SimLedger, SyncBook
from tests.sim.life import Life, ProgramEndedError, passing, task_factory
from tests.sim.loop import VirtualLoop
from tests.sim.models.habits import PLAIN
from tests.sim.models.kcp import KcpContract, KcpModel
from tests.sim.models.portone import PortOneContract, PortOneModel
from tests.sim.plan import Plan
from tests.sim.watch import WatchedLine, Watcher

START = dt.datetime(2026, 11, 21, 1, 30, tzinfo=dt.UTC)
SITE, PG = "AB123", "kcp.AB123"
SETTLE_TIME_S = 600.0
_CERTIFICATE = "-----BEGIN CERTIFICATE-----MIIDgTCCAmmgAwIBAgI=-----END CERTIFICATE-----"
_KEY = b"the key of a simulated shop"
_NOWHERE = Path("nowhere")


def sign(message: bytes) -> str:
    """Sign as the shop does; cheap, and the model can tell it from any other signature."""
    return hashlib.blake2s(message, key=_KEY).hexdigest()


@dataclass(frozen=True, slots=True)
class _Dates:
    not_after: dt.datetime = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


class _Signer:
    certificate_one_line = _CERTIFICATE
    info = _Dates()

    def sign(self, message: bytes) -> str:
        """Sign."""
        return sign(message)


@dataclass(frozen=True, slots=True)
class _Keys:
    imp_key: str = "imp_key_of_this_shop"
    imp_secret: str = "imp_secret_of_this_shop"


class SimClock:
    """The shop's clocks: the wall one may be wrong, the monotonic one is the loop's."""

    def __init__(self, loop: VirtualLoop) -> None:
        """Begin right."""
        self._loop = loop
        self.ahead = dt.timedelta()

    def now(self) -> dt.datetime:
        """Return the wall time as this PC has it."""
        return self.true_now() + self.ahead

    def true_now(self) -> dt.datetime:
        """Return the time as everybody else has it."""
        return START + dt.timedelta(seconds=self._loop.time())

    def monotonic_s(self) -> float:
        """Return the loop's time."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait; a point of the program."""
        passing("sleep")
        await asyncio.sleep(seconds)


class SimIds:
    """Ids and jitter from the seed."""

    def __init__(self, rng: random.Random) -> None:
        """Take the source of chance."""
        self._rng = rng

    def new_id(self) -> str:
        """Return 32 hex digits."""
        return f"{self._rng.getrandbits(128):032x}"

    def random_bits(self, count: int) -> int:
        """Return `count` bits."""
        return self._rng.getrandbits(count)

    def jitter(self) -> float:
        """Return a number in [0.8, 1.2)."""
        return 0.8 + 0.4 * self._rng.random()


class World:
    """Everything of one seed.

    Attributes:
        history: what happened, as tuples of (second, kind, details ...).
        faults: what broke a rule; empty in a right program.
        figures: what was tried.
    """

    def __init__(self, plan: Plan, folder: Path = _NOWHERE) -> None:
        """Build the shop; nothing runs yet."""
        self.plan = plan
        self.settle_time_s = SETTLE_TIME_S
        self.loop = VirtualLoop()
        self.loop.set_task_factory(task_factory)  # type: ignore[arg-type]  # `more` is its context
        self.loop.set_exception_handler(self._unhandled)
        self.clock = SimClock(self.loop)
        self.ids = SimIds(self.rng("ids"))
        self.history: list[tuple[Any, ...]] = []
        self.faults: list[str] = []
        self.figures: Counter[str] = Counter()
        self.cards: list[tuple[Life, Card]] = []
        self.lives: list[Life] = []
        self.model = self._make_model()
        self.book = self._make_book(folder)
        self.watcher = Watcher(self)
        self.checker = Checker(self)
        self.line = WatchedLine(
            self.model, self.rng("network"), self.clock.true_now, plan.network, self.watcher
        )
        self.model.habits = plan.habits
        #: Order numbers of which a person said what was not so, or mistyped.
        self.misled: set[str] = set()
        self.strikes = self.rng("strikes")
        self.counters = [Counter_(self, f"{n:02}") for n in range(1, plan.counters + 1)]
        self.is_calm = False
        #: Second in which the day sweep began; charges seen there before it are seen to.
        self.swept_at = 0.0
        self.streams_beside: FakeLedger | None = None
        self._background: list[asyncio.Task[Any]] = []

    def rng(self, name: str) -> random.Random:
        """Return a source of chance of its own, so that one part's draws do not move another's."""
        return random.Random(f"{self.plan.seed}/{name}")

    def note(self, kind: str, *details: object) -> None:
        """Write into the history."""
        self.history.append((round(self.loop.time(), 6), kind, *details))

    def blame(self, what: str) -> None:
        """Write down that a rule was broken."""
        self.faults.append(f"{self.loop.time():.3f}s: {what}")
        self.note("FAULT", what)

    def second_of(self, at: dt.datetime) -> float:
        """Return a true time as a second of the loop."""
        return (at - START).total_seconds()

    def calm(self) -> None:
        """Stop every fault; the wall clock is put right."""
        self.line.faults_off()
        for counter in self.counters:
            counter.ledger.faults_off()
        self.model.habits = PLAIN
        self.clock.ahead = dt.timedelta()
        self.is_calm = True
        for life in self.lives:
            life.strike_at = 0

    def any_counter(self, rng: random.Random) -> Counter_:
        """Return the counter that somebody happens to stand at."""
        return self.counters[0] if len(self.counters) == 1 else rng.choice(self.counters)

    def counter_of(self, life: Life) -> Counter_:
        """Return the counter of a run of the program."""
        return next(one for one in self.counters if one.name == life.counter)

    def has_failed(self, payment_id: str) -> bool:
        """Tell whether any counter's disk has failed a write of that payment."""
        return any(payment_id in one.ledger.failed for one in self.counters)

    def spools(self, payment_id: str) -> bool:
        """Tell whether an answer about that payment waits in a counter's spool."""
        return any(one.ledger.spool.holds(payment_id) for one in self.counters)

    def stray_log(self) -> Sequence[object]:
        """Return the entries of streams, strays among them."""
        return () if self.streams_beside is None else self.streams_beside.log

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let somebody do something beside the others."""
        self._background.append(self.loop.create_task(work))

    async def background_done(self) -> None:
        """Wait for everything that was begun by `spawn`."""
        while left := [task for task in self._background if not task.done()]:
            await asyncio.wait(left)
        for task in self._background:
            if not task.cancelled():
                task.result()
        self._background.clear()

    # ------------------------------------------------------------------------------- its parts

    def _make_model(self) -> KcpModel | PortOneModel:
        plan = self.plan
        if plan.gateway == "kcp":
            contract = KcpContract(SITE, order_field="ordr_idxx" if plan.by_order else "")
            return KcpModel(contract, lambda m, s: sign(m) == s, self.rng("gateway"))
        keys = _Keys()
        agreed = PortOneContract(keys.imp_key, keys.imp_secret, PG)
        return PortOneModel(agreed, self.rng("gateway"))

    def make_gateway(self) -> KcpGateway | PortOneGateway:
        """Make the real client, as each start of the program makes a new one."""
        made = self._make_client()
        look_up, watcher, loop = made.look_up, self.watcher, self.loop

        async def watched(request: LookUpRequest) -> LookUpAnswer:
            begun = loop.time()
            answer = await look_up(request)
            watcher.asked_at[request.order_no] = begun
            return answer

        made.look_up = watched  # type: ignore[method-assign]  # of this one; it is only timed
        return made

    def _make_client(self) -> KcpGateway | PortOneGateway:
        clock = self.clock
        if self.plan.gateway == "kcp":
            settings = KcpSettings("live", SITE, inquiry_by_order=self.plan.by_order)
            return KcpGateway(settings, _Signer(), self.line, clock.now)
        return PortOneGateway(
            PortOneSettings("live", PG), _Keys(), self.line, clock.now, clock.monotonic_s
        )

    def _make_book(self, folder: Path) -> SyncBook:
        if self.plan.sqlite:
            from tests.sim.sqlite_book import SqliteBook

            return SqliteBook(folder, self.clock)
        return FakeBook(self.clock)

    def close(self) -> None:
        """Let go of files."""
        close = getattr(self.book, "close", None)
        if close is not None:
            close()

    # ------------------------------------------------------------------------- what is observed

    def stored(self, record: PaymentRecord, facts: Sequence[Fact], author: Author) -> None:
        for fact in facts:
            self.note("fact", record.order_no, fact.KIND, record.state.value, author.operator)
        self.watcher.stored(record, facts)

    def _unhandled(self, _loop: object, context: dict[str, Any]) -> None:
        """Hear what nobody took: only of programs that are gone."""
        error = context.get("exception")
        if isinstance(error, (PosError, asyncio.CancelledError, ProgramEndedError)):
            return
        self.blame(f"nobody took {context.get('message')}: {error!r}")


class Counter_:  # noqa: N801 - `Counter` is the standard library's
    """One counter of the shop, whose program is started again whenever it is gone."""

    def __init__(self, world: World, name: str) -> None:
        """Begin with no program running."""
        self._world = world
        self.name = name
        # Each counter has a disk of its own, also where the book is one.
        chance = world.rng("disk" if name == "01" else f"disk {name}")
        self.ledger = SimLedger(world.book, chance, world.stored)
        self.ledger.profile = world.plan.disk
        self.life: Life | None = None
        self._starting = asyncio.Lock()
        self._again = 0

    async def running(self) -> Life:
        """Return the program, started where it is not running."""
        async with self._starting:
            while self.life is None or self.life.dead:
                if self.life is not None:
                    await self.life.gone()
                    await asyncio.sleep(self._world.strikes.uniform(1, 30))
                await self._start()
            return self.life

    async def _start(self) -> None:
        """Start the program: join its parts, then carry on with what is open."""
        world = self._world
        life = Life(self.name, len(world.lives) + 1)
        world.lives.append(life)
        world.figures["starts"] += 1
        self._arm(life)
        life.bench = self._join(life)
        world.note("start", self.name, life.number)
        self.life = life
        try:
            await life.do(life.bench.app.recovery.resume_open())
            await life.do(life.bench.app.strays.resume_open())
        except ProgramEndedError:
            return
        except ShopTrouble as trouble:
            world.note("cannot start", trouble.code)
            life.end()

    def _join(self, life: Life) -> Bench:
        """Join the real parts with the simulated ones, as bootstrap does."""
        world = self._world
        ledger: Any = self.ledger
        if world.streams_beside is None:
            world.streams_beside = FakeLedger(world.clock)
        ledger.streams = world.streams_beside.streams
        parts: dict[str, Any] = {"clock": world.clock, "ids": world.ids, "ledger": ledger}
        gateway: Any = world.make_gateway()
        bench = make_bench(
            _NOWHERE,
            gateway=gateway,
            rules=SaleRules(InstalmentRule(12)),
            environment="live",
            sharing=Sharing(self.name, shared=len(world.counters) > 1),
            on_error=lambda error, jobs, news: self._report(life, error, jobs, news),
            settle_time_s=SETTLE_TIME_S,
            **parts,
        )
        bench.news.subscribe(lambda news: self._hear(life, news))
        return bench

    def _report(self, life: Life, error: BaseException, jobs: MoneyJobs, news: NewsBoard) -> None:
        """Tell of what no screen waits for, as bootstrap does: after a bug no more money."""
        if life.dead or isinstance(error, asyncio.CancelledError):
            return
        if isinstance(error, PosError) and not isinstance(error, Bug):
            news.publish(Trouble(error, None, halted=False))
            return
        self._world.blame(f"a bug in a job: {error!r}")
        bug = error if isinstance(error, Bug) else Bug("unexpected", kind=type(error).__name__)
        jobs.halt(bug.code)
        news.publish(Trouble(bug, None, halted=True))

    def _hear(self, life: Life, news: News) -> None:
        """Take note of the news, as the screens do."""
        if life.dead:
            return
        life.pass_by("news")
        if isinstance(news, PaymentChanged):
            life.seen[news.record.payment_id] = news.record
        elif isinstance(news, Trouble):
            life.troubles.append(news.error.code)
            self._world.note("trouble", news.error.code, news.halted)

    # -- how it ends ---------------------------------------------------------------------------

    def _arm(self, life: Life) -> None:
        """Draw whether, where and how this run is struck; some are struck while they recover."""
        world = self._world
        rng, plan = world.strikes, world.plan
        if world.is_calm:
            return
        if self._again:
            self._again -= 1
            life.strike_at = rng.randrange(1, 40)
        elif rng.random() < plan.kills:
            life.strike_at = rng.randrange(1, 900)
            if rng.random() < 0.25:
                self._again = 3
        elif rng.random() < plan.closes:
            life.strike_at = rng.randrange(1, 900)
            life.on_strike = lambda: world.spawn(self.close(life))
            return
        life.on_strike = lambda: self._kill(life)

    def _kill(self, life: Life) -> None:
        if not life.dead:
            self._world.figures["kills"] += 1
            self._world.note("kill", self.name, life.number)
            life.kill()

    async def close(self, life: Life) -> None:
        """Close the window: the program ends in order."""
        if life.dead:
            return
        self._world.figures["closed in order"] += 1
        self._world.note("close", self.name, life.number)
        try:
            await life.do(life.bench.jobs.drain(3.0))
        except ProgramEndedError:
            return
        life.end()


def make_card(number: bytes) -> Card:
    """Type a card."""
    return Card(
        CardNumber(bytearray(number)),
        Expiry(bytearray(b"1230")),
        HolderId(bytearray(b"900101")),
        PasswordStart(bytearray(b"12")),
    )
