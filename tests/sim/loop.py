"""An event loop in virtual time: what waits is woken at once, in the order of the clock.

Nothing real can be waited for here. A socket, a subprocess, a worker thread, a call from another
thread, or a program that waits for nothing at all ends the simulation with words, because none of
them could be repeated from a seed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, NoReturn, TypeVar

_T = TypeVar("_T")
#: More turns than any world of some sixty sales takes: a program that never comes to rest.
TURNS_MAX = 3_000_000


class NotSimulatedError(BaseException):
    """Something that a simulation cannot repeat; a `BaseException`, so that nobody swallows it."""


class _Jump:
    """Stands where the loop's selector stands, and moves the clock instead of waiting."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[object]:
        """Let the time pass until the next timer is due."""
        self._loop.turn(timeout)
        return []

    def close(self) -> None:
        """Have nothing to close."""


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop over the clock alone.

    Attributes:
        turns: how often it has looked for work.
        on_turn: called before each turn, e.g. to strike at the n-th.
    """

    def __init__(self) -> None:
        """Begin at second 0."""
        super().__init__()
        self._selector = _Jump(self)
        self._now_s = 0.0
        self.turns = 0
        self.on_turn: Callable[[], None] | None = None
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Return virtual seconds; everybody's monotonic clock."""
        return self._now_s

    def skip(self, seconds: float) -> None:
        """Let time pass in which nobody could do anything, e.g. in a sleeping PC."""
        self._now_s += seconds

    def turn(self, timeout: float | None) -> None:
        """Move the clock to the next timer.

        Raises:
            NotSimulatedError: nothing is left to wait for, or it goes on for ever.
        """
        self.turns += 1
        if self.turns > TURNS_MAX:
            raise NotSimulatedError("the world never comes to rest")
        if timeout is None:
            raise NotSimulatedError("everybody waits and nothing will ever come")
        if timeout > 0:
            # To the timer itself, not by a difference: what is rounded there would turn idly.
            due: float = self._scheduled[0].when()  # type: ignore[attr-defined]  # the loop's heap
            self._now_s = max(self._now_s, due)
        if self.on_turn is not None:
            self.on_turn()

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

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> NoReturn:
        """Refuse: threads have no order."""
        raise NotSimulatedError("work for another thread")

    async def create_connection(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: a real network has no seed."""
        raise NotSimulatedError("a real connection")

    def _process_events(self, event_list: list[object]) -> None:
        """Have no events."""

    def _write_to_self(self) -> NoReturn:
        """Refuse: only another thread would."""
        raise NotSimulatedError("a call from another thread")
