"""The identity check (F5): ask the caller, send a code, type what they read, bind it to the sale.

Nothing personal outlives the screen: it is forgotten when another one comes to the front, and what
was asked of the gateway is then erased there.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.card import SecretDigits
from pos_app.domain.errors import PosError
from pos_app.domain.identity import CODE_DIGITS, CodeBy, CodeSent, Identity, IdentityConfirmed
from pos_app.domain.order import KST
from pos_app.services.identity_desk import Caller
from pos_app.ui import theme
from pos_app.ui.app import App
from pos_app.ui.card_entry import FieldMistake
from pos_app.ui.dialogs import confirm, show_error
from pos_app.ui.key_table import letters
from pos_app.ui.marks import override
from pos_app.ui.sale_in_sight import SaleInSight
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.identity.aside import SaleAside
from pos_app.ui.screens.identity.code import CodeView
from pos_app.ui.screens.identity.form import CallerForm
from pos_app.ui.screens.identity.model import (
    Verdict,
    masked_phone,
    passed_verdict,
    read_caller,
    trouble_words,
)
from pos_app.ui.screens.identity.outcome import OutcomeView
from pos_app.ui.setup_parts import FormPage
from pos_app.ui.text import error_text, text
from pos_app.ui.widgets import keys
from pos_app.ui.words import gateway_words

_LETTERS = letters("identity")


class Phase(StrEnum):
    """Where a check is on the screen."""

    CLOSED = "closed"
    TYPING = "typing"
    CONSENT = "consent"
    ASKING = "asking"
    CODE = "code"
    CONFIRMING = "confirming"
    PASSED = "passed"


_BUSY = frozenset({Phase.ASKING, Phase.CONFIRMING})


class IdentityScreen(QWidget):
    """Who is calling.

    Signals:
        navigate: (screen name, payment id) somewhere else is wanted.
    """

    navigate = Signal(str, str)

    def __init__(self, app: App, sale: SaleInSight, parent: QWidget | None = None) -> None:
        """Build it for a terminal that is ready, beside the sale `sale`."""
        super().__init__(parent)
        self._app = app
        self._desk = app.identity
        self._sale = sale
        self._scope = TaskScope(self)
        self._phone = ""
        #: Counts what was begun, so that a late answer knows whether it is wanted.
        self._attempt = 0
        self._leaving = False
        self.phase = Phase.CLOSED
        self.form = CallerForm(
            self._today, self._desk.rules.company, kept=self._desk.rules.keep_at_gateway
        )
        self.code = CodeView(self._desk.code_left_s)
        self.outcome = OutcomeView()
        self.aside = SaleAside()
        self._lay_out()
        self.form.changed.connect(self._on_typed)
        self.form.finished.connect(self.last_look)
        self.code.finished.connect(self.go_on)
        self.code.acted.connect(self.act)
        self.outcome.acted.connect(self.act)
        self.aside.button.clicked.connect(self.go_on)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ringless", True)

    def _lay_out(self) -> None:
        parts = QWidget()
        column = QVBoxLayout(parts)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.form, self.code, self.outcome):
            column.addWidget(part)
        self._page = FormPage(parts, full_width=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme.px(side) for side in (20, 16, 20, 16)))
        row.setSpacing(theme.px(16))
        row.addWidget(self._page, 1)
        row.addWidget(self.aside)

    def _today(self) -> dt.date:
        return self._app.clock.now().astimezone(KST).date()

    # -- coming and going --------------------------------------------------------------------------

    def activate(self, payment_id: str = "") -> None:
        """Come to the front: begin a check, or show the one the sale is bound to."""
        self._leaving = False
        if self.phase in {Phase.ASKING, Phase.CODE, Phase.CONFIRMING}:
            self._show_phase(self.phase)
        elif not self._desk.gateway:
            self._close(text("identity.closed.title"), text("identity.closed.advice"))
        elif self._sale.order_in_sight() is None:
            self._close(text("identity.no_sale.title"), text("identity.no_sale.advice"))
        elif self._desk.bound is not None:
            self._show_passed(None)
        else:
            self._begin()

    def holds(self, name: str, payment_id: str) -> bool:
        """Ask before a check in the middle is given up; True if the shell must wait."""
        begun = self.phase in {Phase.ASKING, Phase.CODE, Phase.CONFIRMING}
        if self._leaving or not (begun or self.form.is_begun()):
            return False
        self._scope.start(self._ask_to_leave(name, payment_id), "ask about the check")
        return True

    async def _ask_to_leave(self, name: str, payment_id: str) -> None:
        if await self._agrees_to_stop():
            self._leaving = True
            self.navigate.emit(name, payment_id)

    async def _agrees_to_stop(self) -> bool:
        return await confirm(
            self,
            text("identity.stop.title"),
            text("identity.stop.body"),
            text("identity.stop.yes"),
            text("identity.stop.no"),
        )

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        """Forget everybody when another screen comes to the front."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._forget()

    def _forget(self) -> None:
        """Wipe what was typed and shown; a code that nobody waits for is erased."""
        self._attempt += 1
        self._desk.give_up()
        self._phone = ""
        self.form.clear()
        self.code.clear()
        self.outcome.clear()
        self.aside.clear()
        self.phase = Phase.CLOSED

    def _close(self, title: str, advice: str) -> None:
        """Say why there is nothing to check."""
        self._show_phase(Phase.CLOSED)
        self.outcome.show_verdict(Verdict("neutral", "info", title, (advice,), "", ""), again=False)
        self.aside.clear()

    # -- typing ------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Ask who is calling; what the order knows of the buyer is offered."""
        order = self._sale.order_in_sight()
        if order is not None:
            self.form.offer(order.buyer_name, order.buyer_phone)
        self._show_phase(Phase.TYPING)
        self.form.chain.focus_first_empty()

    def _on_typed(self) -> None:
        """Leave the last look when something changes; say what is missing."""
        if self.phase is Phase.CONSENT:
            self._show_phase(Phase.TYPING)
        if self.phase is Phase.TYPING:
            self._show_missing()

    def _show_missing(self) -> None:
        missing = self.form.missing()
        self.aside.set_note(text("sale.missing", fields=" · ".join(missing)) if missing else "")
        self.aside.button.setEnabled(not missing)

    def last_look(self) -> None:
        """Check what was typed; the next Enter says that the caller has agreed."""
        if self._read() is not None:
            self._show_phase(Phase.CONSENT)
            self.aside.button.setFocus()

    def _read(self) -> Caller | None:
        """Return whom to check, or say in the field what is wrong."""
        try:
            return read_caller(self.form.typed(), self._today())
        except FieldMistake as found:
            title, advice = error_text(found.mistake)
            self.form.show_mistake(found.field, title)
            self.aside.set_note(advice, "bad")
            return None

    # -- asking and confirming ---------------------------------------------------------------------

    def go_on(self) -> None:
        """Enter: the one big thing that comes next."""
        match self.phase:
            case Phase.TYPING:
                self.last_look()
            case Phase.CONSENT:
                self._ask()
            case Phase.CODE:
                self._confirm()
            case Phase.PASSED | Phase.CLOSED:
                self.navigate.emit("sale", "")
            case _:
                return

    def _ask(self) -> None:
        caller = self._read()
        if caller is None:
            self._show_phase(Phase.TYPING)
            return
        self._attempt += 1
        self._show_phase(Phase.ASKING)
        self._scope.start(self._ask_now(caller, self._attempt), "ask for a code")

    async def _ask_now(self, caller: Caller, attempt: int) -> None:
        try:
            answer = await self._desk.ask(caller)
        except PosError as error:
            await self._fail(error, attempt)
            return
        if attempt != self._attempt:
            return
        if isinstance(answer, CodeSent):
            self._phone = masked_phone(caller.phone)
            self.code.show_sent(self._phone, caller.code_by)
            self._show_phase(Phase.CODE)
            return
        self._say_trouble(trouble_words(answer, asking=True))

    def _confirm(self) -> None:
        """Hand the code in, or say that the caller has confirmed in the app."""
        code = None
        if self._way() is CodeBy.SMS:
            if self.code.code.digit_count() != CODE_DIGITS:
                self.code.code.set_error(text("identity.code_length"))
                self.code.code.setFocus()
                return
            code = SecretDigits(self.code.code.take())
        self._attempt += 1
        self._show_phase(Phase.CONFIRMING)
        self._scope.start(self._confirm_now(code, self._attempt), "confirm the code")

    async def _confirm_now(self, code: SecretDigits | None, attempt: int) -> None:
        try:
            answer = await self._desk.confirm(code)
        except PosError as error:
            await self._fail(error, attempt)
            return
        if attempt != self._attempt:
            return
        if isinstance(answer, IdentityConfirmed) and self._desk.bound is not None:
            self._show_passed(answer.identity)
        elif not isinstance(answer, IdentityConfirmed):
            self._say_trouble(trouble_words(answer, asking=False))

    async def _fail(self, error: PosError, attempt: int) -> None:
        """Go back to where one can try again, and show what went wrong."""
        if attempt == self._attempt:
            self._say_trouble("")
        await show_error(self, error)

    def _say_trouble(self, words: str) -> None:
        """Say why it did not work where one can do something about it."""
        if self._desk.waits_for_code:
            self._show_phase(Phase.CODE)
            self.code.set_note(words)
        else:
            self._show_phase(Phase.TYPING)
            self.aside.set_note(words, "bad")
            self.aside.button.setFocus()

    def _show_passed(self, identity: Identity | None) -> None:
        """Say that the sale is bound to a check; who it was is forgotten with the screen."""
        bound = self._desk.bound
        if bound is None:
            self._begin()
            return
        self._show_phase(Phase.PASSED)
        kept = "kept" if self._desk.rules.keep_at_gateway else "erased"
        holder = self._sale.lend_holder()
        try:
            verdict = passed_verdict(bound, identity, holder, text(f"identity.{kept}"))
        finally:
            if holder is not None:
                holder.release()
        self.form.clear()
        self.code.clear()
        self.outcome.show_verdict(verdict, again=True)

    def _way(self) -> CodeBy:
        return CodeBy(self.form.code_by.value())

    # -- keys and phases ---------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """Do what a key or a button asks for."""
        if name == "resend" and self.phase is Phase.CODE:
            self._ask()
        elif name == "stop" and self.phase is Phase.CODE:
            self._scope.start(self._stop(), "give the check up")
        elif name == "again" and self.phase is Phase.PASSED:
            self._begin()  # the earlier check counts until the next one is passed

    async def _stop(self) -> None:
        """Esc: give the check up after asking; what was typed stays to be mended."""
        if await self._agrees_to_stop():
            self._attempt += 1
            self._desk.give_up()
            self.code.clear()
            self._begin()

    async def _clear(self) -> None:
        if await self._agrees_to_stop():
            self._forget()
            self.navigate.emit("sale", "")

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back after asking, F6 sends another code, R checks again."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif event.key() == Qt.Key.Key_F6:
            self.act("resend")
        elif keys.is_enter(event):
            self.go_on()
        elif (name := _LETTERS.get(keys.letter(event))) is not None:
            self.act(name)
        else:
            super().keyPressEvent(event)

    def _escape(self) -> None:
        if self.phase is Phase.CODE:
            self.act("stop")
        elif self.phase is Phase.CONSENT:
            self._show_phase(Phase.TYPING)
            self.form.chain.focus_first_empty()
        elif self.phase is Phase.TYPING and self.form.is_begun():
            self._scope.start(self._clear(), "forget the caller")
        elif self.phase not in _BUSY:
            self.navigate.emit("sale", "")

    def _show_phase(self, phase: Phase) -> None:
        """Show what belongs to `phase`."""
        self.phase = phase
        coding = phase is Phase.CODE or (phase in _BUSY and self._desk.waits_for_code)
        ended = phase in {Phase.PASSED, Phase.CLOSED}
        self.code.setVisible(coding)
        self.outcome.setVisible(ended)
        self.form.setVisible(not coding and not ended)
        self.form.setEnabled(phase not in _BUSY)
        self.code.setEnabled(phase not in _BUSY)
        self._show_sale()
        button = self.aside.button
        app = coding and self._way() is CodeBy.APP and phase is Phase.CODE
        button.set_words(text(f"identity.key.{'app' if app else phase.value}"))
        button.setEnabled(phase not in _BUSY)
        self.aside.set_note(text("identity.consent_last") if phase is Phase.CONSENT else "", "text")
        if phase is Phase.CONSENT:
            self._page.ensureWidgetVisible(self.form.consent)
        if phase is Phase.TYPING:
            self._show_missing()
        elif phase is Phase.CODE and not app:
            self.code.code.setFocus()
        elif phase in _BUSY:
            self.setFocus()
        else:
            button.setFocus()

    def _show_sale(self) -> None:
        holder = self._sale.lend_holder()
        try:
            named = self._desk.gateway
            gateway = gateway_words(named) if named else ""
            self.aside.show_sale(self._sale.order_in_sight(), holder, gateway)
        finally:
            if holder is not None:
                holder.release()
