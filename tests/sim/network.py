"""A line to a gateway model that delays, doubles, cuts and loses, in the running loop's time.

`SimLine` stands where `transport.Transport` stands: same calls, same answers, same honesty about
`before_send`. Bytes that have left are the network's: they arrive by a timer of the loop, whatever
becomes of the task that sent them, so a program killed in the middle of a send may have charged.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pos_app.domain.requests import BeforeSend
from pos_app.gateways.addresses import HOSTS, checked_address
from pos_app.gateways.exchange import Broken, Exchange, Reach, Response
from tests.sim import network_faults as faults
from tests.sim.network_faults import CALM, STORM, Cut, Held, Profile
from tests.sim.wire import Model, WireReply, WireRequest

__all__ = ["CALM", "STORM", "Arrival", "Profile", "SimLine"]

_CHARGE_PATHS = frozenset(
    {"/gw/hub/v1/payment", "/subscribe/payments/onetime", "/subscribe/payments/again"}
)
_CANCEL_PATHS = frozenset({"/gw/mod/v1/cancel", "/payments/cancel"})
_LATE_S = {
    "late by seconds": (1.0, 60.0),
    "late by minutes": (60.0, 600.0),
    "late by an hour": (900.0, 4_500.0),
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A charge request that arrived when nobody waited for it any more.

    Attributes:
        late_s: after the sender's deadline, in seconds of the loop.
    """

    order_no: str
    at: dt.datetime
    late_s: float


@dataclass(slots=True)
class _Sent:
    """One request that has left: what it is, and where its answer is waited for."""

    request: WireRequest
    order_no: str
    cancels: str
    deadline: float
    answer: asyncio.Future[Held]


