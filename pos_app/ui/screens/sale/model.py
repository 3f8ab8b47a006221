"""What was typed for a sale becomes `Card`, `Won` and `Months` here, once.

What becomes of the card is in `ui/card_entry.py`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pos_app.domain.errors import UserMistake
from pos_app.domain.instalments import LUMP_SUM, InstalmentRule, Months
from pos_app.domain.money import ZERO, TaxSplit, Won, parse_tax_free, parse_won, split_tax
from pos_app.ui.card_entry import in_field

if TYPE_CHECKING:
    from pos_app.config.model import SaleSettings
    from pos_app.domain.order import Order
    from pos_app.services.sale_rules import SaleRules

#: Field names, as the view knows its widgets.
ORDER_FIELDS = ("amount", "tax_free", "product", "buyer_name", "buyer_phone", "buyer_email")
CARD_FIELDS = ("number", "expiry", "holder", "password")
_TEXTS = ("product", "buyer_name", "buyer_phone", "buyer_email")


class Phase(StrEnum):
    """Where a sale is on the screen."""

    TYPING = "typing"
    CONFIRMING = "confirming"
    WAITING = "waiting"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class TypedOrder:
    """The texts as they stand in the fields; nothing of the card."""

    amount: str = ""
    tax_free: str = ""
    product: str = ""
    buyer_name: str = ""
    buyer_phone: str = ""
    buyer_email: str = ""
    months: int = 0

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing has been typed."""
        return self == TypedOrder()


@dataclass(frozen=True, slots=True)
class Parked:
    """An order put aside for a customer who calls back: everything but the card."""

    order: TypedOrder
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What the living slip shows while the clerk types.

    Attributes:
        amount: None while the amount cannot be read.
        first_payment: the monthly payment; None for lump sum.
    """

    amount: Won | None
    tax: TaxSplit
    months: Months
    first_payment: Won | None
    product: str
    buyer_name: str


def draft_of(typed: TypedOrder) -> Draft:
    """Make the living slip of whatever can be read so far; never raises for bad input."""
    amount: Won | None = None
    tax_free = ZERO
    with contextlib.suppress(UserMistake):
        amount = parse_won(typed.amount)
        tax_free = parse_tax_free(typed.tax_free, amount)
    months = LUMP_SUM
    if amount is not None:
        with contextlib.suppress(UserMistake):
            months = InstalmentRule(36).check(typed.months, amount)
    return Draft(
        amount=amount,
        tax=split_tax(amount, tax_free) if amount is not None else split_tax(ZERO),
        months=months,
        first_payment=months.monthly(amount) if amount and not months.is_lump_sum else None,
        product=typed.product.strip(),
        buyer_name=typed.buyer_name.strip(),
    )


def required_fields(sale: SaleSettings) -> frozenset[str]:
    """Return the names of the text fields that may not stay empty."""
    return frozenset(name for name in _TEXTS if getattr(sale, name) == "required")


def read_order(typed: TypedOrder, rules: SaleRules, required: frozenset[str]) -> Order:
    """Turn the texts into an `Order`.

    Args:
        typed: as it stands in the fields.
        rules: the shop's limits.
        required: names of text fields that may not stay empty.

    Raises:
        FieldMistake: the first field that is wrong.
    """
    from pos_app.domain.order import Order, clean_text

    with in_field("amount"):
        amount = parse_won(typed.amount, limit=rules.amount_limit)
    with in_field("tax_free"):
        tax_free = parse_tax_free(typed.tax_free, amount)
        if tax_free and not rules.tax_free_allowed:
            raise UserMistake("amount.tax_free_not_contracted")
    texts: dict[str, str] = {}
    for name in _TEXTS:
        with in_field(name):
            texts[name] = clean_text(name, getattr(typed, name))
            if name in required and not texts[name]:
                raise UserMistake("order.field_empty", field=name)
    with in_field("months"):
        months = rules.instalments.check(typed.months, amount)
    return Order(
        amount=amount,
        tax_free=tax_free,
        months=months,
        product=texts["product"],
        buyer_name=texts["buyer_name"],
        buyer_phone=texts["buyer_phone"],
        buyer_email=texts["buyer_email"],
    )


class ParkingLot:
    """Orders put aside, newest first; gone with the program, like a note on paper."""

    CAPACITY = 20

    def __init__(self) -> None:
        """Start empty."""
        self._parked: list[Parked] = []

    def park(self, order: TypedOrder, at: dt.datetime) -> None:
        """Put an order aside; the oldest goes when there are too many."""
        self._parked.insert(0, Parked(replace(order), at))
        del self._parked[self.CAPACITY :]

    def all(self) -> tuple[Parked, ...]:
        """Return what is parked, newest first."""
        return tuple(self._parked)

    def take(self, index: int) -> TypedOrder:
        """Take one out."""
        return self._parked.pop(index).order
