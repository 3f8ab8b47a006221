"""The settings (F10): a list of sections at the left, one of them at the right, one key to save.

Nothing takes effect before it is saved, except the colours, which are shown as soon as they are
chosen. What was saved opens the terminal anew, so that no part of it runs on old settings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from pos_app.config.issued import Issued
from pos_app.config.model import Settings
from pos_app.config.rules import Complaint, complaints
from pos_app.domain.errors import PosError
from pos_app.domain.requests import HistoryQuery
from pos_app.ui import theme
from pos_app.ui.app import App, SetUp
from pos_app.ui.bridge import Bridge
from pos_app.ui.dialogs import confirm, show_error
from pos_app.ui.marks import override
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.settings.doctor import DoctorPage
from pos_app.ui.screens.settings.forms import (
    AdvancedSection,
    LookSection,
    PrinterSection,
    SaleSection,
)
from pos_app.ui.screens.settings.identity import IdentitySection
from pos_app.ui.screens.settings.leaving import Leaving, ask_leaving
from pos_app.ui.screens.settings.sections import (
    FIXED_IN_PRACTICE,
    OF_GATEWAY,
    SECTIONS,
    Section,
    goes_to,
    is_local,
    switch_words,
)
from pos_app.ui.setup_certificate import CertificateForm, CertificateTyped, dropped_files
from pos_app.ui.setup_forms import KcpForm, ShopForm
from pos_app.ui.setup_gateways import GatewaysForm
from pos_app.ui.setup_parts import (
    FORM_WIDTH_PX,
    FormPage,
    Mark,
    SetupForm,
    SideList,
    SideRow,
)
from pos_app.ui.setup_portone import PortOneForm, PortOneTyped
from pos_app.ui.text import text
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.say import Say

_SIDE_WIDTH_PX = 250


class SettingsScreen(QWidget):
    """Everything a shop sets.

    Signals:
        navigate: (screen name, payment id) somewhere else is wanted.
        saved: settings changed; the terminal has to be opened anew.
    """

    navigate = Signal(str, str)
    saved = Signal()

    def __init__(
        self, app: App, bridge: Bridge, set_up: SetUp, parent: QWidget | None = None
    ) -> None:
        """Show the settings `app` runs on."""
        super().__init__(parent)
        self._app = app
        self._set_up = set_up
        self._scope = TaskScope(self)
        self._base = app.settings
        self._typed = CertificateTyped()
        self._keys_typed = PortOneTyped()
        self._practice = app.is_practice
        self._busy = False
        self._finished = False
        self._asked: set[Section] = set()
        self._wrong: set[Section] = set()
        self.section = Section.SHOP
        self.setAcceptDrops(True)
        self._make_forms()
        self._lay_out()
        self._join()
        self._show_section()

    # -- building ----------------------------------------------------------------------------------

    def _make_forms(self) -> None:
        kcp, portone = self._base.kcp, self._base.portone
        self.shop = ShopForm()
        self.gateways = GatewaysForm()
        self.kcp = KcpForm(loopback=is_local(kcp))
        self.certificate = CertificateForm(self._set_up, self._typed, renewal=True)
        self.portone = PortOneForm(self._set_up, self._keys_typed, loopback=is_local(portone))
        self.sale = SaleSection()
        self.identity = IdentitySection()
        self.look = LookSection()
        self.printers = PrinterSection()
        self.advanced = AdvancedSection()
        self.doctor = DoctorPage(self._set_up)
        self.forms: Mapping[Section, SetupForm] = {
            Section.SHOP: self.shop,
            Section.GATEWAYS: self.gateways,
            Section.KCP: self.kcp,
            Section.CERTIFICATE: self.certificate,
            Section.PORTONE: self.portone,
            Section.SALE: self.sale,
            Section.IDENTITY: self.identity,
            Section.LOOK: self.look,
            Section.PRINTERS: self.printers,
            Section.ADVANCED: self.advanced,
        }
        for section, form in self.forms.items():
            form.fill(self._base)
            form.setEnabled(not self._is_fixed(section))
        if self._is_fixed(Section.CERTIFICATE):
            self.certificate.show_only_current()

    def _lay_out(self) -> None:
        self.list = SideList(text("settings.title"), choosing=True)
        side = Panel(text("settings.title"))
        side.setFixedWidth(theme.px(_SIDE_WIDTH_PX))
        side.add(self.list)
        side.body.addStretch(1)
        side.add(EmphasisLabel(text("settings.keys"), "small", ink="muted"))
        self.title = label("", "title")
        self.lead = EmphasisLabel("", "body", ink="muted")
        self.fixed = Say(text("settings.fixed_in_practice"))
        self.fixed.setMaximumWidth(theme.px(FORM_WIDTH_PX))
        self.pages = QStackedWidget()
        for section in SECTIONS:
            self.pages.addWidget(FormPage(self.forms.get(section, self.doctor)))
        self.unsaved = label("", "small")
        self.unsaved.set_tone("warn")
        self.save = BigButton(text("settings.save"), "Ctrl+S")
        self.save.setFixedWidth(theme.px(250))
        below = QWidget()
        below.setMaximumWidth(theme.px(FORM_WIDTH_PX + 12))
        foot = QHBoxLayout(below)
        foot.setContentsMargins(theme.px(6), 0, theme.px(6), 0)
        foot.setSpacing(theme.px(12))
        foot.addWidget(self.unsaved, 1)
        foot.addWidget(self.save)
        head = QVBoxLayout()
        head.setContentsMargins(theme.px(6), theme.px(8), theme.px(6), theme.px(4))
        head.setSpacing(theme.px(6))
        for widget in (self.title, self.lead, self.fixed):
            head.addWidget(widget)
        panel = Panel()
        panel.add(head)
        panel.add(self.pages, 1)
        panel.add(below)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme.px(edge) for edge in (20, 16, 20, 16)))
        row.setSpacing(theme.px(16))
        row.addWidget(side)
        row.addWidget(panel, 1)

    def _join(self) -> None:
        self.list.chosen.connect(self._on_chosen)
        self.list.entered.connect(self.go_in)
        for form in self.forms.values():
            form.changed.connect(self._on_changed)
            form.finished.connect(self._on_finished)
        self.certificate.working_changed.connect(self._on_working)
        self.portone.working_changed.connect(self._on_working)
        self.look.scheme.changed.connect(self._show_colours)
        self.save.clicked.connect(self.save_now)
        shortcut = QShortcut(QKeySequence("Ctrl+S"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(self.save_now)

    def _is_fixed(self, section: Section) -> bool:
        return self._practice and section in FIXED_IN_PRACTICE

    # -- life --------------------------------------------------------------------------------------

    def activate(self, payment_id: str = "") -> None:
        """Come to the front; unsaved changes are still there."""
        self.list.setFocus()
        self._show_section()

    def draft(self) -> Settings:
        """Return the settings as they would be saved."""
        settings = self._base
        for section, form in self.forms.items():
            if not self._is_fixed(section) and self._is_shown(section):
                settings = form.read(settings)
        return settings

    def sections(self) -> tuple[Section, ...]:
        """Return the sections in the list: those of a gateway only while it is used."""
        return tuple(section for section in SECTIONS if self._is_shown(section))

    def _is_shown(self, section: Section) -> bool:
        gateway = OF_GATEWAY.get(section)
        return gateway is None or gateway in self.gateways.chosen()

    def is_changed(self) -> bool:
        """Tell whether there is something to save."""
        given = not (self._typed.is_empty and self._keys_typed.is_empty)
        return given or self.draft() != self._base

    def holds(self, name: str, payment_id: str) -> bool:
        """Ask about unsaved changes before the shell shows another screen; True if it must wait."""
        if not self.is_changed():
            return False
        self._scope.start(self._ask_to_leave(name, payment_id), "ask about changes")
        return True

    # -- sections ----------------------------------------------------------------------------------

    def show_section(self, section: Section) -> None:
        """Show a section; the list keeps the focus."""
        self.section = section
        self._show_rows()
        self.list.set_current(self.sections().index(section))
        self._show_section()

    def go_in(self) -> None:
        """Put the focus into the section."""
        if self.section is Section.DOCTOR:
            self.doctor.examine()
        elif not self._is_fixed(self.section):
            self.forms[self.section].enter(at_start=True)

    def _on_chosen(self, index: int) -> None:
        self.show_section(self.sections()[index])

    def _show_section(self) -> None:
        section = self.section
        self.title.set_words(text(f"settings.section.{section.value}"))
        self.lead.set_words(text(f"settings.lead.{section.value}"))
        self.fixed.setVisible(self._is_fixed(section))
        self.pages.setCurrentIndex(SECTIONS.index(section))
        self._show_state()
        if section is Section.DOCTOR and not self.doctor.lines.steps():
            self.doctor.examine()
        elif section is Section.PRINTERS:
            self.printers.list_printers()
        elif section in {Section.CERTIFICATE, Section.PORTONE} and section not in self._asked:
            self._asked.add(section)
            self._scope.start(self._read_vault(section), "read what is in the vault")

    async def _read_vault(self, section: Section) -> None:
        """Show the certificate in use, or whether there is a key pair."""
        try:
            if section is Section.CERTIFICATE:
                card = await asyncio.to_thread(self._set_up.current_certificate)
                self.certificate.show_current(card)
            else:
                self.portone.show_kept(kept=await asyncio.to_thread(self._set_up.has_api_keys))
        except PosError as error:
            self._asked.discard(section)
            await show_error(self, error)

    def _show_colours(self) -> None:
        """Show the chosen colours at once; sizes wait for the terminal to be opened anew."""
        look = self.look.read(self._base).look
        qt = QApplication.instance()
        if isinstance(qt, QApplication):
            theme.apply_theme(qt, look.theme, theme.current().text_percent)

    # -- what is changed ---------------------------------------------------------------------------

    def _on_changed(self) -> None:
        self._wrong.discard(self.section)
        self._show_state()

    def _on_finished(self) -> None:
        """Enter in a section's last field: to the key that saves, or back where nothing changed."""
        self._finished = True
        if not self._is_working():
            self._finished = False
            (self.save if self.save.isEnabled() else self.list).setFocus()

    def _on_working(self, working: bool) -> None:  # noqa: FBT001 - the slot of a signal
        """A certificate is being tried, or was: only then can the key that saves be hit."""
        self._show_state()
        if not working and self._finished:
            self._on_finished()

    def _show_state(self) -> None:
        """Mark what was changed and what is wrong, and say whether there is something to save."""
        changed = self.is_changed()
        self._show_rows()
        self.unsaved.set_words(text("settings.unsaved") if changed else "")
        self.save.setEnabled(changed and not self._busy and not self._is_working())
        self.save.set_words(text("settings.saving" if self._busy else "settings.save"))

    def _is_working(self) -> bool:
        return self.certificate.is_working() or self.portone.is_working()

    def _show_rows(self) -> None:
        """List the sections that are there now, each with its mark."""
        sections = self.sections()
        rows = [SideRow(text(f"settings.section.{s.value}"), mark=self._mark(s)) for s in sections]
        if rows != list(self.list.rows()):
            self.list.set_rows(rows)
            self.list.set_current(sections.index(self.section))

    def _mark(self, section: Section) -> Mark:
        if section in self._wrong:
            return "alert"
        if section is Section.CERTIFICATE:
            return "" if self._typed.is_empty else "changed"
        form = self.forms.get(section)
        if form is None or self._is_fixed(section):
            return ""
        if section is Section.PORTONE and not self._keys_typed.is_empty:
            return "changed"
        return "" if form.read(self._base) == self._base else "changed"

    # -- saving ------------------------------------------------------------------------------------

    def save_now(self) -> None:
        """Keep what was changed, or show what is in the way."""
        if self._busy or self._is_working() or not self.is_changed():
            return
        # At once, not when the task begins: a second key may come before.
        self._busy = True
        self._show_state()
        self._scope.start(self._save(), "save settings")

    async def _save(self) -> None:
        draft = self.draft()
        try:
            if not self._is_right(draft) or not await self._is_meant(draft):
                return
            issued = Issued(self._typed.credentials(), self._keys_typed.keys())
            await asyncio.to_thread(self._set_up.save, draft, issued, None)
        except PosError as error:
            await show_error(self, error)
            return
        finally:
            if isValid(self):  # the window may have gone while something was asked
                self._busy = False
                self._show_state()
        self._base = draft
        self.certificate.forget()
        self.portone.forget()
        self._show_state()
        self.saved.emit()

    def _is_right(self, draft: Settings) -> bool:
        """Go to the first thing that cannot be saved, and say it there."""
        found = complaints(draft)
        shown = [section for section in self.forms if self._is_shown(section)]
        self._wrong = {section for section in shown if self._concerns(section, found)}
        for section in shown:
            if section in self._wrong:
                self.show_section(section)
                self.forms[section].show_complaints(found)
                return False
        if found:
            self._scope.start(show_error(self, found[0].mistake), "show a mistake")
            return False
        if not self._typed.is_empty and not self._typed.verified:
            self.show_section(Section.CERTIFICATE)
            self.certificate.try_now()
            return False
        return self._is_channel_seen(draft)

    def _is_channel_seen(self, draft: Settings) -> bool:
        """Ask PortOne first where the key pair or the channel is another than before."""
        after, before = draft.portone, self._base.portone
        if after is None or self._is_fixed(Section.PORTONE):
            return True
        same = before is not None and goes_to(before) == goes_to(after)
        if (same and self._keys_typed.is_empty) or self.portone.is_seen():
            return True
        self._wrong = {Section.PORTONE}
        self.show_section(Section.PORTONE)
        if self._keys_typed.channels is None:
            self.portone.ask()
        return False

    def _concerns(self, section: Section, found: tuple[Complaint, ...]) -> bool:
        fields = self.forms[section].fields
        return any(
            complaint.field in fields and not fields[complaint.field].isHidden()
            for complaint in found
        )

    async def _is_meant(self, draft: Settings) -> bool:
        """Ask once more where payments will go somewhere else from now on."""
        parts = [switch_words(name, self._base, draft) for name in self._base.gateways.names]
        body = " ".join(part for part in parts if part)
        if not body:
            return True
        waiting = await self._app.history.search(HistoryQuery(open_only=True))
        if waiting:
            body = f"{body} {text('settings.switch.waiting', count=len(waiting))}"
        return await confirm(
            self,
            text("settings.switch.title"),
            body,
            text("settings.switch.yes"),
            text("settings.switch.no"),
            danger=True,
        )

    # -- leaving -----------------------------------------------------------------------------------

    def leave(self, name: str = "sale", payment_id: str = "") -> None:
        """Go to another screen; unsaved changes are asked about first."""
        if not self.holds(name, payment_id):
            self.navigate.emit(name, payment_id)

    async def _ask_to_leave(self, name: str, payment_id: str) -> None:
        if self._busy:
            return
        match await ask_leaving(self):
            case Leaving.SAVE:
                self.save_now()
            case Leaving.DISCARD:
                self.discard()
                self.navigate.emit(name, payment_id)
            case Leaving.STAY:
                self.list.setFocus()

    def discard(self) -> None:
        """Show the settings as they are again."""
        for form in self.forms.values():
            for field in form.fields.values():
                field.set_error("")
            form.fill(self._base)
        self.certificate.forget()
        self.portone.forget()
        self._wrong.clear()
        self._show_colours()
        self._show_state()

    # -- keys and drops ----------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc: from the section to the list, from the list away. R: check again."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape:
            if self.list.hasFocus():
                self.leave()
            else:
                self.list.setFocus()
        elif self.section is Section.DOCTOR and keys.letter(event) == "R":
            self.doctor.examine()
        elif event.key() in {Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}:
            self._scroll(1 if event.key() == Qt.Key.Key_PageDown else -1)
        else:
            super().keyPressEvent(event)

    def _scroll(self, pages: int) -> None:
        """Scroll what large text leaves no room for."""
        page = self.pages.currentWidget()
        if isinstance(page, FormPage):
            bar = page.verticalScrollBar()
            bar.setValue(bar.value() + pages * bar.pageStep())

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files anywhere on the certificate's page."""
        takes = self.section is Section.CERTIFICATE and not self._is_fixed(self.section)
        if takes and dropped_files(event.mimeData()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        """Hand dropped files to the form."""
        if self.section is Section.CERTIFICATE and not self._is_fixed(self.section):
            event.acceptProposedAction()
            self.certificate.take_files(dropped_files(event.mimeData()))
