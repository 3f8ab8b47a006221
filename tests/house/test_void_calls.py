"""The PySide6 that is installed loses no references on this Python."""

from __future__ import annotations

import subprocess
import sys

from tests.house.tree import ROOT


def test_void_calls_cost_no_references() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.helpers.void_call_guard", "--survive", "20000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        "this pair of PySide6 and Python aborts after some thousand void calls (packaging.md 2.1)\n"
        + done.stdout
        + done.stderr
    )
