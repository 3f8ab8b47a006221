"""Which gateway a stored record belongs to: only the one that made it may be asked about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from pos_app.domain.errors import ShopTrouble
from pos_app.services.ports import Gateway

_G = TypeVar("_G", bound=Gateway)


class MadeThere(Protocol):
    """A payment, a card on file or a scheduled payment."""

    @property
    def gateway(self) -> str:
        """Return the gateway's short name."""

    @property
    def site(self) -> str:
        """Return the merchant's site code there."""

    @property
    def environment(self) -> str:
        """Return "live", "staging", "loopback" or "practice"."""


def maker_of(gateways: Mapping[str, _G], record: MadeThere) -> _G:
    """Return the gateway among `gateways` (by name) that made `record`.

    Raises:
        ShopTrouble: `gateway.not_set_up`: it is not set up on this counter any more, or for another
            site, or for the test system where the record was live (or the other way round).
    """
    gateway = gateways.get(record.gateway)
    ours = None if gateway is None else (gateway.site, gateway.environment)
    if gateway is None or ours != (record.site, record.environment):
        raise ShopTrouble("gateway.not_set_up", gateway=record.gateway, site=record.site)
    return gateway
