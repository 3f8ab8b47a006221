"""Tasks that move money: owned by the app, one a payment, never killed by a closing screen.

A screen awaits a job through `shield`; when the screen dies the job goes on. `drain` is for the end
of the program: it waits for requests that are on their way, then stops what only waits or looks up.
Whatever is cut off is in the ledger as SENDING and is settled at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from pos_app.domain.errors import Bug, ShopTrouble, UserMistake
from pos_app.domain.order import PaymentId


class MoneyJobs:
    """The money tasks of one program.

    Args:
        on_error: called with what a job raised when nobody awaited it any more.
    """

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        """Start with no job."""
        self._on_error = on_error
        self._tasks: dict[PaymentId, asyncio.Task[Any]] = {}
        self._in_flight: set[PaymentId] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._halted: str = ""
        self._closing = False

    @property
    def halted(self) -> str:
        """Return the error code for which money taking was stopped, or an empty text."""
        return self._halted

    def halt(self, code: str) -> None:
        """Take no more money until someone has looked."""
        self._halted = self._halted or code

    def check_open(self) -> None:
        """Return if money may be taken.

        Raises:
            ShopTrouble: halted after a bug, or the program is closing.
        """
        if self._halted:
            raise ShopTrouble("money.halted", cause=self._halted)
        if self._closing:
            raise ShopTrouble("money.closing")

    @property
    def requests_in_flight(self) -> int:
        """Return how many money requests are on their way."""
        return len(self._in_flight)

    def is_running(self, payment_id: PaymentId) -> bool:
        """Tell whether a job works on that payment."""
        return payment_id in self._tasks

    def start(self, payment_id: PaymentId, work: Coroutine[Any, Any, object]) -> None:
        """Run `work` as the one job of that payment.

        Raises:
            Bug: there is one already; two workers on one payment could send twice.
        """
        if payment_id in self._tasks:
            work.close()
            raise Bug("money.second_job", payment_id=payment_id)
        task = asyncio.get_running_loop().create_task(work, name=f"money {payment_id}")
        self._tasks[payment_id] = task
        task.add_done_callback(lambda done: self._ended(payment_id, done))

    async def stop(self, payment_id: PaymentId) -> None:
        """End a job that only waits or looks up, so that another may take the payment over.

        Raises:
            UserMistake: a money request of that payment is on its way; its answer comes first.
        """
        if payment_id in self._in_flight:
            raise UserMistake("money.busy")
        task = self._tasks.get(payment_id)
        if task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    @contextlib.contextmanager
    def in_flight(self, payment_id: PaymentId) -> Iterator[None]:
        """Mark that a money request is on its way: `drain` waits for it, `stop` refuses."""
        self._in_flight.add(payment_id)
        self._idle.clear()
        try:
            yield
        finally:
            self._in_flight.discard(payment_id)
            if not self._in_flight:
                self._idle.set()

    async def drain(self, timeout_s: float) -> bool:
        """End all jobs: wait up to `timeout_s` for requests on their way, then stop the rest.

        Returns:
            True if nothing was cut off.
        """
        self._closing = True
        clean = True
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            clean = False
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return clean

    def _ended(self, payment_id: PaymentId, task: asyncio.Task[Any]) -> None:
        """Forget the task; report what it raised."""
        self._tasks.pop(payment_id, None)
        if not task.cancelled():
            error = task.exception()
            if error is not None:
                self._on_error(error)
