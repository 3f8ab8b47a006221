"""What stands around a money request: its intent before, a careful reading of its end, its undoing.

`guarded` lets nothing a gateway raises pass for "not charged": what may have left is `NoAnswer`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.record import PaymentRecord, charged_amount
from pos_app.domain.requests import CancelRequest
from pos_app.domain.verdicts import cancel_facts
from pos_app.services.keeping import named
from pos_app.services.news import NewsBoard, Trouble
from pos_app.services.ports import Gateway

_A = TypeVar("_A")
_R = TypeVar("_R")
_F = TypeVar("_F")


class Before(Generic[_R, _F]):
    """Writes the intent when the connection stands; remembers the record and that it was done."""

    def __init__(
        self,
        note: Callable[[_R, f.Author, _F], Awaitable[_R]],
        record: _R,
        author: f.Author,
        intent: _F,
    ) -> None:
        self.record = record
        self.called = False
        #: Why the intent is not on disk, if it was tried.
        self.failure: Exception | None = None
        self._note = note
        self._author = author
        self._intent = intent

    async def __call__(self) -> None:
        """Commit the intent; a second call would mean a second request and is a `Bug`."""
        if self.called:
            raise Bug("payment.sent_twice")
        try:
            self.record = await self._note(self.record, self._author, self._intent)
        except Exception as failure:
            self.failure = failure
            raise
        self.called = True


class UndoCharge:
    """Takes back at the gateway what was charged and cannot be written down.

    KCP's own samples cancel when the shop's database fails (kcp.md 2.3).
    """

    def __init__(
        self,
        gateway: Gateway,
        record: PaymentRecord,
        answer: a.Approved | a.Mismatched,
        facts: tuple[f.Fact, ...],
        news: NewsBoard,
    ) -> None:
        self._gateway = gateway
        self._record = record
        self._unwanted = isinstance(answer, a.Approved)
        self._ref = (
            answer.approval.gateway_ref if isinstance(answer, a.Approved) else answer.gateway_ref
        )
        ordered = record.order.amount
        self._charged = (
            ordered
            if isinstance(answer, a.Approved)
            else charged_amount(answer.field, answer.seen, ordered)
        )
        self._facts = facts
        self._news = news

    async def __call__(self) -> tuple[f.Fact, ...]:
        """Cancel, say what came of it, and return the facts that are true now."""
        order, record = self._record.order, self._record
        amount = self._charged
        request = CancelRequest(
            order_no=record.order_no,
            gateway_ref=self._ref,
            amount=amount,
            tax_free=min(order.tax_free, amount),
            balance_before=amount,
            partial=False,
            mixed_tax=bool(order.tax_free),
            reason="ledger failure",
            before_send=_nothing,
        )
        answer, bug = await guarded(self._gateway.cancel(request), lambda: True)
        named_in_full = {"order_no": record.order_no, "gateway_ref": self._ref}
        if isinstance(answer, a.Cancelled):
            trouble = ShopTrouble("ledger.approval_undone", **named_in_full)
        else:
            trouble = ShopTrouble("ledger.approval_not_undone", **named_in_full)
        self._news.publish(Trouble(trouble, record.payment_id, halted=True))
        if bug is not None:
            self._news.publish(Trouble(named(bug), record.payment_id, halted=True))
        unwanted = (f.Unwanted("ledger"),) if self._unwanted else ()
        sending = f.ReversalSending(self._ref, "ledger")
        return (*self._facts, *unwanted, sending, *cancel_facts(answer, None))


async def _nothing() -> None:
    """Stand in for `before_send` where there is nothing left to write to."""


async def guarded(
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
        # It answered, so something left, and the intent was not asked for: nobody knows.
        candidate = answer.approval.gateway_ref if isinstance(answer, a.Approved) else None
        return a.NoAnswer("bug", candidate), Bug("payment.answered_without_intent")
    return (a.NoAnswer(why) if sent() else a.NotSent(why)), bug
