"""What limits a sale by one gateway: the shop's settings and the contract beneath.

Screens ask the same rules while something is typed that the sale desk asks when it is charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pos_app.domain.card import BRN_DIGITS, Card
from pos_app.domain.errors import UserMistake
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.money import Won
from pos_app.domain.order import Order
from pos_app.services.ports import Gateway

Proof: TypeAlias = Literal["ask", "optional", "never"]


@dataclass(frozen=True, slots=True)
class SaleRules:
    """The settings of one gateway that limit a sale.

    Attributes:
        birth: birth date or business number: asked for, may be left out, or not even shown.
        password: first two digits of the card's password, likewise.
        corporate_password: whether a corporate card needs the digits, too; many have no password
            (portone.md 5.4).
        identity_above: a larger amount on a typed card takes an identity check; zero: every one
            does. A card on file has its holder's consent already.
    """

    instalments: InstalmentRule
    amount_limit: Won | None = None
    tax_free_allowed: bool = False
    birth: Proof = "ask"
    password: Proof = "ask"  # noqa: S105 - whether it is asked for, no password
    corporate_password: bool = True
    identity_above: Won | None = None

    @property
    def is_bare(self) -> bool:
        """Tell whether number and expiry are all there is (비인증)."""
        return self.birth == "never" and self.password == "never"  # noqa: S105 - as above

    def demands_password(self, holder_digits: int) -> bool:
        """Tell whether the digits must be there beside a holder of so many digits."""
        corporate = holder_digits == BRN_DIGITS and not self.corporate_password
        return self.password == "ask" and not corporate  # noqa: S105 - as above

    def check_order(self, order: Order) -> None:
        """Return if this order can be charged.

        Raises:
            UserMistake: a rule of the shop or the contract forbids it.
        """
        self.instalments.check(order.months.count, order.amount)
        if self.amount_limit is not None and order.amount > self.amount_limit:
            raise UserMistake("amount.over_limit", limit=self.amount_limit.amount)
        if order.tax_free and not self.tax_free_allowed:
            raise UserMistake("amount.tax_free_not_contracted")

    def needs_identity(self, amount: Won) -> bool:
        """Tell whether the shop wants an identity check for that amount."""
        return self.identity_above is not None and amount > self.identity_above

    def check_identity(self, order: Order, *, checked: bool) -> None:
        """Return if no identity check is missing.

        Raises:
            UserMistake: `identity.needed`.
        """
        if self.identity_above is not None and self.needs_identity(order.amount) and not checked:
            raise UserMistake("identity.needed", above=self.identity_above.amount)

    def check_card(self, card: Card) -> None:
        """Return if all proofs that the contract wants are there.

        Raises:
            UserMistake: `card.holder_missing`, `card.password_start_wrong_length`.
        """
        if self.birth == "ask" and card.holder is None:
            raise UserMistake("card.holder_missing")
        business = card.holder is not None and card.holder.is_business
        if card.password is None and self.demands_password(BRN_DIGITS if business else 0):
            raise UserMistake("card.password_start_wrong_length")


@dataclass(frozen=True, slots=True)
class SaleGateway:
    """One gateway a sale can go by, and what it may be there."""

    gateway: Gateway
    rules: SaleRules
