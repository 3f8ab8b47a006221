"""The simulated line: as honest as the real transport, and as bad as a network."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from pos_app.domain.answers import Absent, Approved, Cancelled, Found, FoundState, NoAnswer, NotSent
from pos_app.domain.errors import Bug
from pos_app.gateways.exchange import Broken, Response
from pos_app.gateways.transport import Transport
from tests.sim import network_faults as faults
from tests.sim.models.shop import (
    START,
    JumpingLoop,
    Shop,
    card,
    charge,
    kcp_shop,
    portone_shop,
    question,
    refund,
)
from tests.sim.network import CALM, STORM, Profile, SimLine
from tests.sim.wire import TrueCharge, WireReply, WireRequest
from tests.unit.gateways.raw import Act, RawServer, Visit

T = TypeVar("T")
URL = "https://spl.kcp.co.kr/gw/hub/v1/payment"
BODY = b'{"ordr_idxx": "N1", "card_no": "9410110000000073"}'
ANSWER = b'{"res_cd": "0000", "tno": "26112100000001", "amount": "55000"}'
HEAD = faults.head_of(WireReply(200, (("Content-Length", str(len(ANSWER))),), ANSWER))
NEVER_ARRIVES = {"write reset, nothing out", "write reset, part out", "swallowed", *faults.FRONT}
LATE = {"late by seconds", "late by minutes", "late by an hour"}


class Sponge:
    """A gateway that takes everything and remembers it."""

    name = "sponge"

    def __init__(self) -> None:
        self.charges: list[TrueCharge] = []
        self.charge_requests: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.got: list[tuple[WireRequest, dt.datetime]] = []

    def receive(self, request: WireRequest, now: dt.datetime) -> WireReply:
        self.got.append((request, now))
        return WireReply(200, (("Content-Length", str(len(ANSWER))),), ANSWER)

    def cancel_behind(self, gateway_ref: str, amount: int, now: dt.datetime) -> None:
        raise NotImplementedError

    def of_order(self, order_no: str) -> list[TrueCharge]:
        return []


class Bench:
    """A line with a sponge behind it, in virtual time."""

    def __init__(self, profile: Profile = CALM, seed: int = 3) -> None:
        self.loop = JumpingLoop()
        self.sponge = Sponge()
        self.line = SimLine(self.sponge, random.Random(seed), self.loop.now, profile)
        self.body = bytearray(BODY)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def send(self, before: Any = None, **changes: Any) -> Response | Broken:
        values = {"timeout_s": 60.0, "connect_timeout_s": 10.0, "operation": "charge", **changes}
        url = values.pop("url", URL)
        headers = {"Content-Type": "application/json"}
        self.body = bytearray(BODY)
        return await self.line.send(
            "POST", url, self.body, headers=headers, before_send=before, **values
        )


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(*args: Any, **kwargs: Any) -> Bench:
        made.append(Bench(*args, **kwargs))
        return made[-1]

    yield make
    for each in made:
        each.loop.close()


@pytest.fixture(params=["kcp", "portone"])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    made = kcp_shop() if request.param == "kcp" else portone_shop()
    yield made
    made.loop.close()


# -- the line alone ------------------------------------------------------------------------------


def test_a_calm_line_carries_one_request_and_wipes_it(bench: Callable[..., Bench]) -> None:
    b = bench()
    exchange = b.run(b.send())
    assert exchange == Response(200, (("Content-Length", str(len(ANSWER))),), ANSWER)
    ((request, _),) = b.sponge.got
    assert (request.method, request.host, request.path) == (
        "POST",
        "spl.kcp.co.kr",
        "/gw/hub/v1/payment",
    )
    assert request.body == BODY
    assert request.headers["Content-Length"] == str(len(BODY))
    assert b.body == bytes(len(BODY))


def test_nothing_leaves_without_the_consent(bench: Callable[..., Bench]) -> None:
    b = bench()

    async def refuse() -> None:
        raise OSError("the disk is full")

    assert b.run(b.send(refuse)) == Broken(False, "ledger")
    assert b.sponge.got == []
    assert b.body == bytes(len(BODY))


def test_a_consent_past_the_deadline_sends_nothing(bench: Callable[..., Bench]) -> None:
    b = bench()
    assert b.run(b.send(lambda: asyncio.sleep(61))) == Broken(False, "too_late")
    assert b.sponge.got == []


def test_the_consent_is_asked_when_the_line_stands_and_before_a_byte(
    bench: Callable[..., Bench],
) -> None:
    b = bench()
    seen: list[int] = []

    async def consent() -> None:
        await asyncio.sleep(5)
        seen.append(len(b.sponge.got))

    b.run(b.send(consent))
    assert (seen, len(b.sponge.got)) == ([0], 1)
    b.line.profile = Profile(not_sent=1.0)
    b.run(b.send(consent))
    assert seen == [0]


def test_a_send_cancelled_in_the_consent_never_arrives(bench: Callable[..., Bench]) -> None:
    b = bench()

    async def main() -> None:
        task = asyncio.ensure_future(b.send(lambda: asyncio.sleep(20)))
        await asyncio.sleep(10)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        await asyncio.sleep(600)

    b.run(main())
    assert b.sponge.got == []
    assert b.body == bytes(len(BODY))


def test_a_send_cancelled_after_it_left_arrives_all_the_same(bench: Callable[..., Bench]) -> None:
    b = bench(Profile(out=1.0).just("late by an hour"))

    async def main() -> None:
        task = asyncio.ensure_future(b.send())
        await asyncio.sleep(10)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        assert b.sponge.got == []
        b.line.faults_off()
        await b.line.settled()

    b.run(main())
    assert [request.body for request, _ in b.sponge.got] == [BODY]
    assert b.body == bytes(len(BODY))


def test_another_host_is_refused_and_the_body_wiped(bench: Callable[..., Bench]) -> None:
    b = bench()
    with pytest.raises(Bug):
        b.run(b.send(url="https://elsewhere.example/pay"))
    assert b.body == bytes(len(BODY))


@pytest.mark.parametrize(("kind", "why"), sorted(faults.NOT_SENT.items()))
def test_what_breaks_before_the_first_byte_is_not_sent(
    bench: Callable[..., Bench], kind: str, why: str
) -> None:
    b = bench(Profile(not_sent=1.0).just(kind))
    started = b.loop.time()
    assert b.run(b.send()) == Broken(False, why)
    assert b.sponge.got == []
    assert b.body == bytes(len(BODY))
    assert b.line.counts == {kind: 1}
    if kind == "connect timeout":
        assert b.loop.time() - started == pytest.approx(10.0)  # the loop's own time


@pytest.mark.parametrize("kind", [*faults.ON_THE_WAY_OUT, *faults.FRONT, *faults.ON_THE_WAY_BACK])
def test_what_breaks_afterwards_has_left_us(bench: Callable[..., Bench], kind: str) -> None:
    b = bench(Profile(out=1.0, front=1.0, back=1.0).just(kind))

    async def main() -> Response | Broken:
        exchange = await b.send()
        assert b.loop.time() <= 60.5
        await b.line.settled()
        return exchange

    exchange = b.run(main())
    assert not (isinstance(exchange, Broken) and not exchange.left_us)
    expected = 0 if kind in NEVER_ARRIVES else 2 if kind.startswith("doubled") else 1
    assert len(b.sponge.got) == expected
    assert b.line.network_doubles == ({"N1": 1} if expected == 2 else {})
    assert [late.order_no for late in b.line.late_arrivals] == (["N1"] if kind in LATE else [])
    assert b.line.counts[kind] == expected if kind in faults.ON_THE_WAY_BACK else 1
    assert b.body == bytes(len(BODY))


def test_an_answer_is_cut_at_any_byte_and_what_came_is_kept(bench: Callable[..., Bench]) -> None:
    b = bench(Profile(back=1.0).just("cut"))
    lengths = set()
    for _ in range(300):
        exchange = b.run(b.send())
        assert isinstance(exchange, Broken)
        assert exchange.why == "closed_early"
        assert exchange.partial != ANSWER
        assert ANSWER.startswith(exchange.partial) or HEAD.startswith(exchange.partial)
        lengths.add(len(exchange.partial))
    assert len(lengths) > 40


def test_a_doubled_cancel_is_noted_under_the_gateway_s_number(shop: Shop) -> None:
    order_no = shop.order_no()
    answer = shop.run(shop.client.approve(charge(order_no), card()))
    assert isinstance(answer, Approved)
    ref = answer.approval.gateway_ref
    shop.line.profile = Profile(out=1.0).just("doubled")
    cancelled = shop.run(shop.client.cancel(refund(order_no, ref, 5_000, 55_000, partial=True)))
    shop.run(shop.line.settled())
    assert isinstance(cancelled, Cancelled)
    assert shop.line.network_doubles == {ref: 1}
    assert shop.model.charges[0].balance == 50_000


def test_a_late_request_comes_after_its_sender_gave_up(bench: Callable[..., Bench]) -> None:
    for kind, least_s, most_s in (
        ("late by seconds", 61, 121),
        ("late by minutes", 120, 661),
        ("late by an hour", 960, 4_561),
    ):
        b = bench(Profile(out=1.0).just(kind))
        assert b.run(b.send()) == Broken(True, "timeout")
        assert b.sponge.got == []
        assert b.line.under_way == 1
        b.line.faults_off()
        b.run(b.line.settled())
        ((_, at),) = b.sponge.got
        assert least_s <= (at - START).total_seconds() <= most_s
        assert b.line.late_arrivals[0].late_s > 0


def test_a_blackout_takes_everything_for_minutes_and_ends(bench: Callable[..., Bench]) -> None:
    b = bench(Profile(blackout=1.0))
    assert isinstance(b.run(b.send()), Broken)
    b.line.profile = CALM
    assert isinstance(b.run(b.send()), Broken)
    b.run(asyncio.sleep(601))
    assert isinstance(b.run(b.send()), Response)


def test_look_ups_alone_may_be_down(bench: Callable[..., Bench]) -> None:
    b = bench(Profile(look_ups_down=1.0))
    assert isinstance(b.run(b.send(operation="look_up")), Broken)
    assert isinstance(b.run(b.send(operation="charge")), Response)
    b.line.faults_off()
    assert isinstance(b.run(b.send(operation="look_up")), Response)


def test_a_flapping_line_carries_some(bench: Callable[..., Bench]) -> None:
    b = bench(Profile(flapping=1.0))
    kinds = [type(b.run(b.send())) for _ in range(60)]
    assert {Broken, Response} == set(kinds)


def test_a_host_is_reached_or_not(bench: Callable[..., Bench]) -> None:
    b = bench()
    reach = b.run(b.line.reach("https://spl.kcp.co.kr/", START))
    assert reach.reachable
    assert reach.skew_s is not None
    b.line.profile = Profile(not_sent=1.0).just("dns")
    reach = b.run(b.line.reach("https://spl.kcp.co.kr/", START))
    assert (reach.reachable, reach.why, reach.skew_s) == (False, "dns", None)


def test_one_seed_is_one_story(bench: Callable[..., Bench]) -> None:
    stories = []
    for _ in range(2):
        b = bench(STORM, seed=11)
        stories.append([b.run(b.send()) for _ in range(300)])
    assert stories[0] == stories[1]


# -- the same words as the real transport ----------------------------------------------------------


async def _closed(visit: Visit) -> None:
    await visit.request()


async def _reset(visit: Visit) -> None:
    await visit.request()
    visit.reset()


async def _cut_head(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-")


async def _cut_body(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + ANSWER[:20])


async def _no_http(visit: Visit) -> None:
    await visit.request()
    await visit.send(b"\x15\x03\x01" + ANSWER[:7] + b"\r\n\r\n" * 2)
    await visit.until_gone()


async def _hung(visit: Visit) -> None:
    await visit.request()
    await visit.until_gone()


async def _compressed(visit: Visit) -> None:
    await visit.request()
    await visit.answer(b"x" * 10, headers="Content-Encoding: gzip\r\n")


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        ("closed", _closed),
        ("reset", _reset),
        ("cut", _cut_head),
        ("cut", _cut_body),
        ("no http", _no_http),
        ("hung", _hung),
        ("compressed", _compressed),
    ],
)
def test_the_line_says_what_the_real_transport_says(
    bench: Callable[..., Bench], kind: str, act: Act
) -> None:
    async def real() -> Response | Broken:
        async with RawServer(act) as server:
            return await Transport().send(
                "POST",
                server.url,
                bytearray(BODY),
                headers={},
                before_send=None,
                timeout_s=1.5,
            )

    b = bench(Profile(back=1.0).just(kind))
    seen, simulated = asyncio.run(real()), b.run(b.send())
    assert isinstance(seen, Broken)
    assert isinstance(simulated, Broken)
    assert (simulated.left_us, simulated.why) == (seen.left_us, seen.why)


# -- both clients through every fault --------------------------------------------------------------


def test_the_happy_path_of_both_clients(shop: Shop) -> None:
    order_no = shop.order_no()
    answer = shop.run(shop.client.approve(charge(order_no, months=3), card()))
    assert isinstance(answer, Approved)
    (truth,) = shop.model.of_order(order_no)
    assert answer.approval.gateway_ref == truth.gateway_ref
    found = shop.run(shop.client.look_up(question(order_no)))
    assert isinstance(found, Found)
    assert (found.state, found.balance.amount) == (FoundState.APPROVED, 55_000)
    assert isinstance(shop.run(shop.client.look_up(question(shop.order_no()))), Absent)
    assert shop.model.complaints == []


@pytest.mark.parametrize(
    "kind",
    [*faults.NOT_SENT, *faults.ON_THE_WAY_OUT, *faults.FRONT, *faults.ON_THE_WAY_BACK],
)
def test_no_fault_makes_a_client_lie(shop: Shop, kind: str) -> None:
    order_no, first = shop.order_no(), shop.order_no()
    # PortOne's token and channel list are fetched, and a payment it surely knows is made, first.
    assert isinstance(shop.run(shop.client.approve(charge(first), card())), Approved)
    shop.line.profile = Profile(not_sent=1.0, out=1.0, front=1.0, back=1.0).just(kind)
    answer = shop.run(shop.client.approve(charge(order_no), card()))
    shop.line.faults_off()
    if kind in faults.NOT_SENT:
        assert answer == NotSent(faults.NOT_SENT[kind])
        assert shop.model.charge_requests[order_no] == 0
    elif not isinstance(answer, Approved):
        assert isinstance(answer, NoAnswer), answer
    shop.run(shop.line.settled())
    truth = shop.model.of_order(order_no)
    arrives = kind not in faults.NOT_SENT and kind not in NEVER_ARRIVES
    # PortOne's token may have ended before a request that is an hour late.
    too_late = kind == "late by an hour" and shop.model.name == "portone"
    assert len(truth) == (1 if arrives else 0) or (too_late and not truth)
    found = shop.run(shop.client.look_up(question(order_no)))
    if truth:
        assert isinstance(found, Found), found
        assert found.approval.gateway_ref == truth[0].gateway_ref
    else:
        assert isinstance(found, Absent), found
    assert shop.model.complaints == []
