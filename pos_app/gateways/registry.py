"""Which gateways there are, and how each is made; the only module that knows all vendors."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.kcp.needs import Signer
from pos_app.gateways.kcp.settings import KcpSettings
from pos_app.gateways.portone.client import PortOneGateway
from pos_app.gateways.portone.needs import KeyPair
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.gateways.transport import Transport


def gateway_names() -> tuple[str, ...]:
    """Return the names a payment's gateway can have."""
    return ("kcp", "portone")


def make_kcp(
    settings: KcpSettings,
    signer: Signer,
    *,
    now: Callable[[], dt.datetime],
    transport: Transport | None = None,
) -> KcpGateway:
    """Return the KCP gateway, ready and idle.

    Args:
        settings: of the shop's contract with KCP.
        signer: of the merchant's certificate, from the vault.
        now: wall time, aware.
        transport: shared with other gateways; None for one of its own.
    """
    return KcpGateway(settings, signer, transport or Transport(), now)


def make_portone(
    settings: PortOneSettings,
    keys: KeyPair,
    *,
    now: Callable[[], dt.datetime],
    transport: Transport | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> PortOneGateway:
    """Return the PortOne gateway, ready and idle.

    Args:
        settings: of the shop's contract with PortOne.
        keys: of its REST API, from the vault.
        now: wall time, aware.
        transport: shared with other gateways; None for one of its own.
        monotonic: seconds on a clock that never jumps.
    """
    return PortOneGateway(settings, keys, transport or Transport(), now, monotonic)
