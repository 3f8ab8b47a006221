"""A new card on file: who agrees, the text that is read aloud, then the card, and perhaps a sale.

The card's fields come up once the customer has agreed, so that nothing of it is typed before.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.app import App
from pos_app.ui.card_fields import CardFields
from pos_app.ui.consent import ConsentText, consent_text
from pos_app.ui.screens.cards.model import TypedCharge, amount_of, months_block
from pos_app.ui.screens.cards.side import Side, beside
from pos_app.ui.text import text
from pos_app.ui.widgets.amount_field import AmountField
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.field_chain import FieldChain
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.months_row import MonthsRow
from pos_app.ui.widgets.pairs import Pair
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.phone_text import grouped_phone
from pos_app.ui.widgets.say import Say
from pos_app.ui.widgets.text_field import PhoneField, TextField

#: Unicode's line separator: a text layout breaks the line there within one paragraph.
_NEW_LINE = "\u2028"


class KeepPage(QWidget):
    """Customer, consent, card, and what is charged at once.

    Signals:
        ready: Enter on the big key: everything was typed.
    """

    ready = Signal()

    def __init__(self, app: App, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._app = app
        self.name = TextField(text("cards.name"), max_bytes=30)
        self.phone = PhoneField(text("cards.phone"))
        self.card = CardFields()
        self.amount = AmountField(text("cards.amount_now"), big=False)
        self.product = TextField(text("plan.product"), max_bytes=100)
        self.months = MonthsRow()
        self.agreed = BigButton(text("cards.agreed"), "Enter", primary=False)
        self._say = Say("")
        self._text: ConsentText | None = None
        self.consented = False
        self.side = Side(text("cards.keep"))
        self.button = self.side.add_action("keep", text("cards.keep_now"), "Enter", primary=True)
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        who = Panel(text("cards.who"))
        row = QGridLayout()
        row.setHorizontalSpacing(theme.px(12))
        row.addWidget(self.name, 0, 0)
        row.addWidget(self.phone, 0, 1)
        who.add(row)
        self._consent = Panel(text("cards.consent"), text("cards.consent_aside"))
        self._consent.add(self._say)
        self._consent.add(self.agreed)
        self._card = Panel(text("sale.card"))
        self._card.add(self.card)
        self._sale = Panel(text("cards.sale_now"), text("cards.sale_now_aside"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(10))
        self.amount.setFixedWidth(theme.px(250))
        grid.addWidget(self.amount, 0, 0)
        grid.addWidget(self.product, 0, 1)
        grid.addWidget(self.months, 1, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        self._sale.add(grid)
        left = QVBoxLayout()
        left.setSpacing(theme.px(12))
        for panel in (who, self._consent, self._card, self._sale):
            left.addWidget(panel)
        left.addStretch(1)
        beside(self, left, self.side)

    def _wire(self) -> None:
        self.chain = FieldChain((self.name, self.phone), self)
        self.chain.finished.connect(self.agreed.setFocus)
        self.agreed.clicked.connect(self._on_agreed)
        card = self.card.fields().values()
        self.card_chain = FieldChain((*card, self.amount, self.product, self.months), self)
        self.card_chain.finished.connect(self.button.setFocus)
        for field in (*self.fields().values(), self.amount, self.product):
            field.changed.connect(self._on_changed)
        self.months.changed.connect(self._on_changed)
        self.side.acted.connect(lambda _name: self.ready.emit())

    # -- contents ----------------------------------------------------------------------------------

    def fields(self) -> dict[str, FieldShell]:
        """Return the fields by name."""
        return {
            "buyer_name": self.name,
            "buyer_phone": self.phone,
            **self.card.fields(),
            "amount": self.amount,
            "product": self.product,
        }

    def begin(self, gateway: str) -> None:
        """Start with nothing typed, for the gateway that is to keep the card."""
        self._text = consent_text(self._app.merchant.name, gateway)
        self._say.set_words(self._text.words.replace("\n", _NEW_LINE))
        for field in self.fields().values():
            field.clear_field()
            field.set_error("")
        self.card.wipe()
        self.months.set_months(0)
        rules = self._app.sale_desk.rules_of(gateway)
        self.months.set_max_months(max(2, rules.instalments.months_max))
        self.card.configure(rules, self._app.issuer_of)
        self._set_consented(consented=False)
        self._on_changed()

    def consent(self) -> ConsentText | None:
        """Return what was agreed to; None before."""
        return self._text if self.consented else None

    def typed_charge(self) -> TypedCharge | None:
        """Return the sale that is made at once; None where only the card is kept."""
        if self.amount.is_empty():
            return None
        return TypedCharge(
            self.amount.text_value(), self.product.text_value(), self.months.months()
        )

    def take_focus(self) -> None:
        """Go to where typing goes on."""
        if self.consented:
            self.card_chain.focus_first_empty()
        else:
            self.chain.focus_first_empty()

    def show_mistake(self, field: str, words: str) -> None:
        """Say in the field what is wrong, and go there."""
        if field == "months":
            self.side.set_note(words, "bad")
            self.months.setFocus()
            return
        shell = self.fields()[field]
        shell.set_error(words)
        shell.setFocus()

    def wipe_card(self) -> None:
        """Forget the digits."""
        self.card.wipe()

    def _on_agreed(self) -> None:
        """One key, after the text was read: the customer agrees."""
        for field in (self.name, self.phone):
            if field.is_empty():
                field.set_error(text("cards.customer_first"))
                field.setFocus()
                return
        self._set_consented(consented=True)
        self.card_chain.focus_first()

    def _set_consented(self, *, consented: bool) -> None:
        self.consented = consented
        self.agreed.setVisible(not consented)
        self._consent.set_aside(
            text("cards.agreed_already") if consented else text("cards.consent_aside")
        )
        self._card.setVisible(consented)
        self._sale.setVisible(consented)
        self.button.setVisible(consented)

    def _on_changed(self) -> None:
        sender = self.sender()
        if isinstance(sender, FieldShell):
            sender.set_error("")
        self.card.show_warnings()
        amount = amount_of(self.amount.text_value())
        self.months.set_blocked(months_block(amount))
        for part in (self.product, self.months):
            part.setVisible(not self.amount.is_empty())
        self.button.set_words(
            text("cards.keep_now") if self.amount.is_empty() else text("cards.charge_and_keep")
        )
        self.side.set_note("")
        self.side.set_facts(
            [
                Pair(text("cards.customer"), self.name.text_value(), "strong"),
                Pair(text("cards.phone"), grouped_phone(self.phone.text_value())),
                Pair(text("plan.product"), self.product.text_value()),
                Pair(text("plan.amount"), t.won_unit(amount.amount) if amount else "", "total"),
            ]
        )
