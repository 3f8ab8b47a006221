"""PortOne as its papers can be read at their worst: a strict server that answers as a test says.

Written from the papers alone, beside and without the practice gateway. It keeps its own book, holds
against the client whatever it sends that no paper names (`complaints`), and plays a tricked answer
where a test puts one: instead of the operation, or after it was carried out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.unit.gateways.portone import build
from tests.unit.gateways.raw import RawServer, Visit

Json = dict[str, Any]
#: Fields each body may have (portone.md 2.1, 2.3 and 2.6), those it must have first.
ORDER_FIELDS = {
    *("name", "buyer_name", "buyer_tel", "buyer_email", "card_quota", "tax_free", "currency"),
    *("custom_data", "browser_ip"),
}
KNOWN: dict[str, tuple[set[str], set[str]]] = {
    "token": ({"imp_key", "imp_secret"}, set()),
    "onetime": (
        {"merchant_uid", "amount", "card_number", "expiry", "pg"},
        ORDER_FIELDS | {"birth", "pwd_2digit", "customer_uid"},
    ),
    "again": ({"customer_uid", "merchant_uid", "amount", "name"}, ORDER_FIELDS | {"channel_key"}),
    "cancel": ({"amount", "checksum"}, {"imp_uid", "merchant_uid", "tax_free", "reason"}),
}


@dataclass
class Reply:
    """An answer as bytes; `body` None closes the line without one."""

    body: bytes | None
    status: int = 200


#: What a test puts in the place of an answer: None lets the proper one pass.
Trick = Callable[["Hostile", Reply], Reply | None]


def envelope(response: object, *, code: object = 0, message: object = None) -> bytes:
    """Return an answer's body."""
    return json.dumps({"code": code, "message": message, "response": response}).encode()


def refusal(message: object, *, code: object = -1, status: int = 200) -> Reply:
    """Return a refusing envelope."""
    return Reply(envelope(None, code=code, message=message), status)


NO_TOKEN = refusal("Unauthorized", status=401)
LOST = Reply(None)


@dataclass
class Hostile:
    """The server and its book.

    Attributes:
        book: payments by `imp_uid`, in the order they were made.
        instead: answers given without doing anything, by operation, one request each.
        after: tricks played on the answer of what was done, by operation, one request each.
        seen: operation and body of every request, in order.
        complaints: what the client should not have sent.
        token: the one that counts now.
    """

    book: dict[str, Json] = field(default_factory=dict)
    instead: dict[str, list[Reply]] = field(default_factory=dict)
    after: dict[str, list[Trick]] = field(default_factory=dict)
    seen: list[tuple[str, Json]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    channels: list[Json] = field(default_factory=lambda: [dict(build.CHANNEL)])
    token: str = "t-1"
    life_s: int = 1_800
    hide_orders: bool = False

    async def __aenter__(self) -> Self:
        self._server = await RawServer(self._serve).__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.__aexit__()

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def raw(self) -> bytes:
        """Return every byte that reached it."""
        return self._server.received

    def count(self, operation: str) -> int:
        """Return how often that was asked for."""
        return sum(name == operation for name, _ in self.seen)

    def charges_under(self, order_no: str) -> int:
        """Return how many requests to charge named that order number."""
        charging = ("onetime", "again")
        return sum(n in charging and b.get("merchant_uid") == order_no for n, b in self.seen)

    def put(self, imp_uid: str, **changes: object) -> Json:
        """Write a payment into the book, as somebody else would."""
        self.book[imp_uid] = build.payment(imp_uid=imp_uid, **changes)
        return self.book[imp_uid]

    async def _serve(self, visit: Visit) -> None:
        head = (await visit.head()).decode("ascii")
        lines = head.split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:]) if k}
        body = await visit.reader.readexactly(int(headers.get("content-length", "0")))
        visit.received += body
        name, args = _operation(method, target)
        fields: Json = json.loads(body) if body else {}
        self.seen.append((name, {**fields, **args}))
        reply = self._answer(name, args, fields, headers)
        if reply.body is not None:
            await visit.answer(reply.body, reply.status)

    def _answer(self, name: str, args: Json, fields: Json, headers: Json) -> Reply:
        if self.instead.get(name):
            return self.instead[name].pop(0)
        self._judge(name, fields)
        if name != "token" and headers.get("authorization") != f"Bearer {self.token}":
            return NO_TOKEN
        act: Callable[[Json, Json], Reply] = getattr(self, f"_do_{name}")
        reply = act(args, fields)
        if self.after.get(name):
            trick = self.after[name].pop(0)
            return trick(self, reply) or reply
        return reply

    def _judge(self, name: str, fields: Json) -> None:
        must, may = KNOWN.get(name, (set(), set()))
        if must - set(fields) or set(fields) - must - may:
            self.complaints.append(f"{name}: {sorted(set(fields) ^ must)}")
        for key in ("amount", "checksum", "tax_free"):
            if key in fields and type(fields[key]) is not int:
                self.complaints.append(f"{name}: {key} is {fields[key]!r}")
        if "amount" in fields and fields["amount"] <= 0:
            self.complaints.append(f"{name}: amount {fields['amount']}")
        if len(fields.get("merchant_uid", "")) > 40:
            self.complaints.append(f"{name}: merchant_uid is too long")

    def _do_token(self, _args: Json, _fields: Json) -> Reply:
        now = 1_795_230_000
        token = {"access_token": self.token, "now": now, "expired_at": now + self.life_s}
        return Reply(envelope(token))

    def _do_channels(self, _args: Json, _fields: Json) -> Reply:
        return Reply(envelope(self.channels))

    def _do_onetime(self, _args: Json, fields: Json) -> Reply:
        order_no, made = fields["merchant_uid"], len(self.book) + 1
        if any(p["merchant_uid"] == order_no and p["status"] == "paid" for p in self._payments):
            return refusal("merchant_uid가 이미 사용되었습니다.", code=1)
        payment = self.put(
            f"imps_{made:012d}",
            merchant_uid=order_no,
            amount=fields["amount"],
            card_quota=fields.get("card_quota", 0),
            tax_free=fields.get("tax_free", 0),
        )
        return Reply(envelope(payment))

    _do_again = _do_onetime

    def _do_cancel(self, _args: Json, fields: Json) -> Reply:
        payment = self.book.get(fields.get("imp_uid", ""))
        if payment is None:
            return refusal("취소할 결제건이 존재하지 않습니다.", code=1)
        left = payment["amount"] - payment["cancel_amount"]
        if not left:
            return refusal("이미 전액취소된 주문입니다.", code=1)
        if fields.get("checksum", left) != left:
            return refusal("취소 가능 잔액(checksum)이 일치하지 않습니다.", code=1)
        if fields.get("tax_free", 0) > payment.get("tax_free", 0):
            return refusal("취소 면세금액이 결제된 면세금액을 초과합니다.", code=1)
        give_back(payment, fields["amount"] or left)
        return Reply(envelope(payment))

    def _do_find(self, args: Json, _fields: Json) -> Reply:
        rows = [p for p in reversed(self._payments) if p["merchant_uid"] == args["order_no"]]
        if not rows or self.hide_orders:
            return refusal("존재하지 않는 결제정보입니다.", status=404)
        return page_of(rows)

    def _do_one(self, args: Json, _fields: Json) -> Reply:
        payment = self.book.get(args["imp_uid"])
        if payment is None or (payment["sandbox"] and args.get("include_sandbox") != "true"):
            return refusal("존재하지 않는 결제정보입니다.", status=404)
        return Reply(envelope(payment))

    def _do_status(self, args: Json, _fields: Json) -> Reply:
        rows = [p for p in self._payments if p["status"] == args["status"]]
        limit, page = int(args["limit"]), int(args["page"])
        shown = rows[(page - 1) * limit : page * limit]
        following = page + 1 if page * limit < len(rows) else 0
        return page_of(shown, total=len(rows), next=following, previous=page - 1)

    @property
    def _payments(self) -> list[Json]:
        return list(self.book.values())


