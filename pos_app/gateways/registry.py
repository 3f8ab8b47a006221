"""Which gateways there are, and how one is made; the only module that knows all vendors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.kcp.needs import Signer
from pos_app.gateways.kcp.settings import KcpSettings
from pos_app.gateways.transport import Transport


def gateway_names() -> tuple[str, ...]:
    """Return the names that `make_gateway` knows."""
    return ("kcp",)


def make_kcp(
    settings: KcpSettings,
    signer: Signer,
    *,
    now: Callable[[], dt.datetime],
    transport: Transport | None = None,
) -> KcpGateway:
    """Return the KCP gateway, ready and idle.

    Args:
        settings: of that vendor.
        signer: of the merchant's certificate, from the vault.
        now: wall time, aware.
        transport: shared with other gateways; None for one of its own.
    """
    return KcpGateway(settings, signer, transport or Transport(), now)
