"""The steps of a payment at the partner site: open it, search, say what is there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos_app.domain.errors import UserMistake
from pos_app.domain.record import PaymentRecord
from pos_app.services.news import Activity
from pos_app.ui import text as t
from pos_app.ui.app import GatewayCard
from pos_app.ui.cards import card_words, months_words
from pos_app.ui.screens.person.model import Job, Subject, order_groups, reference_groups
from pos_app.ui.screens.person.step_page import ChoiceList, FactGrid, StepPage, big_digits
from pos_app.ui.text import error_line, text
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.steps import Step, Steps
from pos_app.ui.words import gateway_words


class JobPage(StepPage):
    """A step of a payment's job."""

    def show_job(self, job: Job) -> None:
        """Show the step for this job; subclasses say how."""
        raise NotImplementedError


class SitePage(JobPage):
    """Step 1: open the partner site."""

    def __init__(
        self, gateway_of: Callable[[str], GatewayCard | None], parent: QWidget | None = None
    ) -> None:
        """Build it; `show_job` names the address."""
        super().__init__(parent)
        self._gateway_of = gateway_of
        self.address = ""
        self._address = big_digits()
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


class SearchPage(JobPage):
    """Step 2: search this order number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self.content.addWidget(label(text("slip_panel.order_no"), "caption"))
        self._order_no = big_digits()
        self.content.addWidget(self._order_no)
        self._facts = FactGrid()
        self.content.addWidget(self._facts)
        self.add_action("next", "Enter", primary=True)
        self.add_action("copy", "W")

    def show_job(self, job: Job) -> None:
        """Show what to look for, large."""
        self.say(text("person.search.title"), text("person.search.line"))
        self._order_no.set_words(order_groups(job.record.order_no))
        self._facts.set_facts(facts_of(job))


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


class SeePage(JobPage):
    """Step 3: what can be seen there.

    Signals:
        seen: (Seen) a choice was made by its button.
    """

    seen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._choices = ChoiceList()
        self._choices.chosen.connect(self.seen)
        self.content.addWidget(self._choices)

    def show_job(self, job: Job) -> None:
        """Offer what can be seen, each with its number key."""
        name = job.subject.value
        self.say(text("person.see.title"), text(f"person.see.line.{name}"))
        self._choices.offer(
            [(seen, text(f"person.see.{name}.{seen.value}")) for seen in job.choices]
        )
        if job.mistake:
            self.set_note(error_line(UserMistake(job.mistake)))

    def take_focus(self) -> None:
        """Put the focus on the first choice, for the arrows."""
        self._choices.take_focus()


class CheckingPage(JobPage):
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
