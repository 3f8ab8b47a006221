"""A seed brings its world back: in another process, whatever the order of its hashes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.house.tree import ROOT

#: One for each gateway, and one on SQLite.
SEEDS = (("kcp", "3"), ("portone", "4"), ("kcp", "50"))


def digest(gateway: str, seed: str, hash_seed: str) -> str:
    """Return the fingerprint of a world's history, made by a process of its own."""
    command = [sys.executable, "-m", "tests.sim.replay", seed, "--gateway", gateway, "--digest"]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


@pytest.mark.parametrize(("gateway", "seed"), SEEDS)
def test_the_same_seed_has_the_same_history(gateway: str, seed: str) -> None:
    first, second = digest(gateway, seed, "0"), digest(gateway, seed, "4711")
    assert first == second
    assert len(first) == 64


def test_another_seed_has_another() -> None:
    assert digest("kcp", "3", "0") != digest("kcp", "4", "0")
