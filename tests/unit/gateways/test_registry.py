"""Every gateway there is can be made."""

from __future__ import annotations

from pos_app.gateways.registry import gateway_names, make_kcp, make_portone
from tests.unit.gateways import build
from tests.unit.gateways.portone import build as portone


def test_the_registry_knows_its_names() -> None:
    made = (
        make_kcp(build.settings(), build.FakeSigner(), now=lambda: build.NOW),
        make_portone(portone.settings(), portone.Keys(), now=lambda: build.NOW),
    )
    assert tuple(gateway.name for gateway in made) == gateway_names()
