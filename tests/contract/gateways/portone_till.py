"""A PortOne shop whose client talks through a wiretap, for tests about what is on the wire."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from pos_app.domain.order import OrderNo
from pos_app.domain.saved_cards import CustomerUid
from pos_app.domain.schedules import ScheduleRequest, ScheduleSeen
from tests.contract.gateways.portone_shop import PortOneShop
from tests.contract.gateways.shop import now
from tests.helpers.wiretap import Wiretap

TOKEN, ONETIME = "POST /users/getToken", "POST /subscribe/payments/onetime"
UNSCHEDULE = "POST /subscribe/payments/unschedule"
#: Whose card is kept by `Till.scheduled`.
CUSTOMER = CustomerUid("customer-1")


class Till(PortOneShop):
    """The shop.

    Attributes:
        tap: what the client talks to.
    """

    tap: Wiretap

    def __init__(self, settings: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.setting(**(settings or {}))

    async def open(self) -> None:
        await super().open()
        self.tap = Wiretap(self.server.url)
        await self.tap.__aenter__()
        self.setting(loopback_url=self.tap.url)

    async def close(self) -> None:
        await self.tap.__aexit__()
        await super().close()

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

    def lines(self, since: int = 0) -> list[str]:
        """Return the requests on the wire after the first `since`: "GET /users/pg"."""
        return [f"{sent.method} {sent.path}" for sent in self.tap.sent[since:]]

    def body(self, line: str) -> dict[str, Any]:
        """Return the JSON body of the last request of that method and path."""
        last = [sent for sent in self.tap.sent if f"{sent.method} {sent.path}" == line][-1]
        found: dict[str, Any] = json.loads(last.body)
        return found
