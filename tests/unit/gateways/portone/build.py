"""Requests, answers and a line for the tests of the PortOne client."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pos_app.domain.card import Card, CardNumber, Expiry, HolderId, PasswordStart
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order, OrderNo
from pos_app.domain.requests import BeforeSend, CancelRequest, ChargeRequest, LookUpRequest
from pos_app.gateways.exchange import Exchange, Reach, Response
from pos_app.gateways.portone.client import PortOneGateway
from pos_app.gateways.portone.settings import PortOneSettings

NOW = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)
ORDER_NO = OrderNo("2026112101K7QF3M2ZABCDEFGH")
IMP_UID = "imps_448280090638"
PG = "kcp.AB123"
AMOUNT = 55_000
#: 2026-11-21 12:00:05 KST.
PAID_AT = 1_795_230_005

#: A paid payment with every field PortOne is known to return for a key-in (portone.md 2.2).
PAYMENT: dict[str, object] = {
    "imp_uid": IMP_UID,
    "merchant_uid": ORDER_NO,
    "pay_method": "card",
    "channel": "api",
    "pg_provider": "kcp",
    "emb_pg_provider": None,
    "pg_tid": "26112114320731",
    "pg_id": "AB123",
    "sandbox": False,
    "escrow": False,
    "apply_num": "30112245",
    "card_code": "381",
    "card_name": "KB국민카드",
    "card_publisher_code": None,
    "card_publisher_name": "국민매입",
    "card_quota": 3,
    "card_number": "94101100****0073",
    "card_type": 1,
    "name": "꽃바구니",
    "amount": AMOUNT,
    "cancel_amount": 0,
    "currency": "KRW",
    "buyer_name": "홍길동",
    "custom_data": None,
    "status": "paid",
    "started_at": PAID_AT - 2,
    "paid_at": PAID_AT,
    "failed_at": 0,
    "cancelled_at": 0,
    "fail_reason": None,
    "cancel_reason": None,
    "receipt_url": "https://admin8.kcp.co.kr/assist/bill.BillActionNew.do?cmd=card_bill&tno=26",
    "cancel_history": [],
    "customer_uid": None,
}
TOKEN = {"access_token": "t-1", "now": 1_795_230_000, "expired_at": 1_795_231_800}
CHANNEL = {
    "pg_provider": "kcp",
    "pg_id": "AB123",
    "sandbox": False,
    "type": "api_payment",
    "channel_name": "수기결제",
    "channel_key": "channel-key-1",
}


async def agree() -> None:
    """Stand in for the ledger."""


def order(amount: int = AMOUNT, *, tax_free: int = 0, months: int = 3, **texts: str) -> Order:
    """Return an order."""
    known = {"product": "꽃바구니", "buyer_name": "홍길동", **texts}
    return Order(Won(amount), Won(tax_free), Months(months), **known)


def charge(
    amount: int = AMOUNT, *, before_send: BeforeSend = agree, customer_uid: str = "", **kind: Any
) -> ChargeRequest:
    """Return a charge."""
    return ChargeRequest(ORDER_NO, order(amount, **kind), before_send, customer_uid)


def look_up(ref: str | None = IMP_UID) -> LookUpRequest:
    """Return a look-up of that charge."""
    return LookUpRequest(ORDER_NO, "20261121", Won(AMOUNT), ref)


def cancel(
    amount: int = 20_000,
    before: int = AMOUNT,
    *,
    tax_free: int | None = None,
    ref: str = IMP_UID,
    before_send: BeforeSend = agree,
) -> CancelRequest:
    """Return a cancel of that charge."""
    return CancelRequest(
        ORDER_NO,
        ref,
        Won(amount),
        Won(tax_free) if tax_free else ZERO,
        Won(before),
        partial=amount != before,
        mixed_tax=tax_free is not None,
        reason="고객 변심",
        before_send=before_send,
    )


def card(
    number: bytes = b"9410110000000073", *, holder: bytes = b"900101", password: bytes = b"12"
) -> Card:
    """Return a card; the real screens never make one from text."""
    return Card(
        CardNumber(bytearray(number)),
        Expiry(bytearray(b"0730")),
        HolderId(bytearray(holder)) if holder else None,
        PasswordStart(bytearray(password)) if password else None,
    )


def payment(**changes: object) -> dict[str, object]:
    """Return a payment object; a field changed to `...` is left out."""
    merged = {**PAYMENT, **changes}
    return {name: value for name, value in merged.items() if value is not ...}


def failed(reason: str, **changes: object) -> dict[str, object]:
    """Return a payment that failed."""
    return payment(status="failed", paid_at=0, apply_num=None, fail_reason=reason, **changes)


def said(
    response: object, *, code: object = 0, message: object = None, status: int = 200
) -> Response:
    """Return an answer in PortOne's envelope."""
    envelope = {"code": code, "message": message, "response": response}
    return Response(status, (), json.dumps(envelope, ensure_ascii=False).encode())


