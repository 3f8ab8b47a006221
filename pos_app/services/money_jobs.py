"""Tasks that move money: owned by the app, one a payment, never killed by a closing screen.

A screen awaits a job through `shield`; when the screen dies the job goes on. `drain` is for the end
of the program: it waits for requests that are on their way, then stops what only waits or looks up.
Whatever is cut off is in the ledger as SENDING and is settled at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from pos_app.domain.errors import Bug, ShopTrouble, UserMistake
from pos_app.domain.order import PaymentId
from pos_app.domain.streams import StreamId

_T = TypeVar("_T")

#: What a job works on: a payment, or a record beside payments.
JobId = PaymentId | StreamId


class MoneyJobs:
    """The money tasks of one program.

    Args:
        on_error: called with what a job raised, whether or not a screen still awaits it.
    """

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        """Start with no job."""
        self._on_error = on_error
        self._tasks: dict[JobId, asyncio.Task[Any]] = {}
        self._short: set[asyncio.Task[Any]] = set()
        self._aside: set[asyncio.Task[Any]] = set()
        self._locks: dict[JobId, asyncio.Lock] = {}
        self._in_flight: set[JobId] = set()
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

    def is_running(self, payment_id: JobId) -> bool:
        """Tell whether a job works on that payment."""
        return payment_id in self._tasks

    def lock(self, payment_id: JobId) -> asyncio.Lock:
        """Return the lock under which people's wishes about a payment are taken one by one."""
        return self._locks.setdefault(payment_id, asyncio.Lock())

    def report(self, error: BaseException) -> None:
        """Tell the program of an error that must not end a job."""
        self._on_error(error)

    def start(self, payment_id: JobId, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Run `work` as the one job of that payment.

        Raises:
            Bug: there is one already; two workers on one payment could send twice.
            ShopTrouble: the program is closing and nobody would wait for the job.
        """
        if payment_id in self._tasks or self._closing:
            work.close()
            if self._closing:
                raise ShopTrouble("money.closing")
            raise Bug("money.second_job", payment_id=payment_id)
        task = asyncio.get_running_loop().create_task(work, name=f"money {payment_id}")
        self._tasks[payment_id] = task
        task.add_done_callback(lambda done: self._ended(payment_id, done))
        return task

    def begin(
        self,
        payment_id: JobId,
        first: Coroutine[Any, Any, _T],
        then: Callable[[], Coroutine[Any, Any, object]],
    ) -> asyncio.Future[_T]:
        """Start a job whose `first` result somebody awaits; `then` follows however that ended.

        Returns:
            What `first` comes to: its result, what it raised, or `UserMistake("money.stopped")`
            when the job was stopped. It is always done in the end.

        Raises:
            As `start`.
        """
        answer: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        # Errors of a job are reported, so one that no screen takes any more is not lost.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())

        async def work() -> None:
            try:
                result = await first
            except Exception as error:  # noqa: BLE001 - reported, and told to whoever waits
                _tell(answer, error)
                self._on_error(error)
            else:
                if not answer.done():
                    answer.set_result(result)
            await then()

        def stopped(_task: asyncio.Task[object]) -> None:
            first.close()  # of a job that was stopped before its first step
            _tell(answer, UserMistake("money.stopped"))

        try:
            self.start(payment_id, work()).add_done_callback(stopped)
        except BaseException:
            first.close()
            raise
        return answer

    def aside(self, work: Coroutine[Any, Any, object]) -> None:
        """Run `work` that moves no money until it ends by itself or the program does."""
        task = asyncio.get_running_loop().create_task(work, name="beside the money")
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)
        task.add_done_callback(self._report_end)

    async def shielded(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run `work` to its end even when its caller is cancelled, e.g. with a closing screen.

        Between a fact on disk and the job that carries it on nobody may be lost.
        """
        task = asyncio.get_running_loop().create_task(work, name="money wish")
        self._short.add(task)
        task.add_done_callback(self._short.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._report_end)
            raise

    async def stop(self, payment_id: JobId) -> None:
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
    def in_flight(self, payment_id: JobId) -> Iterator[None]:
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
        try:
            async with asyncio.timeout(timeout_s):
                while self._in_flight:
                    await self._idle.wait()
        except TimeoutError:
            pass
        clean = not self._in_flight
        tasks = [*self._tasks.values(), *self._short, *self._aside]
        for task in (*self._tasks.values(), *self._aside):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return clean

    def _ended(self, payment_id: JobId, task: asyncio.Task[Any]) -> None:
        """Forget the task; report what it raised."""
        self._tasks.pop(payment_id, None)
        self._report_end(task)

    def _report_end(self, task: asyncio.Task[Any]) -> None:
        """Report what a task raised; a mistake of a person who has gone away is none any more."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, UserMistake):
            self._on_error(error)


def _tell(answer: asyncio.Future[Any], error: Exception) -> None:
    """Give an error to whoever waits for an answer, if it has not come."""
    if not answer.done():
        answer.set_exception(error)
