"""A shop with a real client, or the fake, and its gateway's own book, for one test.

`Shop` is what every gateway is asked in the one suite; what only one vendor has stands in the
shop of that vendor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import pytest

from pos_app.domain.answers import Abilities, Approved, CancelAnswer, ChargeAnswer, LookUpAnswer
from pos_app.domain.card import Card, CardNumber, Expiry, HolderId, PasswordStart
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order, OrderNo, make_order_no
from pos_app.domain.requests import BeforeSend, CancelRequest, ChargeRequest, LookUpRequest
from pos_app.gateways.transport import Transport
from pos_app.practice import PracticeOptions, PracticeServer
from pos_app.services.ports import Gateway

PLAIN_CARD = "9410110000000073"


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


class Book(Protocol):
    """What a gateway itself believes, to compare with what it was read to say."""

    def balance(self, request: ChargeRequest) -> int | None:
        """Return what is left of an order's charge in won; None if it was not charged."""

    def charges(self, request: ChargeRequest) -> int:
        """Return how many charge requests for that order reached the gateway."""


class Shop:
    """A client, its gateway and the counter's ledger, of which only the consents are counted.

    Attributes:
        consents: how often `before_send` was awaited.
        magic_lost, magic_not_charged, magic_declined, magic_mismatched: cards that make a charge
            end so; see `pos_app/practice/README.md`.
    """

    magic_lost = "4000009000070000"
    magic_not_charged = "4000009000080000"
    magic_declined = "4000001100610000"
    magic_mismatched = "4000009000030000"
    magic_cancel_lost = "4000009000170000"

    def __init__(self) -> None:
        self.consents = 0
        self._orders = 0

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Have the gateway answer."""

    async def close(self) -> None:
        """Have it stop."""

    @property
    def gateway(self) -> Gateway:
        """Return what is tested."""
        raise NotImplementedError

    @property
    def book(self) -> Book:
        """Return what the gateway believes."""
        raise NotImplementedError

    async def hang_up(self) -> None:
        """Let nobody listen any more."""
        raise NotImplementedError

    def need(self, **abilities: bool) -> Abilities:
        """Go on if the gateway declares these abilities, else skip the test."""
        declared = self.gateway.abilities
        for name, wanted in abilities.items():
            if getattr(declared, name) is not wanted:
                pytest.skip(f"{self.gateway.name} declares {name} = {not wanted}")
        return declared

    async def consent(self) -> None:
        """Stand in for the ledger: the fact is on disk."""
        self.consents += 1

    def charge(
        self,
        amount: int = 50_000,
        *,
        months: int = 0,
        name: str = "홍길동",
        product: str = "꽃바구니",
        tax_free: int = 0,
        before_send: BeforeSend | None = None,
        customer_uid: str = "",
    ) -> ChargeRequest:
        """Return a charge with an order number of its own."""
        self._orders += 1
        order = Order(
            amount=Won(amount),
            tax_free=Won(tax_free),
            months=Months(months),
            product=product,
            buyer_name=name,
            buyer_phone="01012345678",
            buyer_email="someone@example.com",
        )
        order_no = make_order_no(now(), "01", self._orders)
        return ChargeRequest(order_no, order, before_send or self.consent, customer_uid)

    async def approve(
        self, request: ChargeRequest | None = None, card: Card | None = None
    ) -> ChargeAnswer:
        """Charge."""
        return await self.gateway.approve(request or self.charge(), card or make_card())

    async def approved(self, request: ChargeRequest, card: Card | None = None) -> str:
        """Charge, and return the transaction number."""
        answer = await self.approve(request, card)
        assert isinstance(answer, Approved), answer
        return answer.approval.gateway_ref

    async def look_up(
        self, request: ChargeRequest, ref: str | None, *, order_no: str | None = None
    ) -> LookUpAnswer:
        """Look the payment of a charge up."""
        number = OrderNo(order_no or request.order_no)
        ask = LookUpRequest(number, number[:8], request.order.amount, ref)
        return await self.gateway.look_up(ask)

    async def cancel(
        self,
        request: ChargeRequest,
        ref: str,
        amount: int,
        *,
        before: int | None = None,
        partial: bool = True,
        tax_free: int = 0,
        reason: str = "고객 변심",
        before_send: BeforeSend | None = None,
    ) -> CancelAnswer:
        """Cancel a part, or all of it."""
        balance = request.order.amount if before is None else Won(before)
        ask = CancelRequest(
            request.order_no,
            ref,
            Won(amount),
            Won(tax_free) if tax_free else ZERO,
            balance,
            partial,
            mixed_tax=bool(request.order.tax_free),
            reason=reason,
            before_send=before_send or self.consent,
        )
        return await self.gateway.cancel(ask)


class PracticeShop(Shop):
    """A shop whose gateway is the practice one, over real sockets.

    Attributes:
        now: the client's wall clock.
        transport: what the client sends by; None for one of its own.
    """

    def __init__(
        self,
        book_path: Path | None = None,
        faults: Sequence[dict[str, object]] = (),
        **switches: object,
    ) -> None:
        super().__init__()
        options = PracticeOptions(faults=faults, switches=switches, book_path=book_path)
        self.server = PracticeServer(options)
        self.now: Callable[[], dt.datetime] = now
        self.transport: Transport | None = None
        self.settings_changes: dict[str, Any] = {"timeout_s": 2.0, "look_up_timeout_s": 2.0}

    async def open(self) -> None:
        await self.server.start()

    async def close(self) -> None:
        await self.server.stop()

    async def hang_up(self) -> None:
        await self.server.stop_listening()

    @property
    def book(self) -> Book:
        return self

    def setting(self, **changes: Any) -> None:
        """Change settings before the client is made."""
        self.settings_changes.update(changes)

    def rows(self, request: ChargeRequest) -> list[dict[str, Any]]:
        """Return everything the practice gateway's own book has of an order."""
        book: dict[str, Any] = self.server.book()
        return [row for row in book["payments"] if row["order_no"] == request.order_no]

    def payment(self, request: ChargeRequest) -> dict[str, Any]:
        """Return what the practice gateway's own book says of an order."""
        rows = self.rows(request)
        assert len(rows) == 1, rows
        return rows[0]

    def balance(self, request: ChargeRequest) -> int | None:
        """Return what is left of an order's charge."""
        rows = self.rows(request)
        return sum(int(row["balance"]) for row in rows) if rows else None

    def charges(self, request: ChargeRequest) -> int:
        """Return how many charge requests for that order reached the gateway."""
        book: dict[str, Any] = self.server.book()
        counted: int = book["counters"]["charge_requests"].get(request.order_no, 0)
        return counted
