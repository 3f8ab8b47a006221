"""The true book of a modelled gateway, and what every model does: complain, number, answer."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from tests.sim.models.habits import PLAIN, Habits
from tests.sim.wire import TrueCancel, TrueCharge, WireReply, WireRequest

KST = ZoneInfo("Asia/Seoul")
T = TypeVar("T")


@dataclass(slots=True)
class Sale:
    """One charge as the gateway files it: the truth, and what its answers show of it.

    Attributes:
        shown: the texts an answer has of it, drawn once so that every answer agrees.
        visible_at, finished_at: from when look-ups find it, and show it as finished.
        partial_cancel: whether it may be cancelled in part.
    """

    truth: TrueCharge
    shown: dict[str, Any]
    visible_at: dt.datetime
    finished_at: dt.datetime
    partial_cancel: bool = True


@dataclass(slots=True)
class Refused:
    """What is wrong with a request, in the gateway's code and words."""

    code: str
    message: str


class BrokenRequestError(Exception):
    """A request that cannot even be read; the complaint is already written."""


class Book:
    """What both models are made of: the true history and the means to answer.

    Attributes:
        sales: every charge, with what answers show of it, by gateway number.
        outcomes: what was decided about charges and cancels, counted by kind, for figures.
    """

    name = "gateway"

    def __init__(self, rng: random.Random, habits: Habits = PLAIN) -> None:
        self.charges: list[TrueCharge] = []
        self.charge_requests: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.habits = habits
        self.rng = rng
        self.sales: dict[str, Sale] = {}
        self.outcomes: Counter[str] = Counter()
        self._by_order: dict[str, list[Sale]] = {}
        self._count = 0

    def of_order(self, order_no: str) -> Sequence[TrueCharge]:
        """Return the charges made under an order number."""
        return [sale.truth for sale in self._by_order.get(order_no, [])]

    def sales_of(self, order_no: str) -> list[Sale]:
        """Return the same with what answers show, oldest first."""
        return self._by_order.get(order_no, [])

    def cancel_behind(self, gateway_ref: str, amount: int, now: dt.datetime) -> None:
        """Cancel as somebody does in the gateway's admin site.

        Raises:
            ValueError: more than is left; the admin site would not take it either.
        """
        self.take_back(self.sales[gateway_ref], amount, now, by_shop=False)

    def take_back(self, sale: Sale, amount: int, now: dt.datetime, *, by_shop: bool) -> None:
        """Write a cancel into the book.

        Raises:
            ValueError: not positive, or more than is left.
        """
        if not 0 < amount <= sale.truth.balance:
            raise ValueError(f"{amount} of {sale.truth.balance} cannot be cancelled")
        sale.truth.cancels.append(TrueCancel(amount, now, by_shop))

    def file(self, truth: TrueCharge, shown: dict[str, Any]) -> Sale:
        """Write a charge into the book and decide when it becomes visible."""
        visible, finished = truth.at, truth.at
        if self.chance("lag"):
            visible += dt.timedelta(seconds=self.rng.uniform(1, self.habits.lag_max_s))
        if self.chance("pending"):
            finished += dt.timedelta(seconds=self.rng.uniform(1, self.habits.lag_max_s))
        sale = Sale(truth, shown, visible, finished, not self.chance("no_partial"))
        self.charges.append(truth)
        self.sales[truth.gateway_ref] = sale
        self._by_order.setdefault(truth.order_no, []).append(sale)
        return sale

    def chance(self, habit: str) -> bool:
        """Draw whether one of the habits strikes now, and count it if so."""
        share: float = getattr(self.habits, habit)
        if share <= 0 or self.rng.random() >= share:
            return False
        self.outcomes[habit] += 1
        return True

    def one_of(self, choices: Sequence[T]) -> T:
        """Draw one."""
        return self.rng.choice(choices)

    def next_number(self) -> int:
        """Return the next serial number of this gateway."""
        self._count += 1
        return self._count

    def complain(self, what: str) -> None:
        """Write down what the papers do not allow; never with card data, keys or tokens."""
        self.complaints.append(f"{self.name}: {what}")

    def twist(self, kinds: Sequence[str]) -> str:
        """Draw in which way an answer is twisted, and count it."""
        wanted = self.habits.twists
        kind = self.one_of([kind for kind in kinds if not wanted or kind in wanted])
        self.outcomes[f"twisted {kind}"] += 1
        return kind

    def other_sale(self, order_no: str) -> Sale | None:
        """Return some charge of another order, if there is one."""
        others = [c for c in self.charges[-50:] if c.order_no != order_no]
        return self.sales[self.one_of(others).gateway_ref] if others else None

    def json_object(self, request: WireRequest) -> dict[str, Any]:
        """Read a body that must be one JSON object in UTF-8, no key twice.

        Raises:
            BrokenRequestError: it is not; the complaint is written.
        """
        kind = header(request.headers, "content-type").lower().replace(" ", "")
        if kind not in {"application/json", "application/json;charset=utf-8"}:
            self.complain(f"{request.path}: content type {kind!r} is not JSON in UTF-8")
        self._check_length(request)
        try:
            read = json.loads(request.body.decode("utf-8"), object_pairs_hook=_no_key_twice)
        except ValueError as unreadable:
            self.complain(f"{request.path}: the body is not JSON in UTF-8 with each key once")
            raise BrokenRequestError from unreadable
        if not isinstance(read, dict):
            self.complain(f"{request.path}: the body is no JSON object")
            raise BrokenRequestError
        return read

    def _check_length(self, request: WireRequest) -> None:
        """Complain of a wrong Content-Length."""
        length = header(request.headers, "content-length")
        if length and length != str(len(request.body)):
            self.complain(f"{request.path}: content length {length} is not the body's")

    def reply(self, status: int, answer: Mapping[str, Any], now: dt.datetime) -> WireReply:
        """Write an answer in JSON, its keys in any order."""
        items = list(answer.items())
        self.rng.shuffle(items)
        text = json.dumps(dict(items), ensure_ascii=self.rng.random() < 0.5)
        return raw_reply(status, text.encode(), now)

    def thinned(self, answer: dict[str, Any], optional: frozenset[str]) -> dict[str, Any]:
        """Return an answer without some of its optional fields, and with some of its own."""
        drop = self.habits.optional_missing
        kept = {
            key: value
            for key, value in answer.items()
            if key not in optional or drop <= 0 or self.rng.random() >= drop
        }
        if self.chance("extra_fields"):
            kept["x_notice_ko"] = self.one_of(
                ("서비스 점검 안내: 새벽 2시~3시", "새 필드입니다", '따옴표 " 와 \\ 역슬래시')
            )
            kept["x_trace"] = f"{self.rng.getrandbits(64):016x}"
        return kept


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header in any case; empty if there is none."""
    return next((value for key, value in headers.items() if key.lower() == name), "")


def raw_reply(status: int, body: bytes, now: dt.datetime) -> WireReply:
    """Return an answer with the headers a gateway's front gives it."""
    stamp = now.astimezone(dt.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = (
        ("Date", stamp),
        ("Content-Type", "application/json;charset=UTF-8"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    )
    return WireReply(status, headers, body)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that comes twice: two readers may take different ones."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key comes twice")
    return read


@dataclass(slots=True)
class Wanted:
    """A charge as a model understood the request for it."""

    order_no: str
    amount: int
    card_no: str
    months: int
    extra: dict[str, Any] = field(default_factory=dict)
