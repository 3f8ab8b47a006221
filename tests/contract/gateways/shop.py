"""A shop with the real vault's signer, the real client and the practice gateway, for one test."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pos_app.domain.answers import Approved, CancelAnswer, ChargeAnswer, LookUpAnswer
from pos_app.domain.card import Card, CardNumber, Expiry, HolderId, PasswordStart
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order, OrderNo, make_order_no
from pos_app.domain.requests import CancelRequest, ChargeRequest, LookUpRequest
from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.kcp.needs import Signer
from pos_app.gateways.kcp.settings import KcpSettings
from pos_app.gateways.transport import Transport
from pos_app.practice import PracticeOptions, PracticeServer
from pos_app.vault import read_credentials
from pos_app.vault.kcp_credentials import signer_of
from tests.helpers import kcp_keys

PLAIN_CARD = "9410110000000073"


def now() -> dt.datetime:
    """Return the wall time."""
    return dt.datetime.now(dt.UTC)


def make_signer(number: int = 0) -> Signer:
    """Return a signer of a fresh certificate, read the way the vault reads KCP's files."""
    start, end = now() - dt.timedelta(days=1), now() + dt.timedelta(days=900)
    issued = kcp_keys.issue(number=number, not_before=start, not_after=end)
    return signer_of(read_credentials(issued.certificate, issued.key_file, issued.password))


def make_card(number: str = PLAIN_CARD, *, holder: str = "900101", password: str = "12") -> Card:
    """Return a card; the real screens never make one from text."""
    return Card(
        CardNumber(bytearray(number.encode())),
        Expiry(bytearray(b"0730")),
        HolderId(bytearray(holder.encode())) if holder else None,
        PasswordStart(bytearray(password.encode())) if password else None,
    )


class Shop:
    """Client and practice gateway of one test.

    Attributes:
        consents: how often `before_send` was awaited.
    """

    def __init__(
        self,
        book_path: Path | None = None,
        faults: Sequence[dict[str, object]] = (),
        **switches: object,
    ) -> None:
        options = PracticeOptions(faults=faults, switches=switches, book_path=book_path)
        self.server = PracticeServer(options)
        self.signer = make_signer()
        self.settings_changes: dict[str, Any] = {"timeout_s": 2.0, "look_up_timeout_s": 2.0}
        self.consents = 0
        self._orders = 0
        self._gateway: KcpGateway | None = None

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.stop()

    @property
    def gateway(self) -> KcpGateway:
        """Return the client, made at the first use; it remembers what works."""
        if self._gateway is None:
            settings = KcpSettings(
                environment="loopback", site_code="T0000", loopback_url=self.server.url
            )
            settings = dataclasses.replace(settings, **self.settings_changes)
            self._gateway = KcpGateway(settings, self.signer, Transport(), now)
        return self._gateway

    def use_other_certificate(self) -> None:
        """Go on with a certificate and key the gateway has not seen before."""
        self.signer, self._gateway = make_signer(number=1), None

    def setting(self, **changes: Any) -> None:
        """Change settings before the client is made."""
        self.settings_changes.update(changes)

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
        return ChargeRequest(make_order_no(now(), "01", self._orders), order, self.consent)

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
        self, request: ChargeRequest, tno: str | None, *, order_no: str | None = None
    ) -> LookUpAnswer:
        """Look the payment of a charge up."""
        number = OrderNo(order_no or request.order_no)
        ask = LookUpRequest(number, number[:8], request.order.amount, tno)
        return await self.gateway.look_up(ask)

    async def cancel(
        self,
        request: ChargeRequest,
        tno: str,
        amount: int,
        *,
        before: int | None = None,
        partial: bool = True,
        reason: str = "고객 변심",
    ) -> CancelAnswer:
        """Cancel a part, or all of it."""
        balance = request.order.amount if before is None else Won(before)
        ask = CancelRequest(
            request.order_no,
            tno,
            Won(amount),
            ZERO,
            balance,
            partial,
            mixed_tax=False,
            reason=reason,
            before_send=self.consent,
        )
        return await self.gateway.cancel(ask)

    def payment(self, request: ChargeRequest) -> dict[str, Any]:
        """Return what the practice gateway's own book says of an order."""
        book: dict[str, Any] = self.server.book()
        rows = [row for row in book["payments"] if row["order_no"] == request.order_no]
        assert len(rows) == 1, rows
        found: dict[str, Any] = rows[0]
        return found

    def charges(self, request: ChargeRequest) -> int:
        """Return how many charge requests for that order reached the gateway."""
        book: dict[str, Any] = self.server.book()
        counted: int = book["counters"]["charge_requests"].get(request.order_no, 0)
        return counted
