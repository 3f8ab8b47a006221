"""What makes the gateways' settings usable; `rules.py` asks here.

The gateways check themselves when they are made; here the same is told earlier, in words that name
the field, and against this PC's own bounds.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import urlsplit

from pos_app.config.model import Gateways, KcpSettings, PortOneSettings
from pos_app.domain.errors import UserMistake
from pos_app.domain.instalments import MONTHS_MAX_CEILING

TEST_SITE_CODES = frozenset({"T0000", "T0007", "T1234", "A52Q7", "A52LD", "AO09C", "AO0QE"})
"""Site codes that charge nobody (kcp.md 1.5): a live terminal must never use one."""

TIMEOUT_S = (30, 180)
"""Bounds of a charge's deadline in seconds: KCP's own time-outs take that long (kcp.md 1.2)."""

PORTONE_TIMEOUT_S = (60, 180)
"""The same for PortOne, whose advice is at least a minute (portone.md 1.5)."""

LOOPBACK_TIMEOUT_S = (1, 180)
"""The same against a practice gateway, where a lost answer may be learnt of sooner."""

SETTLE_TIME_S = (60, 86_400)
"""Bounds of the settle time in seconds."""

LOOPBACK_SETTLE_TIME_S = (1, 86_400)
"""The same against a practice gateway."""

CODE_IN_SMS = "[000000]"
"""Where KCP puts the code into the shop's own message (portone.md 2.7)."""

SMS_TEXT_MAX = 80
"""Longest message in characters: one SMS."""

KEY_IN_PGS = frozenset(
    {
        "daou",
        "html5_inicis",
        "kcp",
        "ksnet",
        "nice",
        "nice_v2",
        "paymentwall",
        "settle",
        "tosspayments",
        "welcome",
    }
)
"""PGs beneath PortOne that take a typed card (portone.md 4.2)."""

_SITE_CODE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
_PG = re.compile(r"([a-z0-9_]{2,20})\.([0-9A-Za-z_-]{1,59})", re.ASCII)
_CHANNEL_KEY = re.compile(r"[0-9A-Za-z_-]{1,55}", re.ASCII)
_SITE_ID = re.compile(r"[0-9A-Za-z_-]{1,40}", re.ASCII)
_CALLBACK = re.compile(r"[0-9-]{3,20}", re.ASCII)

Found: TypeAlias = Iterator[tuple[str, UserMistake]]
"""Where a value stands and what is wrong with it."""


def gateway_complaints(gateways: Gateways) -> Found:
    """Yield what is wrong with the gateways."""
    if gateways.kcp is not None:
        yield from _kcp(gateways.kcp)
    if gateways.portone is not None:
        yield from _portone(gateways.portone)
    if gateways.names and gateways.first not in gateways.names:
        yield "gateways.first", UserMistake("settings.first_not_set_up", gateway=gateways.first)


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


def bounds(field: str, value: int, least_and_most: tuple[int, int]) -> Found:
    """Yield a complaint if `value` lies outside."""
    least, most = least_and_most
    if not least <= value <= most:
        yield (
            field,
            UserMistake("settings.out_of_bounds", field=field, value=value, least=least, most=most),
        )


def _kcp(kcp: KcpSettings) -> Found:
    at = "gateways.kcp"
    if not _SITE_CODE.fullmatch(kcp.site_code):
        yield f"{at}.site_code", UserMistake("settings.site_code_form")
    elif kcp.environment == "live" and kcp.site_code in TEST_SITE_CODES:
        yield f"{at}.site_code", UserMistake("settings.live_test_code", site_code=kcp.site_code)
    yield from _common(at, kcp, TIMEOUT_S)
    if kcp.cust_ip not in {"empty", "omit"} and not _is_address(kcp.cust_ip):
        yield f"{at}.cust_ip", UserMistake("settings.cust_ip")
    if kcp.slip_site and not _is_https(kcp.slip_site):
        yield f"{at}.slip_site", UserMistake("settings.site_address")


def _portone(portone: PortOneSettings) -> Found:
    at = "gateways.portone"
    named = _PG.fullmatch(portone.pg)
    if named is None:
        yield f"{at}.pg", UserMistake("settings.pg_form")
    elif named[1] not in KEY_IN_PGS:
        yield f"{at}.pg", UserMistake("settings.pg_not_key_in", pg=named[1])
    elif portone.environment == "live" and named[2].upper() in TEST_SITE_CODES:
        yield f"{at}.pg", UserMistake("settings.live_test_code", site_code=named[2])
    yield from _common(at, portone, PORTONE_TIMEOUT_S)
    forms = (
        ("identity_channel_key", _CHANNEL_KEY, "settings.channel_key_form"),
        ("billing_channel_key", _CHANNEL_KEY, "settings.channel_key_form"),
        ("identity_web_siteid", _SITE_ID, "settings.web_siteid_form"),
        ("identity_callback", _CALLBACK, "settings.callback_form"),
    )
    for name, form, code in forms:
        value = getattr(portone, name)
        if value and not form.fullmatch(value):
            yield f"{at}.{name}", UserMistake(code)
    words = portone.identity_sms_text
    if words and (CODE_IN_SMS not in words or len(words) > SMS_TEXT_MAX):
        mistake = UserMistake("settings.sms_text", mark=CODE_IN_SMS, characters_max=SMS_TEXT_MAX)
        yield f"{at}.identity_sms_text", mistake


def _common(at: str, gateway: KcpSettings | PortOneSettings, timeout_s: tuple[int, int]) -> Found:
    """Yield what is wrong with what every gateway has."""
    local = gateway.environment == "loopback"
    if local and not is_loopback_url(gateway.loopback_url):
        yield f"{at}.loopback_url", UserMistake("settings.loopback_url")
    if not local and gateway.loopback_url:
        yield f"{at}.loopback_url", UserMistake("settings.loopback_url_unused")
    within = LOOPBACK_TIMEOUT_S if local else timeout_s
    yield from bounds(f"{at}.timeout_s", gateway.timeout_s, within)
    within = LOOPBACK_SETTLE_TIME_S if local else SETTLE_TIME_S
    yield from bounds(f"{at}.settle_time_s", gateway.settle_time_s, within)
    if gateway.months_max == 1 or not 0 <= gateway.months_max <= MONTHS_MAX_CEILING:
        months = UserMistake("settings.months_max", months_max=MONTHS_MAX_CEILING)
        yield f"{at}.months_max", months
    if not _is_https(gateway.partner_site):
        yield f"{at}.partner_site", UserMistake("settings.site_address")


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
