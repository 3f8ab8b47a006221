"""One practice gateway and one shop set up against it, for all tests of a module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.commands.processes import Gateway, can_mount, gateway, pos_app


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A practice gateway in a process of its own."""
    with gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture(scope="module")
def shop(practice: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that was set up; not to be changed."""
    home = tmp_path_factory.mktemp("shop")
    pos_app("provision", practice.provision, "--data-dir", home / "data", home=home).check(0)
    return home / "data"


@pytest.fixture
def data(shop: Path, tmp_path: Path) -> Path:
    """A copy of that data folder, to be changed."""
    return Path(shutil.copytree(shop, tmp_path / "data"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """An empty folder over which a command may mount a disk; skips where it may not."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not can_mount(folder):
        pytest.skip("this machine lets nobody mount a disk of his own")
    return folder
