"""What a sweep came to: what does not agree, and what could not be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pos_app.domain.money import Won
from pos_app.domain.order import PaymentId


class Finding(StrEnum):
    """What a sweep found; the catalogue has words under `finding.<value>`.

    ORPHAN: paid there, ended as not made here: it goes back. OPEN: open here and paid there: the
    loop goes on with it. SECOND, STANDING, FOREIGN, MISSING, CANCELLED, ABOVE: as `StrayWhy`.
    BALANCE: a part was cancelled elsewhere, and our books have it now.
    """

    ORPHAN = "orphan"
    OPEN = "open"
    SECOND = "second"
    STANDING = "standing"
    FOREIGN = "foreign"
    MISSING = "missing"
    CANCELLED = "cancelled"
    ABOVE = "above"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding: enough to find it here and in the gateway's partner site.

    Attributes:
        amount: of our payment, else what the gateway still holds.
    """

    finding: Finding
    gateway: str
    order_no: str
    gateway_ref: str
    amount: Won
    payment_id: PaymentId | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """Something that could not be compared.

    Attributes:
        what: a day, or an order number.
        why: short code, as in `CannotTell`.
    """

    gateway: str
    what: str
    why: str


@dataclass(slots=True)
class SweepReport:
    """What a sweep came to.

    Attributes:
        compared: how many payments were held against a gateway's word.
    """

    found: list[Difference] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)
    compared: int = 0

    def add(self, other: SweepReport) -> None:
        """Take over what another sweep found."""
        self.found += [one for one in other.found if one not in self.found]
        self.unclear += other.unclear
        self.compared += other.compared
