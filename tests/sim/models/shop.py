"""A shop for the models' tests: real clients, a shared secret for a signer, and time that jumps."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import random
import selectors
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from pos_app.domain.card import Card, CardNumber, Expiry, HolderId, PasswordStart
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import KST, Order, OrderNo
from pos_app.domain.requests import BeforeSend, CancelRequest, ChargeRequest, LookUpRequest
from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.kcp.settings import KcpSettings
from pos_app.gateways.portone.client import PortOneGateway
from pos_app.gateways.portone.settings import PortOneSettings
from tests.sim.models.habits import PLAIN, Habits
from tests.sim.models.kcp import KcpContract, KcpModel
from tests.sim.models.portone import PortOneContract, PortOneModel
from tests.sim.network import CALM, Profile, SimLine

T = TypeVar("T")
START = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)
SITE, PG = "AB123", "kcp.AB123"
AMOUNT = 55_000
CERTIFICATE = "-----BEGIN CERTIFICATE-----MIIDgTCCAmmgAwIBAgI=-----END CERTIFICATE-----"
_KEY = b"a secret of this test"


class _JumpingSelector(selectors.SelectSelector):
    """Waits by moving the loop's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Let the time pass at once; nothing to wait for at all is a hang."""
        if timeout is None:
            raise RuntimeError("the loop waits for something that never comes")
        self.now_s += max(0.0, timeout)
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is virtual."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return virtual seconds."""
        return self._jumping.now_s

    def now(self) -> dt.datetime:
        """Return the wall time that goes with it."""
        return START + dt.timedelta(seconds=self.time())


def sign(message: bytes) -> str:
    """Sign as the shop of these tests does."""
    return hmac.new(_KEY, message, hashlib.sha256).hexdigest()


def verify(message: bytes, signature: str) -> bool:
    """Tell whether that shop signed."""
    return hmac.compare_digest(sign(message), signature)


@dataclass(frozen=True, slots=True)
class _Dates:
    not_after: dt.datetime = START + dt.timedelta(days=900)


class Signer:
    """Holds the secret."""

    certificate_one_line = CERTIFICATE
    info = _Dates()

    def sign(self, message: bytes) -> str:
        """Sign."""
        return sign(message)


@dataclass(frozen=True, slots=True)
class Keys:
    """The shop's pair at PortOne."""

    imp_key: str = "imp_key_of_this_test"
    imp_secret: str = "imp_secret_of_this_test"


@dataclass(slots=True)
class Shop:
    """One real client on one simulated line to one model."""

    loop: JumpingLoop
    model: KcpModel | PortOneModel
    line: SimLine
    client: KcpGateway | PortOneGateway
    made: int = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end in virtual time."""
        return self.loop.run_until_complete(work)

    def order_no(self) -> OrderNo:
        """Return a new order number of today."""
        self.made += 1
        return OrderNo(f"{self.loop.now().astimezone(KST):%Y%m%d}01{self.made:016d}")


def kcp_shop(
    seed: int = 1,
    *,
    habits: Habits = PLAIN,
    profile: Profile = CALM,
    order_field: str = "ordr_idxx",
    inquiry_sign: str = "pay_type",
) -> Shop:
    """Open a shop with KCP."""
    loop = JumpingLoop()
    contract = KcpContract(SITE, order_field=order_field, inquiry_sign=inquiry_sign)
    model = KcpModel(contract, verify, random.Random(seed), habits)
    line = SimLine(model, random.Random(seed + 1), loop.now, profile)
    settings = KcpSettings(
        "live", SITE, inquiry_by_order=bool(order_field), inquiry_sign=inquiry_sign
    )
    return Shop(loop, model, line, KcpGateway(settings, Signer(), line, loop.now))


def portone_shop(
    seed: int = 1, *, habits: Habits = PLAIN, profile: Profile = CALM, **contract: Any
) -> Shop:
    """Open a shop with PortOne."""
    loop = JumpingLoop()
    keys = Keys()
    agreed = PortOneContract(keys.imp_key, keys.imp_secret, PG, **contract)
    model = PortOneModel(agreed, random.Random(seed), habits)
    line = SimLine(model, random.Random(seed + 1), loop.now, profile)
    settings = PortOneSettings("staging" if agreed.sandbox else "live", PG)
    return Shop(loop, model, line, PortOneGateway(settings, keys, line, loop.now, loop.time))


def card() -> Card:
    """Return a card; it is wiped by the client."""
    return Card(
        CardNumber(bytearray(b"9410110000000073")),
        Expiry(bytearray(b"1230")),
        HolderId(bytearray(b"900101")),
        PasswordStart(bytearray(b"12")),
    )


async def agreed() -> None:
    """Agree to a send."""


def charge(
    order_no: OrderNo, amount: int = AMOUNT, months: int = 0, before: BeforeSend = agreed
) -> ChargeRequest:
    """Return a charge of goods in Korean."""
    order = Order(
        amount=Won(amount),
        tax_free=ZERO,
        months=Months(months),
        product="꽃바구니",
        buyer_name="홍길동",
        buyer_phone="01012345678",
        buyer_email="hong@example.com",
    )
    return ChargeRequest(order_no, order, before)


def question(
    order_no: OrderNo, gateway_ref: str | None = None, amount: int = AMOUNT
) -> LookUpRequest:
    """Return a look-up."""
    return LookUpRequest(order_no, order_no[:8], Won(amount), gateway_ref)


def refund(
    order_no: OrderNo, gateway_ref: str, amount: int, balance: int, *, partial: bool
) -> CancelRequest:
    """Return a cancel."""
    return CancelRequest(
        order_no,
        gateway_ref,
        Won(amount),
        ZERO,
        Won(balance),
        partial,
        mixed_tax=False,
        reason="고객 요청",
        before_send=agreed,
    )
