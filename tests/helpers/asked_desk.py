"""A real set-up desk whose PortOne answers what a test wants; everything else is kept for real."""

from __future__ import annotations

from pos_app.bootstrap.set_up import SetUpDesk
from pos_app.config.issued import ApiKeys
from pos_app.config.model import PortOneSettings
from pos_app.domain.errors import PosError
from pos_app.ui.app import ChannelCard

CHANNELS = (
    ChannelCard("kcp.AB123", "전화 주문", "api_payment", sandbox=False, key="channel-key-1"),
    ChannelCard("kcp.T0000", "시험용", "api_payment", sandbox=True, key="channel-key-2"),
    ChannelCard("kcp_v2.SB123", "본인인증", "certification", sandbox=False, key="channel-key-3"),
)


class AskedDesk(SetUpDesk):
    """Answers with `channels`, or raises what is in the way."""

    channels: tuple[ChannelCard, ...] | PosError = CHANNELS

    def list_channels(
        self, portone: PortOneSettings, keys: ApiKeys | None
    ) -> tuple[ChannelCard, ...]:
        """Return the channels."""
        if isinstance(self.channels, PosError):
            raise self.channels
        return self.channels
