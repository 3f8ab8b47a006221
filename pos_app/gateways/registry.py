"""Which gateways there are, and how one is made; the only module that knows all vendors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pos_app.domain.errors import ShopTrouble
from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.kcp.needs import Signer
from pos_app.gateways.kcp.settings import KcpSettings
from pos_app.gateways.transport import Transport


def gateway_names() -> tuple[str, ...]:
    """Return the names that `make_gateway` knows."""
    return ("kcp",)


def make_gateway(
    name: str,
    settings: KcpSettings,
    signer: Signer,
    *,
    now: Callable[[], dt.datetime],
    transport: Transport | None = None,
) -> KcpGateway:
    """Return the gateway of that name, ready and idle.

    Args:
        name: as in the settings, e.g. "kcp".
        settings: of that vendor.
        signer: of the merchant's certificate, from the vault.
        now: wall time, aware.
        transport: shared with other gateways; None for one of its own.

    Raises:
        ShopTrouble: `gateway.unknown`, no such vendor.
    """
    if name not in gateway_names():
        raise ShopTrouble("gateway.unknown", name=name[:40])
    return KcpGateway(settings, signer, transport or Transport(), now)
