"""A till with the real PortOne client, the practice gateway and a wiretap between, for one test."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

from pos_app.domain.answers import Approval, Approved
from pos_app.domain.card import Card, CardNumber, Expiry, HolderId, PasswordStart
from pos_app.domain.instalments import Months
from pos_app.domain.money import Won
from pos_app.domain.order import Order, OrderNo, make_order_no
from pos_app.domain.requests import CancelRequest, ChargeRequest, LookUpRequest
from pos_app.domain.saved_cards import CustomerUid
from pos_app.domain.schedules import ScheduleRequest, ScheduleSeen
from pos_app.gateways.portone.client import PortOneGateway
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.gateways.transport import Transport
from pos_app.practice import PracticeOptions, PracticeServer
from pos_app.practice.portone.desk import PRACTICE_KEY, PRACTICE_SECRET
from tests.helpers.wiretap import Sent, Wiretap

PLAIN_CARD = "9410110000000073"
TOKEN, ONETIME = "POST /users/getToken", "POST /subscribe/payments/onetime"
UNSCHEDULE = "POST /subscribe/payments/unschedule"
#: Whose card is kept by `Till.scheduled`.
CUSTOMER = CustomerUid("customer-1")


@dataclasses.dataclass(frozen=True, slots=True)
class Keys:
    """The practice shop's key pair."""

    imp_key: str = PRACTICE_KEY
    imp_secret: str = PRACTICE_SECRET


def now() -> dt.datetime:
    """Return the wall time."""
    return dt.datetime.now(dt.UTC)


def make_card(number: str = PLAIN_CARD, *, holder: str = "900101", password: str = "12") -> Card:
    """Return a card; the real screens never make one from text."""
    return Card(
        CardNumber(bytearray(number.encode())),
        Expiry(bytearray(b"0730")),
        HolderId(bytearray(holder.encode())) if holder else None,
        PasswordStart(bytearray(password.encode())) if password else None,
    )


class Till:
    """Client, wiretap and practice gateway of one test.

    Attributes:
        server: the practice gateway.
        tap: what the client talks to.
        gateway: the client.
        consents: how often `before_send` was awaited.
    """

    server: PracticeServer
    tap: Wiretap
    gateway: PortOneGateway

    def __init__(
        self,
        faults: Sequence[dict[str, object]] = (),
        switches: dict[str, object] | None = None,
        **settings: Any,
    ) -> None:
        self._options = PracticeOptions(faults=faults, switches=switches or {})
        self._settings = {"timeout_s": 2.0, "look_up_timeout_s": 2.0} | settings
        self._stack = AsyncExitStack()
        self._orders = 0
        self.consents = 0

    async def __aenter__(self) -> Self:
        self.server = await self._stack.enter_async_context(PracticeServer(self._options))
        self.tap = await self._stack.enter_async_context(Wiretap(self.server.url))
        settings = PortOneSettings(
            environment="loopback", loopback_url=self.tap.url, **self._settings
        )
        self.gateway = PortOneGateway(settings, Keys(), Transport(), now, time.monotonic)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.aclose()
        await self._stack.aclose()

    async def consent(self) -> None:
        """Stand in for the ledger: the fact is on disk."""
        self.consents += 1

    def charge(
        self, amount: int = 55_000, *, months: int = 0, tax_free: int = 0, customer_uid: str = ""
    ) -> ChargeRequest:
        """Return a charge with an order number of its own."""
        self._orders += 1
        order = Order(
            amount=Won(amount),
            tax_free=Won(tax_free),
            months=Months(months),
            product="꽃바구니",
            buyer_name="홍길동",
            buyer_phone="010-1234-5678",
            buyer_email="someone@example.com",
        )
        number = make_order_no(now(), "01", self._orders)
        return ChargeRequest(number, order, self.consent, customer_uid)

    async def approved(self, request: ChargeRequest, card: Card | None = None) -> Approval:
        """Charge, a plain card where none is handed in, and return what the approval says."""
        answer = await self.gateway.approve(request, card or make_card())
        assert isinstance(answer, Approved), answer
        return answer.approval

    async def scheduled(self, count: int) -> list[OrderNo]:
        """Keep a card under `CUSTOMER`, schedule so many charges of it; return their numbers."""
        await self.approved(self.charge(customer_uid=CUSTOMER))
        numbers: list[OrderNo] = []
        for days in range(count):
            plan, at = self.charge(), now() + dt.timedelta(days=30 + days)
            request = ScheduleRequest(CUSTOMER, plan.order_no, plan.order, at, self.consent)
            answer = await self.gateway.schedule(request)
            assert isinstance(answer, ScheduleSeen), answer
            numbers.append(plan.order_no)
        return numbers

    def look_up(self, order_no: str, amount: int = 55_000, ref: str | None = None) -> LookUpRequest:
        """Return a look-up: by order number, or by the gateway's where there is one."""
        return LookUpRequest(OrderNo(order_no), order_no[:8], Won(amount), ref)

    def refund(
        self, request: ChargeRequest, ref: str, amount: int, *, before: int, tax_free: int = 0
    ) -> CancelRequest:
        """Return a cancel of `amount` where `before` is still there."""
        return CancelRequest(
            request.order_no,
            ref,
            Won(amount),
            Won(tax_free),
            Won(before),
            partial=amount < request.order.amount.amount,
            mixed_tax=bool(request.order.tax_free),
            reason="고객 변심",
            before_send=self.consent,
        )

    def lines(self, since: int = 0) -> list[str]:
        """Return the requests on the wire since the first `since` of them: "GET /users/pg"."""
        return [f"{sent.method} {sent.path}" for sent in self.tap.sent[since:]]

    def last(self, line: str) -> Sent:
        """Return the last request of that method and path."""
        return [sent for sent in self.tap.sent if f"{sent.method} {sent.path}" == line][-1]

    def body(self, line: str) -> dict[str, Any]:
        """Return the JSON body of the last request of that method and path."""
        found: dict[str, Any] = json.loads(self.last(line).body)
        return found
