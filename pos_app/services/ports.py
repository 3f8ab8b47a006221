"""What the services need from the world, as shapes. Adapters fit by shape; `bootstrap` joins them.

Nothing here raises for network trouble: a gateway answers with `NoAnswer` or `NotSent` instead, so
that nobody can forget to tell the two apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from pos_app.domain.answers import (
    Abilities,
    CancelAnswer,
    CannotTell,
    ChargeAnswer,
    LookUpAnswer,
    SweptPayment,
)
from pos_app.domain.card import Card, SecretDigits
from pos_app.domain.facts import Author, Entry, Fact, Prepared
from pos_app.domain.identity import (
    CodeAnswer,
    EraseAnswer,
    IdentityAnswer,
    IdentityRequest,
)
from pos_app.domain.money import Won
from pos_app.domain.order import OrderNo, PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import (
    CancelRequest,
    ChargeRequest,
    HistoryQuery,
    LookUpRequest,
)
from pos_app.domain.saved_cards import (
    CustomerUid,
    ForgetCardAnswer,
    KeepCardAnswer,
    KeepCardRequest,
    SavedCardAnswer,
)
from pos_app.domain.schedules import (
    ScheduleAnswer,
    ScheduleLookUp,
    ScheduleRequest,
    ScheduleSeen,
)
from pos_app.domain.spooled import SpoolContents, Spooled
from pos_app.domain.streams import (
    R,
    StreamEntry,
    StreamFact,
    StreamId,
    StreamKind,
    StreamQuery,
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

    async def approve(self, request: ChargeRequest, card: Card | None) -> ChargeAnswer:
        """Send the charge once. The card is wiped when the body has left or the attempt ended.

        Without a card the one on file under `request.customer_uid` is charged.
        """

    async def look_up(self, request: LookUpRequest) -> LookUpAnswer:
        """Ask what became of a payment; safe to repeat."""

    async def cancel(self, request: CancelRequest) -> CancelAnswer:
        """Send one cancel; repeated only after a look-up or with its compare-and-set value."""


class Sweeper(Protocol):
    """A gateway that lists what it took, so that a day's books can be compared with it."""

    async def sweep(self, day: dt.date) -> tuple[SweptPayment, ...] | CannotTell:
        """List what was paid on that KST day, oldest first; safe to repeat."""


class CardKeeper(Protocol):
    """A gateway that keeps cards as billing keys (`Abilities.saved_cards`)."""

    async def keep_card(self, request: KeepCardRequest, card: Card) -> KeepCardAnswer:
        """Ask for a billing key, once. The card is wiped in every case."""

    async def saved_card(self, customer_uid: CustomerUid) -> SavedCardAnswer:
        """Ask what is kept under that name; safe to repeat."""

    async def forget_card(self, customer_uid: CustomerUid, reason: str) -> ForgetCardAnswer:
        """Delete the billing key, which cannot be undone; safe to repeat."""


@runtime_checkable
class CardGateway(Gateway, CardKeeper, Protocol):
    """A gateway that charges and keeps cards."""


class Scheduler(Protocol):
    """A gateway that charges cards on file by itself, later (`Abilities.schedules`)."""

    async def schedule(self, request: ScheduleRequest) -> ScheduleAnswer:
        """Ask for one charge at a later time, once."""

    async def unschedule(self, customer_uid: CustomerUid, order_no: OrderNo) -> ScheduleAnswer:
        """Take back that one scheduled charge and no other; safe to repeat."""

    async def reschedule(self, order_no: OrderNo, at: dt.datetime) -> ScheduleAnswer:
        """Move a scheduled charge to another time; safe to repeat."""

    async def scheduled(self, order_no: OrderNo) -> ScheduleLookUp:
        """Ask what became of a scheduled charge; safe to repeat."""

    async def schedules(
        self, since: dt.datetime, until: dt.datetime
    ) -> tuple[ScheduleSeen, ...] | CannotTell:
        """List what is scheduled in [since, until), at most three months; safe to repeat."""


@runtime_checkable
class SchedulingGateway(Gateway, Scheduler, Protocol):
    """A gateway that charges, now and later."""


@runtime_checkable
class IdentityChecker(Protocol):
    """A gateway that checks who the caller is (`Abilities.identity_check`)."""

    async def request_code(self, request: IdentityRequest) -> CodeAnswer:
        """Have a one-time code sent to the caller's phone."""

    async def confirm_code(self, gateway_ref: str, code: SecretDigits | None) -> IdentityAnswer:
        """Hand in the code that the caller read aloud, None where an app confirms; it is wiped."""

    async def erase_identity(self, gateway_ref: str) -> EraseAnswer:
        """Delete the result at the gateway; safe to repeat."""


class Ledger(Protocol):
    """Durable facts. A method that returns has committed; one that raises has changed nothing.

    Raises `ShopTrouble("ledger.<why>")` when the disk is full, read-only, locked or damaged, and
    `UserMistake("sale.attempt_live", order_no=..., counter=...)` when another attempt of the same
    sale is live.
    """

    async def prepare(self, author: Author, fact: Prepared, *more: Fact) -> PaymentRecord:
        """Store the first fact of a payment, and those that are true already, all or none."""

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


class Spool(Protocol):
    """Where an answer waits that the ledger cannot take; apart from it, and as durable.

    Raises `ShopTrouble("ledger.<why>")` when the disk is in the way; then nothing was changed.
    """

    async def put(self, spooled: Spooled) -> None:
        """Write it down; a method that returns has it on the disk."""

    async def read(self) -> SpoolContents:
        """Return what waits; what cannot be read is set aside for people, and named."""

    async def drop(self, spooled: Spooled) -> None:
        """Take out what is in the ledger by now; what is not there does no harm."""

    async def set_aside(self, spooled: Spooled) -> str:
        """Keep for people what cannot follow in the ledger; return where it lies."""


class Streams(Protocol):
    """Durable records beside payments, in the same chain and with the same promises as `Ledger`."""

    async def begin(
        self, kind: StreamKind[R], stream_id: StreamId, author: Author, fact: StreamFact
    ) -> R:
        """Store the first fact of a stream; one that exists, or its key, is a `Bug`."""

    async def append(
        self,
        kind: StreamKind[R],
        stream_id: StreamId,
        author: Author,
        *facts: StreamFact,
        version: int,
    ) -> R:
        """Store facts behind the `version` the caller has seen; a newer one raises `Bug`."""

    async def get(self, kind: StreamKind[R], stream_id: StreamId) -> R:
        """Return a record folded from its facts; a missing one is a `Bug`."""

    async def entries(self, kind: StreamKind[R], stream_id: StreamId) -> Sequence[StreamEntry]:
        """Return all facts of a stream, oldest first."""

    async def find(self, kind: StreamKind[R], query: StreamQuery) -> Sequence[R]:
        """Return records of one kind, newest or earliest due first."""
