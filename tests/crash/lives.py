"""One life of the program: a forked child that works until it is done or killed at a point.

A child costs a tenth of a second instead of the second that a start from nothing takes; everything
is imported before, and nothing is open then: no loop, no thread, no file.
"""

from __future__ import annotations

import faulthandler
import json
import os
import select
import signal
import socket
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.crash import calls
from tests.crash.points import CALL, Point, Seen, Tracer

#: A child that hangs is ended by SIGALRM after so long.
LIFE_MAX_S = 60
_CHUNK = 1 << 16


class Report:
    """What a life says to its parent, line by line; a killed one has said what it has said."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def say(self, what: str, **more: Any) -> None:
        """Say one thing."""
        data = json.dumps({"what": what, **more}).encode() + b"\n"
        while data:
            data = data[os.write(self._handle, data) :]


@dataclass(slots=True)
class Ended:
    """How a life ended.

    Attributes:
        killed: at the point, or before it by nobody.
        said: what it had reported by then.
        fault: of a child that ended in any other way.
        seen: everything it passed, where that was asked for.
    """

    killed: bool
    said: list[dict[str, Any]] = field(default_factory=list)
    fault: str = ""
    seen: Seen | None = None

    def all(self, what: str) -> list[dict[str, Any]]:
        """Return what it said under that name."""
        return [one for one in self.said if one["what"] == what]


def live(work: Callable[[Report], None], at: Point | None = None, *, record: bool = False) -> Ended:
    """Run `work` in a child that is killed at a point, if it comes there.

    Args:
        work: with everything it opens; must not touch what the parent has open.
        at: where it dies.
        record: return everything that it passed.
    """
    ours, theirs = socket.socketpair()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        ours.close()
        os.close(read)
        _be_born(work, at, record, theirs, write)
    theirs.close()
    os.close(write)
    seen = Seen()
    said = _watch(child, ours, (read, write), at, seen)
    ours.close()
    os.close(read)
    _, status = os.waitpid(child, 0)
    return _ended(status, said, seen if record else None)


def _be_born(
    work: Callable[[Report], None],
    at: Point | None,
    record: bool,
    line: socket.socket,
    handle: int,
) -> None:
    """Be the child: work, report, and never return."""
    status = 1
    report = Report(handle)
    try:
        faulthandler.disable()
        signal.alarm(LIFE_MAX_S)
        _hand_over(line, watched=record or (at is not None and at.kind == CALL))
        tracer = Tracer(at) if record or (at is not None and at.kind != CALL) else None
        if tracer is not None:
            tracer.start()
        work(report)
        if tracer is not None:
            tracer.stop()
            if record:
                passed = [[*place, n] for place, n in tracer.passed.items()]
                report.say("passed", passed=passed)
        status = 0
    except BaseException:  # noqa: BLE001 - told to the parent
        report.say("fault", trace=traceback.format_exc())
    finally:
        os._exit(status)


def _hand_over(line: socket.socket, *, watched: bool) -> None:
    """Hand the listener of this process's calls to the parent, or say that there is none."""
    if watched and calls.supported():
        listener = calls.watch_self()
        socket.send_fds(line, [b"y"], [listener])
        os.close(listener)
    else:
        line.sendmsg([b"n"])
    line.close()


def _watch(
    child: int, line: socket.socket, pipe: tuple[int, int], at: Point | None, seen: Seen
) -> list[dict[str, Any]]:
    """Hear the child to its end; let its calls happen, or kill it instead of one.

    Args:
        child: its process.
        line: brings the listener.
        pipe: where its report is read here, and where it writes it there.
        at: where it dies.
        seen: takes every call.
    """
    read, reporting = pipe
    _, handles, _, _ = socket.recv_fds(line, 1, 1)
    poll = select.poll()
    poll.register(read, select.POLLIN)
    text = bytearray()
    if not handles:
        while chunk := os.read(read, _CHUNK):
            text += chunk
        return _lines(text)
    connected: set[int] = set()
    with calls.held(handles[0]) as listener:
        poll.register(listener.handle, select.POLLIN)
        while True:
            for handle, event in poll.poll():
                if handle == listener.handle and event & select.POLLIN:
                    call = listener.next()
                    if call is None:
                        continue
                    if _counts(call, connected, reporting):
                        seen.calls.append(call.kind)
                        if at is not None and at.kind == CALL and len(seen.calls) == at.nth:
                            # Not let happen first: then it might, before the signal is heard.
                            os.kill(child, signal.SIGKILL)
                            continue
                    listener.let(call)
                elif handle == listener.handle:
                    poll.unregister(listener.handle)
                elif chunk := os.read(read, _CHUNK):
                    text += chunk
                else:
                    return _lines(text)


def _counts(call: calls.Call, connected: set[int], reporting: int) -> bool:
    """Tell whether a call is one of the program's own, not of its report or of asyncio's waking."""
    if call.kind == "connect":
        connected.add(call.handle)
    if call.name in {"sendto", "recvfrom"}:
        return call.handle in connected
    return call.name != "write" or call.handle != reporting


def _lines(text: bytearray) -> list[dict[str, Any]]:
    """Return the whole lines."""
    return [json.loads(one) for one in bytes(text).split(b"\n")[:-1]]


def _ended(status: int, said: list[dict[str, Any]], seen: Seen | None) -> Ended:
    """Say how it ended."""
    if seen is not None:
        for one in said:
            if one["what"] == "passed":
                for kind, file, number, n in one["passed"]:
                    seen.passed[kind, file, number] = n
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    fault = "".join(one["trace"] for one in said if one["what"] == "fault")
    if not killed and status and not fault:
        fault = f"ended with status {status}"
    return Ended(killed, said, fault, seen)
