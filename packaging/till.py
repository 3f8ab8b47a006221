"""A sale, a slip and a refund at the real window, by the keys a clerk hits."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from screen import Screen
from walking import Broken, until

from tests.journeys.commands.processes import Gateway
from tests.journeys.counter import CARD, requests_of


@dataclass(frozen=True, slots=True)
class Words:
    """What is typed where words are wanted; no input method sits behind every screen."""

    product: str = "꽃바구니"
    buyer: str = "홍길동"
    reason: str = "고객 변심"

    @property
    def letters(self) -> str:
        """Return what of it stands on no keyboard."""
        return "".join(x for x in f"{self.product}{self.buyer}{self.reason}" if not x.isascii())


@dataclass(slots=True)
class Till:
    """The window of one shop.

    Attributes:
        screen: keys and eyes.
        gateway: tells when a request has arrived.
        out: where pictures go.
        words: what is typed.
    """

    screen: Screen
    gateway: Gateway
    out: Path
    words: Words = Words()

    @contextmanager
    def at_window(
        self, process: subprocess.Popen[bytes], title: str, kill: Callable[[], object]
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Wait until the window takes keys, and close it by its own key in the end.

        Args:
            process: has been started and will show the window.
            title: of the window.
            kill: ends the program where it does not end by itself.
        """
        try:
            self.screen.wait_for(title)
            self.screen.at_rest()
            yield process
            if process.poll() is None:
                self.screen.hit("alt+F4")
                status = process.wait(90)
                if status != 0:
                    raise Broken(f"the window closed with exit status {status}")
        finally:
            if process.poll() is None:
                kill()
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
        for text in (str(amount), self.words.product, self.words.buyer, "01012345678", ""):
            if text:
                keys.type(text)
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
        """Make a whole sale, with pictures of the form, the last look and the outcome."""
        self.type_sale(amount, picture=f"{name}-typed")
        self.picture(f"{name}-last-look")
        self.charge()
        self.picture(f"{name}-approved")

    def save_slip(self, folder: Path, name: str) -> Path:
        """Save the slip of the outcome on screen as a PDF, and return its file in `folder`."""
        self.screen.hit("s")
        until(lambda: any(folder.glob("*.pdf")), "no slip was saved")
        self.picture(f"{name}-slip-saved")
        self.screen.hit("Escape")
        return max(folder.glob("*.pdf"))

    def refund(self, order_no: str, amount: int, name: str) -> None:
        """Refund a part."""
        keys = self.screen
        before = sum(requests_of(self.gateway, "cancel").values())
        keys.hit("F2", "F4")
        keys.at_rest()
        keys.type(order_no)
        keys.at_rest()
        keys.hit("Return", "ctrl+a")
        keys.type(str(amount))
        keys.hit("Return", "End", "Return")
        keys.type(self.words.reason)
        keys.hit("Return")
        self.picture(f"{name}-last-look")
        keys.hit("Return")
        until(
            lambda: sum(requests_of(self.gateway, "cancel").values()) > before,
            "no refund reached the gateway (look at the pictures)",
        )
        self.picture(f"{name}-done")
