"""A client for these tests: right requests by the vendor's papers, and sockets for wrong ones."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import httpx
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pos_app.practice import Merchant, PracticeOptions, PracticeServer
from pos_app.practice.clock import KST

CHARGE, CANCEL, INQUIRY = "/gw/hub/v1/payment", "/gw/mod/v1/cancel", "/std/inquery"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=KST)
"""The time in most of these tests: expiry dates and tno must not depend on the calendar."""

ORDINARY_CARD = "4111111111111111"
Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Shop:
    """A merchant with certificate and key."""

    site: str
    cert: str
    key: rsa.RSAPrivateKey

    def sign(self, *parts: str) -> str:
        signature = self.key.sign("^".join(parts).encode(), padding.PKCS1v15(), SHA256())
        return base64.b64encode(signature).decode()

    def charge(self, **changes: object) -> Json:
        amount = changes.get("amount", "55000")
        right: Json = {
            "site_cd": self.site,
            "kcp_cert_info": self.cert,
            "pay_method": "CARD",
            "cust_ip": "",
            "amount": amount,
            "card_mny": amount,
            "currency": "410",
            "quota": "00",
            "ordr_idxx": "20261121AB01",
            "good_name": "꽃바구니 M",
            "buyr_name": "홍길동",
            "buyr_mail": "hong@example.com",
            "buyr_tel2": "010-1234-5678",
            "card_tx_type": "11121000",
            "card_no": ORDINARY_CARD,
            "card_expiry": "2807",
            "card_taxno": "900101",
            "card_pwd": "12",
        }
        return _changed(right, changes)

    def full(self, tno: str, /, **changes: object) -> Json:
        return self._cancel(tno, "STSC", {}, changes)

    def partial(self, tno: str, amount: int, before: int, /, **changes: object) -> Json:
        return self._cancel(tno, "STPC", {"mod_mny": str(amount), "rem_mny": str(before)}, changes)

    def inquiry(self, tno: str, /, **changes: object) -> Json:
        right: Json = {
            "site_cd": self.site,
            "kcp_cert_info": self.cert,
            "kcp_sign_data": self.sign(self.site, tno, "PACA"),
            "tno": tno,
            "pay_type": "PACA",
        }
        return _changed(right, changes)

    def _cancel(self, tno: str, kind: str, more: Json, changes: Json) -> Json:
        right: Json = {
            "site_cd": self.site,
            "kcp_cert_info": self.cert,
            "kcp_sign_data": self.sign(self.site, tno, kind),
            "tno": tno,
            "mod_type": kind,
            "mod_desc": "고객 변심",
            **more,
        }
        return _changed(right, changes)


MISSING = object()
"""As a changed value: leave the field out."""


def _changed(right: Json, changes: Json) -> Json:
    both = {**right, **changes}
    return {name: value for name, value in both.items() if value is not MISSING}


def shop_of(merchant: Merchant) -> Shop:
    key = load_pem_private_key(merchant.key_path.read_bytes(), merchant.password.encode())
    assert isinstance(key, rsa.RSAPrivateKey)
    cert = "".join(merchant.certificate_path.read_text().split("\n"))
    return Shop(merchant.site_code, cert, key)


class Client:
    """Talks to one practice server."""

    def __init__(self, server: PracticeServer, http: httpx.AsyncClient) -> None:
        self.server = server
        self.http = http

    async def post(self, path: str, body: Json) -> Json:
        answer = await self.http.post(path, json=body)
        found = answer.json()
        assert isinstance(found, dict)
        return found

    async def code(self, path: str, body: Json) -> str:
        return str((await self.post(path, body))["res_cd"])

    async def approved(self, body: Json) -> Json:
        answer = await self.post(CHARGE, body)
        assert answer["res_cd"] == "0000", answer
        return answer

    async def book(self) -> Json:
        found = (await self.http.get("/book")).json()
        assert isinstance(found, dict)
        return found

    async def payments(self) -> list[Json]:
        found = (await self.book())["payments"]
        assert isinstance(found, list)
        return found

    async def last_row(self) -> Json:
        row = (await self.book())["log"][-1]
        assert isinstance(row, dict)
        return row

    async def until(self, seen: Callable[[Json], bool]) -> Json:
        """Read the book until it shows what is waited for; a test that never does is killed."""
        while True:
            book = await self.book()
            if seen(book):
                return book
            await asyncio.sleep(0.005)

    async def raw(self, path: str, body: Json | bytes) -> Raw:
        """Post over a bare socket and read to the end, however it ends."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        )
        return await self.bare(head.encode() + data)

    async def bare(self, data: bytes) -> Raw:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        got = b""
        reset = False
        try:
            writer.write(data)
            await writer.drain()
            while part := await reader.read(65_536):
                got += part
        except ConnectionError:
            reset = True
        finally:
            writer.transport.abort()
            await asyncio.sleep(0)
        return Raw(got, reset)


@dataclass(frozen=True)
class Raw:
    """All bytes a connection gave, and if it ended in a reset."""

    data: bytes
    reset: bool

    @property
    def head(self) -> str:
        return self.data.partition(b"\r\n\r\n")[0].decode("latin-1")

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None


def serve(work: Callable[[Client], Awaitable[T]], **options: Any) -> T:
    """Run `work` against a fresh practice server with these options."""

    async def run() -> T:
        given = {"clock": lambda: NOW, **options}
        async with PracticeServer(PracticeOptions(**given)) as server:
            # Faults are about single connections; a pool would hide what happens to them.
            limits = httpx.Limits(max_keepalive_connections=0)
            async with httpx.AsyncClient(
                base_url=server.url, limits=limits, trust_env=False
            ) as http:
                return await work(Client(server, http))

    return asyncio.run(run())
