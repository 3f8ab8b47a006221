"""The tax split of a sale, as KCP computes it and as a client may ask for it (kcp.md 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pos_app.practice.kcp import fields as read
from pos_app.practice.kcp.refusal import Refusal

CHARGE_FIELDS: Final = ("tax_flag", "comm_tax_mny", "comm_vat_mny", "comm_free_mny")
CANCEL_FIELDS: Final = ("tax_flag", "mod_tax_mny", "mod_vat_mny", "mod_free_mny")
MIXED: Final = "TG03"
_FLAGS: Final = ("TG01", "TG02", MIXED)
_NUMBER: Final = r"0|[1-9][0-9]{0,11}"


@dataclass(frozen=True, slots=True)
class Split:
    """Supply value, VAT and tax-free part in won; `flag` is empty for an ordinary sale."""

    supply: int
    vat: int
    free: int
    flag: str = ""

    @property
    def parts(self) -> tuple[int, int, int]:
        """Supply, VAT and tax-free part, in this order."""
        return self.supply, self.vat, self.free


def ordinary(amount: int) -> Split:
    """Split a fully taxable amount: supply is floor(amount x 10/11)."""
    supply = amount * 10 // 11
    return Split(supply, amount - supply, 0)


def asked(fields: read.Fields, amount: int, *, accepted: bool) -> Split:
    """Return the split a charge asks for, or the ordinary one.

    Raises:
        Refusal: mixed tax is not accepted (8011), or its parts do not add up (8011, 8564).
    """
    given = [name for name in CHARGE_FIELDS if name in fields]
    if not given:
        return ordinary(amount)
    if not accepted:
        raise Refusal("8011", given[0])
    flag = read.text(fields, "tax_flag", "8011")
    if flag not in _FLAGS:
        raise Refusal("8011", "tax_flag")
    supply, vat, free = (
        int(read.shaped(fields, name, _NUMBER, "8011")) for name in CHARGE_FIELDS[1:]
    )
    if supply + vat + free != amount:
        raise Refusal("8011", "comm_tax_mny")
    if (flag == "TG01" and free) or (flag == "TG02" and supply + vat):
        raise Refusal("8011", "comm_free_mny")
    # A tenth of the supply, rounded either way, is what the papers' samples allow.
    if abs(vat * 10 - supply) > 10:
        raise Refusal("8564", "comm_vat_mny")
    return Split(supply, vat, free, flag)
