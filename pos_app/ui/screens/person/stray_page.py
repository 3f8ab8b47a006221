"""The page of a stray: what was found, what to look at in the partner site, what can be done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.money import Won
from pos_app.domain.stray_facts import StrayRecord, StrayState, StrayWhy
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.app import GatewayCard
from pos_app.ui.screens.person.model import order_groups, reference_groups
from pos_app.ui.screens.person.outcome import Ending
from pos_app.ui.screens.person.step_page import ChoiceList, FactGrid, StepPage, big_digits
from pos_app.ui.screens.person.stray_model import StrayJob
from pos_app.ui.text import text
from pos_app.ui.widgets.hero import HeroTone
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.state_badge import Badge, badge_of
from pos_app.ui.words import gateway_words

#: Here the finding names what the books hold, because the gateway has nothing of it.
_AS_IN_BOOKS = frozenset({StrayWhy.MISSING, StrayWhy.CANCELLED})
_FACTS_IN_ROW = 4
#: Characters of an order number that stand in the list.
_TAIL = 8


def who_words(record: StrayRecord) -> str:
    """Write gateway and end of the order number, for the list."""
    return f"{gateway_words(record.gateway)} ··{record.found.order_no[-_TAIL:]}"


def need_words(record: StrayRecord) -> str:
    """Say in one line what was found and what to do, or that the program is at it."""
    needed = record.person_needed
    return text(f"person.stray.need.{needed}") if needed else text("person.stray.by_itself")


def why_words(record: StrayRecord) -> str:
    """Say why the program does not settle it itself."""
    needed = record.person_needed
    return text(f"person.stray.why.{needed}") if needed else text("person.stray.by_itself")


def found_badge(record: StrayRecord) -> Badge:
    """Return the badge of what was found."""
    return badge_of("stray", record.found.why.value.upper())


def amount_of(record: StrayRecord) -> Won:
    """Return the money it is about: what stands at the gateway, or what the books hold."""
    return record.found.balance or record.found.amount


def facts_of(record: StrayRecord) -> list[tuple[str, str]]:
    """Return what it can be known by at the partner site, as terms and values."""
    found, at = record.found, record.created_at
    reference = text("person.fact.reference_at", gateway=gateway_words(found.gateway))
    facts = [
        (reference, reference_groups(found.gateway_ref)),
        (text("person.fact.amount"), t.won_unit(found.amount.amount)),
    ]
    if found.balance != found.amount:
        term = "person.fact.in_books" if found.why in _AS_IN_BOOKS else "person.fact.left"
        facts.append((text(term), t.won_unit(found.balance.amount)))
    facts.append((text("person.fact.found"), f"{t.date(at)} {t.clock(at)}"))
    return [(term, value) for term, value in facts if value]


class StrayPage(StepPage):
    """Step 1: what was found, and what a person can do about it.

    Signals:
        chosen: (Choice) a choice was made by its button.
    """

    chosen = Signal(object)

    def __init__(
        self, gateway_of: Callable[[str], GatewayCard | None], parent: QWidget | None = None
    ) -> None:
        """Build it empty; `gateway_of` knows a gateway of this terminal by its name."""
        super().__init__(parent)
        self._gateway_of = gateway_of
        self.address = ""
        self._order_no = big_digits()
        self._facts = FactGrid(_FACTS_IN_ROW)
        self._choices = ChoiceList()
        self._choices.chosen.connect(self.chosen)
        number = QVBoxLayout()
        number.setSpacing(theme.px(2))
        number.addWidget(label(text("slip_panel.order_no"), "caption"))
        number.addWidget(self._order_no)
        self.content.addLayout(number)
        self.content.addWidget(self._facts)
        self.content.addWidget(self._choices)
        self._open = self.add_action("open", "O")
        self.add_action("copy", "W")

    def show_stray(self, job: StrayJob) -> None:
        """Say what was found, and offer what can be done, each with its number key."""
        record = job.record
        card = self._gateway_of(record.gateway)
        self.address = "" if card is None else card.partner_site
        site = self.address.rpartition("://")[2]
        self._open.set_words(
            text("person.stray.open", site=site) if site else text("person.site.none")
        )
        self._open.setEnabled(bool(site))
        needed = record.person_needed
        look = text(f"person.stray.look.{needed}") if needed else ""
        self.say(text(f"error.stray.{record.found.why.value}.title"), look)
        self._order_no.set_words(order_groups(record.found.order_no))
        self._facts.set_facts(facts_of(record))
        self._choices.offer(
            [(choice, text(f"person.stray.choice.{choice.value}")) for choice in job.choices]
        )
        if job.failed_again:
            self.set_note(text("person.stray.failed_again"), "warn")

    def take_focus(self) -> None:
        """Put the focus on the first choice, for the arrows."""
        self._choices.take_focus()


#: Name of the words, tone and icon for what became of a stray.
_WORKING: tuple[str, HeroTone, str] = ("working", "neutral", "clock")
_REVERSED: tuple[str, HeroTone, str] = ("reversed", "good", "back")
_CLOSED: tuple[str, HeroTone, str] = ("closed", "good", "check")
_CLOSED_BEFORE: tuple[str, HeroTone, str] = ("closed_before", "neutral", "info")
_AGREES: tuple[str, HeroTone, str] = ("agrees", "good", "check")


def ending_of(job: StrayJob) -> Ending:
    """Say what became of a stray; there is nothing to tell a customer."""
    record = job.record
    name, tone, icon = _look(job)
    amount = t.won_unit(amount_of(record).amount)
    lines = [text(f"person.stray.ended.{name}.line", amount=amount)]
    if job.closed_here:
        lines += [text("person.by.people"), text("person.quoted", words=job.evidence)]
    facts = (gateway_words(record.gateway), record.found.order_no, record.found.gateway_ref)
    hint = " · ".join(part for part in facts if part)
    return Ending(tone, icon, text(f"person.stray.ended.{name}.title"), tuple(lines), hint, "")


def _look(job: StrayJob) -> tuple[str, HeroTone, str]:
    record = job.record
    if record.state is StrayState.REVERSED:
        return _REVERSED
    if record.is_open:
        return _WORKING
    if job.closed_here:
        return _CLOSED
    return _CLOSED_BEFORE if record.trouble == "person" else _AGREES
