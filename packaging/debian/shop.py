"""A shop in a room: a clerk's session with a real keyring, a gateway beside it, sales by keys."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from screen import Screen

from debian.room import Broken, Done, Room, until
from tests.journeys.commands.processes import Gateway
from tests.journeys.counter import CARD, requests_of

PROGRAM = "/opt/pos-app/bin/pos-app"
GATEWAY = "/srv/gateway"
TITLE = "키인 단말기"
DATA = ".local/share/pos-app"
PRODUCT, BUYER, REASON = "꽃바구니", "홍길동", "고객 변심"
LETTERS = f"{PRODUCT}{BUYER}{REASON}".replace(" ", "")
"""What the clerk types beyond ASCII."""
_SESSION = "/srv/with-secret-service.sh"


@dataclass(slots=True)
class Shop:
    """One user's shop."""

    room: Room
    user: str
    gateway: Gateway
    screen: Screen
    out: Path

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
            _SESSION, "pos-app", user=self.user, DISPLAY=self.screen.display, **self._session()
        )
        try:
            self.screen.wait_for(TITLE)
            self.screen.at_rest()
            yield process
            if process.poll() is None:
                self.screen.hit("alt+F4")
                status = process.wait(90)
                if status != 0:
                    raise Broken(f"the window closed with exit status {status}")
        finally:
            if process.poll() is None:
                self.room.kill(PROGRAM)
            process.wait(30)

    def picture(self, name: str) -> None:
        """Save a picture once nothing moves any more."""
        self.screen.at_rest()
        self.screen.picture(self.out / f"{name}.png")

    def type_sale(self, amount: int, card: str = CARD, picture: str = "") -> None:
        """Type a sale into the window and stop at the last look."""
        keys = self.screen
        keys.hit("F2")
        keys.at_rest()
        for text in (str(amount), PRODUCT, BUYER, "01012345678", ""):
            keys.type(text) if text else None
            keys.hit("Return")
        keys.type(card)  # full fields go on by themselves: number, expiry, password
        keys.type("0729")
        keys.type("900101")
        keys.hit("Return")
        keys.type("12")
        keys.type("0")
        if picture:
            self.picture(picture)
        keys.hit("Return")
        keys.at_rest()

    def charge(self) -> None:
        """Confirm, and wait until one more charge has reached the gateway."""
        before = len(requests_of(self.gateway, "charge"))
        self.screen.hit("Return")
        until(
            lambda: len(requests_of(self.gateway, "charge")) > before,
            "no charge reached the gateway (look at the pictures)",
        )

    def sell(self, amount: int, name: str) -> None:
        """Make a whole sale by keys, with pictures of the form, the last look and the outcome."""
        self.type_sale(amount, picture=f"{name}-typed")
        self.picture(f"{name}-last-look")
        self.charge()
        self.picture(f"{name}-approved")

    def save_slip(self, name: str) -> None:
        """Save the slip of the outcome on screen as a PDF."""
        self.screen.hit("s")
        until(lambda: bool(self.slips()), "no slip was saved")
        self.picture(f"{name}-slip-saved")
        self.screen.hit("Escape")

    def slips(self) -> list[Path]:
        """Return the slips that were saved."""
        return sorted(self.room.path(f"{self.data}/slips").glob("*.pdf"))

    def refund(self, order_no: str, amount: int, name: str) -> None:
        """Refund a part by keys."""
        keys = self.screen
        before = sum(requests_of(self.gateway, "cancel").values())
        keys.hit("F2", "F4")
        keys.at_rest()
        keys.type(order_no)
        keys.at_rest()
        keys.hit("Return", "ctrl+a")
        keys.type(str(amount))
        keys.hit("Return", "End", "Return")
        keys.type(REASON)
        keys.hit("Return")
        self.picture(f"{name}-last-look")
        keys.hit("Return")
        until(
            lambda: sum(requests_of(self.gateway, "cancel").values()) > before,
            "no refund reached the gateway (look at the pictures)",
        )
        self.picture(f"{name}-done")

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
