"""Every screen fits the smallest counter PC in both languages, with nothing cut off."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.commands.processes import RUN_TIMEOUT_S, environment


@pytest.mark.slow
def test_the_tour_meets_every_screen_and_nothing_is_cut_off(tmp_path: Path) -> None:
    looks = ["--scheme", "light", "--size", "1366x768"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.screens", "--out", str(tmp_path / "out"), *looks],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    taken = [
        {path.name for path in folder.iterdir()} for folder in sorted((tmp_path / "out").iterdir())
    ]
    assert len(taken) == 2
    assert taken[0] == taken[1]
    assert len(taken[0]) >= 50
