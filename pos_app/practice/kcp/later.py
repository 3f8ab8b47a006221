"""The requests that come after a charge: cancel and inquiry, field by field (kcp.md 2.2, 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pos_app.practice.book import FULL, PARTIAL
from pos_app.practice.kcp import fields as read
from pos_app.practice.kcp import tax
from pos_app.practice.kcp.auth import CERT_FIELD, SIGN_FIELD
from pos_app.practice.kcp.charge import read_site
from pos_app.practice.kcp.refusal import Refusal
from pos_app.practice.switches import Switches

CARD: Final = "PACA"
INQUIRY_MOD_TYPE: Final = "STSQ"
"""mod_type of an inquiry in the old protocol; what `inquiry_sign = mod_type` falls back to."""

_ALWAYS: Final = ("site_cd", CERT_FIELD, SIGN_FIELD, "tno")
_CANCEL: Final = frozenset(
    (*_ALWAYS, "mod_type", "mod_desc", "mod_mny", "rem_mny", *tax.CANCEL_FIELDS)
)
_INQUIRY: Final = frozenset((*_ALWAYS, "pay_type", "mod_type", "ordr_idxx", "mod_ordr_idxx"))
_TNO: Final = r"[0-9]{14}"
_DESCRIPTION_OCTETS: Final = 100


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """A cancel whose every field is in order; amounts in won, for STPC only."""

    site_cd: str
    tno: str
    mod_type: str
    mod_desc: str
    mod_mny: int
    rem_mny: int
    split: tax.Split | None

    @property
    def signed(self) -> str:
        """The text kcp_sign_data signs (kcp.md 1.4: the amount is not in it)."""
        return f"{self.site_cd}^{self.tno}^{self.mod_type}"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An inquiry whose every field is in order."""

    site_cd: str
    tno: str
    signed: tuple[str, ...]
    order_no: str | None
    """The order number, if it came in a field this run listens to."""


def read_cancel(fields: read.Fields, switches: Switches) -> CancelRequest:
    """Check the fields of a cancel.

    Raises:
        Refusal: with the vendor's code for the first field that is wrong.
    """
    if switches.unknown_fields == "refuse":
        read.known_only(fields, _CANCEL)
    site_cd = read_site(fields, switches)
    tno = read.shaped(fields, "tno", _TNO, "8072", missing="8072")
    mod_type = read.text(fields, "mod_type", "8009")
    if mod_type not in (FULL, PARTIAL):
        raise Refusal("8009", "mod_type")
    mod_desc = read.words(
        {"mod_desc": "", **fields}, "mod_desc", "8009", octets=_DESCRIPTION_OCTETS
    )
    if mod_type == FULL:
        for name in ("mod_mny", "rem_mny", *tax.CANCEL_FIELDS):
            if name in fields:
                raise Refusal("8009", name)
        return CancelRequest(site_cd, tno, mod_type, mod_desc, 0, 0, None)
    if fields.get("mod_mny") == "0":
        raise Refusal("8035", "mod_mny")
    mod_mny = read.won(fields, "mod_mny", "8082")
    rem_mny = int(read.shaped(fields, "rem_mny", r"0|[1-9][0-9]{0,11}", "8084"))
    split = _split(fields, mod_mny, accepted=switches.mixed_tax == "accept")
    return CancelRequest(site_cd, tno, mod_type, mod_desc, mod_mny, rem_mny, split)


def read_inquiry(fields: read.Fields, switches: Switches) -> Inquiry:
    """Check the fields of an inquiry.

    Raises:
        Refusal: with the vendor's code for the first field that is wrong.
    """
    if switches.unknown_fields == "refuse":
        read.known_only(fields, _INQUIRY)
    site_cd = read_site(fields, switches)
    tno = read.shaped(fields, "tno", _TNO, "8072", missing="8072")
    pay_type = read.text(fields, "pay_type", "8511")
    if pay_type != CARD:
        raise Refusal("8511", "pay_type")
    mod_type = read.text({"mod_type": INQUIRY_MOD_TYPE, **fields}, "mod_type", "8009")
    thirds = {"pay_type": (pay_type,), "mod_type": (mod_type,), "either": (pay_type, mod_type)}
    signed = tuple(f"{site_cd}^{tno}^{third}" for third in thirds[switches.inquiry_sign])
    return Inquiry(site_cd, tno, signed, _order_no(fields, switches))


def _order_no(fields: read.Fields, switches: Switches) -> str | None:
    found: str | None = None
    for name in ("ordr_idxx", "mod_ordr_idxx"):
        if name in fields:
            value = read.shaped(fields, name, r"[A-Za-z0-9]{1,40}", "8087")
            if switches.inquiry_by_order in (name, "both"):
                found = value
    return found


def _split(fields: read.Fields, mod_mny: int, *, accepted: bool) -> tax.Split | None:
    given = [name for name in tax.CANCEL_FIELDS if name in fields]
    if not given:
        return None
    if not accepted or read.text(fields, "tax_flag", "8011") != tax.MIXED:
        raise Refusal("8011", given[0])
    codes = zip(tax.CANCEL_FIELDS[1:], ("8078", "8080", "8079"), strict=True)
    parts = [int(read.shaped(fields, name, r"0|[1-9][0-9]{0,11}", code)) for name, code in codes]
    if sum(parts) != mod_mny:
        raise Refusal("8011", "mod_tax_mny")
    return tax.Split(parts[0], parts[1], parts[2], tax.MIXED)
