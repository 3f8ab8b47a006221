"""The last payments, open ones on top: always in sight of the clerk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from pos_app.ui import text as t
from pos_app.ui.cards import buyer_words, card_words, state_badge
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.widgets.panel import Panel

if TYPE_CHECKING:
    from pos_app.domain.record import PaymentRecord
    from pos_app.ui.widgets.table import CalmTable, Row


class RecentPanel(Panel):
    """A table of the last payments; `picked` tells the payment id of the one chosen.

    The table is made with the first list: a heading stands before the books are open, too.
    """

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(text("recent.heading"), parent=parent)
        self.add_key_hint("F3", text("recent.all"))
        self.body.addStretch(0)  # the heading stays above while there is no table
        self._table: CalmTable | None = None
        self._follower: QWidget | None = None
        self._records: Sequence[PaymentRecord] = ()

    def _make_table(self) -> CalmTable:
        from pos_app.ui.widgets.table import CalmTable, Column

        table = CalmTable(
            [
                Column(text("recent.time")),
                Column(text("recent.product"), stretch=1),
                Column(text("recent.buyer")),
                Column(text("recent.card")),
                Column(text("recent.amount"), align="right"),
                Column(text("recent.state")),
            ]
        )
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.installEventFilter(self)
        table.picked.connect(self.picked)
        self.body.insertWidget(0, table, 1)
        if self._follower is not None:
            QWidget.setTabOrder(table, self._follower)
        return table

    def lead_to(self, follower: QWidget) -> None:
        """Say what Tab reaches behind the table, which is made later than what stands around it."""
        self._follower = follower

    def show_payments(self, records: Sequence[PaymentRecord]) -> None:
        """Show these payments in their order, as many as fit without a scroll bar."""
        self._records = records
        if self._table is None:
            self._table = self._make_table()
        self._fill(self._table, self._fitting(self._table))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show more rows or fewer when the table's room changes."""
        if event.type() is QEvent.Type.Resize and self._table is not None:
            count = self._fitting(self._table)
            if min(count, len(self._records)) != len(self.rows()):
                self._fill(self._table, count)
        return super().eventFilter(watched, event)

    def _fitting(self, table: CalmTable) -> int:
        """Return how many whole rows there is room for: half a row reads like a mistake."""
        room = table.height() - table.horizontalHeader().height()
        return max(1, room // max(1, table.verticalHeader().defaultSectionSize()))

    def _fill(self, table: CalmTable, count: int) -> None:
        """Show the first rows."""
        from pos_app.ui.widgets.table import Row

        table.set_rows(
            [
                Row(
                    record.payment_id,
                    (
                        t.clock(record.created_at),
                        record.order.product,
                        buyer_words(record),
                        card_words(record),
                        t.won(record.order.amount.amount),
                        state_badge(record),
                    ),
                )
                for record in self._records[:count]
            ]
        )

    def rows(self) -> Sequence[Row]:
        """Return what is shown."""
        return () if self._table is None else self._table.model_rows()
