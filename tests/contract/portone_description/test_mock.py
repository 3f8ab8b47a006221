"""The mock tells right from wrong requests: by hand-made ones, before the client is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.portone_description.mock import Mock
from tests.contract.portone_description.shaped import needs_description, sources
from tests.helpers.wiretap import Sent

pytestmark = [needs_description, pytest.mark.slow]

JSON = {"content-type": "application/json"}
ONETIME = {
    "merchant_uid": "26112801-1-000001-AB",
    "amount": 55_000,
    "card_number": "9410-1100-0000-0073",
    "expiry": "2030-07",
}
PLAN = {
    "merchant_uid": "m1",
    "schedule_at": 1_800_000_000,
    "currency": "KRW",
    "amount": 1_000,
    "name": "꽃바구니",
}


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with Mock(*sources()) as mock:
        yield mock


def post(path: str, body: dict[str, Any]) -> Sent:
    return Sent("POST", path, JSON, json.dumps(body).encode())


VALID = {
    "a charge with what must be there": post("/subscribe/payments/onetime", ONETIME),
    "a charge with optional fields": post(
        "/subscribe/payments/onetime", ONETIME | {"pg": "kcp.T0000", "card_quota": 3, "tax_free": 0}
    ),
    "an order number of forty": post(
        "/subscribe/payments/onetime", ONETIME | {"merchant_uid": "A" * 40}
    ),
    "a cancel": post("/payments/cancel", {"imp_uid": "imp_1", "amount": 500, "checksum": 1_000}),
    "a schedule": post("/subscribe/payments/schedule", {"customer_uid": "c", "schedules": [PLAN]}),
    "schedules taken back": post(
        "/subscribe/payments/unschedule", {"customer_uid": "c", "merchant_uid": ["m1"]}
    ),
    "an app's confirmation": post("/certifications/otp/confirm/imp_1", {}),
    "a look-up without a status": Sent("GET", "/payments/findAll/A-1?limit=1000", {}),
    "a look-up with a status": Sent("GET", "/payments/findAll/A-1/paid", {}),
    "an order number in escapes": Sent("GET", "/payments/findAll/A%20B%2F..%2FC%3Fx%3D1", {}),
    "a test payment": Sent("GET", "/payments/imp_1?include_sandbox=true", {}),
    "a day": Sent(
        "GET", "/payments/status/paid?page=1&limit=100&from=1800000000&to=1800086400", {}
    ),
}

WRONG = {
    "a field that is not described": (
        post("/subscribe/payments/onetime", ONETIME | {"channel_key": "x"}),
        "found 'channel_key'",
    ),
    "no amount": (
        post("/subscribe/payments/onetime", {k: v for k, v in ONETIME.items() if k != "amount"}),
        "must have required property 'amount'",
    ),
    "an order number of forty-one": (
        post("/subscribe/payments/onetime", ONETIME | {"merchant_uid": "A" * 41}),
        "must NOT have more than 40 characters",
    ),
    "an amount in words": (
        post("/subscribe/payments/onetime", ONETIME | {"amount": "55000"}),
        "amount must be number",
    ),
    "a value outside the list": (
        post("/subscribe/payments/onetime", ONETIME | {"product_type": "air"}),
        "must be equal to one of the allowed values",
    ),
    "null for a text": (
        post("/subscribe/payments/onetime", ONETIME | {"birth": None}),
        "birth must be string",
    ),
    "a cancel with a misspelt guard": (
        post("/payments/cancel", {"imp_uid": "imp_1", "check_sum": 1_000}),
        "found 'check_sum'",
    ),
    "a strange field inside a schedule": (
        post(
            "/subscribe/payments/schedule", {"customer_uid": "c", "schedules": [PLAN | {"at": 1}]}
        ),
        "found 'at'",
    ),
    "a schedule without a time": (
        post(
            "/subscribe/payments/schedule",
            {"customer_uid": "c", "schedules": [PLAN, {**PLAN, "schedule_at": "soon"}]},
        ),
        "schedules.1.schedule_at must be integer",
    ),
    "one order number where a list belongs": (
        post("/subscribe/payments/unschedule", {"customer_uid": "c", "merchant_uid": "m1"}),
        "merchant_uid must be array",
    ),
    "a page too long": (
        Sent("GET", "/payments/findAll/A-1?limit=1001", {}),
        "limit must be <= 1000",
    ),
    "a time in words": (
        Sent("GET", "/payments/status/paid?from=yesterday", {}),
        "from must be integer",
    ),
    "a query nobody described": (
        Sent("GET", "/payments/findAll/A-1?include_sandbox=true", {}),
        "query: no parameter include_sandbox",
    ),
    "a query that must be there": (
        Sent("GET", "/subscribe/payments/schedule?schedule_from=1", {}),
        "must have required property 'schedule_to'",
    ),
    "a list that may not be left to its sample": (
        Sent("GET", "/subscribe/customers", {}),
        "must have required property 'customer_uid",
    ),
    "a status that is none": (Sent("GET", "/payments/status/payed", {}), "allowed values"),
    "a path that is none": (Sent("GET", "/payment/imp_1/x", {}), "no path matched"),
    "a method that is none": (Sent("DELETE", "/payments/imp_1", {}), "no method matched"),
    "a form": (
        Sent(
            "POST",
            "/payments/cancel",
            {"content-type": "application/x-www-form-urlencoded"},
            b"a=1",
        ),
        "HTTP 415",
    ),
    "broken JSON": (Sent("POST", "/payments/cancel", JSON, b'{"amount": 1'), "HTTP 400"),
}


@pytest.mark.parametrize("what", VALID)
def test_a_described_request_is_valid(mock: Mock, what: str) -> None:
    verdict = mock.ask(VALID[what])
    assert (verdict.faults, verdict.answer[0]) == ((), 200)


@pytest.mark.parametrize("what", WRONG)
def test_whatever_is_not_described_is_found(mock: Mock, what: str) -> None:
    request, fault = WRONG[what]
    faults = mock.ask(request).faults
    assert any(fault in found for found in faults), faults


def test_a_verdict_names_the_operation_and_not_its_neighbour(mock: Mock) -> None:
    requests = {
        "/subscribe/payments/schedule/customers/c?from=1&to=2": (
            "GET /subscribe/payments/schedule/customers/{customer_uid}"
        ),
        "/subscribe/payments/schedule/m1": "GET /subscribe/payments/schedule/{merchant_uid}",
        "/payments/findAll/A%2FB": "GET /payments/findAll/{merchant_uid}",
        "/payments/imp_1": "GET /payments/{imp_uid}",
    }
    named = {target: mock.ask(Sent("GET", target, {})).operation for target in requests}
    assert named == requests
