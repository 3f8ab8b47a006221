"""Korean time for everything the gateway stamps (app_time and canc_time are KST, kcp.md 2.1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

KST = timezone(timedelta(hours=9), "KST")
"""Korea has had no summer time since 1988: a fixed offset is enough."""

Clock = Callable[[], datetime]
"""Gives the time now, with a zone."""


def wall_clock() -> datetime:
    """Return the machine's time, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Write `moment` as the vendor does: yyyyMMddHHmmss in KST."""
    return moment.astimezone(KST).strftime("%Y%m%d%H%M%S")


def day(moment: datetime) -> str:
    """Return the KST date of `moment` as yyyyMMdd."""
    return moment.astimezone(KST).strftime("%Y%m%d")
