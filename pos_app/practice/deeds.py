"""Carrying out an action: the operation in the book, or not, and what the client gets to see.

The row in the journal is settled before a byte of the answer leaves, so the book is never behind
what a client knows. A row without an HTTP status is a request without a whole answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pos_app.practice import answer as http
from pos_app.practice import spoiled
from pos_app.practice.actions import Action
from pos_app.practice.answer import Answer
from pos_app.practice.face import Face, Reply, Request
from pos_app.practice.gateway import Gateway
from pos_app.practice.journal import Row
from pos_app.practice.wire import Wire


class Listener(Protocol):
    """The part of the server an action can reach."""

    def refuse_for(self, seconds: float) -> None:
        """Stop listening for so long."""

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the connections."""


@dataclass(slots=True)
class Exchange:
    """One request of a vendor's operation, on its way to an answer."""

    gateway: Gateway
    listener: Listener
    face: Face
    request: Request
    row: Row
    wire: Wire

    def perform(self, *, done: bool) -> Reply:
        """Have the operation carried out, or only checked."""
        return self.face.handle(self.request, commit=done)

    def settle(self, reply: Reply, status: int | None) -> None:
        """Note in the journal what became of the request."""
        self.row.http_status, self.row.verdict = status, reply.verdict
        self.row.res_cd = reply.res_cd
        self.row.tno = reply.tno or self.row.tno
        self.row.amount = self.row.amount if reply.amount is None else reply.amount
        self.gateway.journal.settled(self.row)

    def page(self, status: int) -> Answer:
        """Return a web server's own page."""
        return http.html_answer(status, date=self.gateway.date())

    def fields(self, reply: Reply) -> Mapping[str, object]:
        """Return the reply's fields, or an error's when nothing was carried out."""
        return reply.fields or self.face.saying("9999", "")


Deed = Callable[[Exchange, Action], Awaitable[None]]


async def play(exchange: Exchange, action: Action) -> None:
    """Do what `action` says; afterwards the connection is of no more use.

    Raises:
        Gone: the client left while it was being answered.
    """
    await _DEEDS[action.do](exchange, action)


async def _refuse(exchange: Exchange, action: Action) -> None:
    exchange.settle(exchange.perform(done=False), None)
    exchange.listener.refuse_for(action.number("for_s"))
    exchange.wire.reset()


async def _break_off(exchange: Exchange, action: Action) -> None:
    exchange.settle(exchange.perform(done=action.done), None)
    if action.do == "reset":
        exchange.wire.reset()


async def _break_mid(exchange: Exchange, action: Action) -> None:
    reply = exchange.perform(done=True)
    exchange.settle(reply, None)
    whole = exchange.gateway.answer(reply)
    part = whole.body[: spoiled.cut_point(whole.body, action)]
    await exchange.wire.send(http.head_bytes(whole, length=len(whole.body)) + part)
    if action.do == "reset_mid":
        exchange.wire.reset()


async def _hang(exchange: Exchange, action: Action) -> None:
    exchange.settle(exchange.perform(done=action.done), None)
    limit = action.parameters["for_s"]
    await exchange.wire.left_within(None if limit is None else action.number("for_s"))


async def _slow(exchange: Exchange, action: Action) -> None:
    reply = exchange.perform(done=True)
    exchange.settle(reply, reply.status)
    if not await exchange.wire.left_within(action.number("delay_s")):
        await exchange.wire.send(http.whole_bytes(exchange.gateway.answer(reply)))


async def _late(exchange: Exchange, action: Action) -> None:
    checked = exchange.perform(done=False)
    exchange.row.verdict = "to be done late" if checked.verdict == "not done" else checked.verdict

    async def do_it() -> None:
        await asyncio.sleep(action.number("delay_s"))
        exchange.settle(exchange.perform(done=True), None)

    exchange.listener.later(do_it())
    if action.text("lose") == "hang":
        await exchange.wire.left_within(None)
    else:
        exchange.wire.reset()


async def _drip(exchange: Exchange, action: Action) -> None:
    reply = exchange.perform(done=True)
    exchange.settle(reply, reply.status)
    data = http.whole_bytes(exchange.gateway.answer(reply))
    await exchange.wire.drip(data, action.count("bytes_per_s"))


async def _garbage(exchange: Exchange, action: Action) -> None:
    exchange.settle(exchange.perform(done=action.done), None)
    await exchange.wire.send(exchange.gateway.noise.randbytes(action.count("size")))


async def _duplicate(exchange: Exchange, action: Action) -> None:
    first = exchange.perform(done=True)
    second = exchange.perform(done=True)
    given = first if action.text("answer") == "first" else second
    exchange.settle(given, given.status)
    await exchange.wire.send(http.whole_bytes(exchange.gateway.answer(given)))


async def _chunked(exchange: Exchange, action: Action) -> None:
    reply, answer = _ordinary(exchange, action)
    exchange.settle(reply, answer.status)
    answer = answer.with_headers(("Transfer-Encoding", "chunked"))
    half = len(answer.body) // 2
    parts = [part for part in (answer.body[:half], answer.body[half:]) if part]
    framed = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)
    await exchange.wire.send(http.head_bytes(answer, length=None) + framed + b"0\r\n\r\n")


