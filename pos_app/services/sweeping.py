"""The day sweep: a gateway's own list of a KST day against our books, and the watch behind it.

What the two say differently is looked up before anything is done. Money that nobody waits for any
more goes back by the loop that reverses every charge; a second charge of one order goes back as a
stray; what another program may have sold, and what the gateway does not have, is told to a person.
Nothing here cancels: it writes facts, and the loops go on from them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.card import mask_text
from pos_app.domain.errors import PosError, ShopTrouble, UserMistake
from pos_app.domain.money import Won
from pos_app.domain.order import KST, ORDER_NO_MAX, OrderNo, PaymentId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.requests import HistoryQuery
from pos_app.domain.schedule_facts import SCHEDULES, STANDING
from pos_app.domain.stray_facts import StrayFound, StrayWhy
from pos_app.domain.streams import StreamQuery
from pos_app.domain.verdicts import LATE_STATES, late_facts
from pos_app.services.keeping import PROGRAM
from pos_app.services.makers import maker_of
from pos_app.services.news import Trouble
from pos_app.services.ports import Gateway, Ledger, Sweeper
from pos_app.services.settle import Settler, question_of
from pos_app.services.stray_desk import StrayDesk, stray_of
from pos_app.services.stream_worker import StreamParts
from pos_app.services.sweep_report import Difference, Finding, SweepReport, Unclear

#: For so many days a charge that had ended as not made is looked up again (money-safety.md 6).
WATCH_DAYS = 7
#: Seconds between two look-ups: a day of a busy shop takes some minutes and disturbs no sale.
PACE_S = 0.5
#: Further seconds between two look-ups of the watch that runs beside sales.
GENTLE_S = 2.0
#: How long after the start the watch begins, in seconds: what is open comes first.
WATCH_AFTER_S = 30.0
#: So many payments of a day are compared; a counter has some hundred.
_DAY_MAX = 10_000
#: No balance tells while a request of the payment is on its way.
_BUSY = frozenset({PaymentState.PREPARED, PaymentState.SENDING})
_GOING_BACK = frozenset(
    {PaymentState.MISMATCH, PaymentState.REVERSING, PaymentState.REVERSE_UNKNOWN}
)


@runtime_checkable
class SweepingGateway(Gateway, Sweeper, Protocol):
    """A gateway that lists what it took."""


#: A line of a list that a person fetched: order number, transaction number, amount if it is told.
ListedLine = tuple[str, str, Won | None]


@dataclass(frozen=True, slots=True)
class _Line:
    """A record of the gateway's under one of our order numbers, and what found it."""

    gateway_ref: str
    balance: Won
    by: str


