"""Looking back: the last payments, the search, and the whole story of one payment."""

from __future__ import annotations

from collections.abc import Sequence

from pos_app.domain.errors import Bug
from pos_app.domain.facts import Entry
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import HistoryQuery
from pos_app.services.ports import Ledger

#: How many payments the sale screen shows (experience.md: the last ten).
RECENT_COUNT = 10


class History:
    """Reads the ledger for the screens."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def recent(self, count: int = RECENT_COUNT) -> Sequence[PaymentRecord]:
        """Return the last payments, open ones on top."""
        return await self._ledger.recent(count)

    async def search(self, query: HistoryQuery) -> Sequence[PaymentRecord]:
        """Return payments that fit, newest first."""
        return await self._ledger.search(query)

    async def payment(self, payment_id: PaymentId) -> PaymentRecord:
        """Return one payment."""
        return await self._ledger.get(payment_id)

    async def by_order_no(self, order_no: str) -> PaymentRecord:
        """Return the payment of an order number this ledger made; an unknown one is a `Bug`."""
        record = await self._ledger.find_order(order_no)
        if record is None:
            raise Bug("history.no_such_order", order_no=order_no)
        return record

    async def story(self, payment_id: PaymentId) -> Sequence[Entry]:
        """Return every fact of a payment, oldest first."""
        return await self._ledger.entries(payment_id)
