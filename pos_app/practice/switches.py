"""The switches: every point where the vendor's papers leave two readings, played either way.

Each names the open question of reference/kcp.md section 6 it plays. Defaults are the reading the
reference rates highest; where it rates none, the one that is hardest on a client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Final

from pos_app.practice.portone.switches import CHOICES as PORTONE_CHOICES
from pos_app.practice.portone.switches import PortOneSwitches, channel_of
from pos_app.practice.trouble import PracticeTrouble

_CHOICES: Final[Mapping[str, tuple[object, ...]]] = {
    "duplicate_order": ("accept", "8094", "8128", "8338", "9167", "8586"),
    "masking": ("third_block", "zeros", "asterisks", "full"),
    "refusal_status": (200, 201, 400, 402, 422, 500),
    "success_status": (200, 201),
    "cert_form": ("one_line", "any"),
    "inquiry_sign": ("pay_type", "mod_type", "either"),
    "inquiry_by_order": ("off", "ordr_idxx", "mod_ordr_idxx", "both"),
    "inquiry_not_found": ("8132", "8061", "CCA1", "5530", "8585"),
    "cancel_seq_field": ("mod_pacn_seq_no", "mod_pcan_seq_no", "none"),
    "stsc_after_partial": ("8040", "CCA9"),
    "rem_mismatch": ("8037", "8038"),
    "excess": ("8036", "8039"),
    "partial_refused": ("8141", "8142"),
    "mixed_tax": ("refuse", "accept"),
    "cust_ip": ("any", "required"),
    "max_quota": tuple(range(12, 37)),
    "unknown_fields": ("refuse", "ignore"),
    **PORTONE_CHOICES,
}
_CODE_LENGTH = 4
_SITE_LENGTH = 5


@dataclass(frozen=True, slots=True)
class Switches(PortOneSwitches):
    """How this run of the gateway answers where the papers are silent or disagree."""

    duplicate_order: str = "8128"
    """Q9: an order number seen before: its refusal code, or `accept` (charges twice)."""
    masking: str = "third_block"
    """Q13: the form of card_no in answers; `full` shows why a client must mask again."""
    hub_fields: bool = True
    """Q14: order_no, bizx_numb, res_tax_mny and the other hub fields are in the answer."""
    refusal_status: int = 200
    """Q10: HTTP status of a business refusal."""
    success_status: int = 200
    """200, or 201 as one integration allows."""
    auth_code: str = "8002"
    """Code of a refused certificate or signature; the papers name none (S-codes are possible)."""
    cert_form: str = "one_line"
    """Q19: `any` also takes a PEM with line breaks or without its inner spaces."""
    inquiry_sign: str = "pay_type"
    """Q3: the third part of the string an inquiry signs."""
    inquiry_by_order: str = "off"
    """Q1: the field that finds a sale by date + 000000; `off` answers not found."""
    inquiry_access: bool = True
    """Q2: False answers every inquiry with S032."""
    inquiry_delay_s: float = 0.0
    """A sale younger than this is not found yet, in seconds (kcp.md 2.4, Simulator)."""
    inquiry_not_found: str = "8132"
    """The code of an inquiry that finds nothing; the papers name five."""
    cancel_seq_field: str = "mod_pacn_seq_no"
    """Q5: the spelling of the serial number of a partial cancel, or `none`."""
    stsc_after_partial: str = "CCA9"
    """The refusal of a full cancel once a partial one exists."""
    rem_mismatch: str = "8037"
    """Q7: the refusal of a rem_mny that is not the balance before."""
    excess: str = "8036"
    """The refusal of a mod_mny above the balance."""
    partial_refused: str = "8141"
    """The refusal of a partial cancel where partcanc_yn is N."""
    mixed_tax: str = "refuse"
    """Q15: mixed-tax fields on a key-in request are refused with 8011, or taken."""
    cust_ip: str = "any"
    """Q17: `required` refuses an empty or missing cust_ip with 8055."""
    cancel_ip_registered: bool = True
    """Q6: False refuses every cancel with 8012."""
    test_limits: bool = False
    """Q18: only 1,000-5,004 won at once, 50,004 won in instalments; otherwise 8129."""
    minimum_won: int = 1000
    """Smallest card sale in won (9010; kcp.md 5.1)."""
    max_quota: int = 12
    """Most instalment months (8125 beyond; kcp.md 5.3)."""
    keyin_contract: bool = True
    """False: the shop may not key in (CC35)."""
    authenticated_contract: bool = True
    """False: 11121000 is refused with CC37."""
    unauthenticated_contract: bool = True
    """False: 11111000 is refused with CC37."""
    sites: tuple[str, ...] = ()
    """Site codes that exist (others: 9200); none named = any."""
    luhn: bool = False
    """True refuses a card number that fails Luhn with CC14."""
    strict_buyer: bool = False
    """True refuses empty good_name, buyr_name, buyr_mail and buyr_tel2."""
    unknown_fields: str = "refuse"
    """A field the papers do not know: refused with 0902, or ignored."""
    magic: bool = True
    """False turns the magic cards, amounts and words off."""
    slow_s: float = 20.0
    """How long the magic slow issuer takes, in seconds."""
    date_skew_s: int = 0
    """Added to the Date header, in seconds: a gateway whose clock is not the client's."""


