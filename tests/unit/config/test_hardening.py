"""A crash of this program must leave no memory on disk, and nobody may read it meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how a process stands")

ROOT = Path(__file__).resolve().parents[3]
#: Runs a command that ends at once, then says how the process stands: PR_GET_DUMPABLE is 3.
AFTER_A_COMMAND = """
import contextlib, ctypes, json, resource
from pos_app.cli import main
with contextlib.suppress(SystemExit):
    main(["--version"])
print(json.dumps([resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3)]))
"""
ABORTED = """
import os
from pos_app.config.hardening import keep_memory_private
assert keep_memory_private() == ()
os.abort()
"""


def run(program: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a program in a process of its own, where core files are as allowed as they can be."""
    return subprocess.run(
        ["sh", "-c", 'ulimit -c "$(ulimit -H -c)"; exec "$@"', "sh", sys.executable, "-c", program],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_every_command_forbids_core_files_and_readers(tmp_path: Path) -> None:
    done = run(AFTER_A_COMMAND, tmp_path)
    assert json.loads(done.stdout.splitlines()[-1]) == [[0, 0], 0], done.stderr


def test_an_aborted_program_leaves_no_core_file(tmp_path: Path) -> None:
    done = run(ABORTED, tmp_path)
    assert done.returncode == -6, done.stderr
    assert list(tmp_path.iterdir()) == []