def refused(message: str, *, code: int = -1, status: int = 200) -> Response:
    """Return a refusal."""
    return said(None, code=code, message=message, status=status)


def pages(
    *rows: object, following: int = 0, previous: int = 0, total: int | None = None
) -> Response:
    """Return one page of a list."""
    count = len(rows) if total is None else total
    body = {"total": count, "previous": previous, "next": following, "list": list(rows)}
    return said(body)


NOT_FOUND = refused("존재하지 않는 결제정보입니다.", status=404)
NO_TOKEN = refused("Unauthorized", status=401)


@dataclass(frozen=True)
class Keys:
    """A key pair that is nobody's."""

    imp_key: str = field(default="key-of-nobody", repr=False)
    imp_secret: str = field(default="secret-of-nobody", repr=False)


@dataclass
class Sent:
    """One request as it left."""

    method: str
    path: str
    fields: dict[str, Any] | None
    headers: Mapping[str, str]
    timeout_s: float
    body: bytearray | None


@dataclass
class FakeClock:
    """A monotonic clock a test sets."""

    now_s: float = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class FakeLine:
    """Carries nothing: keeps what was sent, answers tokens and channels, then what it was given.

    Attributes:
        answers: to everything else, in order; the last one again and again.
        tokens: answers to token requests, in order; the last one again and again.
        channels: the answer to the list of channels.
        sent: everything that was sent.
        hold: token requests wait for it.
        look: called when anything but a token or the channels is on its way.
        asked: set when a token request has come.
    """

    answers: list[Exchange]
    tokens: list[Exchange] = field(default_factory=lambda: [said(TOKEN)])
    channels: Exchange = field(default_factory=lambda: said([CHANNEL]))
    sent: list[Sent] = field(default_factory=list)
    hold: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    look: Callable[[], None] | None = None

    async def send(
        self,
        method: str,
        url: str,
        body: bytearray | None,
        *,
        headers: Mapping[str, str],
        before_send: BeforeSend | None,
        timeout_s: float,
        connect_timeout_s: float,
        operation: str,
    ) -> Exchange:
        path = "/" + url.split("/", 3)[3]
        fields = None if body is None else json.loads(body)
        self.sent.append(Sent(method, path, fields, headers, timeout_s, body))
        if operation == "token":
            self.asked.set()
            if self.hold is not None:
                await self.hold.wait()
            return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if operation == "channels":
            return self.channels
        if before_send is not None:
            await before_send()
        if self.look is not None:
            self.look()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def reach(self, url: str, now: dt.datetime, timeout_s: float = 10.0) -> Reach:
        return Reach(url, True, "", 0.0, 1.0)

    @property
    def paths(self) -> list[str]:
        """Return method and path of all requests but those for a token and the channels."""
        ways = [f"{sent.method} {sent.path}" for sent in self.sent]
        return [way for way in ways if "getToken" not in way and "/users/pg" not in way]

    @property
    def tokens_asked(self) -> int:
        """Return how often a token was asked for."""
        return sum("getToken" in sent.path for sent in self.sent)


def settings(**changes: object) -> PortOneSettings:
    """Return settings of a live shop."""
    values: dict[str, object] = {"environment": "live", "pg": PG, **changes}
    return PortOneSettings(**values)  # type: ignore[arg-type] # tests set what they like


def gateway(
    *answers: Exchange, clock: FakeClock | None = None, **changes: object
) -> tuple[PortOneGateway, FakeLine]:
    """Return a client and the line it speaks on."""
    line = FakeLine(list(answers))
    made = PortOneGateway(settings(**changes), Keys(), line, lambda: NOW, clock or FakeClock())
    return made, line
