"""The money loop: what `next_step` decides is done here, for sales, refunds and recovery alike.

Each request is framed by two facts: its intent before the first byte, its answer after. Between two
look-ups it waits by a schedule on the monotonic clock; a look-up is the only thing that is repeated
without asking, besides cancels that carry their compare-and-set value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.card import Card
from pos_app.domain.errors import Bug, ShopTrouble, UserMistake
from pos_app.domain.order import PaymentId
from pos_app.domain.payment import (
    AskHuman,
    Cancel,
    LookUp,
    PaymentRecord,
    PaymentState,
    Send,
    Step,
    after_restart,
    next_step,
)
from pos_app.domain.refunds import RefundRecord
from pos_app.domain.requests import CancelRequest, ChargeRequest, LookUpRequest
from pos_app.domain.verdicts import (
    LATE_STATES,
    OTHER_PAYMENT,
    cancel_facts,
    charge_facts,
    is_crossed,
    look_up_facts,
)
from pos_app.services.framing import Before, UndoCharge, guarded
from pos_app.services.keeping import PROGRAM, Keeper
from pos_app.services.makers import maker_of
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import Activity, Doing, NewsBoard, Trouble
from pos_app.services.persisting import Persistence
from pos_app.services.ports import Clock, Gateway, Ids, Ledger, Spool
from pos_app.services.sharing import Sharing

__all__ = [
    "LOOK_UP_WAITS_S",
    "PROGRAM",
    "SETTLE_TIME_S_DEFAULT",
    "SettleRules",
    "Settler",
    "unwanted",
]

#: Seconds to wait before each look-up; the last one repeats (money-safety.md section 6).
LOOK_UP_WAITS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 240.0)
#: A late charge is not expected this long after the deadline (money-safety.md section 6).
SETTLE_TIME_S_DEFAULT = 600.0


@dataclasses.dataclass(frozen=True, slots=True)
class SettleRules:
    """Settings of the loop.

    Attributes:
        sharing: where it runs, and with whom it shares the books.
        settle_times_s: by gateway, how long "not found" is not believed, in seconds.
    """

    sharing: Sharing
    settle_times_s: Mapping[str, float] = dataclasses.field(default_factory=dict)
    look_up_waits_s: tuple[float, ...] = LOOK_UP_WAITS_S


class Strays(Protocol):
    """Who gives back further charges of one order; `stray_desk.StrayDesk` fits."""

    async def note_others(
        self, payment: PaymentRecord, others: Sequence[a.Other], by: str
    ) -> object:
        """Note them durably and begin to give them back."""


#: What makes facts out of a payment as it is now: one, several, or none.
FactsOf = Callable[[PaymentRecord], f.Fact | tuple[f.Fact, ...] | None]


class Settler:
    """Carries payments to rest.

    Args:
        gateways: by name; a payment whose gateway is not among them is left alone.
        strays: gives back a second charge of an order; without it a person is called for one.
    """

    def __init__(  # noqa: PLR0913 - the parts of a terminal, named each
        self,
        *,
        gateways: Mapping[str, Gateway],
        ledger: Ledger,
        spool: Spool,
        jobs: MoneyJobs,
        news: NewsBoard,
        clock: Clock,
        ids: Ids,
        rules: SettleRules,
        strays: Strays | None = None,
    ) -> None:
        """Join the parts; nothing runs yet."""
        self._strays = strays
        self._gateways = gateways
        self._ledger = ledger
        self._jobs = jobs
        self._news = news
        self._clock = clock
        self._ids = ids
        self._rules = rules
        self._keeper = Keeper(
            ledger=ledger, spool=spool, jobs=jobs, news=news, clock=clock, sharing=rules.sharing
        )
        self.note = self._keeper.note
        self.announce = self._keeper.announce
        self.take_up = self._keeper.take_up
        self.take_spool = self._keeper.take_spool
        #: Monotonic time since when each payment is known to be open, in this run.
        self._open_since_s: dict[PaymentId, float] = {}
        #: When each charge of this run left, monotonic.
        self._sent_at_s: dict[PaymentId, float] = {}
        self._asked: dict[PaymentId, int] = {}

    @property
    def in_spool(self) -> tuple[PaymentId, ...]:
        """Return the payments whose last answer is in the spool and not known in the ledger."""
        return self._keeper.in_spool

    def is_elsewhere(self, record: PaymentRecord) -> bool:
        """Tell whether another counter's program works on that payment."""
        return self._rules.sharing.is_elsewhere(record)

    def gateway_of(self, record: PaymentRecord) -> Gateway:
        """Return the gateway that made this payment; raises as `maker_of`."""
        return maker_of(self._gateways, record)

    def seen_open(self, payment_id: PaymentId) -> None:
        """Let the settle time of a payment begin, unless it has: in this run, as far as known."""
        self._open_since_s.setdefault(payment_id, self._clock.monotonic_s())

    def settle_time_left_s(self, record: PaymentRecord) -> float:
        """Return how long "not found" is still no proof for that payment, in seconds.

        One that was not seen here before, as it is another counter's, is seen from now on.
        """
        settle_time_s = self._rules.settle_times_s.get(record.gateway, SETTLE_TIME_S_DEFAULT)
        self.seen_open(record.payment_id)
        since = self._open_since_s[record.payment_id]
        return max(0.0, since + settle_time_s - self._clock.monotonic_s())

    async def send(
        self, record: PaymentRecord, author: f.Author, card: Card | None
    ) -> PaymentRecord:
        """Do the first step of a prepared charge: send it, once, and write down the answer.

        Without a card the one on file under the payment's `customer_uid` is charged.
        """
        try:
            step = next_step(record, self.gateway_of(record).abilities)
            if not isinstance(step, Send):
                raise Bug("payment.not_to_be_sent", state=record.state.value)
            return await self._send(record, author, card)
        finally:
            if card is not None:
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
        facts_of: FactsOf,
    ) -> PaymentRecord:
        """Write facts from outside the loop and let the loop go on from there, at once.

        Args:
            payment_id: a payment on which a job may be waiting or looking up.
            author: who says so.
            facts_of: makes them from the payment as it is now, or raises; None writes nothing.

        Raises:
            UserMistake: a money request of that payment is on its way, here or at another counter.
        """
        return await self._jobs.shielded(self._interject(payment_id, author, facts_of))

    async def _interject(
        self,
        payment_id: PaymentId,
        author: f.Author,
        facts_of: FactsOf,
    ) -> PaymentRecord:
        """Do as `interject`, one wish after the other, and leave the payment to a job again."""
        async with self._jobs.lock(payment_id):
            await self._jobs.stop(payment_id)
            #: What is known to be stored; a write that fails may be stored all the same.
            known: PaymentRecord | None = None
            try:
                record = known = await self.take_up(payment_id)
                if self.is_elsewhere(record) and after_restart(record) is not None:
                    raise UserMistake("money.busy")
                said = facts_of(record)
                facts = said if isinstance(said, tuple) else () if said is None else (said,)
                if facts:
                    known = None
                    record = known = await self.note(record, author, *facts)
                else:
                    self.announce(record)
            except Bug as bug:
                if not self._rules.sharing.is_moved(bug):
                    raise
                raise UserMistake("money.busy") from bug
            finally:
                self._asked.pop(payment_id, None)
                if known is None or known.is_open:
                    self._jobs.start(payment_id, self.resume(payment_id))
            return record

    async def settle(self, record: PaymentRecord) -> PaymentRecord:
        """Go on until nothing is left to do by program: the loop of the architecture.

        A PREPARED charge has no card here any more and must not come in.
        """
        self.seen_open(record.payment_id)
        while record.is_open:
            gateway = self.gateway_of(record)
            step = next_step(record, gateway.abilities)
            if step is None:
                break
            record = await self._do(record, gateway, step)
        return record

    def take_up_doubted(self, payment_id: PaymentId, trouble: ShopTrouble) -> None:
        """Look after a payment whose first fact may be on disk although writing it failed."""
        if trouble.code == "ledger.unclear" and not self._jobs.is_running(payment_id):
            self._jobs.start(payment_id, self._resume_if_stored(payment_id))

    async def _resume_if_stored(self, payment_id: PaymentId) -> None:
        """Settle a payment if there is one."""
        try:
            await self.resume(payment_id)
        except Bug as bug:
            if bug.code != "ledger.no_such_payment":
                raise

    async def resume(self, payment_id: PaymentId) -> PaymentRecord:
        """Settle a payment on which nobody works, from what the ledger has, whatever happens.

        Trouble does not end it, because nobody else would take the payment up before the next
        start: it is told, then the loop goes on from what is on disk. A payment that another
        counter has taken over is left to it.

        Raises:
            ShopTrouble: `gateway.not_set_up`: waiting cannot help.
            Exception: a fault of ours that does not go away.
        """

        async def work() -> PaymentRecord:
            record = await self.take_up(payment_id)
            return record if self.is_elsewhere(record) else await self.settle(record)

        rules = self._rules
        persistence = Persistence(
            self._jobs, self._news, self._clock, rules.look_up_waits_s, rules.sharing
        )
        return await persistence.carry(payment_id, work)

    async def _do(self, record: PaymentRecord, gateway: Gateway, step: Step) -> PaymentRecord:
        """Carry out one step."""
        match step:
            case LookUp():
                return await self._look_up(record, gateway, step)
            case Cancel():
                return await self._cancel(record, gateway, step)
            case AskHuman(why):
                return await self.note(record, self._keeper.program, f.PersonNeeded(why))
            case Send():
                raise Bug("payment.card_is_gone", payment_id=record.payment_id)

    async def _send(
        self, record: PaymentRecord, author: f.Author, card: Card | None
    ) -> PaymentRecord:
        """Frame the charge request by Sending and its answer."""
        gateway = self.gateway_of(record)
        intent = f.Sending(gateway.timeout_s)
        before = Before[PaymentRecord, f.Fact](self.note, record, author, intent)
        self._tell(record, Doing.CONNECTING)
        with self._jobs.in_flight(record.payment_id):
            request = ChargeRequest(record.order_no, record.order, before, record.customer_uid)
            answer, bug = await guarded(
                gateway.approve(request, card),
                lambda: before.called,
            )
            record = before.record
            self._open_since_s[record.payment_id] = self._clock.monotonic_s()
            self._sent_at_s[record.payment_id] = self._clock.monotonic_s()
            facts = charge_facts(answer)
            if not before.called and not isinstance(answer, a.NotSent):
                facts = (intent, *facts)
            undo = None
            if isinstance(answer, a.Approved | a.Mismatched):
                undo = UndoCharge(gateway, record, answer, facts, self._news)
            harmless = isinstance(answer, a.NotSent)
            record = await self._keeper.commit(
                record, author, facts, undo=undo, harmless=harmless, shown=True
            )
        if is_crossed(answer):
            self._alarm("payment.answer_of_other", record, record.candidate_ref or "")
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
        over = self.settle_time_left_s(record) <= 0
        answer = await self.ask(record, gateway, step.gateway_ref)
        if isinstance(answer, a.CannotTell) and answer.why in OTHER_PAYMENT:
            self._alarm("payment.look_up_of_other", record, step.gateway_ref or "")
        facts = look_up_facts(
            record, answer, by_order=step.gateway_ref is None, settle_time_over=over
        )
        record = await self.note(record, self._keeper.program, *facts)
        if record.person_needed == "balance_above_ours":
            # People said that money went back, and the gateway still has it.
            self._alarm("payment.balance_above_ours", record, record.gateway_ref or "")
        return record

    async def ask(
        self,
        record: PaymentRecord,
        gateway: Gateway,
        gateway_ref: str | None,
        by: str = "look_up",
    ) -> a.LookUpAnswer:
        """Ask about a payment once; further paid records under its order number are noted.

        A charge found by a number that came from the remains of an answer is asked for by its
        order number, too, where that can be: a second one would be seen in no other way.
        """
        sent_at_s = self._sent_at_s.get(record.payment_id)
        ago_s = None if sent_at_s is None else self._clock.monotonic_s() - sent_at_s
        question = dataclasses.replace(question_of(record, gateway_ref), sent_ago_s=ago_s)
        answer = await gateway.look_up(question)
        first_time = record.state is PaymentState.UNKNOWN or record.state in LATE_STATES
        if (
            isinstance(answer, a.Found)
            and gateway_ref is not None
            and first_time
            and gateway.abilities.look_up_by_order
        ):
            held = answer.approval.gateway_ref
            by_order = await gateway.look_up(question_of(record, None, held))
            answer = _both(answer, by_order)
        if not isinstance(answer, a.Found) or not answer.others:
            return answer
        if self._strays is None:
            return a.CannotTell("several_paid", final=True)
        await self._strays.note_others(record, answer.others, by)
        return answer

    def _alarm(self, code: str, record: PaymentRecord, gateway_ref: str) -> None:
        """Tell a person what only a person can see to; the program does nothing more with it."""
        trouble = ShopTrouble(code, order_no=record.order_no, gateway_ref=gateway_ref)
        self._news.publish(Trouble(trouble, record.payment_id, halted=False))

    async def _cancel(self, record: PaymentRecord, gateway: Gateway, step: Cancel) -> PaymentRecord:
        """Frame a cancel by its intent and its answer, for a refund or a reversal."""
        refund = record.refund(step.refund_id) if step.refund_id is not None else None
        author = self._author_of(refund)
        tries = refund.tries if refund is not None else record.reversal_tries
        if tries:
            await self._clock.sleep(
                self._rules.look_up_waits_s[min(tries, len(self._rules.look_up_waits_s) - 1)]
            )
        intent = _cancel_intent(step)
        before = Before[PaymentRecord, f.Fact](self.note, record, author, intent)
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
            answer, bug = await guarded(gateway.cancel(request), lambda: before.called)
            if before.failure is not None and self._rules.sharing.is_moved(before.failure):
                raise before.failure  # another counter has it; nothing of ours left
            record = before.record
            self._asked.pop(record.payment_id, None)
            current = None if refund is None else record.refund(refund.refund_id)
            facts = cancel_facts(answer, current)
            harmless = isinstance(answer, a.NotSent)
            if not before.called and not isinstance(facts[0], f.RefundNotSent):
                # Nothing was written yet: the intent comes first, then what became of it.
                facts = (intent, *facts)
            record = await self._keeper.commit(record, author, facts, undo=None, harmless=harmless)
        _raise_if(bug)
        return record

    def _tell(
        self, record: PaymentRecord, doing: Doing, *, count: int = 1, wait_s: float = 0.0
    ) -> None:
        """Announce what is being done."""
        now = self._clock.now()
        self._news.publish(Activity(record.payment_id, doing, now, count, wait_s))

    def _author_of(self, refund: RefundRecord | None) -> f.Author:
        """Return who stands behind a cancel: the refund's people, or the program."""
        if refund is None:
            return self._keeper.program
        return f.Author(refund.operator, refund.approver, self._rules.sharing.counter)


