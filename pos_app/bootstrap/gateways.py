"""The gateways of one terminal: made from settings and vault, each by itself.

One that cannot be made must not keep the other from working, so what is in its way is handed on
with those that are ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from pos_app.bootstrap.set_up import certificate_card
from pos_app.domain.errors import PosError, UserMistake
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.money import Won
from pos_app.domain.record import PaymentRecord
from pos_app.services.machine import SystemClock
from pos_app.services.sale_rules import Proof, SaleGateway, SaleRules
from pos_app.ui.app import GatewayCard, GatewayTrouble

if TYPE_CHECKING:
    from pos_app.config.model import KcpSettings, PortOneSettings, Settings
    from pos_app.gateways.kcp.client import KcpGateway
    from pos_app.gateways.portone.client import PortOneGateway
    from pos_app.gateways.portone.needs import KeyPair
    from pos_app.gateways.transport import Transport
    from pos_app.ui.app import CertificateCard
    from pos_app.vault import Vault

    AnyGateway: TypeAlias = KcpGateway | PortOneGateway

_ENDED = frozenset({"expired", "not_yet_valid"})
"""States of a certificate that nothing can be signed with."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A gateway that is ready, with what the services and the screens want to know of it."""

    gateway: AnyGateway
    rules: SaleRules
    card: GatewayCard
    settle_time_s: float

    @property
    def for_sale(self) -> SaleGateway:
        """Return it as the sale desk takes it."""
        return SaleGateway(self.gateway, self.rules)


@dataclass(frozen=True, slots=True)
class Gateways:
    """What is ready, in the order of use, and what is not."""

    ready: tuple[Ready, ...]
    out_of_order: tuple[GatewayTrouble, ...]

    async def warm_up(self) -> None:
        """Fetch what the first charge would otherwise wait for; what fails is fetched then."""
        for one in self.ready:
            if one.gateway.name == "portone":
                await cast("PortOneGateway", one.gateway).warm_up()

    async def aclose(self) -> None:
        """Close every gateway."""
        for one in self.ready:
            await one.gateway.aclose()

    def slip_url(self, record: PaymentRecord) -> str:
        """Return the gateway's own page of a payment's slip, empty if there is none."""
        approval = record.approval
        if approval is None:
            return ""
        if approval.receipt_url:
            return approval.receipt_url
        by = next((one.gateway for one in self.ready if one.gateway.name == record.gateway), None)
        if by is None:
            return ""
        return by.receipt_url(approval.gateway_ref, record.order_no, record.order.amount)


def make_transport(settings: Settings) -> Transport:
    """Make what carries requests, with the roots of trust that the settings choose."""
    from pos_app.gateways.transport import Transport

    return Transport(use_os_roots=settings.security.os_roots)


def make_gateways(
    settings: Settings, vault: Vault, transport: Transport, practice_url: str = ""
) -> Gateways:
    """Make every gateway that the settings name; with `practice_url` they are the practice ones.

    A gateway whose certificate has ended comes behind the others: it could not charge.

    Raises:
        UserMistake: `settings.gateway_missing`.
        PosError: why the first one cannot be made, where none can.
    """
    if not settings.gateways.names:
        raise UserMistake("settings.gateway_missing")
    ready: list[Ready] = []
    troubles: list[GatewayTrouble] = []
    for name in settings.gateways.names:
        make = _make_kcp if name == "kcp" else _make_portone
        try:
            ready.append(make(settings, vault, transport, practice_url))
        except PosError as error:
            troubles.append(GatewayTrouble(name, error))
    if not ready:
        raise troubles[0].error
    ready.sort(key=lambda one: _has_ended(one.card.certificate))
    return Gateways(tuple(ready), tuple(troubles))


def _has_ended(certificate: CertificateCard | None) -> bool:
    return certificate is not None and certificate.status in _ENDED


