"""The people of a simulated shop: clerks, a manager, somebody in the gateway's own site.

They do what people do: hit a key twice, go away, close the window, charge again, give back twice,
read the gateway's site and type what they see, now and then wrongly. All of it from the seed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from pos_app.domain.errors import Bug, ShopTrouble, UserMistake
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.order import Order
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.services.recovery import Recovery
from pos_app.services.sale_desk import SaleRequest
from tests.sim.life import Life, ProgramEndedError
from tests.sim.world import World, make_card

if TYPE_CHECKING:
    from pos_app.domain.order import PaymentId

MANAGER = Operator("박점장", Role.MANAGER)
CLERK = Operator("김직원", Role.CLERK)
CARDS = tuple(f"94101100000{n:05d}".encode() for n in range(11, 23))
AMOUNTS = (1_000, 9_900, 33_000, 55_000, 88_000, 120_000, 300_000)


class Clerk:
    """Sells, refunds, and loses patience."""

    def __init__(self, world: World, number: int) -> None:
        """Come to work."""
        self._world = world
        self._rng = world.rng(f"clerk {number}")
        self._counter = world.counters[number % len(world.counters)]

    async def work(self, sales: int) -> None:
        """Sell so many times, with some time between."""
        for _ in range(sales):
            await asyncio.sleep(self._rng.expovariate(1 / 30))
            await self._sell()

    def _may(self, share: float) -> bool:
        return share > 0 and self._rng.random() < share

    async def _sell(self) -> None:
        """Type a card, charge it, and go on by what comes of it."""
        rng = self._rng
        amount = rng.choice(AMOUNTS)
        months = rng.choice((0, 0, 0, 3)) if amount >= 50_000 else 0
        order = Order(Won(amount), ZERO, Months(months), "꽃바구니", "홍길동", "01012345678")
        card = rng.choice(CARDS)
        life = await self._counter.running()
        if rng.random() < 0.2:
            life.bench.app.operators.current = CLERK
        await self._charge(life, SaleRequest(order), card, tries=3)

    async def _charge(self, life: Life, request: SaleRequest, number: bytes, *, tries: int) -> None:
        """Charge, and do what people do while they wait."""
        world, rng = self._world, self._rng
        task = self._begin(life, request, number)
        if self._may(world.plan.clicks):
            await asyncio.sleep(rng.uniform(0.001, 0.05))
            world.figures["double clicks"] += 1
            world.spawn(self._answered(life, self._begin(life, request, number), request))
        if self._may(world.plan.impatience):
            patience_s = rng.uniform(0.01, 3) if rng.random() < 0.7 else rng.uniform(3, 60)
            await asyncio.wait([task], timeout=patience_s)
            if not task.done():
                await self._lose_patience(life, task)
        outcome = await self._answered(life, task, request)
        if tries:
            await self._go_on(life, request, number, outcome, tries - 1)

    def _begin(
        self, life: Life, request: SaleRequest, number: bytes
    ) -> asyncio.Task[PaymentRecord]:
        """Press the key; the digits go from the screen to the desk in one step."""
        world = self._world
        amount = request.order.amount.amount
        world.note("charge", number[-4:].decode(), amount, request.duplicate_reason)

        async def pressed() -> PaymentRecord:
            card = make_card(number)
            world.cards.append((life, card))
            return await life.bench.app.sale_desk.charge(request, card)

        return life.begin(pressed())

    async def _lose_patience(self, life: Life, task: asyncio.Task[PaymentRecord]) -> None:
        """Leave the screen, or close the window."""
        self._world.figures["impatient"] += 1
        if self._rng.random() < 0.6:
            self._world.note("screen left")
            task.cancel()
        else:
            await self._world.counter_of(life).close(life)

    async def _answered(
        self, life: Life, task: asyncio.Task[PaymentRecord], request: SaleRequest
    ) -> PaymentRecord | str:
        """Return the record, or the code of what came instead."""
        world = self._world
        try:
            record = await life.await_end(task)
        except ProgramEndedError:
            return "ended"
        except (UserMistake, ShopTrouble) as error:
            world.note("told", error.code)
            if error.code in {"sale.same_card", "sale.same_card_open"}:
                world.checker.check_blocked(request, error)
            return error.code
        except Bug as bug:
            world.blame(f"a bug at the sale: {bug!r}")
            return bug.code
        world.note("told", record.order_no, record.state.value)
        world.checker.check_told(record)
        return record

    async def _go_on(
        self,
        life: Life,
        request: SaleRequest,
        number: bytes,
        outcome: PaymentRecord | str,
        tries: int,
    ) -> None:
        """Do what people do after such an answer."""
        rng, world = self._rng, self._world
        if outcome == "money.halted":
            await asyncio.sleep(rng.uniform(1, 60))
            await world.counter_of(life).close(life)
            return
        if outcome in {"sale.same_card", "sale.same_card_open", "right.needs_approval"}:
            if rng.random() < 0.5 and not life.dead:
                again = SaleRequest(
                    request.order, duplicate_reason="손님이 다시 요청", approver=MANAGER
                )
                world.figures["charged again with a reason"] += 1
                await self._charge(life, again, number, tries=tries)
            return
        if not isinstance(outcome, PaymentRecord):
            return
        if outcome.state is PaymentState.UNKNOWN:
            await self._uncertain(life, request, number, outcome, tries)
        elif outcome.state is PaymentState.APPROVED and self._may(world.plan.refunds):
            world.spawn(self._refund_later(outcome.payment_id, outcome.order.amount.amount))

    async def _uncertain(
        self,
        life: Life,
        request: SaleRequest,
        number: bytes,
        record: PaymentRecord,
        tries: int,
    ) -> None:
        """The outcome is open: wait, ask, do not want it any more, or charge again."""
        rng, recovery = self._rng, life.bench.app.recovery
        await asyncio.sleep(rng.uniform(0.5, 20))
        choice = rng.random()
        if choice < 0.2:
            await self.do(recovery.ask_again(record.payment_id), life)
        elif choice < 0.4:
            await self.do(recovery.reverse_when_found(record.payment_id), life)
        elif choice < 0.6 and not life.dead:
            again = SaleRequest(request.order, duplicate_reason="손님이 다시", approver=MANAGER)
            self._world.figures["superseded"] += 1
            await self._charge(life, again, number, tries=tries)
        elif choice < 0.7:
            refund = life.bench.app.refund_desk.refund(
                record.payment_id, record.order.amount, "손님이 취소", MANAGER
            )
            await self.do(refund, life)

    async def _refund_later(self, payment_id: PaymentId, amount: int) -> None:
        """Give a sale back some time later: whole, in parts, or twice at once."""
        rng, world = self._rng, self._world
        for _ in range(rng.randrange(1, 4)):
            await asyncio.sleep(rng.expovariate(1 / 120))
            life = await world.any_counter(rng).running()
            part = amount if rng.random() < 0.4 else rng.randrange(1, amount + 1)
            world.figures["refunds asked"] += 1
            world.note("refund", payment_id, part)
            approver = MANAGER if rng.random() < 0.9 else None
            desk = life.bench.app.refund_desk
            wishes = [desk.refund(payment_id, Won(part), "고객 변심", approver)]
            if self._may(world.plan.clicks):
                wishes.append(desk.refund(payment_id, Won(part), "고객 변심", approver))
            await asyncio.gather(*(self.do(wish, life) for wish in wishes))

    async def do(self, work: Coroutine[Any, Any, object], life: Life) -> bool:
        """Do something at a screen; tell whether it was accepted."""
        return await do(self._world, work, life)


async def do(world: World, work: Coroutine[Any, Any, object], life: Life) -> bool:
    """Do something at a screen; what people are told is noted, a bug is blamed."""
    try:
        await life.do(work)
    except ProgramEndedError:
        return False
    except (UserMistake, ShopTrouble) as error:
        world.note("told", error.code)
        return False
    except Bug as bug:
        world.blame(f"a bug at a screen: {bug!r}")
        return False
    return True


class Manager:
    """Looks at what needs a person and reads in the gateway's own site what is true."""

    def __init__(self, world: World) -> None:
        """Come to work."""
        self._world = world
        self._rng = world.rng("manager")
        self.honest = False

    async def work(self) -> None:
        """Look every minute or so, for ever."""
        while True:
            await asyncio.sleep(self._rng.uniform(20, 120))
            await self.look()

    async def look(self) -> None:
        """Do what is asked for."""
        life = await self._world.any_counter(self._rng).running()
        for record in self._world.book.open_payments():
            if record.person_needed and not life.dead:
                await self._help(life, record)

    def _lies(self) -> bool:
        plan = self._world.plan
        return not self.honest and plan.lies > 0 and self._rng.random() < plan.lies

    def _slips(self) -> bool:
        plan = self._world.plan
        return not self.honest and plan.slips > 0 and self._rng.random() < plan.slips

    async def _help(self, life: Life, record: PaymentRecord) -> None:
        """Say what the gateway's site shows, or what a person takes it for."""
        world, recovery = self._world, life.bench.app.recovery
        payment_id = record.payment_id
        world.figures["people asked"] += 1
        if record.state is PaymentState.APPROVED:
            await self._help_with_refund(life, record)
            return
        charges = world.model.of_order(record.order_no)
        charge = next((one for one in charges if one.balance), charges[0] if charges else None)
        lies = self._lies()
        if charge is None and not lies:
            if record.state is not PaymentState.UNKNOWN:
                return
            if recovery.settle_time_left_s(record) <= 0:
                world.note("closes as not charged", record.order_no)
                close = recovery.close_not_charged(payment_id, "거래내역에 없음", MANAGER)
                await do(world, close, life)
            return
        if lies:
            world.misled.add(record.order_no)
            world.figures["lies"] += 1
            world.note("lies", record.order_no)
            await do(world, self._lie(recovery, record), life)
            return
        assert charge is not None
        if self._slips():
            world.misled.add(record.order_no)
            world.note("mistypes", record.order_no)
            typed = self._mistyped(record)
            await do(world, recovery.give_reference(payment_id, typed), life)
            return
        if record.state is PaymentState.UNKNOWN or record.gateway_ref is None:
            world.note("types", record.order_no, charge.gateway_ref)
            await do(world, recovery.give_reference(payment_id, charge.gateway_ref), life)
            return
        # A reversal that the program could not bring about: done by hand in the gateway's site.
        if charge.balance:
            world.model.cancel_behind(charge.gateway_ref, charge.balance, world.clock.true_now())
        world.note("closes as reversed", record.order_no)
        await do(world, recovery.close_reversed(payment_id, "관리자에서 취소", MANAGER), life)

    def _lie(self, recovery: Recovery, record: PaymentRecord) -> Coroutine[Any, Any, object]:
        """Say something about an open charge without having looked."""
        said = self._rng.choice(("not charged", "reversed", "approved"))
        if said == "not charged":
            return recovery.close_not_charged(record.payment_id, "없습니다", MANAGER)
        if said == "reversed":
            return recovery.close_reversed(record.payment_id, "취소했습니다", MANAGER)
        return recovery.close_approved(
            record.payment_id, self._mistyped(record), "30112245", "봤습니다", MANAGER
        )

    async def _help_with_refund(self, life: Life, record: PaymentRecord) -> None:
        """Close a refund by what the gateway's site shows."""
        world, refund = self._world, record.live_refund
        charge = next((c for c in world.model.charges if c.gateway_ref == record.gateway_ref), None)
        if refund is None or charge is None:
            return
        gone = charge.amount - charge.balance
        done = gone >= record.refunded.amount + refund.amount.amount
        world.note("closes a refund", record.order_no, done)
        close = life.bench.app.recovery.close_refund(
            record.payment_id, "관리자 확인", MANAGER, done=done
        )
        await do(world, close, life)

    def _mistyped(self, record: PaymentRecord) -> str:
        """Return some other number: another sale's, or nobody's."""
        others = [c for c in self._world.model.charges if c.order_no != record.order_no]
        if others and self._rng.random() < 0.5:
            return self._rng.choice(others).gateway_ref
        digits = f"{self._rng.randrange(10**12):014d}"
        return digits if self._world.plan.gateway == "kcp" else f"imps_{digits[:12]}"


