"""The real client over the real transport, speaking to the hostile server."""

from __future__ import annotations

from typing import Any

from pos_app.gateways.portone.client import PortOneGateway
from pos_app.gateways.transport import Transport
from tests.unit.gateways.portone import build
from tests.unit.gateways.portone.hostile import Hostile


def client_of(
    server: Hostile, *, clock: build.FakeClock | None = None, **changes: Any
) -> PortOneGateway:
    """Return a client whose world is that server."""
    values: dict[str, Any] = {
        "environment": "loopback",
        "loopback_url": server.url,
        "timeout_s": 5.0,
        "look_up_timeout_s": 5.0,
        **changes,
    }
    settings = build.settings(**values)
    return PortOneGateway(
        settings, build.Keys(), Transport(), lambda: build.NOW, clock or build.FakeClock()
    )
