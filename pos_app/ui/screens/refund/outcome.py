"""Waiting for a refund, and every way it can end: a big word, what to say, what to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.record import PaymentRecord
from pos_app.domain.refunds import RefundKind, RefundRecord, RefundState
from pos_app.services.news import Activity
from pos_app.services.ports import Clock
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import issuer_of
from pos_app.ui.screens.refund.model import day_words, kind_of
from pos_app.ui.story import joined, refusal_words
from pos_app.ui.text import text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.clock import ElapsedLabel
from pos_app.ui.widgets.hero import Hero, HeroTone
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.say import Say
from pos_app.ui.widgets.steps import Step, Steps
from pos_app.ui.words import gateway_words, support_words, why_words


@dataclass(frozen=True, slots=True)
class Verdict:
    """The banner and the sentence for the customer."""

    tone: HeroTone
    icon: str
    title: str
    lines: tuple[str, ...]
    hint: str
    say: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done now, with its key."""

    name: str
    key: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """The refund on screen.

    Attributes:
        back_by: the day that was promised; None if it is free at once or was not worked out here.
    """

    record: PaymentRecord
    refund: RefundRecord
    back_by: dt.date | None = None


def verdict_of(shown: Shown) -> Verdict:
    """Say what became of a refund, in words a clerk can use."""
    refund = shown.refund
    match refund.state:
        case RefundState.DONE:
            return _done(shown)
        case RefundState.REFUSED:
            return _refused(shown)
        case RefundState.NOT_SENT:
            return Verdict(
                "neutral",
                "info",
                text("refund.not_sent.title"),
                (why_words(refund.why), text("refund.not_sent.line")),
                _facts_line(shown),
                text("refund.not_sent.say"),
            )
        case RefundState.UNKNOWN | RefundState.NOT_DONE if not refund.closed:
            return _unknown(shown)
        case RefundState.NOT_DONE:
            return Verdict(
                "neutral",
                "info",
                text("refund.not_done.title"),
                (text("refund.not_done.line"),),
                _facts_line(shown),
                text("refund.not_done.say"),
            )
        case RefundState.MANUAL:
            return Verdict(
                "warn",
                "person",
                text("refund.manual.title"),
                (text("refund.manual.line"), text("refund.manual.next")),
                _facts_line(shown),
                text("refund.unknown.say"),
            )
        case _:
            return waiting_verdict(_facts_line(shown))


def waiting_verdict(line: str) -> Verdict:
    """Say that the refund is on its way."""
    return Verdict(
        "neutral",
        "clock",
        text("refund.waiting.title"),
        (line,),
        text("outcome.waiting.hint"),
        text("refund.waiting.say"),
    )


def _facts_line(shown: Shown) -> str:
    order, refund = shown.record.order, shown.refund
    amount = text("refund.amount_back", amount=t.won_unit(refund.amount.amount))
    return joined(amount, issuer_of(shown.record), order.buyer_name, order.product)


def _done(shown: Shown) -> Verdict:
    record, refund = shown.record, shown.refund
    kind = kind_of(record, refund)
    amount = t.won_unit(refund.amount.amount)
    left = (
        text("refund.done.left", amount=t.won_unit(record.balance.amount))
        if record.balance
        else text("refund.done.nothing_left")
    )
    if kind is RefundKind.VOID:
        when, say = text("refund.done.void"), text("refund.done.void.say", amount=amount)
    elif shown.back_by is not None:
        day = day_words(shown.back_by)
        when = text("refund.done.by_day", day=day)
        say = text("refund.done.by_day.say", amount=amount, day=day)
    else:
        when, say = text("refund.done.soon"), text("refund.done.soon.say", amount=amount)
    hint = joined(
        text("story.serial", serial=refund.serial) if refund.serial else "",
        text("outcome.reference", ref=record.gateway_ref or ""),
    )
    title = "refund.done.void.title" if kind is RefundKind.VOID else "refund.done.title"
    lines = (f"**{_facts_line(shown)}**", joined(when, left))
    return Verdict("good", "back", text(title), lines, hint, say)


def _refused(shown: Shown) -> Verdict:
    refusal = shown.refund.refusal
    if refusal is None:
        words, advice, raw = text("story.refused_without_words"), "", ""
    else:
        name = shown.record.gateway
        advice = text(
            f"refund.advice.{refusal.advice.value}",
            support=support_words(name),
            gateway=gateway_words(name),
        )
        words = refusal_words(refusal)
        raw = text("outcome.declined.raw", raw=joined(refusal.code, refusal.raw_message))
    checking = text("refund.refused.checking") if shown.record.balance_doubt else ""
    lines = tuple(line for line in (f"**{words}**", advice, checking) if line)
    return Verdict(
        "bad", "cross", text("refund.refused.title"), lines, raw, text("refund.refused.say")
    )


