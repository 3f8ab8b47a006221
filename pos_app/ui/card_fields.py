"""The four fields of a card in one row, as a contract wants them; their digits are wiped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app.domain.card import CardWarning, brand_of, card_warnings, usual_lengths
from pos_app.ui import theme
from pos_app.ui.card_entry import CardBuffers, CardViews
from pos_app.ui.cards import issuer_words
from pos_app.ui.text import text
from pos_app.ui.widgets.card_field import CardLook, CardNumberField
from pos_app.ui.widgets.digits_field import BirthField, ExpiryField, PasswordDigitsField
from pos_app.ui.widgets.field_shell import FieldShell

if TYPE_CHECKING:
    from pos_app.services.sale_rules import SaleRules
    from pos_app.ui.app import IssuerHint

_GROUPS_AMEX, _GROUPS = (4, 6, 5), (4, 4, 4, 4)
_AMEX_DIGITS = 15
#: A Luhn sum means nothing before the number is long enough.
_WARN_FROM_DIGITS = 13


class CardFields(QWidget):
    """Number, expiry, holder and password, in the order a customer reads them out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the fields; what the contract wants comes with `configure`."""
        super().__init__(parent)
        self._issuer_of: Callable[[bytes], IssuerHint | None] = lambda _digits: None
        self._rules: SaleRules | None = None
        self.number = CardNumberField(text("sale.card_number"), self._look)
        self.expiry = ExpiryField(text("sale.expiry"))
        self.holder = BirthField(text("sale.holder"))
        self.password = PasswordDigitsField(text("sale.password"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        row.addWidget(self.number, 1)
        for field, width in ((self.expiry, 118), (self.holder, 170), (self.password, 130)):
            field.setFixedWidth(theme.px(width))
            row.addWidget(field)

    def configure(self, rules: SaleRules, issuer_of: Callable[[bytes], IssuerHint | None]) -> None:
        """Ask for what the contract asks for."""
        self._rules, self._issuer_of = rules, issuer_of
        for proven, proof in ((self.holder, rules.birth), (self.password, rules.password)):
            proven.set_aside(text("sale.optional") if proof == "optional" else "")
            if proof == "never":
                proven.wipe()
            proven.setVisible(proof != "never")

    def fields(self) -> dict[str, FieldShell]:
        """Return the fields by the names that `check_card` uses."""
        return {
            "number": self.number,
            "expiry": self.expiry,
            "holder": self.holder,
            "password": self.password,
        }

    def missing(self) -> list[str]:
        """Return the captions of fields that must be typed and are empty."""
        wanted: list[FieldShell] = [self.number, self.expiry]
        if self._rules is None or self._rules.birth == "ask":
            wanted.append(self.holder)
        if self._rules is None or self._rules.demands_password(self.holder.digit_count()):
            wanted.append(self.password)
        return [field.caption() for field in wanted if field.is_empty()]

    def is_empty(self) -> bool:
        """Tell whether no digit was typed."""
        return not any(
            field.digit_count() for field in (self.number, self.expiry, self.holder, self.password)
        )

    def views(self) -> CardViews:
        """Lend the digits for checking."""
        return CardViews(self.number.peek, self.expiry.peek, self.holder.peek, self.password.peek)

    def take(self) -> CardBuffers:
        """Hand the buffers over; the fields forget them."""
        return CardBuffers(
            number=self.number.take(),
            expiry=self.expiry.take(),
            holder=self.holder.take() if self.holder.digit_count() else None,
            password=self.password.take() if self.password.digit_count() else None,
        )

    def wipe(self) -> None:
        """Overwrite what was typed."""
        for field in (self.number, self.expiry, self.holder, self.password):
            field.wipe()

    def show_warnings(self) -> None:
        """Warn about odd numbers."""
        with self.number.peek() as digits:
            count = len(digits)
            warnings = card_warnings(digits) if count >= _WARN_FROM_DIGITS else ()
            usual = max(usual_lengths(brand_of(digits[:6])), default=16)
        shown = [w for w in warnings if w is CardWarning.LUHN or count != usual]
        self.number.set_warning(" · ".join(text(warning.value) for warning in shown))

    def _look(self, leading: bytes) -> CardLook | None:
        """Name the card in its field."""
        brand = brand_of(leading)
        usual = usual_lengths(brand)[0]
        hint = self._issuer_of(leading) if len(leading) >= 6 else None
        chip = issuer_words(hint, brand.value)
        if not chip:
            return None
        groups = _GROUPS_AMEX if usual == _AMEX_DIGITS else _GROUPS
        return CardLook(chip=chip, groups=groups, usual_length=usual)
