"""One thread for all work on the database, and an async face for it.

A write that has begun is waited for even when its caller is cancelled: nobody may go on without
knowing whether it was committed. A read may be given up.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from pos_app.domain.errors import Bug, ShopTrouble

_T = TypeVar("_T")

#: What may wait at once. Reads are refused first, so that lists cannot crowd out a payment; a till
#: has a handful under way, so a queue this long means that the disk hangs.
READS_MAX = 64
WRITES_MAX = 256


class Writer:
    """The ledger's thread."""

    def __init__(self) -> None:
        """Nothing starts before the first job."""
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._waiting = 0
        self._guard = threading.Lock()

    async def write(self, job: Callable[[], _T]) -> _T:
        """Run `job` and return its result; a cancelled caller learns of it after the job ended.

        Raises:
            ShopTrouble: `ledger.busy`: too much is waiting; the job was not begun.
            Bug: `ledger.closed`.
        """
        running = asyncio.wrap_future(self._submit(job, WRITES_MAX))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError as cancelled:
            await _settled(running)
            failure = None if running.cancelled() else running.exception()
            if failure is not None:
                raise cancelled from failure
            raise

    async def read(self, job: Callable[[], _T]) -> _T:
        """Run `job` and return its result; one that is still queued is dropped with its caller.

        Raises:
            ShopTrouble: `ledger.busy`.
            Bug: `ledger.closed`.
        """
        return await asyncio.wrap_future(self._submit(job, READS_MAX))

    def call(self, job: Callable[[], _T]) -> _T:
        """Run `job` and block until it is done: for programs without a loop, never on the loop."""
        return self._submit(job, WRITES_MAX).result()

    def close(self) -> None:
        """Take nothing more, finish what waits, end the thread."""
        self._pool.shutdown(wait=True)

    def _submit(self, job: Callable[[], _T], limit: int) -> Future[_T]:
        """Queue `job` unless too many wait already."""
        with self._guard:
            if self._waiting >= limit:
                raise ShopTrouble("ledger.busy")
            self._waiting += 1
        try:
            future = self._pool.submit(job)
        except RuntimeError as error:
            self._done()
            raise Bug("ledger.closed") from error
        future.add_done_callback(lambda _: self._done())
        return future

    def _done(self) -> None:
        """Count one job less."""
        with self._guard:
            self._waiting -= 1


async def _settled(running: asyncio.Future[_T]) -> None:
    """Wait until `running` has ended, however often the caller is cancelled meanwhile."""
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError:
            continue
