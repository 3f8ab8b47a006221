"""The steps with fields: the reference, what was seen, and the second person."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos_app.domain.errors import PosError, UserMistake
from pos_app.domain.operators import Operator
from pos_app.services.operators import OperatorDesk
from pos_app.ui import text as t
from pos_app.ui.screens.person.model import (
    Job,
    Seen,
    digits_typed,
    reference_groups,
)
from pos_app.ui.screens.person.pages import JobPage
from pos_app.ui.text import elapsed, error_line, has_text, text
from pos_app.ui.widgets.digits_field import PinField
from pos_app.ui.widgets.field_chain import FieldChain
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.labels import EmphasisLabel
from pos_app.ui.widgets.text_field import TextField
from pos_app.ui.words import gateway_words

#: The services keep so many characters of what was seen (services/recovery.py).
_EVIDENCE_BYTES = 1000
_NAME_BYTES = 60
#: Mistakes of these kinds belong to the second person's field.
_OF_THE_SECOND = ("pin.", "approver.", "right.")


class ReferencePage(JobPage):
    """Step 4 after "approved": the transaction number, which the program verifies itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it with an empty field."""
        super().__init__(parent)
        #: Message that counts what is typed, where that gateway's numbers have one length.
        self._count_words = ""
        self.field = TextField(text("person.reference.field"), max_bytes=60)
        self.content.addWidget(self.field)
        self.field.changed.connect(self._count)
        self.field.advance.connect(lambda: self.acted.emit("verify"))
        self.add_action("verify", "Enter", primary=True)

    def show_job(self, job: Job) -> None:
        """Ask for the number; a number found in a cut answer is shown to compare with."""
        gateway = job.record.gateway
        form = gateway if has_text(f"person.reference.form.{gateway}") else "other"
        line = text(
            "person.reference.line",
            form=text(f"person.reference.form.{form}"),
            gateway=gateway_words(gateway),
        )
        self.say(text("person.reference.title"), line)
        count = f"person.reference.count.{gateway}"
        self._count_words = count if has_text(count) else ""
        self.field.set_text_value(job.reference)
        found = job.record.candidate_ref
        known = found if found != job.reference else None
        words = text("person.reference.found", reference=reference_groups(known)) if known else ""
        self.set_note(words, "muted")
        self._count()
        if job.mistake:
            self.refuse(UserMistake(job.mistake))

    def value(self) -> str:
        """Return what was typed, without blanks and hyphens."""
        return digits_typed(self.field.text_value())

    def refuse(self, error: PosError) -> None:
        """Say in the field what is wrong with it."""
        self.field.set_error(error_line(error))

    def take_focus(self) -> None:
        """Type at once."""
        self.field.setFocus()

    def _count(self) -> None:
        typed = len(self.value())
        counts = bool(typed and self._count_words)
        self.field.set_aside(text(self._count_words, typed=typed) if counts else "")


class ByHandPage(JobPage):
    """Step 4 where the gateway cannot be asked: approval number and what was seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it with empty fields."""
        super().__init__(parent)
        self.approval_no = TextField(text("slip_panel.approval_no"), max_bytes=20)
        self.evidence = TextField(text("person.evidence.field"), max_bytes=_EVIDENCE_BYTES)
        self.evidence.set_placeholder(text("person.evidence.approved"))
        for field in (self.approval_no, self.evidence):
            self.content.addWidget(field)
        self._chain = FieldChain((self.approval_no, self.evidence), self)
        self._chain.finished.connect(lambda: self.acted.emit("next"))
        self.add_action("next", "Enter", primary=True)

    def show_job(self, job: Job) -> None:
        """Say why the numbers are wanted now."""
        gateway = gateway_words(job.record.gateway)
        self.say(text("person.by_hand.title"), text("person.by_hand.line", gateway=gateway))
        self.approval_no.set_text_value(job.approval_no)
        self.evidence.set_text_value(job.evidence)

    def values(self) -> tuple[str, str]:
        """Return approval number and evidence, cleaned."""
        return digits_typed(self.approval_no.text_value()), self.evidence.text_value()

    def check(self) -> bool:
        """Tell whether both are there; say in the field what is not."""
        number, evidence = self.values()
        wrong: tuple[FieldShell, str] | None = None
        if not (number.isascii() and number.isalnum() and 4 <= len(number) <= 20):
            wrong = (self.approval_no, "close.approval_no_malformed")
        elif not evidence:
            wrong = (self.evidence, "close.evidence_empty")
        if wrong is not None:
            wrong[0].set_error(error_line(UserMistake(wrong[1])))
            wrong[0].setFocus()
        return wrong is None

    def take_focus(self) -> None:
        """Type at the first field that is empty."""
        self._chain.focus_first_empty()


class EvidencePage(JobPage):
    """Step 4 after anything else: what was seen, in the person's words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it with an empty field."""
        super().__init__(parent)
        self.field = TextField(text("person.evidence.field"), max_bytes=_EVIDENCE_BYTES)
        self.content.addWidget(self.field)
        self._wait = EmphasisLabel("", "field", ink="warn")
        self.content.addWidget(self._wait)
        self.field.advance.connect(lambda: self.acted.emit("next"))
        self.add_action("next", "Enter", primary=True)

    def show_job(self, job: Job) -> None:
        """Ask for the words; an example says how much is enough."""
        seen = job.seen or Seen.ABSENT
        chosen = text(f"person.see.{job.subject.value}.{seen.value}")
        self.ask(chosen, text(f"person.evidence.{seen.value}"), job.evidence)
        if job.mistake:
            self.field.set_error(error_line(UserMistake(job.mistake)))

    def ask(self, chosen: str, example: str, typed: str) -> None:
        """Ask for the words behind what was chosen; `typed` stands there already."""
        self.say(text("person.evidence.title"), text("person.evidence.line", seen=chosen))
        self.field.set_placeholder(example)
        self.field.set_text_value(typed)
        self.show_wait(0, "")

    def show_wait(self, left_s: float, from_time: str) -> None:
        """Count down until "not there" is believed; no time left shows nothing."""
        waiting = left_s > 0
        words = text("person.wait", time=from_time, left=elapsed(left_s)) if waiting else ""
        self._wait.set_words(words)
        self._wait.setVisible(waiting)

    def wait_words(self) -> str:
        """Return what the countdown says."""
        return self._wait.words() if self._wait.isVisibleTo(self) else ""

    def value(self) -> str:
        """Return what was typed."""
        return self.field.text_value()

    def refuse(self, error: PosError) -> None:
        """Say in the field what is wrong."""
        self.field.set_error(error_line(error))

    def take_focus(self) -> None:
        """Type at once."""
        self.field.setFocus()


