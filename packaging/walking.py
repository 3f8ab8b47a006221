"""A journey: steps taken one after the other, each checked and said with its time."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from screen import NoWindow, Screen


class Broken(Exception):
    """Something in the journey is not as it must be; the text says what was seen."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Return both outputs."""
        return f"{self.out}{self.err}".strip()

    def check(self, *statuses: int) -> Done:
        """Return self if the exit status is one of these and nothing broke inside the program."""
        if self.status not in statuses or "Traceback" in self.said:
            raise Broken(f"exit status {self.status}: {self.said[-3000:]}")
        return self

    def saying(self, *words: str) -> Done:
        """Return self if all of these words were said."""
        missing = [word for word in words if word not in self.said]
        if missing:
            raise Broken(f"{missing} was not said: {self.said[-3000:]}")
        return self


def until(seen: Callable[[], bool], what: str, limit_s: float = 60) -> None:
    """Wait until something outside this program is so.

    Raises:
        Broken: it was not, in all that time.
    """
    pause = threading.Event()
    for _try in range(int(limit_s * 10)):
        if seen():
            return
        pause.wait(0.1)
    raise Broken(f"not within {limit_s:g} s: {what}")


def fingerprint(top: Path, *suffixes: str) -> dict[str, str]:
    """Return the hash of every file below a folder, or of those with these endings."""
    return {
        path.relative_to(top).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(top.rglob("*"))
        if path.is_file() and (not suffixes or path.suffix in suffixes)
    }


@contextmanager
def newer_schema(ledger: Path) -> Iterator[None]:
    """While it lasts, a ledger says that a later program wrote it."""

    def move(change: int) -> None:
        with contextlib.closing(sqlite3.connect(ledger)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version = {version + change}")

    move(+1)
    try:
        yield
    finally:
        move(-1)


@dataclass(slots=True)
class Steps:
    """The steps of one journey, as they are said.

    Attributes:
        screen: what is on it is kept where a step fails.
        out: where pictures go.
        taken: how many steps went well.
    """

    screen: Screen
    out: Path
    began_s: float = field(default_factory=time.monotonic)
    taken: int = 0

    def step(self, name: str, act: Callable[[], str]) -> None:
        """Take one step and say what came of it; one that fails ends the journey."""
        try:
            said = act()
        except (Broken, NoWindow, AssertionError, OSError, subprocess.SubprocessError) as error:
            self.screen.picture(self.out / "FAILED.png")
            self._say("FAIL", f"{name}: {error}")
            raise
        self.taken += 1
        self._say("ok", f"{name}: {said}" if said else name)

    def _say(self, mark: str, words: str) -> None:
        seconds = time.monotonic() - self.began_s
        print(f"{mark:4} {seconds:4.0f}s  {words}", flush=True)