def _unknown(shown: Shown) -> Verdict:
    refund = shown.refund
    if refund.state is RefundState.NOT_DONE:
        line = text("refund.unknown.again")
    else:
        line = why_words(refund.why)
    return Verdict(
        "warn",
        "clock",
        text("refund.unknown.title"),
        (line, text("refund.unknown.asking")),
        _facts_line(shown),
        text("refund.unknown.say"),
    )


def actions_of(shown: Shown) -> tuple[Action, ...]:
    """Return what can be done about a refund now; the keys are physical ones."""
    refund = shown.refund
    following = Action("next", "F2", primary=True)
    match refund.state:
        case RefundState.DONE:
            more = (Action("more", "F4"),) if shown.record.balance else ()
            return (Action("print", "P"), Action("pdf", "S"), *more, following)
        case RefundState.REFUSED | RefundState.NOT_SENT:
            return (Action("again", "R"), following)
        case RefundState.PREPARED | RefundState.SENDING:
            return ()
        case RefundState.MANUAL:
            return (Action("person", "F9"), following)
        case RefundState.NOT_DONE if refund.closed:
            return (Action("again", "R"), following)
        case _:
            return (Action("ask_again", "K"), Action("person", "F9"), following)


class RefundOutcome(QWidget):
    """Banner, sentence, what the program is doing, and the actions.

    Signals:
        chosen: (name) an action's button was clicked; its key is the screen's business.
    """

    chosen = Signal(str)

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._clock = clock
        self._shown: Shown | None = None
        self._hero = Hero()
        self._elapsed = ElapsedLabel(clock.monotonic_s)
        customer = Panel(text("outcome.customer"))
        self._say = Say("")
        customer.add(self._say)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme.px(10))
        customer.add(self._buttons)
        self._work = Panel(text("outcome.work"))
        self._steps = Steps()
        self._work.add(self._steps)
        self._work.add(self._elapsed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self._hero)
        column.addWidget(customer)
        column.addWidget(self._work)

    def shown(self) -> Shown | None:
        """Return the refund on screen, None while it is still being written down."""
        return self._shown

    def title(self) -> str:
        """Return the big word."""
        return self._hero.title()

    def say(self) -> str:
        """Return the sentence for the customer."""
        return self._say.words()

    def offered(self) -> tuple[Action, ...]:
        """Return what is offered now."""
        return actions_of(self._shown) if self._shown is not None else ()

    def begin(self) -> None:
        """A refund is about to be written down."""
        self._shown = None
        self._show_verdict(waiting_verdict(text("outcome.preparing.line")))
        self._set_actions(())
        self._steps.set_steps(())
        self._work.setVisible(True)
        self._elapsed.start()

    def show_refund(self, shown: Shown) -> None:
        """Show where a refund stands."""
        again = self._shown is not None and self._shown.refund.refund_id == shown.refund.refund_id
        changed = not again or (self._shown and self._shown.refund.state) != shown.refund.state
        self._shown = shown
        self._show_verdict(verdict_of(shown))
        if changed:
            self._set_actions(actions_of(shown))
            self._steps.set_steps(_following(shown.refund))
        working = shown.refund.is_live and shown.refund.state is not RefundState.MANUAL
        self._work.setVisible(working)
        if not working:
            self._elapsed.stop()
        elif changed or not self._elapsed.running():
            since = (self._clock.now() - shown.refund.created_at).total_seconds()
            self._elapsed.start(self._clock.monotonic_s() - max(0.0, since))

    def show_activity(self, activity: Activity) -> None:
        """Show what is being done right now."""
        shown = self._shown
        if shown is None or activity.payment_id != shown.record.payment_id:
            return
        wait = f"{activity.wait_s:.0f}"
        words = text(f"doing.{activity.doing.value}", count=activity.count, wait=wait)
        doing = Step(words, t.clock_s(activity.at), tone="neutral", icon="clock")
        self._steps.set_steps((doing, *_following(shown.refund)))

    def close_down(self) -> None:
        """Stop counting: something else is shown."""
        self._elapsed.stop()
        self._shown = None

    def _show_verdict(self, verdict: Verdict) -> None:
        self._hero.show_verdict(
            tone=verdict.tone,
            icon=verdict.icon,
            title=verdict.title,
            lines=verdict.lines,
            hint=verdict.hint,
        )
        self._say.set_words(text("outcome.quoted", words=verdict.say))

    def _set_actions(self, actions: tuple[Action, ...]) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for action in actions:
            words = text(f"refund.action.{action.name}")
            button = BigButton(words, action.key, primary=action.primary, height=46)
            button.clicked.connect(lambda _on=False, name=action.name: self.chosen.emit(name))
            self._buttons.addWidget(button, 1)


def _following(refund: RefundRecord) -> tuple[Step, ...]:
    """Say what comes next, while the program is at it."""
    if refund.state is RefundState.UNKNOWN:
        badge = text("outcome.following")
        return (Step(text("refund.following"), tone="neutral", icon="arrow", badge=badge),)
    return ()
