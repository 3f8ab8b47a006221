"""One request with a total deadline, and what it means when it fails.

    Response      an answer came, whole
    Broken        none did; `left_us` tells whether a byte of the request may have left this PC

`left_us` is the whole point: False lets the clerk try again, True makes the payment UNKNOWN
(money-safety.md section 4). It is decided by counting bytes in `tap`, never by the kind of error.

Rules of security.md section 5: fixed hosts, https only (but plain http on loopback), own TLS
context, no environment, no redirects, no pool, no compression, size caps, a deadline on the
monotonic clock. httpx is imported at the first use, in a worker thread, because that takes longer
than the window may stand still.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult

from pos_app.gateways import failures
from pos_app.gateways.addresses import HOSTS, checked_address
from pos_app.gateways.exchange import Broken, Exchange, Reach, Response, time_of
from pos_app.gateways.tls import make_ssl_context
from pos_app.logs import log, log_event

if TYPE_CHECKING:
    from pos_app.gateways.tap import Dial, Tap

BeforeSend = Callable[[], Awaitable[None]]

#: Cap of an answer's body; a real one has about 2 KiB (security.md section 5).
BODY_MAX = 256 * 1024
#: Cap of an answer's header lines. Their bytes are capped by httpcore at 100 KiB.
HEADERS_MAX = 100
#: After a deadline: so many turns of so long are given to bytes that are already here. Together
#: they stay well below the second that money-safety.md row 14 allows, on a busy machine, too.
GRACE_TURNS, GRACE_TURN_S = 6, 0.05

USER_AGENT = "pos-app"


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What is imported and made late: httpx's parts and the TLS context."""

    httpx: Any
    one_shot: Any
    tap: Any
    ssl_context: ssl.SSLContext


@dataclass(frozen=True, slots=True)
class _Request:
    """One request on its way, without its body."""

    method: str
    url: str
    headers: Mapping[str, str]
    body_bytes: int


