"""A shop in a room: a clerk's session with a real keyring, a gateway beside it, sales by keys."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from till import Till
from walking import Broken, Done

from debian.room import Room
from tests.journeys.commands.processes import Gateway

PROGRAM = "/opt/pos-app/bin/pos-app"
GATEWAY = "/srv/gateway"
TITLE = "키인 단말기"
DATA = ".local/share/pos-app"
_SESSION = "/srv/with-secret-service.sh"


@dataclass(slots=True)
class Shop:
    """One user's shop."""

    room: Room
    user: str
    till: Till

    @property
    def gateway(self) -> Gateway:
        """Return the gateway beside it."""
        return self.till.gateway

    @property
    def home(self) -> str:
        """Return the user's home folder inside the room."""
        return self.room.homes[self.user]

    @property
    def data(self) -> str:
        """Return the user's data folder inside the room."""
        return f"{self.home}/{DATA}"

    def pos_app(self, *arguments: str, **more: str) -> Done:
        """Run a command in a session of the user's own, with the keyring unlocked."""
        session = {**self._session(), **more}
        return self.room.run(_SESSION, "pos-app", *arguments, user=self.user, **session)

    def _session(self) -> dict[str, str]:
        return {
            "SECRET_SERVICE_DIR": self.home,
            "SECRET_SERVICE_PASSWORD": "the clerk's own",
        }

    @contextmanager
    def window(self) -> Iterator[subprocess.Popen[bytes]]:
        """Open the real window, wait until it takes keys, and close it by its own key."""
        process = self.room.start(
            _SESSION, "pos-app", user=self.user, DISPLAY=self.till.screen.display, **self._session()
        )
        with self.till.at_window(process, TITLE, lambda: self.room.kill(PROGRAM)):
            yield process

    def slips(self) -> list[Path]:
        """Return the slips that were saved."""
        return sorted(self.room.path(f"{self.data}/slips").glob("*.pdf"))

    def rows(self) -> list[dict[str, Any]]:
        """Return the shop's own books."""
        said = self.pos_app("export", "--format", "jsonl").check(0).out
        return [json.loads(line) for line in said.splitlines()]


@contextmanager
def gateway(room: Room) -> Iterator[Gateway]:
    """Run the installed program's practice gateway from a copy, so that no upgrade disturbs it."""
    room.run("cp", "-a", "/opt/pos-app", GATEWAY).check(0)
    room.run("install", "-d", "-m", "777", "/srv/merchant").check(0)
    command = (f"{GATEWAY}/bin/pos-app", "-I", "-S", "-B", f"{GATEWAY}/start.py")
    process = room.start(
        *command, "practice-gateway", "--port", "0", "--merchant", "/srv/merchant", user="clerk"
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        if not said.startswith(b"{"):
            raise Broken(f"the practice gateway said {said!r}")
        port = json.loads(said)["port"]
        yield Gateway(port, room.path("/srv/merchant/provision.toml"))
    finally:
        process.terminate()
        process.wait(30)
