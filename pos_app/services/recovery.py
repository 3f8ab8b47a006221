"""What a stopped program left open is settled by the same loop; people close what it cannot.

Nothing here is a second way: `resume_open` writes what the stop means, then `settle` goes on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.domain.kept_text import refuse_card_number
from pos_app.domain.operators import Operator, Right
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.domain.requests import HistoryQuery
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import NewsBoard, PaymentChanged, Trouble
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Clock, Ledger
from pos_app.services.settle import Settler, unwanted

#: What a transaction number looks like where its gateway is not set up here any more.
_ANY_REFERENCE = r"[0-9A-Za-z_-]{4,40}"
_APPROVAL_NO = re.compile(r"[0-9A-Za-z]{4,20}", re.ASCII)

_UNKNOWN = frozenset({PaymentState.UNKNOWN})
_NOT_REFUNDS = frozenset(
    {PaymentState.UNKNOWN, PaymentState.REVERSING, PaymentState.REVERSE_UNKNOWN}
)
_CLOSABLE_REFUNDS = frozenset({RefundState.UNKNOWN, RefundState.MANUAL})


@dataclass(frozen=True, slots=True)
class Resumed:
    """What start-up found: payments that were open, and those it could not carry on with."""

    open_payments: tuple[PaymentRecord, ...]
    stuck: tuple[PaymentRecord, ...]


class Recovery:
    """Carries open payments on, and takes people's word where no gateway can tell."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        settler: Settler,
        jobs: MoneyJobs,
        news: NewsBoard,
        clock: Clock,
        operators: OperatorDesk,
    ) -> None:
        """Join the parts."""
        self._ledger = ledger
        self._settler = settler
        self._jobs = jobs
        self._news = news
        self._clock = clock
        self._operators = operators

    async def resume_open(self) -> Resumed:
        """Write down what the last stop means for each open payment and go on settling it.

        Before anything else the answers in the spool go where they belong.
        """
        for payment_id in await self._settler.take_spool():
            if not self._jobs.is_running(payment_id):
                self._jobs.start(payment_id, self._settler.resume(payment_id))
        resumed, stuck = [], []
        for found in await self._ledger.open_payments():
            if self._jobs.is_running(found.payment_id):
                continue
            self._settler.seen_open(found.payment_id)
            if self._settler.is_elsewhere(found):
                continue
            record = await self._settler.take_up(found.payment_id)
            try:
                self._settler.gateway_of(record)
            except ShopTrouble as trouble:
                self._news.publish(Trouble(trouble, record.payment_id, halted=False))
                stuck.append(record)
                continue
            resumed.append(record)
            self._jobs.start(record.payment_id, self._settler.resume(record.payment_id))
        return Resumed(tuple(resumed), tuple(stuck))

    @property
    def in_spool(self) -> int:
        """Return of how many payments the last answer is in the spool and not in the ledger."""
        return len(self._settler.in_spool)

    async def wait_until_settled(self, timeout_s: float) -> Sequence[PaymentRecord]:
        """Wait until nothing open is left or `timeout_s` is over; return what is open then."""
        deadline = self._clock.monotonic_s() + timeout_s
        while True:
            open_now = await self._ledger.open_payments()
            waiting = [r for r in open_now if self._jobs.is_running(r.payment_id)]
            if not waiting or not self._clock.monotonic_s() < deadline:  # also if it is no number
                return open_now
            await self._clock.sleep(0.2)

    async def ask_again(self, payment_id: PaymentId) -> None:
        """Look the payment up now instead of at the next planned time."""
        author = self._operators.author(Right.CHARGE)
        await self._settler.interject(payment_id, author, lambda _record: None)

    async def give_reference(self, payment_id: PaymentId, gateway_ref: str) -> PaymentRecord:
        """Take the transaction number a person read in the partner site; a look-up verifies it.

        Raises:
            UserMistake: it is none of that gateway's, another payment has it, or the payment is
                settled already.
        """
        cleaned = await self._reference(await self._ledger.get(payment_id), gateway_ref)
        author = self._operators.author(Right.CHARGE)
        return await self._say(payment_id, author, f.ReferenceGiven(cleaned), _NOT_REFUNDS)

    def settle_time_left_s(self, record: PaymentRecord) -> float:
        """Return for how long "not there" is still no proof for that payment, in seconds."""
        return self._settler.settle_time_left_s(record)

    async def close_not_charged(
        self, payment_id: PaymentId, evidence: str, approver: Operator
    ) -> PaymentRecord:
        """Close as not charged on the word of two people, after the settle time.

        Raises:
            UserMistake: too early, no evidence, no right, or settled already.
        """
        author, evidence = self._two_people(evidence, approver)
        left_s = self._settler.settle_time_left_s(await self._ledger.get(payment_id))
        if left_s > 0:
            raise UserMistake("close.too_early", minutes=int(left_s // 60) + 1)
        fact = f.NotCharged(by_person=True, evidence=evidence)
        return await self._say(payment_id, author, fact, _UNKNOWN)

    async def close_approved(
        self,
        payment_id: PaymentId,
        gateway_ref: str,
        approval_no: str,
        evidence: str,
        approver: Operator,
    ) -> PaymentRecord:
        """Close as approved on the word of two people, where the gateway cannot be asked.

        Raises:
            UserMistake: malformed numbers, one that another payment has, no evidence, no right, or
                settled already.
        """
        author, evidence = self._two_people(evidence, approver)
        record = await self._ledger.get(payment_id)
        cleaned = await self._reference(record, gateway_ref)
        number = re.sub(r"[\s-]", "", approval_no)
        if not _APPROVAL_NO.fullmatch(number):
            raise UserMistake("close.approval_no_malformed")
        approved_at = record.sent_at or record.created_at
        approval = a.Approval(gateway_ref=cleaned, approval_no=number, approved_at=approved_at)
        fact = f.ChargeApproved(approval, by_person=True, evidence=evidence)
        return await self._say(payment_id, author, fact, _UNKNOWN)

    async def close_reversed(
        self, payment_id: PaymentId, evidence: str, approver: Operator
    ) -> PaymentRecord:
        """Close as cancelled in the partner site, on the word of two people."""
        author, evidence = self._two_people(evidence, approver)
        fact = f.Reversed(self._clock.now(), by_person=True, evidence=evidence)
        return await self._say(payment_id, author, fact, _NOT_REFUNDS)

    async def close_refund(
        self, payment_id: PaymentId, evidence: str, approver: Operator, *, done: bool
    ) -> PaymentRecord:
        """Close a refund that nobody could settle, as done or not done.

        What is left is looked up after it: a cancel that was given up may still arrive late.

        Raises:
            UserMistake: no evidence, no right, settled already, or about to be sent again.
        """
        author, evidence = self._two_people(evidence, approver)
        at = self._clock.now()

        def fact_of(record: PaymentRecord) -> f.Fact:
            refund = record.live_refund
            if refund is None:
                raise UserMistake("close.settled_already")
            if refund.state not in _CLOSABLE_REFUNDS:
                raise UserMistake("money.busy")
            if done:
                return f.RefundDone(
                    refund.refund_id, at, evidence=evidence, balance_doubt=self._can_ask(record)
                )
            return f.RefundNotDone(
                refund.refund_id,
                final=True,
                evidence=evidence,
                balance_doubt=self._can_ask(record),
            )

        return await self._settler.interject(payment_id, author, fact_of)

    def _can_ask(self, record: PaymentRecord) -> bool:
        """Tell whether the gateway of a payment is still set up here."""
        try:
            self._settler.gateway_of(record)
        except ShopTrouble:
            return False
        return True

    async def reverse_when_found(self, payment_id: PaymentId) -> PaymentRecord:
        """Note that the customer does not want it any more: if found approved it is reversed."""
        author = self._operators.author(Right.REFUND)
        return await self._settler.interject(
            payment_id,
            author,
            lambda record: unwanted(record, "asked"),
        )

    async def _say(
        self,
        payment_id: PaymentId,
        author: f.Author,
        fact: f.Fact,
        states: frozenset[PaymentState],
    ) -> PaymentRecord:
        """Write what people said if the payment is still in one of `states`."""

        def fact_of(record: PaymentRecord) -> f.Fact:
            if record.state not in states:
                self._news.publish(PaymentChanged(record))
                raise UserMistake("close.settled_already")
            return fact

        return await self._settler.interject(payment_id, author, fact_of)

    async def _reference(self, record: PaymentRecord, typed: str) -> str:
        """Return a transaction number without spaces, if it can be this payment's.

        Raises:
            UserMistake: it is no such number, or another payment has it: a refund of this one would
                be a refund of that.
        """
        cleaned = re.sub(r"[\s-]", "", typed)
        try:
            form = self._settler.gateway_of(record).abilities.reference_form
        except ShopTrouble:
            form = _ANY_REFERENCE
        if not re.fullmatch(form, cleaned, re.ASCII):
            raise UserMistake("close.reference_malformed")
        known = await self._ledger.search(HistoryQuery(text=cleaned))
        # A number that is being verified for another payment is in no list of settled ones.
        for other in (*known, *await self._ledger.open_payments()):
            has_it = cleaned in {other.gateway_ref, other.candidate_ref}
            if has_it and other.payment_id != record.payment_id:
                raise UserMistake("close.reference_taken", order_no=other.order_no)
        return cleaned

    def _two_people(self, evidence: str, approver: Operator) -> tuple[f.Author, str]:
        """Return the author with the second person, and the evidence, cut at 500 characters."""
        author = self._operators.author(Right.CLOSE_UNKNOWN, approver)
        cleaned = " ".join(evidence.split())[:500]
        if not cleaned:
            raise UserMistake("close.evidence_empty")
        refuse_card_number(cleaned)
        return author, cleaned
