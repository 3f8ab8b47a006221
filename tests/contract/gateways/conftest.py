"""The gateways the one suite runs on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.gateways.fake_shop import FakeShop
from tests.contract.gateways.kcp_shop import KcpShop
from tests.contract.gateways.portone_shop import PortOneShop
from tests.contract.gateways.shop import Shop


def _kcp_by_order() -> Shop:
    """Return a shop at a KCP that can be asked by order number."""
    shop = KcpShop(inquiry_by_order="both")
    shop.setting(inquiry_by_order=True)
    return shop


_SHOPS: dict[str, Callable[[], Shop]] = {
    "fake": FakeShop,
    "kcp": KcpShop,
    "kcp_by_order": _kcp_by_order,
    "portone": PortOneShop,
}


@pytest.fixture(params=sorted(_SHOPS))
def shop(request: pytest.FixtureRequest) -> Shop:
    """Return a shop that is not open yet; the test opens it with `async with`."""
    return _SHOPS[request.param]()
