"""What passes between a simulated shop and a gateway model: requests, replies, and the true book.

The adapters are the real ones; only their `Line` is replaced, by a network that delays, doubles
and loses. All waiting is `asyncio.sleep` on a loop whose time is virtual; `loop.time()` is the
monotonic clock of everybody.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP request as it left the shop.

    Attributes:
        path: with its query, as sent.
        body: a copy; the sender's buffer is wiped.
    """

    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WireReply:
    """One HTTP answer as the gateway gave it, before the network gets hold of it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(slots=True)
class TrueCancel:
    """Money that went back.

    Attributes:
        by_shop: by a request of ours; False for what somebody did in the gateway's admin site.
    """

    amount: int
    at: dt.datetime
    by_shop: bool


@dataclass(slots=True)
class TrueCharge:
    """One charge that a gateway really made."""

    order_no: str
    gateway_ref: str
    amount: int
    at: dt.datetime
    cancels: list[TrueCancel] = field(default_factory=list)

    @property
    def balance(self) -> int:
        """Return what of it the customer has paid and not got back, in won."""
        return self.amount - sum(cancel.amount for cancel in self.cancels)


class Model(Protocol):
    """A gateway with a book of its own. It distrusts the shop and answers as the papers say."""

    name: str
    #: Every charge ever made, oldest first: the true history.
    charges: list[TrueCharge]
    #: How many charge requests arrived, by order number, whatever became of them.
    charge_requests: Counter[str]
    #: What a request had that the papers do not allow; empty in a right program.
    complaints: list[str]

    def receive(self, request: WireRequest, now: dt.datetime) -> WireReply:
        """Carry out a request the moment it arrives, and answer."""

    def cancel_behind(self, gateway_ref: str, amount: int, now: dt.datetime) -> None:
        """Cancel as somebody does in the gateway's admin site."""

    def of_order(self, order_no: str) -> Sequence[TrueCharge]:
        """Return the charges made under an order number."""
