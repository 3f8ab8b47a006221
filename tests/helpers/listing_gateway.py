"""A gateway that lists what it took on a day, and may hold several records under one number.

Its look-up by order number keeps one record and tells the others beside it, as PortOne's does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from pos_app.domain import answers as a
from pos_app.domain.errors import Bug
from pos_app.domain.money import Won
from pos_app.domain.order import KST
from pos_app.domain.requests import CancelRequest, LookUpRequest
from tests.helpers.fake_gateway import APPROVED_AT, Booked, FakeGateway, found_of

#: The KST day on which `FakeGateway` approves everything.
DAY = APPROVED_AT.astimezone(KST).date()


class ListingGateway(FakeGateway):
    """`FakeGateway` with a list of the day.

    Attributes:
        twins: further records by their reference, also of orders nobody here knows.
        silent: orders left out of the list and of look-ups.
        list_trouble: what the list answers instead.
    """

    def __init__(self, *, by_order: bool = True, name: str = "portone") -> None:
        """Open with an empty book."""
        super().__init__(by_order=by_order, name=name)
        self.twins: dict[str, Booked] = {}
        self.silent: set[str] = set()
        self.list_trouble: a.CannotTell | None = None
        self.asked: list[str | None] = []

    def put(self, order_no: str, ref: str, amount: int) -> Booked:
        """Hold a record that no request of ours made, or made twice."""
        self.twins[ref] = Booked(ref, amount, amount, order_no)
        return self.twins[ref]

    def money_under(self, order_no: str) -> int:
        """Return what the gateway keeps of the customer's money under an order number."""
        return sum(one.balance for one in self._all() if one.order_no == order_no)

    async def sweep(self, day: dt.date) -> tuple[a.SweptPayment, ...] | a.CannotTell:
        """List the day."""
        if self.list_trouble is not None:
            return self.list_trouble
        if day != DAY:
            return ()
        return tuple(
            a.SweptPayment(
                one.order_no, one.tno, Won(one.amount), Won(one.balance), APPROVED_AT, sandbox=False
            )
            for one in self._all()
            if one.order_no not in self.silent
        )

    async def look_up(self, request: LookUpRequest) -> a.LookUpAnswer:
        """Answer from all records."""
        self.asked.append(request.gateway_ref)
        if self._look_ups:
            return self._look_ups.popleft()
        if request.gateway_ref is not None:
            return self._by_ref(request)
        if not self.abilities.look_up_by_order:
            return a.CannotTell("not_by_order", final=True)
        ours = [one for one in self._all() if one.order_no == request.order_no]
        if not ours or request.order_no in self.silent:
            return a.Absent()
        ours.sort(key=lambda one: (not one.balance, one.tno != request.held_ref, one.tno))
        kept, others = found_of(ours[0]), [one for one in ours[1:] if one.balance]
        told = tuple(a.Other(one.tno, Won(one.amount), Won(one.balance)) for one in others)
        return a.Found(kept.state, kept.approval, kept.amount, kept.balance, others=told)

    async def cancel(self, request: CancelRequest) -> a.CancelAnswer:
        """Cancel any record, with its compare-and-set balance."""
        if request.gateway_ref not in self.twins:
            return await super().cancel(request)
        try:
            await request.before_send()
        except Exception:  # noqa: BLE001 - as the real transport: whatever it is, nothing left
            return a.NotSent("ledger")
        self.cancels[request.gateway_ref] += 1
        if self._cancel_answers:
            told = self._cancel_answers.popleft()()
            if told is not None:
                return told
        twin = self.twins[request.gateway_ref]
        if twin.order_no != request.order_no:
            raise Bug("test.cancelled_somebody_elses", gateway_ref=request.gateway_ref)
        if twin.balance != request.balance_before.amount:
            refusal = a.Refusal("8037", "", "", "", a.Advice.NOTHING)
            return a.CancelRefused(refusal, a.RefusalKind.BALANCE)
        twin.balance -= request.amount.amount
        return a.Cancelled(APPROVED_AT, Won(twin.balance))

    def _by_ref(self, request: LookUpRequest) -> a.LookUpAnswer:
        for one in self._all():
            if one.tno == request.gateway_ref and one.order_no not in self.silent:
                if one.order_no != request.order_no:
                    return a.CannotTell("wrong_order", final=True)
                return found_of(one)
        return a.Absent()

    def _all(self) -> Iterator[Booked]:
        yield from self.book.values()
        yield from self.twins.values()
