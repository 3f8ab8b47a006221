"""Carrying something on whatever happens: trouble is told and waited for, faults are counted.

That another counter wrote first is neither: the work begins anew, with what that one wrote.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.services.money_jobs import JobId, MoneyJobs
from pos_app.services.news import NewsBoard, Trouble
from pos_app.services.ports import Clock
from pos_app.services.sharing import Sharing

_T = TypeVar("_T")

#: So often in a row a fault of ours may interrupt a job before it is left for the next start.
FAULTS_MAX = 3
#: Nothing is stored under that id: there is nothing to carry on.
_MISSING = frozenset({"ledger.no_such_payment", "ledger.no_such_stream"})


@dataclass(frozen=True, slots=True)
class Persistence:
    """What carrying on needs."""

    jobs: MoneyJobs
    news: NewsBoard
    clock: Clock
    waits_s: Sequence[float]
    sharing: Sharing

    async def carry(self, job_id: JobId, work: Callable[[], Awaitable[_T]]) -> _T:
        """Run `work` from what is on disk until it comes to an end.

        Trouble does not end it, because nobody else would take it up before the next start.

        Raises:
            ShopTrouble: `gateway.not_set_up`: waiting cannot help.
            Exception: a fault of ours that does not go away.
        """
        troubles, faults = 0, 0
        while True:
            try:
                return await work()
            except ShopTrouble as trouble:
                if trouble.code == "gateway.not_set_up":
                    raise
                self.news.publish(Trouble(trouble, job_id, halted=False))
            except Exception as fault:
                if self.sharing.is_moved(fault):
                    continue
                faults += 1
                missing = isinstance(fault, Bug) and fault.code in _MISSING
                if missing or faults >= FAULTS_MAX:
                    raise
                self.jobs.report(fault)
            await self.clock.sleep(self.waits_s[min(troubles, len(self.waits_s) - 1)])
            troubles += 1
