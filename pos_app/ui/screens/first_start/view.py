"""The first start: a few calm steps, then the terminal is ready. Enter goes on, Esc back.

What was typed lives in the forms, which stay while one goes back and forth, and in
`CertificateTyped`; only a change of language builds them anew and fills them again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import IntEnum

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.config.issued import Issued
from pos_app.config.model import GatewayName, Settings
from pos_app.config.rules import complaints
from pos_app.domain.errors import PosError, UserMistake
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.app import SetUp
from pos_app.ui.dialogs import show_error
from pos_app.ui.marks import override
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.first_start.practice import OpenPractice, open_practice
from pos_app.ui.screens.first_start.steps import (
    DonePage,
    LanguageStep,
    ProtectionStep,
    SummaryStep,
)
from pos_app.ui.setup_certificate import CertificateForm, CertificateTyped, dropped_files
from pos_app.ui.setup_forms import KcpForm, ShopForm
from pos_app.ui.setup_gateways import GatewaysForm
from pos_app.ui.setup_parts import (
    FORM_WIDTH_PX,
    FormPage,
    SetupForm,
    SideList,
    SideRow,
)
from pos_app.ui.setup_portone import PortOneForm, PortOneTyped
from pos_app.ui.text import language, text, use_language
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.panel import Panel

_SIDE_WIDTH_PX = 270
#: How the codes of everything begin that is wrong with a passphrase.
_ABOUT_WORDS = "vault.passphrase_"


class Step(IntEnum):
    """The steps in their order; those about a gateway only where the shop has it."""

    LANGUAGE = 0
    SHOP = 1
    GATEWAYS = 2
    KCP = 3
    CERTIFICATE = 4
    PORTONE = 5
    PROTECTION = 6
    SUMMARY = 7
    DONE = 8


_OF_GATEWAY: Mapping[Step, GatewayName] = {
    Step.KCP: "kcp",
    Step.CERTIFICATE: "kcp",
    Step.PORTONE: "portone",
}


class FirstStartScreen(QWidget):
    """The guided set-up.

    Signals:
        done: everything is kept; the terminal can be opened.
    """

    done = Signal()

    def __init__(
        self,
        set_up: SetUp,
        practice: OpenPractice = open_practice,
        parent: QWidget | None = None,
    ) -> None:
        """Build the steps.

        Args:
            set_up: keeps settings and secrets.
            practice: opens a practice terminal; tells whether it could.
            parent: the window's pages.
        """
        super().__init__(parent)
        self._set_up = set_up
        self._open_practice = practice
        self._scope = TaskScope(self)
        self._settings = Settings()
        self._typed = CertificateTyped()
        self._keys_typed = PortOneTyped()
        self._passed = 0
        self._busy = False
        self.step = Step.LANGUAGE
        self.setAcceptDrops(True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(*(theme.px(side) for side in (20, 16, 20, 16)))
        self._row.setSpacing(theme.px(16))
        self._build()

    # -- building ----------------------------------------------------------------------------------

    def _build(self) -> None:
        """Make everything in the language in use, and fill in what was typed."""
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._make_steps()
        self.list = SideList(text("first_start.title"), choosing=False)
        side = Panel(text("first_start.title"))
        side.setFixedWidth(theme.px(_SIDE_WIDTH_PX))
        side.add(self.list)
        side.body.addStretch(1)
        side.add(EmphasisLabel(text("first_start.keys"), "small", ink="muted"))
        self._row.addWidget(side)
        self._row.addWidget(self._main_panel(), 1)
        self.show_step(self.step)

    def _make_steps(self) -> None:
        self.language = LanguageStep()
        self.shop = ShopForm()
        self.gateways = GatewaysForm()
        self.kcp = KcpForm()
        self.portone = PortOneForm(self._set_up, self._keys_typed)
        self.certificate = CertificateForm(self._set_up, self._typed)
        self.protection = ProtectionStep(self._set_up)
        self.summary = SummaryStep()
        self.end = DonePage()
        self.forms: dict[Step, SetupForm] = {
            Step.LANGUAGE: self.language,
            Step.SHOP: self.shop,
            Step.GATEWAYS: self.gateways,
            Step.KCP: self.kcp,
            Step.CERTIFICATE: self.certificate,
            Step.PORTONE: self.portone,
            Step.PROTECTION: self.protection,
            Step.SUMMARY: self.summary,
        }
        for form in self.forms.values():
            form.fill(self._settings)
        for step in (Step.LANGUAGE, Step.SHOP, Step.GATEWAYS, Step.KCP, Step.PORTONE):
            self.forms[step].finished.connect(self.go_on)
        self.protection.finished.connect(self.go_on)
        self.certificate.finished.connect(self._go_past)
        self.certificate.working_changed.connect(self._show_busy)
        self.portone.working_changed.connect(self._show_busy)
        self.language.picked.connect(self._on_language)
        self.protection.looked.connect(self._on_looked)
        self.end.begin.connect(self.done)
        self.end.practise.connect(self._practise)

    def _main_panel(self) -> Panel:
        panel = Panel()
        self.title = label("", "title")
        self.lead = EmphasisLabel("", "body", ink="muted")
        self.pages = QStackedWidget()
        for form in self.forms.values():
            self.pages.addWidget(FormPage(form))
        self.pages.addWidget(FormPage(self.end))
        self.back = BigButton(text("first_start.back"), "Esc", primary=False)
        self.back.clicked.connect(self.go_back)
        self.next = BigButton(text("first_start.next"), "Enter")
        self.next.clicked.connect(self.go_on)
        for button in (self.back, self.next):
            button.setFixedWidth(theme.px(250))
        self.buttons = QWidget()
        self.buttons.setMaximumWidth(theme.px(FORM_WIDTH_PX + 12))
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(theme.px(6), 0, theme.px(6), 0)
        row.setSpacing(theme.px(12))
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.next)
        self.head = QWidget()
        head = QVBoxLayout(self.head)
        head.setContentsMargins(theme.px(6), theme.px(8), theme.px(6), theme.px(4))
        head.setSpacing(theme.px(6))
        head.addWidget(self.title)
        head.addWidget(self.lead)
        panel.add(self.head)
        panel.add(self.pages, 1)
        panel.add(self.buttons)
        return panel

    # -- life --------------------------------------------------------------------------------------

    def activate(self, payment_id: str = "") -> None:
        """Come to the front."""
        self.show_step(self.step)

    def holds(self, name: str, payment_id: str) -> bool:
        """Tell the shell that no other screen serves before the end."""
        return self.step is not Step.DONE

    def show_step(self, step: Step) -> None:
        """Show a step and put the focus where its first missing word goes."""
        self.step = step
        self._passed = max(self._passed, int(step))
        if step is not Step.DONE:
            self.title.set_words(text(f"first_start.{step.name.lower()}.title"))
            self.lead.set_words(text(f"first_start.{step.name.lower()}.lead"))
        self.head.setVisible(step is not Step.DONE)
        self.pages.setCurrentIndex(int(step))
        self.buttons.setVisible(step is not Step.DONE)
        self.back.setEnabled(step > Step.LANGUAGE)
        self.next.set_words(
            text("first_start.save" if step is Step.SUMMARY else "first_start.next")
        )
        self._show_list()
        if step is Step.SUMMARY:
            self._show_summary()
            self.next.setFocus()
        elif step is Step.DONE:
            self.end.start.setFocus()
        else:
            self.forms[step].enter()
            if step is Step.PROTECTION and self.protection.known:
                self._on_looked()

    def _show_list(self) -> None:
        rows = []
        steps = self.steps()[:-1]
        for number, step in enumerate(steps, start=1):
            done = step < self.step
            words = text(f"first_start.step.{step.name.lower()}")
            rows.append(SideRow(words, str(number), "done" if done else ""))
        self.list.set_rows(rows)
        self.list.set_current(steps.index(min(self.step, Step.SUMMARY)))

    def steps(self) -> tuple[Step, ...]:
        """Return the steps there are for what was chosen, the end last."""
        chosen = self.gateways.chosen()
        return tuple(s for s in Step if s not in _OF_GATEWAY or _OF_GATEWAY[s] in chosen)

    def _show_summary(self) -> None:
        self._settings = self.draft()
        self.summary.show_summary(
            self._settings, self._typed.card, by_passphrase=self.protection.by_passphrase
        )

    def draft(self) -> Settings:
        """Return the settings as typed so far."""
        settings = self.shop.read(self._settings)
        for step in (Step.GATEWAYS, Step.KCP, Step.PORTONE):
            if self._passed >= step and step in self.steps():
                settings = self.forms[step].read(settings)
        look = msgspec.structs.replace(settings.look, language=language())
        return msgspec.structs.replace(settings, look=look)

    # -- going on and back -------------------------------------------------------------------------

    def go_on(self) -> None:
        """Leave the step if what it asks for is there; else say in the fields what is not."""
        if self._busy or self.certificate.is_working() or self.portone.is_working():
            return
        match self.step:
            case Step.CERTIFICATE:
                self.certificate.try_now()
            case Step.PORTONE if not self.portone.is_seen():
                # Asked first: what nobody has seen cannot be chosen, and a wrong one not passed.
                if self._keys_typed.channels is None:
                    self.portone.ask()
                else:
                    self.portone.pg.setFocus()
            case Step.PROTECTION:
                if self.protection.known and not self._passphrase_mistaken():
                    self._go_past()
            case Step.SUMMARY:
                self._scope.start(self._save(), "save")
            case Step.DONE:
                self.done.emit()
            case _:
                if not self.forms[self.step].show_complaints(complaints(self.draft())):
                    self._go_past()

    def _passphrase_mistaken(self) -> bool:
        if not self.protection.mistaken():
            return False
        self.protection.enter()
        return True

    def _go_past(self) -> None:
        self._settings = self.draft()
        self.show_step(self._beside(1))

    def _beside(self, way: int) -> Step:
        """Return the next step, or with -1 the one before."""
        steps = self.steps()
        return steps[steps.index(self.step) + way]

    def go_back(self) -> None:
        """Show the step before; what was typed stays."""
        if not self._busy and Step.LANGUAGE < self.step < Step.DONE:
            self._settings = self.draft()
            self.show_step(self._beside(-1))

    def _on_language(self, chosen: str) -> None:
        """Speak the language at once."""
        self._settings = self.draft()
        passphrases = (self.protection.first.text_value(), self.protection.second.text_value())
        use_language(t.LANGUAGES[t.LANGUAGES.index(chosen)])
        self._build()
        self.protection.first.set_text_value(passphrases[0])
        self.protection.second.set_text_value(passphrases[1])

    def _on_looked(self) -> None:
        if self.step is not Step.PROTECTION:
            return
        if self.protection.by_passphrase:
            self.protection.enter()
        else:
            self.next.setFocus()

    def _show_busy(self, busy: bool) -> None:  # noqa: FBT001 - the slot of a signal
        """Show that something is being done."""
        self.next.setEnabled(not busy)
        self.back.setEnabled(not busy and self.step > Step.LANGUAGE)

    # -- saving ------------------------------------------------------------------------------------

    async def _save(self) -> None:
        """Keep everything; what the vault does not take is said where it was typed."""
        self._busy = True
        self._show_busy(True)
        self.next.set_words(text("first_start.saving"))
        passphrase = self.protection.passphrase()
        try:
            issued = self._issued()
            await asyncio.to_thread(self._set_up.save, self._settings, issued, passphrase)
        except PosError as error:
            self._busy = False
            self._show_busy(False)
            await self._say(error)
            return
        self._busy = False
        self._show_busy(False)
        self._typed.clear()
        self.portone.forget()
        self.protection.first.clear_field()
        self.protection.second.clear_field()
        self.show_step(Step.DONE)

    def _issued(self) -> Issued:
        """Return what goes into the vault: only of gateways that were chosen in the end."""
        steps = self.steps()
        return Issued(
            self._typed.credentials() if Step.CERTIFICATE in steps else None,
            self._keys_typed.keys() if Step.PORTONE in steps else None,
        )

    async def _say(self, error: PosError) -> None:
        if isinstance(error, UserMistake) and error.code.startswith(_ABOUT_WORDS):
            self.protection.refuse(error)
            self.show_step(Step.PROTECTION)
            return
        self.show_step(Step.SUMMARY)
        await show_error(self, error)

    def _practise(self) -> None:
        self.end.show_practice(opened=self._open_practice())
        self.end.start.setFocus()

    # -- keys and drops ----------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back, P opens the practice terminal at the end."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape:
            self.go_back()
        elif keys.is_enter(event):
            self.go_on()
        elif self.step is Step.DONE and keys.letter(event) == "P":
            self._practise()
        else:
            super().keyPressEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files while the certificate is asked for."""
        if self.step is Step.CERTIFICATE and dropped_files(event.mimeData()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        """Hand dropped files to the form."""
        if self.step is Step.CERTIFICATE:
            event.acceptProposedAction()
            self.certificate.take_files(dropped_files(event.mimeData()))