def page_of(rows: list[Json], **changes: object) -> Reply:
    """Return one page that says it is the last."""
    page = {"total": len(rows), "previous": 0, "next": 0, "list": rows, **changes}
    return Reply(envelope(page))


def give_back(payment: Json, amount: int) -> None:
    """Cancel a part of a payment, here or behind the shop's back."""
    payment["cancel_amount"] += amount
    row = {"amount": amount, "cancelled_at": build.PAID_AT + 60, "cancellation_id": "c-1"}
    payment["cancel_history"] = [*payment["cancel_history"], row]
    if payment["cancel_amount"] == payment["amount"]:
        payment["status"] = "cancelled"


def lose(_server: Hostile, _reply: Reply) -> Reply:
    """Lose the answer of something that was carried out."""
    return LOST


def _operation(method: str, target: str) -> tuple[str, Json]:
    """Name an operation and what its path says."""
    parts = urlsplit(target)
    pieces = [unquote(piece) for piece in parts.path.split("/")[1:]]
    query = dict(parse_qsl(parts.query))
    fixed = {
        ("POST", "/users/getToken"): "token",
        ("GET", "/users/pg"): "channels",
        ("POST", "/subscribe/payments/onetime"): "onetime",
        ("POST", "/subscribe/payments/again"): "again",
        ("POST", "/payments/cancel"): "cancel",
    }
    name = fixed.get((method, parts.path))
    if name is not None:
        return name, query
    if method == "GET" and pieces[:2] == ["payments", "findAll"] and len(pieces) == 3:
        return "find", {"order_no": pieces[2], **query}
    if method == "GET" and pieces[:2] == ["payments", "status"] and len(pieces) == 3:
        return "status", {"status": pieces[2], **query}
    if method == "GET" and pieces[0] == "payments" and len(pieces) == 2:
        return "one", {"imp_uid": pieces[1], **query}
    raise AssertionError(f"no paper names {method} {target}")


def run(work: Callable[[Hostile], Any]) -> Any:
    """Run a coroutine with a fresh server; what it complains of fails the test."""

    async def main() -> Any:
        async with Hostile() as server:
            found = await work(server)
            assert server.complaints == []
            return found

    return asyncio.run(main())
