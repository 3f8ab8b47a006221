"""A stray that waits for a person: its pages, its keys, and what is handed to the services."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.errors import PosError, UserMistake
from pos_app.domain.operators import Operator
from pos_app.domain.stray_facts import StrayRecord
from pos_app.domain.streams import StreamId
from pos_app.ui import text as t
from pos_app.ui.app import App
from pos_app.ui.dialogs import show_error
from pos_app.ui.key_table import letters
from pos_app.ui.marks import override
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.person import stray_model as model
from pos_app.ui.screens.person.fields import EvidencePage, SecondPage
from pos_app.ui.screens.person.job_view import StepFrame
from pos_app.ui.screens.person.model import Stage
from pos_app.ui.screens.person.outcome import EndedView
from pos_app.ui.screens.person.page_stack import PageStack
from pos_app.ui.screens.person.step_page import StepPage, copy_order_no, open_site
from pos_app.ui.screens.person.stray_model import Choice, StrayJob
from pos_app.ui.screens.person.stray_page import StrayPage, amount_of, ending_of, why_words
from pos_app.ui.text import text
from pos_app.ui.widgets import keys

_LETTERS = letters("person")
#: Mistakes about what was typed as evidence.
_OF_THE_EVIDENCE = frozenset({"close.evidence_empty", "text.card_number"})


class StrayView(QWidget):
    """One stray at a time: what was found, what was seen, the second person, and how it ended.

    Signals:
        left: ("list" or "sale") somebody goes back, or on.
    """

    left = Signal(str)

    def __init__(self, app: App, scope: TaskScope, parent: QWidget | None = None) -> None:
        """Build every page; what is handed to the services runs in the screen's `scope`."""
        super().__init__(parent)
        self._strays = app.strays
        self._scope = scope
        self._job: StrayJob | None = None
        self._kept: dict[StreamId, StrayJob] = {}
        self._shown: Stage | None = None
        self._others = 0
        self.found = StrayPage(app.gateway)
        self.evidence = EvidencePage()
        self.second = SecondPage(app.operators)
        self._pages: dict[Stage, StepPage] = {
            Stage.SEE: self.found,
            Stage.EVIDENCE: self.evidence,
            Stage.SECOND: self.second,
        }
        self.frame = StepFrame([text(f"person.stray.step.{stage.value}") for stage in self._pages])
        self.ended = EndedView()
        self._stack = PageStack()
        for page in self._pages.values():
            self.frame.add_page(page)
        for widget in (self.frame, self.ended):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ringless", True)
        self.found.chosen.connect(self.choose)
        self.found.acted.connect(self.act)
        self.evidence.acted.connect(self.act)
        self.second.confirmed.connect(self._confirm)
        self.ended.acted.connect(self.left)

    # -- coming and going --------------------------------------------------------------------------

    def job(self) -> StrayJob | None:
        """Return the job at hand; None while another part of the screen is in front."""
        return self._job

    def open(self, record: StrayRecord) -> None:
        """Begin with a stray, or go on where it was left."""
        self.put_aside()
        kept = self._kept.pop(record.stream_id, None)
        self._shown = None
        self.second.clear()
        self._show(model.begin(record) if kept is None else model.follow(kept, record))

    def put_aside(self) -> None:
        """Leave the stray at hand; what was typed is there when somebody comes back."""
        job, self._job = self._take_typed(), None
        if job is not None and job.stage is not Stage.ENDED:
            self._kept[job.stray_id] = job

    def follow(self, record: StrayRecord) -> None:
        """Take news of a stray; they may overtake what is done here."""
        job = self._take_typed()
        if job is not None and job.stray_id == record.stream_id:
            self._show(model.follow(job, record))

    def set_others(self, others: int) -> None:
        """Know how much else needs a person."""
        self._others = others
        self.ended.set_others(others)

    # -- the job -----------------------------------------------------------------------------------

    def _show(self, job: StrayJob) -> None:
        """Show the job where it is now; a page is filled anew only when it comes to the front."""
        self._job = job
        if job.stage is Stage.ENDED:
            self._shown = None
            self.ended.show_ending(ending_of(job), self._others)
            self._stack.setCurrentWidget(self.ended)
            self.setFocus()
            return
        page = self._pages[job.stage]
        page.setEnabled(not job.sending)
        anew = self._shown is not job.stage
        if anew:
            self._shown = job.stage
            page.set_note("")
            self._fill(job)
        self.frame.set_steps([text(f"person.stray.step.{stage.value}") for stage in job.steps])
        self.frame.bring(page, job.steps.index(job.stage) + 1, why_words(job.record))
        self._stack.setCurrentWidget(self.frame)
        if job.sending:
            self.setFocus()
        elif anew or self.hasFocus():
            page.take_focus()

    def _fill(self, job: StrayJob) -> None:
        """Put the words of the job on the page of its stage."""
        match job.stage:
            case Stage.SEE:
                self.found.show_stray(job)
            case Stage.EVIDENCE:
                chosen = text(f"person.stray.choice.{Choice.CLEARED.value}")
                self.evidence.ask(chosen, text("person.stray.evidence"), job.evidence)
            case Stage.SECOND:
                self._ask_second(job)

    def _ask_second(self, job: StrayJob) -> None:
        """Say to the second person what is about to be done, and on what words."""
        again = job.choice is Choice.AGAIN
        choice = Choice.AGAIN if again else Choice.CLEARED
        amount = t.won_unit(amount_of(job.record).amount)
        self.second.ask(
            text(f"person.stray.closing.{choice.value}", amount=amount),
            "" if again else text("person.quoted", words=job.evidence),
            text("person.act.again" if again else "person.act.close"),
        )

    def act(self, name: str) -> None:
        """Do what a key or a button of the page asks for."""
        job = self._take_typed()
        if job is None:
            return
        match name:
            case "open":
                open_site(self.found, self.found.address)
            case "copy":
                copy_order_no(self.found, job.record.found.order_no)
            case "next" if job.evidence:
                self._show(model.go_to(job, Stage.SECOND))
            case "next":
                self.evidence.refuse(UserMistake("close.evidence_empty"))

    def choose(self, choice: Choice) -> None:
        """Take what a person says about it."""
        job = self._job
        if job is None or job.stage is not Stage.SEE or job.sending:
            return
        chosen = dataclasses.replace(job, choice=choice, failed_again=False)
        match choice:
            case Choice.LATER:
                self.left.emit("list")
            case Choice.AGAIN:
                self._send(chosen)
            case Choice.CLEARED:
                self._show(model.go_to(chosen, Stage.EVIDENCE))

    def _take_typed(self) -> StrayJob | None:
        """Return the job with what stands in the field of its page, and keep it so."""
        job = self._job
        if job is not None and job.stage is Stage.EVIDENCE:
            self._job = job = dataclasses.replace(job, evidence=self.evidence.value())
        return job

    # -- closing, and trying again -----------------------------------------------------------------

    def _confirm(self) -> None:
        """The second person's Enter; a held or second one meets the job on its way."""
        job = self._job
        at_second = job is not None and job.stage is Stage.SECOND and not job.sending
        if job is not None and at_second and self.second.check():
            self._send(job)

    def _send(self, job: StrayJob) -> None:
        self._show(dataclasses.replace(job, sending=True))
        self._scope.start(self._hand_over(job), "stray by people")

    async def _hand_over(self, job: StrayJob) -> None:
        """Hand to the services what was said, and show what came of it."""
        try:
            approver = await self.second.approver() if job.stage is Stage.SECOND else None
            record = await self._ask(job, approver)
        except PosError as error:
            await self._take_error(error, job)
            return
        self.second.clear()
        ended = dataclasses.replace(
            model.go_to(job, Stage.ENDED),
            record=record,
            closed_here=job.choice is Choice.CLEARED,
        )
        self._kept.pop(job.stray_id, None)
        if (now := self._at(job)) is not None:
            self._show(model.follow(ended, now.record))

    async def _ask(self, job: StrayJob, approver: Operator | None) -> StrayRecord:
        if job.choice is Choice.CLEARED and approver is not None:
            return await self._strays.close(job.stray_id, job.evidence, approver)
        return await self._strays.try_again(job.stray_id, approver)

    async def _take_error(self, error: PosError, job: StrayJob) -> None:
        """Show an error where it was made; what is settled already ends the job."""
        now = self._at(job)
        if now is None:
            self._kept[job.stray_id] = job
            return
        asks_second = job.stage is Stage.SEE and error.code == "right.needs_approval"
        stage = Stage.SECOND if asks_second else job.stage
        if error.code in _OF_THE_EVIDENCE:
            stage = Stage.EVIDENCE
        shown = model.follow(model.go_to(job, stage), now.record)
        self._show(shown)
        if shown.stage is Stage.ENDED or asks_second:
            return
        if stage is Stage.EVIDENCE:
            self.evidence.refuse(error)
        elif stage is not Stage.SECOND or not self.second.take_mistake(error):
            await show_error(self, error)
            self.frame.page().take_focus()

    def _at(self, job: StrayJob) -> StrayJob | None:
        """Return the job at hand if it is this one and its words are still waited for."""
        now = self._job
        waits = now is not None and now.stray_id == job.stray_id and now.sending
        return now if waits else None

    # -- keys --------------------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc one step back; numbers choose, letters act; a held key does nothing."""
        job = self._take_typed()
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape and job is not None:
            before = model.back(job)
            if before is not None:
                self._show(before)
            else:
                self.left.emit("list")
        elif job is None or job.sending:
            super().keyPressEvent(event)
        elif job.stage is Stage.ENDED and keys.is_enter(event):
            self.left.emit("list" if self._others else "sale")
        elif job.stage is Stage.SEE and (number := keys.digit(event)) is not None:
            if 1 <= number <= len(job.choices):
                self.choose(job.choices[number - 1])
        elif (name := _LETTERS.get(keys.letter(event))) is not None:
            if name in self.frame.page().offered():
                self.act(name)
        else:
            super().keyPressEvent(event)
