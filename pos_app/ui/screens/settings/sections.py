"""The sections of the settings, and what decides where a gateway's payments go."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pos_app.config.model import GatewayName, KcpSettings, PortOneSettings, Settings
from pos_app.ui.text import text
from pos_app.ui.words import gateway_words


class Section(StrEnum):
    """The sections in their order."""

    SHOP = "shop"
    GATEWAYS = "gateways"
    KCP = "kcp"
    CERTIFICATE = "certificate"
    PORTONE = "portone"
    SALE = "sale"
    IDENTITY = "identity"
    LOOK = "look"
    PRINTERS = "printers"
    ADVANCED = "advanced"
    DOCTOR = "doctor"


SECTIONS = tuple(Section)
#: What the practice terminal brings along itself: its shop and its gateway are made for practising.
FIXED_IN_PRACTICE = frozenset(
    {
        Section.SHOP,
        Section.GATEWAYS,
        Section.KCP,
        Section.CERTIFICATE,
        Section.PORTONE,
        Section.ADVANCED,
    }
)
#: Sections about one gateway; they are there while that one is used.
OF_GATEWAY: Mapping[Section, GatewayName] = {
    Section.KCP: "kcp",
    Section.CERTIFICATE: "kcp",
    Section.ADVANCED: "kcp",
    Section.PORTONE: "portone",
}


def is_local(gateway: KcpSettings | PortOneSettings | None) -> bool:
    """Tell whether it is a practice gateway on this PC."""
    return gateway is not None and gateway.environment == "loopback"


def goes_to(gateway: KcpSettings | PortOneSettings) -> tuple[str, str, str]:
    """Return what decides whose money moves."""
    site = gateway.site_code if isinstance(gateway, KcpSettings) else gateway.pg
    return gateway.environment, site, gateway.loopback_url


def switch_words(name: GatewayName, before: Settings, after: Settings) -> str:
    """Say where payments by a gateway go from now on; empty where nothing changes."""
    old, new = getattr(before, name), getattr(after, name)
    if new is None:
        return text("settings.switch.gone", gateway=gateway_words(name))
    if goes_to(old) == goes_to(new):
        return ""
    return text(
        f"settings.switch.{new.environment}",
        before=text(f"setup.{name}.environment.{old.environment}"),
        site_code=goes_to(new)[1],
    )
