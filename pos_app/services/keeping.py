"""Writing facts down so that none is lost: what a gateway answered may exist nowhere else.

A write can fail for a while (a full disk, a virus scanner) or leave nobody knowing whether it
happened. So an answer that the ledger does not take at once goes to the spool, a second place on
the disk, and is tried again, compared with what is stored, until it is in the ledger: in this run,
or after the next start. While anything is only in the spool no more money is taken. An approval
that neither takes is undone at the gateway (money-safety.md rule R8).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from pos_app.domain import facts as f
from pos_app.domain.errors import Bug, PosError, ShopTrouble
from pos_app.domain.order import PaymentId
from pos_app.domain.payment import after_restart, apply
from pos_app.domain.record import PaymentRecord
from pos_app.domain.spooled import Spooled
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import NewsBoard, PaymentChanged, Trouble
from pos_app.services.ports import Clock, Ledger, Spool
from pos_app.services.sharing import Sharing

#: Seconds between tries to write an answer that must not be lost.
COMMIT_WAITS_S = (0.2, 0.5, 1.0, 2.0)
#: The author of what nobody at the counter did.
PROGRAM = "program"

#: Undoes at the gateway what could not be written; returns the facts that are true then.
Undo = Callable[[], Awaitable[tuple[f.Fact, ...]]]


#: Spooled facts that these errors keep out of the ledger will never get in.
_NO_PLACE = frozenset({"ledger.no_such_payment", "payment.impossible_fact"})


@dataclass(frozen=True, slots=True)
class _Kept:
    """Facts that are true and not known to be in the ledger.

    Attributes:
        spooled: they are in the spool.
    """

    answer: Spooled
    spooled: bool = False


class Keeper:
    """Writes facts and tells everyone, in this order.

    Args:
        sharing: how the books are shared with other counters.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        spool: Spool,
        jobs: MoneyJobs,
        news: NewsBoard,
        clock: Clock,
        sharing: Sharing,
    ) -> None:
        """Join the parts; nothing is kept yet."""
        self._sharing = sharing
        self._ledger = ledger
        self._spool = spool
        self._jobs = jobs
        self._news = news
        self._clock = clock
        self.program = f.Author(PROGRAM, "", sharing.counter)
        self._kept: dict[PaymentId, _Kept] = {}
        #: Version of each payment that everyone was told of last.
        self._told: dict[PaymentId, int] = {}

    async def note(self, record: PaymentRecord, author: f.Author, *facts: f.Fact) -> PaymentRecord:
        """Write facts down and tell everyone."""
        changed = await self._ledger.append(
            record.payment_id, author, *facts, version=record.version
        )
        self.announce(changed)
        return changed

    def announce(self, record: PaymentRecord) -> None:
        """Tell everyone about a record that is committed."""
        self._told[record.payment_id] = record.version
        self._news.publish(PaymentChanged(record))

    async def commit(
        self,
        record: PaymentRecord,
        author: f.Author,
        facts: tuple[f.Fact, ...],
        *,
        undo: Undo | None,
        harmless: bool,
        shown: bool = False,
    ) -> PaymentRecord:
        """Write an answer that must not be lost: to the ledger, else to the spool, else undo it.

        Args:
            record: the payment as it was when the request went out.
            author: who stands behind it.
            facts: what the answer makes true.
            undo: how to take an approval back; None if there is nothing to take back.
            harmless: nothing left this PC, so selling may go on.
            shown: somebody waits for the answer, who is shown it if it is in the spool only. The
                record is then ahead of the ledger: nothing may be written behind it.

        Raises:
            Exception: what the ledger said last. The facts are kept, and written by `take_up`.
        """
        payment_id = record.payment_id
        self._kept[payment_id] = _Kept(Spooled(payment_id, record.version, author, facts))
        try:
            return await self._first_try(record)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the answer must be written
            trouble = failure
        spool_trouble: Exception | None = None
        if not harmless:  # at once: a kill from here on loses nothing
            spool_trouble = await self._put_in_spool(payment_id)
        for wait_s in COMMIT_WAITS_S:
            self._tell(trouble, payment_id, halted=False)
            await self._clock.sleep(wait_s)
            try:
                return await self.take_up(payment_id)
            except Exception as failure:  # noqa: BLE001 - as above
                trouble = failure
        if harmless:
            raise trouble
        self._halt(trouble, payment_id)
        if spool_trouble is not None:
            spool_trouble = await self._put_in_spool(payment_id)
        if spool_trouble is None:
            self._tell(_waiting(record.order_no), payment_id, halted=True)
            if shown:
                return self._ahead(record, facts, author)
            raise trouble
        self._tell(spool_trouble, payment_id, halted=True)
        if undo is not None:
            answer = self._kept[payment_id].answer
            self._kept[payment_id] = _Kept(replace(answer, facts=await undo()))
            await self._put_in_spool(payment_id)
        raise trouble

    async def take_up(self, payment_id: PaymentId) -> PaymentRecord:
        """Read a payment on which nobody works; write what its last request came to.

        That is the answer, where it could not be written yet, or else what a stop means. Of one
        that another counter's program works on nothing is known here: it is only read.
        """
        kept = self._kept.get(payment_id)
        record = await self._ledger.get(payment_id)
        if kept is None:
            elsewhere = self._sharing.is_elsewhere(record)
            fact = None if elsewhere else after_restart(record)
            if fact is not None:
                return await self.note(record, self.program, fact)
            if self._told.get(payment_id, record.version) != record.version:
                self.announce(record)  # it was stored although the write seemed to fail
            return record
        missing = await self._missing(kept.answer)
        if missing:
            record = await self.note(record, kept.answer.author, *missing)
        else:
            self.announce(record)
        await self._forget(payment_id)
        return record

    async def take_spool(self) -> tuple[PaymentId, ...]:
        """Write into the ledger what an earlier run could only spool, before anything goes on.

        What cannot be written yet is kept for `take_up`, and no money is taken; what never can be,
        and lines that cannot be read, are set aside for people and told.

        Returns:
            The payments whose answer is still in the spool only.
        """
        contents = await self._spool.read()
        for line in contents.damaged:
            damaged = ShopTrouble("spool.damaged", line=line, file=contents.place)
            self._news.publish(Trouble(damaged, None, halted=False))
        waiting = []
        for answer in contents.waiting:
            payment_id = answer.payment_id
            self._kept[payment_id] = _Kept(answer, spooled=True)
            try:
                await self.take_up(payment_id)
            except Exception as failure:  # noqa: BLE001 - told; one line must not hide the others
                if isinstance(failure, Bug) and failure.code in _NO_PLACE:
                    await self._set_aside(answer)
                    continue
                self._halt(failure, payment_id)
                waiting.append(payment_id)
        if waiting:
            self._news.publish(Trouble(_waiting(", ".join(waiting)), None, halted=True))
        return tuple(waiting)

    @property
    def in_spool(self) -> tuple[PaymentId, ...]:
        """Return the payments whose answer is in the spool and not known to be in the ledger."""
        return tuple(payment_id for payment_id, kept in self._kept.items() if kept.spooled)

    async def _first_try(self, record: PaymentRecord) -> PaymentRecord:
        """Write kept facts behind the version that is known."""
        answer = self._kept[record.payment_id].answer
        written = await self.note(record, answer.author, *answer.facts)
        await self._forget(record.payment_id)
        return written

    async def _forget(self, payment_id: PaymentId) -> None:
        """Keep what is in the ledger no longer; a line left in the spool is known at next start."""
        kept = self._kept.pop(payment_id)
        if not kept.spooled:
            return
        try:
            await self._spool.drop(kept.answer)
        except ShopTrouble as trouble:
            self._tell(trouble, payment_id, halted=False)

    async def _put_in_spool(self, payment_id: PaymentId) -> Exception | None:
        """Put kept facts into the spool; return why they are not in it."""
        kept = self._kept[payment_id]
        try:
            await self._spool.put(kept.answer)
        except Exception as failure:  # noqa: BLE001 - told by the caller, who undoes what he can
            return failure
        self._kept[payment_id] = replace(kept, spooled=True)
        return None

    async def _set_aside(self, answer: Spooled) -> None:
        """Hand to people what cannot follow in the ledger."""
        self._kept.pop(answer.payment_id)
        try:
            place = await self._spool.set_aside(answer)
        except ShopTrouble as trouble:  # it stays in the spool, for the next start
            self._tell(trouble, answer.payment_id, halted=False)
            return
        no_place = ShopTrouble("spool.no_place", payment_id=answer.payment_id, file=place)
        self._news.publish(Trouble(no_place, None, halted=False))

    async def _missing(self, answer: Spooled) -> tuple[f.Fact, ...]:
        """Return which of the facts are not on disk although writing them seemed to fail.

        Facts of one write are stored together; an intent in front of them may have been stored by
        a write of its own, unseen.
        """
        entries = await self._ledger.entries(answer.payment_id)
        since, facts = tuple(entry.fact for entry in entries[answer.version :]), answer.facts
        size = len(facts)
        if any(since[at : at + size] == facts for at in range(len(since) - size + 1)):
            return ()
        if size > 1 and since[-1:] == facts[:1]:
            return facts[1:]
        return facts

    def _ahead(
        self, record: PaymentRecord, facts: tuple[f.Fact, ...], author: f.Author
    ) -> PaymentRecord:
        """Return the payment as it will be when the spool is in the ledger."""
        at = self._clock.now()
        for fact in facts:
            record = apply(record, f.Entry(0, record.payment_id, at, author, fact))
        return record

    def _halt(self, trouble: Exception, payment_id: PaymentId) -> None:
        """Take no more money, and tell why."""
        self._jobs.halt(trouble.code if isinstance(trouble, PosError) else "unexpected")
        self._tell(trouble, payment_id, halted=True)

    def _tell(self, trouble: Exception, payment_id: PaymentId, *, halted: bool) -> None:
        """Tell of a write that failed."""
        self._news.publish(Trouble(named(trouble), payment_id, halted=halted))


def named(error: Exception) -> PosError:
    """Return an error of ours, or another's under a name that has words."""
    return error if isinstance(error, PosError) else Bug("unexpected", kind=type(error).__name__)


def _waiting(order_no: str) -> ShopTrouble:
    """Return what is told while an answer is in the spool only."""
    return ShopTrouble("spool.waiting", order_no=order_no)
