"""What makes settings usable, beyond their types: each rule with a complaint of its own.

The settings screen, `provision` and every save ask here, so a value that one of them refuses is
refused by all.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pos_app.config.model import KcpSettings, Settings, Shop
from pos_app.domain.card import brn_ok
from pos_app.domain.errors import UserMistake
from pos_app.domain.instalments import MONTHS_MAX_CEILING
from pos_app.domain.money import WON_MAX

TEST_SITE_CODES = frozenset({"T0000", "T0007", "T1234", "A52Q7", "A52LD", "AO09C", "AO0QE"})
"""Site codes that charge nobody (kcp.md 1.5): a live terminal must never use one."""

TEXT_MAX = 100
"""Longest name or address in characters; it must fit a slip."""

TIMEOUT_S = (30, 180)
"""Bounds of a charge's deadline in seconds: KCP's own time-outs take that long (kcp.md 1.2)."""

LOOPBACK_TIMEOUT_S = (1, 180)
"""The same against a practice gateway, where a lost answer may be learnt of sooner."""

SETTLE_TIME_S = (60, 86_400)
"""Bounds of the settle time in seconds."""

LOOPBACK_SETTLE_TIME_S = (1, 86_400)
"""The same against a practice gateway."""

TEXT_PERCENT = (100, 200)
"""Bounds of the text scale (experience.md, Feel)."""

PIN_DIGITS = (4, 12)
"""Bounds of an operator's PIN; the field on screen takes at most twelve."""

COMPANY_MAX = 40
"""Longest name in the message to a caller, in characters: the code must fit beside it."""

_COUNTER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
_SITE_CODE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
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
    found += _identity(settings)
    if settings.gateways.kcp is not None:
        found += _kcp(settings.gateways.kcp)
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


def is_loopback_url(url: str) -> bool:
    """Tell whether `url` is the root of a server on this PC: 127.0.0.1 or ::1 with a port.

    A name such as `localhost` is refused: a hosts file could lead it elsewhere.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        address = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and str(address) in {"127.0.0.1", "::1"}
        and port is not None
        and parts.path in {"", "/"}
        and not (parts.query or parts.fragment or "@" in parts.netloc)
    )


_Found = Iterator[tuple[str, UserMistake]]


def _shop(shop: Shop) -> _Found:
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


def _text(field: str, value: str, characters_max: int = TEXT_MAX) -> _Found:
    if not value.strip():
        yield field, UserMistake("settings.text_empty", field=field)
    elif len(value) > characters_max:
        yield (
            field,
            UserMistake("settings.text_too_long", field=field, characters_max=characters_max),
        )
    elif any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in value):
        yield field, UserMistake("settings.text_control", field=field)


def _ledger(settings: Settings) -> _Found:
    # PostgreSQL for several counters is a later step of the ledger.
    if settings.ledger.url != "sqlite":
        yield "ledger.url", UserMistake("settings.ledger_url")


def _kcp(kcp: KcpSettings) -> _Found:
    at = "gateways.kcp"
    if not _SITE_CODE.fullmatch(kcp.site_code):
        yield f"{at}.site_code", UserMistake("settings.site_code_form")
    elif kcp.environment == "live" and kcp.site_code in TEST_SITE_CODES:
        yield f"{at}.site_code", UserMistake("settings.live_test_code", site_code=kcp.site_code)
    if kcp.environment == "loopback" and not is_loopback_url(kcp.loopback_url):
        yield f"{at}.loopback_url", UserMistake("settings.loopback_url")
    if kcp.environment != "loopback" and kcp.loopback_url:
        yield f"{at}.loopback_url", UserMistake("settings.loopback_url_unused")
    timeout_s = LOOPBACK_TIMEOUT_S if kcp.environment == "loopback" else TIMEOUT_S
    yield from _bounds(f"{at}.timeout_s", kcp.timeout_s, timeout_s)
    settle_time_s = LOOPBACK_SETTLE_TIME_S if kcp.environment == "loopback" else SETTLE_TIME_S
    yield from _bounds(f"{at}.settle_time_s", kcp.settle_time_s, settle_time_s)
    if kcp.months_max == 1 or not 0 <= kcp.months_max <= MONTHS_MAX_CEILING:
        months = UserMistake("settings.months_max", months_max=MONTHS_MAX_CEILING)
        yield f"{at}.months_max", months
    if kcp.cust_ip not in {"empty", "omit"} and not _is_address(kcp.cust_ip):
        yield f"{at}.cust_ip", UserMistake("settings.cust_ip")
    if not _is_https(kcp.partner_site):
        yield f"{at}.partner_site", UserMistake("settings.site_address")
    if kcp.slip_site and not _is_https(kcp.slip_site):
        yield f"{at}.slip_site", UserMistake("settings.site_address")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and "@" not in parts.netloc
    return parts.scheme == "https" and bool(parts.hostname) and plain


def _bounds(field: str, value: int, bounds: tuple[int, int]) -> _Found:
    least, most = bounds
    if not least <= value <= most:
        yield (
            field,
            UserMistake("settings.out_of_bounds", field=field, value=value, least=least, most=most),
        )


def _people(settings: Settings) -> _Found:
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


def _identity(settings: Settings) -> _Found:
    identity = settings.identity
    if identity.compulsory_above_won is not None:
        bounds = (0, WON_MAX)
        yield from _bounds("identity.compulsory_above_won", identity.compulsory_above_won, bounds)
    if identity.company:
        yield from _text("identity.company", identity.company, COMPANY_MAX)


def _look(settings: Settings) -> _Found:
    yield from _bounds("look.text_percent", settings.look.text_percent, TEXT_PERCENT)
    limit = settings.sale.amount_limit_won
    if limit is not None:
        yield from _bounds("sale.amount_limit_won", limit, (1, WON_MAX))
