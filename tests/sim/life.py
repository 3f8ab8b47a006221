"""One run of the program, from its start to its end in order or by a kill.

Everything the program does passes points with names: the ports call `pass_by`. A strike at the
n-th point, or at a turn of the loop, ends it there. A killed program does nothing any more: its
tasks are cancelled, and whatever their clean-up still asks of a port ends at that port.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from pos_app.domain.record import PaymentRecord

if TYPE_CHECKING:
    from tests.helpers.fake_app import Bench

_T = TypeVar("_T")
LIFE: contextvars.ContextVar[Life | None] = contextvars.ContextVar("life", default=None)
#: Ended tasks are forgotten when so many are remembered.
_TASKS_KEPT = 64


class ProgramEndedError(Exception):
    """The program ended while somebody waited for it at a screen."""


class Life:
    """One run of the program at one counter.

    Attributes:
        number: which run of the world it is, from 1.
        dead: it was killed, or has ended in order.
        killed: it was killed.
        seen: what its news said last of each payment.
        troubles: codes of the troubles it told.
        bench: its parts.
    """

    bench: Bench

    def __init__(self, counter: str, number: int) -> None:
        """Begin a run; nothing strikes it yet."""
        self.counter = counter
        self.number = number
        self.dead = False
        self.killed = False
        self.seen: dict[str, PaymentRecord] = {}
        self.troubles: list[str] = []
        self.points = 0
        self.strike_at = 0
        self.on_strike: Callable[[], None] = self.kill
        self._tasks: list[asyncio.Task[Any]] = []
        self._context = contextvars.copy_context()
        self._context.run(LIFE.set, self)

    def begin(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Do something within the program."""
        return asyncio.get_running_loop().create_task(work, context=self._context)

    async def do(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something at a screen and wait for it.

        Raises:
            ProgramEndedError: the program ended first.
        """
        if self.dead:
            work.close()
            raise ProgramEndedError
        return await self.await_end(self.begin(work))

    async def await_end(self, task: asyncio.Task[_T]) -> _T:
        """Wait for something begun; `ProgramEndedError` if it, or the whole program, was ended."""
        await asyncio.wait([task])
        if task.cancelled():
            raise ProgramEndedError
        return task.result()

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Remember a task of this program."""
        if len(self._tasks) > _TASKS_KEPT:
            self._tasks = [one for one in self._tasks if not one.done()]
        self._tasks.append(task)
        if self.dead:
            task.cancel()

    def pass_by(self, name: str) -> None:
        """Pass a point, or be struck at it.

        Raises:
            asyncio.CancelledError: the program is dead.
        """
        self.points += 1
        if self.points == self.strike_at:
            self.on_strike()
        if self.dead:
            raise asyncio.CancelledError(name)

    def kill(self) -> None:
        """End at once: nothing of it happens any more."""
        if not self.dead:
            self.killed = True
            self.end()

    def end(self) -> None:
        """Let nothing of it happen any more."""
        self.dead = True
        for task in self._tasks:
            task.cancel()

    async def gone(self) -> None:
        """Wait until no task of it is left."""
        while left := [task for task in self._tasks if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.sleep(0)


def task_factory(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **more: Any
) -> asyncio.Task[Any]:
    """Make a task and give it to the life in whose context it begins."""
    task = asyncio.Task(work, loop=loop, **more)
    context = more.get("context")
    life = LIFE.get() if context is None else context.get(LIFE)
    if life is not None:
        life.adopt(task)
    return task


def passing(name: str) -> Life | None:
    """Pass a point of the program that runs now, if one does; return it."""
    life = LIFE.get()
    if life is not None:
        life.pass_by(name)
    return life
