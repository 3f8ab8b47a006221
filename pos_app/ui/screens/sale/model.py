"""What was typed for a sale becomes `Card`, `Won` and `Months` here, once.

The card fields are only looked at (memory views) until the clerk charges; then their buffers are
handed over and the fields forget them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pos_app.domain.card import (
    Card,
    check_card_number,
    check_expiry,
    check_holder_id,
    check_password_start,
    parse_card_number,
    parse_expiry,
    parse_holder_id,
    parse_password_start,
)
from pos_app.domain.errors import UserMistake
from pos_app.domain.instalments import LUMP_SUM, InstalmentRule, Months
from pos_app.domain.money import ZERO, TaxSplit, Won, parse_tax_free, parse_won, split_tax

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


class FieldMistake(Exception):
    """A `UserMistake` and the field it was made in.

    Attributes:
        field: one of ORDER_FIELDS, CARD_FIELDS or "months".
        mistake: what is wrong.
    """

    def __init__(self, field: str, mistake: UserMistake) -> None:
        """Remember both."""
        super().__init__(field, mistake.code)
        self.field = field
        self.mistake = mistake


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

    with _in_field("amount"):
        amount = parse_won(typed.amount, limit=rules.amount_limit)
    with _in_field("tax_free"):
        tax_free = parse_tax_free(typed.tax_free, amount)
        if tax_free and not rules.tax_free_allowed:
            raise UserMistake("amount.tax_free_not_contracted")
    texts: dict[str, str] = {}
    for name in _TEXTS:
        with _in_field(name):
            texts[name] = clean_text(name, getattr(typed, name))
            if name in required and not texts[name]:
                raise UserMistake("order.field_empty", field=name)
    with _in_field("months"):
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


@dataclass(frozen=True, slots=True)
class CardViews:
    """Lends the card fields' digits for checking, one at a time."""

    number: Callable[[], memoryview]
    expiry: Callable[[], memoryview]
    holder: Callable[[], memoryview]
    password: Callable[[], memoryview]


def check_card(views: CardViews, today: dt.date, rules: SaleRules) -> None:
    """Return if the card fields can be charged by these rules; nothing is taken out of them.

    Raises:
        FieldMistake: the first field that is wrong.
    """
    _look("number", views.number, check_card_number)
    _look("expiry", views.expiry, lambda digits: check_expiry(digits, today))
    with views.holder() as digits:
        holder_digits = len(digits)
    with views.password() as digits:
        typed = len(digits) > 0
    if rules.birth == "ask" or (rules.birth == "optional" and holder_digits):
        _look("holder", views.holder, check_holder_id)
    demanded = rules.demands_password(holder_digits)
    if demanded or (rules.password != "never" and typed):  # noqa: S105 - a rule, no password
        _look("password", views.password, check_password_start)


@dataclass(frozen=True, slots=True)
class CardBuffers:
    """The card fields' buffers, handed over."""

    number: bytearray
    expiry: bytearray
    holder: bytearray | None
    password: bytearray | None


def take_card(buffers: CardBuffers, today: dt.date) -> Card:
    """Make the `Card`; every buffer is wiped if one of them is refused after all.

    Raises:
        UserMistake: what `check_card` would have said.
    """
    try:
        return Card(
            number=parse_card_number(buffers.number),
            expiry=parse_expiry(buffers.expiry, today),
            holder=parse_holder_id(buffers.holder) if buffers.holder is not None else None,
            password=parse_password_start(buffers.password)
            if buffers.password is not None
            else None,
        )
    except UserMistake:
        for part in (buffers.number, buffers.expiry, buffers.holder, buffers.password):
            if part is not None:
                part[:] = bytes(len(part))
        raise


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


@contextlib.contextmanager
def _in_field(name: str) -> Iterator[None]:
    """Name the field in which a `UserMistake` was made."""
    try:
        yield
    except UserMistake as mistake:
        raise FieldMistake(name, mistake) from mistake


def _look(name: str, lend: Callable[[], memoryview], check: Callable[[memoryview], None]) -> None:
    """Check one card field and give its view back at once."""
    with _in_field(name), lend() as digits:
        check(digits)