def changed(switches: Switches, wanted: Mapping[str, object]) -> Switches:
    """Return `switches` with `wanted` applied.

    Raises:
        PracticeTrouble: a name does not exist or a value does not fit it.
    """
    known = {field.name: getattr(switches, field.name) for field in fields(Switches)}
    fitting: dict[str, object] = {}
    for name, value in wanted.items():
        if name not in known:
            raise PracticeTrouble(f"no switch is called {name!r}")
        fitting[name] = _fit(name, known[name], value)
    return replace(switches, **fitting)  # type: ignore[arg-type]  # each value was fitted above


def from_text(assignment: str) -> tuple[str, object]:
    """Read one `NAME=VALUE` of the command line; the value takes the switch's own type.

    Raises:
        PracticeTrouble: it is no assignment, or the value does not fit.
    """
    name, equals, text = assignment.partition("=")
    current = getattr(Switches(), name, None) if name in asdict(Switches()) else None
    if not equals or current is None:
        raise PracticeTrouble(f"not a switch assignment: {assignment!r}")
    if isinstance(current, bool):
        value: object = {"true": True, "false": False}.get(text.lower(), text)
    elif isinstance(current, int | float):
        value = _number(name, text)
    elif isinstance(current, tuple):
        value = [part for part in text.split(",") if part]
    else:
        value = text
    return name, value


def as_json(switches: Switches) -> dict[str, object]:
    """Return every switch by name, ready for JSON."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(switches).items()
    }


def _number(name: str, text: str) -> object:
    try:
        return float(text) if "." in text else int(text)
    except ValueError as error:
        raise PracticeTrouble(f"switch {name} needs a number, not {text!r}") from error


def _fit(name: str, current: object, value: object) -> object:
    if name in _CHOICES:
        if isinstance(value, bool) or value not in _CHOICES[name]:
            raise PracticeTrouble(_misfit(name, value, _CHOICES[name]))
        return value
    if isinstance(current, bool):
        if not isinstance(value, bool):
            raise PracticeTrouble(_misfit(name, value, "true or false"))
        return value
    if name == "portone_channels":
        return _fit_channels(name, value)
    if isinstance(current, tuple):
        return _fit_sites(name, value)
    if isinstance(current, str):
        if not isinstance(value, str) or len(value) != _CODE_LENGTH:
            raise PracticeTrouble(_misfit(name, value, "a reply code of four characters"))
        return value
    return _fit_number(name, current, value)


def _fit_number(name: str, current: object, value: object) -> object:
    whole = isinstance(current, int)
    fits = isinstance(value, int) if whole else isinstance(value, int | float)
    if isinstance(value, bool) or not fits:
        raise PracticeTrouble(_misfit(name, value, "a whole number" if whole else "a number"))
    if name != "date_skew_s" and isinstance(value, int | float) and value < 0:
        raise PracticeTrouble(_misfit(name, value, "not below zero"))
    return value if whole else float(str(value))


def _fit_sites(name: str, value: object) -> tuple[str, ...]:
    wanted = "a list of five-character site codes"
    if not isinstance(value, list | tuple):
        raise PracticeTrouble(_misfit(name, value, wanted))
    sites = [site for site in value if isinstance(site, str) and len(site) == _SITE_LENGTH]
    if len(sites) != len(value):
        raise PracticeTrouble(_misfit(name, value, wanted))
    return tuple(sites)


def _fit_channels(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise PracticeTrouble(_misfit(name, value, "a list of channels"))
    for text in value:
        channel_of(text)
    return tuple(value)


def _misfit(name: str, value: object, wanted: object) -> str:
    return f"switch {name} takes {wanted}, not {value!r}"
