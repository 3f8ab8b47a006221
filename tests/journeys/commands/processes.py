"""Runs `python -m pos_app` as a process of its own, also where the disk is read-only or full."""

from __future__ import annotations

import http.client
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSPHRASE = "a passphrase for tests"
RUN_TIMEOUT_S = 120
ROOT = Path(__file__).resolve().parents[3]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return a small environment: no keyring, no display, the vault's passphrase."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        "POS_APP_VAULT_PASSPHRASE": PASSPHRASE,
        **more,
    }


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did."""

    status: int
    out: str
    err: str

    def check(self, status: int) -> Done:
        """Return self if the exit status is `status` and no traceback was shown."""
        assert self.status == status, self
        assert "Traceback" not in self.out + self.err, self
        return self


def pos_app(
    *arguments: str | Path,
    home: Path,
    before: str = "",
    timeout_s: float = RUN_TIMEOUT_S,
    **variables: str,
) -> Done:
    """Run one command to its end.

    Args:
        arguments: after `pos-app`.
        home: its HOME.
        before: shell commands run first in a mount namespace of its own, as root there.
        timeout_s: how long it may take.
        variables: added to its environment; an empty value removes one.
    """
    env = {k: v for k, v in environment(home, **variables).items() if v}
    command = [sys.executable, "-m", "pos_app", *map(str, arguments)]
    if before:
        script = f"set -e; {before}; exec {shlex.join(command)}"
        command = [*unshare(), "sh", "-c", script]
    done = subprocess.run(
        command,
        env=env,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def unshare() -> list[str]:
    """Return what begins a command in a mount namespace of its own."""
    return ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]


def can_mount(folder: Path) -> bool:
    """Tell whether this machine lets tests mount a small disk for themselves."""
    if shutil.which("unshare") is None:
        return False
    command = [*unshare(), "mount", "-t", "tmpfs", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@dataclass(frozen=True, slots=True)
class Gateway:
    """A practice gateway in a process of its own."""

    port: int
    provision: Path

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Return what its control face answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            assert answer.status == http.client.OK, answer.read()
            return json.loads(answer.read())
        finally:
            connection.close()

    def book(self) -> Any:
        """Return its own truth."""
        return self.ask("GET", "/book")


@contextmanager
def gateway(folder: Path) -> Iterator[Gateway]:
    """Run a practice gateway with a merchant of its own in `folder`."""
    command = [sys.executable, "-m", "pos_app", "practice-gateway", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--merchant", str(folder / "merchant")],
        env=environment(folder),
        cwd=folder,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield Gateway(ready["port"], Path(ready["merchant"]["provision"]))
    finally:
        process.terminate()
        process.communicate(timeout=RUN_TIMEOUT_S)
