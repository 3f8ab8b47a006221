"""One practice gateway for a module's journeys, and a shop set up against it for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.commands.processes import Gateway, gateway
from tests.journeys.counter import Counter


@pytest.fixture
def kcp(tmp_path: Path) -> Iterator[Gateway]:
    """A practice gateway in a process of its own, with an empty book."""
    folder = tmp_path / "gateway"
    folder.mkdir()
    with gateway(folder) as running:
        yield running


@pytest.fixture
def counter(kcp: Gateway, tmp_path: Path) -> Counter:
    """A counter whose shop is still to be set up, to sell by KCP alone."""
    return _counter(kcp, tmp_path, "kcp")


@pytest.fixture(params=["kcp", "portone"])
def either_counter(request: pytest.FixtureRequest, kcp: Gateway, tmp_path: Path) -> Counter:
    """A counter whose shop is still to be set up, to sell by each gateway in turn."""
    return _counter(kcp, tmp_path, request.param)


@pytest.fixture
def portone_counter(kcp: Gateway, tmp_path: Path) -> Counter:
    """A counter whose shop is still to be set up, to sell by PortOne beside KCP."""
    return _counter(kcp, tmp_path, "portone")


def _counter(kcp: Gateway, folder: Path, by: str) -> Counter:
    home = folder / "shop"
    home.mkdir()
    return Counter(home, kcp, by)
