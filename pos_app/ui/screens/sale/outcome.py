"""Waiting, and every way a charge can end: a big word, what to say, what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.domain.answers import Advice, Refusal
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.services.news import Activity, Doing
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import issuer_of, months_words
from pos_app.ui.text import text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.clock import ElapsedLabel
from pos_app.ui.widgets.hero import Hero, HeroTone
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.say import Say
from pos_app.ui.widgets.steps import Step, Steps
from pos_app.ui.words import gateway_words, support_words, why_words

#: What happened last; the whole story is in the history.
STEPS_SHOWN = 3


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
    """Something that can be done now: a key, a name and whether it is the one expected.

    Attributes:
        gateway: the one it is about, as people call it; empty for none.
    """

    name: str
    key: str
    primary: bool = False
    gateway: str = ""


def verdict_of(record: PaymentRecord) -> Verdict:
    """Say what became of a payment, in words a clerk can use."""
    maker = _MAKERS.get(record.state, _waiting)
    return maker(record)


def _sentence(record: PaymentRecord, **more: object) -> dict[str, object]:
    """Return what most sentences need."""
    return {
        "amount": t.won_unit(record.order.amount.amount),
        "months": months_words(record.order.months),
        "issuer": issuer_of(record) or text("outcome.card"),
        **more,
    }


def _facts_line(record: PaymentRecord) -> str:
    """Name the sale: who, what, how much, when it was sent."""
    sent = text("outcome.sent_at", time=t.clock_s(record.sent_at)) if record.sent_at else ""
    parts = (
        record.order.buyer_name,
        record.order.product,
        t.won_unit(record.order.amount.amount),
        sent,
    )
    return " · ".join(part for part in parts if part)


def _waiting(record: PaymentRecord) -> Verdict:
    return Verdict(
        "neutral",
        "clock",
        text("outcome.waiting.title"),
        (text("outcome.waiting.line", **_sentence(record)),),
        text("outcome.waiting.hint"),
        text("outcome.waiting.say"),
    )


def _approved(record: PaymentRecord) -> Verdict:
    approval = record.approval
    number = approval.approval_no if approval else ""
    free = bool(approval and approval.interest_free)
    months = months_words(record.order.months, interest_free=free)
    took = (
        text("outcome.took", seconds=f"{(record.settled_at - record.sent_at).total_seconds():.1f}")
        if record.settled_at and record.sent_at
        else ""
    )
    hint = (took, text("outcome.reference", ref=record.gateway_ref or ""))
    spoken = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    lines = [text("outcome.approved.line", **_sentence(record, months=months, number=number))]
    if approval and approval.sandbox:
        lines.append(text("outcome.approved.sandbox"))
    if approval and approval.warning:
        lines.append(text("outcome.approved.warning", warning=why_words(approval.warning)))
    return Verdict(
        "good",
        "check",
        text("outcome.approved.title"),
        tuple(lines),
        " · ".join(part for part in hint if part),
        text("outcome.approved.say", **_sentence(record, number=spoken)),
    )


def refusal_words(refusal: Refusal | None) -> str:
    """Return our words for a refusal, or the vendor's where we have none."""
    if refusal is None:
        return text("outcome.declined.unknown_reason")
    meaning = refusal.meaning_ko if t.language() == "ko" else refusal.meaning_en
    return meaning or refusal.raw_message or text("outcome.declined.unknown_reason")


def _declined(record: PaymentRecord) -> Verdict:
    refusal = record.refusal
    advice = refusal.advice if refusal else Advice.OTHER_CARD
    raw = f"{refusal.code} · {refusal.raw_message}" if refusal else ""
    support = support_words(record.gateway)
    return Verdict(
        "bad",
        "cross",
        text("outcome.declined.title"),
        (f"**{refusal_words(refusal)}**", text(f"advice.{advice.value}", support=support)),
        text("outcome.declined.raw", raw=raw),
        text(f"advice.{advice.value}.say"),
    )


def _not_sent(record: PaymentRecord) -> Verdict:
    return Verdict(
        "neutral",
        "info",
        text("outcome.not_sent.title"),
        (why_words(record.why), text("outcome.not_sent.line")),
        _facts_line(record),
        text("outcome.not_sent.say"),
    )