class SecondPage(JobPage):
    """Step 5: a second person confirms, by PIN or by name.

    Signals:
        confirmed: the second person hit the key.
    """

    confirmed = Signal()

    def __init__(self, operators: OperatorDesk, parent: QWidget | None = None) -> None:
        """Build it with an empty field."""
        super().__init__(parent)
        self._operators = operators
        self._summary = EmphasisLabel("", "title")
        self._quoted = EmphasisLabel("", "field", ink="muted")
        self.pin = PinField(text("person.second.pin"))
        self.name = TextField(text("person.second.name"), max_bytes=_NAME_BYTES)
        for widget in (self._summary, self._quoted, self.pin, self.name):
            self.content.addWidget(widget)
        self.pin.setVisible(operators.pins_in_use)
        self.name.setVisible(not operators.pins_in_use)
        for field in (self.pin, self.name):
            field.advance.connect(self.confirmed)
            field.changed.connect(self._on_changed)
        self.add_action("close", "Enter", primary=True)
        self.acted.connect(lambda _name: self.confirmed.emit())

    def show_job(self, job: Job) -> None:
        """Say once more what is about to be written down."""
        seen = job.seen or Seen.ABSENT
        amount = t.won_unit(job.record.order.amount.amount)
        refund = job.record.live_refund
        if refund is not None:
            amount = t.won_unit(refund.amount.amount)
        parts = [text("person.quoted", words=job.evidence)]
        if seen is Seen.APPROVED:
            parts += [
                text("person.closing.reference", reference=reference_groups(job.reference)),
                text("person.closing.approval_no", number=job.approval_no),
            ]
        summary = text(f"person.closing.{seen.value}", amount=amount)
        self.ask(summary, " · ".join(parts), text("person.act.close"))

    def ask(self, summary: str, quoted: str, confirm: str) -> None:
        """Ask a second person for this; `quoted` is what the first one typed, `confirm` the key."""
        self.say(text("person.second.title"), text("person.second.line"))
        self._summary.set_words(summary)
        self._quoted.set_words(quoted)
        self._quoted.setVisible(bool(quoted))
        self.button("close").set_words(confirm)

    async def approver(self) -> Operator:
        """Return who confirms; the PIN is forgotten at once.

        Raises:
            UserMistake: a wrong PIN, or a name that cannot approve.
        """
        if not self._operators.pins_in_use:
            return await self._operators.approver(self.name.text_value())
        typed = self.pin.take()
        try:
            return await self._operators.approver(typed.decode("ascii"))
        finally:
            typed[:] = bytes(len(typed))

    def take_mistake(self, error: PosError) -> bool:
        """Say an error in the field if it belongs there; tell whether it did."""
        if not error.code.startswith(_OF_THE_SECOND):
            return False
        self._field().set_error(error_line(error))
        self.take_focus()
        return True

    def check(self) -> bool:
        """Tell whether something was typed; say so in the field if not."""
        if not self._field().is_empty():
            return True
        by_pin = self._operators.pins_in_use
        self.take_mistake(UserMistake("right.needs_approval" if by_pin else "approver.name_empty"))
        return False

    def clear(self) -> None:
        """Forget who confirmed."""
        self.pin.wipe()
        self.pin.set_error("")
        self.name.clear_field()

    def take_focus(self) -> None:
        """Type at once."""
        self._field().setFocus()

    def _field(self) -> PinField | TextField:
        return self.pin if self._operators.pins_in_use else self.name

    def _on_changed(self) -> None:
        self._field().set_error("")
        self.set_note("")
