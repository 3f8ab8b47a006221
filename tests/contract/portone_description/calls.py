"""Everything the PortOne client can be asked to do, once with little and once with all it can say.

Each call is made for real at the practice gateway and its answer looked at: a request that was
refused there is no proof of anything.
"""

from __future__ import annotations

from typing import Any

from pos_app.domain.answers import Approved, Cancelled, Found
from pos_app.domain.order import KST
from tests.contract.gateways.portone.till import Till, make_card
from tests.helpers.wiretap import Sent


async def every_request() -> list[Sent]:
    """Make every call and return the requests that were seen."""
    plain: dict[str, Any] = {"birth": "never", "password": "never"}
    full: dict[str, Any] = {"browser_ip": "192.0.2.1", "billing_channel_key": "channel-key-1"}
    seen: list[Sent] = []
    for settings, tax_free in ((plain, 0), (full, 10_000)):
        async with Till(**settings) as till:
            await _sales(till, tax_free)
            await _kept_with_a_sale(till, tax_free)
            seen += till.tap.sent
    return seen


async def _sales(till: Till, tax_free: int) -> None:
    """Charge, look up both ways, cancel in part by number and the rest by order number, list."""
    gateway = till.gateway
    assert isinstance(await gateway.channels(), tuple)
    request = till.charge(60_000, months=3, tax_free=tax_free)
    answer = await gateway.approve(request, make_card())
    assert isinstance(answer, Approved), answer
    corporate = make_card("378282246310005", holder="1208800767", password="")
    assert isinstance(await gateway.approve(till.charge(1_000), corporate), Approved)
    ref = answer.approval.gateway_ref
    for which in (ref, None):
        found = await gateway.look_up(till.look_up(request.order_no, 60_000, which))
        assert isinstance(found, Found), found
    for by, amount, before in ((ref, 15_000, 60_000), ("", 45_000, 45_000)):
        refund = till.refund(request, by, amount, before=before, tax_free=tax_free // 2)
        cancelled = await gateway.cancel(refund)
        assert isinstance(cancelled, Cancelled), cancelled
    day = answer.approval.approved_at.astimezone(KST).date()
    swept = await gateway.sweep(day)
    assert isinstance(swept, tuple)
    assert len(swept) == 2


async def _kept_with_a_sale(till: Till, tax_free: int) -> None:
    """Charge a card that is to be kept, and charge it again."""
    for months, card in ((0, make_card()), (5, None)):
        request = till.charge(60_000, months=months, tax_free=tax_free, customer_uid="shop-1/a b")
        answer = await till.gateway.approve(request, card)
        assert isinstance(answer, Approved), answer
