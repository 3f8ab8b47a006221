"""Who is calling: the fields a clerk fills by asking, walked by Enter alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from pos_app.domain.identity import CodeBy
from pos_app.ui import theme
from pos_app.ui.screens.identity.fields import BirthSixField, SeventhField
from pos_app.ui.screens.identity.model import (
    CARRIERS,
    NAME_BYTES,
    Typed,
    is_odd,
    seventh_words,
)
from pos_app.ui.text import text
from pos_app.ui.widgets.choice_field import ChoiceField
from pos_app.ui.widgets.field_chain import FieldChain
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.labels import EmphasisLabel
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.say import Say
from pos_app.ui.widgets.text_field import PhoneField, TextField


class CallerForm(QWidget):
    """Name, phone, birth, carrier, and the sentence to which the caller says yes.

    Signals:
        changed: something was typed.
        finished: Enter in the last field.
    """

    changed = Signal()
    finished = Signal()

    def __init__(
        self,
        today: Callable[[], dt.date],
        company: str,
        *,
        kept: bool,
        parent: QWidget | None = None,
    ) -> None:
        """Build the fields; `company` asks for consent; `kept`: the gateway keeps the result."""
        super().__init__(parent)
        self._today = today
        self.name = TextField(text("identity.name"), max_bytes=NAME_BYTES)
        self.phone = PhoneField(text("identity.phone"))
        self.birth = BirthSixField(text("identity.birth_six"))
        self.seventh = SeventhField(text("identity.seventh"))
        self.carrier = ChoiceField(
            text("identity.carrier"),
            [(name, text(f"identity.carrier.{name}")) for name in CARRIERS],
        )
        self.code_by = ChoiceField(
            text("identity.code_by"),
            [(way.value, text(f"identity.code_by.{way.value.lower()}")) for way in CodeBy],
        )
        self.fields: dict[str, FieldShell] = {
            "name": self.name,
            "phone": self.phone,
            "birth": self.birth,
            "seventh": self.seventh,
            "carrier": self.carrier,
            "code_by": self.code_by,
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self._caller_panel())
        #: What is read aloud; it must be in sight before the caller agrees.
        self.consent = self._consent_panel(company, "kept" if kept else "erased")
        column.addWidget(self.consent)
        self.chain = FieldChain(tuple(self.fields.values()), self)
        self.chain.finished.connect(self.finished)
        for field in self.fields.values():
            field.changed.connect(self._on_changed)

    def _caller_panel(self) -> Panel:
        panel = Panel(text("identity.caller"), text("identity.caller_aside"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(10))
        for place, field in enumerate(self.fields.values()):
            row, column = divmod(place, 2)
            grid.addWidget(field, row, column, Qt.AlignmentFlag.AlignTop)
            grid.setColumnStretch(column, 1)
        panel.add(grid)
        self._means = EmphasisLabel("", "small", ink="muted")
        panel.add(self._means)
        return panel

    def _consent_panel(self, company: str, after: str) -> Panel:
        panel = Panel(text("identity.read_out"))
        panel.add(Say(text(f"identity.consent.{after}", company=company)))
        panel.add(EmphasisLabel(text("identity.consent_hint"), "small", ink="muted"))
        return panel

    # -- contents ----------------------------------------------------------------------------------

    def offer(self, name: str, phone: str) -> None:
        """Offer what is known of the buyer, where nothing was typed yet."""
        if self.name.is_empty():
            self.name.set_text_value(name)
        if self.phone.is_empty():
            self.phone.set_text_value(phone)

    def typed(self) -> Typed:
        """Return what stands in the fields."""
        return Typed(
            name=self.name.text_value(),
            phone=self.phone.text_value(),
            birth=self.birth.peek,
            seventh=self.seventh.peek,
            carrier=self.carrier.value(),
            code_by=self.code_by.value(),
        )

    def is_begun(self) -> bool:
        """Tell whether the clerk has typed what nobody offered."""
        return bool(self.birth.digit_count() or self.seventh.digit_count())

    def clear(self) -> None:
        """Forget everything; the digits are overwritten."""
        for field in self.fields.values():
            field.clear_field()
        self._on_changed()

    def show_mistake(self, field: str, words: str) -> None:
        """Say in the field what is wrong, and go there."""
        self.fields[field].set_error(words)
        self.fields[field].setFocus()

    def missing(self) -> list[str]:
        """Return the captions of the fields that are still empty."""
        return [field.caption() for field in self.fields.values() if field.is_empty()]

    def _on_changed(self) -> None:
        sender = self.sender()
        if isinstance(sender, FieldShell):
            sender.set_error("")
        if sender is self.birth:
            self.seventh.set_error("")
        with self.birth.peek() as birth, self.seventh.peek() as seventh:
            words = seventh_words(birth, seventh, self._today())
            odd = is_odd(birth, seventh, self._today())
        self._means.set_words(words or text("identity.seventh_rule"))
        self._means.set_ink("warn" if odd else "muted")
        self.changed.emit()
