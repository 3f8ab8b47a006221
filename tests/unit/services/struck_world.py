"""A shop whose every await can be struck: for `test_interruptions`.

Each place where the services wait for ledger, gateway or clock, and each piece of news, is a
point with a name. A strike picks the n-th point of some names and kills the program there, lets the
screen go away, ends the program in order, or lets the part fail. The bank keeps its own book.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pos_app.domain import answers as a
from pos_app.domain.card import Card
from pos_app.domain.errors import PosError, ShopTrouble
from pos_app.domain.facts import Author, Entry, Fact, Prepared
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.requests import CancelRequest, ChargeRequest, LookUpRequest
from pos_app.domain.spooled import Spooled
from pos_app.services.news import News
from pos_app.services.sale_desk import SaleRequest
from tests.helpers.fake_app import Bench, FakeClock, FakeIds, make_bench
from tests.helpers.fake_gateway import APPROVED_AT, Booked, FakeGateway, approval_of, found_of
from tests.helpers.fake_ledger import FakeLedger, FakeSpool
from tests.unit.services.desk import make_card, make_order

WRITES = frozenset({"write", "written"})
REQUESTS = frozenset({"connect", "sent", "done"})
SPOOLING = frozenset({"spool", "spooled"})
EVERYWHERE = WRITES | REQUESTS | SPOOLING | {"read", "ask", "sleep"}
#: A shop in which nothing settles after so many turns of the loop hangs.
TURNS_MAX = 20_000
#: A wish that outlives its screen starts its job within fewer turns.
QUIET_TURNS = 12
SECOND = Operator("박점장", Role.MANAGER)


class DeadError(BaseException):
    """The program was killed; nothing of it happens any more."""


@dataclass
class Strike:
    """What happens where.

    Attributes:
        how: "kill", "leave", "drain", or "fail" with `error`.
        at: the number of the point among those named `names`, from 1.
        times: how many points in a row fail.
    """

    how: str
    at: int
    names: frozenset[str] = EVERYWHERE
    error: Exception | None = None
    times: int = 1
    seen: int = 0

    @property
    def happened(self) -> bool:
        """Tell whether its point was reached."""
        return self.seen >= self.at


@dataclass
class Points:
    """All points of one program, and what strikes it."""

    strike: Strike | None = None
    dead: bool = False
    leave: Callable[[], object] = lambda: None
    drain: Callable[[], None] = lambda: None

    def pass_by(self, name: str) -> None:
        """Pass a point, or be struck at it."""
        if self.dead:
            raise DeadError
        strike = self.strike
        if strike is None or name not in strike.names:
            return
        strike.seen += 1
        if not strike.at <= strike.seen < strike.at + strike.times:
            return
        if strike.how == "kill":
            self.dead = True
            raise DeadError
        if strike.how == "leave":
            self.leave()
        elif strike.how == "drain":
            self.drain()
        elif strike.error is not None:
            raise strike.error


class StruckLedger(FakeLedger):
    """The ledger in memory, with a point before and after whatever it stores."""

    points: Points

    async def prepare(self, author: Author, fact: Prepared, *more: Fact) -> PaymentRecord:
        self.points.pass_by("write")
        record = await super().prepare(author, fact, *more)
        return await self._written(record)

    async def append(
        self, payment_id: PaymentId, author: Author, *facts: Fact, version: int
    ) -> PaymentRecord:
        self.points.pass_by("write")
        record = await super().append(payment_id, author, *facts, version=version)
        return await self._written(record)

    async def _written(self, record: PaymentRecord) -> PaymentRecord:
        """Pass the point between the disk and whoever waits for it, who may be cancelled there."""
        self.points.pass_by("written")
        await asyncio.sleep(0)
        return record

    async def get(self, payment_id: PaymentId) -> PaymentRecord:
        self.points.pass_by("read")
        return await super().get(payment_id)

    async def entries(self, payment_id: PaymentId) -> Sequence[Entry]:
        self.points.pass_by("read")
        return await super().entries(payment_id)


class StruckSpool(FakeSpool):
    """The spool in memory, with a point before and after whatever it changes."""

    points: Points

    async def put(self, spooled: Spooled) -> None:
        self.points.pass_by("spool")
        await super().put(spooled)
        self.points.pass_by("spooled")

    async def drop(self, spooled: Spooled) -> None:
        self.points.pass_by("spool")
        await super().drop(spooled)
        self.points.pass_by("spooled")


class StruckClock(FakeClock):
    """Time with a point at each sleep."""

    points: Points

    async def sleep(self, seconds: float) -> None:
        self.points.pass_by("sleep")
        await super().sleep(seconds)


class Bank(FakeGateway):
    """A gateway as strict as KCP: compare-and-set, no cancel twice, nothing below zero.

    Attributes:
        charge_plan: how the next charges end: "lost" (done, no answer), "absent" (neither),
            "cut" (done, half an answer), "mismatch", "declined"; otherwise approved.
        cancel_plan: the same for cancels: "lost", "absent", "refused".
        cards: every card that was handed over.
    """

    points: Points

    def __init__(self, *, by_order: bool) -> None:
        """Open with an empty book."""
        super().__init__(by_order=by_order)
        self.charge_plan: deque[str] = deque()
        self.cancel_plan: deque[str] = deque()

    async def approve(self, request: ChargeRequest, card: Card | None) -> a.ChargeAnswer:
        assert card is not None
        try:
            self.points.pass_by("connect")
            await request.before_send()
        finally:
            card.wipe()
        self.charges[request.order_no] += 1
        plan = self.charge_plan.popleft() if self.charge_plan else ""
        self.points.pass_by("sent")
        await asyncio.sleep(0)
        amount = request.order.amount.amount
        charged = amount - 1 if plan == "mismatch" else amount
        booked = Booked(f"2611211432{len(self.book):04d}", charged, charged, request.order_no)
        if plan == "declined":
            return a.Declined(a.Refusal("CC61", "", "", "", a.Advice.OTHER_CARD))
        if plan == "absent":
            return a.NoAnswer("timeout")
        self.book[request.order_no] = booked
        self.points.pass_by("done")
        match plan:
            case "lost":
                return a.NoAnswer("timeout")
            case "cut":
                return a.NoAnswer("closed_early", booked.tno)
            case "mismatch":
                return a.Mismatched(booked.tno, "amount", str(amount), str(charged))
        return a.Approved(approval_of(booked))

    async def look_up(self, request: LookUpRequest) -> a.LookUpAnswer:
        self.points.pass_by("ask")
        await asyncio.sleep(0)
        if request.gateway_ref is None and not self.abilities.look_up_by_order:
            return a.CannotTell("not_by_order", final=True)
        booked = self.book.get(request.order_no)
        if booked is None or request.gateway_ref not in {None, booked.tno}:
            return a.Absent()
        return found_of(booked)

    async def cancel(self, request: CancelRequest) -> a.CancelAnswer:
        self.points.pass_by("connect")
        await request.before_send()
        self.cancels[request.gateway_ref] += 1
        plan = self.cancel_plan.popleft() if self.cancel_plan else ""
        self.points.pass_by("sent")
        await asyncio.sleep(0)
        booked = next(b for b in self.book.values() if b.tno == request.gateway_ref)
        refused = self._refused(booked, request, plan)
        if refused is not None:
            return refused
        booked.balance -= request.amount.amount if request.partial else booked.balance
        self.points.pass_by("done")
        if plan == "lost":
            return a.NoAnswer("timeout")
        return a.Cancelled(APPROVED_AT, Won(booked.balance), "00000000000001")

    def _refused(self, booked: Booked, request: CancelRequest, plan: str) -> a.CancelAnswer | None:
        """Return why a cancel is not carried out, if it is not."""
        refusal = a.Refusal("8037", "", "", "", a.Advice.NOTHING)
        if plan == "absent":
            return a.NoAnswer("timeout")
        if plan == "refused":
            return a.CancelRefused(refusal)
        if not booked.balance:
            return a.NoAnswer("code.8133")
        held = request.balance_before.amount if request.partial else booked.amount
        if booked.balance != held or (request.amount.amount > held and request.partial):
            return a.CancelRefused(refusal, a.RefusalKind.BALANCE)
        return None


@dataclass
class World:
    """One shop through its lives: the disk and the bank stay, the program is started anew."""

    folder: Path
    by_order: bool
    clock: StruckClock = field(default_factory=StruckClock)
    ids: FakeIds = field(default_factory=FakeIds)
    cards: list[Card] = field(default_factory=list)
    points: Points = field(default_factory=Points)
    troubles: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Open the shop."""
        self.ledger = StruckLedger(self.clock)
        self.ledger.spool = self.spool = StruckSpool()
        self.bank = Bank(by_order=self.by_order)
        self.start(None)

    def start(self, strike: Strike | None) -> None:
        """Start the program, to be struck."""
        self.points = Points(strike)
        for part in (self.ledger, self.spool, self.bank, self.clock):
            part.points = self.points
        self.bench: Bench = make_bench(
            self.folder, gateway=self.bank, ledger=self.ledger, clock=self.clock, ids=self.ids
        )
        self.points.drain = self._drain
        self.bench.news.subscribe(self._hear)

    def _hear(self, _news: News) -> None:
        self.points.pass_by("news")

    def _drain(self) -> None:
        """End the program in order, without waiting for anything."""
        self._ending = asyncio.ensure_future(self.bench.jobs.drain(0))

    async def do(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something at a screen, which may be gone before it ends, and come to rest."""
        screen = asyncio.ensure_future(work)
        self.points.leave = screen.cancel
        (ended,) = await asyncio.gather(screen, return_exceptions=True)
        if isinstance(ended, DeadError):
            raise ended
        if isinstance(ended, BaseException):
            self.troubles[getattr(ended, "code", type(ended).__name__)] += 1
        self.points.leave = lambda: None
        await self.rest()

    async def rest(self) -> None:
        """Let the background go on until no job is left, and none begins any more."""
        quiet = 0
        for _ in range(TURNS_MAX):
            if self.points.dead:
                raise DeadError
            busy = any(self.bench.jobs.is_running(r.payment_id) for r in self.records())
            quiet = 0 if busy else quiet + 1
            if quiet == QUIET_TURNS:
                return
            await asyncio.sleep(0)
        raise AssertionError("the shop does not come to rest")

    async def charge(self, amount: int = 100_000, **more: Any) -> None:
        """Charge a card."""
        card = make_card()
        self.cards.append(card)
        request = SaleRequest(make_order(amount), **more)
        await self.do(self.bench.app.sale_desk.charge(request, card))

    async def refund(self, amount: int) -> None:
        """Give money back on the newest approved sale."""
        approved = [r for r in self.records() if r.state is PaymentState.APPROVED]
        if approved:
            desk = self.bench.app.refund_desk
            await self.do(desk.refund(approved[-1].payment_id, Won(amount), "고객 변심"))

    def records(self) -> list[PaymentRecord]:
        """Return every payment on disk, oldest first."""
        return self.ledger.book.records()

    async def recover(self) -> None:
        """Carry on with what the last program left, to the end."""
        await self.do(self.bench.app.recovery.resume_open())

    async def help(self) -> None:
        """Do what a person is called for, by the bank's own book; again where it failed."""
        for _ in range(3):
            self.clock.pass_s(601)
            for record in self.records():
                if record.state is PaymentState.UNKNOWN:
                    await self._help_with(record)
                elif record.live_refund is not None and record.person_needed:
                    await self._close_refund(record)

    async def _help_with(self, record: PaymentRecord) -> None:
        """Type the number that the bank has, or close together what it does not have."""
        recovery = self.bench.app.recovery
        booked = self.bank.book.get(record.order_no)
        if booked is not None:
            await self.do(recovery.give_reference(record.payment_id, booked.tno))
        else:
            close = recovery.close_not_charged(record.payment_id, "거래내역에 없음", SECOND)
            await self.do(close)

    async def _close_refund(self, record: PaymentRecord) -> None:
        """Close together a refund that was tried too often, by what the bank shows of it."""
        done = self.bank.book[record.order_no].balance < record.balance.amount
        await self.do(
            self.bench.app.recovery.close_refund(record.payment_id, "거래내역", SECOND, done=done)
        )

    def disagreements(self) -> list[str]:
        """Compare the ledger with the bank, to the won; return what does not agree."""
        found = [f"{no} charged {n} times" for no, n in self.bank.charges.items() if n > 1]
        found += ["a card was not wiped" for card in self.cards if not card.number.wiped]
        known = {record.order_no for record in self.records()}
        found += [f"{no} is not in the ledger" for no in self.bank.book if no not in known]
        for record in self.records():
            booked = self.bank.book.get(record.order_no)
            has = booked.balance if booked is not None else 0
            ours = record.balance.amount if record.state is PaymentState.APPROVED else 0
            if record.is_open:
                found.append(f"{record.order_no} is {record.state} and nobody is at it")
            elif has != ours:
                found.append(f"{record.order_no}: {record.state} {ours}, the bank has {has}")
        return found

    def left_alone(self) -> list[str]:
        """Return open payments that neither a job nor a person will take up."""
        return [
            f"{record.order_no} {record.state} {[r.state.value for r in record.refunds]}"
            for record in self.records()
            if record.is_open and not record.person_needed
        ]


def unclear() -> PosError:
    """Return what the ledger says when nobody can tell whether it wrote."""
    return ShopTrouble("ledger.unclear", sequence=1)
