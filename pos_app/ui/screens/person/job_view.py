"""The page of the step at hand, under the five steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.services.operators import OperatorDesk
from pos_app.ui import theme
from pos_app.ui.app import GatewayCard
from pos_app.ui.screens.person.fields import ByHandPage, EvidencePage, ReferencePage, SecondPage
from pos_app.ui.screens.person.model import STEPS, Job, Seen, Stage
from pos_app.ui.screens.person.page_stack import PageStack
from pos_app.ui.screens.person.pages import (
    CheckingPage,
    JobPage,
    SearchPage,
    SeePage,
    SitePage,
    need_words,
)
from pos_app.ui.screens.person.rail import StepRail
from pos_app.ui.screens.person.step_page import StepPage
from pos_app.ui.text import text
from pos_app.ui.widgets.labels import EmphasisLabel
from pos_app.ui.widgets.panel import Panel


class StepFrame(QWidget):
    """One page at a time, under the steps and what it is all about."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        """Build it without pages, under steps of these names."""
        super().__init__(parent)
        self._head = Panel(text("person.heading"))
        self._why = EmphasisLabel("", "field")
        self.rail = StepRail(names)
        self._head.add(self._why)
        self._head.add(self.rail)
        self._stack = PageStack()
        body = Panel()
        body.add(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self._head)
        column.addWidget(body, 1)

    def add_page(self, page: StepPage) -> None:
        """Take in a page that can be brought to the front."""
        self._stack.addWidget(page)

    def set_steps(self, names: Sequence[str]) -> None:
        """Name other steps at the top; `bring` says where one is among them."""
        self.rail.set_names(names)

    def bring(self, page: StepPage, step: int, why: str) -> None:
        """Bring a page to the front, at that step."""
        self.rail.set_step(step)
        self._why.set_words(why)
        self._stack.setCurrentWidget(page)

    def page(self) -> StepPage:
        """Return the page in front."""
        shown = self._stack.currentWidget()
        assert isinstance(shown, StepPage)
        return shown

    def set_activity(self, words: str) -> None:
        """Say at the top what the program is doing about it meanwhile."""
        self._head.set_aside(words)


class JobView(StepFrame):
    """The pages of a payment's job.

    Signals:
        acted: (name) an action of the page was chosen.
        seen: (Seen) what is seen at the site was chosen.
        confirmed: the second person hit the key.
    """

    acted = Signal(str)
    seen = Signal(object)
    confirmed = Signal()

    def __init__(
        self,
        gateway_of: Callable[[str], GatewayCard | None],
        operators: OperatorDesk,
        parent: QWidget | None = None,
    ) -> None:
        """Build every page; `gateway_of` knows a gateway of this terminal by its name."""
        super().__init__([text(f"person.step.{number}") for number in range(1, STEPS + 1)], parent)
        self.site = SitePage(gateway_of)
        self.search = SearchPage()
        self.see = SeePage()
        self.reference = ReferencePage()
        self.checking = CheckingPage()
        self.by_hand = ByHandPage()
        self.evidence = EvidencePage()
        self.second = SecondPage(operators)
        self._pages: dict[Stage, JobPage] = {
            Stage.SITE: self.site,
            Stage.SEARCH: self.search,
            Stage.SEE: self.see,
            Stage.REFERENCE: self.reference,
            Stage.CHECKING: self.checking,
            Stage.BY_HAND: self.by_hand,
            Stage.EVIDENCE: self.evidence,
            Stage.SECOND: self.second,
        }
        self._shown: tuple[Stage, JobPage] | None = None
        for page in self._pages.values():
            self.add_page(page)
            page.acted.connect(self.acted)
        self.see.seen.connect(self.seen)
        self.second.confirmed.connect(self.confirmed)

    def show_job(self, job: Job) -> None:
        """Show the step the job is at; a page is filled anew only when it comes to the front."""
        page = self._page_of(job)
        if self._shown != (job.stage, page):
            self._shown = (job.stage, page)
            page.set_note("")
            page.show_job(job)
        self.bring(page, job.step, need_words(job.record))
        page.setEnabled(job.stage is not Stage.WORKING)

    def forget(self) -> None:
        """Fill the next page anew, whichever it is: another job is shown."""
        self._shown = None
        self.second.clear()

    def _page_of(self, job: Job) -> JobPage:
        """Return the page of a stage; words on their way are waited for where they were said."""
        if job.stage is not Stage.WORKING:
            return self._pages[job.stage]
        verifying = job.seen is Seen.STANDING or (job.seen is Seen.APPROVED and not job.approval_no)
        return self.checking if verifying else self.second
