"""What the services need from the world, as shapes. Adapters fit by shape; `bootstrap` joins them.

Nothing here raises for network trouble: a gateway answers with `NoAnswer` or `NotSent` instead, so
that nobody can forget to tell the two apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from pos_app.domain.answers import Abilities, CancelAnswer, ChargeAnswer, LookUpAnswer
from pos_app.domain.card import Card
from pos_app.domain.facts import Author, Entry, Fact, Prepared
from pos_app.domain.money import Won
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import (
    CancelRequest,
    ChargeRequest,
    HistoryQuery,
    LookUpRequest,
)


class Clock(Protocol):
    """Time, so that tests can own it."""

    def now(self) -> dt.datetime:
        """Return the wall time, aware UTC; recorded only, never used for deadlines."""

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never jumps."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class Ids(Protocol):
    """Chance, so that tests can own it."""

    def new_id(self) -> str:
        """Return a new unique id of 32 hex digits, for payments, sales and refunds."""

    def random_bits(self, count: int) -> int:
        """Return `count` random bits."""

    def jitter(self) -> float:
        """Return a number in [0.8, 1.2) to spread look-ups."""


class Gateway(Protocol):
    """A payment gateway. Its methods do not raise for anything the network or the vendor does.

    They do let through what `before_send` raises only as `NotSent("ledger")`, and raise
    `ShopTrouble` before anything is sent when its own set-up forbids it (certificate expired).
    """

    @property
    def name(self) -> str:
        """Return the short name used in settings and facts: "kcp" or "portone"."""

    @property
    def site(self) -> str:
        """Return the merchant's site code."""

    @property
    def environment(self) -> str:
        """Return "live", "staging", "loopback" or "practice"."""

    @property
    def abilities(self) -> Abilities:
        """Return what it can do, as configured."""

    @property
    def timeout_s(self) -> float:
        """Return the total deadline of a charge in seconds."""

    async def approve(self, request: ChargeRequest, card: Card) -> ChargeAnswer:
        """Send the charge once. The card is wiped when the body has left or the attempt ended."""

    async def look_up(self, request: LookUpRequest) -> LookUpAnswer:
        """Ask what became of a payment; safe to repeat."""

    async def cancel(self, request: CancelRequest) -> CancelAnswer:
        """Send one cancel; repeated only after a look-up or with its compare-and-set value."""


class Ledger(Protocol):
    """Durable facts. A method that returns has committed; one that raises has changed nothing.

    Raises `ShopTrouble("ledger.<why>")` when the disk is full, read-only, locked or damaged, and
    `UserMistake("sale.attempt_live", order_no=...)` when another attempt of the same sale is live.
    """

    async def prepare(self, author: Author, fact: Prepared) -> PaymentRecord:
        """Store the first fact of a payment."""

    async def append(
        self, payment_id: PaymentId, author: Author, *facts: Fact, version: int
    ) -> PaymentRecord:
        """Store facts behind the `version` the caller has seen; a newer one raises `Bug`."""

    async def get(self, payment_id: PaymentId) -> PaymentRecord:
        """Return a payment folded from its facts."""

    async def find_order(self, order_no: str) -> PaymentRecord | None:
        """Return the payment of an order number."""

    async def entries(self, payment_id: PaymentId) -> Sequence[Entry]:
        """Return all facts of a payment, oldest first."""

    async def open_payments(self) -> Sequence[PaymentRecord]:
        """Return every payment about which something is not settled, oldest first."""

    async def search(self, query: HistoryQuery) -> Sequence[PaymentRecord]:
        """Return payments, newest first."""

    async def recent(self, count: int) -> Sequence[PaymentRecord]:
        """Return the last payments, those that are open on top, then newest first."""

    async def same_card(
        self, card_masked: str, amount: Won, since: dt.datetime
    ) -> Sequence[PaymentRecord]:
        """Return payments of that masked card and amount that are live and newer than `since`.

        Open ones are returned whatever their age.
        """
