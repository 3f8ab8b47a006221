"""Scheduled payments: the gateway charges a card on file by itself, later.

When the time has come the payment is made in the ledger as one whose answer nobody has, and the
ordinary loop looks it up by its order number. Whether the time has come is asked of the gateway: a
PC's clock that is wrong delays a question and moves no money.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.card_facts import CARDS, CardRecord
from pos_app.domain.errors import Bug, ShopTrouble, UserMistake
from pos_app.domain.operators import Operator, Permission, Right, permission
from pos_app.domain.order import KST, Order, PaymentId, SaleId, clean_text, make_order_no
from pos_app.domain.schedule_facts import (
    SCHEDULES,
    STANDING,
    PlanRecord,
    PlanState,
    ScheduleCancelling,
    ScheduleChanging,
    ScheduleHandedOver,
    SchedulePlanned,
    ScheduleSending,
)
from pos_app.domain.schedule_steps import (
    Plan,
    cancelled_facts,
    changed_facts,
    is_due,
    next_plan_step,
    plan_after_restart,
    plan_seen_facts,
    planned_facts,
)
from pos_app.domain.schedules import ScheduleAnswer, ScheduleRequest, ScheduleSeen, ScheduleState
from pos_app.domain.streams import StreamFact, StreamId, StreamQuery
from pos_app.services.framing import Before, guarded
from pos_app.services.makers import maker_of
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Ledger, SchedulingGateway
from pos_app.services.sale_rules import SaleRules
from pos_app.services.settle import Settler
from pos_app.services.stream_worker import StreamParts, StreamWorker

#: So often is looked for schedules whose time has come.
WATCH_S = 20.0
#: So long after its time a charge the gateway says nothing of is looked up as a payment, and shown
#: as one that may have been made. Gateways charge within minutes of the time.
OVERDUE_S = 600.0
#: A year ahead is as far as people plan, and far beyond it cards expire.
AHEAD_MAX = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A payment to be made later.

    Attributes:
        at: aware; seconds are cut off.
    """

    card_id: StreamId
    order: Order
    at: dt.datetime
    approver: Operator | None = None