class Sweeping:
    """Holds the books against the gateways."""

    def __init__(
        self,
        *,
        gateways: Mapping[str, Gateway],
        ledger: Ledger,
        settler: Settler,
        strays: StrayDesk,
        parts: StreamParts,
        pace_s: float = PACE_S,
    ) -> None:
        """Join the parts; nothing runs yet."""
        self._gateways = gateways
        self._ledger = ledger
        self._settler = settler
        self._strays = strays
        self._news = parts.news
        self._clock = parts.clock
        self._ids = parts.ids
        self._streams = parts.streams
        self._author = f.Author(PROGRAM, "", parts.rules.sharing.counter)
        self._pace_s = pace_s

    def today(self) -> dt.date:
        """Return the KST day it is."""
        return self._clock.now().astimezone(KST).date()

    async def sweep(self, days: Sequence[dt.date]) -> SweepReport:
        """Compare those KST days with every gateway that is set up."""
        report = SweepReport()
        for gateway in self._gateways.values():
            for day in days:
                report.add(await self._sweep_day(gateway, day))
        return report

    # ----------------------------------------------------------------------------- a day's list

    async def _sweep_day(self, gateway: Gateway, day: dt.date) -> SweepReport:
        """Compare one day of one gateway: with its list, else payment by payment."""
        report = SweepReport()
        listed: tuple[a.SweptPayment, ...] = ()
        if isinstance(gateway, SweepingGateway):
            told = await gateway.sweep(day)
            if isinstance(told, a.CannotTell):
                report.unclear.append(Unclear(gateway.name, day.isoformat(), told.why))
                return report
            listed = told
        seen = set()
        for one in listed:
            seen.add(one.gateway_ref)
            await self._guard(
                report, gateway.name, one.order_no, self._listed(gateway, one, report)
            )
        for record in await self._approved_on(gateway, day):
            if record.gateway_ref not in seen:
                own = self._own(gateway, record, report)
                await self._guard(report, gateway.name, record.order_no, own)
        return report

    async def _listed(self, gateway: Gateway, one: a.SweptPayment, report: SweepReport) -> None:
        """Hold one line of a gateway's list against our books."""
        report.compared += 1
        if one.sandbox and gateway.environment == "live":
            return  # no money moves on a test channel
        record = await self._ledger.find_order(one.order_no)
        if record is None or not _made_by(gateway, record):
            if one.balance and not await self._is_planned(one.order_no):
                await self._foreign(gateway, one, report)
            return
        line = _Line(one.gateway_ref, one.balance, "sweep")
        await self._compare(gateway, record, line, report)

    async def _is_planned(self, order_no: str) -> bool:
        """Tell whether the gateway charged what was scheduled: the schedules take that over."""
        query = StreamQuery(key=order_no, states=frozenset(STANDING))
        return bool(await self._streams.find(SCHEDULES, query))

    async def _compare(
        self, gateway: Gateway, record: PaymentRecord, line: _Line, report: SweepReport
    ) -> None:
        """Hold a record of the gateway under one of our order numbers against our payment."""
        ours = record.gateway_ref == line.gateway_ref
        if record.state in _BUSY:
            return
        if record.state is PaymentState.UNKNOWN:
            await self._open(gateway, record, line, report)
        elif record.state in LATE_STATES:
            if line.balance:
                await self._pace()
                answer = await self._settler.ask(record, gateway, line.gateway_ref, line.by)
                await self._late(gateway, record, answer, report)
        elif ours and record.state is PaymentState.APPROVED:
            if line.balance != record.balance:
                await self._own(gateway, record, report)
            else:
                await self._strays.agree(record)
        elif line.balance and not (ours and record.state in _GOING_BACK):
            await self._second(gateway, record, line, report)

    async def _open(
        self, gateway: Gateway, record: PaymentRecord, line: _Line, report: SweepReport
    ) -> None:
        """Give the loop the number that the gateway's list has; a look-up verifies it."""
        ref = line.gateway_ref

        def fact_of(now: PaymentRecord) -> f.Fact | None:
            settled = now.state is not PaymentState.UNKNOWN
            return None if settled or now.candidate_ref == ref else f.ReferenceGiven(ref)

        await self._settler.interject(record.payment_id, self._author, fact_of)
        report.found.append(_found(Finding.OPEN, gateway, record, ref))

    async def _late(
        self, gateway: Gateway, record: PaymentRecord, answer: a.LookUpAnswer, report: SweepReport
    ) -> None:
        """Have money go back that turned up for a charge that had ended as not made."""
        if isinstance(answer, a.CannotTell):
            report.unclear.append(Unclear(gateway.name, record.order_no, answer.why))
            return
        if not isinstance(answer, a.Found) or not late_facts(record, answer):
            return
        ref = answer.approval.gateway_ref
        await self._settler.interject(
            record.payment_id, self._author, lambda now: late_facts(now, answer)
        )
        self._tell("payment.orphan", record, ref, answer.balance)
        report.found.append(_found(Finding.ORPHAN, gateway, record, ref))

    async def _second(
        self, gateway: Gateway, record: PaymentRecord, line: _Line, report: SweepReport
    ) -> None:
        """Look up what seems to be a charge too many, and note it if it is."""
        await self._pace()
        ref = line.gateway_ref
        why = StrayWhy.STANDING if ref == record.gateway_ref else StrayWhy.SECOND
        answer = await gateway.look_up(question_of(record, ref))
        if isinstance(answer, a.CannotTell):
            report.unclear.append(Unclear(gateway.name, record.order_no, answer.why))
            return
        if not isinstance(answer, a.Found) or not answer.balance:
            return
        other = a.Other(ref, answer.amount, answer.balance)
        await self._strays.note(stray_of(record, other, why, line.by))
        report.found.append(_found(Finding(why.value), gateway, record, ref))

    async def _foreign(self, gateway: Gateway, one: a.SweptPayment, report: SweepReport) -> None:
        """Tell of a payment that our books do not know; another program may have sold it."""
        order_no = mask_text(one.order_no)[:ORDER_NO_MAX]
        await self._strays.note(
            StrayFound(
                why=StrayWhy.FOREIGN,
                gateway=gateway.name,
                environment=gateway.environment,
                site=gateway.site,
                order_no=OrderNo(order_no),
                gateway_ref=one.gateway_ref,
                amount=one.amount,
                balance=one.balance,
                by="sweep",
            )
        )
        report.found.append(
            Difference(Finding.FOREIGN, gateway.name, order_no, one.gateway_ref, one.balance)
        )

    # ------------------------------------------------------------------------ our own payments

    async def _approved_on(self, gateway: Gateway, day: dt.date) -> list[PaymentRecord]:
        """Return our payments that this gateway approved on that day, oldest first."""
        query = HistoryQuery(
            since=day - dt.timedelta(days=1),
            until=day,
            states=frozenset({PaymentState.APPROVED.value}),
            limit=_DAY_MAX,
        )
        found = await self._ledger.search(query)
        return [
            record
            for record in reversed(found)
            if _made_by(gateway, record)
            and record.approval is not None
            and record.approval.approved_at.astimezone(KST).date() == day
        ]

    async def _own(self, gateway: Gateway, record: PaymentRecord, report: SweepReport) -> None:
        """Look one of our approved payments up and correct the balance, or call a person."""
        report.compared += 1
        await self._pace()
        answer = await self._settler.ask(record, gateway, record.gateway_ref, "sweep")
        if isinstance(answer, a.CannotTell):
            report.unclear.append(Unclear(gateway.name, record.order_no, answer.why))
            return
        holds = isinstance(answer, a.Found) and answer.state in {
            a.FoundState.APPROVED,
            a.FoundState.PARTLY_CANCELLED,
            a.FoundState.CANCELLED,
        }
        if not isinstance(answer, a.Found) or not holds:
            await self._alarm(gateway, record, StrayWhy.MISSING, record.balance, report)
            return
        await self._strays.agree(record)
        if gateway.abilities.look_up_by_order:
            await self._by_order_too(gateway, record, report)
        await self._balance(gateway, record, answer.balance, report)

    async def _by_order_too(
        self, gateway: Gateway, record: PaymentRecord, report: SweepReport
    ) -> None:
        """Ask by order number, too: a second charge of this order is seen in no other way."""
        await self._pace()
        answer = await self._settler.ask(record, gateway, None, "sweep")
        if not isinstance(answer, a.Found):
            return
        report.found += [
            _found(Finding.SECOND, gateway, record, other.gateway_ref) for other in answer.others
        ]
        ref = answer.approval.gateway_ref
        if ref != record.gateway_ref and answer.balance:
            await self._second(gateway, record, _Line(ref, answer.balance, "sweep"), report)

    async def _balance(
        self, gateway: Gateway, record: PaymentRecord, balance: Won, report: SweepReport
    ) -> None:
        """Take over what was cancelled elsewhere; all of it, or more left than ours, is told."""
        ref = record.gateway_ref or ""

        def fact_of(now: PaymentRecord) -> f.Fact | None:
            # What moved since the look-up makes its answer old; the next sweep sees.
            if now.version != record.version or now.live_refund is not None:
                return None
            return f.BalanceSeen(balance)

        if balance == record.balance:
            return
        if balance > record.balance:
            await self._alarm(gateway, record, StrayWhy.ABOVE, balance, report)
            return
        if not balance:
            # On disk before the books follow: a whole cancel is never a silent change.
            await self._alarm(gateway, record, StrayWhy.CANCELLED, record.balance, report)
        else:
            report.found.append(_found(Finding.BALANCE, gateway, record, ref))
        await self._settler.interject(record.payment_id, self._author, fact_of)

    async def _alarm(
        self,
        gateway: Gateway,
        record: PaymentRecord,
        why: StrayWhy,
        balance: Won,
        report: SweepReport,
    ) -> None:
        """Leave it to a person: our books and the gateway contradict each other."""
        other = a.Other(record.gateway_ref or "", record.order.amount, balance)
        await self._strays.note(stray_of(record, other, why, "sweep"))
        report.found.append(_found(Finding(why.value), gateway, record, other.gateway_ref))

    # ------------------------------------------------------------------------------- the watch

    async def watch(self, *, gently: bool = True) -> SweepReport:
        """Look up again what ended as not charged in the last days; what is found goes back.

        Args:
            gently: after the start's own work, with rests in between; else at the sweep's pace.
        """
        report = SweepReport()
        if gently:
            await self._clock.sleep(WATCH_AFTER_S)
        for record in await self._watched():
            if gently:
                await self._clock.sleep(GENTLE_S * self._ids.jitter())
            await self._guard(
                report, record.gateway, record.order_no, self._watch_one(record, report)
            )
        return report

    async def _watched(self) -> list[PaymentRecord]:
        """Return what is watched, oldest first."""
        today = self.today()
        query = HistoryQuery(
            since=today - dt.timedelta(days=WATCH_DAYS),
            # A clock that was ahead for a while made payments of tomorrow.
            states=frozenset({PaymentState.NOT_CHARGED.value, PaymentState.DECLINED.value}),
            limit=_DAY_MAX,
        )
        found = await self._ledger.search(query)
        return [record for record in reversed(found) if is_watched(record)]

    async def _watch_one(self, record: PaymentRecord, report: SweepReport) -> None:
        """Look one up by order number, else by what number there is."""
        try:
            gateway = maker_of(self._gateways, record)
        except ShopTrouble:
            return  # its gateway is not set up here any more; whoever has it watches
        held = record.candidate_ref
        if not gateway.abilities.look_up_by_order and held is None:
            return
        await self._pace()
        report.compared += 1
        ref = None if gateway.abilities.look_up_by_order else held
        answer = await self._settler.ask(record, gateway, ref, "watch")
        await self._late(gateway, record, answer, report)

    # -------------------------------------------------------------------------- a list by hand

    async def check_listed(self, name: str, rows: Sequence[ListedLine]) -> SweepReport:
        """Check lines of a list that a person fetched: each is only a hint and is looked up.

        Args:
            name: of the gateway whose list it is.
            rows: order number, transaction number, amount as the list says (None if it does not).

        Raises:
            UserMistake: `list.no_gateway`: that gateway is not set up here.
        """
        gateway = self._gateways.get(name)
        if gateway is None:
            raise UserMistake("list.no_gateway", gateway=name)
        report = SweepReport()
        for order_no, gateway_ref, amount in rows:
            line = self._hint(gateway, order_no, gateway_ref, amount, report)
            await self._guard(report, gateway.name, order_no, line)
        return report

    async def _hint(
        self,
        gateway: Gateway,
        order_no: str,
        gateway_ref: str,
        amount: Won | None,
        report: SweepReport,
    ) -> None:
        """Look one hint up under our own order number, then hold it against our books."""
        report.compared += 1
        record = await self._ledger.find_order(order_no)
        if record is None or not _made_by(gateway, record):
            told = amount or Won(0)
            at = self._clock.now()
            one = a.SweptPayment(order_no, gateway_ref, told, told, at, sandbox=False)
            await self._foreign(gateway, one, report)
            return
        await self._pace()
        answer = await gateway.look_up(question_of(record, gateway_ref))
        if isinstance(answer, a.Found):
            line = _Line(gateway_ref, answer.balance, "list")
            await self._compare(gateway, record, line, report)
            return
        why = "absent" if isinstance(answer, a.Absent) else answer.why
        report.unclear.append(Unclear(gateway.name, record.order_no, why))

    # ---------------------------------------------------------------------------------- inside

    async def _guard(
        self, report: SweepReport, gateway: str, what: str, work: Coroutine[None, None, None]
    ) -> None:
        """Do one comparison; trouble with one must not keep the others from being made."""
        try:
            await work
        except UserMistake:
            # A request of that payment is on its way: whoever sent it settles it.
            report.unclear.append(Unclear(gateway, what, "busy"))
        except ShopTrouble as trouble:
            report.unclear.append(Unclear(gateway, what, trouble.code))
            self._publish(trouble, None)

    async def _pace(self) -> None:
        """Leave the line to sales between two look-ups."""
        await self._clock.sleep(self._pace_s * self._ids.jitter())

    def _tell(self, code: str, record: PaymentRecord, gateway_ref: str, amount: Won) -> None:
        """Raise an alarm about a payment."""
        trouble = ShopTrouble(
            code, order_no=record.order_no, gateway_ref=gateway_ref, amount=amount.amount
        )
        self._publish(trouble, record.payment_id)

    def _publish(self, trouble: PosError, payment_id: PaymentId | None) -> None:
        self._news.publish(Trouble(trouble, payment_id, halted=False))


def is_watched(record: PaymentRecord) -> bool:
    """Tell whether an end without a charge could be contradicted later.

    A refusal with a code of the vendor's list means what it says; one that no table knows, and a
    failure that a look-up showed without a reason, may not.
    """
    if record.state is PaymentState.NOT_CHARGED:
        return True
    refusal = record.refusal
    return record.state is PaymentState.DECLINED and (refusal is None or not refusal.meaning_ko)


def _made_by(gateway: Gateway, record: PaymentRecord) -> bool:
    """Tell whether this gateway, as it is set up here, made that payment."""
    ours = (gateway.name, gateway.site, gateway.environment)
    return (record.gateway, record.site, record.environment) == ours


def _found(
    finding: Finding, gateway: Gateway, record: PaymentRecord, gateway_ref: str
) -> Difference:
    """Return a finding about one of our payments."""
    return Difference(
        finding, gateway.name, record.order_no, gateway_ref, record.order.amount, record.payment_id
    )
