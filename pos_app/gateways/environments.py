"""Where a shop's gateway is and how long it may take: what may not be set up, whoever the vendor.

The four environments decide the host; nothing else can be typed in.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from pos_app.domain.errors import ShopTrouble
from pos_app.gateways.addresses import is_loopback

ENVIRONMENTS = ("live", "staging", "loopback", "practice")

#: Site codes of KCP's and PortOne's tests (kcp.md 1.5); they charge nobody.
TEST_SITES = frozenset({"T0000", "T0007", "A52Q7", "A52LD", "AO09C", "AO0QE", "T1234"})
TIMEOUT_MAX_S = 180.0
#: On this PC there is no vendor to outwait.
TIMEOUT_LOCAL_MIN_S = 0.05


def is_local(environment: str) -> bool:
    """Tell whether the gateway is on this PC."""
    return environment in {"loopback", "practice"}


def check_environment(environment: str, loopback_url: str) -> None:
    """Refuse an environment that is none, and an address where there must be none.

    Raises:
        ShopTrouble: `gateway.environment_unknown`, `gateway.loopback_only` or
            `gateway.loopback_url_not_allowed`.
    """
    if environment not in ENVIRONMENTS:
        raise ShopTrouble("gateway.environment_unknown", environment=environment[:40])
    if is_local(environment):
        _check_loopback(loopback_url)
    elif loopback_url:
        raise ShopTrouble("gateway.loopback_url_not_allowed", environment=environment)


def check_site(environment: str, site_code: str) -> None:
    """Refuse a test's site code where real money is meant.

    Raises:
        ShopTrouble: `gateway.test_site_in_live`.
    """
    if environment == "live" and site_code.upper() in TEST_SITES:
        raise ShopTrouble("gateway.test_site_in_live", site_code=site_code)


def check_choice(setting: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse a word that is not on the list of a setting.

    Raises:
        ShopTrouble: `gateway.setting_unknown`.
    """
    if value not in known:
        raise ShopTrouble("gateway.setting_unknown", setting=setting, value=value[:40])


def check_times(least_s: float, *, charge_s: float, others_s: tuple[float, ...]) -> None:
    """Refuse time-outs that would give up before the vendor does, or never; all in seconds.

    Args:
        least_s: for a charge, with this vendor in this environment.
        charge_s: for a charge or a cancel.
        others_s: of what may be asked again.

    Raises:
        ShopTrouble: `gateway.timeout_out_of_range`.
    """
    for seconds, least in ((charge_s, least_s), *((s, TIMEOUT_LOCAL_MIN_S) for s in others_s)):
        if not least <= seconds <= TIMEOUT_MAX_S:
            raise ShopTrouble(
                "gateway.timeout_out_of_range", seconds=seconds, least=least, most=TIMEOUT_MAX_S
            )


def _check_loopback(url: str) -> None:
    """Refuse any address but a plain one on 127.0.0.1 or ::1.

    Raises:
        ShopTrouble: `gateway.loopback_only`.
    """
    try:
        parts = urlsplit(url)
        plain = not (parts.username or parts.password or parts.query or parts.fragment)
        good = (
            parts.scheme in {"http", "https"}
            and is_loopback(parts.hostname or "")
            and parts.port is not None
            and plain
            and parts.path in {"", "/"}
        )
    except ValueError:
        good = False
    if not good:
        raise ShopTrouble("gateway.loopback_only", url=url[:100])
