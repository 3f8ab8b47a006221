"""How a shop's KCP gateway is set up, and what may not be set up at all.

The four environments decide the host; nothing else can be typed in. Every open question of
kcp.md section 6 that changes what is sent has a setting here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pos_app.domain.errors import ShopTrouble
from pos_app.gateways.environments import (
    TIMEOUT_LOCAL_MIN_S,
    check_choice,
    check_environment,
    check_site,
    check_times,
    is_local,
)

#: KCP 수기결제 page (kcp.md 1.1).
_HOSTS = {"live": "https://spl.kcp.co.kr", "staging": "https://stg-spl.kcp.co.kr"}
#: KCP's receipt page (kcp.md 2.7). A newer host may be in use (Q22), so it is a setting.
_RECEIPT_HOSTS = {"live": "https://admin8.kcp.co.kr", "staging": "https://testadmin8.kcp.co.kr"}
#: `site_cd` has five characters (kcp.md 2.1, medium).
_SITE = re.compile(r"[A-Za-z0-9]{5}", re.ASCII)
#: KCP names no time-out (Q12). Its own internal ones come back as codes, so ours must be longer:
#: at least 30 s; money-safety.md 13.5 proposes 60 s.
TIMEOUT_MIN_S, TIMEOUT_DEFAULT_S = 30.0, 60.0

INQUIRY_FIELDS = ("auto", "ordr_idxx", "mod_ordr_idxx")
INQUIRY_SIGNS = ("pay_type", "mod_type")


@dataclass(frozen=True, slots=True)
class KcpSettings:
    """Everything about the shop's KCP contract that is not a secret.

    Attributes:
        environment: "live", "staging" (KCP's test system), "loopback" or "practice".
        site_code: the merchant's code at KCP, five letters and digits.
        loopback_url: where the loopback or practice gateway listens; empty otherwise.
        authenticated: the contract asks for birth date or business number and password digits
            (card_tx_type 11121000), else 11111000.
        inquiry_by_order: `/std/inquery` may be asked by order number. Only when KCP has confirmed
            it for this shop: "not found" ends a payment as not charged (Q1).
        inquiry_order_field: what KCP calls the order number there; "auto" tries both (Q1).
        inquiry_sign: third part of the string signed for an inquiry (Q3).
        cust_ip: "empty", "omit", or the address to send (Q17).
        mixed_tax: send the split of a sale with a tax-free part; needs a contract (Q15).
        timeout_s: total for an approval or a cancel.
        look_up_timeout_s: total for one inquiry.
        connect_timeout_s: for TCP and TLS, inside the total.
        receipt_base_url: host of KCP's slip page, empty for the environment's own (Q22).
    """

    environment: str
    site_code: str
    loopback_url: str = ""
    authenticated: bool = True
    inquiry_by_order: bool = False
    inquiry_order_field: str = "auto"
    inquiry_sign: str = "pay_type"
    cust_ip: str = "empty"
    mixed_tax: bool = False
    timeout_s: float = TIMEOUT_DEFAULT_S
    look_up_timeout_s: float = 20.0
    connect_timeout_s: float = 10.0
    receipt_base_url: str = ""

    def __post_init__(self) -> None:
        """Refuse what could send money, or a test, to the wrong place.

        Raises:
            ShopTrouble: `gateway.*`, naming what is wrong.
        """
        check_environment(self.environment, self.loopback_url)
        if not _SITE.fullmatch(self.site_code):
            raise ShopTrouble("gateway.site_code_malformed", site_code=self.site_code[:40])
        check_site(self.environment, self.site_code)
        self._check_choices()
        check_times(
            TIMEOUT_LOCAL_MIN_S if self.is_local else TIMEOUT_MIN_S,
            charge_s=self.timeout_s,
            others_s=(self.look_up_timeout_s, self.connect_timeout_s),
        )
        _check_receipt_base(self.receipt_base_url)

    @property
    def is_local(self) -> bool:
        """Tell whether the gateway is on this PC."""
        return is_local(self.environment)

    @property
    def base_url(self) -> str:
        """Return scheme, host and port of the API, without a slash at the end."""
        return self.loopback_url.rstrip("/") if self.is_local else _HOSTS[self.environment]

    @property
    def receipt_host(self) -> str:
        """Return scheme and host of KCP's slip page; empty where there is none."""
        return self.receipt_base_url.rstrip("/") or _RECEIPT_HOSTS.get(self.environment, "")

    def _check_choices(self) -> None:
        """Refuse words that are not on the list of a setting."""
        check_choice("inquiry_order_field", self.inquiry_order_field, INQUIRY_FIELDS)
        check_choice("inquiry_sign", self.inquiry_sign, INQUIRY_SIGNS)
        if self.cust_ip in {"empty", "omit"}:
            return
        try:
            ip_address(self.cust_ip)
        except ValueError as no_address:
            raise ShopTrouble(
                "gateway.setting_unknown", setting="cust_ip", value=self.cust_ip[:40]
            ) from no_address


def _check_receipt_base(url: str) -> None:
    """Refuse a slip page that is not on KCP's own https hosts.

    Raises:
        ShopTrouble: `gateway.receipt_host_unknown`.
    """
    if not url:
        return
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        good = parts.scheme == "https" and host.endswith(".kcp.co.kr") and parts.path in {"", "/"}
        good = good and not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        good = False
    if not good:
        raise ShopTrouble("gateway.receipt_host_unknown", url=url[:100])