class ScheduleDesk:
    """The scheduled payments.

    Args:
        gateways: those that charge by themselves, by name, each with the rules of a sale.
    """

    def __init__(
        self,
        *,
        gateways: Mapping[str, tuple[SchedulingGateway, SaleRules]],
        parts: StreamParts,
        ledger: Ledger,
        settler: Settler,
        operators: OperatorDesk,
    ) -> None:
        """Join the parts."""
        self._gateways = dict(gateways)
        self._parts = parts
        self._ledger = ledger
        self._settler = settler
        self._operators = operators
        self._worker = StreamWorker(SCHEDULES, parts, plan_after_restart, self._step)

    @property
    def gateways(self) -> tuple[str, ...]:
        """Return the names of the gateways that charge later; empty where none does."""
        return tuple(self._gateways)

    @property
    def needs_approval(self) -> bool:
        """Tell whether the person at the counter needs a second one to plan, move or take back."""
        role = self._operators.current.role
        return permission(role, Right.SCHEDULE) is Permission.NEEDS_APPROVAL

    def now(self) -> dt.datetime:
        """Return the Korean wall time, for showing and choosing days."""
        return self._parts.clock.now().astimezone(KST)

    async def get(self, schedule_id: StreamId) -> PlanRecord:
        """Return one scheduled payment."""
        return await self._parts.streams.get(SCHEDULES, schedule_id)

    async def of_card(self, card_id: StreamId) -> Sequence[PlanRecord]:
        """Return what was ever scheduled with a card, earliest first."""
        query = StreamQuery(owner=card_id, by_due=True, limit=500)
        return await self._parts.streams.find(SCHEDULES, query)

    async def between(self, since: dt.datetime, until: dt.datetime) -> Sequence[PlanRecord]:
        """Return what is or was to be charged in [since, until), earliest first."""
        query = StreamQuery(due_since=since, due_until=until, by_due=True, limit=2_000)
        return await self._parts.streams.find(SCHEDULES, query)

    async def coming(self) -> Sequence[PlanRecord]:
        """Return what is going to be charged, earliest first."""
        query = StreamQuery(states=frozenset(STANDING), by_due=True, limit=2_000)
        return await self._parts.streams.find(SCHEDULES, query)

    # -------------------------------------------------------------------------------- at the start

    async def resume_open(self) -> Sequence[PlanRecord]:
        """Carry on with what a stopped program left open, and with what became due meanwhile."""
        found = await self._worker.resume_open()
        await self.take_up_due()
        return found

    async def watch(self) -> None:
        """Take up what becomes due, for as long as the program runs."""
        while True:
            try:
                await self.take_up_due()
            except ShopTrouble as trouble:
                self._worker.tell(trouble)
            await self._parts.clock.sleep(WATCH_S)

    async def take_up_due(self) -> None:
        """Start a job for every schedule whose time has come."""
        now = self._parts.clock.now()
        due = StreamQuery(states=frozenset(STANDING), due_until=now, by_due=True, limit=2_000)
        for record in await self._parts.streams.find(SCHEDULES, due):
            running = self._parts.jobs.is_running(record.stream_id)
            if record.gateway in self._gateways and not running:
                self._worker.start(record.stream_id)

    # ------------------------------------------------------------------------------------ planning

    async def plan(self, request: PlanRequest) -> PlanRecord:
        """Schedule a payment; returns when it is, is refused, not sent, or nobody knows yet.

        Raises:
            UserMistake: a rule or right forbids it, or the time has passed; nothing was sent.
            ShopTrouble: the ledger cannot be written, or money taking is halted.
        """
        self._parts.jobs.check_open()
        author = self._operators.author(Right.SCHEDULE, request.approver)
        answer = await self._parts.jobs.shielded(self._begin(request, author))
        return await asyncio.shield(answer)

    async def _begin(self, request: PlanRequest, author: f.Author) -> asyncio.Future[PlanRecord]:
        """Check, store the intent and start; nobody may forget the card meanwhile."""
        at = self._checked_time(request.at)
        async with self._parts.jobs.lock(request.card_id):
            card = await self._parts.streams.get(CARDS, request.card_id)
            if not card.is_kept:
                raise UserMistake("cards.not_kept")
            gateway, rules = self._gateway_of(card)
            rules.check_order(request.order)
            record = await self._worker.begin(
                (fact := self._planned(card, request.order, at)).schedule_id, author, fact
            )
            return self._parts.jobs.begin(
                record.stream_id,
                self._plan(record, author, gateway),
                lambda: self._worker.resume(record.stream_id),
            )

    def _planned(self, card: CardRecord, order: Order, at: dt.datetime) -> SchedulePlanned:
        """Return the first fact of a scheduled payment with that card."""
        now, ids = self._parts.clock.now(), self._parts.ids
        return SchedulePlanned(
            schedule_id=StreamId(ids.new_id()),
            payment_id=PaymentId(ids.new_id()),
            sale_id=SaleId(ids.new_id()),
            order_no=make_order_no(now, self._operators.counter, ids.random_bits(80)),
            order_date=f"{now.astimezone(KST):%Y%m%d}",
            order=order,
            at=at,
            card_id=card.stream_id,
            customer_uid=card.customer_uid,
            gateway=card.gateway,
            environment=card.environment,
            site=card.site,
            card_masked=card.card_masked,
            card_brand=card.card_brand,
        )

    async def _plan(
        self, record: PlanRecord, author: f.Author, gateway: SchedulingGateway
    ) -> PlanRecord:
        """Frame the request by its intent and its answer."""
        if not isinstance(next_plan_step(record), Plan):
            raise Bug("stream.impossible_step", state=record.state.value)
        intent = ScheduleSending()
        before = Before[PlanRecord, StreamFact](self._worker.note, record, author, intent)
        request = ScheduleRequest(
            customer_uid=record.customer_uid,
            order_no=record.order_no,
            order=record.order,
            at=record.at,
            before_send=before,
        )
        with self._parts.jobs.in_flight(record.stream_id):
            answer, bug = await guarded(gateway.schedule(request), lambda: before.called)
            facts = planned_facts(answer)
            if not before.called and not isinstance(answer, a.NotSent):
                facts = (intent, *facts)
            await self._make_payment_of(record, facts)
            record = await self._worker.commit(before.record, author, *facts)
        if bug is not None:
            raise bug
        return record

    # --------------------------------------------------------------------- changing and taking back

    async def change(
        self, schedule_id: StreamId, at: dt.datetime, approver: Operator | None = None
    ) -> PlanRecord:
        """Move a scheduled payment; the gateway's answer decides whether it was still time.

        Raises:
            UserMistake: it does not stand, a right is missing, or the new time has passed.
            ShopTrouble: the ledger cannot be written.
        """
        self._parts.jobs.check_open()
        author = self._operators.author(Right.SCHEDULE, approver)
        moment = self._checked_time(at)
        return await self._request(schedule_id, author, ScheduleChanging(moment))

    async def cancel(
        self, schedule_id: StreamId, reason: str, approver: Operator | None = None
    ) -> PlanRecord:
        """Take back a scheduled payment, that one and no other.

        Raises:
            UserMistake: it does not stand, a right is missing, or no reason is given.
            ShopTrouble: the ledger cannot be written.
        """
        self._parts.jobs.check_open()
        author = self._operators.author(Right.SCHEDULE, approver)
        cleaned = clean_text("product", reason)
        if not cleaned:
            raise UserMistake("cards.reason_empty")
        return await self._request(schedule_id, author, ScheduleCancelling(cleaned))

    async def _request(
        self,
        schedule_id: StreamId,
        author: f.Author,
        intent: ScheduleChanging | ScheduleCancelling,
    ) -> PlanRecord:
        """Store a wish and carry it out."""
        answer = await self._parts.jobs.shielded(self._begin_request(schedule_id, author, intent))
        return await asyncio.shield(answer)

    async def _begin_request(
        self,
        schedule_id: StreamId,
        author: f.Author,
        intent: ScheduleChanging | ScheduleCancelling,
    ) -> asyncio.Future[PlanRecord]:
        """Take the record over from a job that only waits or asks; write the intent; start."""
        jobs = self._parts.jobs
        async with jobs.lock(schedule_id):
            await jobs.stop(schedule_id)
            written = False
            try:
                record = await self._worker.take_up(schedule_id)
                if record.state is not PlanState.SCHEDULED:
                    raise UserMistake("schedule.does_not_stand", state=record.state.value)
                gateway, _ = self._gateway_of(record)
                record = await self._worker.note(record, author, intent)
                written = True
            finally:
                if not written:
                    self._worker.start(schedule_id)
            return jobs.begin(
                schedule_id,
                self._carry_out(record, author, gateway, intent),
                lambda: self._worker.resume(schedule_id),
            )

    async def _carry_out(
        self,
        record: PlanRecord,
        author: f.Author,
        gateway: SchedulingGateway,
        intent: ScheduleChanging | ScheduleCancelling,
    ) -> PlanRecord:
        """Send the request whose intent is written, and write down its answer."""
        if isinstance(intent, ScheduleChanging):
            call = gateway.reschedule(record.order_no, intent.at)
        else:
            call = gateway.unschedule(record.customer_uid, record.order_no)
        with self._parts.jobs.in_flight(record.stream_id):
            answer, bug = await guarded(call, lambda: True)
            if isinstance(answer, a.Refused):
                answer = await _why_refused(gateway, record, answer)
            if isinstance(intent, ScheduleChanging):
                facts = changed_facts(record, answer)
            else:
                facts = cancelled_facts(answer)
            await self._make_payment_of(record, facts)
            record = await self._worker.commit(record, author, *facts)
        if bug is not None:
            raise bug
        return record

    # ---------------------------------------------------------------------------------- carried on

    async def _step(self, record: PlanRecord) -> PlanRecord | None:
        """Ask about what is in doubt or due; nothing else happens by itself."""
        step = next_plan_step(record)
        if isinstance(step, Plan):
            raise Bug("stream.impossible_step", state=record.state.value)
        if step is None and not is_due(record, self._parts.clock.now()):
            return None
        gateway, _ = self._gateway_of(record)
        await self._worker.wait_to_ask(record.stream_id)
        answer = await gateway.scheduled(record.order_no)
        over = self._worker.is_settle_time_over(record.stream_id)
        facts = plan_seen_facts(record, answer, settle_time_over=over)
        if self._is_overdue(record, answer):
            facts = (ScheduleHandedOver("overdue"),)
        await self._make_payment_of(record, facts)
        return await self._worker.note(record, self._worker.program, *facts)

    def _is_overdue(self, record: PlanRecord, answer: object) -> bool:
        """Tell whether the gateway should have charged long ago and says nothing of it."""
        silent = isinstance(answer, a.Absent | a.CannotTell)
        due = is_due(record, self._parts.clock.now())
        return silent and due and self._worker.open_for_s(record.stream_id) >= OVERDUE_S

    async def _make_payment_of(self, record: PlanRecord, facts: tuple[StreamFact, ...]) -> None:
        """Make the payment of a schedule that was charged, if `facts` say so.

        It comes before the fact that hands over: a stop in between finds it by its order number.
        """
        if not any(isinstance(fact, ScheduleHandedOver) for fact in facts):
            return
        payment = await self._ledger.find_order(record.order_no)
        if payment is None:
            fact = f.Prepared(
                payment_id=record.payment_id,
                sale_id=record.sale_id,
                order_no=record.order_no,
                order_date=record.order_date,
                order=record.order,
                gateway=record.gateway,
                environment=record.environment,
                site=record.site,
                card_masked=record.card_masked,
                card_brand=record.card_brand,
                customer_uid=record.customer_uid,
                schedule_id=record.stream_id,
            )
            payment = await self._ledger.prepare(
                self._worker.program, fact, f.Sending(0.0), f.ChargeNoAnswer("scheduled")
            )
            self._settler.announce(payment)
        if payment.is_open and not self._parts.jobs.is_running(payment.payment_id):
            self._parts.jobs.start(payment.payment_id, self._settler.resume(payment.payment_id))

    def _checked_time(self, at: dt.datetime) -> dt.datetime:
        """Return a time without its seconds, if something can be planned for it.

        Raises:
            UserMistake: it has passed, or is too far ahead.
        """
        moment, now = at.replace(second=0, microsecond=0), self._parts.clock.now()
        if moment <= now:
            raise UserMistake("schedule.time_passed")
        if moment > now + AHEAD_MAX:
            raise UserMistake("schedule.too_far_ahead", days=AHEAD_MAX.days)
        return moment

    def _gateway_of(self, record: CardRecord | PlanRecord) -> tuple[SchedulingGateway, SaleRules]:
        """Return the gateway of a card or schedule, and its rules; raises as `maker_of`."""
        gateways = {name: gateway for name, (gateway, _) in self._gateways.items()}
        return self._gateways[maker_of(gateways, record).name]


async def _why_refused(
    gateway: SchedulingGateway, record: PlanRecord, answer: a.Refused
) -> ScheduleAnswer:
    """Return what the gateway has instead, where it refused because it was too late."""
    seen = await gateway.scheduled(record.order_no)
    late = isinstance(seen, ScheduleSeen) and seen.state is not ScheduleState.SCHEDULED
    return seen if late and isinstance(seen, ScheduleSeen) else answer
