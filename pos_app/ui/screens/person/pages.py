"""A step's page, and the steps at the partner site: open it, search, say what is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.record import PaymentRecord
from pos_app.services.news import Activity
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.app import GatewayCard
from pos_app.ui.cards import card_words, months_words
from pos_app.ui.screens.person.model import Job, Seen, Subject, order_groups, reference_groups
from pos_app.ui.text import text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.field_shell import NoteLine, NoteTone
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.steps import Step, Steps
from pos_app.ui.words import gateway_words


class StepPage(QWidget):
    """Big words, what belongs to the step, a note, and the keys at the foot.

    Signals:
        acted: (name) an action was chosen by its button; its key is the screen's business.
    """

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it without words."""
        super().__init__(parent)
        self._title = EmphasisLabel("", "verdict")
        self._line = EmphasisLabel("", "field", ink="muted")
        self.content = QVBoxLayout()
        self.content.setSpacing(theme.px(14))
        self._note = NoteLine()
        self._foot = QHBoxLayout()
        self._foot.setSpacing(theme.px(10))
        self._buttons: dict[str, BigButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addWidget(self._title)
        column.addWidget(self._line)
        column.addSpacing(theme.px(10))
        column.addLayout(self.content)
        column.addWidget(self._note)
        column.addStretch(1)
        column.addLayout(self._foot)

    def say(self, title: str, line: str = "") -> None:
        """Show the big words and what to do."""
        self._title.set_words(title)
        self._line.set_words(line)
        self._line.setVisible(bool(line))
        self.setAccessibleName(title)
        self.setAccessibleDescription(line)

    def title(self) -> str:
        """Return the big words."""
        return self._title.words()

    def set_note(self, words: str, tone: NoteTone = "bad") -> None:
        """Say what is wrong, or what to wait for."""
        self._note.say(words, tone)

    def note(self) -> str:
        """Return what the note says."""
        return self._note.words() if self._note.isVisibleTo(self) else ""

    def add_action(self, name: str, key: str, *, primary: bool = False) -> BigButton:
        """Put a button at the foot; the words are those of `person.act.<name>`."""
        button = BigButton(text(f"person.act.{name}"), key, primary=primary)
        button.clicked.connect(lambda _on=False, name=name: self.acted.emit(name))
        self._buttons[name] = button
        self._foot.addWidget(button, 2 if primary else 1)
        return button

    def button(self, name: str) -> BigButton:
        """Return the button of an action."""
        return self._buttons[name]

    def offered(self) -> frozenset[str]:
        """Return the names of what can be done here now."""
        return frozenset(
            name
            for name, button in self._buttons.items()
            if button.isVisibleTo(self) and button.isEnabled()
        )

    def show_job(self, job: Job) -> None:
        """Show the step for this job; subclasses say how."""
        raise NotImplementedError

    def take_focus(self) -> None:
        """Put the focus where the step begins; the first of the page's buttons if nothing else."""
        for button in self._buttons.values():
            if button.isEnabled():
                button.setFocus()
                return


def _big(words: str = "") -> EmphasisLabel:
    """Return digits as large as they are read out."""
    return EmphasisLabel(words, "read_back")


class SitePage(StepPage):
    """Step 1: open the partner site."""

    def __init__(
        self, gateway_of: Callable[[str], GatewayCard | None], parent: QWidget | None = None
    ) -> None:
        """Build it; `show_job` names the address."""
        super().__init__(parent)
        self._gateway_of = gateway_of
        self.address = ""
        self._address = _big()
        self.content.addWidget(label(text("person.site.address"), "caption"))
        self.content.addWidget(self._address)
        self.add_action("next", "Enter", primary=True)
        self._open = self.add_action("open", "O")

    def show_job(self, job: Job) -> None:
        """Say what to open: the site of the payment's own gateway; no address can only be told."""
        name = job.record.gateway
        card = self._gateway_of(name)
        self.address = "" if card is None else card.partner_site
        self._address.set_words(self.address or text("person.site.none"))
        self._open.setEnabled(bool(self.address))
        here = card is not None and card.is_on_this_pc
        line = text(
            "person.site.practice" if here else "person.site.line", gateway=gateway_words(name)
        )
        self.say(text("person.site.title"), line)


class SearchPage(StepPage):
    """Step 2: search this order number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self.content.addWidget(label(text("slip_panel.order_no"), "caption"))
        self._order_no = _big()
        self.content.addWidget(self._order_no)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(theme.px(36))
        self._facts.setVerticalSpacing(theme.px(4))
        self.content.addLayout(self._facts)
        self.add_action("next", "Enter", primary=True)
        self.add_action("copy", "W")

    def show_job(self, job: Job) -> None:
        """Show what to look for, large."""
        self.say(text("person.search.title"), text("person.search.line"))
        self._order_no.set_words(order_groups(job.record.order_no))
        while (item := self._facts.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for place, (term, value) in enumerate(facts_of(job)):
            row, column = divmod(place, 3)
            self._facts.addWidget(label(term, "caption"), 3 * row, column)
            self._facts.addWidget(label(value, "title"), 3 * row + 1, column)
            self._facts.setRowMinimumHeight(3 * row + 2, theme.px(8))
        self._facts.setColumnStretch(3, 1)


def facts_of(job: Job) -> list[tuple[str, str]]:
    """Return what else the payment can be known by, as terms and values."""
    record = job.record
    at = record.sent_at or record.created_at
    facts = [
        (text("person.fact.day"), f"{t.date(at)} {t.clock(at)}"),
        (text("person.fact.amount"), t.won_unit(record.order.amount.amount)),
        (text("person.fact.card"), card_words(record)),
        (text("person.fact.buyer"), record.order.buyer_name),
        (text("person.fact.months"), months_words(record.order.months)),
    ]
    reference = record.gateway_ref or record.candidate_ref
    if reference:
        facts.append((text("person.fact.reference"), reference_groups(reference)))
    refund = record.live_refund
    if job.subject is Subject.REFUND and refund is not None:
        facts.append((text("person.fact.refund"), t.won_unit(refund.amount.amount)))
    return [(term, value) for term, value in facts if value]


class SeePage(StepPage):
    """Step 3: what can be seen there.

    Signals:
        seen: (Seen) a choice was made by its button.
    """

    seen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._choices: list[BigButton] = []

    def show_job(self, job: Job) -> None:
        """Offer what can be seen, each with its number key."""
        self.say(text("person.see.title"), text(f"person.see.line.{job.subject.value}"))
        self._offer(job, job.choices)
        if job.mistake:
            self.set_note(_mistake_words(job.mistake))

    def _offer(self, job: Job, choices: Sequence[Seen]) -> None:
        for old in self._choices:
            old.hide()
            old.deleteLater()
        self._choices = []
        for number, seen in enumerate(choices, 1):
            words = text(f"person.see.{job.subject.value}.{seen.value}")
            button = BigButton(words, str(number), primary=False)
            button.clicked.connect(lambda _on=False, seen=seen: self.seen.emit(seen))
            self.content.addWidget(button)
            self._choices.append(button)

    def take_focus(self) -> None:
        """Put the focus on the first choice, for the arrows."""
        if self._choices:
            self._choices[0].setFocus()


class CheckingPage(StepPage):
    """Step 4, while the gateway is asked about the number that was typed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it without anything to do."""
        super().__init__(parent)
        self._steps = Steps()
        self.content.addWidget(self._steps)
        self._again = self.add_action("other_number", "R")

    def show_job(self, job: Job) -> None:
        """Say what is being asked."""
        name = job.subject.value
        reference = job.reference or job.record.gateway_ref or ""
        title = text(f"person.checking.{name}.title", gateway=gateway_words(job.record.gateway))
        self.say(title, text(f"person.checking.{name}.line"))
        self._again.setVisible(job.subject is Subject.CHARGE)
        words = text("person.checking.reference", reference=reference_groups(reference))
        self._steps.set_steps([Step(words, icon="person", tone="neutral")])

    def show_activity(self, activity: Activity) -> None:
        """Show what is being done right now."""
        asked = self._steps.steps()[:1]
        self._steps.set_steps((*asked, Step(activity_words(activity), icon="clock", tone="warn")))


def activity_words(activity: Activity) -> str:
    """Put into words what the program is at."""
    wait = f"{activity.wait_s:.0f}"
    return text(f"doing.{activity.doing.value}", count=activity.count, wait=wait)


def need_words(record: PaymentRecord) -> str:
    """Say in one line why a person is needed, or that the program is still at it."""
    why = record.person_needed
    return text(f"person.need.{why}") if why else text("person.need.by_itself")


def _mistake_words(code: str) -> str:
    """Return title and advice of a mistake of this screen."""
    return f"{text(f'error.{code}.title')} {text(f'error.{code}.advice')}"
