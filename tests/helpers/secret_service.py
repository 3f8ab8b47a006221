"""Runs one of our programs on a private bus with a real Secret Service, as a child process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = Path(__file__).with_name("with-secret-service.sh")
_PROGRAMS = ("bash", "setsid", "dbus-run-session", "dbus-send", "gnome-keyring-daemon")
_PATIENCE_S = 60.0

needs_secret_service = pytest.mark.skipif(
    any(shutil.which(program) is None for program in _PROGRAMS),
    reason="needs: apt-get install --no-install-recommends dbus gnome-keyring",
)


def with_secret_service(
    command: Sequence[str], kept: Path, *, password: str = "not-a-secret"
) -> subprocess.CompletedProcess[str]:
    """Run `command` with an unlocked Secret Service whose files stay in `kept` for the next run.

    With another password than the first run's, the collection is there and locked.
    """
    settings = {"SECRET_SERVICE_DIR": str(kept), "SECRET_SERVICE_PASSWORD": password}
    return _run([str(_SCRIPT), *command], settings)


def with_locked_up_bus(command: Sequence[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run `command` on a bus that can start the Secret Service, where nobody answers a prompt."""
    settings = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    settings |= {f"XDG_{kind}_HOME": str(home / kind) for kind in ("DATA", "CONFIG", "CACHE")}
    return _run(["dbus-run-session", "--", *command], settings)


def with_no_bus(command: Sequence[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run `command` where the session has no bus at all, as in a plain SSH log-in."""
    nowhere = f"unix:path={home / 'no-bus'}"
    return _run(list(command), {"HOME": str(home), "DBUS_SESSION_BUS_ADDRESS": nowhere})


def our_program(module: str, *arguments: str) -> list[str]:
    """Return the command for a module of ours; HOME is another one there, so paths are whole."""
    return [sys.executable, "-m", module, *arguments]


def _run(command: list[str], settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command from the repository's root, without a display, and bring back what it said."""
    left_out = {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**environment, **settings},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