def make_kcp(
    settings: Settings, vault: Vault, transport: Transport, practice_url: str = ""
) -> KcpGateway:
    """Make the KCP gateway.

    Raises:
        UserMistake: `settings.gateway_missing`.
        ShopTrouble: `certificate.missing`, or what the gateway forbids.
    """
    from pos_app.gateways.kcp.settings import KcpSettings as KcpWireSettings
    from pos_app.gateways.registry import make_kcp as make

    kcp = settings.kcp
    if kcp is None:
        raise UserMistake("settings.gateway_missing")
    wire = KcpWireSettings(
        environment="practice" if practice_url else kcp.environment,
        site_code=kcp.site_code,
        loopback_url=practice_url or kcp.loopback_url,
        authenticated=kcp.authentication == "authenticated",
        inquiry_by_order=kcp.inquiry_by_order,
        inquiry_order_field=kcp.inquiry_order_field,
        inquiry_sign=kcp.inquiry_sign,
        cust_ip=kcp.cust_ip,
        mixed_tax=kcp.mixed_tax,
        timeout_s=float(kcp.timeout_s),
        receipt_base_url=kcp.slip_site,
    )
    return make(wire, vault.kcp_signer(), now=SystemClock().now, transport=transport)


def make_portone(
    portone: PortOneSettings, keys: KeyPair, transport: Transport, practice_url: str = ""
) -> PortOneGateway:
    """Make the PortOne gateway.

    Raises:
        ShopTrouble: what the gateway forbids.
    """
    from pos_app.gateways.portone.settings import PortOneSettings as PortOneWireSettings
    from pos_app.gateways.registry import make_portone as make

    wire = PortOneWireSettings(
        environment="practice" if practice_url else portone.environment,
        pg=portone.pg,
        loopback_url=practice_url or portone.loopback_url,
        fixed_address=portone.fixed_address,
        birth=portone.birth,
        password=portone.password,
        identity_channel_key=portone.identity_channel_key,
        billing_channel_key=portone.billing_channel_key,
        identity_key_field=portone.identity_key_field,
        identity_bypass=portone.identity_bypass,
        identity_web_siteid=portone.identity_web_siteid,
        identity_sms_text=portone.identity_sms_text,
        identity_callback=portone.identity_callback,
        mixed_tax=portone.mixed_tax,
        quota_max=portone.months_max,
        timeout_s=float(portone.timeout_s),
    )
    return make(wire, keys, now=SystemClock().now, transport=transport)


def _make_kcp(settings: Settings, vault: Vault, transport: Transport, practice_url: str) -> Ready:
    kcp = settings.kcp
    assert kcp is not None
    gateway = make_kcp(settings, vault, transport, practice_url)
    proof: Proof = "ask" if kcp.authentication == "authenticated" else "never"
    rules = _rules(settings, kcp, proof, proof, corporate_password=True)
    certificate = certificate_card(vault.kcp_signer().info)
    card = _card(gateway, kcp, practice_url, certificate)
    return Ready(gateway, rules, card, float(kcp.settle_time_s))


def _make_portone(
    settings: Settings, vault: Vault, transport: Transport, practice_url: str
) -> Ready:
    portone = settings.portone
    assert portone is not None
    gateway = make_portone(portone, vault.portone_keys(), transport, practice_url)
    rules = _rules(settings, portone, portone.birth, portone.password, corporate_password=False)
    card = _card(gateway, portone, practice_url, None)
    return Ready(gateway, rules, card, float(portone.settle_time_s))


def _rules(
    settings: Settings,
    gateway: KcpSettings | PortOneSettings,
    birth: Proof,
    password: Proof,
    *,
    corporate_password: bool,
) -> SaleRules:
    limit, above = settings.sale.amount_limit_won, settings.identity.compulsory_above_won
    return SaleRules(
        instalments=InstalmentRule(gateway.months_max),
        amount_limit=None if limit is None else Won(limit),
        tax_free_allowed=gateway.mixed_tax,
        birth=birth,
        password=password,
        corporate_password=corporate_password,
        identity_above=None if above is None else Won(above),
    )


def _card(
    gateway: AnyGateway,
    settings: KcpSettings | PortOneSettings,
    practice_url: str,
    certificate: CertificateCard | None,
) -> GatewayCard:
    """Return it for the screens; a practice gateway shows its own book as the partner site."""
    own = practice_url or settings.loopback_url
    site = f"{own.rstrip('/')}/book" if own else settings.partner_site
    return GatewayCard(gateway.name, gateway.environment, gateway.abilities, site, certificate)