class Transport:
    """Makes one connection for each request; keeps nothing open between them."""

    def __init__(
        self,
        hosts: frozenset[str] = HOSTS,
        *,
        use_os_roots: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        dial: Dial | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make a transport; nothing is imported or opened yet.

        Args:
            hosts: the https hosts it may talk to, besides loopback.
            use_os_roots: trust the operating system's store, an administrator's choice.
            ssl_context: a ready context instead, for a private certificate authority in tests.
            dial: where to connect for a host name, for servers in tests; TLS checks the name.
            monotonic: seconds on a clock that never jumps.
        """
        self._hosts = hosts
        self._use_os_roots = use_os_roots
        self._ssl_context = ssl_context
        self._dial = dial
        self._monotonic = monotonic
        self._loaded: _Loaded | None = None

    async def send(
        self,
        method: str,
        url: str,
        body: bytearray | None,
        *,
        headers: Mapping[str, str],
        before_send: BeforeSend | None,
        timeout_s: float,
        connect_timeout_s: float = 10.0,
        operation: str = "",
    ) -> Exchange:
        """Send one request and return what came of it.

        Args:
            method: GET, POST, PUT or DELETE.
            url: on one of the fixed hosts, or on loopback.
            body: taken over; zeroed when it has left or the attempt ended in any way. None for a
                request without one.
            headers: of the request, besides those every request has.
            before_send: awaited when the line stands, before the first byte; if it raises, no
                byte is sent and the answer is `Broken(False, "ledger")`.
            timeout_s: total, from now to the last byte of the answer.
            connect_timeout_s: for TCP and TLS together, inside the total.
            operation: what it is for, for the log.

        Raises:
            Bug: the address is not one of the fixed ones.
            asyncio.CancelledError: cancelled from outside; the outcome is unknown.
        """
        try:
            parts = checked_address(url, self._hosts)
            length = None if body is None else len(body)
            request = _Request(method, url, _all_headers(headers, length), length or 0)
            started = self._monotonic()
            exchange, tap = await self._exchange(
                request, body, before_send, timeout_s, connect_timeout_s
            )
        finally:
            if body is not None:
                body[:] = bytes(len(body))
        _trace(parts, operation, exchange, tap, (self._monotonic() - started) * 1000)
        return exchange

    async def reach(self, url: str, now: dt.datetime, timeout_s: float = 10.0) -> Reach:
        """Ask for the front page to see whether the host can be reached and what time it has.

        Raises:
            Bug: the address is not one of the fixed ones.
        """
        parts = checked_address(url, self._hosts)
        request = _Request("GET", url, _all_headers({}, None), 0)
        started = self._monotonic()
        exchange, tap = await self._exchange(request, None, None, timeout_s, timeout_s)
        took_ms = (self._monotonic() - started) * 1000
        _trace(parts, "reach", exchange, tap, took_ms)
        host = parts.hostname or ""
        if isinstance(exchange, Broken):
            return Reach(host, tap.is_connected, exchange.why, None, took_ms)
        return Reach(host, True, "", _skew_s(exchange.header("date"), now), took_ms)

    async def _exchange(
        self,
        request: _Request,
        body: bytearray | None,
        before_send: BeforeSend | None,
        timeout_s: float,
        connect_timeout_s: float,
    ) -> tuple[Exchange, Tap]:
        """Run one exchange as a task of its own, and judge its deadlines from outside."""
        loaded = await self._load()
        deadline = self._monotonic() + timeout_s
        connect_by = self._monotonic() + min(connect_timeout_s, timeout_s)
        tap: Tap = loaded.tap.Tap(body, before_send, lambda: self._monotonic() >= deadline)
        answer = bytearray()
        task = asyncio.create_task(self._talk(loaded, request, tap, answer), name="gateway.talk")
        try:
            in_time = await self._wait(task, tap, connect_by, deadline)
            if not in_time:
                task.cancel()
                await asyncio.wait({task})
        except BaseException:
            await _end(task)
            raise
        return _outcome(task, tap, answer, in_time=in_time), tap

    async def _wait(
        self, task: asyncio.Task[Response], tap: Tap, connect_by: float, deadline: float
    ) -> bool:
        """Wait until the task is done or its time is over; tell which.

        The time does not run out while the ledger is being asked: cutting that short could leave
        a fact half recorded, and the tap refuses to send when the consent comes too late.
        """
        from pos_app.gateways.tap import Phase

        while not task.done():
            limit = deadline if tap.is_connected else connect_by
            left_s = limit - self._monotonic()
            if left_s > 0:
                await asyncio.wait({task}, timeout=left_s)
            elif tap.phase is Phase.RECORDING:
                await asyncio.wait({task}, timeout=GRACE_TURN_S)
            elif not await _grace(task, tap):
                return False
        return True

    async def _talk(
        self, loaded: _Loaded, request: _Request, tap: Tap, answer: bytearray
    ) -> Response:
        """Send and read; `answer` fills with the body as it comes, so that a half is kept."""
        url = loaded.httpx.URL(request.url)
        one_shot = loaded.one_shot.OneShotTransport(url, tap, loaded.ssl_context, self._dial)
        content = loaded.one_shot.ZeroBody(request.body_bytes) if request.body_bytes else None
        async with (
            loaded.httpx.AsyncClient(
                transport=one_shot, trust_env=False, follow_redirects=False, timeout=None
            ) as client,
            client.stream(
                request.method, url, content=content, headers=dict(request.headers)
            ) as response,
        ):
            headers = tuple(response.headers.multi_items())
            _check_head(headers)
            async for chunk in response.aiter_raw():
                room = BODY_MAX - len(answer)
                answer += chunk[:room]
                if len(chunk) > room:
                    raise failures.AnswerRefusedError("too_big")
            return Response(response.status_code, headers, bytes(answer))

    async def warm_up(self) -> None:
        """Do the slow part of the first use now, so that no payment waits for it."""
        await self._load()

    async def _load(self) -> _Loaded:
        """Import httpx and make the TLS context, in a worker thread, once."""
        if self._loaded is None:
            self._loaded = await asyncio.to_thread(self._load_now)
        return self._loaded

    def _load_now(self) -> _Loaded:
        """Do the slow part of the first use."""
        import anyio
        import httpx

        from pos_app.gateways import one_shot, tap

        # Their DEBUG lines hold headers and addresses: silent whatever the program's level is.
        for name in ("httpx", "httpcore", "h11"):
            logging.getLogger(name).setLevel(logging.WARNING)
        # anyio imports its back end at its first use; here that happens in this thread.
        anyio.run(anyio.sleep, 0)
        context = self._ssl_context or make_ssl_context(use_os_roots=self._use_os_roots)
        return _Loaded(httpx, one_shot, tap, context)


async def _grace(task: asyncio.Task[Response], tap: Tap) -> bool:
    """After a deadline, read what has arrived; tell whether that finished the exchange.

    A stalled program finds its deadline passed and the answer waiting in the socket at the same
    moment. So a few short turns follow, as long as each one moves something.
    """
    for _ in range(GRACE_TURNS):
        steps = tap.steps
        await asyncio.wait({task}, timeout=GRACE_TURN_S)
        if task.done():
            return True
        if tap.steps == steps:
            return False
    return False


async def _end(task: asyncio.Task[Response]) -> None:
    """Cancel a task and see it ended, whatever else is cancelled meanwhile."""
    task.cancel()
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    if not task.cancelled():
        task.exception()


def _outcome(
    task: asyncio.Task[Response], tap: Tap, answer: bytearray, *, in_time: bool
) -> Exchange:
    """Say what the ended task means."""
    error = None if task.cancelled() else task.exception()
    if error is None and not task.cancelled():
        return task.result()
    left_us = tap.sent_bytes > 0
    if error is None or not in_time:
        why = failures.why_of_time(tap)
    else:
        why = failures.why_of_error(error, tap)
    return Broken(left_us, why, bytes(answer or tap.raw) if left_us else b"")


def _all_headers(headers: Mapping[str, str], body_bytes: int | None) -> dict[str, str]:
    """Return the headers every request has, and its own."""
    always = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": USER_AGENT,
    }
    length = {} if body_bytes is None else {"Content-Length": str(body_bytes)}
    return {**always, **headers, **length}


def _check_head(headers: tuple[tuple[str, str], ...]) -> None:
    """Refuse too many headers and compressed bodies.

    Raises:
        AnswerRefusedError: with the reason.
    """
    if len(headers) > HEADERS_MAX:
        raise failures.AnswerRefusedError("too_big")
    for name, value in headers:
        if name.lower() == "content-encoding" and value.strip().lower() not in {"", "identity"}:
            raise failures.AnswerRefusedError("encoded")


def _skew_s(date: str, now: dt.datetime) -> float | None:
    """Return their clock minus ours, from an HTTP Date header; it counts whole seconds."""
    theirs = time_of(date)
    return None if theirs is None else (theirs - now).total_seconds()


def _trace(
    parts: SplitResult, operation: str, exchange: Exchange, tap: Tap, took_ms: float
) -> None:
    """Log one exchange: where, how much, how long; never what."""
    fields: log.Fields = {
        "operation": operation,
        "host": parts.hostname or "",
        "port": parts.port or (443 if parts.scheme == "https" else 80),
        "sent_bytes": tap.sent_bytes,
        "received_bytes": tap.received_bytes,
        "duration_ms": round(took_ms, 1),
    }
    if isinstance(exchange, Response):
        fields["status"] = exchange.status
        log_event(log.gateway, logging.INFO, "exchange.done", **fields)
        return
    fields["reason"], fields["left_us"] = exchange.why, exchange.left_us
    failure = tap.consent_failure
    log_event(log.gateway, logging.INFO, "exchange.broken", failure=failure, **fields)
