"""The same gateway and counter as the journeys have."""

from __future__ import annotations

from tests.journeys.conftest import counter, kcp

__all__ = ["counter", "kcp"]
