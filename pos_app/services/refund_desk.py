"""Giving money back: what a refund would do, and doing it, by the same loop as a sale."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

from pos_app.domain import facts as f
from pos_app.domain.errors import Bug, ShopTrouble, UserMistake
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Permission, Right, permission
from pos_app.domain.order import PaymentId, RefundId, clean_text
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundPlan, plan_refund
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Clock, Ids, Ledger
from pos_app.services.settle import Settler


class RefundDesk:
    """Refunds, full or in part."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        settler: Settler,
        jobs: MoneyJobs,
        clock: Clock,
        ids: Ids,
        operators: OperatorDesk,
        is_holiday: Callable[[dt.date], bool],
    ) -> None:
        """Join the parts; `is_holiday` knows Korean public holidays."""
        self._ledger = ledger
        self._settler = settler
        self._jobs = jobs
        self._clock = clock
        self._ids = ids
        self._operators = operators
        self._is_holiday = is_holiday

    @property
    def needs_approval(self) -> bool:
        """Tell whether the person at the counter needs a second one to refund."""
        role = self._operators.current.role
        return permission(role, Right.REFUND) is Permission.NEEDS_APPROVAL

    def plan(self, record: PaymentRecord, amount: Won) -> RefundPlan:
        """Say what refunding `amount` would do.

        Raises:
            UserMistake: the payment is not approved, another refund of it is not settled, or
                what `domain/refunds.plan_refund` refuses.
        """
        _check_refundable(record)
        return plan_refund(record.refundable(), amount, self._clock.now(), self._is_holiday)

    async def refund(
        self,
        payment_id: PaymentId,
        amount: Won,
        reason: str,
        approver: Operator | None = None,
    ) -> PaymentRecord:
        """Refund; returns when it is done, refused, not sent, or unknown and being settled.

        Raises:
            UserMistake: nothing was stored and nothing sent.
            ShopTrouble: the ledger cannot be written, or money taking is halted.
        """
        self._jobs.check_open()
        author = self._operators.author(Right.REFUND, approver)
        cleaned = clean_text("product", reason)
        if not cleaned:
            raise UserMistake("refund.reason_empty")
        # Shielded: a screen that goes away between the intent and its job must not part them.
        answer = await self._jobs.shielded(self._begin(payment_id, amount, cleaned, author))
        return await asyncio.shield(answer)

    async def _begin(
        self, payment_id: PaymentId, amount: Won, reason: str, author: f.Author
    ) -> asyncio.Future[PaymentRecord]:
        """Store the refund and start it; wishes about one payment are taken one by one."""
        async with self._jobs.lock(payment_id):
            self._jobs.check_open()
            record = await self._ledger.get(payment_id)
            plan = self.plan(record, amount)
            if self._jobs.is_running(payment_id):
                raise UserMistake("refund.in_progress")
            fact = f.RefundPrepared(
                refund_id=RefundId(self._ids.new_id()),
                amount=plan.amount,
                tax_free=plan.tax_free,
                balance_before=plan.balance_before,
                partial=plan.partial,
                reason=reason,
            )
            try:
                record = await self._settler.note(record, author, fact)
            except ShopTrouble as trouble:
                self._settler.take_up_doubted(payment_id, trouble)
                raise
            except Bug as bug:
                if bug.code != "ledger.version_moved":
                    raise
                # Another counter wrote first, and nothing was sent: what it wrote is the answer.
                self.plan(await self._ledger.get(payment_id), amount)
                raise UserMistake("refund.in_progress") from bug
            return self._jobs.begin(
                payment_id,
                self._settler.advance(record),
                lambda: self._settler.resume(payment_id),
            )


def _check_refundable(record: PaymentRecord) -> None:
    """Raise the `UserMistake` that says why this payment cannot be refunded now."""
    if record.state in {PaymentState.UNKNOWN, PaymentState.SENDING}:
        raise UserMistake("refund.charge_unknown")
    if record.state is not PaymentState.APPROVED:
        raise UserMistake("refund.not_approved")
    if record.live_refund is not None:
        raise UserMistake("refund.in_progress")
    if record.balance_doubt:
        raise UserMistake("refund.balance_in_doubt")
