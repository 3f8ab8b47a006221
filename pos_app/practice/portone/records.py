"""What PortOne's side remembers: payments, cards on file, schedules, identity checks, counts.

It never learns a card number, a birth date, a code or a token: payments and kept cards come in with
their masks made, and who was checked stays in memory only. Every change goes to the book's file
before anyone is told. Times are whole unix seconds, amounts whole won.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeVar

from pos_app.practice.keeping import Keeping
from pos_app.practice.trouble import PracticeTrouble

_PREFIX: Final = "portone."
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Cancel:
    """One cancel that was carried out."""

    cancellation_id: str
    amount: int
    tax_free: int
    cancelled_at: int
    reason: str
    by: str
    """`client`, `admin` (behind the client's back) or `gateway` (on its own)."""


@dataclass(slots=True)
class Payment:
    """One attempt to pay, approved or declined."""

    imp_uid: str
    merchant_uid: str
    amount: int
    tax_free: int
    card_quota: int
    card_masked: str
    pg_provider: str
    pg_id: str
    pg_tid: str
    apply_num: str
    sandbox: bool
    started_at: int
    visible_at: float
    """Look-ups do not find it before; unix seconds."""
    fail_reason: str
    """Empty: it was paid."""
    customer_uid: str
    usage: str
    """customer_uid_usage (portone.md 4.1); empty: none."""
    details: dict[str, object]
    """card_code, card_name, card_type, and what the client wanted echoed."""
    aftermath: dict[str, object] = field(default_factory=dict)
    """What magic has in store for later requests about this payment."""
    cancels: list[Cancel] = field(default_factory=list)

    @property
    def paid(self) -> bool:
        """It was charged, cancelled since or not."""
        return not self.fail_reason

    @property
    def balance(self) -> int:
        """What can still be cancelled, in won."""
        return self.amount - self.cancelled if self.paid else 0

    @property
    def cancelled(self) -> int:
        """What was cancelled, in won."""
        return sum(cancel.amount for cancel in self.cancels)

    @property
    def exempt_left(self) -> int:
        """What is left of the exempt part, in won."""
        return self.tax_free - sum(cancel.tax_free for cancel in self.cancels)

    def as_json(self) -> dict[str, object]:
        """Return what `GET /book` shows of it, also under the names KCP's payments have."""
        status = "paid" if self.balance else "cancelled"
        return {
            "gateway": "portone",
            "imp_uid": self.imp_uid,
            "merchant_uid": self.merchant_uid,
            "tno": self.imp_uid,
            "order_no": self.merchant_uid,
            "amount": self.amount,
            "tax_free": self.tax_free,
            "balance": self.balance,
            "status": status if self.paid else "failed",
            "fail_reason": self.fail_reason,
            "state": ("STPC" if self.balance else "STSC") if self.cancels else "STSR",
            "card_quota": self.card_quota,
            "quota": f"{self.card_quota:02d}",
            "card_masked": self.card_masked,
            "card_name": self.details.get("card_name"),
            "apply_num": self.apply_num,
            "app_no": self.apply_num,
            "pg_id": self.pg_id,
            "pg_tid": self.pg_tid,
            "sandbox": self.sandbox,
            "started_at": self.started_at,
            "customer_uid": self.customer_uid or None,
            "customer_uid_usage": self.usage or None,
            "cancels": [asdict(cancel) for cancel in self.cancels],
        }


@dataclass(slots=True)
class KeptCard:
    """A billing key: whose, which channel, and what magic its card had."""

    customer_uid: str
    card_masked: str
    magic: str
    """`kcp.magic.card_key` of the card: a row of the magic table, no card; empty: ordinary."""
    pg_provider: str
    pg_id: str
    sandbox: bool
    inserted: int
    updated: int
    details: dict[str, object]
    """card_code, card_name, card_type, and the customer_* fields."""

    def as_json(self) -> dict[str, object]:
        """Return what `GET /book` shows of it."""
        return {
            "customer_uid": self.customer_uid,
            "card_masked": self.card_masked,
            "pg_id": self.pg_id,
            "inserted": self.inserted,
            "updated": self.updated,
        }


@dataclass(slots=True)
class Schedule:
    """A payment to be made later."""

    merchant_uid: str
    customer_uid: str
    schedule_at: int
    amount: int
    tax_free: int
    card_quota: int
    status: str
    """scheduled, executed or revoked."""
    made_at: int
    details: dict[str, object]
    """name, currency, buyer_*, custom_data."""
    executed_at: int = 0
    revoked_at: int = 0
    imp_uid: str = ""
    payment_status: str = ""
    """Empty until executed; then paid or failed."""
    fail_reason: str = ""

    def as_json(self) -> dict[str, object]:
        """Return what `GET /book` shows of it."""
        return {name: value for name, value in asdict(self).items() if name != "details"}


@dataclass(slots=True)
class Check:
    """One identity check; `person` stays in memory."""

    imp_uid: str
    merchant_uid: str
    method: str
    """SMS or APP."""
    asked_at: int
    certified_at: int = 0
    deleted: bool = False
    confirms: int = 0
    """Confirms received."""
    wrong: int = 0
    """Wrong codes among them."""

    def as_json(self) -> dict[str, object]:
        """Return what `GET /book` shows of it."""
        return asdict(self)


_Thing = Payment | KeptCard | Schedule | Check


class Records:
    """Everything of PortOne's side, kept in the book's file line by line."""

    def __init__(self, keeping: Keeping) -> None:
        """Start empty; `take` brings back what the file holds."""
        self._keeping = keeping
        self.payments: dict[str, Payment] = {}
        self.cards: dict[str, KeptCard] = {}
        self.schedules: dict[str, Schedule] = {}
        self.checks: dict[str, Check] = {}
        self.persons: dict[str, dict[str, object]] = {}
        """Who a check is about, by its imp_uid; never written."""
        self.counts: Counter[str] = Counter()

    def take(self, line: Mapping[str, object]) -> None:
        """Take one line of the file into account.

        Raises:
            PracticeTrouble: it does not fit what came before it.
        """
        kind = str(line.get("is"))
        if not kind.startswith(_PREFIX):
            return
        try:
            self._readers()[kind.removeprefix(_PREFIX)](line["value"])
        except (KeyError, TypeError, AttributeError) as error:
            raise PracticeTrouble(f"the book holds a line that does not fit: {error!r}") from error

    def save(self, *things: _Thing) -> None:
        """Keep what is new or has changed."""
        for thing in things:
            match thing:
                case Payment():
                    self._write("payment", asdict(thing))
                    self.payments[thing.imp_uid] = thing
                case KeptCard():
                    self._write("card", asdict(thing))
                    self.cards[thing.customer_uid] = thing
                case Schedule():
                    self._write("schedule", asdict(thing))
                    self.schedules[thing.merchant_uid] = thing
                case Check():
                    self._write("check", asdict(thing))
                    self.checks[thing.imp_uid] = thing

    def forget_card(self, customer_uid: str) -> None:
        """Drop a billing key."""
        self._write("card gone", customer_uid)
        self.cards.pop(customer_uid, None)

    def count(self, what: str) -> None:
        """Count something that leaves no record of its own."""
        self._write("count", what)
        self.counts[what] += 1

    def of_order(self, merchant_uid: str) -> list[Payment]:
        """Return the attempts under this number, oldest first."""
        return [p for p in self.payments.values() if p.merchant_uid == merchant_uid]

    def paid(self, merchant_uid: str) -> bool:
        """Say whether an attempt under this number was paid, cancelled since or not."""
        return any(payment.paid for payment in self.of_order(merchant_uid))

    def fresh_uid(self, now: int) -> str:
        """Return a number like imp_448280090638 that nothing has yet."""
        number = now % 10_000_000_000 * 100
        while f"imp_{number:012d}" in self.payments or f"imp_{number:012d}" in self.checks:
            number += 1
        return f"imp_{number:012d}"

    def totals(self) -> dict[str, int]:
        """Return won approved, cancelled and left over all payments."""
        approved = sum(payment.amount for payment in self.payments.values() if payment.paid)
        net = sum(payment.balance for payment in self.payments.values())
        return {"approved": approved, "cancelled": approved - net, "net": net}

    def charged(self) -> list[dict[str, object]]:
        """Return what `GET /book` shows among the payments of all gateways."""
        return [payment.as_json() for payment in self.payments.values() if payment.paid]

    def as_json(self) -> dict[str, object]:
        """Return PortOne's own sections of `GET /book`; payments that were charged come apart."""

        def shown(
            things: Iterable[Payment | KeptCard | Schedule | Check],
        ) -> list[dict[str, object]]:
            return [thing.as_json() for thing in things]

        return {
            "declined": shown(p for p in self.payments.values() if not p.paid),
            "customers": shown(self.cards.values()),
            "schedules": shown(self.schedules.values()),
            "certifications": shown(self.checks.values()),
            "counts": dict(self.counts),
        }

    def _write(self, kind: str, value: object) -> None:
        self._keeping.add({"is": _PREFIX + kind, "value": value})

    def _readers(self) -> Mapping[str, Callable[[object], object]]:
        return {
            "payment": lambda value: self._take_payment(_table(value)),
            "card": lambda value: self.cards.update(
                {str(_table(value)["customer_uid"]): _made(KeptCard, value)}
            ),
            "card gone": lambda value: self.cards.pop(str(value), None),
            "schedule": lambda value: self.schedules.update(
                {str(_table(value)["merchant_uid"]): _made(Schedule, value)}
            ),
            "check": lambda value: self.checks.update(
                {str(_table(value)["imp_uid"]): _made(Check, value)}
            ),
            "count": lambda value: self.counts.update([str(value)]),
        }

    def _take_payment(self, value: dict[str, object]) -> None:
        cancels = value.pop("cancels")
        if not isinstance(cancels, list):
            raise TypeError("cancels")
        payment = _made(Payment, {**value, "cancels": [_made(Cancel, row) for row in cancels]})
        self.payments[payment.imp_uid] = payment


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("not a table")
    return dict(value)


def _made(kind: Callable[..., _T], value: object) -> _T:
    return kind(**_table(value))
