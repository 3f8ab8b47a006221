"""What a shop sets, as typed values. Secrets are not among them: those live in the vault.

Every field has a default, so that a field added later reads as its default from an older file.
Values that need more than a type are judged by `config/rules.py`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

SCHEMA_VERSION = 1
"""Raised by one for each change that an older file must be migrated for (`migrations.py`)."""

Language = Literal["ko", "en"]
Scheme = Literal["system", "light", "dark", "high_contrast"]
Environment = Literal["live", "staging", "loopback"]
Demand = Literal["required", "optional", "hidden"]
Proof = Literal["ask", "optional", "never"]
GatewayName = Literal["kcp", "portone"]
Paper = Literal["80mm", "58mm", "A4"]

PROOFS: tuple[Proof, ...] = ("ask", "optional", "never")
GATEWAYS: tuple[GatewayName, ...] = ("kcp", "portone")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all parts share: nothing changes in place, and a name nobody knows is refused."""


class Shop(Part, frozen=True):
    """Who sells, as printed on every slip.

    Attributes:
        business_number: ten digits without dashes, with a right check digit (사업자등록번호).
        counter: two letters or digits that mark this counter's order numbers.
    """

    name: str = ""
    owner: str = ""
    business_number: str = ""
    address: str = ""
    phone: str = ""
    counter: str = "01"

    @property
    def business_number_shown(self) -> str:
        """Return the number as Korea writes it, `123-45-67890`; empty while none is set."""
        digits = self.business_number
        return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}" if len(digits) == 10 else digits


class LedgerSettings(Part, frozen=True):
    """Where the books are: `sqlite` is a file in the data folder."""

    url: str = "sqlite"


class KcpSettings(Part, frozen=True):
    """How to reach NHN KCP; kcp.md section 6 says why each open question (Q...) is a setting.

    Attributes:
        environment: which system is charged; practice is no value here, it has its own folder.
        loopback_url: of a practice gateway on this PC, `http://127.0.0.1:8765`.
        site_code: the five letters and digits that KCP gave the shop.
        authentication: what the contract covers (kcp.md 1.6): with birth date and password or not.
        inquiry_by_order: whether KCP lets this shop ask by order number (Q1, Q2).
        inquiry_order_field: what the order number is called in such a question (Q1).
        inquiry_sign: which field an inquiry signs (Q3).
        cust_ip: what is sent as the caller's address: "empty", "omit", or the address (Q17).
        mixed_tax: whether the contract allows tax-free parts (Q15, kcp.md 5.2).
        timeout_s: total deadline of a charge; KCP names none, 30 is the least advised (Q12), and
            it must be longer than the gateway's own.
        months_max: most instalment months offered, 0 for lump sum only (kcp.md 5.3).
        settle_time_s: how long "not found" proves nothing after a lost answer (money-safety.md).
        partner_site: where people look a payment up by hand (kcp.md 1.7).
        slip_site: host of KCP's own slip page; empty for the environment's own (kcp.md 3, Q22).
    """

    environment: Environment = "live"
    loopback_url: str = ""
    site_code: str = ""
    authentication: Literal["authenticated", "unauthenticated"] = "authenticated"
    inquiry_by_order: bool = False
    inquiry_order_field: Literal["auto", "ordr_idxx", "mod_ordr_idxx"] = "auto"
    inquiry_sign: Literal["pay_type", "mod_type"] = "pay_type"
    cust_ip: str = "empty"
    mixed_tax: bool = False
    timeout_s: int = 60
    months_max: int = 12
    settle_time_s: int = 600
    partner_site: str = "https://partner.kcp.co.kr"
    slip_site: str = ""


