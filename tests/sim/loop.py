"""An event loop in virtual time: what waits is woken at once, in the order of the clock.

Nothing real can be waited for here. A socket, a subprocess, a worker thread, a call from another
thread, or a program that waits for nothing at all ends the simulation with words, because none of
them could be repeated from a seed.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, NoReturn, TypeVar

_T = TypeVar("_T")
#: More turns than any world of some sixty sales takes: a program that never comes to rest.
TURNS_MAX = 3_000_000


class NotSimulatedError(BaseException):
    """Something that a simulation cannot repeat; a `BaseException`, so that nobody swallows it."""


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop over the clock alone.

    Attributes:
        turns: how often it has looked for work.
    """

    def __init__(self) -> None:
        """Begin at second 0."""
        super().__init__()
        self._now_s = 0.0
        self.turns = 0

    def time(self) -> float:
        """Return virtual seconds; everybody's monotonic clock."""
        return self._now_s

    def skip(self, seconds: float) -> None:
        """Let time pass in which nobody could do anything, e.g. in a sleeping PC."""
        self._now_s += seconds

    def _run_once(self) -> None:
        """Do one turn of the loop: move the clock if nobody is ready, then run who is.

        Raises:
            NotSimulatedError: nothing is left to wait for, or it goes on for ever.
        """
        self.turns += 1
        if self.turns > TURNS_MAX:
            raise NotSimulatedError("the world never comes to rest")
        ready: deque[asyncio.Handle] = self._ready  # type: ignore[attr-defined]  # the base's own
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]  # its own, too
        while timers and timers[0].cancelled():
            heapq.heappop(timers)._scheduled = False  # type: ignore[attr-defined]  # the base does so
        if not ready:
            if not timers:
                raise NotSimulatedError("everybody waits and nothing will ever come")
            self._now_s = max(self._now_s, timers[0].when())
        while timers and timers[0].when() <= self._now_s:
            timer = heapq.heappop(timers)
            timer._scheduled = False  # type: ignore[attr-defined]  # the base does so
            ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run to the end, and close."""
        asyncio.set_event_loop(self)
        try:
            return self.run_until_complete(work)
        finally:
            asyncio.set_event_loop(None)
            self.close()

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> NoReturn:
        """Refuse: threads have no order."""
        raise NotSimulatedError("a call from another thread")

    def run_in_executor(self, executor: object, func: object, *args: object) -> NoReturn:
        """Refuse: threads have no order."""
        raise NotSimulatedError("work for another thread")

    async def create_connection(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: a real network has no seed."""
        raise NotSimulatedError("a real connection")

    def _write_to_self(self) -> NoReturn:
        """Refuse: only another thread would."""
        raise NotSimulatedError("a call from another thread")
