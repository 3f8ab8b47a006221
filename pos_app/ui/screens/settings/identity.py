"""The section of the identity check: from which amount on, under whose name, and what is kept."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QWidget

from pos_app.config.model import Settings
from pos_app.ui.marks import override
from pos_app.ui.screens.settings.forms import yes_or_no
from pos_app.ui.setup_parts import SetupForm
from pos_app.ui.text import text
from pos_app.ui.widgets.amount_field import AmountField
from pos_app.ui.widgets.text_field import TextField

#: `config/rules.py` counts characters; this is what so many Hangul syllables take.
_COMPANY_BYTES = 120


class IdentitySection(SetupForm):
    """When a caller's identity is checked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the fields."""
        super().__init__(parent)
        self.above = AmountField(text("settings.identity.above"), big=False)
        self.above.set_hint(text("settings.identity.above_hint"))
        self.company = TextField(text("settings.identity.company"), max_bytes=_COMPANY_BYTES)
        self.company.set_hint(text("settings.identity.company_hint"))
        self.keep = yes_or_no(text("settings.identity.keep"), text("settings.identity.keep_hint"))
        self.arrange(
            {
                "identity.compulsory_above_won": self.above,
                "identity.company": self.company,
                "identity.keep_at_gateway": self.keep,
            },
            ((self.above, self.company), (self.keep,)),
        )

    @override
    def fill(self, settings: Settings) -> None:
        identity = settings.identity
        above = identity.compulsory_above_won
        self.above.set_text_value("" if above is None else str(above))
        self.company.set_text_value(identity.company)
        self.company.set_placeholder(settings.shop.name)
        self.keep.set_value("yes" if identity.keep_at_gateway else "no")

    @override
    def read(self, settings: Settings) -> Settings:
        typed = self.above.text_value()
        # An amount that is not clear ("1만5") is out of bounds, and said to be.
        above = None if not typed else int(typed) if typed.isascii() and typed.isdigit() else -1
        identity = msgspec.structs.replace(
            settings.identity,
            compulsory_above_won=above,
            company=self.company.text_value(),
            keep_at_gateway=self.keep.value() == "yes",
        )
        return msgspec.structs.replace(settings, identity=identity)
