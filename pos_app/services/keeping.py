"""Writing facts down so that none is lost: what a gateway answered may exist nowhere else.

A write can fail for a while (a full disk, a virus scanner) or leave nobody knowing whether it
happened. So an answer is tried again, compared with what is stored, and kept in memory until it is
written; an approval that cannot be written is undone at the gateway (money-safety.md rule R8).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pos_app.domain import facts as f
from pos_app.domain.errors import Bug, PosError
from pos_app.domain.order import PaymentId
from pos_app.domain.payment import after_restart
from pos_app.domain.record import PaymentRecord
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import NewsBoard, PaymentChanged, Trouble
from pos_app.services.ports import Clock, Ledger

#: Seconds between tries to write an answer that must not be lost.
COMMIT_WAITS_S = (0.2, 0.5, 1.0, 2.0)
#: The author of what nobody at the counter did.
PROGRAM = "program"

#: Undoes at the gateway what could not be written; returns the facts that are true then.
Undo = Callable[[], Awaitable[tuple[f.Fact, ...]]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """Facts that are true and not known to be on disk, and who stands behind them."""

    author: f.Author
    facts: tuple[f.Fact, ...]


class Keeper:
    """Writes facts and tells everyone, in this order."""

    def __init__(
        self, *, ledger: Ledger, jobs: MoneyJobs, news: NewsBoard, clock: Clock, counter: str
    ) -> None:
        """Join the parts; nothing is kept yet."""
        self._ledger = ledger
        self._jobs = jobs
        self._news = news
        self._clock = clock
        self.program = f.Author(PROGRAM, "", counter)
        self._kept: dict[PaymentId, _Kept] = {}

    async def note(self, record: PaymentRecord, author: f.Author, *facts: f.Fact) -> PaymentRecord:
        """Write facts down and tell everyone."""
        changed = await self._ledger.append(
            record.payment_id, author, *facts, version=record.version
        )
        self.announce(changed)
        return changed

    def announce(self, record: PaymentRecord) -> None:
        """Tell everyone about a record that is committed."""
        self._news.publish(PaymentChanged(record))

    async def commit(
        self,
        record: PaymentRecord,
        author: f.Author,
        facts: tuple[f.Fact, ...],
        *,
        undo: Undo | None,
        harmless: bool,
    ) -> PaymentRecord:
        """Write an answer that must not be lost; try again, then undo what can be undone.

        Args:
            record: the payment as it was when the request went out.
            author: who stands behind it.
            facts: what the answer makes true.
            undo: how to take an approval back; None if there is nothing to take back.
            harmless: nothing left this PC, so selling may go on.

        Raises:
            Exception: what the ledger said last. The facts are kept, and written by `take_up`.
        """
        payment_id = record.payment_id
        self._kept[payment_id] = _Kept(author, facts)
        try:
            return await self._first_try(record)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the answer must be written
            trouble = failure
        for wait_s in COMMIT_WAITS_S:
            self._tell(trouble, payment_id, halted=False)
            await self._clock.sleep(wait_s)
            try:
                return await self.take_up(payment_id)
            except Exception as failure:  # noqa: BLE001 - as above
                trouble = failure
        if not harmless:
            self._jobs.halt(trouble.code if isinstance(trouble, PosError) else "unexpected")
            self._tell(trouble, payment_id, halted=True)
        if undo is not None:
            self._kept[payment_id] = _Kept(author, await undo())
        raise trouble

    async def take_up(self, payment_id: PaymentId) -> PaymentRecord:
        """Read a payment on which nobody works; write what its last request came to.

        That is the answer, where it could not be written yet, or else what a stop means.
        """
        kept = self._kept.get(payment_id)
        record = await self._ledger.get(payment_id)
        if kept is None:
            fact = after_restart(record)
            return record if fact is None else await self.note(record, self.program, fact)
        if await self._is_stored(payment_id, kept):
            self.announce(record)
        else:
            record = await self.note(record, kept.author, *kept.facts)
        self._kept.pop(payment_id, None)
        return record

    async def _first_try(self, record: PaymentRecord) -> PaymentRecord:
        """Write kept facts behind the version that is known."""
        kept = self._kept[record.payment_id]
        written = await self.note(record, kept.author, *kept.facts)
        self._kept.pop(record.payment_id, None)
        return written

    async def _is_stored(self, payment_id: PaymentId, kept: _Kept) -> bool:
        """Tell whether facts are on disk although writing them seemed to fail."""
        entries = await self._ledger.entries(payment_id)
        last = entries[-len(kept.facts) :]
        return tuple(entry.fact for entry in last) == kept.facts

    def _tell(self, trouble: Exception, payment_id: PaymentId, *, halted: bool) -> None:
        """Tell of a write that failed."""
        self._news.publish(Trouble(named(trouble), payment_id, halted=halted))


def named(error: Exception) -> PosError:
    """Return an error of ours, or another's under a name that has words."""
    return error if isinstance(error, PosError) else Bug("unexpected", kind=type(error).__name__)
