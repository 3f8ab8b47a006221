"""Instalment months (할부개월): which are allowed for an amount, and what is paid a month.

Lump sum is `00` on the wire, instalments are two digits (KCP 수기결제 page, `quota`). Values from
60 up mean card points at some issuers (PortOne docs, nhn-kcp) and must never get through.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.errors import Bug, UserMistake
from pos_app.domain.money import Won

#: Instalments start at 50,000 won (KCP older guide; PortOne docs, nhn-kcp).
INSTALMENT_MINIMUM = Won(50_000)
#: KCP's own window offers up to 12 months (KCP older guide).
MONTHS_MAX_DEFAULT = 12
#: Some issuers go to 36 (kcp.md 5.3); no setting may go beyond.
MONTHS_MAX_CEILING = 36
_FIRST_INSTALMENT = 2


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """0 for lump sum (일시불), otherwise 2 to 36 instalment months."""

    count: int

    def __post_init__(self) -> None:
        """Refuse a count that no card company knows; such a value here is a `Bug`."""
        if self.count != 0 and not _FIRST_INSTALMENT <= self.count <= MONTHS_MAX_CEILING:
            raise Bug("months.impossible", count=self.count)

    @property
    def quota(self) -> str:
        """Return the two digits of the wire field `quota`."""
        return f"{self.count:02d}"

    @property
    def is_lump_sum(self) -> bool:
        """Tell whether the whole sum is due at once."""
        return self.count == 0

    def monthly(self, total: Won) -> Won:
        """Return the first month's payment: the total divided, rounded down, in won."""
        return total if self.is_lump_sum else Won(total.amount // self.count)


LUMP_SUM = Months(0)


@dataclass(frozen=True, slots=True)
class InstalmentRule:
    """What this shop allows: `months_max` is a setting between 0 (never) and 36."""

    months_max: int = MONTHS_MAX_DEFAULT

    def allowed(self, amount: Won) -> tuple[Months, ...]:
        """Return the choices for `amount`, lump sum first."""
        if amount < INSTALMENT_MINIMUM:
            return (LUMP_SUM,)
        return (LUMP_SUM, *map(Months, range(_FIRST_INSTALMENT, self.months_max + 1)))

    def check(self, count: int, amount: Won) -> Months:
        """Return `count` as months if it may be used for `amount`.

        Raises:
            UserMistake: 1 month, more than the shop's maximum, or an amount under 50,000 won.
        """
        if count == 0:
            return LUMP_SUM
        if not _FIRST_INSTALMENT <= count <= min(self.months_max, MONTHS_MAX_CEILING):
            raise UserMistake("months.not_offered", months=count, months_max=self.months_max)
        if amount < INSTALMENT_MINIMUM:
            raise UserMistake("months.amount_too_small", minimum=INSTALMENT_MINIMUM.amount)
        return Months(count)
