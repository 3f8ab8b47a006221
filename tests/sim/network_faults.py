"""What a network does to requests and answers: how often, and what it leaves of them.

No fault here changes an answer into another good one: whatever arrives is either what the gateway
said, or visibly broken. What a gateway itself says wrongly is `tests.sim.models.habits`'.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pos_app.gateways.exchange import Response
from tests.sim.wire import WireReply

#: Faults before a byte has left -> `why` (gateways/failures.py). The request never arrives.
NOT_SENT = {
    "dns": "dns",
    "refused": "refused",
    "unreachable": "unreachable",
    "connect timeout": "connect_timeout",
    "tls": "tls",
    "tls untrusted": "tls_untrusted",
}

#: Faults of a request that has begun to leave. The first two never arrive.
ON_THE_WAY_OUT = (
    "write reset, nothing out",
    "write reset, part out",
    "write reset, all out",
    "swallowed",
    "late by seconds",
    "late by minutes",
    "late by an hour",
    "doubled",
    "doubled, second answers",
)

#: Faults of the front of the gateway: answers without the gateway behind them.
FRONT = ("401", "429", "500 undone", "502 undone", "503 undone", "504 undone", "307", "portal")

#: Faults of an answer on its way back; the work is done.
ON_THE_WAY_BACK = (
    "closed",
    "hung",
    "reset",
    "cut",
    "cut and hung",
    "cut and reset",
    "cut unnoticed",
    "too late",
    "500 done",
    "502 done",
    "503 done",
    "504 done",
    "no http",
    "compressed",
    "too big",
    "empty",
    "html",
    "garbage",
    "not utf-8",
    "cp949",
    "bom",
    "twice the key",
    "nan",
    "not json",
)


@dataclass(frozen=True, slots=True)
class Profile:
    """How often what happens; each number is a chance from 0 to 1 for one request.

    Attributes:
        not_sent, out, front, back: one of the kinds above, drawn evenly unless `only` names some.
        only: the kinds that may strike; empty for all.
        blackout: a request finds the line dead for everything, from now for one to ten minutes.
        flapping: from now for one to five minutes every second connection fails.
        look_ups_down: look-ups alone get no answer, from now for one to ten minutes.
        slow: the gateway takes up to twenty seconds.
    """

    not_sent: float = 0.0
    out: float = 0.0
    front: float = 0.0
    back: float = 0.0
    only: frozenset[str] = frozenset()
    blackout: float = 0.0
    flapping: float = 0.0
    look_ups_down: float = 0.0
    slow: float = 0.0

    def just(self, *kinds: str) -> Profile:
        """Return the same with these kinds alone."""
        return replace(self, only=frozenset(kinds))


CALM = Profile()
STORM = Profile(
    not_sent=0.06,
    out=0.06,
    front=0.04,
    back=0.10,
    blackout=0.002,
    flapping=0.004,
    look_ups_down=0.004,
    slow=0.1,
)


@dataclass(slots=True)
class Cut:
    """An answer that did not come whole: `why` as the transport says it, and what came."""

    why: str
    partial: bytes = b""


@dataclass(slots=True)
class Held:
    """What is left of an answer when the network is done with it.

    Attributes:
        hangs: nothing more comes; the deadline ends it, and `partial` is kept.
    """

    end: Response | Cut
    hangs: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def whole(reply: WireReply) -> Response:
    """Return an answer as it was given."""
    return Response(reply.status, reply.headers, reply.body)


def spoil(kind: str, reply: WireReply, rng: random.Random) -> Held:
    """Return what one of `ON_THE_WAY_BACK` leaves of an answer."""
    if kind in _BREAKS:
        return _BREAKS[kind](reply, rng)
    if kind.endswith(" done"):
        status = int(kind[:3])
        page = f"<html><body>{status}</body></html>".encode()
        body = b"" if rng.random() < 0.3 else page
        return Held(_with_body(reply, body, status))
    return Held(_with_body(reply, _BODIES[kind](reply.body, rng)))


def front(kind: str, reply: WireReply, rng: random.Random) -> Response:
    """Return an answer of the front, for a request the gateway behind it never saw.

    Args:
        kind: one of `FRONT`.
        reply: any answer; its date is taken.
        rng: for what the page says.
    """
    if kind == "portal":
        status = rng.choice((200, 302))
        page = "<html><body>와이파이 이용 약관에 동의해 주세요</body></html>".encode()
        return _with_body(reply, page, status, ("Location", "http://wifi.example/login"))
    status = int(kind[:3])
    if kind == "307":
        return _with_body(reply, b"", status, ("Location", "https://elsewhere.example/pay"))
    page = f"<html><body><h1>{status}</h1></body></html>".encode()
    return _with_body(reply, b"" if rng.random() < 0.3 else page, status)


def _with_body(
    reply: WireReply, body: bytes, status: int | None = None, *more: tuple[str, str]
) -> Response:
    """Return an answer with another body, its length and kind put right."""
    kind = "text/html" if body[:5] == b"<html" else "application/json;charset=UTF-8"
    kept = [h for h in reply.headers if h[0].lower() not in {"content-length", "content-type"}]
    headers = (*kept, ("Content-Type", kind), ("Content-Length", str(len(body))), *more)
    return Response(reply.status if status is None else status, headers, body)


def head_of(reply: WireReply) -> bytes:
    """Return the head of an answer as it goes over the line."""
    lines = [f"HTTP/1.1 {reply.status} OK", *(f"{k}: {v}" for k, v in reply.headers), "", ""]
    return "\r\n".join(lines).encode()


def _part(reply: WireReply, rng: random.Random) -> bytes:
    """Return what the transport keeps of an answer cut at any byte.

    It keeps the body that came, or the raw head where no byte of the body did.
    """
    head = head_of(reply)
    cut = rng.randrange(len(head) + len(reply.body))
    return head[:cut] if cut <= len(head) else reply.body[: cut - len(head)]


def _cut(why: str, *, hangs: bool = False) -> Callable[[WireReply, random.Random], Held]:
    """Make a fault that cuts the answer somewhere."""
    return lambda reply, rng: Held(Cut(why, _part(reply, rng)), hangs=hangs)


def _short(reply: WireReply, rng: random.Random) -> Held:
    """An answer without a length that ends too early: it looks whole."""
    body = reply.body[: rng.randrange(max(1, len(reply.body)))]
    headers = tuple(h for h in reply.headers if h[0].lower() != "content-length")
    return Held(Response(reply.status, headers, body))


_BREAKS: dict[str, Callable[[WireReply, random.Random], Held]] = {
    "closed": lambda _reply, _rng: Held(Cut("closed_early")),
    "hung": lambda _reply, _rng: Held(Cut("timeout"), hangs=True),
    "reset": lambda _reply, _rng: Held(Cut("reset")),
    "cut": _cut("closed_early"),
    "cut and hung": _cut("timeout", hangs=True),
    "cut and reset": _cut("reset"),
    "cut unnoticed": _short,
    "no http": lambda reply, _rng: Held(Cut("bad_http", b"\x15\x03\x01" + reply.body[:7])),
    "compressed": lambda reply, _rng: Held(Cut("encoded", head_of(reply))),
    "too big": lambda reply, _rng: Held(Cut("too_big", (b" " * 262_144 + reply.body)[:262_144])),
    "too late": lambda _reply, _rng: Held(Cut("timeout"), hangs=True),
}


def _first_key_twice(body: bytes, rng: random.Random) -> bytes:
    """Begin with a code that contradicts the real one."""
    lie = rng.choice((b'{"res_cd": "CC61", "code": -1, ', b'{"res_cd": "0000", "code": 0, '))
    return lie + body.lstrip()[1:]


def _nan(body: bytes, _rng: random.Random) -> bytes:
    """Put NaN where the first amount stands; add one where none does."""
    for key in (b'"amount": "', b'"amount": '):
        before, found, after = body.partition(key)
        if found:
            rest = after.lstrip(b"0123456789.").removeprefix(b'"')
            return before + b'"amount": NaN' + rest
    return b'{"amount": NaN, ' + body.lstrip()[1:]


_BODIES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "empty": lambda _body, _rng: b"",
    "html": lambda _body, _rng: b"<html><body>OK</body></html>",
    "garbage": lambda body, rng: rng.randbytes(len(body) or 16),
    "not utf-8": lambda body, _rng: body[:1] + b'"\xff\xfe": "", ' + body[1:],
    "cp949": lambda body, _rng: _in_cp949(body),
    "bom": lambda body, _rng: b"\xef\xbb\xbf" + body,
    "twice the key": _first_key_twice,
    "nan": _nan,
    "not json": lambda body, _rng: body.replace(b'"', b"'"),
}


def _in_cp949(body: bytes) -> bytes:
    """Return the answer in the old charset, its Korean text as bytes of it."""
    import json

    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return "오류".encode("cp949")
    return text.encode("cp949", "replace")
