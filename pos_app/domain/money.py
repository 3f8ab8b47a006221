"""Won amounts, strict parsing and the VAT split.

An amount is a whole number of won. Card gateways take at most 12 digits (kcp.md 2.1, field
`amount`, length 12), so that is the bound everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pos_app.domain.errors import Bug, UserMistake

#: Twelve digits: the length of KCP's `amount` (KCP older guide, kcp.md 2.1).
WON_MAX = 999_999_999_999

#: VAT in Korea is 10 %, so the supply value is 10/11 of a taxable amount (kcp.md 5.2).
_SUPPLY_PARTS, _TOTAL_PARTS = 10, 11

# `re` compiles them at their first use and keeps them: no window waits for it.
_WIRE = r"[0-9]{1,12}"
_GROUPED = r"[0-9]{1,3}(,[0-9]{3})+|[0-9]+"
_KOREAN = r"(?:(?P<man>[0-9]+)만)?(?:(?P<chon>[0-9]+)천)?(?P<rest>[0-9]*)"


@dataclass(frozen=True, slots=True, order=True)
class Won:
    """A whole, non-negative number of won, at most twelve digits."""

    amount: int

    def __post_init__(self) -> None:
        """Refuse anything but an int in range.

        Raises:
            Bug: a bool, a float, a negative or a too large number got this far.
        """
        if type(self.amount) is not int or not 0 <= self.amount <= WON_MAX:
            raise Bug("money.not_won", value=repr(self.amount)[:40])

    def __add__(self, other: Won) -> Won:
        """Return the sum."""
        return Won(self.amount + other.amount)

    def __sub__(self, other: Won) -> Won:
        """Return the difference; a negative one is a `Bug`."""
        return Won(self.amount - other.amount)

    def __bool__(self) -> bool:
        """Tell whether there is any money in it."""
        return self.amount > 0

    def __str__(self) -> str:
        """Return the digits grouped by thousands, without a unit."""
        return f"{self.amount:,}"


ZERO = Won(0)


def parse_won(text: str, *, limit: Won | None = None) -> Won:
    """Read what a person typed as an amount to charge: `55000`, `55,000`, `5만`, `1만5천`.

    Args:
        text: ASCII digits, commas in the right places, or 만/천; spaces around are ignored.
        limit: the shop's largest single payment, if it has one.

    Raises:
        UserMistake: empty, zero, negative, a fraction, too long, over the limit, or not a number;
            each with a code of its own.
    """
    stripped = text.strip()
    if not stripped:
        raise UserMistake("amount.empty")
    if stripped.startswith(("-", "−")):
        raise UserMistake("amount.negative")
    if "." in stripped:
        raise UserMistake("amount.fraction")
    value = _read_amount(stripped)
    if value is None:
        raise UserMistake("amount.not_a_number")
    if value == 0:
        raise UserMistake("amount.zero")
    if value > WON_MAX:
        raise UserMistake("amount.too_long", digits_max=12)
    if limit is not None and value > limit.amount:
        raise UserMistake("amount.over_limit", limit=limit.amount)
    return Won(value)


def parse_tax_free(text: str, total: Won) -> Won:
    """Read the tax-free part of `total`; empty means none.

    Raises:
        UserMistake: not an amount, or more than the total.
    """
    if text.strip() in {"", "0"}:
        return ZERO
    part = parse_won(text)
    if part > total:
        raise UserMistake("amount.tax_free_over_total", total=total.amount)
    return part


def won_from_wire(text: str) -> Won | None:
    """Read an amount as a gateway writes it: one to twelve ASCII digits, else None."""
    return Won(int(text)) if re.fullmatch(_WIRE, text, re.ASCII) else None


def _read_amount(text: str) -> int | None:
    """Return the number meant by `text`, or None; never more than 40 characters are looked at."""
    if len(text) > 40:
        return None
    if re.fullmatch(_GROUPED, text, re.ASCII):
        return int(text.replace(",", ""))
    korean = re.fullmatch(_KOREAN, text.removesuffix("원"), re.ASCII)
    if korean is None or not korean[0]:
        return None
    man, chon, rest = (int(korean[name] or 0) for name in ("man", "chon", "rest"))
    if korean["man"] and chon * 1000 + rest >= 10_000:
        return None
    if korean["chon"] and rest >= 1000:
        return None
    if (korean["man"] or korean["chon"]) and 0 < len(korean["rest"]) < 3:
        return None  # `1만5` may mean 10,005 or 15,000: not guessed
    return man * 10_000 + chon * 1000 + rest


@dataclass(frozen=True, slots=True)
class TaxSplit:
    """How an amount divides: supply value, VAT and tax-free part; they add up to `total`."""

    supply: Won
    vat: Won
    tax_free: Won

    @property
    def total(self) -> Won:
        """Return the whole amount."""
        return self.supply + self.vat + self.tax_free


def split_tax(total: Won, tax_free: Won = ZERO) -> TaxSplit:
    """Split `total` as KCP prints it: supply = floor(taxable x 10 / 11), the rest VAT.

    Source: kcp.md 5.2; fits 800, 1000, 1100 and 1004 on KCP's own replies and slip.

    Raises:
        Bug: the tax-free part is larger than the total.
    """
    taxable = total - tax_free
    supply = Won(taxable.amount * _SUPPLY_PARTS // _TOTAL_PARTS)
    return TaxSplit(supply=supply, vat=taxable - supply, tax_free=tax_free)