async def meddle(world: World) -> None:
    """Let clocks jump, the PC sleep, and somebody cancel in the gateway's site; for ever."""
    rng = world.rng("meddler")
    while True:
        await asyncio.sleep(60)
        if rng.random() < world.plan.jumps:
            _jump(world, rng.choice(("back a day", "ten years on", "1970", "sleep", "right")))
        if rng.random() < world.plan.behind and world.model.charges:
            charge = rng.choice(world.model.charges)
            if charge.balance:
                part = (
                    charge.balance if rng.random() < 0.5 else rng.randrange(1, charge.balance + 1)
                )
                world.model.cancel_behind(charge.gateway_ref, part, world.clock.true_now())
                world.figures["cancels behind our back"] += 1
                world.note("cancelled behind", charge.order_no, part)


def _jump(world: World, how: str) -> None:
    """Move the wall clock, or let the PC sleep for half an hour."""
    clock = world.clock
    world.figures[f"clock: {how}"] += 1
    world.note("clock", how)
    if how == "sleep":
        world.loop.skip(1_800)
    elif how == "right":
        clock.ahead = dt.timedelta()
    elif how == "back a day":
        clock.ahead = -dt.timedelta(days=1)
    elif how == "ten years on":
        clock.ahead = dt.timedelta(days=3_652)
    else:
        clock.ahead = dt.datetime(1970, 1, 2, tzinfo=dt.UTC) - clock.true_now()
