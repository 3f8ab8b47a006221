"""The fields of a sale, in the order a clerk hears them on the phone, walked by Enter alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from pos_app.domain.instalments import INSTALMENT_MINIMUM
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.card_entry import CardBuffers, CardViews
from pos_app.ui.card_fields import CardFields
from pos_app.ui.cards import issuer_words
from pos_app.ui.screens.sale.model import TypedOrder, draft_of
from pos_app.ui.text import text
from pos_app.ui.widgets.amount_field import AmountField
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
        self.card = CardFields(self)
        self.number, self.expiry = self.card.number, self.card.expiry
        self.holder, self.password = self.card.holder, self.card.password
        self.months = MonthsRow()

    def _order_panel(self) -> Panel:
        panel = Panel(text("sale.order"))
        self.identity_hint = panel.add_key_hint("F5", text("identity.title"))
        self.identity_hint.setVisible(False)
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
        self._card.add(self.card)
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
        self.card.configure(rules, issuer_of)
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
        self.card.wipe()

    def is_empty(self) -> bool:
        """Tell whether nothing was typed anywhere."""
        return self.typed().is_empty and self.card.is_empty()

    def card_views(self) -> CardViews:
        """Lend the card fields for checking."""
        return self.card.views()

    def take_card(self) -> CardBuffers:
        """Hand the card buffers over; the fields forget them."""
        return self.card.take()

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
        amount = [self.amount.caption()] if self.amount.is_empty() else []
        return amount + self.card.missing()

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
        self.card.show_warnings()
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
