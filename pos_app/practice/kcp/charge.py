"""The request of a key-in approval, field by field (kcp.md 2.1, 5.1 to 5.3).

The card number is text here because JSON makes it so; it lives as long as the request does and is
masked before anything is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pos_app.practice import holder
from pos_app.practice.clock import KST
from pos_app.practice.kcp import fields as read
from pos_app.practice.kcp import tax
from pos_app.practice.kcp.auth import CERT_FIELD
from pos_app.practice.kcp.refusal import Refusal
from pos_app.practice.switches import Switches

AUTHENTICATED: Final = "11121000"
UNAUTHENTICATED: Final = "11111000"
NO_AMOUNT_INSTALMENTS_BELOW: Final = 50_000
"""Instalments from 50,000 won (kcp.md 5.3)."""

_KNOWN: Final = frozenset((
    "site_cd", CERT_FIELD, "pay_method", "cust_ip", "amount", "card_mny", "currency", "quota",
    "ordr_idxx", "good_name", "buyr_name", "buyr_mail", "buyr_tel1", "buyr_tel2", "card_tx_type",
    "card_no", "card_expiry", "card_taxno", "card_pwd", *tax.CHARGE_FIELDS,
))  # fmt: skip
_TEST_ONCE: Final = range(1_000, 5_005)
_TEST_INSTALMENT: Final = 50_004
_LONGEST_EXPIRY_YEARS: Final = 20
_POINT_QUOTA: Final = 60
_IP: Final = (
    r"(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+"
)


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge whose every field is in order."""

    site_cd: str
    order_no: str
    amount: int
    quota: str
    good_name: str
    buyr_name: str
    split: tax.Split
    card_no: str = field(repr=False)


def read_charge(fields: read.Fields, switches: Switches, now: datetime) -> Charge:
    """Check the fields of a charge and return what they say; the certificate comes elsewhere.

    Raises:
        Refusal: with the vendor's code for the first field that is wrong.
    """
    if switches.unknown_fields == "refuse":
        read.known_only(fields, _KNOWN)
    site_cd = read_site(fields, switches)
    read.constant(fields, "pay_method", "CARD", "8024")
    _check_ip(fields, switches)
    amount = read.won(fields, "amount", "8051", missing="9008", digits="9009")
    if read.won(fields, "card_mny", "8105") != amount:
        raise Refusal("8059", "card_mny")
    _check_currency(fields)
    order_no = read.shaped(fields, "ordr_idxx", r"[A-Za-z0-9]{1,40}", "8501", missing="8015")
    texts = _buyer(fields, switches)
    card_no = _card(fields, switches, now)
    if any(card_no in value for value in (order_no, *texts.values())):
        # A client that sends the number anywhere else would have it mailed and stored.
        raise Refusal("8501" if card_no in order_no else "8016", "card_no elsewhere")
    quota = _quota(fields, amount, switches)
    _check_limits(amount, quota, switches)
    split = tax.asked(fields, amount, accepted=switches.mixed_tax == "accept")
    good, buyer = texts["good_name"], texts["buyr_name"]
    return Charge(site_cd, order_no, amount, quota, good, buyer, split, card_no)


def read_site(fields: read.Fields, switches: Switches) -> str:
    """Return the site code: five letters or digits, and a shop that exists."""
    site_cd = read.shaped(fields, "site_cd", r"[A-Za-z0-9]{5}", "9002", missing="9002")
    if switches.sites and site_cd not in switches.sites:
        raise Refusal("9200", "site_cd")
    return site_cd


def _check_ip(fields: read.Fields, switches: Switches) -> None:
    value = read.text({"cust_ip": "", **fields}, "cust_ip", "8055")
    if not value and switches.cust_ip == "any":
        return
    if re.fullmatch(_IP, value, re.ASCII) is None:
        raise Refusal("8055", "cust_ip")


def _check_currency(fields: read.Fields) -> None:
    currency = read.text(fields, "currency", "8052")
    if currency == "840":
        raise Refusal("8176", "currency")
    if currency != "410":
        raise Refusal("8052", "currency")


def _buyer(fields: read.Fields, switches: Switches) -> dict[str, str]:
    found = {
        "good_name": read.words(fields, "good_name", "8502", octets=100),
        "buyr_name": read.words(fields, "buyr_name", "8506", characters=30),
        "buyr_mail": read.mail(fields, "buyr_mail", "8509"),
        "buyr_tel2": read.shaped(fields, "buyr_tel2", r"[0-9-]{0,20}", "8508"),
    }
    if "buyr_tel1" in fields:
        read.shaped(fields, "buyr_tel1", r"[0-9-]{0,20}", "8507")
    empty = {"good_name": "9007", "buyr_name": "8506", "buyr_mail": "8509", "buyr_tel2": "8508"}
    if switches.strict_buyer:
        for name, code in empty.items():
            if not found[name].strip():
                raise Refusal(code, name)
    return found


def _card(fields: read.Fields, switches: Switches, now: datetime) -> str:
    kind = read.text(fields, "card_tx_type", "8103")
    if kind not in (AUTHENTICATED, UNAUTHENTICATED):
        raise Refusal("8103", "card_tx_type")
    card_no = read.shaped(fields, "card_no", r"[0-9]{13,19}", "8107")
    if not card_no.strip("0") or (switches.luhn and not holder.luhn(card_no)):
        raise Refusal("CC14", "card_no")
    _check_expiry(fields, now)
    if kind == AUTHENTICATED:
        _check_holder(fields, now)
        read.shaped(fields, "card_pwd", r"[0-9]{2}", "8111")
    else:
        for name, code in (("card_taxno", "8110"), ("card_pwd", "8111")):
            if name in fields:
                raise Refusal(code, name)
    return card_no


def _check_expiry(fields: read.Fields, now: datetime) -> None:
    value = read.shaped(fields, "card_expiry", r"[0-9]{4}", "8109")
    year, month = 2000 + int(value[:2]), int(value[2:])
    today = now.astimezone(KST)
    if not 1 <= month <= 12:
        # What a client gets for sending MMYY.
        raise Refusal("CC55", "card_expiry")
    if (year, month) < (today.year, today.month):
        raise Refusal("CC54", "card_expiry")
    if year > today.year + _LONGEST_EXPIRY_YEARS:
        raise Refusal("CC55", "card_expiry")


def _check_holder(fields: read.Fields, now: datetime) -> None:
    value = read.shaped(fields, "card_taxno", r"[0-9]{6}|[0-9]{10}", "8110")
    if len(value) == 10:
        if not holder.business_number(value):
            raise Refusal("CC67", "card_taxno")
    elif not any(holder.past_day(century + value, now) for century in ("19", "20")):
        raise Refusal("CC66", "card_taxno")


def _quota(fields: read.Fields, amount: int, switches: Switches) -> str:
    quota = read.shaped(fields, "quota", r"[0-9]{2}", "8106")
    months = int(quota)
    if months == 1 or months >= _POINT_QUOTA:
        raise Refusal("8106", "quota")
    if months > switches.max_quota:
        raise Refusal("8125", "quota")
    if months and amount < NO_AMOUNT_INSTALMENTS_BELOW:
        raise Refusal("CC16", "quota")
    return quota


def _check_limits(amount: int, quota: str, switches: Switches) -> None:
    if amount < switches.minimum_won:
        raise Refusal("9010", "amount")
    if switches.test_limits:
        fits = amount in _TEST_ONCE if quota == "00" else amount == _TEST_INSTALMENT
        if not fits:
            raise Refusal("8129", "amount")
