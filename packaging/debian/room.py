"""A chroot as a room to act in: commands of its users, processes, files, all seen from outside."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from walking import Done, fingerprint

LIMIT_S = 600
"""No single command of the journey takes longer."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(slots=True)
class Room:
    """One Debian in a folder.

    Attributes:
        root: the folder.
        settings: the environment with which root reaches packages.
        homes: home folder of each user, seen from inside.
    """

    root: Path
    settings: Mapping[str, str]
    homes: dict[str, str] = field(default_factory=dict)

    def path(self, inside: str) -> Path:
        """Return a path inside the room as it is seen from outside."""
        return self.root / inside.lstrip("/")

    def add_user(self, name: str, home: str) -> None:
        """Make a user with that home folder."""
        self.run("useradd", "--create-home", "--home-dir", home, name).check(0)
        self.homes[name] = home

    def command(self, user: str, command: tuple[str, ...], more: Mapping[str, str]) -> list[str]:
        """Return the command line that runs `command` inside as `user`."""
        if user == "root":
            env = {**self.settings, "DEBIAN_FRONTEND": "noninteractive", **more}
        else:
            env = {"HOME": self.homes[user], "USER": user, "PATH": _PATH, "LANG": "C.UTF-8", **more}
        pairs = [f"{name}={value}" for name, value in env.items()]
        enter = ["chroot", f"--userspec={user}:{user}", str(self.root), "/usr/bin/env", "-i"]
        return [*enter, *pairs, *command]

    def run(self, *command: str, user: str = "root", **more: str) -> Done:
        """Run a command to its end; keywords are added to its environment."""
        done = subprocess.run(
            self.command(user, command, more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *command: str, user: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a command; its output can be read from the process."""
        return subprocess.Popen(
            self.command(user, command, more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def processes_of(self, inside: str) -> list[int]:
        """Return the processes that run a program of the room."""
        wanted, found = str(self.path(inside)), []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    exe = os.readlink(entry / "exe")  # noqa: PTH115 - it may be gone: text, no path
                except OSError:
                    continue
                if exe.removesuffix(" (deleted)") == wanted:
                    found.append(int(entry.name))
        return sorted(found)

    def kill(self, inside: str) -> int:
        """End a program of the room as a power cut does; return how many processes that were."""
        found = self.processes_of(inside)
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        return len(found)

    def fingerprint(self, inside: str, *suffixes: str) -> dict[str, str]:
        """Return the hash of every file below a folder, or of those with these endings."""
        return fingerprint(self.path(inside), *suffixes)
