"""Everything that is open, payments and strays: what needs a person on top, then oldest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.stray_facts import StrayRecord
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import buyer_words, state_badge
from pos_app.ui.screens.person import stray_page
from pos_app.ui.screens.person.model import OpenRecord, id_of, in_order, needs_person
from pos_app.ui.screens.person.pages import need_words
from pos_app.ui.text import text
from pos_app.ui.widgets.hero import Hero
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.state_badge import Badge
from pos_app.ui.widgets.table import CalmTable, Column, Row


class OpenList(QWidget):
    """A table of open payments and strays, or that there is none.

    Signals:
        picked: (id of a payment or a stray) Enter on a row.
        moved: (id of a payment or a stray) another row is chosen.
    """

    picked = Signal(str)
    moved = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._hero = Hero()
        self._panel = Panel(text("person.list.heading"))
        self._panel.add_key_hint("Enter", text("person.list.start"))
        self.table = CalmTable(
            [
                Column(text("recent.time")),
                Column(text("person.list.who")),
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
        self.show_open(())

    def show_open(self, records: Sequence[OpenRecord]) -> None:
        """Show these payments and strays; choose the first one if none was chosen."""
        ordered = in_order(records)
        self._say(ordered)
        self._panel.setVisible(bool(ordered))
        self.table.set_rows([_row(record) for record in ordered])
        if ordered and not self.table.current_id():
            self.table.select_id(id_of(ordered[0]))

    def title(self) -> str:
        """Return the big words."""
        return self._hero.title()

    def take_focus(self) -> None:
        """Let the arrows choose."""
        self.table.setFocus()

    def _say(self, records: Sequence[OpenRecord]) -> None:
        waiting = [record for record in records if needs_person(record)]
        strays = sum(isinstance(record, StrayRecord) for record in waiting)
        payments = len(waiting) - strays
        if not waiting:
            self._hero.show_verdict(
                tone="good",
                icon="check",
                title=text("person.list.none"),
                lines=_by_itself(records) or [text("person.list.none_line")],
            )
            return
        lines = [text("person.list.line")] if payments else []
        lines += [text("person.list.strays_line")] if strays else []
        self._hero.show_verdict(
            tone="warn",
            icon="person",
            title=_title(payments, strays),
            lines=[*lines, *_by_itself(records)],
        )


def _title(payments: int, strays: int) -> str:
    """Count what needs a person, in words."""
    if payments and strays:
        return text("person.list.both", payments=payments, strays=strays)
    if payments:
        return text("person.list.title", count=payments)
    return text("person.list.strays", count=strays)


def _by_itself(records: Sequence[OpenRecord]) -> list[str]:
    """Say how many the program is still at; nothing if there is none."""
    count = sum(not needs_person(record) for record in records)
    return [text("person.list.by_itself", count=count)] if count else []


def _row(record: OpenRecord) -> Row:
    return Row(id_of(record), _cells(record), strong=needs_person(record))


def _cells(record: OpenRecord) -> tuple[str | Badge, ...]:
    time = t.short_stamp(record.created_at)
    if isinstance(record, StrayRecord):
        return (
            time,
            stray_page.who_words(record),
            t.won(stray_page.amount_of(record).amount),
            stray_page.found_badge(record),
            stray_page.need_words(record),
        )
    return (
        time,
        buyer_words(record),
        t.won(record.order.amount.amount),
        state_badge(record),
        need_words(record),
    )
