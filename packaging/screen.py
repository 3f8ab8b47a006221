"""A screen nobody sits at: Xvfb, a window manager, a keyboard by xdotool, and pictures of it."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEEDED = ("xvfb", "xdotool", "openbox", "imagemagick", "x11-xserver-utils")
"""Debian packages that bring all of that."""

SIZE = "1366x768"
"""The smallest counter PC."""

_LIMIT_S = 60
"""No look and no key takes longer; waiting for a window that has gone would have no end."""

_REST_TRIES = 40
_REST_S = 0.25
_KEY_DELAY_MS = "25"


class NoWindow(Exception):
    """The window did not come, or did not go."""


class Screen:
    """One X display, with hands and eyes."""

    def __init__(self, display: str) -> None:
        """Use that display, such as ":7"."""
        self.display = display
        self._env = {**os.environ, "DISPLAY": display, "LC_ALL": "C.UTF-8"}

    def _xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self._env,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
        return done.stdout.strip()

    def window(self, title: str) -> str:
        """Return the number of the visible window with that title, empty where there is none."""
        found = self._xdotool("search", "--onlyvisible", "--name", title).split()
        return found[-1] if found else ""

    def wait_for(self, title: str, *, gone: bool = False, limit_s: float = 60) -> None:
        """Wait until a window stands and has the keys, or until it has gone.

        Raises:
            NoWindow: neither, in all that time.
        """
        pause = threading.Event()
        for _try in range(int(limit_s * 4)):
            found = self.window(title)
            if bool(found) != gone:
                if found:
                    self._xdotool("windowfocus", "--sync", found)
                return
            pause.wait(0.25)
        raise NoWindow(f"the window {title!r} {'stays' if gone else 'did not appear'}")

    def type(self, text: str) -> None:
        """Type characters; those beyond ASCII must be on the keyboard (`screen`)."""
        self._xdotool("type", "--delay", _KEY_DELAY_MS, "--", text)

    def hit(self, *keys: str) -> None:
        """Hit keys one after the other, by their X names: Return, F4, ctrl+a."""
        self._xdotool("key", "--delay", "60", *keys)

    def picture(self, path: Path) -> Path:
        """Save a picture of the whole screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        command = ["import", "-window", "root", str(path)]
        subprocess.run(command, env=self._env, timeout=_LIMIT_S, check=True)
        return path

    def at_rest(self) -> None:
        """Wait until the picture has not changed twice in a row; a blinking caret ends it, too."""
        pause, seen = threading.Event(), list[str]()
        for _try in range(_REST_TRIES):
            shot = subprocess.run(
                ["import", "-window", "root", "rgb:-"],
                env=self._env,
                capture_output=True,
                timeout=_LIMIT_S,
                check=True,
            ).stdout
            seen.append(hashlib.sha256(shot).hexdigest())
            if len(set(seen[-3:])) == 1 and len(seen) > 2:
                return
            pause.wait(_REST_S)


def spare_keys(listing: str) -> list[str]:
    """Return the keys that have no letter, from what `xmodmap -pke` lists."""
    return re.findall(r"^keycode +(\d+) =\s*$", listing, re.MULTILINE)


@contextmanager
def screen(letters: str = "") -> Iterator[Screen]:
    """Run a screen with a window manager, and end both afterwards.

    Args:
        letters: put on the keyboard beside ASCII. (xdotool would lend each of them a key for the
            moment only, and a busy program looks too late which letter it was.)
    """
    with tempfile.TemporaryFile("w+") as number:
        command = ["Xvfb", "-displayfd", str(number.fileno()), "-screen", "0", f"{SIZE}x24"]
        server = subprocess.Popen(
            [*command, "-nolisten", "tcp", "-ac", "-noreset"],
            pass_fds=(number.fileno(),),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            display = _display_of(number.fileno(), server)
            _put_on_keyboard(display, letters)
            manager = subprocess.Popen(
                ["openbox", "--sm-disable"],
                env={**os.environ, "DISPLAY": display, "LC_ALL": "C.UTF-8"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                yield Screen(display)
            finally:
                manager.terminate()
                manager.wait()
        finally:
            server.terminate()
            server.wait()


def _put_on_keyboard(display: str, letters: str) -> None:
    """Give every letter a key that has none."""
    xmodmap = ["xmodmap", "-display", display]
    listing = subprocess.run([*xmodmap, "-pke"], capture_output=True, text=True, check=True).stdout
    for letter, key in zip(sorted(set(letters)), reversed(spare_keys(listing)), strict=False):
        lent = f"keycode {key} = U{ord(letter):04X}"
        subprocess.run([*xmodmap, "-e", lent], check=True)


def _display_of(number: int, server: subprocess.Popen[bytes]) -> str:
    """Return the display that Xvfb has chosen, once it says so."""
    pause = threading.Event()
    for _try in range(100):
        said = os.pread(number, 16, 0).decode().strip()
        if said:
            return f":{said}"
        if server.poll() is not None:
            break
        pause.wait(0.1)
    raise NoWindow("Xvfb did not start")
