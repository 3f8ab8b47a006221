"""Strays: money at a gateway that our books do not want, given back by the program or told.

A stray is on disk before anything is done about it. Its cancel is framed like any reversal: a
look-up of the record itself, the intent, the cancel, the answer; after a stop the look-up tells.
The payment beside it is settled first, and the record that it keeps is never cancelled here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pos_app.domain import answers as a
from pos_app.domain.errors import Bug, ShopTrouble, UserMistake
from pos_app.domain.facts import Author
from pos_app.domain.kept_text import refuse_card_number
from pos_app.domain.operators import Operator, Right
from pos_app.domain.order import OrderNo
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.requests import CancelRequest
from pos_app.domain.stray_facts import (
    GIVEN_BACK,
    STRAYS,
    StrayClosed,
    StrayFound,
    StrayPersonNeeded,
    StrayRecord,
    StraySending,
    StrayState,
    StrayTakenUp,
    StrayWhy,
    stray_key,
)
from pos_app.domain.stray_steps import (
    is_kept,
    kept_gone,
    must_wait,
    stray_after_restart,
    stray_cancel_facts,
    stray_seen,
)
from pos_app.domain.streams import StreamFact, StreamId, StreamQuery
from pos_app.services.framing import Before, guarded
from pos_app.services.makers import maker_of
from pos_app.services.news import Trouble
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Gateway, Ledger
from pos_app.services.settle import question_of
from pos_app.services.stream_worker import StreamParts, StreamWorker

#: So many are listed; more than a shop ever has open.
_LIST_MAX = 10_000
#: Characters of what a person saw that are kept.
EVIDENCE_MAX = 500
#: The author of what somebody said with a command.
COMMAND_LINE = "recover"


class StrayDesk:
    """Notes strays, gives back those that the program may, and keeps the others in sight."""

    def __init__(
        self,
        *,
        gateways: Mapping[str, Gateway],
        parts: StreamParts,
        ledger: Ledger,
        operators: OperatorDesk,
    ) -> None:
        """Join the parts; nothing runs yet."""
        self._gateways = gateways
        self._parts = parts
        self._ledger = ledger
        self._operators = operators
        self._worker = StreamWorker(STRAYS, parts, stray_after_restart, self._step)

    # ----------------------------------------------------------------------------------- noting

    async def note_others(
        self, payment: PaymentRecord, others: Sequence[a.Other], by: str
    ) -> tuple[StrayRecord, ...]:
        """Note further paid records under the order number of a payment, and begin to undo them."""
        return tuple(
            [await self.note(stray_of(payment, other, StrayWhy.SECOND, by)) for other in others]
        )

    async def note(self, found: StrayFound) -> StrayRecord:
        """Note a finding, once; one that had ended and is seen again is taken up again.

        It is on disk when this returns, and everyone was told.

        Raises:
            ShopTrouble: the ledger cannot be written; nothing was noted.
        """
        async with self._parts.jobs.lock(StreamId(stray_key(found))):
            query = StreamQuery(key=stray_key(found))
            known = await self._parts.streams.find(STRAYS, query)
            if not known and (first := await self._first(found)) is not None:
                record = first
            else:
                known = known or await self._parts.streams.find(STRAYS, query)
                record = await self._again(known[0])
            if record.found.why in GIVEN_BACK and record.is_open:
                self._start(record)
            return record

    async def _first(self, found: StrayFound) -> StrayRecord | None:
        """Note what nobody has noted; None where another counter does so at this moment."""
        stray_id = StreamId(self._parts.ids.new_id())
        try:
            record = await self._worker.begin(stray_id, self._worker.program, found)
        except Bug as bug:
            if not (self._parts.rules.sharing.shared and bug.code == "ledger.duplicate"):
                raise
            return None
        self.tell(record)
        return record

    async def _again(self, record: StrayRecord) -> StrayRecord:
        """Take up what had ended: a gateway that said "cancelled" says now that it is paid.

        What a person closed stays closed: they have seen it.
        """
        by_person = record.state is StrayState.CLOSED and record.trouble == "person"
        if record.is_open or by_person:
            return record
        await self._parts.jobs.stop(record.stream_id)  # one that has just brought it to rest
        record = await self._worker.note(record, self._worker.program, StrayTakenUp())
        self.tell(record)
        return record

    def tell(self, record: StrayRecord) -> None:
        """Raise the alarm: the window's banner, the log, and what `recover` prints."""
        found = record.found
        trouble = ShopTrouble(
            f"stray.{found.why.value}",
            order_no=found.order_no,
            gateway=found.gateway,
            gateway_ref=found.gateway_ref,
            amount=found.balance.amount,
        )
        about = found.payment_id or record.stream_id
        self._parts.news.publish(Trouble(trouble, about, halted=False))

    # --------------------------------------------------------------------------------- listing

    async def open_strays(self) -> tuple[StrayRecord, ...]:
        """Return what is not settled, oldest first."""
        query = StreamQuery(open_only=True, limit=_LIST_MAX)
        found = await self._parts.streams.find(STRAYS, query)
        return tuple(reversed(found))

    async def resume_open(self) -> tuple[StrayRecord, ...]:
        """Carry on with what a stopped program left open, and show again what waits for people."""
        found = await self.open_strays()
        for record in found:
            if record.found.why in GIVEN_BACK and not record.needs_person:
                self._start(record)
            elif record.needs_person:
                self.tell(record)
        return found

    def is_running(self, record: StrayRecord) -> bool:
        """Tell whether a job works on it."""
        return self._parts.jobs.is_running(record.stream_id)

    # ---------------------------------------------------------------------------------- people

    async def try_again(self, stray_id: StreamId, approver: Operator | None = None) -> StrayRecord:
        """Take up one that waits for a person: look it up again, and cancel it where allowed.

        Raises:
            UserMistake: it does not wait for a person, the program never cancels its kind, or no
                right; who may refund only with approval names an approver.
        """
        author = self._operators.author(Right.REFUND, approver)
        async with self._parts.jobs.lock(stray_id):
            record = await self._parts.streams.get(STRAYS, stray_id)
            if not record.needs_person or record.found.why not in GIVEN_BACK:
                raise UserMistake("stray.not_waiting")
            await self._parts.jobs.stop(stray_id)  # one that has just brought it to rest
            try:
                return await self._worker.note(record, author, StrayTakenUp())
            finally:
                self._start(record)  # it may be stored although it seemed to fail

    async def close(self, stray_id: StreamId, evidence: str, approver: Operator) -> StrayRecord:
        """Close one that waits for a person, on the word of two people.

        Raises:
            UserMistake: it does not wait for a person, no evidence, or no right.
        """
        author = self._operators.author(Right.CLOSE_UNKNOWN, approver)
        cleaned = _evidence(evidence)
        async with self._parts.jobs.lock(stray_id):
            record = await self._parts.streams.get(STRAYS, stray_id)
            if not record.needs_person:
                raise UserMistake("stray.not_waiting")
            return await self._worker.note(record, author, StrayClosed("person", cleaned))

    async def seen(self, gateway_ref: str, evidence: str) -> int:
        """Close what waits for a person about one record of a gateway, from the command line.

        Nothing moves and no payment changes: it only says that somebody has looked. Who may start
        commands here may set the terminal up, too.

        Returns:
            How many findings were closed.

        Raises:
            UserMistake: none waits, or no evidence.
        """
        cleaned = _evidence(evidence)
        author = Author(COMMAND_LINE, "", self._parts.rules.sharing.counter)
        waiting = [
            one
            for one in await self.open_strays()
            if one.needs_person and one.found.gateway_ref == gateway_ref
        ]
        if not waiting:
            raise UserMistake("stray.not_waiting")
        for record in waiting:
            await self._close(record.stream_id, author, StrayClosed("person", cleaned))
        return len(waiting)

    async def agree(self, payment: PaymentRecord) -> None:
        """Close alarms about a payment that a later look-up shows as our books have it."""
        query = StreamQuery(owner=payment.payment_id, open_only=True, limit=_LIST_MAX)
        for record in await self._parts.streams.find(STRAYS, query):
            if record.found.why is StrayWhy.MISSING and record.needs_person:
                program = self._worker.program
                await self._close(record.stream_id, program, StrayClosed("agrees"))

    async def _close(self, stray_id: StreamId, author: Author, fact: StrayClosed) -> None:
        """Close one that waits for a person; one that does not any more is left as it is."""
        async with self._parts.jobs.lock(stray_id):
            record = await self._parts.streams.get(STRAYS, stray_id)
            if record.needs_person:
                await self._worker.note(record, author, fact)

    # ------------------------------------------------------------------------------ carried on

    def _start(self, record: StrayRecord) -> None:
        """Carry it on by a job, where its gateway is set up here."""
        try:
            maker_of(self._gateways, record)
        except ShopTrouble as trouble:
            self._worker.tell(trouble, record.stream_id)
            return
        self._worker.start(record.stream_id)

    async def _step(self, record: StrayRecord) -> StrayRecord | None:
        """Do what comes next to a stray on which nobody works; None when it is at rest."""
        if record.state is StrayState.SENDING:
            raise Bug("stream.in_flight", state=record.state.value)
        if record.state not in {StrayState.FOUND, StrayState.UNKNOWN}:
            return None
        payment = await self._payment(record)
        if must_wait(payment):
            await self._worker.wait_to_ask(record.stream_id)
            return record
        await self._wait(record)
        program = self._worker.program
        if is_kept(record, payment):
            return await self._worker.note(record, program, StrayClosed("kept"))
        gateway = maker_of(self._gateways, record)
        answer = await gateway.look_up(question_of(payment, record.found.gateway_ref))
        over = self._worker.is_settle_time_over(record.stream_id)
        fact = stray_seen(record, answer, settle_time_over=over)
        if fact is not None:
            changed = await self._worker.note(record, program, fact)
            if changed.needs_person:
                self.tell(changed)
            return changed
        assert isinstance(answer, a.Found)  # `stray_seen` settles everything else
        return await self._give_back(record, payment, gateway, answer)

    async def _wait(self, record: StrayRecord) -> None:
        """Wait before the next look-up; longer after each cancel that did not do it."""
        waits_s = self._parts.rules.look_up_waits_s
        if record.tries and record.state is StrayState.FOUND:
            await self._parts.clock.sleep(waits_s[min(record.tries, len(waits_s) - 1)])
        else:
            await self._worker.wait_to_ask(record.stream_id)

    async def _give_back(
        self, record: StrayRecord, payment: PaymentRecord, gateway: Gateway, seen: a.Found
    ) -> StrayRecord:
        """Cancel what the look-up shows, unless it is what somebody left of the sale."""
        held = payment.gateway_ref
        if payment.state is PaymentState.APPROVED and held is not None:
            kept = await gateway.look_up(question_of(payment, held))
            if isinstance(kept, a.CannotTell) and not kept.final:
                return record
            if not isinstance(kept, a.Found) or kept_gone(payment, kept):
                return await self._leave_to_person(record, "kept_gone")
        return await self._cancel(record, payment, gateway, seen)

    async def _leave_to_person(self, record: StrayRecord, why: str) -> StrayRecord:
        """Say that the program does not cancel it, and why."""
        changed = await self._worker.note(record, self._worker.program, StrayPersonNeeded(why))
        self.tell(changed)
        return changed

    async def _cancel(
        self, record: StrayRecord, payment: PaymentRecord, gateway: Gateway, seen: a.Found
    ) -> StrayRecord:
        """Frame the cancel by its intent and its answer."""
        # Between the look-ups the payment may have moved; what it keeps now is not cancelled.
        if is_kept(record, await self._payment(record)):
            return await self._worker.note(record, self._worker.program, StrayClosed("kept"))
        program = self._worker.program
        intent = StraySending(seen.balance)
        before = Before[StrayRecord, StreamFact](self._worker.note, record, program, intent)
        order = payment.order
        request = CancelRequest(
            order_no=record.found.order_no,
            gateway_ref=record.found.gateway_ref,
            amount=seen.balance,
            tax_free=min(order.tax_free, seen.balance),
            balance_before=seen.balance,
            partial=seen.balance != seen.amount,
            mixed_tax=bool(order.tax_free),
            reason=f"reversal {record.found.why.value}",
            before_send=before,
        )
        with self._parts.jobs.in_flight(record.stream_id):
            answer, bug = await guarded(gateway.cancel(request), lambda: before.called)
            facts = stray_cancel_facts(answer)
            if not before.called:
                facts = (intent, *facts)
            record = await self._worker.commit(before.record, program, *facts)
        if bug is not None:
            raise bug
        if record.needs_person:
            self.tell(record)
        return record

    async def _payment(self, record: StrayRecord) -> PaymentRecord:
        """Return the payment beside it; only one that has one is carried on."""
        payment_id = record.found.payment_id
        if payment_id is None:
            raise Bug("stray.without_payment", stream_id=record.stream_id)
        return await self._ledger.get(payment_id)


def stray_of(payment: PaymentRecord, other: a.Other, why: StrayWhy, by: str) -> StrayFound:
    """Return a finding about a record under the order number of one of our payments."""
    return StrayFound(
        why=why,
        gateway=payment.gateway,
        environment=payment.environment,
        site=payment.site,
        order_no=OrderNo(payment.order_no),
        gateway_ref=other.gateway_ref,
        amount=other.amount,
        balance=other.balance,
        by=by,
        payment_id=payment.payment_id,
    )


def _evidence(typed: str) -> str:
    """Return what a person saw, cleaned and short; a `UserMistake` if it is nothing."""
    cleaned = " ".join(typed.split())[:EVIDENCE_MAX]
    if not cleaned:
        raise UserMistake("close.evidence_empty")
    refuse_card_number(cleaned)
    return cleaned
