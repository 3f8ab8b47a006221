"""What was typed of a card becomes a `Card` here, once.

The card fields are only looked at (memory views) until the clerk acts; then their buffers are
handed over and the fields forget them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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

if TYPE_CHECKING:
    from pos_app.services.sale_rules import SaleRules


class FieldMistake(Exception):
    """A `UserMistake` and the field it was made in.

    Attributes:
        field: name of the field, as its view knows it.
        mistake: what is wrong.
    """

    def __init__(self, field: str, mistake: UserMistake) -> None:
        """Remember both."""
        super().__init__(field, mistake.code)
        self.field = field
        self.mistake = mistake


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


@contextlib.contextmanager
def in_field(name: str) -> Iterator[None]:
    """Name the field in which a `UserMistake` was made."""
    try:
        yield
    except UserMistake as mistake:
        raise FieldMistake(name, mistake) from mistake


def _look(name: str, lend: Callable[[], memoryview], check: Callable[[memoryview], None]) -> None:
    """Check one card field and give its view back at once."""
    with in_field(name), lend() as digits:
        check(digits)