class SimLine:
    """The network between one shop and one gateway; fits `needs.Line` of both clients.

    Attributes:
        counts: faults by kind, and "sent" for all requests that left.
        network_doubles: what the network, not the shop, sent once more: charge requests by order
            number, cancels by the gateway's number.
        late_arrivals: charge requests that arrived after their sender's deadline.
        under_way: requests that have left and not arrived yet.
    """

    def __init__(
        self,
        model: Model,
        rng: random.Random,
        now: Callable[[], dt.datetime],
        profile: Profile = CALM,
        hosts: frozenset[str] = HOSTS,
        leaving: Callable[[str, bytes], None] | None = None,
    ) -> None:
        """Lay the line; nothing moves.

        Args:
            model: the gateway at its other end.
            rng: the only source of chance.
            now: wall time as the gateway has it, aware; the loop's time tells how long.
            profile: what goes wrong; may be replaced at any time.
            hosts: the https hosts that may be asked, as the real transport has them.
            leaving: called with path and body directly before the first byte of a request leaves.
        """
        self._leaving = leaving
        self.model = model
        self.profile = profile
        self.counts: Counter[str] = Counter()
        self.network_doubles: Counter[str] = Counter()
        self.late_arrivals: list[Arrival] = []
        self.under_way = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._rng = rng
        self._now = now
        self._hosts = hosts
        self._dead_until = self._flapping_until = self._look_ups_until = 0.0

    def faults_off(self) -> None:
        """From now on nothing goes wrong; what is already under way still arrives."""
        self.profile = CALM
        self._dead_until = self._flapping_until = self._look_ups_until = 0.0

    async def settled(self) -> None:
        """Wait until nothing is under way any more."""
        await self._quiet.wait()

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
        """Send once, as `Transport.send` does, and zero the body whatever happens."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        try:
            parts = checked_address(url, self._hosts)
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            broken = await self._connect(min(connect_timeout_s, timeout_s), operation)
            broken = broken or await _consent(before_send, deadline)
            if broken is not None:
                return broken
            sent = _Sent(
                WireRequest(
                    method,
                    parts.netloc,
                    path,
                    _all_headers(parts.netloc, headers, body),
                    bytes(body or b""),
                ),
                "",
                "",
                deadline,
                loop.create_future(),
            )
        finally:
            if body is not None:
                body[:] = bytes(len(body))
        sent.order_no, sent.cancels = _subject(sent.request)
        if self._leaving is not None:
            self._leaving(path, sent.request.body)
        self.counts["sent"] += 1
        return await self._carry(sent, operation)

    async def reach(self, url: str, now: dt.datetime, timeout_s: float = 10.0) -> Reach:
        """Tell whether the host can be reached and what time it has."""
        started = asyncio.get_running_loop().time()
        parts = checked_address(url, self._hosts)
        broken = await self._connect(timeout_s, "reach")
        took_ms = (asyncio.get_running_loop().time() - started) * 1000
        if broken is not None:
            return Reach(parts.hostname or "", False, broken.why, None, took_ms)
        skew_s = (self._now().replace(microsecond=0) - now).total_seconds()
        return Reach(parts.hostname or "", True, "", skew_s, took_ms)

    # -- connecting ----------------------------------------------------------------------------

    async def _connect(self, timeout_s: float, operation: str) -> Broken | None:
        """Make the connection, or say why there is none; no byte has left."""
        kind = self._connection_fault(operation)
        if kind == "connect timeout":
            await asyncio.sleep(timeout_s)
            return Broken(False, "connect_timeout")
        takes_s = self._rng.uniform(0.01, 0.3)
        if takes_s >= timeout_s:
            await asyncio.sleep(timeout_s)
            return Broken(False, "connect_timeout")
        await asyncio.sleep(takes_s)
        return None if kind is None else Broken(False, faults.NOT_SENT[kind])

    def _connection_fault(self, operation: str) -> str | None:
        """Draw what keeps this connection from coming up."""
        time = asyncio.get_running_loop().time()
        if self._strikes(self.profile.blackout):
            self._dead_until = time + self._rng.uniform(60, 600)
            self.counts["blackout"] += 1
        if self._strikes(self.profile.flapping):
            self._flapping_until = time + self._rng.uniform(60, 300)
            self.counts["flapping"] += 1
        if self._strikes(self.profile.look_ups_down):
            self._look_ups_until = time + self._rng.uniform(60, 600)
            self.counts["look-ups down"] += 1
        asks = operation in {"look_up", "sweep", "channels", "token"}
        dead = time < self._dead_until or (asks and time < self._look_ups_until)
        if dead or (time < self._flapping_until and self._rng.random() < 0.5):
            return self._counted(self._rng.choice(tuple(faults.NOT_SENT)))
        return self._drawn(self.profile.not_sent, tuple(faults.NOT_SENT))

    def _strikes(self, share: float) -> bool:
        """Draw a chance; no draw is spent where there is none."""
        return share > 0 and self._rng.random() < share

    def _drawn(self, share: float, kinds: tuple[str, ...]) -> str | None:
        """Draw one kind of fault, or none; count it."""
        if self.profile.only:
            kinds = tuple(kind for kind in kinds if kind in self.profile.only)
        if not kinds or not self._strikes(share):
            return None
        return self._counted(self._rng.choice(kinds))

    def _counted(self, kind: str) -> str:
        """Count a fault."""
        self.counts[kind] += 1
        return kind

    # -- the way out ---------------------------------------------------------------------------

    async def _carry(self, sent: _Sent, operation: str) -> Exchange:
        """See a request that has left to its end, as far as its sender can see."""
        travel_s = self._rng.uniform(0.005, 0.1)
        front = self._drawn(self.profile.front, faults.FRONT)
        if front is not None:
            return await self._from_front(front, sent, travel_s)
        kind = self._drawn(self.profile.out, faults.ON_THE_WAY_OUT)
        if kind is None:
            self._later(travel_s, sent)
            return await self._answer(sent)
        if kind.startswith("write reset"):
            if kind == "write reset, all out":
                self._later(travel_s, sent)
            await asyncio.sleep(travel_s)
            return Broken(True, "reset")
        if kind in _LATE_S:
            left_s = max(0.0, sent.deadline - asyncio.get_running_loop().time())
            self._later(left_s + self._rng.uniform(*_LATE_S[kind]), sent)
        elif kind.startswith("doubled"):
            again_s = travel_s + self._rng.uniform(0.001, 5)
            first, second = travel_s, again_s
            if kind == "doubled, second answers":
                first, second = again_s, travel_s
            self._later(first, sent)
            self._later(second, sent, double=True)
        return await self._answer(sent)

    async def _from_front(self, kind: str, sent: _Sent, travel_s: float) -> Exchange:
        """Let the front answer; the gateway behind it never sees the request."""
        await asyncio.sleep(2 * travel_s)
        stamp = email.utils.format_datetime(self._now().astimezone(dt.UTC), usegmt=True)
        return faults.front(kind, WireReply(200, (("Date", stamp),), b""), self._rng)

    def _later(self, delay_s: float, sent: _Sent, *, double: bool = False) -> None:
        """Have the request arrive after so many seconds, whoever waits or does not."""
        self.under_way += 1
        self._quiet.clear()
        asyncio.get_running_loop().call_later(delay_s, self._arrive, sent, double)

    def _arrive(self, sent: _Sent, double: bool) -> None:
        """Hand the request to the gateway, and send its answer on the way back."""
        self.under_way -= 1
        if not self.under_way:
            self._quiet.set()
        loop = asyncio.get_running_loop()
        if double and (sent.order_no or sent.cancels):
            self.network_doubles[sent.order_no or sent.cancels] += 1
        if sent.order_no and loop.time() >= sent.deadline:
            late_s = loop.time() - sent.deadline
            self.late_arrivals.append(Arrival(sent.order_no, self._now(), late_s))
        reply = self.model.receive(sent.request, self._now())
        takes_s = self._rng.uniform(0.05, 1.5)
        if self._strikes(self.profile.slow):
            takes_s += self._rng.uniform(1, 20)
        kind = self._drawn(self.profile.back, faults.ON_THE_WAY_BACK)
        held = Held(faults.whole(reply)) if kind is None else faults.spoil(kind, reply, self._rng)
        loop.call_later(takes_s, _hand_over, sent.answer, held)

    # -- the way back --------------------------------------------------------------------------

    async def _answer(self, sent: _Sent) -> Exchange:
        """Wait for the answer until the deadline."""
        loop = asyncio.get_running_loop()
        left_s = max(0.0, sent.deadline - loop.time())
        await asyncio.wait({sent.answer}, timeout=left_s)
        if not sent.answer.done():
            return Broken(True, "timeout")
        held = sent.answer.result()
        if held.hangs:
            await asyncio.sleep(max(0.0, sent.deadline - loop.time()))
        if isinstance(held.end, Response):
            return held.end
        assert isinstance(held.end, Cut)
        return Broken(True, held.end.why, held.end.partial)


async def _consent(before_send: BeforeSend | None, deadline: float) -> Broken | None:
    """Ask whether the request may leave, once, when not a byte has left."""
    if before_send is not None:
        try:
            await before_send()
        except Exception:  # noqa: BLE001 - whatever the ledger says: no byte leaves
            return Broken(False, "ledger")
    if asyncio.get_running_loop().time() >= deadline:
        return Broken(False, "too_late")
    return None


def _hand_over(answer: asyncio.Future[Held], held: Held) -> None:
    """Give an answer to who waits for it; the first one counts."""
    if not answer.done():
        answer.set_result(held)


def _all_headers(host: str, headers: Mapping[str, str], body: bytearray | None) -> dict[str, str]:
    """Return the headers a request has on the line."""
    length = {} if body is None else {"Content-Length": str(len(body))}
    return {"Host": host, "Accept": "application/json", **headers, **length}


def _subject(request: WireRequest) -> tuple[str, str]:
    """Return the order number of a charge, and the gateway's number of what a cancel is for."""
    if request.path not in _CHARGE_PATHS | _CANCEL_PATHS:
        return "", ""
    try:
        fields = json.loads(request.body)
    except ValueError:
        return "", ""
    if request.path in _CANCEL_PATHS:
        return "", str(fields.get("tno") or fields.get("imp_uid") or "")
    return str(fields.get("ordr_idxx") or fields.get("merchant_uid") or ""), ""
