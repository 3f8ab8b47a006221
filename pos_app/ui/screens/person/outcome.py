"""What the ledger says after a guided job, and where to go from there."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.record import PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import buyer_words
from pos_app.ui.screens.person.model import Job, Subject
from pos_app.ui.text import text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.hero import Hero, HeroTone
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.say import Say

#: Name of the words, tone and icon for where a charge stands.
_CHARGES: dict[PaymentState, tuple[str, HeroTone, str]] = {
    PaymentState.APPROVED: ("approved", "good", "check"),
    PaymentState.NOT_CHARGED: ("not_charged", "neutral", "info"),
    PaymentState.DECLINED: ("not_charged", "neutral", "info"),
    PaymentState.NOT_SENT: ("not_charged", "neutral", "info"),
    PaymentState.REVERSED: ("reversed", "neutral", "back"),
    PaymentState.MISMATCH: ("reversing", "warn", "back"),
    PaymentState.REVERSING: ("reversing", "warn", "back"),
    PaymentState.REVERSE_UNKNOWN: ("reversing", "warn", "back"),
}
_WORKING: tuple[str, HeroTone, str] = ("working", "neutral", "clock")
_REFUND_DONE: tuple[str, HeroTone, str] = ("refund_done", "good", "back")
_REFUND_NOT_DONE: tuple[str, HeroTone, str] = ("refund_not_done", "neutral", "info")


@dataclass(frozen=True, slots=True)
class Ending:
    """The banner after a job, and the sentence for the customer (empty: nothing to say)."""

    tone: HeroTone
    icon: str
    title: str
    lines: tuple[str, ...]
    hint: str
    say: str


def ending_of(job: Job) -> Ending:
    """Say what the ledger says now, and who found out."""
    record = job.record
    name, tone, icon = _look(job)
    amount = t.won_unit(_amount(job))
    by = (
        text(f"person.by.{job.settled_by.value}")
        if job.settled_by is not None
        else text("person.by.nobody")
    )
    approval = record.approval
    number = approval.approval_no if approval is not None else ""
    lines = [text(f"person.ended.{name}.line", amount=amount), by]
    if name == "approved" and number:
        lines.append(text("person.ended.approval_no", number=number))
    facts = (record.order_no, buyer_words(record), t.won_unit(record.order.amount.amount))
    say = text(f"person.ended.{name}.say", amount=amount)
    return Ending(
        tone,
        icon,
        text(f"person.ended.{name}.title"),
        tuple(lines),
        " · ".join(part for part in facts if part),
        say,
    )


def _look(job: Job) -> tuple[str, HeroTone, str]:
    record = job.record
    if record.live_refund is not None or record.state not in _CHARGES:
        return _WORKING
    if job.subject is Subject.REFUND and record.refunds:
        done = record.refunds[-1].state is RefundState.DONE
        return _REFUND_DONE if done else _REFUND_NOT_DONE
    return _CHARGES[record.state]


def _amount(job: Job) -> int:
    record = job.record
    if job.subject is Subject.REFUND and record.refunds:
        return record.refunds[-1].amount.amount
    return record.order.amount.amount


class EndedView(QWidget):
    """The end of a job.

    Signals:
        acted: (name) "sale" or "list" was chosen by its button.
    """

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._hero = Hero()
        self._customer = customer = Panel()
        self._say = Say("")
        customer.add(self._say)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px(10))
        self._list = BigButton("", "Enter", primary=False, height=46)
        self._list.clicked.connect(lambda: self.acted.emit("list"))
        self._sale = BigButton(text("action.next"), "F2", height=46)
        self._sale.clicked.connect(lambda: self.acted.emit("sale"))
        buttons.addWidget(self._list, 1)
        buttons.addWidget(self._sale, 1)
        customer.add(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self._hero)
        column.addWidget(customer)
        column.addStretch(1)

    def show_job(self, job: Job, others: int) -> None:
        """Show how it ended; `others` more payments need a person."""
        self.show_ending(ending_of(job), others)

    def show_ending(self, ending: Ending, others: int) -> None:
        """Show an end, and what to tell the customer if there is something to tell."""
        self._hero.show_verdict(
            tone=ending.tone,
            icon=ending.icon,
            title=ending.title,
            lines=ending.lines,
            hint=ending.hint,
        )
        self._customer.set_heading(text("outcome.customer") if ending.say else "")
        self._say.setVisible(bool(ending.say))
        self._say.set_words(text("outcome.quoted", words=ending.say))
        self.set_others(others)

    def set_others(self, others: int) -> None:
        """Offer the list while others wait."""
        self._list.setVisible(others > 0)
        self._list.set_words(text("person.others", count=others))

    def title(self) -> str:
        """Return the big words."""
        return self._hero.title()
