"""The money loop: what `next_step` decides is done here, for sales, refunds and recovery alike.

Each request is framed by two facts: its intent before the first byte, its answer after. Between two
look-ups it waits by a schedule on the monotonic clock; a look-up is the only thing that is repeated
without asking, besides cancels that carry their compare-and-set value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.card import Card
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.order import PaymentId
from pos_app.domain.payment import (
    AskHuman,
    Cancel,
    LookUp,
    PaymentRecord,
    Send,
    Step,
    next_step,
)
from pos_app.domain.refunds import RefundRecord
from pos_app.domain.requests import CancelRequest, ChargeRequest, LookUpRequest
from pos_app.domain.verdicts import cancel_facts, charge_facts, look_up_facts
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import Activity, Doing, NewsBoard, PaymentChanged, Trouble
from pos_app.services.ports import Clock, Gateway, Ids, Ledger

_A = TypeVar("_A")

#: Seconds to wait before each look-up; the last one repeats (money-safety.md section 6).
LOOK_UP_WAITS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 240.0)
#: Seconds between tries to write an answer that must not be lost.
COMMIT_WAITS_S = (0.2, 0.5, 1.0, 2.0)
#: A late charge is not expected this long after the deadline (money-safety.md section 6).
SETTLE_TIME_S_DEFAULT = 600.0
#: The author of what nobody at the counter did.
PROGRAM = "program"


@dataclasses.dataclass(frozen=True, slots=True)
class SettleRules:
    """Settings of the loop: how long absent is not believed, and at which counter it runs."""

    counter: str
    settle_time_s: float = SETTLE_TIME_S_DEFAULT
    look_up_waits_s: tuple[float, ...] = LOOK_UP_WAITS_S


class Settler:
    """Carries payments to rest.

    Args:
        gateways: by name; a payment whose gateway is not among them is left alone.
    """

    def __init__(
        self,
        *,
        gateways: Mapping[str, Gateway],
        ledger: Ledger,
        jobs: MoneyJobs,
        news: NewsBoard,
        clock: Clock,
        ids: Ids,
        rules: SettleRules,
    ) -> None:
        """Join the parts; nothing runs yet."""
        self._gateways = gateways
        self._ledger = ledger
        self._jobs = jobs
        self._news = news
        self._clock = clock
        self._ids = ids
        self._rules = rules
        #: Monotonic time since when each payment is known to be open, in this run.
        self._open_since_s: dict[PaymentId, float] = {}
        self._asked: dict[PaymentId, int] = {}

    def gateway_of(self, record: PaymentRecord) -> Gateway:
        """Return the gateway that made this payment.

        Raises:
            ShopTrouble: it is not set up on this counter any more, or for another site, or for
                the test system where the payment was live (or the other way round).
        """
        gateway = self._gateways.get(record.gateway)
        ours = None if gateway is None else (gateway.site, gateway.environment)
        if gateway is None or ours != (record.site, record.environment):
            raise ShopTrouble("gateway.not_set_up", gateway=record.gateway, site=record.site)
        return gateway

    def settle_time_left_s(self, payment_id: PaymentId) -> float:
        """Return how long "not found" is still no proof for that payment, in seconds."""
        since = self._open_since_s.get(payment_id)
        if since is None:
            return self._rules.settle_time_s
        return max(0.0, since + self._rules.settle_time_s - self._clock.monotonic_s())

    async def send(self, record: PaymentRecord, author: f.Author, card: Card) -> PaymentRecord:
        """Do the first step of a prepared charge: send it, once, and write down the answer."""
        try:
            step = next_step(record, self.gateway_of(record).abilities)
            if not isinstance(step, Send):
                raise Bug("payment.not_to_be_sent", state=record.state.value)
            return await self._send(record, author, card)
        finally:
            card.wipe()

    async def advance(self, record: PaymentRecord) -> PaymentRecord:
        """Do one step of `record`, if there is one."""
        gateway = self.gateway_of(record)
        step = next_step(record, gateway.abilities)
        return record if step is None else await self._do(record, gateway, step)

    async def interject(
        self,
        payment_id: PaymentId,
        author: f.Author,
        fact_of: Callable[[PaymentRecord], f.Fact | None],
    ) -> PaymentRecord:
        """Write a fact from outside the loop and let the loop go on from there, at once.

        Args:
            payment_id: a payment on which a job may be waiting or looking up.
            author: who says so.
            fact_of: makes the fact from the payment as it is now, or raises; None writes nothing.

        Raises:
            UserMistake: a money request of that payment is on its way.
        """
        await self._jobs.stop(payment_id)
        record = await self._ledger.get(payment_id)
        try:
            fact = fact_of(record)
            if fact is not None:
                record = await self.note(record, author, fact)
        finally:
            self._asked.pop(payment_id, None)
            if record.is_open:
                self._jobs.start(payment_id, self.settle(record))
        return record

    async def settle(self, record: PaymentRecord) -> PaymentRecord:
        """Go on until nothing is left to do by program: the loop of the architecture.

        A PREPARED charge has no card here any more and must not come in.
        """
        self._open_since_s.setdefault(record.payment_id, self._clock.monotonic_s())
        gateway = self.gateway_of(record)
        while (step := next_step(record, gateway.abilities)) is not None:
            record = await self._do(record, gateway, step)
        return record

    async def note(self, record: PaymentRecord, author: f.Author, *facts: f.Fact) -> PaymentRecord:
        """Write facts down and tell everyone."""
        changed = await self._ledger.append(
            record.payment_id, author, *facts, version=record.version
        )
        self.announce(changed)
        return changed

    def announce(self, record: PaymentRecord) -> None:
        """Tell everyone about a record that is committed."""
        self._news.publish(PaymentChanged(record))

    async def _do(self, record: PaymentRecord, gateway: Gateway, step: Step) -> PaymentRecord:
        """Carry out one step."""
        match step:
            case LookUp():
                return await self._look_up(record, gateway, step)
            case Cancel():
                return await self._cancel(record, gateway, step)
            case AskHuman(why):
                return await self.note(record, self._program(), f.PersonNeeded(why))
            case Send():
                raise Bug("payment.card_is_gone", payment_id=record.payment_id)

    async def _send(self, record: PaymentRecord, author: f.Author, card: Card) -> PaymentRecord:
        """Frame the charge request by Sending and its answer."""
        gateway = self.gateway_of(record)
        before = _Before(self, record, author, lambda: f.Sending(gateway.timeout_s))
        self._tell(record, Doing.CONNECTING)
        with self._jobs.in_flight(record.payment_id):
            answer, bug = await _guarded(
                gateway.approve(ChargeRequest(record.order_no, record.order, before), card),
                lambda: before.called,
            )
            record = before.record
            self._open_since_s[record.payment_id] = self._clock.monotonic_s()
            record = await self._commit(record, author, charge_facts(answer), answer)
        _raise_if(bug)
        return record

    async def _look_up(
        self, record: PaymentRecord, gateway: Gateway, step: LookUp
    ) -> PaymentRecord:
        """Wait by the schedule, ask, and write down what that settles."""
        asked = self._asked.get(record.payment_id, 0)
        waits = self._rules.look_up_waits_s
        wait_s = waits[min(asked, len(waits) - 1)] * self._ids.jitter()
        self._asked[record.payment_id] = asked + 1
        self._tell(record, Doing.WAITING_TO_LOOK_UP, count=asked + 1, wait_s=wait_s)
        await self._clock.sleep(wait_s)
        self._tell(record, Doing.LOOKING_UP, count=asked + 1)
        over = self.settle_time_left_s(record.payment_id) <= 0
        answer = await gateway.look_up(
            LookUpRequest(
                order_no=record.order_no,
                order_date=record.order_date,
                amount=record.order.amount,
                gateway_ref=step.gateway_ref,
            )
        )
        facts = look_up_facts(
            record, answer, by_order=step.gateway_ref is None, settle_time_over=over
        )
        return await self.note(record, self._program(), *facts)

    async def _cancel(self, record: PaymentRecord, gateway: Gateway, step: Cancel) -> PaymentRecord:
        """Frame a cancel by its intent and its answer, for a refund or a reversal."""
        refund = record.refund(step.refund_id) if step.refund_id is not None else None
        author = self._author_of(refund)
        tries = refund.tries if refund is not None else record.reversal_tries
        if tries:
            await self._clock.sleep(
                self._rules.look_up_waits_s[min(tries, len(self._rules.look_up_waits_s) - 1)]
            )
        before = _Before(self, record, author, lambda: _cancel_intent(step))
        self._tell(record, Doing.CANCELLING, count=tries + 1)
        request = CancelRequest(
            order_no=record.order_no,
            gateway_ref=step.gateway_ref,
            amount=step.amount,
            tax_free=step.tax_free,
            balance_before=step.balance_before,
            partial=step.partial,
            mixed_tax=bool(record.order.tax_free),
            reason=step.reason,
            before_send=before,
        )
        with self._jobs.in_flight(record.payment_id):
            answer, bug = await _guarded(gateway.cancel(request), lambda: before.called)
            record = before.record
            self._asked.pop(record.payment_id, None)
            if refund is None and not before.called:
                # Nothing was written yet: the reversal's intent comes first, then that it failed.
                record = await self.note(record, author, _cancel_intent(step))
            current = record.refund(refund.refund_id) if refund is not None else None
            record = await self._commit(record, author, cancel_facts(answer, current), None)
        _raise_if(bug)
        return record

    async def _commit(
        self,
        record: PaymentRecord,
        author: f.Author,
        facts: tuple[f.Fact, ...],
        answer: a.ChargeAnswer | None,
    ) -> PaymentRecord:
        """Write an answer that must not be lost; try again, then undo an approval (rule R8)."""
        for wait_s in COMMIT_WAITS_S:
            try:
                return await self.note(record, author, *facts)
            except ShopTrouble as trouble:
                self._news.publish(Trouble(trouble, record.payment_id, halted=False))
                await self._clock.sleep(wait_s)
        try:
            return await self.note(record, author, *facts)
        except ShopTrouble as trouble:
            if isinstance(answer, a.NotSent):
                raise
            self._jobs.halt(trouble.code)
            self._news.publish(Trouble(trouble, record.payment_id, halted=True))
            if isinstance(answer, a.Approved):
                await self._undo_unwritten(record, answer.approval.gateway_ref)
            raise

    async def _undo_unwritten(self, record: PaymentRecord, gateway_ref: str) -> None:
        """Net cancel an approval that could not be written down (KCP samples, kcp.md 2.3)."""
        request = CancelRequest(
            order_no=record.order_no,
            gateway_ref=gateway_ref,
            amount=record.order.amount,
            tax_free=record.order.tax_free,
            balance_before=record.order.amount,
            partial=False,
            mixed_tax=bool(record.order.tax_free),
            reason="ledger failure",
            before_send=_nothing,
        )
        answer = await self.gateway_of(record).cancel(request)
        code = "ledger.approval_undone"
        if not isinstance(answer, a.Cancelled):
            code = "ledger.approval_not_undone"
        trouble = ShopTrouble(code, order_no=record.order_no, gateway_ref=gateway_ref)
        self._news.publish(Trouble(trouble, record.payment_id, halted=True))

    def _tell(
        self, record: PaymentRecord, doing: Doing, *, count: int = 1, wait_s: float = 0.0
    ) -> None:
        """Announce what is being done."""
        now = self._clock.now()
        self._news.publish(Activity(record.payment_id, doing, now, count, wait_s))

    def _program(self) -> f.Author:
        """Return the author of what the program does by itself."""
        return f.Author(PROGRAM, "", self._rules.counter)

    def _author_of(self, refund: RefundRecord | None) -> f.Author:
        """Return who stands behind a cancel: the refund's people, or the program."""
        if refund is None:
            return self._program()
        return f.Author(refund.operator, refund.approver, self._rules.counter)