def _unknown(record: PaymentRecord) -> Verdict:
    asking = "outcome.unknown.person" if record.person_needed else "outcome.unknown.asking"
    return Verdict(
        "warn",
        "clock",
        text("outcome.unknown.title"),
        (text("outcome.unknown.line"), text(asking)),
        _facts_line(record),
        text("outcome.unknown.say"),
    )


def _not_charged(record: PaymentRecord) -> Verdict:
    return Verdict(
        "neutral",
        "info",
        text("outcome.not_charged.title"),
        (text("outcome.not_charged.line"),),
        _facts_line(record),
        text("outcome.not_charged.say"),
    )


def _reversing(record: PaymentRecord) -> Verdict:
    why = record.unwanted or "mismatch"
    line = text("outcome.reversing.person") if record.person_needed else text(f"unwanted.{why}")
    return Verdict(
        "warn",
        "back",
        text("outcome.reversing.title"),
        (line,),
        _facts_line(record),
        text("outcome.reversing.say", **_sentence(record)),
    )


def _reversed(record: PaymentRecord) -> Verdict:
    return Verdict(
        "neutral",
        "back",
        text("outcome.reversed.title"),
        (text("outcome.reversed.line"),),
        _facts_line(record),
        text("outcome.reversed.say", **_sentence(record)),
    )


_MAKERS: dict[PaymentState, Callable[[PaymentRecord], Verdict]] = {
    PaymentState.APPROVED: _approved,
    PaymentState.DECLINED: _declined,
    PaymentState.NOT_SENT: _not_sent,
    PaymentState.UNKNOWN: _unknown,
    PaymentState.NOT_CHARGED: _not_charged,
    PaymentState.MISMATCH: _reversing,
    PaymentState.REVERSING: _reversing,
    PaymentState.REVERSE_UNKNOWN: _reversing,
    PaymentState.REVERSED: _reversed,
}


def actions_of(record: PaymentRecord, other_gateway: str = "") -> tuple[Action, ...]:
    """Return what can be done about a payment now; the keys are physical ones.

    Args:
        record: the payment.
        other_gateway: one it could also be charged by, empty for none. It is offered only where
            provably nothing left this PC: after anything else two charges could come of it.
    """
    following = Action("next", "F2", primary=True)
    match record.state:
        case PaymentState.APPROVED:
            return (
                Action("print", "P"),
                Action("pdf", "S"),
                Action("refund", "F4"),
                following,
            )
        case PaymentState.NOT_SENT if other_gateway:
            other = Action("other_gateway", "O", gateway=gateway_words(other_gateway))
            return (Action("again", "R"), other, following)
        case PaymentState.DECLINED | PaymentState.NOT_SENT | PaymentState.NOT_CHARGED:
            return (Action("again", "R"), following)
        case PaymentState.UNKNOWN:
            unwanted = () if record.unwanted else (Action("unwanted", "C"),)
            return (Action("ask_again", "K"), *unwanted, Action("person", "F9"), following)
        case PaymentState.PREPARED | PaymentState.SENDING:
            return ()
        case _:
            return (Action("person", "F9"), following)


def _loop_time() -> float:
    """Return the event loop's monotonic seconds."""
    return asyncio.get_running_loop().time()


