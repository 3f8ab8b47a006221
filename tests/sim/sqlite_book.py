"""The real ledger's transactions on SQLite, without their thread: determinism wants one order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from pos_app.domain.facts import Author, Entry, Fact, Prepared
from pos_app.domain.money import Won
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import HistoryQuery
from pos_app.ledger import queries
from pos_app.ledger.book import Book, HasNow
from pos_app.ledger.chain import Chain
from pos_app.ledger.opening import open_storage
from pos_app.ledger.schema import payments

_KEY, _INSTALL_ID = bytes(range(32)), "5f0c"


class SqliteBook:
    """`ledger.book.Book` on a new file, called as `FakeBook` is."""

    def __init__(self, folder: Path, clock: HasNow) -> None:
        """Make and migrate a ledger in `folder`."""
        chain = Chain(_KEY, _INSTALL_ID)
        self._opened = open_storage("sqlite", folder / "ledger", chain, read_only=False)
        self._book = Book(self._opened.storage, chain, clock)

    def close(self) -> None:
        """Close the file and let go of its lock."""
        self._book.close()
        if self._opened.lock is not None:
            self._opened.lock.release()

    def prepare(self, author: Author, fact: Prepared, more: Sequence[Fact] = ()) -> PaymentRecord:
        """Store the first facts of a payment."""
        return self._book.prepare(author, fact, more)

    def append(
        self, payment_id: PaymentId, author: Author, facts: Sequence[Fact], version: int
    ) -> PaymentRecord:
        """Store facts behind `version`."""
        return self._book.append(payment_id, author, facts, version)

    def get(self, payment_id: PaymentId) -> PaymentRecord:
        """Return a payment."""
        return self._book.get(payment_id).record

    def entries(self, payment_id: PaymentId) -> Sequence[Entry]:
        """Return the facts of a payment."""
        return self._book.get(payment_id).entries

    def records(self) -> Sequence[PaymentRecord]:
        """Return every payment, oldest first."""
        return self._book.find(select(payments.c.payment_id).order_by(payments.c.first_seq))

    def find_order(self, order_no: str) -> PaymentRecord | None:
        """Return the payment of an order number."""
        found = self._book.find(queries.with_order_no(order_no))
        return found[0] if found else None

    def open_payments(self) -> Sequence[PaymentRecord]:
        """Return what is not settled."""
        return self._book.find(queries.still_open())

    def search(self, query: HistoryQuery) -> Sequence[PaymentRecord]:
        """Return payments, newest first."""
        return self._book.find(queries.in_history(query))

    def recent(self, count: int) -> Sequence[PaymentRecord]:
        """Return the last payments, open ones on top."""
        return self._book.find(queries.latest(count))

    def same_card(
        self, card_masked: str, amount: Won, since: dt.datetime
    ) -> Sequence[PaymentRecord]:
        """Return live payments of that card and amount."""
        return self._book.find(queries.on_card(card_masked, amount, since))