class _Before:
    """Writes the intent when the connection stands; remembers the record and that it was done."""

    def __init__(
        self,
        settler: Settler,
        record: PaymentRecord,
        author: f.Author,
        intent: Callable[[], f.Fact],
    ) -> None:
        self.record = record
        self.called = False
        self._settler = settler
        self._author = author
        self._intent = intent

    async def __call__(self) -> None:
        """Commit the intent; a second call would mean a second request and is a `Bug`."""
        if self.called:
            raise Bug("payment.sent_twice", payment_id=self.record.payment_id)
        self.record = await self._settler.note(self.record, self._author, self._intent())
        self.called = True


async def _nothing() -> None:
    """Stand in for `before_send` where there is nothing left to write to."""


def _cancel_intent(step: Cancel) -> f.Fact:
    """Return the fact that goes before a cancel request."""
    if step.refund_id is None:
        return f.ReversalSending(step.gateway_ref, step.reason)
    return f.RefundSending(step.refund_id)


async def _guarded(
    call: Awaitable[_A], sent: Callable[[], bool]
) -> tuple[_A | a.NotSent | a.NoAnswer, Exception | None]:
    """Await a gateway's answer; whatever it raises becomes the careful answer.

    Returns:
        The answer, and what was raised if it was our own fault, to be raised again once the answer
        is on disk.
    """
    bug: Exception | None = None
    try:
        answer = await call
    except ShopTrouble as trouble:
        why = trouble.code
    except Exception as error:  # noqa: BLE001 - kept, and raised again by the caller
        why, bug = "bug", error
    else:
        if sent() or isinstance(answer, a.NotSent):
            return answer, None
        why, bug = "bug", Bug("payment.answered_without_intent")
    return (a.NoAnswer(why) if sent() else a.NotSent(why)), bug


def _raise_if(bug: Exception | None) -> None:
    """Raise what was kept until the answer was on disk."""
    if bug is not None:
        raise bug
