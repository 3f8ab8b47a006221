"""Everything the PortOne client can be asked to do, once with little and once with all it can say.

Each call is made for real at the practice gateway and its answer looked at: a request that was
refused there is no proof of anything.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from pos_app.domain.answers import Approved, Cancelled, Found
from pos_app.domain.card import SecretDigits
from pos_app.domain.identity import (
    Carrier,
    CodeBy,
    CodeSent,
    Erased,
    IdentityConfirmed,
    IdentityRefused,
    IdentityRequest,
)
from pos_app.domain.order import KST, Order
from pos_app.domain.saved_cards import CardForgotten, CardKept, CustomerUid, KeepCardRequest
from pos_app.domain.schedules import ScheduleRequest, ScheduleSeen
from pos_app.practice.portone.switches import IDENTITY_CHANNEL, KEYIN_CHANNEL
from tests.contract.gateways.portone_till import Till
from tests.contract.gateways.shop import make_card, now
from tests.helpers.wiretap import Sent

#: Settings under which the client says as little as it can, and as much.
PLAIN: dict[str, Any] = {
    "birth": "never",
    "password": "never",
    "identity_channel_key": IDENTITY_CHANNEL,
}
FULL: dict[str, Any] = {
    "browser_ip": "192.0.2.1",
    "billing_channel_key": KEYIN_CHANNEL,
    "identity_channel_key": IDENTITY_CHANNEL,
    "identity_web_siteid": "J26112800001",
    "identity_sms_text": "[꽃집] 인증번호 [000000]",
    "identity_callback": "02-1234-5678",
}
#: Settings that leave the description on purpose, because the identity check's own guide does
#: (portone.md Q3), and what the description then says.
ON_PURPOSE: dict[str, tuple[dict[str, Any], str]] = {
    "identity_key_field = both": (
        {"identity_key_field": "both"},
        "request.body: Request body must NOT have additional properties; found 'channelKey'",
    ),
    "identity_bypass = object": (
        {"identity_bypass": "object"},
        "request.body.bypass: Request body property bypass must be string",
    ),
}
#: The longest texts an order may have here (`TEXT_BYTES_MAX` of `pos_app/domain/order.py`).
_LONGEST = {
    "product": "P" * 100,
    "buyer_name": "B" * 30,
    "buyer_phone": "0" * 20,
    "buyer_email": "e" * 38 + "@example.com",
}
_SHORTEST = dict.fromkeys(_LONGEST, "")
_NAME = CustomerUid("shop-1/홍길동 a b")


async def every_request() -> list[Sent]:
    """Make every call and return the requests that were seen."""
    seen: list[Sent] = []
    for settings in (PLAIN, FULL):
        fully = settings is FULL
        async with Till(settings) as till:
            await _sales(till, fully=fully)
            await _cards(till, fully=fully)
            await _schedules(till, fully=fully)
            await identity(till, fully=fully)
            await _after_a_lost_confirmation(till)
            seen += till.tap.sent
    return seen


async def requests_on_purpose() -> dict[str, list[Sent]]:
    """Return the requests of an identity check under each setting of `ON_PURPOSE`."""
    seen: dict[str, list[Sent]] = {}
    for what, (settings, _) in ON_PURPOSE.items():
        async with Till(FULL | settings, strict=False) as till:
            await identity(till, fully=True)
            seen[what] = till.tap.sent
    return seen


async def _sales(till: Till, *, fully: bool) -> None:
    """Charge, look up both ways, cancel in part by number and the rest by order number, list."""
    gateway = till.gateway
    assert isinstance(await gateway.channels(), tuple)
    tax_free = 10_000 if fully else 0
    request = till.charge(60_000, months=3, tax_free=tax_free)
    if fully:
        longest = till.charge()
        await till.approved(dataclasses.replace(longest, order=_wordy(longest.order, _LONGEST)))
    answer = await till.approve(request)
    assert isinstance(answer, Approved), answer
    approval = answer.approval
    corporate = make_card("378282246310005", holder="1208800767", password="")
    await till.approved(till.charge(1_000), corporate)
    for which in (approval.gateway_ref, None):
        found = await till.look_up(request, which)
        assert isinstance(found, Found), found
    for by, amount, before in ((approval.gateway_ref, 15_000, 60_000), ("", 45_000, 45_000)):
        cancelled = await till.cancel(request, by, amount, before=before, tax_free=tax_free // 2)
        assert isinstance(cancelled, Cancelled), cancelled
    swept = await gateway.sweep(approval.approved_at.astimezone(KST).date())
    assert isinstance(swept, tuple)
    assert len(swept) == till.consents - 2, "every charge, and no cancel"


def _wordy(order: Order, texts: dict[str, str]) -> Order:
    product, name, phone, email = texts.values()
    return dataclasses.replace(
        order, product=product, buyer_name=name, buyer_phone=phone, buyer_email=email
    )


async def _cards(till: Till, *, fully: bool) -> None:
    """Keep a card beside a sale and by itself, ask for it, charge it again."""
    tax_free = 10_000 if fully else 0
    first = till.charge(60_000, tax_free=tax_free, customer_uid="with-a-sale")
    await till.approved(first)
    _, name, phone, email = (_LONGEST if fully else _SHORTEST).values()
    wish = KeepCardRequest(_NAME, name, phone, email, till.consent)
    kept = await till.gateway.keep_card(wish, make_card())
    assert isinstance(kept, CardKept), kept
    assert isinstance(await till.gateway.saved_card(_NAME), CardKept)
    again = till.charge(60_000, months=5, tax_free=tax_free, customer_uid=_NAME)
    answer = await till.gateway.approve(again, None)
    assert isinstance(answer, Approved), answer


async def _schedules(till: Till, *, fully: bool) -> None:
    """Schedule two charges, move one, ask for one and for all, take one back, forget the card."""
    gateway, at = till.gateway, now() + dt.timedelta(days=30)
    numbers = []
    for months in (0, 3):
        charge = till.charge(60_000, months=months, tax_free=10_000 if fully else 0)
        order = _wordy(charge.order, _LONGEST if fully else _SHORTEST)
        plan = ScheduleRequest(_NAME, charge.order_no, order, at, till.consent)
        seen = await gateway.schedule(plan)
        assert isinstance(seen, ScheduleSeen), seen
        numbers.append(charge.order_no)
    done = [
        await gateway.reschedule(numbers[0], at + dt.timedelta(days=1)),
        await gateway.scheduled(numbers[0]),
        await gateway.unschedule(_NAME, numbers[1]),
    ]
    assert all(isinstance(one, ScheduleSeen) for one in done), done
    listed = await gateway.schedules(now(), now() + dt.timedelta(days=60))
    assert isinstance(listed, tuple)
    assert isinstance(await gateway.unschedule(_NAME, numbers[0]), ScheduleSeen)
    assert isinstance(await gateway.forget_card(_NAME, "고객 요청"), CardForgotten)


async def identity(till: Till, *, fully: bool) -> None:
    """Check a caller by message and by app, and have the results deleted."""
    gateway = till.gateway
    for code_by in (CodeBy.SMS, CodeBy.APP):
        sent = await gateway.request_code(_caller(till, code_by, fully=fully))
        assert isinstance(sent, CodeSent), sent
        answer = await gateway.confirm_code(sent.gateway_ref, _code(code_by))
        if code_by is CodeBy.APP:
            assert isinstance(answer, IdentityRefused), answer
            answer = await gateway.confirm_code(sent.gateway_ref, _code(code_by))
        assert isinstance(answer, IdentityConfirmed), answer
        assert isinstance(await gateway.erase_identity(sent.gateway_ref), Erased)


async def _after_a_lost_confirmation(till: Till) -> None:
    """Hand in the same code twice, as after a lost answer: the result is asked for."""
    sent = await till.gateway.request_code(_caller(till, CodeBy.SMS, fully=False))
    assert isinstance(sent, CodeSent), sent
    for _ in range(2):
        answer = await till.gateway.confirm_code(sent.gateway_ref, _code(CodeBy.SMS))
        assert isinstance(answer, IdentityConfirmed), answer


def _caller(till: Till, code_by: CodeBy, *, fully: bool) -> IdentityRequest:
    return IdentityRequest(
        order_no=till.charge().order_no,
        name="홍길동",
        phone="01012345678",
        birth="900101",
        gender_digit="5" if fully else "1",
        carrier=Carrier.LGT if fully else Carrier.SKT,
        mvno=fully,
        code_by=code_by,
        company="꽃집" if fully else "",
    )


def _code(code_by: CodeBy) -> SecretDigits | None:
    """Return the code that was read aloud; an app needs none."""
    return SecretDigits(bytearray(b"123456")) if code_by is CodeBy.SMS else None
