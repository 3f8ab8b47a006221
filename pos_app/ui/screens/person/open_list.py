"""Every payment that is open: those that need a person on top, then oldest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.record import PaymentRecord
from pos_app.domain.stray_facts import StrayRecord
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import buyer_words, state_badge
from pos_app.ui.screens.person.model import in_order, needs_person
from pos_app.ui.screens.person.pages import need_words
from pos_app.ui.text import text
from pos_app.ui.widgets.hero import Hero
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.table import CalmTable, Column, Row
from pos_app.ui.words import gateway_words


class OpenList(QWidget):
    """A table of open payments, or that there is none.

    Signals:
        picked: (payment id) Enter on a row.
        moved: (payment id) another row is chosen.
    """

    picked = Signal(str)
    moved = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._hero = Hero()
        self._strays: tuple[StrayRecord, ...] = ()
        self._panel = Panel(text("person.list.heading"))
        self._panel.add_key_hint("Enter", text("person.list.start"))
        self.table = CalmTable(
            [
                Column(text("recent.time")),
                Column(text("recent.buyer")),
                Column(text("recent.amount"), align="right"),
                Column(text("recent.state")),
                Column(text("person.list.need"), stretch=1),
            ]
        )
        self.table.picked.connect(self.picked)
        self.table.moved.connect(self.moved)
        self._panel.add(self.table, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self._hero)
        column.addWidget(self._panel, 1)
        column.addStretch(0)
        self.show_payments(())

    def show_payments(self, records: Sequence[PaymentRecord]) -> None:
        """Show these payments; choose the first one if none was chosen."""
        ordered = in_order(records)
        waiting = sum(needs_person(record) for record in ordered)
        self._say(waiting, len(ordered) - waiting)
        self._panel.setVisible(bool(ordered))
        self.table.set_rows([_row(record) for record in ordered])
        if ordered and not self.table.current_id():
            self.table.select_id(ordered[0].payment_id)

    def show_strays(self, strays: Sequence[StrayRecord]) -> None:
        """Say beside the payments what else does not agree with a gateway and waits for people."""
        self._strays = tuple(one for one in strays if one.needs_person)

    def title(self) -> str:
        """Return the big words."""
        return self._hero.title()

    def take_focus(self) -> None:
        """Let the arrows choose."""
        self.table.setFocus()

    def _say(self, waiting: int, by_itself: int) -> None:
        lines = [text("person.list.by_itself", count=by_itself)] if by_itself else []
        strays = [stray_words(one) for one in self._strays]
        calm = lines or [text("person.list.none_line")]
        if waiting:
            self._hero.show_verdict(
                tone="warn",
                icon="person",
                title=text("person.list.title", count=waiting),
                lines=[text("person.list.line"), *lines, *strays],
            )
        elif strays:
            self._hero.show_verdict(
                tone="warn",
                icon="person",
                title=text("person.list.strays", count=len(strays)),
                lines=[*strays, text("person.list.strays_line"), *lines],
            )
        else:
            self._hero.show_verdict(
                tone="good", icon="check", title=text("person.list.none"), lines=calm
            )


def stray_words(record: StrayRecord) -> str:
    """Say in one line what was found, where, and what a person should look at."""
    found = record.found
    return text(
        "person.list.stray",
        finding=text(f"finding.{found.why.value}"),
        gateway=gateway_words(found.gateway),
        order_no=found.order_no,
        gateway_ref=found.gateway_ref or "-",
        amount=t.won_unit(found.balance.amount),
        why=text(f"stray.person.{record.person_needed}"),
    )


def _row(record: PaymentRecord) -> Row:
    return Row(
        record.payment_id,
        (
            t.short_stamp(record.created_at),
            buyer_words(record),
            t.won(record.order.amount.amount),
            state_badge(record),
            need_words(record),
        ),
        strong=needs_person(record),
    )
