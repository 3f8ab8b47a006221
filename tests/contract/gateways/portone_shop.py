"""A shop with the real PortOne client and the practice gateway, which refuses unknown fields."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from pos_app.gateways.portone.client import PortOneGateway
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.gateways.registry import make_portone
from pos_app.practice.portone.desk import PRACTICE_KEY, PRACTICE_SECRET
from pos_app.practice.portone.switches import IDENTITY_CHANNEL
from tests.contract.gateways.shop import PracticeShop


@dataclass(frozen=True)
class Keys:
    """The key pair of the practice gateway."""

    imp_key: str = field(default=PRACTICE_KEY, repr=False)
    imp_secret: str = field(default=PRACTICE_SECRET, repr=False)


class PortOneShop(PracticeShop):
    """A shop at PortOne, with KCP beneath."""

    def __init__(self, *args: Any, strict: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, portone_strict=strict, **kwargs)
        self.setting(identity_channel_key=IDENTITY_CHANNEL)
        self.keys = Keys()
        self._gateway: PortOneGateway | None = None

    @property
    def gateway(self) -> PortOneGateway:
        """Return the client, made at the first use; it keeps its token."""
        if self._gateway is None:
            settings = PortOneSettings(environment="loopback", loopback_url=self.server.url)
            settings = dataclasses.replace(settings, **self.settings_changes)
            self._gateway = make_portone(
                settings, self.keys, now=self.now, transport=self.transport
            )
        return self._gateway

    async def close(self) -> None:
        if self._gateway is not None:
            await self._gateway.aclose()
        await super().close()
