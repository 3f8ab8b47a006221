"""What makes settings usable, beyond their types: each rule with a complaint of its own.

The settings screen, `provision` and every save ask here, so a value that one of them refuses is
refused by all.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pos_app.config.model import Settings, Shop
from pos_app.config.rules_gateways import Found, bounds, gateway_complaints
from pos_app.domain.card import brn_ok
from pos_app.domain.errors import UserMistake
from pos_app.domain.money import WON_MAX

TEXT_MAX = 100
"""Longest name or address in characters; it must fit a slip."""

TEXT_PERCENT = (100, 200)
"""Bounds of the text scale (experience.md, Feel)."""

PIN_DIGITS = (4, 12)
"""Bounds of an operator's PIN; the field on screen takes at most twelve."""

COMPANY_MAX = 40
"""Longest name in the message to a caller, in characters: the code must fit beside it."""

API_SECRET_MAX = 256
"""Longest REST API key or secret in characters; PortOne's have 16 and 80."""

_API_SECRET = re.compile(r"[!-~]+", re.ASCII)
_COUNTER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
_PHONE = re.compile(r"[0-9+() -]{3,30}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One value that cannot be used.

    Attributes:
        field: where it stands, e.g. "gateways.kcp.site_code" or "operators.1.name".
        mistake: what to say; its code begins with "settings.".
    """

    field: str
    mistake: UserMistake


def normal_business_number(typed: str) -> str:
    """Return what was typed without dashes and spaces."""
    return re.sub(r"[\s-]", "", typed)


def complaints(settings: Settings) -> tuple[Complaint, ...]:
    """Return everything that is wrong with `settings`; empty if they can be used."""
    found = [*_shop(settings.shop), *_ledger(settings), *_people(settings), *_look(settings)]
    found += gateway_complaints(settings.gateways)
    found += _identity(settings)
    return tuple(Complaint(field, mistake) for field, mistake in found)


def check_settings(settings: Settings) -> None:
    """Return if `settings` can be used.

    Raises:
        UserMistake: the first complaint.
    """
    for complaint in complaints(settings):
        raise complaint.mistake


def check_pin(pin: str) -> None:
    """Return if `pin` can be an operator's.

    Raises:
        UserMistake: not 4 to 12 digits, or the same digit throughout.
    """
    least, most = PIN_DIGITS
    if not (pin.isascii() and pin.isdigit() and least <= len(pin) <= most):
        raise UserMistake("settings.pin_form", digits_min=least, digits_max=most)
    if len(set(pin)) == 1:
        raise UserMistake("settings.pin_too_simple")


def check_api_secret(name: str, value: str) -> None:
    """Return if `value` can be a REST API key or secret; blanks at its ends do no harm.

    Args:
        name: "imp_key" or "imp_secret", for the words; the value is in none.
        value: as it was typed or pasted.

    Raises:
        UserMistake: empty, too long, or with what no key has: blanks inside, Hangul.
    """
    bare = value.strip()
    if not bare:
        raise UserMistake(f"settings.{name}_empty")
    if len(bare) > API_SECRET_MAX or not _API_SECRET.fullmatch(bare):
        raise UserMistake(f"settings.{name}_form")


def _shop(shop: Shop) -> Found:
    for name in ("name", "owner", "address"):
        yield from _text(f"shop.{name}", getattr(shop, name))
    number = shop.business_number
    if not (number.isascii() and number.isdigit() and len(number) == 10):
        yield "shop.business_number", UserMistake("settings.business_number_form")
    elif not brn_ok(number.encode("ascii")):
        yield "shop.business_number", UserMistake("settings.business_number_check")
    if not _PHONE.fullmatch(shop.phone):
        yield "shop.phone", UserMistake("settings.phone_form")
    if not _COUNTER.fullmatch(shop.counter):
        yield "shop.counter", UserMistake("settings.counter_form")


def _text(field: str, value: str, characters_max: int = TEXT_MAX) -> Found:
    if not value.strip():
        yield field, UserMistake("settings.text_empty", field=field)
    elif len(value) > characters_max:
        yield (
            field,
            UserMistake("settings.text_too_long", field=field, characters_max=characters_max),
        )
    elif any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in value):
        yield field, UserMistake("settings.text_control", field=field)


def _ledger(settings: Settings) -> Found:
    # PostgreSQL for several counters is a later step of the ledger.
    if settings.ledger.url != "sqlite":
        yield "ledger.url", UserMistake("settings.ledger_url")


def _people(settings: Settings) -> Found:
    names: set[str] = set()
    for place, operator in enumerate(settings.operators, start=1):
        field = f"operators.{place}.name"
        yield from _text(field, operator.name)
        if operator.name in names:
            yield field, UserMistake("settings.operator_twice", name=operator.name)
        names.add(operator.name)
    printers: set[str] = set()
    for place, printer in enumerate(settings.printers, start=1):
        field = f"printers.{place}.name"
        yield from _text(field, printer.name)
        if printer.name in printers:
            yield field, UserMistake("settings.printer_twice", name=printer.name)
        printers.add(printer.name)
        if printer.kind == "escpos":
            yield from _text(f"printers.{place}.address", printer.address)


def _identity(settings: Settings) -> Found:
    identity = settings.identity
    if identity.compulsory_above_won is not None:
        won = (0, WON_MAX)
        yield from bounds("identity.compulsory_above_won", identity.compulsory_above_won, won)
    if identity.company:
        yield from _text("identity.company", identity.company, COMPANY_MAX)


def _look(settings: Settings) -> Found:
    yield from bounds("look.text_percent", settings.look.text_percent, TEXT_PERCENT)
    limit = settings.sale.amount_limit_won
    if limit is not None:
        yield from bounds("sale.amount_limit_won", limit, (1, WON_MAX))