class OutcomeView(QWidget):
    """Banner, sentence, what the program is doing, and the actions.

    Signals:
        chosen: (name) an action's button was clicked; its key is the shell's business.
    """

    chosen = Signal(str)

    def __init__(
        self, clock: Callable[[], float] = _loop_time, parent: QWidget | None = None
    ) -> None:
        """Build it empty; `clock` counts monotonic seconds."""
        super().__init__(parent)
        self._record: PaymentRecord | None = None
        self._gateways: tuple[str, ...] = ()
        self._steps_done: list[Step] = []
        self._hero = Hero()
        self._elapsed = ElapsedLabel(clock)
        self._customer = Panel(text("outcome.customer"))
        self._say = Say("")
        self._customer.add(self._say)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme.px(10))
        self._customer.add(self._buttons)
        self._work = Panel(text("outcome.work"))
        self._steps = Steps()
        self._work.add_aside(self._elapsed)
        self._work.add(self._steps)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self._hero)
        column.addWidget(self._customer)
        column.addWidget(self._work)
        for part in (self._hero, self._customer, self._work):
            part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def record(self) -> PaymentRecord | None:
        """Return the payment shown."""
        return self._record

    def offered(self) -> tuple[Action, ...]:
        """Return what is offered now."""
        return () if self._record is None else actions_of(self._record, self.other_gateway())

    def offer_gateways(self, names: tuple[str, ...]) -> None:
        """Tell which gateways a sale can go by."""
        self._gateways = names

    def other_gateway(self) -> str:
        """Return a gateway that did not make the payment shown, empty where there is none."""
        made_by = "" if self._record is None else self._record.gateway
        return next((name for name in self._gateways if name != made_by), "")

    def title(self) -> str:
        """Return the big word."""
        return self._hero.title()

    def begin(self) -> None:
        """Forget the last payment: a charge is about to be prepared.

        A question may still come first, so nothing is called under way before it is.
        """
        self._record = None
        self._steps_done = []
        self._show_verdict(
            Verdict(
                "neutral",
                "clock",
                text("outcome.preparing.title"),
                (text("outcome.preparing.line"),),
                text("outcome.preparing.hint"),
                text("outcome.preparing.say"),
            )
        )
        self._set_actions(())
        self._show_steps("")
        self._elapsed.start()

    def show_record(self, record: PaymentRecord) -> None:
        """Show where a payment stands; what happened is kept as a list with times."""
        before = self._record.state if self._record else None
        same = self._record is not None and self._record.payment_id == record.payment_id
        if not same:
            self._steps_done = []
        self._record = record
        if before is not record.state or not same:
            self._note(record)
        self._show_verdict(verdict_of(record))
        self._set_actions(self.offered())
        if record.is_open:
            if not self._elapsed.running():
                self._elapsed.start()
        else:
            self._elapsed.stop()
        self._show_steps("")

    def show_activity(self, activity: Activity) -> None:
        """Show what is being done right now."""
        if self._record is None or activity.payment_id != self._record.payment_id:
            return
        words = text(
            f"doing.{activity.doing.value}", count=activity.count, wait=f"{activity.wait_s:.0f}"
        )
        self._show_steps(words, t.clock_s(activity.at), asking=activity.doing is Doing.LOOKING_UP)

    def _note(self, record: PaymentRecord) -> None:
        """Add a line to what happened."""
        at = record.settled_at or record.sent_at or record.created_at
        name = f"happened.{record.state.value.lower()}"
        self._steps_done.append(
            Step(
                text(name, ref=record.candidate_ref or record.gateway_ref or ""),
                t.clock_s(at),
                tone="warn" if record.state is PaymentState.UNKNOWN else "good",
                icon="clock" if record.state is PaymentState.UNKNOWN else "check",
            )
        )
        if record.state is PaymentState.UNKNOWN and record.candidate_ref:
            self._steps_done.append(
                Step(text("happened.candidate", ref=record.candidate_ref), t.clock_s(at))
            )

    def _show_steps(self, doing: str, at: str = "", *, asking: bool = False) -> None:
        record = self._record
        open_now = record is None or record.is_open
        self._work.setVisible(open_now)
        steps = self._steps_done[-STEPS_SHOWN:]
        if doing:
            steps.append(Step(doing, at, tone="warn" if asking else "neutral", icon="clock"))
        if record is not None and record.state is PaymentState.UNKNOWN:
            following = "person" if record.person_needed else "by_itself"
            steps.append(
                Step(
                    text(f"outcome.following.{following}"),
                    tone="neutral",
                    icon="",
                    badge=text("outcome.following"),
                )
            )
        self._steps.set_steps(steps)

    def _show_verdict(self, verdict: Verdict) -> None:
        self._hero.show_verdict(
            tone=verdict.tone,
            icon=verdict.icon,
            title=verdict.title,
            lines=list(verdict.lines),
            hint=verdict.hint,
        )
        self._say.set_words(text("outcome.quoted", words=verdict.say))

    def _set_actions(self, actions: tuple[Action, ...]) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for action in actions:
            words = text(f"action.{action.name}", gateway=action.gateway)
            button = BigButton(words, action.key, primary=action.primary, height=46)
            button.clicked.connect(lambda _on=False, name=action.name: self.chosen.emit(name))
            self._buttons.addWidget(button, 1)
