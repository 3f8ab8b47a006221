"""Asking PortOne for a shop's channels: at the set-up, in the settings, and by the doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_app.domain.answers import CannotTell, Refused
from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.ui.app import ChannelCard

if TYPE_CHECKING:
    from pos_app.config.model import PortOneSettings
    from pos_app.gateways.portone.client import PortOneGateway
    from pos_app.gateways.portone.needs import KeyPair

KEY_IN = "api_payment"
"""`type` of a channel for typed cards (portone.md 4.1)."""

TEST_FREE_PG = "kcp.AAAAA"
"""Stands in for a channel that is still to be chosen; nothing is ever charged by it."""


def list_channels(
    portone: PortOneSettings, keys: KeyPair, *, use_os_roots: bool
) -> tuple[ChannelCard, ...]:
    """Return the shop's channels, those for a typed card first; blocks as long as a look-up.

    Raises:
        UserMistake: `portone.keys_refused`.
        ShopTrouble: `portone.not_reached`, or what the gateway forbids.
    """
    import asyncio

    import msgspec

    from pos_app.bootstrap.gateways import make_portone
    from pos_app.gateways.transport import Transport

    # The channel is what is being asked for: an empty or wrong one must not stop the question.
    asked = msgspec.structs.replace(portone, pg=TEST_FREE_PG)
    gateway = make_portone(asked, keys, Transport(use_os_roots=use_os_roots))

    async def ask() -> tuple[ChannelCard, ...]:
        try:
            return await channels_of(gateway)
        finally:
            await gateway.aclose()

    return asyncio.run(ask())


async def channels_of(gateway: PortOneGateway) -> tuple[ChannelCard, ...]:
    """Return the channels of a gateway, those for a typed card first.

    Raises:
        UserMistake: `portone.keys_refused`.
        ShopTrouble: `portone.not_reached`.
    """
    listed = await gateway.channels()
    if isinstance(listed, Refused):
        refusal = listed.refusal
        raise UserMistake("portone.keys_refused", message=refusal.raw_message or refusal.code)
    if isinstance(listed, CannotTell):
        raise ShopTrouble("portone.not_reached", why=listed.why)
    cards = [ChannelCard(c.pg, c.name, c.kind, c.sandbox, c.key) for c in listed]
    return tuple(sorted(cards, key=lambda card: card.kind != KEY_IN))