def question_of(
    record: PaymentRecord, gateway_ref: str | None, held_ref: str | None = None
) -> LookUpRequest:
    """Return the question about a payment; by order number what we hold for it is told."""
    held = held_ref or record.gateway_ref or record.candidate_ref
    return LookUpRequest(
        order_no=record.order_no,
        order_date=record.order_date,
        amount=record.order.amount,
        gateway_ref=gateway_ref,
        held_ref=held if gateway_ref is None else None,
    )


def _both(by_ref: a.Found, by_order: a.LookUpAnswer) -> a.Found:
    """Return what two look-ups say together: the one by number, and what else holds money."""
    if not isinstance(by_order, a.Found):
        return by_ref
    told = a.Other(by_order.approval.gateway_ref, by_order.amount, by_order.balance)
    held = by_ref.approval.gateway_ref
    if held in {told.gateway_ref, *(other.gateway_ref for other in by_order.others)}:
        # It was among all that the gateway has, and chosen or not with all of them in sight.
        return by_order
    holds_money = bool(told.balance) and by_order.state is not a.FoundState.FAILED
    if not by_ref.balance and holds_money:
        # The one we held is gone; what stands under the order number is the charge.
        return by_order
    return dataclasses.replace(by_ref, others=(told, *by_order.others) if holds_money else ())


def unwanted(record: PaymentRecord, why: str) -> f.Fact | None:
    """Return what makes an approval go back, found already or later; None where that is no news.

    Meanwhile the payment may have come to an end that no approval can follow.

    Raises:
        UserMistake: a refund of it is being settled.
    """
    if record.live_refund is not None:
        raise UserMistake("refund.in_progress")
    no_more = record.state in {PaymentState.NOT_SENT, PaymentState.REVERSED}
    return None if record.unwanted or no_more else f.Unwanted(why)


def _cancel_intent(step: Cancel) -> f.Fact:
    """Return the fact that goes before a cancel request."""
    if step.refund_id is None:
        return f.ReversalSending(step.gateway_ref, step.reason)
    return f.RefundSending(step.refund_id)


def _raise_if(bug: Exception | None) -> None:
    """Raise what was kept until the answer was on disk."""
    if bug is not None:
        raise bug
