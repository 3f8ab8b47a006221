"""Tasks of a screen that die with it.

A task that outlives its widget wakes up and touches a deleted object (models.md, Qt fact 4). Money
tasks are not a screen's: they belong to the application and are awaited through `shield`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    import asyncio

ErrorHandler = Callable[[Exception], None]


class TaskScope:
    """The running tasks of `owner`; cancelled when it is destroyed.

    An error that ends a task goes to `on_error`, or else to the event loop's exception handler: the
    one place of the program that logs, shows and judges it.
    """

    def __init__(self, owner: QObject, on_error: ErrorHandler | None = None) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._on_error = on_error
        owner.destroyed.connect(self._owner_gone)

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run `work` as a task called `name` until it ends or the owner is gone."""
        import asyncio

        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def cancel_all(self) -> None:
        """Ask every task to stop; each still runs its clean-up."""
        for task in tuple(self._tasks):
            if not task.get_loop().is_closed():
                task.cancel()

    def __len__(self) -> int:
        """Return how many tasks have not ended yet."""
        return len(self._tasks)

    def _owner_gone(self) -> None:
        self.cancel_all()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        if self._on_error is not None and isinstance(error, Exception):
            self._on_error(error)
            return
        task.get_loop().call_exception_handler(
            {"message": f"task {task.get_name()} failed", "exception": error, "task": task}
        )
