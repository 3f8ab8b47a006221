"""Where a program can be killed: before a system call, at a line, at the return from an await.

A place in the code is named by file and line and by how often it has been passed, not by a running
number: so the same place is met in the next run, too, although timers and threads take turns
differently.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from inspect import CO_COROUTINE
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pos_app

ROOT = str(Path(pos_app.__file__).parent) + os.sep
#: A call names its number in the life; a line or an await how often its place was passed.
CALL, LINE, AWAIT = "call", "line", "await"


@dataclass(frozen=True, slots=True)
class Point:
    """One place and time at which a life is ended.

    Attributes:
        kind: CALL, LINE or AWAIT.
        place: (file below `pos_app`, line); for a call (its kind, 0).
        nth: from 1; of a call: its number among all calls of that life.
    """

    kind: str
    place: tuple[str, int]
    nth: int

    def __str__(self) -> str:
        where = self.place[0] if self.kind == CALL else f"{self.place[0]}:{self.place[1]}"
        return f"{self.kind} {where} #{self.nth}"


@dataclass(slots=True)
class Seen:
    """Everything that a life passed: its calls in order, its lines and awaits with their counts."""

    calls: list[str] = field(default_factory=list)
    passed: Counter[tuple[str, str, int]] = field(default_factory=Counter)

    def call_points(self) -> list[Point]:
        """Return every call."""
        return [Point(CALL, (kind, 0), nth) for nth, kind in enumerate(self.calls, 1)]

    def places(self, kind: str) -> dict[tuple[str, int], int]:
        """Return every line, or every await, and how often it was passed."""
        return {(file, line): n for (of, file, line), n in self.passed.items() if of == kind}


def die() -> None:
    """End this process as a power cut would: nothing of it runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)


class Tracer:
    """Counts lines and returns from awaits of the program, or dies at one of them."""

    def __init__(self, target: Point | None) -> None:
        """Watch for `target`; without one, count everything."""
        self._target = target
        self.passed: Counter[tuple[str, str, int]] = Counter()
        self._wanted: dict[CodeType, str] = {}

    def start(self) -> None:
        """Begin, in this thread and all that follow; never in a process that has other work."""
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def stop(self) -> None:
        """End, in this thread."""
        sys.settrace(None)
        threading.settrace(None)

    def _enter(self, frame: FrameType, event: str, _argument: Any) -> Any:
        """Take a frame that begins or goes on; watch its lines if it is the program's."""
        code = frame.f_code
        file = self._wanted.get(code)
        if file is None:
            file = self._wanted[code] = self._file_of(code)
        if not file:
            return None
        # A coroutine that goes on after an await is in the middle of its code.
        if code.co_flags & CO_COROUTINE and frame.f_lineno != code.co_firstlineno:
            self._pass(AWAIT, file, frame.f_lineno)
        return self._line

    def _file_of(self, code: CodeType) -> str:
        """Return the file of code that is watched, else nothing."""
        name = code.co_filename
        if not name.startswith(ROOT):
            return ""
        name = name[len(ROOT) :]
        return name if self._target is None or name == self._target.place[0] else ""

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == LINE:
            self._pass(LINE, self._wanted[frame.f_code], frame.f_lineno)
        return self._line

    def _pass(self, kind: str, file: str, line: int) -> None:
        place = (kind, file, line)
        self.passed[place] += 1
        target = self._target
        if target is None or place != (target.kind, *target.place):
            return
        if self.passed[place] == target.nth:
            die()
