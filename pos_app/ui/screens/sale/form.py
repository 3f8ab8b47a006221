"""The fields of a sale, in the order a clerk hears them on the phone, walked by Enter alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.card import CardWarning, brand_of, card_warnings, usual_lengths
from pos_app.domain.instalments import INSTALMENT_MINIMUM
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import issuer_words
from pos_app.ui.screens.sale.model import (
    CardBuffers,
    CardViews,
    TypedOrder,
    draft_of,
)
from pos_app.ui.text import text
from pos_app.ui.widgets.amount_field import AmountField
from pos_app.ui.widgets.card_field import CardLook, CardNumberField
from pos_app.ui.widgets.digits_field import BirthField, ExpiryField, PasswordDigitsField
from pos_app.ui.widgets.field_chain import FieldChain
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.months_row import MonthsRow
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.text_field import PhoneField, TextField

if TYPE_CHECKING:
    from pos_app.config.model import Demand, SaleSettings
    from pos_app.services.sale_rules import SaleRules
    from pos_app.ui.app import IssuerHint, Offer

_GROUPS_AMEX, _GROUPS = (4, 6, 5), (4, 4, 4, 4)
_AMEX_DIGITS = 15
#: A Luhn sum means nothing before the number is long enough.
_WARN_FROM_DIGITS = 13
READ_BACK_S = 5.0


class SaleForm(QWidget):
    """Order, card and months.

    Signals:
        changed: something was typed.
        finished: Enter in the last field.
    """

    changed = Signal()
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the fields; settings come with `configure`."""
        super().__init__(parent)
        self._issuer_of: Callable[[bytes], IssuerHint | None] = lambda _digits: None
        self._offers: tuple[Offer, ...] = ()
        self._rules: SaleRules | None = None
        self._make_fields()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self._order_panel())
        column.addWidget(self._card_panel())
        column.addWidget(self._months_panel())
        self.fields: dict[str, FieldShell] = {
            "amount": self.amount,
            "tax_free": self.tax_free,
            "product": self.product,
            "buyer_name": self.buyer_name,
            "buyer_phone": self.buyer_phone,
            "buyer_email": self.buyer_email,
            "number": self.number,
            "expiry": self.expiry,
            "holder": self.holder,
            "password": self.password,
        }
        self.chain = FieldChain((*self.fields.values(), self.months), self)
        self.chain.finished.connect(self.finished)
        for field in self.fields.values():
            field.changed.connect(self._on_changed)
        self.months.changed.connect(self._on_changed)
        self.tax_free.setVisible(False)
        self._on_changed()

    def _make_fields(self) -> None:
        self.amount = AmountField(text("sale.amount"), parent=self)
        self.tax_free = AmountField(text("sale.tax_free"), big=False, parent=self)
        self.product = TextField(text("sale.product"), max_bytes=100, parent=self)
        self.buyer_name = TextField(text("sale.buyer_name"), max_bytes=30, parent=self)
        self.buyer_phone = PhoneField(text("sale.buyer_phone"), self)
        self.buyer_email = TextField(
            text("sale.buyer_email"), max_bytes=50, aside=text("sale.buyer_email_aside")
        )
        self.number = CardNumberField(text("sale.card_number"), self._look)
        self.expiry = ExpiryField(text("sale.expiry"))
        self.holder = BirthField(text("sale.holder"))
        self.password = PasswordDigitsField(text("sale.password"))
        self.months = MonthsRow()

    def _order_panel(self) -> Panel:
        panel = Panel(text("sale.order"))
        panel.add_key_hint("F7", text("sale.park"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(8))
        self._tax_hint = label("", "hint")
        amount = QVBoxLayout()
        amount.setSpacing(theme.px(4))
        amount.addWidget(self.amount)
        amount.addWidget(self._tax_hint)
        amount.addWidget(self.tax_free)
        amount.addStretch(1)
        grid.addLayout(amount, 0, 0, 2, 1)
        grid.addWidget(self.product, 0, 1)
        grid.addWidget(self.buyer_name, 0, 2)
        grid.addWidget(self.buyer_phone, 1, 1)
        grid.addWidget(self.buyer_email, 1, 2)
        self.amount.setFixedWidth(theme.px(250))
        self.tax_free.setFixedWidth(theme.px(250))
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        panel.add(grid)
        return panel

    def _card_panel(self) -> Panel:
        self._card = Panel(text("sale.card"), text("sale.card_aside_authenticated"))
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        row.addWidget(self.number, 1)
        for field, width in ((self.expiry, 118), (self.holder, 170), (self.password, 130)):
            field.setFixedWidth(theme.px(width))
            row.addWidget(field)
        self._card.add(row)
        return self._card

    def _months_panel(self) -> Panel:
        self._months = Panel(text("sale.months"))
        self._months.add(self.months)
        return self._months

    # -- settings ----------------------------------------------------------------------------------

    def configure(
        self,
        rules: SaleRules,
        sale: SaleSettings,
        issuer_of: Callable[[bytes], IssuerHint | None],
        offers: tuple[Offer, ...],
    ) -> None:
        """Show what the contract and the shop ask for."""
        self._issuer_of = issuer_of
        self._offers = offers
        self._rules = rules
        self.months.set_max_months(max(2, rules.instalments.months_max))
        # A part that was typed stays in sight, to be refused in words: it never goes by itself.
        self.tax_free.setVisible(rules.tax_free_allowed or not self.tax_free.is_empty())
        for proven, proof in ((self.holder, rules.birth), (self.password, rules.password)):
            proven.set_aside(text("sale.optional") if proof == "optional" else "")
            if proof == "never":
                proven.wipe()
            proven.setVisible(proof != "never")
        kind = "unauthenticated" if rules.is_bare else "authenticated"
        self._card.set_aside(text(f"sale.card_aside_{kind}"))
        demands: tuple[tuple[FieldShell, Demand], ...] = (
            (self.product, sale.product),
            (self.buyer_name, sale.buyer_name),
            (self.buyer_phone, sale.buyer_phone),
            (self.buyer_email, sale.buyer_email),
        )
        for field, demand in demands:
            field.setVisible(demand != "hidden")
        self._on_changed()

    # -- contents ----------------------------------------------------------------------------------

    def typed(self) -> TypedOrder:
        """Return the texts as they stand."""
        return TypedOrder(
            amount=self.amount.text_value(),
            tax_free=self.tax_free.text_value(),
            product=self.product.text_value(),
            buyer_name=self.buyer_name.text_value(),
            buyer_phone=self.buyer_phone.text_value(),
            buyer_email=self.buyer_email.text_value(),
            months=self.months.months(),
        )

    def fill(self, order: TypedOrder) -> None:
        """Put an order into the fields; the card fields stay as they are."""
        self.amount.set_text_value(order.amount)
        self.tax_free.set_text_value(order.tax_free)
        self.product.set_text_value(order.product)
        self.buyer_name.set_text_value(order.buyer_name)
        self.buyer_phone.set_text_value(order.buyer_phone)
        self.buyer_email.set_text_value(order.buyer_email)
        self._on_changed()
        self.months.set_months(order.months)

    def clear(self) -> None:
        """Empty everything; card digits are overwritten."""
        for field in self.fields.values():
            field.clear_field()
            field.set_error("")
            field.set_warning("")
        self.months.set_months(0)

    def wipe_card(self) -> None:
        """Overwrite what was typed of the card."""
        for field in (self.number, self.expiry, self.holder, self.password):
            field.wipe()

    def is_empty(self) -> bool:
        """Tell whether nothing was typed anywhere."""
        return self.typed().is_empty and not any(
            field.digit_count() for field in (self.number, self.expiry, self.holder, self.password)
        )

    def card_views(self) -> CardViews:
        """Lend the card fields for checking."""
        return CardViews(self.number.peek, self.expiry.peek, self.holder.peek, self.password.peek)

    def take_card(self) -> CardBuffers:
        """Hand the card buffers over; the fields forget them."""
        return CardBuffers(
            number=self.number.take(),
            expiry=self.expiry.take(),
            holder=self.holder.take() if self.holder.digit_count() else None,
            password=self.password.take() if self.password.digit_count() else None,
        )

    def show_mistake(self, field: str, words: str) -> None:
        """Say in the field what is wrong, and go there."""
        if field == "months":
            self._months.set_aside(words)
            self.months.setFocus()
            return
        self.fields[field].set_error(words)
        self.fields[field].setFocus()

    def missing(self) -> list[str]:
        """Return the captions of fields that must still be filled, for the slip's note."""
        wanted: list[FieldShell] = [self.amount, self.number, self.expiry]
        if self._rules is None or self._rules.birth == "ask":
            wanted.append(self.holder)
        if self._rules is None or self._rules.demands_password(self.holder.digit_count()):
            wanted.append(self.password)
        return [field.caption() for field in wanted if field.is_empty()]

    # -- while typing ------------------------------------------------------------------------------

    def _on_changed(self) -> None:
        sender = self.sender()
        if isinstance(sender, FieldShell):
            sender.set_error("")
        draft = draft_of(self.typed())
        small = draft.amount is None or draft.amount < INSTALMENT_MINIMUM
        self.months.set_blocked(
            text("sale.months_blocked", minimum=t.won(INSTALMENT_MINIMUM.amount)) if small else ""
        )
        self._tax_hint.set_words(
            text(
                "sale.tax_hint",
                tax_free=t.won(draft.tax.tax_free.amount),
                vat=t.won(draft.tax.vat.amount),
            )
            if draft.amount is not None
            else ""
        )
        self._show_card_state()
        self.changed.emit()

    def _show_card_state(self) -> None:
        """Warn about odd numbers; show the interest-free offers of the card's company."""
        with self.number.peek() as digits:
            count = len(digits)
            warnings = card_warnings(digits) if count >= _WARN_FROM_DIGITS else ()
            usual = max(usual_lengths(brand_of(digits[:6])), default=16)
        shown = [w for w in warnings if w is CardWarning.LUHN or count != usual]
        self.number.set_warning(" · ".join(text(warning.value) for warning in shown))
        hint = self._issuer_of(self.number.bin_prefix(6))
        offer = self._offer_of(hint)
        self.months.set_free(offer.months if offer is not None else ())
        self._months.set_aside(self._offer_words(hint, offer))

    def _offer_of(self, hint: IssuerHint | None) -> Offer | None:
        if hint is None:
            return None
        return next((o for o in self._offers if o.issuer_ko == hint.issuer_ko), None)

    def _offer_words(self, hint: IssuerHint | None, offer: Offer | None) -> str:
        if offer is None:
            return ""
        months = ", ".join(str(count) for count in sorted(offer.months))
        words = text("sale.offer", issuer=issuer_words(hint, "unknown"), months=months)
        return f"{words} · {text('sale.offer_key_in')}" if offer.key_in_excluded else words

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
