"""A gateway that answers what a test tells it, and keeps a book to compare with the ledger.

It fits `services/ports.Gateway` by shape. Without being told anything it approves, cancels and
finds like a well-behaved one; `answer_with` and `lose_answers` make it misbehave.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from pos_app.domain import answers as a
from pos_app.domain.card import Card
from pos_app.domain.errors import Bug
from pos_app.domain.money import Won
from pos_app.domain.requests import CancelRequest, ChargeRequest, LookUpRequest
from tests.helpers.fake_identity import FakeChecker

APPROVED_AT = dt.datetime(2026, 11, 21, 5, 32, 7, tzinfo=dt.UTC)


@dataclass
class Booked:
    """What the gateway itself believes about one order."""

    tno: str
    amount: int
    balance: int
    order_no: str


class FakeGateway(FakeChecker):
    """A gateway in memory.

    Attributes:
        book: its truth by order number.
        failed: order numbers of charges that a look-up shows as failed.
        charges: how many charge requests each order number saw.
        cancels: how many cancel requests each reference saw.
        sends_twice: an adapter with a bug, that begins a charge a second time.
        reached: set when a charge request has arrived.
    """

    def __init__(
        self,
        *,
        by_order: bool = True,
        authenticated: bool = True,
        identity_check: bool = False,
        name: str = "kcp",
    ) -> None:
        """Behave well until told otherwise."""
        super().__init__()
        self.name, self.site, self.environment = name, "T0000", "practice"
        self.timeout_s = 30.0
        self.abilities = a.Abilities(
            look_up_by_order=by_order, authenticated=authenticated, identity_check=identity_check
        )
        self.book: dict[str, Booked] = {}
        self.failed: set[str] = set()
        self.charges: Counter[str] = Counter()
        self.cancels: Counter[str] = Counter()
        self.cards_seen_wiped: list[bool] = []
        self.hold: asyncio.Event | None = None
        self.sends_twice = False
        self.reached = asyncio.Event()
        self._charge_answers: deque[Callable[[Booked], a.ChargeAnswer]] = deque()
        self._bugs: deque[Callable[[Booked], a.ChargeAnswer]] = deque()
        self._look_ups: deque[a.LookUpAnswer] = deque()
        self._cancel_answers: deque[Callable[[], a.CancelAnswer | None]] = deque()

    # -- telling it what to do ---------------------------------------------------------------------

    def answer_with(self, answer: a.ChargeAnswer, *, charged: bool = False) -> None:
        """Give `answer` to the next charge; `charged`: carry it out in the book all the same."""

        def give(booked: Booked) -> a.ChargeAnswer:
            if charged and isinstance(answer, a.Mismatched) and answer.field == "amount":
                booked.amount = booked.balance = int(answer.seen)
            if charged:
                self.book[booked.order_no] = booked
            return answer

        self._charge_answers.append(give)

    def look_up_with(self, *answers: a.LookUpAnswer) -> None:
        """Give these to the next look-ups; afterwards the book answers again."""
        self._look_ups.extend(answers)

    def cancel_with(self, answer: a.CancelAnswer, *, done: bool = False) -> None:
        """Give `answer` to the next cancel; `done`: carry it out all the same."""
        self._cancel_answers.append(lambda: None if done else answer)
        self._after_cancel = answer

    def explode_with(self, error: Exception) -> None:
        """Let the next charge arrive and then raise, as an adapter with a bug would."""

        def explode(_booked: Booked) -> a.ChargeAnswer:
            raise error

        self._bugs.append(explode)

    # -- the port ----------------------------------------------------------------------------------

    async def approve(self, request: ChargeRequest, card: Card | None) -> a.ChargeAnswer:
        """Approve, or what was told."""
        if self._charge_answers and self._not_sent():
            give = self._charge_answers.popleft()
            return give(_booked(request, len(self.book)))
        try:
            await request.before_send()
            if self.sends_twice:
                await request.before_send()
        except Exception as failure:
            if card is not None:
                card.wipe()
            if isinstance(failure, Bug):
                raise
            return a.NotSent("ledger")
        self.charges[request.order_no] += 1
        self.reached.set()
        if card is not None:
            card.wipe()
        if self.hold is not None:
            await self.hold.wait()
        booked = _booked(request, len(self.book))
        if self._bugs:
            return self._bugs.popleft()(booked)
        if self._charge_answers:
            return self._charge_answers.popleft()(booked)
        self.book[request.order_no] = booked
        return a.Approved(approval_of(booked))

    async def look_up(self, request: LookUpRequest) -> a.LookUpAnswer:
        """Answer from the book, or what was told."""
        if self._look_ups:
            return self._look_ups.popleft()
        for booked in self.book.values():
            if request.gateway_ref in {None, booked.tno} and booked.order_no == request.order_no:
                return found_of(booked)
        if request.order_no in self.failed:
            approval = a.Approval(request.order_no, "", APPROVED_AT)
            return a.Found(a.FoundState.FAILED, approval, request.amount, request.amount)
        return a.Absent()

    async def cancel(self, request: CancelRequest) -> a.CancelAnswer:
        """Cancel in the book, or what was told."""
        if request.amount > request.balance_before:
            raise Bug("gateway.cancel_over_balance")
        if request.tax_free > request.amount:
            raise Bug("gateway.cancel_tax_over_amount")
        try:
            await request.before_send()
        except Exception:  # noqa: BLE001 - as the real transport: whatever it is, nothing left
            return a.NotSent("ledger")
        self.cancels[request.gateway_ref] += 1
        told: a.CancelAnswer | None = None
        if self._cancel_answers:
            told = self._cancel_answers.popleft()()
            if told is not None:
                return told
            told = self._after_cancel
        booked = next(b for b in self.book.values() if b.tno == request.gateway_ref)
        if booked.balance != request.balance_before.amount:
            refusal = a.Refusal("8037", "", "", "", a.Advice.NOTHING)
            return a.CancelRefused(refusal, a.RefusalKind.BALANCE)
        booked.balance -= request.amount.amount
        return told or a.Cancelled(APPROVED_AT, Won(booked.balance), "00000000000001")

    def _not_sent(self) -> bool:
        """Tell whether the next told answer is that nothing left, without taking it."""
        probe = self._charge_answers[0](Booked("0" * 14, 0, 0, "-"))
        self.book.pop("-", None)
        return isinstance(probe, a.NotSent)


def _booked(request: ChargeRequest, count: int) -> Booked:
    """Make the book's entry of a charge."""
    amount = request.order.amount.amount
    return Booked(f"2611211432{count:04d}", amount, amount, request.order_no)


def approval_of(booked: Booked) -> a.Approval:
    """Return what the gateway says of an approved charge."""
    return a.Approval(
        gateway_ref=booked.tno,
        approval_no=f"3011{booked.tno[-4:]}",
        approved_at=APPROVED_AT,
        issuer_code="CCKM",
        issuer="국민카드",
        acquirer="국민카드",
        merchant_no="00914421187",
    )


def found_of(booked: Booked) -> a.Found:
    """Return what a look-up says of it."""
    state = a.FoundState.APPROVED
    if booked.balance == 0:
        state = a.FoundState.CANCELLED
    elif booked.balance < booked.amount:
        state = a.FoundState.PARTLY_CANCELLED
    return a.Found(state, approval_of(booked), Won(booked.amount), Won(booked.balance))