class PortOneSettings(Part, frozen=True):
    """How to reach i'mport (PortOne V1); portone.md section 6 says why a question is a setting.

    Attributes:
        environment: PortOne has one address for real and for test channels (portone.md 1.1):
            "live" is for a channel that charges, "staging" for one that does not.
        loopback_url: of a practice gateway on this PC, `http://127.0.0.1:8765`.
        pg: PG and site code of the key-in channel, `kcp.AB123`. With a wrong one PortOne silently
            takes another channel (portone.md 2.1), so it is held against the list of channels.
        fixed_address: use the host whose addresses never change (portone.md 1.1).
        birth: birth date or business number, by the contract beneath (portone.md 2.1).
        password: first two digits of the card's password, likewise; never asked of a corporate
            card, which often has none (portone.md 5.4).
        identity_channel_key: channel of the identity check; empty where the shop has none.
        billing_channel_key: channel that keeps cards; empty for the channel of `pg`.
        identity_key_field: how the channel's key is spelt in an identity check (Q3).
        identity_bypass: whether that check's `bypass` is a JSON text or an object (Q3).
        identity_web_siteid: site id for the shop's own DI; empty for KCP's.
        identity_sms_text: the message with the code, `[000000]` in its place; empty for KCP's own.
        identity_callback: sender's number of that message; empty for KCP's own.
        mixed_tax: whether the contract allows tax-free parts (portone.md 5.2).
        timeout_s: total deadline of a charge: at least 60 s, because PortOne goes on working after
            the caller has hung up (portone.md 1.5, Q5).
        months_max: most instalment months offered, 0 for lump sum only (Q9).
        settle_time_s: how long "not found" proves nothing after a lost answer (money-safety.md).
        partner_site: where people look a payment up by hand.
    """

    environment: Environment = "live"
    loopback_url: str = ""
    pg: str = ""
    fixed_address: bool = False
    birth: Proof = "ask"
    password: Proof = "ask"  # noqa: S105 - whether it is asked for, no password
    identity_channel_key: str = ""
    billing_channel_key: str = ""
    identity_key_field: Literal["both", "channel_key", "channelKey"] = "both"
    identity_bypass: Literal["json", "object"] = "json"
    identity_web_siteid: str = ""
    identity_sms_text: str = ""
    identity_callback: str = ""
    mixed_tax: bool = False
    timeout_s: int = 90
    months_max: int = 12
    settle_time_s: int = 600
    partner_site: str = "https://admin.portone.io"


class Gateways(Part, frozen=True):
    """Which gateways are set up, and which one a sale uses unless the clerk says otherwise."""

    first: GatewayName = "kcp"
    kcp: KcpSettings | None = None
    portone: PortOneSettings | None = None

    @property
    def names(self) -> tuple[GatewayName, ...]:
        """Return which are set up, the first one first."""
        there = [name for name in GATEWAYS if getattr(self, name) is not None]
        return tuple(sorted(there, key=lambda name: name != self.first))


RoleName = Literal["clerk", "manager", "administrator"]
ROLES: tuple[RoleName, ...] = ("clerk", "manager", "administrator")


class OperatorSettings(Part, frozen=True):
    """One person of the shop.

    Attributes:
        pin_hash: Argon2id over a keyed digest, made by the vault; empty while no PIN is set.
    """

    name: str
    role: RoleName
    pin_hash: str = ""


class PrinterSettings(Part, frozen=True):
    """One printer.

    Attributes:
        kind: `escpos` speaks to a slip printer itself, `system` prints through the desktop.
        address: of an escpos printer (`tcp://192.0.2.7:9100`, a device); name of a system one.
    """

    name: str
    kind: Literal["escpos", "system"]
    address: str = ""
    paper: Paper = "80mm"


class SaleSettings(Part, frozen=True):
    """What the sale screen asks for.

    Attributes:
        amount_limit_won: largest single payment; None for the gateway's own bound.
    """

    amount_limit_won: int | None = None
    product: Demand = "required"
    buyer_name: Demand = "optional"
    buyer_phone: Demand = "optional"
    buyer_email: Demand = "optional"


class IdentitySettings(Part, frozen=True):
    """When a caller's identity is checked (본인확인), and what stays of it at the gateway.

    Attributes:
        compulsory_above_won: a larger sale takes a check; 0: every sale does; None: none must.
        keep_at_gateway: a passed check is not erased there, because the shop needs its CI/DI; those
            never come into this program.
        company: named in the message to the caller; empty for the shop's name.
    """

    compulsory_above_won: int | None = None
    keep_at_gateway: bool = False
    company: str = ""


class LookSettings(Part, frozen=True):
    """How the program looks; `text_percent` scales all text and what holds it."""

    language: Language = "ko"
    theme: Scheme = "system"
    text_percent: int = 100


class SecuritySettings(Part, frozen=True):
    """Choices that weaken a default, for an administrator only.

    Attributes:
        os_roots: trust the operating system's certificates instead of the bundled ones.
    """

    os_roots: bool = False


class Settings(Part, frozen=True):
    """Everything a shop sets."""

    schema_version: int = SCHEMA_VERSION
    shop: Shop = Shop()
    ledger: LedgerSettings = LedgerSettings()
    gateways: Gateways = Gateways()
    operators: tuple[OperatorSettings, ...] = ()
    printers: tuple[PrinterSettings, ...] = ()
    sale: SaleSettings = SaleSettings()
    identity: IdentitySettings = IdentitySettings()
    look: LookSettings = LookSettings()
    security: SecuritySettings = SecuritySettings()

    @property
    def kcp(self) -> KcpSettings | None:
        """Return the KCP part, None while KCP is not set up."""
        return self.gateways.kcp

    @property
    def portone(self) -> PortOneSettings | None:
        """Return the PortOne part, None while PortOne is not set up."""
        return self.gateways.portone
