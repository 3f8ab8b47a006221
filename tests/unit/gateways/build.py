"""Requests, cards and answers for the tests of the KCP client."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pos_app.domain.card import Card, CardNumber, Expiry, HolderId, PasswordStart
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order, OrderNo
from pos_app.domain.requests import BeforeSend, CancelRequest, ChargeRequest, LookUpRequest
from pos_app.gateways.exchange import Exchange, Reach, Response
from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.kcp.settings import KcpSettings

NOW = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)
ORDER_NO = OrderNo("2026112101K7QF3M2ZABCDEFGH")
TNO = "26112114320731"
SITE = "AB123"
AMOUNT = 55_000

#: An approval with every field KCP is known to return (kcp.md 2.1).
APPROVAL: dict[str, str] = {
    "res_cd": "0000",
    "res_msg": "정상처리",
    "res_en_msg": "processing completed",
    "tno": TNO,
    "amount": str(AMOUNT),
    "card_cd": "CCKM",
    "card_name": "KB국민카드",
    "card_no": "94101100****0073",
    "app_no": "30112245",
    "app_time": "20261121120005",
    "noinf": "N",
    "noinf_type": "",
    "quota": "03",
    "card_mny": str(AMOUNT),
    "acqu_cd": "CCKM",
    "acqu_name": "KB국민카드",
    "partcanc_yn": "Y",
    "card_bin_type_01": "0",
    "card_bin_type_02": "1",
    "card_bin_bank_cd": "0004",
    "order_no": ORDER_NO,
    "pay_method": "PACA",
    "trace_no": "AB123TRACE",
    "cert_no": TNO,
    "bizx_numb": "00914421187",
    "res_tax_mny": "50000",
    "res_vat_mny": "5000",
    "currency": "410",
    "site_cd": SITE,
}

INQUIRY: dict[str, str] = {
    "res_cd": "0000",
    "res_msg": "정상처리",
    "tno": TNO,
    "order_no": ORDER_NO,
    "pay_method": "PACA",
    "amount": str(AMOUNT),
    "rem_mny": str(AMOUNT),
    "stat_ca_cd": "STSR",
    "canc_card_yn": "N",
    "app_time": "20261121120005",
    "app_no": "30112245",
    "card_no": "94101100****0073",
    "card_name": "KB국민카드",
    "quota": "03",
    "noinf": "N",
}

CANCEL: dict[str, str] = {
    "res_cd": "0000",
    "res_msg": "취소완료",
    "tno": TNO,
    "canc_time": "20261121121500",
    "mod_mny": "20000",
    "rem_mny": "35000",
    "mod_pacn_seq_no": "26112112150001",
}


async def agree() -> None:
    """Stand in for the ledger."""


def order(amount: int = AMOUNT, *, tax_free: int = 0, months: int = 3, **texts: str) -> Order:
    """Return an order."""
    known = {"product": "꽃바구니", "buyer_name": "홍길동", **texts}
    return Order(Won(amount), Won(tax_free), Months(months), **known)


def charge(amount: int = AMOUNT, *, before_send: BeforeSend = agree) -> ChargeRequest:
    """Return a charge."""
    return ChargeRequest(ORDER_NO, order(amount), before_send)


def look_up(tno: str | None = TNO) -> LookUpRequest:
    """Return a look-up of that charge."""
    return LookUpRequest(ORDER_NO, "20261121", Won(AMOUNT), tno)


def cancel(
    amount: int = 20_000, before: int = AMOUNT, *, partial: bool = True, tax_free: int = 0
) -> CancelRequest:
    """Return a cancel of that charge."""
    return CancelRequest(
        ORDER_NO,
        TNO,
        Won(amount),
        Won(tax_free) if tax_free else ZERO,
        Won(before),
        partial,
        mixed_tax=bool(tax_free),
        reason="고객 변심",
        before_send=agree,
    )


def card(*, authenticated: bool = True) -> Card:
    """Return a card; the real screens never make one from text."""
    return Card(
        CardNumber(bytearray(b"9410110000000073")),
        Expiry(bytearray(b"0730")),
        HolderId(bytearray(b"900101")) if authenticated else None,
        PasswordStart(bytearray(b"12")) if authenticated else None,
    )


def said(fields: Mapping[str, object], status: int = 200) -> Response:
    """Return an answer of these fields."""
    return Response(status, (), json.dumps(fields, ensure_ascii=False).encode())


@dataclass(frozen=True)
class Dates:
    """What a certificate says."""

    not_after: dt.datetime = NOW + dt.timedelta(days=100)


@dataclass
class FakeSigner:
    """Signs by writing the message down; fails if it is told to."""

    info: Dates = field(default_factory=Dates)
    failure: Exception | None = None
    certificate_one_line: str = "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----"
    signed: list[bytes] = field(default_factory=list)

    def sign(self, message: bytes) -> str:
        if self.failure is not None:
            raise self.failure
        self.signed.append(message)
        return f"signed:{message.decode()}"


@dataclass
class FakeLine:
    """Carries nothing: keeps what was posted and gives the answers it was given, the last again.

    Attributes:
        posted: path and fields of each request.
    """

    answers: list[Exchange]
    posted: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    bodies: list[bytearray] = field(default_factory=list)

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
        assert method == "POST"
        assert body is not None
        self.posted.append((url, json.loads(body)))
        self.bodies.append(body)
        if before_send is not None:
            await before_send()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def reach(self, url: str, now: dt.datetime, timeout_s: float = 10.0) -> Reach:
        return Reach(url, True, "", 0.0, 1.0)


def settings(**changes: object) -> KcpSettings:
    """Return settings of a live shop."""
    values: dict[str, object] = {"environment": "live", "site_code": SITE, **changes}
    return KcpSettings(**values)  # type: ignore[arg-type] # tests set what they like


def gateway(
    *answers: Exchange, signer: FakeSigner | None = None, **changes: object
) -> tuple[KcpGateway, FakeLine]:
    """Return a client and the line it speaks on."""
    line = FakeLine(list(answers))
    return KcpGateway(settings(**changes), signer or FakeSigner(), line, lambda: NOW), line
