"""Hostile answers about schedules and cards on file: nothing is believed that is not what we asked.

A schedule charges by itself later, so one with another amount, day or customer is not ours.
"""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from pos_app.domain.answers import NoAnswer, Refused
from pos_app.domain.errors import Bug
from pos_app.domain.order import OrderNo
from pos_app.domain.saved_cards import CardKept, CustomerUid, KeepCardRequest
from pos_app.domain.schedules import ScheduleRequest, ScheduleSeen
from pos_app.gateways.exchange import Exchange
from tests.unit.gateways.portone import build

AT = dt.datetime(2026, 12, 1, 1, 0, tzinfo=dt.UTC)
CUSTOMER = CustomerUid("cust-1")
SCHEDULED: dict[str, object] = {
    "customer_uid": CUSTOMER,
    "merchant_uid": build.ORDER_NO,
    "imp_uid": None,
    "schedule_at": int(AT.timestamp()),
    "executed_at": 0,
    "revoked_at": 0,
    "amount": build.AMOUNT,
    "schedule_status": "scheduled",
    "payment_status": None,
}


def listed(**changes: object) -> Exchange:
    """Return the answer to a schedule that was made."""
    return build.said([{**SCHEDULED, **changes}])


ROWS: dict[str, tuple[Exchange, type[object]]] = {
    "as it should be": (listed(), ScheduleSeen),
    "amount with a point": (listed(amount=55_000.0), ScheduleSeen),
    "no amount told": (listed(amount=None), ScheduleSeen),
    "too much": (listed(amount=60_000), NoAnswer),
    "another day": (listed(schedule_at=int(AT.timestamp()) + 86_400), NoAnswer),
    "another customer": (listed(customer_uid="cust-2"), NoAnswer),
    "another order": (listed(merchant_uid="X"), NoAnswer),
    "taken back": (listed(schedule_status="revoked"), NoAnswer),
    "a new state": (listed(schedule_status="waiting"), NoAnswer),
    "two of them": (build.said([SCHEDULED, SCHEDULED]), NoAnswer),
    "none": (build.said([]), NoAnswer),
    "nothing": (build.said(None), NoAnswer),
    "number exists": (build.refused("이미 등록된 merchant_uid입니다.", code=1), NoAnswer),
    "no such customer": (build.refused("등록되지 않은 구매자입니다.", code=1), Refused),
    "401": (build.NO_TOKEN, NoAnswer),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_schedule_answered_so(row: str) -> None:
    answer, verdict = ROWS[row]
    gateway, line = build.gateway(answer, billing_channel_key="channel-key-1")
    request = ScheduleRequest(CUSTOMER, build.ORDER_NO, build.order(), AT, build.agree)
    found = asyncio.run(gateway.schedule(request))
    assert isinstance(found, verdict), found
    assert line.paths == ["POST /subscribe/payments/schedule"]


@pytest.mark.parametrize(("customer", "order_no"), [("cust-1", ""), ("", str(build.ORDER_NO))])
def test_nobody_is_unscheduled_as_a_whole(customer: str, order_no: str) -> None:
    gateway, line = build.gateway(listed(schedule_status="revoked"))
    with pytest.raises(Bug):
        asyncio.run(gateway.unschedule(CustomerUid(customer), OrderNo(order_no)))
    assert line.sent == []


KEPT = {
    "customer_uid": CUSTOMER,
    "pg_provider": "kcp",
    "pg_id": "AB123",
    "sandbox": False,
    "card_name": "국민",
    "card_number": "94101100****0073",
    "inserted": 0,
    "updated": 0,
}
CARDS: dict[str, tuple[Exchange, type[object]]] = {
    "as it should be": (build.said(KEPT), CardKept),
    "under another name": (build.said({**KEPT, "customer_uid": "cust-2"}), NoAnswer),
    "under no name": (build.said({**KEPT, "customer_uid": None}), NoAnswer),
    "refused": (build.refused("[CC14] 카드번호 오류"), Refused),
    "time-out": (build.refused("[CC72]"), NoAnswer),
    "silence": (build.refused("카드사로부터 응답이 없습니다."), NoAnswer),
    "no words": (build.refused(""), NoAnswer),
    "401": (build.NO_TOKEN, NoAnswer),
    "502": (build.refused("오류", status=502), NoAnswer),
}


@pytest.mark.parametrize("row", CARDS)
def test_a_card_to_be_kept_answered_so(row: str) -> None:
    """Asked for once whatever comes: a second request would replace the first key in silence."""
    answer, verdict = CARDS[row]
    gateway, line = build.gateway(answer, billing_channel_key="channel-key-1")
    request = KeepCardRequest(CUSTOMER, "홍길동", "01012345678", "", build.agree)
    card = build.card()
    found = asyncio.run(gateway.keep_card(request, card))
    assert isinstance(found, verdict), found
    assert line.paths == ["POST /subscribe/customers/cust-1"]
    assert card.number.wiped
