"""The program is killed while it writes: what it was told is stored is stored, nothing is half."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.ledger.cases import memory_folder, opened, sell

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = [sys.executable, "-m", "tests.unit.ledger.killing"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork are Unix's")


def test_killed_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(57)
    first = 1
    told: dict[str, int] = {}
    for _ in range(5):
        with subprocess.Popen(
            [*PROGRAM, "run", str(tmp_path), str(first)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        ) as program:
            assert program.stdout is not None
            for _ in range(chance.randint(1, 9)):
                number, version = map(int, program.stdout.readline().split())
                told[f"pay{number}"] = version
            program.kill()
            for line in program.stdout:
                number, version = map(int, line.split())
                told[f"pay{number}"] = version
        with opened(tmp_path) as ledger:
            assert asyncio.run(ledger.verify()).ok
            stored = {str(r.payment_id): r.version for r in asyncio.run(ledger.recent(999))}
        for payment_id, version in told.items():
            assert stored[payment_id] >= version
        # At most the one change that was under way is there without having been told.
        ahead = sum(stored[p] - told.get(p, 0) for p in stored)
        assert ahead in {0, 1, 2}
        told = stored
        first = len(stored) + 1


@pytest.mark.slow
def test_killed_before_and_after_every_operation() -> None:
    with memory_folder() as folder, memory_folder() as scratch:
        with opened(folder) as ledger:
            asyncio.run(sell(ledger))
        done = subprocess.run(
            [*PROGRAM, "every", str(folder), str(scratch)],
            capture_output=True,
            cwd=ROOT,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    deaths = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(deaths) > 100
    #: Versions after each change that is told: prepared, sending, approved, refund begun and sent.
    steps = [0, 1, 2, 3, 5]
    for death in deaths:
        told = int(death["told"][-1].split()[1]) if death["told"] else 0
        stored = death["versions"].get("pay2", 0)
        after_it = steps[min(steps.index(told) + 1, 4)]
        assert death["ok"], death
        assert death["versions"]["pay1"] == 3
        assert stored in {told, after_it}, death
    assert [death["died"] for death in deaths].count(False) == 2
