"""A client for these tests: right requests by PortOne's papers, for a test to break one thing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx

from pos_app.practice import PracticeOptions, PracticeServer
from pos_app.practice.portone.desk import PRACTICE_KEY, PRACTICE_SECRET
from pos_app.practice.portone.switches import IDENTITY_CHANNEL, KEYIN_CHANNEL
from tests.contract.practice.shop import MISSING, NOW

Json = dict[str, Any]
T = TypeVar("T")
AT = int(NOW.timestamp())
DAY_S = 86_400
ONETIME, AGAIN, CANCEL = (
    "/subscribe/payments/onetime",
    "/subscribe/payments/again",
    "/payments/cancel",
)
PAIR = {"imp_key": PRACTICE_KEY, "imp_secret": PRACTICE_SECRET}


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Till:
    """Talks to PortOne's side of one practice server, with a token."""

    def __init__(self, server: PracticeServer, http: httpx.AsyncClient, clock: Hands) -> None:
        self.server = server
        self.http = http
        self.clock = clock
        self.token = ""

    async def get_token(self) -> Json:
        answer = (await self.http.post("/users/getToken", json=PAIR)).json()
        found: Json = answer["response"]
        self.token = found["access_token"]
        return found

    async def ask(
        self, method: str, path: str, body: Json | None = None, **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.http.request(method, path, json=body, headers=headers, **more)

    async def told(self, method: str, path: str, body: Json | None = None) -> Json:
        """Return the envelope of an answer, its HTTP status under `http`."""
        answer = await self.ask(method, path, body)
        envelope: Json = answer.json()
        assert set(envelope) == {"code", "message", "response"}
        return {"http": answer.status_code, **envelope}

    async def sell(self, /, **changes: object) -> Json:
        return await self.told("POST", ONETIME, sale(**changes))

    async def paid(self, /, **changes: object) -> Json:
        answer = await self.sell(**changes)
        payment: Json = answer["response"]
        assert (answer["code"], payment["status"]) == (0, "paid"), answer
        return payment

    async def cancel(self, imp_uid: str, /, **changes: object) -> Json:
        return await self.told("POST", CANCEL, {"imp_uid": imp_uid, "reason": "변심", **changes})

    async def find_all(self, merchant_uid: str) -> list[Json]:
        answer = await self.told("GET", f"/payments/findAll/{merchant_uid}")
        return [] if answer["http"] == 404 else list(answer["response"]["list"])

    async def keep(self, customer_uid: str = "cust-1", /, **changes: object) -> Json:
        return await self.told(
            "POST", f"/subscribe/customers/{customer_uid}", card_to_keep(**changes)
        )

    async def book(self) -> Json:
        found: Json = (await self.http.get("/book")).json()
        return found

    async def counts(self) -> Json:
        found: Json = (await self.book())["portone"]["counts"]
        return found

    async def control(self, body: Json, path: str = "/control") -> httpx.Response:
        return await self.http.post(path, json=body)

    async def switch(self, **switches: object) -> None:
        answer = await self.control({"switches": switches})
        assert answer.status_code == 200, answer.text


def sale(**changes: object) -> Json:
    """Return a right key-in request, changed."""
    right: Json = {
        "merchant_uid": "A1",
        "amount": 55000,
        "card_number": "4111-1111-1111-1111",
        "expiry": "2028-07",
        "birth": "900101",
        "pwd_2digit": "12",
        "pg": "kcp.T0000",
        "name": "꽃바구니",
        "buyer_name": "홍길동",
    }
    return _changed(right, changes)


def card_to_keep(**changes: object) -> Json:
    """Return a right request for a billing key, changed."""
    right: Json = {
        "channel_key": KEYIN_CHANNEL,
        "pg": "kcp.T0000",
        "card_number": "4111-1111-1111-1111",
        "expiry": "2028-07",
        "birth": "900101",
        "pwd_2digit": "12",
        "customer_name": "홍길동",
    }
    return _changed(right, changes)


def check_of(**changes: object) -> Json:
    """Return a right request for an identity check, changed."""
    right: Json = {
        "name": "홍길동",
        "phone": "010-1234-5678",
        "birth": "900101",
        "gender_digit": "1",
        "carrier": "SKT",
        "channel_key": IDENTITY_CHANNEL,
    }
    return _changed(right, changes)


def magic(block: str, number: int) -> str:
    """Return the magic card 4000 00<block> <number> 0000."""
    return f"400000{block}{number:04d}0000"


def _changed(right: Json, changes: Json) -> Json:
    both = {**right, **changes}
    return {name: value for name, value in both.items() if value is not MISSING}


def serve(work: Callable[[Till], Awaitable[T]], **options: Any) -> T:
    """Run `work` with a token against a fresh practice server with these options."""

    async def run() -> T:
        clock = Hands()
        async with PracticeServer(PracticeOptions(clock=clock, **options)) as server:
            limits = httpx.Limits(max_keepalive_connections=0)
            async with httpx.AsyncClient(
                base_url=server.url, limits=limits, trust_env=False
            ) as http:
                till = Till(server, http, clock)
                await till.get_token()
                return await work(till)

    return asyncio.run(run())
