"""The guided job's screen: which payment, which step, its keys, and the news that overtake it."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import math

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.domain.errors import PosError, UserMistake
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.requests import HistoryQuery
from pos_app.domain.stray_facts import StrayRecord
from pos_app.domain.streams import StreamId, StreamRecord
from pos_app.services.news import Activity
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.app import App
from pos_app.ui.bridge import Bridge
from pos_app.ui.dialogs import show_error
from pos_app.ui.key_table import letters
from pos_app.ui.marks import override
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.person import model
from pos_app.ui.screens.person.beside import Beside
from pos_app.ui.screens.person.closing import close, verify
from pos_app.ui.screens.person.job_view import JobView
from pos_app.ui.screens.person.model import Job, Seen, SettledBy, Stage
from pos_app.ui.screens.person.open_list import OpenList
from pos_app.ui.screens.person.outcome import EndedView
from pos_app.ui.screens.person.page_stack import PageStack
from pos_app.ui.screens.person.pages import activity_words
from pos_app.ui.screens.person.step_page import copy_order_no, open_site
from pos_app.ui.screens.person.stray_view import StrayView
from pos_app.ui.text import text
from pos_app.ui.widgets import keys

#: So many open payments are listed; more would be a day without any gateway.
_LIST_MAX = 200
_TICK_MS = 1000
#: The letters of this screen, by the name of what they do.
_LETTERS = letters("person")


class PersonScreen(QWidget):
    """What no gateway can tell, or what does not agree: found out by a person, closed by two.

    Signals:
        navigate: (screen name, payment id) somewhere else is wanted.
    """

    navigate = Signal(str, str)

    def __init__(self, app: App, bridge: Bridge, parent: QWidget | None = None) -> None:
        """Build it for a terminal that is ready."""
        super().__init__(parent)
        self._app = app
        self._scope = TaskScope(self)
        self._job: Job | None = None
        self._kept: dict[PaymentId, Job] = {}
        self._open: dict[PaymentId, PaymentRecord] = {}
        self._strays: dict[StreamId, StrayRecord] = {}
        self._going: asyncio.Task[None] | None = None
        self.list = OpenList()
        self.job_view = JobView(app.gateway, app.operators)
        self.stray = StrayView(app, self._scope)
        self.ended = EndedView()
        self.beside = Beside(app.merchant)
        self._stack = PageStack()
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._count_down)
        self._lay_out()
        self._wire(bridge)

    def _lay_out(self) -> None:
        for widget in (self.list, self.job_view, self.stray, self.ended):
            self._stack.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme.px(side) for side in (20, 16, 20, 16)))
        row.setSpacing(theme.px(16))
        row.addWidget(self._stack, 1)
        row.addWidget(self.beside)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ringless", True)

    def _wire(self, bridge: Bridge) -> None:
        self.list.picked.connect(self.activate)
        self.list.moved.connect(self._on_moved)
        self.job_view.acted.connect(self.act)
        self.job_view.seen.connect(self.choose)
        self.job_view.confirmed.connect(self._confirm)
        self.stray.left.connect(self._leave_stray)
        self.ended.acted.connect(self.act)
        bridge.stream_changed.connect(self._on_stream)
        bridge.changed.connect(self._on_changed)
        bridge.activity.connect(self._on_activity)

    # -- coming and going --------------------------------------------------------------------------

    def activate(self, payment_id: str = "") -> None:
        """Come to the front with a payment or a stray, or with all that need a person."""
        if self._going is not None:
            self._going.cancel()
        self.stray.put_aside()
        if payment_id in self._strays:
            self._keep()
            self._going = self._scope.start(self._open_stray(StreamId(payment_id)), "open stray")
        elif payment_id:
            self._going = self._scope.start(self._open_job(PaymentId(payment_id)), "open job")
        else:
            self._keep()
            self._going = self._scope.start(self._show_list(), "open payments")

    def payment_in_sight(self) -> str:
        """Return the payment at hand, for F4 and F9."""
        return self._job.payment_id if self._job is not None else ""

    def job(self) -> Job | None:
        """Return the job at hand; None while the list is shown."""
        return self._job

    async def _open_job(self, payment_id: PaymentId) -> None:
        """Begin the job of a payment, or go on where it was left."""
        await self._load_open()
        record = await self._app.history.payment(payment_id)
        if self._job is not None and self._job.payment_id != payment_id:
            self._keep()
        kept = self._take_typed() or self._kept.pop(payment_id, None)
        same = kept is not None and kept.stage is not Stage.ENDED
        self.job_view.forget()
        self._show(model.follow(kept, record) if kept and same else model.begin(record))

    async def _open_stray(self, stray_id: StreamId) -> None:
        """Begin with a stray, or go on where it was left; one that is settled is listed no more."""
        await self._load_open()
        record = self._strays.get(stray_id)
        if record is None:
            await self._show_list()
            return
        self.stray.open(record)
        self._stack.setCurrentWidget(self.stray)
        self.stray.set_others(self._others())
        await self._show_beside(record)

    def _leave_stray(self, name: str) -> None:
        """Go back to the list where something else is on it, or to the sale."""
        listed = name == "list" and len(self._open) + len(self._strays) > 0
        self.stray.put_aside()
        self.act("list" if listed else "sale")

    async def _show_list(self) -> None:
        await self._load_open()
        if self._at_list():
            self._stack.setCurrentWidget(self.list)
            self.list.take_focus()
            self._on_moved(self.list.table.current_id())

    async def _load_open(self) -> None:
        query = HistoryQuery(open_only=True, limit=_LIST_MAX)
        found = await self._app.history.search(query)
        strays = await self._app.strays.open_strays()
        self._strays = {record.stream_id: record for record in strays}
        self._open = {record.payment_id: record for record in found}
        self._show_open()

    def _show_open(self) -> None:
        self.list.show_open((*self._open.values(), *self._strays.values()))
        self.ended.set_others(self._others())
        self.stray.set_others(self._others())

    def _at_list(self) -> bool:
        return self._job is None and self.stray.job() is None

    def _others(self) -> int:
        """Count what needs a person, without the one at hand."""
        stray = self.stray.job()
        here = {self.payment_in_sight(), stray.stray_id if stray is not None else ""}
        open_now: tuple[model.OpenRecord, ...]
        open_now = (*self._open.values(), *self._strays.values())
        return sum(model.needs_person(one) and model.id_of(one) not in here for one in open_now)

    def _on_moved(self, row_id: str) -> None:
        if not self._at_list():
            return
        record, stray = self._open.get(PaymentId(row_id)), self._strays.get(StreamId(row_id))
        if record is not None:
            self._show_payment(record)
        elif stray is not None:
            self._scope.start(self._show_beside(stray), "payment of stray")
        else:
            self.beside.show_nothing()

    async def _show_beside(self, stray: StrayRecord) -> None:
        """Show at the right the payment of a stray's order number, or what the gateway has."""
        payment_id = stray.found.payment_id
        record = None if payment_id is None else await self._app.history.payment(payment_id)
        job = self.stray.job()
        here = self.list.table.current_id() if job is None else job.stray_id
        if here != stray.stream_id or self._job is not None:
            return
        if record is None:
            self.beside.show_found(stray)
        else:
            self._show_payment(record)

    def _show_payment(self, record: PaymentRecord) -> None:
        self.beside.show_payment(record)
        self._scope.start(self._load_story(record.payment_id), "story")

    async def _load_story(self, payment_id: PaymentId) -> None:
        self.beside.show_story(payment_id, await self._app.history.story(payment_id))

    def _keep(self) -> None:
        """Put the job aside as it is: what was typed is there when somebody comes back."""
        job, self._job = self._take_typed(), None
        self._tick.stop()
        if job is not None and job.stage not in {Stage.ENDED, Stage.WORKING}:
            self._kept[job.payment_id] = job

    # -- the job -----------------------------------------------------------------------------------

    def _show(self, job: Job) -> None:
        """Show the job where it is now."""
        before, self._job = self._job, job
        ended = job.stage is Stage.ENDED
        if ended:
            self.ended.show_job(job, self._others())
        else:
            self.job_view.show_job(job)
        self._stack.setCurrentWidget(self.ended if ended else self.job_view)
        beside = self.beside.payment_id == job.payment_id
        if before is None or before.record.version != job.record.version or not beside:
            self._show_payment(job.record)
        if before is None or before.stage is not job.stage:
            self._focus(job)
        self._count_down()

    def _focus(self, job: Job) -> None:
        if job.stage in {Stage.ENDED, Stage.WORKING, Stage.CHECKING}:
            self.setFocus()
        else:
            self.job_view.page().take_focus()

    def act(self, name: str) -> None:
        """Do what a key or a button of the page asks for."""
        job = self._take_typed()
        match name:
            case "sale":
                self._keep()
                self.navigate.emit("sale", "")
            case "list":
                self.activate()
            case "open":
                open_site(self.job_view.site, self.job_view.site.address)
            case "copy" if job is not None:
                copy_order_no(self.job_view.search, job.record.order_no)
            case "next" if job is not None:
                self._go_on(job)
            case "verify" if job is not None:
                self._send(job)
            case "other_number" if job is not None:
                self._show(model.go_to(job, Stage.REFERENCE))

    def choose(self, seen: Seen) -> None:
        """Take what is seen at the site."""
        job = self._job
        if job is None or job.stage is not Stage.SEE:
            return
        if seen is Seen.LATER:
            self.activate()
            return
        chosen = model.choose(job, seen)
        if chosen.stage is Stage.WORKING:
            self._send(chosen)
        else:
            self._show(chosen)

    def _go_on(self, job: Job) -> None:
        """Enter: to the next step, if this one is done."""
        match job.stage:
            case Stage.SITE:
                self._show(model.go_to(job, Stage.SEARCH))
            case Stage.SEARCH:
                self._show(model.go_to(job, Stage.SEE))
            case Stage.BY_HAND if self.job_view.by_hand.check():
                self._show(model.go_to(job, Stage.SECOND))
            case Stage.EVIDENCE if not job.evidence:
                self.job_view.evidence.refuse(UserMistake("close.evidence_empty"))
            case Stage.EVIDENCE if job.seen is Seen.ABSENT and (left_s := self._left_s(job)) > 0:
                minutes = math.ceil(left_s / 60)
                self.job_view.evidence.refuse(UserMistake("close.too_early", minutes=minutes))
            case Stage.EVIDENCE:
                self._show(model.go_to(job, Stage.SECOND))

    def _take_typed(self) -> Job | None:
        """Return the job with what stands in the fields of its page, and keep it so."""
        job, view = self._job, self.job_view
        if job is None:
            return None
        match job.stage:
            case Stage.REFERENCE:
                job = dataclasses.replace(job, reference=view.reference.value())
            case Stage.BY_HAND:
                number, evidence = view.by_hand.values()
                job = dataclasses.replace(job, approval_no=number, evidence=evidence)
            case Stage.EVIDENCE:
                job = dataclasses.replace(job, evidence=view.evidence.value())
        self._job = job
        return job

    # -- asking and closing ------------------------------------------------------------------------

    def _send(self, job: Job) -> None:
        """Verify the reference, or cancel once more; nothing twice."""
        if self._job is None or self._job.stage is Stage.WORKING:
            return
        self._show(model.go_to(dataclasses.replace(job, approval_no=""), Stage.WORKING))
        self._scope.start(self._verify(job), "verify reference")

    async def _verify(self, job: Job) -> None:
        here = Stage.SEE if job.seen is Seen.STANDING else Stage.REFERENCE
        try:
            record = await verify(self._app.recovery, job)
        except PosError as error:
            await self._take_error(error, dataclasses.replace(job, stage=here))
            return
        if self._is_at(job):
            latest = self._job.record if self._job is not None else record
            self._show(model.follow(model.checking(job, record), latest))

    def _confirm(self) -> None:
        """The second person's Enter; a held or second one meets the job on its way."""
        job, page = self._job, self.job_view.second
        if job is None or job.stage is not Stage.SECOND or not page.check():
            return
        self._show(model.go_to(job, Stage.WORKING))
        self._scope.start(self._close(job), "close by two people")

    async def _close(self, job: Job) -> None:
        page = self.job_view.second
        try:
            approver = await page.approver()
            record = await close(self._app.recovery, job, approver)
        except PosError as error:
            await self._take_error(error, job)
            return
        page.clear()
        await self._load_open()
        if self._is_at(job):
            self._show(model.settled(job, record, SettledBy.PEOPLE))

    async def _take_error(self, error: PosError, job: Job) -> None:
        """Show an error where it was made; what is settled already ends the job."""
        if not self._is_at(job):
            self._kept[job.payment_id] = job
            return
        record = await self._app.history.payment(job.payment_id)
        if error.code == "close.settled_already":
            self._show(model.settled(job, record, SettledBy.PROGRAM))
            return
        too_early = error.code == "close.too_early"
        stand = model.go_to(job, Stage.EVIDENCE) if too_early else job
        self._show(model.follow(stand, record))
        self._focus(self._job or job)
        if too_early:
            self.job_view.evidence.refuse(error)
        elif job.stage is Stage.REFERENCE and error.code == "close.reference_malformed":
            self.job_view.reference.refuse(error)
        elif job.stage is not Stage.SECOND or not self.job_view.second.take_mistake(error):
            await show_error(self, error)
            self._focus(job)

    def _is_at(self, job: Job) -> bool:
        """Tell whether the words of this job are still waited for here."""
        now = self._job
        return now is not None and now.payment_id == job.payment_id and now.stage is Stage.WORKING

    # -- news and time -----------------------------------------------------------------------------

    def _on_changed(self, record: PaymentRecord) -> None:
        """News: they may overtake the job; the list is always kept true."""
        self._open[record.payment_id] = record
        if not record.is_open:
            del self._open[record.payment_id]
        self._show_open()
        job = self._take_typed()
        if self._at_list():
            self._on_moved(self.list.table.current_id())
        elif job is None and record.payment_id == self.beside.payment_id:
            self._show_payment(record)
        elif job is not None and job.payment_id == record.payment_id:
            self.job_view.set_activity("")
            self._show(model.follow(job, record))

    def _on_stream(self, record: StreamRecord) -> None:
        """News of a stray: they may overtake what is done about it; the list is kept true."""
        if not isinstance(record, StrayRecord):
            return
        self._strays[record.stream_id] = record
        if not record.is_open:
            del self._strays[record.stream_id]
        self._show_open()
        self.stray.follow(record)
        self._on_moved(self.list.table.current_id())

    def _on_activity(self, activity: Activity) -> None:
        job = self._job
        if job is None or activity.payment_id != job.payment_id:
            return
        if job.stage in {Stage.CHECKING, Stage.WORKING}:
            self.job_view.checking.show_activity(activity)
        else:
            words = text("person.program", doing=activity_words(activity))
            self.job_view.set_activity(words)

    def _left_s(self, job: Job) -> float:
        return self._app.recovery.settle_time_left_s(job.record)

    def _count_down(self) -> None:
        """Show how long "not there" proves nothing, while that is what is to be closed."""
        job = self._job
        if job is None or job.stage is not Stage.EVIDENCE or job.seen is not Seen.ABSENT:
            self._tick.stop()
            return
        left_s = self._left_s(job)
        from_time = self._app.clock.now() + dt.timedelta(seconds=left_s)
        self.job_view.evidence.show_wait(left_s, t.clock_s(from_time))
        if left_s > 0 and not self._tick.isActive():
            self._tick.start()

    # -- keys --------------------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc one step back; numbers choose, letters act; a held key does nothing."""
        if event.isAutoRepeat():
            return
        job = self._job
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif job is None:
            super().keyPressEvent(event)
        elif job.stage is Stage.ENDED and keys.is_enter(event):
            self.act("list" if self._others() else "sale")
        elif job.stage is Stage.SEE and (number := keys.digit(event)) is not None:
            if 1 <= number <= len(job.choices):
                self.choose(job.choices[number - 1])
        elif (name := _LETTERS.get(keys.letter(event))) is not None:
            if name in self.job_view.page().offered():
                self.act(name)
        else:
            super().keyPressEvent(event)

    def _escape(self) -> None:
        job = self._take_typed()
        if job is None:
            self.navigate.emit("sale", "")
            return
        before = model.back(job)
        if before is not None:
            self._show(before)
            return
        listed = job.stage is not Stage.ENDED and len(self._open) + len(self._strays) > 1
        self.act("list" if listed else "sale")
