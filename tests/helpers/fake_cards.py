"""A gateway in memory that keeps cards and charges them later, too.

It fits `CardKeeper` and `Scheduler` of `services/ports.py` by shape. Like `FakeGateway` it behaves
well until a test says otherwise: `lose` carries the next request out and loses its answer, `drop`
loses the request, `say` gives an answer of the test's own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from typing import Any, TypeVar

from pos_app.domain import answers as a
from pos_app.domain.card import Card
from pos_app.domain.order import OrderNo
from pos_app.domain.requests import ChargeRequest
from pos_app.domain.saved_cards import (
    CardForgotten,
    CardKept,
    CustomerUid,
    ForgetCardAnswer,
    KeepCardAnswer,
    KeepCardRequest,
    SavedCard,
    SavedCardAnswer,
)
from pos_app.domain.schedules import (
    ScheduleAnswer,
    ScheduleLookUp,
    ScheduleRequest,
    ScheduleSeen,
    ScheduleState,
)
from tests.helpers.fake_gateway import APPROVED_AT, Booked, FakeGateway

_T = TypeVar("_T")

REFUSAL = a.Refusal(
    "F113", "카드번호 틀림", "카드번호가 틀렸습니다", "wrong card number", a.Advice.OTHER_CARD
)


class FakeCardGateway(FakeGateway):
    """A gateway in memory with cards on file.

    Attributes:
        kept: cards by customer_uid.
        planned: schedules by order number.
        asked: how many requests of each kind arrived.
        before: called as a request of that kind arrives, before it is carried out.
    """

    def __init__(self, *, name: str = "portone", authenticated: bool = False) -> None:
        """Know no card."""
        super().__init__(name=name)
        self.abilities = a.Abilities(
            look_up_by_order=True,
            authenticated=authenticated,
            saved_cards=True,
            schedules=True,
        )
        self.kept: dict[str, SavedCard] = {}
        self.planned: dict[str, ScheduleSeen] = {}
        self.asked: Counter[str] = Counter()
        self.before: dict[str, Callable[[], None]] = {}
        self._told: defaultdict[str, deque[tuple[Any, bool]]] = defaultdict(deque)

    # -- telling it what to do ---------------------------------------------------------------------

    def say(self, kind: str, answer: object, *, done: bool = False) -> None:
        """Give `answer` to the next request of that kind; `done`: carry it out all the same."""
        self._told[kind].append((answer, done))

    def lose(self, kind: str, why: str = "timeout") -> None:
        """Carry the next request of that kind out and lose its answer."""
        self.say(kind, a.NoAnswer(why), done=True)

    def drop(self, kind: str, why: str = "reset") -> None:
        """Lose the next request of that kind."""
        self.say(kind, a.NoAnswer(why))

    def execute(self, order_no: str, *, paid: bool = True) -> None:
        """Charge what is scheduled, as its time has come."""
        seen = self.planned[order_no]
        assert seen.state is ScheduleState.SCHEDULED
        assert seen.amount is not None
        ref = f"imp_{len(self.book):012d}"
        self.planned[order_no] = ScheduleSeen(
            seen.order_no,
            seen.customer_uid,
            ScheduleState.EXECUTED,
            seen.at,
            seen.amount,
            paid=paid,
            gateway_ref=ref,
        )
        if paid:
            amount = seen.amount.amount
            self.book[order_no] = Booked(ref, amount, amount, order_no)
        else:
            self.failed.add(order_no)

    # -- the ports ---------------------------------------------------------------------------------

    async def approve(self, request: ChargeRequest, card: Card | None) -> a.ChargeAnswer:
        """Charge a typed card, or the one on file; keep a typed one where that is wanted."""
        if card is None and request.customer_uid not in self.kept:
            await request.before_send()
            self.charges[request.order_no] += 1
            return a.Declined(REFUSAL)
        keeps = card is not None and bool(request.customer_uid)
        masked = card.number.masked if card is not None else ""
        answer = await super().approve(request, card)
        if keeps and request.order_no in self.book:
            self._keep(CustomerUid(request.customer_uid), masked)
        return answer

    async def keep_card(self, request: KeepCardRequest, card: Card) -> KeepCardAnswer:
        """Keep it, replacing in silence what is kept under that name, as PortOne does."""
        masked = card.number.masked
        try:
            if (unsent := self._unsent("keep")) is not None:
                return unsent
            await request.before_send()
            return await self._answer("keep", lambda: self._keep(request.customer_uid, masked))
        finally:
            card.wipe()

    async def saved_card(self, customer_uid: CustomerUid) -> SavedCardAnswer:
        """Tell what is kept."""

        def tell() -> SavedCardAnswer:
            card = self.kept.get(customer_uid)
            return a.Absent() if card is None else CardKept(card)

        return await self._answer("saved", tell)

    async def forget_card(self, customer_uid: CustomerUid, reason: str) -> ForgetCardAnswer:
        """Delete it."""
        assert reason

        def forget() -> ForgetCardAnswer:
            return CardForgotten() if self.kept.pop(customer_uid, None) else a.Absent()

        if (unsent := self._unsent("forget")) is not None:
            return unsent
        return await self._answer("forget", forget)

    async def schedule(self, request: ScheduleRequest) -> ScheduleAnswer:
        """Plan it."""

        def plan() -> ScheduleAnswer:
            assert request.order_no not in self.planned, "an order number is used once"
            seen = ScheduleSeen(
                request.order_no,
                request.customer_uid,
                ScheduleState.SCHEDULED,
                request.at,
                request.order.amount,
            )
            self.planned[request.order_no] = seen
            return seen

        if (unsent := self._unsent("schedule")) is not None:
            return unsent
        await request.before_send()
        return await self._answer("schedule", plan)

    async def unschedule(self, customer_uid: CustomerUid, order_no: OrderNo) -> ScheduleAnswer:
        """Take it back, unless it was charged."""
        if (unsent := self._unsent("unschedule")) is not None:
            return unsent
        return await self._answer(
            "unschedule", lambda: self._become(order_no, ScheduleState.REVOKED)
        )

    async def reschedule(self, order_no: OrderNo, at: dt.datetime) -> ScheduleAnswer:
        """Move it, unless it was charged."""
        if (unsent := self._unsent("reschedule")) is not None:
            return unsent
        return await self._answer(
            "reschedule", lambda: self._become(order_no, ScheduleState.SCHEDULED, at)
        )

    async def scheduled(self, order_no: OrderNo) -> ScheduleLookUp:
        """Tell what became of it."""
        return await self._answer("scheduled", lambda: self.planned.get(order_no, a.Absent()))

    async def schedules(
        self, since: dt.datetime, until: dt.datetime
    ) -> tuple[ScheduleSeen, ...] | a.CannotTell:
        """List what is planned."""
        return tuple(seen for seen in self.planned.values() if since <= seen.at < until)

    # -- inside ------------------------------------------------------------------------------------

    def _keep(self, uid: CustomerUid, masked: str) -> CardKept:
        card = SavedCard(
            uid, masked, "국민카드", "381", check_card=False, sandbox=True, kept_at=APPROVED_AT
        )
        self.kept[uid] = card
        return CardKept(card)

    def _become(
        self, order_no: OrderNo, state: ScheduleState, at: dt.datetime | None = None
    ) -> ScheduleAnswer:
        seen = self.planned.get(order_no)
        if seen is None:
            return a.Absent()
        if seen.state is not ScheduleState.SCHEDULED:
            return a.Refused(REFUSAL)
        changed = ScheduleSeen(order_no, seen.customer_uid, state, at or seen.at, seen.amount)
        self.planned[order_no] = changed
        return changed

    def _unsent(self, kind: str) -> a.NotSent | None:
        """Return that nothing left, if the test wants that."""
        told = self._told[kind]
        if told and isinstance(told[0][0], a.NotSent):
            return told.popleft()[0]  # type: ignore[no-any-return]  # just looked at
        return None

    async def _answer(self, kind: str, carry_out: Callable[[], _T]) -> _T:
        """Count the request, carry it out, and answer as told."""
        self.asked[kind] += 1
        await asyncio.sleep(0)
        if kind in self.before:
            self.before.pop(kind)()
        if self._told[kind]:
            answer, done = self._told[kind].popleft()
            if done:
                carry_out()
            return answer  # type: ignore[no-any-return]  # the test's own
        return carry_out()
