"""The demonstration of a machine without a display ends well and leaves what it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.journeys.commands.processes import RUN_TIMEOUT_S, environment


def test_it_ends_well_and_leaves_pictures_and_a_slip(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "tests.demonstration", "--out", str(out)],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    told = done.stdout.decode()
    assert done.returncode == 0, told + done.stderr.decode()
    assert "Everything went as it should." in told
    files = sorted(path.name for path in out.iterdir())
    assert files[-1] == "slip.pdf"
    assert len(files) == 8
    assert all(str(out / name) in told for name in files)
    assert (out / "slip.pdf").read_bytes().startswith(b"%PDF-")
