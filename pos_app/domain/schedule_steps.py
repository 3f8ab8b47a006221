"""What happens next to a scheduled payment, what a restart means, and which facts answers make."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pos_app.domain.answers import Absent, CannotTell, NoAnswer, NotSent, Refused
from pos_app.domain.errors import Bug
from pos_app.domain.schedule_facts import (
    IN_DOUBT,
    PlanRecord,
    PlanState,
    ScheduleCancelEnded,
    ScheduleCancelled,
    ScheduleCancelNoAnswer,
    ScheduleChangeEnded,
    ScheduleChangeNoAnswer,
    ScheduleHandedOver,
    ScheduleLookedUp,
    ScheduleMade,
    ScheduleMoved,
    ScheduleNoAnswer,
    ScheduleNotMade,
    ScheduleNotSent,
    ScheduleRefused,
)
from pos_app.domain.schedules import ScheduleAnswer, ScheduleLookUp, ScheduleSeen, ScheduleState
from pos_app.domain.streams import StreamFact


@dataclass(frozen=True, slots=True)
class Plan:
    """Give it to the gateway, once."""


@dataclass(frozen=True, slots=True)
class AskForSchedule:
    """Ask the gateway what became of it."""


PlanStep = Plan | AskForSchedule


def next_plan_step(record: PlanRecord) -> PlanStep | None:
    """Decide what happens next to a scheduled payment, or None when nobody has to do anything.

    Raises:
        Bug: a request is on its way; only `plan_after_restart` may end that from outside.
    """
    match record.state:
        case PlanState.PLANNED:
            return Plan()
        case PlanState.UNKNOWN | PlanState.CHANGE_UNKNOWN | PlanState.CANCEL_UNKNOWN:
            return AskForSchedule()
        case PlanState.SENDING | PlanState.CHANGING | PlanState.CANCELLING:
            raise Bug("stream.in_flight", state=record.state.value)
        case _:
            return None


def plan_after_restart(record: PlanRecord) -> StreamFact | None:
    """Say what a stopped program leaves behind: requests that were on their way are unknown."""
    match record.state:
        case PlanState.PLANNED:
            return ScheduleNotSent("restart")
        case PlanState.SENDING:
            return ScheduleNoAnswer("restart")
        case PlanState.CHANGING:
            return ScheduleChangeNoAnswer("restart")
        case PlanState.CANCELLING:
            return ScheduleCancelNoAnswer("restart")
        case _:
            return None


def is_due(record: PlanRecord, now: dt.datetime) -> bool:
    """Tell whether the gateway should have charged by now."""
    return record.stands and record.at <= now


def planned_facts(answer: ScheduleAnswer) -> tuple[StreamFact, ...]:
    """Return what the answer to the request that makes a schedule makes true."""
    match answer:
        case ScheduleSeen(state=ScheduleState.SCHEDULED, at=at):
            return (ScheduleMade(at),)
        case ScheduleSeen():
            return _ended(answer)
        case Refused(refusal):
            return (ScheduleRefused(refusal),)
        case NotSent(why):
            return (ScheduleNotSent(why),)
        case NoAnswer(why, _, _):
            return (ScheduleNoAnswer(why),)
        case Absent():
            return (ScheduleNoAnswer("absent"),)


def changed_facts(record: PlanRecord, answer: ScheduleAnswer) -> tuple[StreamFact, ...]:
    """Return what the answer to a move makes true; one that shows another time proves nothing."""
    match answer:
        case ScheduleSeen(state=ScheduleState.SCHEDULED, at=at) if at == record.wanted_at:
            return (ScheduleMoved(at),)
        case ScheduleSeen(state=ScheduleState.SCHEDULED):
            return (ScheduleChangeNoAnswer("time_differs"),)
        case ScheduleSeen():
            return _ended(answer)
        case Refused(refusal):
            return (ScheduleChangeEnded("refused", refusal),)
        case NotSent(why):
            return (ScheduleChangeEnded(why),)
        case NoAnswer(why, _, _):
            return (ScheduleChangeNoAnswer(why),)
        case Absent():
            return (ScheduleChangeNoAnswer("absent"),)


def cancelled_facts(answer: ScheduleAnswer) -> tuple[StreamFact, ...]:
    """Return what the answer to taking it back makes true; "no such schedule" proves nothing."""
    match answer:
        case ScheduleSeen(state=ScheduleState.SCHEDULED):
            return (ScheduleCancelNoAnswer("still_scheduled"),)
        case ScheduleSeen():
            return _ended(answer)
        case Refused(refusal):
            return (ScheduleCancelEnded("refused", refusal),)
        case NotSent(why):
            return (ScheduleCancelEnded(why),)
        case NoAnswer(why, _, _):
            return (ScheduleCancelNoAnswer(why),)
        case Absent():
            return (ScheduleCancelNoAnswer("absent"),)


def plan_seen_facts(
    record: PlanRecord, answer: ScheduleLookUp, *, settle_time_over: bool
) -> tuple[StreamFact, ...]:
    """Return what a look-up makes true of a scheduled payment; nothing where it is no news.

    Args:
        record: the one asked about.
        answer: what came back.
        settle_time_over: so long after its last request that nothing late is to be expected.
    """
    match answer:
        case ScheduleSeen(state=ScheduleState.SCHEDULED, at=at):
            return _standing(record, at)
        case ScheduleSeen():
            return _ended(answer)
        case CannotTell(why, _):
            return (ScheduleLookedUp(f"cannot_tell.{why}"),)
        case Absent():
            return _absent(record, settle_time_over=settle_time_over)


def _ended(seen: ScheduleSeen) -> tuple[StreamFact, ...]:
    """Executed or revoked, whatever was asked for."""
    if seen.state is ScheduleState.EXECUTED:
        return (ScheduleHandedOver("executed"),)
    return (ScheduleCancelled(by_look_up=True),)


def _standing(record: PlanRecord, at: dt.datetime) -> tuple[StreamFact, ...]:
    """The gateway has it scheduled at that time."""
    moved = (ScheduleMoved(at, by_look_up=True),) if at != record.at else ()
    match record.state:
        case PlanState.UNKNOWN:
            return (ScheduleMade(at, by_look_up=True),)
        case PlanState.CHANGE_UNKNOWN if at == record.wanted_at:
            return (ScheduleMoved(at, by_look_up=True),)
        case PlanState.CHANGE_UNKNOWN:
            return (ScheduleChangeEnded("not_done"), *moved)
        case PlanState.CANCEL_UNKNOWN:
            return (ScheduleCancelEnded("not_done"), *moved)
        case _:
            return moved


def _absent(record: PlanRecord, *, settle_time_over: bool) -> tuple[StreamFact, ...]:
    """The gateway knows no such schedule: believed after the settle time only."""
    if not settle_time_over or record.state not in IN_DOUBT:
        return (ScheduleLookedUp("absent"),)
    match record.state:
        case PlanState.UNKNOWN:
            return (ScheduleNotMade(),)
        case PlanState.CHANGE_UNKNOWN:
            return (ScheduleChangeEnded("absent"),)
        case _:
            return (ScheduleCancelled(by_look_up=True),)
