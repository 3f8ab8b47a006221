"""What another screen may see of the sale being typed. Screens never import each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pos_app.domain.money import Won


@dataclass(frozen=True, slots=True)
class OrderInSight:
    """The order as it stands in the fields; nothing of the card.

    Attributes:
        amount: None while it cannot be read.
        needed: an identity check is compulsory for it.
    """

    amount: Won | None
    product: str
    buyer_name: str
    buyer_phone: str
    needed: bool


class SaleInSight(Protocol):
    """The sale screen, seen from another one."""

    def order_in_sight(self) -> OrderInSight | None:
        """Return the order being typed; None while another is on its way or was just ended."""

    def lend_holder(self) -> memoryview | None:
        """Lend the card holder's digits for comparing; None where the contract asks for none."""
