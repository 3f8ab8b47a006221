"""The slip at the right of every money screen: living while it is typed, then as it stands.

What prints is painted by `printing`; this is the same content, quiet and small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import card_words, months_words, state_badge
from pos_app.ui.text import text
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.painted import set_shown
from pos_app.ui.widgets.pairs import Pair, Pairs
from pos_app.ui.widgets.panel import Panel, divider

if TYPE_CHECKING:
    from pos_app.domain.money import TaxSplit
    from pos_app.domain.receipt import Merchant
    from pos_app.domain.record import PaymentRecord


class SlipPanel(Panel):
    """Head, facts, sums, and room below for what can be done (`foot`)."""

    WIDTH = 392

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show an empty slip."""
        super().__init__(flush=True, parent=parent)
        self.setFixedWidth(theme.px(self.WIDTH))
        self._title = label(text("slip_panel.title"), "title", align="center")
        self._merchant = label("", "hint", align="center", elide=True)
        head = QVBoxLayout()
        head.setContentsMargins(theme.px(20), theme.px(14), theme.px(20), theme.px(11))
        head.setSpacing(theme.px(3))
        head.addWidget(self._title)
        head.addWidget(self._merchant)
        self.add(head)
        self.add(divider())
        self._facts, self._sums = Pairs(), Pairs()
        self.body.setSpacing(0)
        self.add(_padded(self._facts))
        self.add(divider())
        self.add(_padded(self._sums))
        self._note = label("", "hint", wrap=True)
        self.add(_padded(self._note, top=0))
        self.body.addStretch(1)
        self.foot = QVBoxLayout()
        self.foot.setContentsMargins(theme.px(20), 0, theme.px(20), theme.px(18))
        self.foot.setSpacing(theme.px(10))
        self.add(self.foot)

    def set_merchant(self, merchant: Merchant) -> None:
        """Name the shop at the top."""
        from pos_app.printing.cleaning import business_number

        number = business_number(merchant.business_number)
        parts = (merchant.name, number, merchant.phone)
        self._merchant.set_words(" · ".join(part for part in parts if part))

    def set_facts(self, pairs: list[Pair]) -> None:
        """Show the lines above the sums."""
        self._facts.set_pairs(pairs)

    def set_sums(self, tax: TaxSplit, *, minus: bool = False) -> None:
        """Show supply value, VAT, tax-free part and total; negative where money goes back."""
        sign = "-" if minus and tax.total else ""
        self._sums.set_pairs(
            [
                Pair(text("slip_panel.supply"), _signed(sign, tax.supply.amount)),
                Pair(text("slip_panel.vat"), _signed(sign, tax.vat.amount)),
                Pair(text("slip_panel.tax_free"), _signed(sign, tax.tax_free.amount)),
                Pair(text("slip_panel.total"), sign + t.won_unit(tax.total.amount), role="total"),
            ]
        )

    def set_note(self, words: str) -> None:
        """Show a small line under the sums."""
        self._note.set_words(words)
        set_shown(self._note, shown=bool(words))

    def show_record(self, record: PaymentRecord) -> None:
        """Show a payment as it stands."""
        self.set_facts(record_pairs(record))
        self.set_sums(record.order.tax)
        self.set_note(note_of(record))

    def facts(self) -> tuple[Pair, ...]:
        """Return the lines shown above the sums."""
        return self._facts.pairs()


def note_of(record: PaymentRecord) -> str:
    """Say under a payment that no money moved by it, if so."""
    if record.environment != "live":
        return text("slip_panel.practice_note")
    tested = record.approval is not None and record.approval.sandbox
    return text("slip_panel.sandbox_note") if tested else ""


def record_pairs(record: PaymentRecord) -> list[Pair]:
    """Return the lines of a payment: its state first while it is not approved."""
    approval = record.approval
    pairs = []
    if approval is None:
        pairs.append(Pair(text("slip_panel.state"), state_badge(record)))
    else:
        pairs.append(Pair(text("slip_panel.kind"), text("slip_panel.kind_sale")))
        pairs.append(Pair(text("slip_panel.at"), t.stamp(approval.approved_at)))
    free = approval is not None and approval.interest_free
    pairs += [
        Pair(text("slip_panel.card"), card_words(record)),
        Pair(
            text("slip_panel.months"),
            months_words(record.order.months, interest_free=free),
        ),
    ]
    if approval is not None:
        pairs.append(Pair(text("slip_panel.approval_no"), approval.approval_no))
        if approval.merchant_no:
            pairs.append(Pair(text("slip_panel.merchant_no"), approval.merchant_no))
    pairs.append(Pair(text("slip_panel.order_no"), record.order_no))
    pairs += [
        Pair(text(name), value)
        for name, value in (
            ("slip_panel.product", record.order.product),
            ("slip_panel.buyer", record.order.buyer_name),
        )
        if value
    ]
    return pairs


def _signed(sign: str, amount: int) -> str:
    """Write an amount, with a minus sign unless it is nothing."""
    return f"{sign if amount else ''}{t.won(amount)}"


def _padded(widget: QWidget, top: int = 10) -> QVBoxLayout:
    """Return a layout with the slip's side margins around `widget`."""
    layout = QVBoxLayout()
    layout.setContentsMargins(theme.px(20), theme.px(top), theme.px(20), theme.px(10))
    layout.addWidget(widget)
    return layout
