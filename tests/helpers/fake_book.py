"""A book in memory with the real ledger's rules, without waiting: what the fake ledgers share.

`fake_ledger` makes an asynchronous port of it, `tests/sim` puts a slow and failing disk above it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from pos_app.domain.errors import Bug, UserMistake
from pos_app.domain.facts import Author, Entry, Fact, Prepared
from pos_app.domain.folding import apply, replay
from pos_app.domain.money import Won
from pos_app.domain.order import KST, PaymentId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.requests import HistoryQuery
from pos_app.domain.streams import StreamEntry
from pos_app.ledger.search import matches


class HasNow(Protocol):
    def now(self) -> dt.datetime:
        """Return an aware time."""


class FakeBook:
    """Facts in a list, and each payment as folded from its own.

    Attributes:
        log: every entry, in order; streams write into it, too.
    """

    def __init__(self, clock: HasNow, log: list[Entry | StreamEntry] | None = None) -> None:
        """Take the clock of entries, and a log to go on with."""
        self.clock = clock
        self.log: list[Entry | StreamEntry] = [] if log is None else log
        self._entries: dict[PaymentId, list[Entry]] = {}
        self._folded: dict[PaymentId, PaymentRecord] = {}
        self._refund_ids: set[str] = set()
        for entry in self.log:
            if isinstance(entry, Entry):
                self._entries.setdefault(entry.payment_id, []).append(entry)
        for payment_id, entries in self._entries.items():
            self._folded[payment_id] = replay(entries)

    def prepare(self, author: Author, fact: Prepared, more: Sequence[Fact] = ()) -> PaymentRecord:
        """Store the first facts of a payment."""
        new = self._new(fact.payment_id, author, (fact, *more))
        record = replay(new)
        for other in self._folded.values():
            same_number = (other.site, other.order_no) == (fact.site, fact.order_no)
            if other.payment_id == fact.payment_id or same_number:
                raise Bug("ledger.duplicate", payment_id=fact.payment_id)
        for other in self._folded.values():
            if other.sale_id == fact.sale_id and other.is_live:
                raise UserMistake(
                    "sale.attempt_live", order_no=other.order_no, counter=other.counter
                )
        self._store(record, new)
        return record

    def append(
        self, payment_id: PaymentId, author: Author, facts: Sequence[Fact], version: int
    ) -> PaymentRecord:
        """Store facts behind `version`."""
        if not facts:
            raise Bug("ledger.nothing_to_append", payment_id=payment_id)
        before = self.get(payment_id)
        if before.version != version:
            raise Bug(
                "ledger.version_moved", payment_id=payment_id, seen=version, stored=before.version
            )
        new = self._new(payment_id, author, facts)
        record = before
        for entry in new:
            record = apply(record, entry)
        fresh = [refund.refund_id for refund in record.refunds[len(before.refunds) :]]
        if self._refund_ids & set(fresh) or len(fresh) != len(set(fresh)):
            raise Bug("ledger.duplicate")
        self._refund_ids.update(fresh)
        self._store(record, new)
        return record

    def get(self, payment_id: PaymentId) -> PaymentRecord:
        """Return a payment."""
        if payment_id not in self._folded:
            raise Bug("ledger.no_such_payment", payment_id=payment_id)
        return self._folded[payment_id]

    def entries(self, payment_id: PaymentId) -> tuple[Entry, ...]:
        """Return the facts of a payment, oldest first."""
        self.get(payment_id)
        return tuple(self._entries[payment_id])

    def records(self) -> list[PaymentRecord]:
        """Return every payment, oldest first."""
        return list(self._folded.values())

    def find_order(self, order_no: str) -> PaymentRecord | None:
        """Return the payment of an order number."""
        found = [record for record in self._folded.values() if record.order_no == order_no]
        return found[-1] if found else None

    def open_payments(self) -> list[PaymentRecord]:
        """Return what is not settled, oldest first."""
        return [record for record in self._folded.values() if record.is_open]

    def search(self, query: HistoryQuery) -> list[PaymentRecord]:
        """Return payments, newest first."""
        found = [record for record in reversed(self.records()) if _wanted(record, query)]
        return found[: max(0, query.limit)]

    def recent(self, count: int) -> list[PaymentRecord]:
        """Return the last payments, open ones on top."""
        newest_first = self.records()[::-1]
        return sorted(newest_first, key=lambda record: not record.is_open)[:count]

    def same_card(self, card_masked: str, amount: Won, since: dt.datetime) -> list[PaymentRecord]:
        """Return live or open payments of that card and amount, newest first."""
        return [
            record
            for record in reversed(self.records())
            if record.card_masked == card_masked
            and record.order.amount == amount
            and (record.is_open or (record.is_live and record.created_at > since))
        ]

    def _new(self, payment_id: PaymentId, author: Author, facts: Sequence[Fact]) -> list[Entry]:
        first, now = len(self.log) + 1, self.clock.now()
        return [
            Entry(first + place, payment_id, now, author, fact) for place, fact in enumerate(facts)
        ]

    def _store(self, record: PaymentRecord, new: Sequence[Entry]) -> None:
        self.log.extend(new)
        self._entries.setdefault(record.payment_id, []).extend(new)
        self._folded[record.payment_id] = record


def _wanted(record: PaymentRecord, query: HistoryQuery) -> bool:
    """Tell whether a search finds this payment."""
    day = record.created_at.astimezone(KST).date()
    refundable = record.state is PaymentState.APPROVED and bool(record.balance)
    return (
        matches(record, query.text)
        and (query.since is None or day >= query.since)
        and (query.until is None or day <= query.until)
        and (not query.states or record.state.value in query.states)
        and (refundable or not query.refundable_only)
        and (record.is_open or not query.open_only)
    )
