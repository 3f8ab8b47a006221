"""How a shop's PortOne gateway is set up, and what may not be set up at all.

Every open question of portone.md section 6 that changes what is sent has a setting here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from pos_app.domain.errors import ShopTrouble
from pos_app.domain.instalments import MONTHS_MAX_CEILING
from pos_app.gateways.environments import (
    TIMEOUT_LOCAL_MIN_S,
    check_choice,
    check_environment,
    check_site,
    check_times,
    is_local,
)

#: portone.md 1.1. PortOne has one API for real and for test channels; the twin has two addresses
#: that never change, for shops behind a firewall that lets out to listed addresses only.
_HOST, _FIXED_HOST = "https://api.iamport.kr", "https://static-api.iamport.kr"
#: PGs that offer key-in (portone.md 4.2).
KEY_IN_PGS = frozenset(
    {
        "daou",
        "kcp",
        "nice",
        "nice_v2",
        "html5_inicis",
        "paymentwall",
        "settle",
        "tosspayments",
        "ksnet",
        "welcome",
    }
)
#: PGs that keep cards by API (portone.md 2.6).
BILLING_PGS = frozenset(
    {"nice", "kcp", "daou", "html5_inicis", "tosspayments", "ksnet", "nice_v2", "welcome"}
)
#: `pg` has at most 80 characters, `{pg}` or `{pg}.{MID}` (portone.md 2.1).
PG_MAX = 80
_PG = re.compile(r"[a-z0-9_]{2,20}(\.[0-9A-Za-z_-]{1,60})?", re.ASCII)
#: `channel_key` has at most 55 characters (portone.md 2.6).
_CHANNEL_KEY = re.compile(r"[0-9A-Za-z_-]{1,55}", re.ASCII)
_SITE_ID = re.compile(r"[0-9A-Za-z_-]{1,40}", re.ASCII)
_CALLBACK = re.compile(r"[0-9-]{3,20}", re.ASCII)

#: How a part of the card's proof is treated; the contract underneath decides (portone.md 2.1).
ASK, OPTIONAL, NEVER = "ask", "optional", "never"
PROOFS = (ASK, OPTIONAL, NEVER)
KEY_FIELDS = ("both", "channel_key", "channelKey")
BYPASS_FORMS = ("json", "object")
#: KCP puts the code in its place (portone.md 2.7).
CODE_IN_TEXT = "[000000]"
_SMS_TEXT_MAX = 80

#: At least 60 s of waiting for a charge: PortOne goes on working after the client has hung up
#: (portone.md 1.5). Ours is longer, because it holds the connection and the sending, too.
TIMEOUT_MIN_S, TIMEOUT_DEFAULT_S = 60.0, 90.0


@dataclass(frozen=True, slots=True)
class PortOneSettings:
    """Everything about the shop's PortOne contract that is not a secret.

    Attributes:
        environment: "live", "staging" (PortOne's test channels), "loopback" or "practice".
        pg: PG and site code of the key-in channel, e.g. "kcp.A1B2C". With a wrong one PortOne
            silently takes its default PG, so it is checked against the channel list.
        loopback_url: where the loopback or practice gateway listens; empty otherwise.
        fixed_address: use the host whose addresses never change.
        birth: birth date or business number: "ask", "optional" or "never" (not even if typed).
        password: the two password digits, likewise; never demanded of a corporate card.
        identity_channel_key: channel of the identity check; empty if the shop has none.
        billing_channel_key: channel that keeps cards; empty for the channel of `pg`.
        identity_key_field: which spelling of the channel key is sent: the description's, the
            guide's, or both (Q3).
        identity_bypass: whether `bypass` is a JSON text or an object (Q3).
        identity_web_siteid: site id for KCP's DI; empty for KCP's own.
        identity_sms_text: text of the message, with `[000000]` where the code goes; may be empty.
        identity_callback: the number shown as the sender of the message; may be empty.
        browser_ip: address to send as the payer's; empty to send none.
        mixed_tax: send the tax-free part of a sale; needs a mixed contract.
        quota_max: most instalment months (Q9).
        timeout_s: total for a charge or a cancel.
        look_up_timeout_s: total for anything that may be asked again, the token included.
        connect_timeout_s: for TCP and TLS, inside the total.
    """

    environment: str
    pg: str = "kcp.T0000"
    loopback_url: str = ""
    fixed_address: bool = False
    birth: str = ASK
    password: str = ASK
    identity_channel_key: str = ""
    billing_channel_key: str = ""
    identity_key_field: str = "channel_key"
    identity_bypass: str = "json"
    identity_web_siteid: str = ""
    identity_sms_text: str = ""
    identity_callback: str = ""
    browser_ip: str = ""
    mixed_tax: bool = True
    quota_max: int = 12
    timeout_s: float = TIMEOUT_DEFAULT_S
    look_up_timeout_s: float = 20.0
    connect_timeout_s: float = 10.0

    def __post_init__(self) -> None:
        """Refuse what could send money, or a test, to the wrong place.

        Raises:
            ShopTrouble: `gateway.*`, naming what is wrong.
        """
        check_environment(self.environment, self.loopback_url)
        if not _PG.fullmatch(self.pg) or self.provider not in KEY_IN_PGS:
            raise ShopTrouble("gateway.pg_malformed", pg=self.pg[:PG_MAX])
        check_site(self.environment, self.merchant_id)
        check_choice("birth", self.birth, PROOFS)
        check_choice("password", self.password, PROOFS)
        check_choice("identity_key_field", self.identity_key_field, KEY_FIELDS)
        check_choice("identity_bypass", self.identity_bypass, BYPASS_FORMS)
        self._check_texts()
        if not 0 <= self.quota_max <= MONTHS_MAX_CEILING:
            raise ShopTrouble(
                "gateway.setting_unknown", setting="quota_max", value=str(self.quota_max)[:40]
            )
        check_times(
            TIMEOUT_LOCAL_MIN_S if self.is_local else TIMEOUT_MIN_S,
            charge_s=self.timeout_s,
            others_s=(self.look_up_timeout_s, self.connect_timeout_s),
        )

    @property
    def is_local(self) -> bool:
        """Tell whether the gateway is on this PC."""
        return is_local(self.environment)

    @property
    def base_url(self) -> str:
        """Return scheme, host and port of the API, without a slash at the end."""
        if self.is_local:
            return self.loopback_url.rstrip("/")
        return _FIXED_HOST if self.fixed_address else _HOST

    @property
    def provider(self) -> str:
        """Return the PG beneath, e.g. "kcp"."""
        return self.pg.partition(".")[0]

    @property
    def merchant_id(self) -> str:
        """Return the site code at that PG; empty where only the PG is named."""
        return self.pg.partition(".")[2]

    @property
    def is_kcp(self) -> bool:
        """Tell whether codes in messages are KCP's."""
        return self.provider == "kcp"

    def _check_texts(self) -> None:
        """Refuse what the gateway would not take as it is.

        Raises:
            ShopTrouble: `gateway.sms_text_without_code` or `gateway.setting_unknown`.
        """
        text = self.identity_sms_text
        if text and (CODE_IN_TEXT not in text or len(text) > _SMS_TEXT_MAX):
            raise ShopTrouble(
                "gateway.sms_text_without_code", marker=CODE_IN_TEXT, most=_SMS_TEXT_MAX
            )
        forms = (
            ("identity_channel_key", self.identity_channel_key, _CHANNEL_KEY),
            ("billing_channel_key", self.billing_channel_key, _CHANNEL_KEY),
            ("identity_web_siteid", self.identity_web_siteid, _SITE_ID),
            ("identity_callback", self.identity_callback, _CALLBACK),
        )
        for setting, value, form in forms:
            if value and not form.fullmatch(value):
                raise ShopTrouble("gateway.setting_unknown", setting=setting, value=value[:40])
        if not self.browser_ip:
            return
        try:
            ip_address(self.browser_ip)
        except ValueError as no_address:
            raise ShopTrouble(
                "gateway.setting_unknown", setting="browser_ip", value=self.browser_ip[:40]
            ) from no_address
