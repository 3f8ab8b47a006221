"""The shop's channels as PortOne lists them (`GET /users/pg`, portone.md 2.10).

PortOne answers a charge with an unknown `pg` by silently charging through the default PG. So what
the settings name must be on this list, as a key-in channel, and for money or for tests as meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pos_app.domain.answers import CannotTell, NoAnswer, Refused
from pos_app.domain.errors import ShopTrouble
from pos_app.gateways.exchange import Exchange
from pos_app.gateways.portone.answers import Fields, objects_of, read_envelope
from pos_app.gateways.portone.settings import PortOneSettings

#: `type` of a channel (portone.md 4.1).
KEY_IN, IDENTITY = "api_payment", "certification"
_LENGTH_MAX = 80


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel.

    Attributes:
        provider: the PG, e.g. "kcp".
        merchant_id: the site code there.
        kind: "payment" (a window), "api_payment" (key-in) or "certification".
        name: as the shop called it; may be empty.
        key: its `channel_key`; may be empty.
    """

    provider: str
    merchant_id: str
    sandbox: bool
    kind: str
    name: str
    key: str

    @property
    def pg(self) -> str:
        """Return what `pg` would be for it."""
        return f"{self.provider}.{self.merchant_id}"


def read_channels(
    exchange: Exchange, settings: PortOneSettings
) -> tuple[Channel, ...] | CannotTell | Refused:
    """Return the channels in an answer."""
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return CannotTell(answer.why)
    if not answer.is_ok:
        refused = answer.may_refuse
        return Refused(answer.refusal) if refused else CannotTell(f"http.{answer.status}")
    rows = objects_of(answer.response)
    if rows is None:
        return CannotTell("malformed")
    channels = [_channel(row) for row in rows]
    found = tuple(channel for channel in channels if channel is not None)
    return found if len(found) == len(channels) else CannotTell("malformed")


def _channel(row: Fields) -> Channel | None:
    """Read one row; None if what a channel must have is not there."""
    provider, merchant_id = row.exact("pg_provider"), row.exact("pg_id")
    sandbox, kind = row.flag("sandbox"), row.exact("type")
    if provider is None or merchant_id is None or sandbox is None or kind is None:
        return None
    return Channel(
        provider=provider[:_LENGTH_MAX],
        merchant_id=merchant_id[:_LENGTH_MAX],
        sandbox=sandbox,
        kind=kind[:_LENGTH_MAX],
        name=row.text("channel_name", _LENGTH_MAX),
        key=(row.exact("channel_key") or "")[:_LENGTH_MAX],
    )


def channel_trouble(settings: PortOneSettings, channels: Sequence[Channel]) -> ShopTrouble | None:
    """Return why the shop's settings do not fit its channels; None if they do."""
    key_in = [channel for channel in channels if channel.kind == KEY_IN]
    ours = [channel for channel in key_in if _is_ours(settings, channel)]
    if not ours:
        known = ", ".join(channel.pg for channel in key_in)[:200] or "-"
        return ShopTrouble("gateway.channel_missing", pg=settings.pg, known=known)
    if settings.environment == "live" and any(channel.sandbox for channel in ours):
        return ShopTrouble("gateway.channel_is_test", pg=settings.pg)
    if settings.environment == "staging" and not all(channel.sandbox for channel in ours):
        return ShopTrouble("gateway.channel_is_live", pg=settings.pg)
    return None


def identity_trouble(settings: PortOneSettings, channels: Sequence[Channel]) -> ShopTrouble | None:
    """Return why the identity check cannot work as set up; it stops no sale by itself."""
    key = settings.identity_channel_key
    if not key or any(channel.kind == IDENTITY and channel.key == key for channel in channels):
        return None
    return ShopTrouble("gateway.identity_channel_missing")


def billing_key_of(settings: PortOneSettings, channels: Sequence[Channel]) -> str:
    """Return the key of the channel that keeps cards; empty if none is known."""
    if settings.billing_channel_key:
        return settings.billing_channel_key
    keys = [c.key for c in channels if c.kind == KEY_IN and _is_ours(settings, c) and c.key]
    return keys[0] if keys else ""


def _is_ours(settings: PortOneSettings, channel: Channel) -> bool:
    """Tell whether `pg` names this channel; the PG alone names each of its channels."""
    same_site = settings.merchant_id in {"", channel.merchant_id}
    return channel.provider == settings.provider and same_site
