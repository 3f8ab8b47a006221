"""Runs a shop whose disk fails at the n-th operation in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from tests.contract.ledger.cases import memory_folder
from tests.crash.power_recording import ROOT, recorder


@dataclass(frozen=True)
class Nth:
    """Which strikes; the words are those of `nth_shop`."""

    layer: str
    error: str
    how: str
    every: int
    first: int

    def run(self) -> list[dict[str, Any]]:
        """Return what came of each strike."""
        with memory_folder() as root:
            env = os.environ | {"POWER_ROOT": str(root)}
            if self.layer == "files":
                env["LD_PRELOAD"] = str(recorder())
            words = (self.layer, self.error, self.how, str(self.every), str(self.first))
            done = subprocess.run(
                [sys.executable, "-m", "tests.crash.nth_shop", *words],
                env=env,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 0, done.stderr[-3_000:]
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def run(nth: Nth) -> list[dict[str, Any]]:
    """Do as `Nth.run`, for a pool of processes."""
    return nth.run()