async def _framed_wrong(exchange: Exchange, action: Action) -> None:
    reply, answer = _ordinary(exchange, action)
    whole = action.do == "no_length"
    exchange.settle(reply, answer.status if whole else None)
    length = None if whole else max(0, len(answer.body) + action.count("by"))
    await exchange.wire.send(http.head_bytes(answer, length=length) + answer.body)


async def _junk(exchange: Exchange, action: Action) -> None:
    reply, answer = _ordinary(exchange, action)
    exchange.settle(reply, answer.status)
    fields = {"res_cd": "9999", "res_msg": "junk", "tno": "20200101000001", "amount": "1"}
    junk = http.json_answer(200, fields, date=exchange.gateway.date())
    head = http.head_bytes(answer, length=len(answer.body), close=False)
    await exchange.wire.send(head + answer.body + http.whole_bytes(junk))


async def _continue(exchange: Exchange, action: Action) -> None:
    reply, answer = _ordinary(exchange, action)
    exchange.settle(reply, answer.status)
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" * action.count("count")
    await exchange.wire.send(interim + http.whole_bytes(answer))


async def _other_answer(exchange: Exchange, action: Action) -> None:
    reply = exchange.perform(done=action.done)
    answer = _MAKERS[action.do](exchange, action, reply)
    exchange.settle(reply, answer.status)
    await exchange.wire.send(http.whole_bytes(answer))


def _ordinary(exchange: Exchange, action: Action) -> tuple[Reply, Answer]:
    reply = exchange.perform(done=action.done)
    return reply, exchange.gateway.answer(reply)


def _huge_body(exchange: Exchange, action: Action, reply: Reply) -> Answer:
    padded = {**exchange.fields(reply), "padding": "A" * action.count("size")}
    return http.json_answer(reply.status, padded, date=exchange.gateway.date())


def _huge_headers(exchange: Exchange, action: Action, reply: Reply) -> Answer:
    count = action.count("count")
    filling = "A" * max(1, action.count("size") // count)
    padding = [(f"X-Padding-{number}", filling) for number in range(count)]
    return exchange.gateway.answer(reply).with_headers(*padding)


def _gzip(exchange: Exchange, action: Action, reply: Reply) -> Answer:
    answer = exchange.gateway.answer(reply)
    body = spoiled.zipped(action, answer.body)
    return answer.with_body(body).with_headers(("Content-Encoding", "gzip"))


def _redirect(exchange: Exchange, action: Action, _reply: Reply) -> Answer:
    page = exchange.page(action.count("status"))
    return page.with_headers(("Location", action.text("location")))


def _http(exchange: Exchange, action: Action, reply: Reply) -> Answer:
    status, wanted = action.count("status"), action.text("body")
    if wanted == "answer":
        return http.json_answer(status, reply.fields, date=exchange.gateway.date())
    if wanted == "json":
        error = {"status": status, "error": http.reason(status)}
        return http.json_answer(status, error, date=exchange.gateway.date())
    page = exchange.page(status)
    return page.with_body(b"") if wanted == "empty" else page


def _reply(exchange: Exchange, action: Action, _reply_made: Reply) -> Answer:
    fields = exchange.face.saying(action.text("res_cd"), action.text("res_msg"))
    date = exchange.gateway.date()
    return http.json_answer(action.count("http_status"), fields, date=date)


def _body(exchange: Exchange, action: Action, reply: Reply) -> Answer:
    body = spoiled.body_of_kind(action.text("kind"), exchange.fields(reply))
    return exchange.gateway.answer(reply).with_body(body)


def _edit(exchange: Exchange, action: Action, reply: Reply) -> Answer:
    # ASCII-escaped, so that lone surrogates and other oddities can be asked for.
    body = json.dumps(spoiled.edited(reply.fields, action), separators=(",", ":")).encode()
    return exchange.gateway.answer(reply).with_body(body)


def _headers(exchange: Exchange, action: Action, reply: Reply) -> Answer:
    answer = exchange.gateway.answer(reply)
    wanted = action.parameters["set"]
    pairs = wanted.items() if isinstance(wanted, dict) else ()
    changed = answer.with_headers(*((str(name), str(value)) for name, value in pairs))
    status = action.parameters["status"]
    return changed if status is None else Answer(int(str(status)), changed.body, changed.headers)


_MAKERS: Final[Mapping[str, Callable[[Exchange, Action, Reply], Answer]]] = {
    "huge_body": _huge_body,
    "huge_headers": _huge_headers,
    "gzip": _gzip,
    "redirect": _redirect,
    "http": _http,
    "reply": _reply,
    "body": _body,
    "edit": _edit,
    "headers": _headers,
}

_DEEDS: Final[Mapping[str, Deed]] = {
    "refuse": _refuse,
    "reset": _break_off,
    "close": _break_off,
    "reset_mid": _break_mid,
    "cut": _break_mid,
    "hang": _hang,
    "slow": _slow,
    "late": _late,
    "drip": _drip,
    "garbage": _garbage,
    "duplicate": _duplicate,
    "chunked": _chunked,
    "no_length": _framed_wrong,
    "wrong_length": _framed_wrong,
    "pipelined_junk": _junk,
    "continue_100": _continue,
    **dict.fromkeys(_MAKERS, _other_answer),
}
