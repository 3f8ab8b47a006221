"""A scheduled payment in thousands of histories, against a gateway that forgets to answer."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain import answers as a
from pos_app.domain import schedule_facts as p
from pos_app.domain import schedule_steps as steps
from pos_app.domain.errors import Bug
from pos_app.domain.facts import Author
from pos_app.domain.money import Won
from pos_app.domain.order import KST, OrderNo, PaymentId, SaleId
from pos_app.domain.saved_cards import CustomerUid
from pos_app.domain.schedules import ScheduleSeen, ScheduleState
from pos_app.domain.streams import StreamEntry, StreamFact, StreamId
from tests.contract.ledger.cases import START, prepared, refusal

AUTHOR = Author("주인", "", "01")
ONE = StreamId("plan1")
AT = dt.datetime(2025, 4, 1, 9, 0, tzinfo=KST)
LATER = AT + dt.timedelta(days=1)
ELSEWHERE = AT + dt.timedelta(hours=3)


def planned() -> p.SchedulePlanned:
    return p.SchedulePlanned(
        schedule_id=ONE,
        payment_id=PaymentId("pay1"),
        sale_id=SaleId("sale1"),
        order_no=OrderNo("2025030201000000000000000P"),
        order_date="20250302",
        order=prepared().order,
        at=AT,
        card_id=StreamId("card1"),
        customer_uid=CustomerUid("c01-1"),
        gateway="portone",
        environment="practice",
        site="T0000",
        card_masked="943112******4242",
        card_brand="unknown",
    )


def seen(state: ScheduleState = ScheduleState.SCHEDULED, at: dt.datetime = AT) -> ScheduleSeen:
    return ScheduleSeen(planned().order_no, planned().customer_uid, state, at, Won(55_000))


def entry(fact: StreamFact, seq: int) -> StreamEntry:
    return StreamEntry(seq, ONE, START + dt.timedelta(seconds=seq), AUTHOR, fact)


def follow(record: p.PlanRecord, *facts: StreamFact) -> p.PlanRecord:
    for fact in facts:
        record = p.SCHEDULES.follow(record, entry(fact, record.version + 1))
    return record


def begun() -> p.PlanRecord:
    return p.SCHEDULES.replay([entry(planned(), 1)])


def standing() -> p.PlanRecord:
    return follow(begun(), p.ScheduleSending(), p.ScheduleMade(AT))


@dataclasses.dataclass
class Truth:
    """What the gateway really has."""

    made: bool = False
    at: dt.datetime = AT
    state: ScheduleState = ScheduleState.SCHEDULED

    def tell(self) -> ScheduleSeen | a.Absent:
        return seen(self.state, self.at) if self.made else a.Absent()


#: What becomes of a request: done and answered, done and lost, lost, not sent, refused.
FATES = st.sampled_from(["done", "lost_answer", "lost", "not_sent", "refused"])
WISHES = st.lists(st.tuples(st.sampled_from(["change", "cancel", "charge", "look"]), FATES))


def answer_of(fate: str, truth: Truth, change: dict[str, object]) -> object:
    """Carry a request out, or not, and answer, or not."""
    if fate == "not_sent":
        return a.NotSent("dns")
    if truth.state is not ScheduleState.SCHEDULED or fate == "refused":
        return a.Refused(refusal())
    if fate != "lost":
        for name, value in change.items():
            setattr(truth, name, value)
    return truth.tell() if fate == "done" else a.NoAnswer("timeout")


@given(FATES, WISHES)
def test_in_the_end_the_record_says_what_the_gateway_has(
    first: str, wishes: list[tuple[str, str]]
) -> None:
    truth, record = Truth(), begun()
    answer = answer_of(first, truth, {"made": True})
    if not isinstance(answer, a.NotSent):
        record = follow(record, p.ScheduleSending())
    record = settle(follow(record, *steps.planned_facts(answer)), truth)  # type: ignore[arg-type]  # an answer
    for wish, fate in wishes:
        if record.state is not p.PlanState.SCHEDULED:
            break
        if wish == "charge" and truth.state is ScheduleState.SCHEDULED:
            truth.state = ScheduleState.EXECUTED
        elif wish == "change":
            record = follow(record, p.ScheduleChanging(LATER))
            answer = answer_of(fate, truth, {"at": LATER})
            record = follow(record, *steps.changed_facts(record, answer))  # type: ignore[arg-type]  # an answer
        elif wish == "cancel":
            record = follow(record, p.ScheduleCancelling("손님 요청"))
            answer = answer_of(fate, truth, {"state": ScheduleState.REVOKED})
            record = follow(record, *steps.cancelled_facts(answer))  # type: ignore[arg-type]  # an answer
        record = settle(record, truth)
    record = look(record, truth)
    if not truth.made:
        assert record.state in {
            p.PlanState.REFUSED,
            p.PlanState.NOT_SENT,
            p.PlanState.NOT_SCHEDULED,
        }
        return
    assert (
        record.state
        is {
            ScheduleState.SCHEDULED: p.PlanState.SCHEDULED,
            ScheduleState.EXECUTED: p.PlanState.HANDED_OVER,
            ScheduleState.REVOKED: p.PlanState.CANCELLED,
        }[truth.state]
    )
    if record.stands:
        assert record.at == truth.at


def settle(record: p.PlanRecord, truth: Truth) -> p.PlanRecord:
    """Go on as the program does until no step is left."""
    while steps.next_plan_step(record) is not None:
        assert record.is_open
        record = follow(record, *steps.plan_seen_facts(record, truth.tell(), settle_time_over=True))
    assert not record.is_open
    return record


def look(record: p.PlanRecord, truth: Truth) -> p.PlanRecord:
    """Look once more, as when the time has come."""
    if not record.stands:
        return record
    return follow(record, *steps.plan_seen_facts(record, truth.tell(), settle_time_over=False))


def test_absent_settles_nothing_before_the_settle_time_and_never_what_stands() -> None:
    lost = follow(begun(), p.ScheduleSending(), p.ScheduleNoAnswer("timeout"))
    for record in (lost, standing()):
        facts = steps.plan_seen_facts(record, a.Absent(), settle_time_over=False)
        assert facts == (p.ScheduleLookedUp("absent"),)
    facts = steps.plan_seen_facts(standing(), a.Absent(), settle_time_over=True)
    assert facts == (p.ScheduleLookedUp("absent"),)
    facts = steps.plan_seen_facts(lost, a.Absent(), settle_time_over=True)
    assert follow(lost, *facts).state is p.PlanState.NOT_SCHEDULED


def test_no_such_schedule_is_no_proof_that_it_was_taken_back() -> None:
    record = follow(standing(), p.ScheduleCancelling("요청"))
    record = follow(record, *steps.cancelled_facts(a.Absent()))
    assert record.state is p.PlanState.CANCEL_UNKNOWN


def test_a_schedule_of_another_amount_is_not_ours_until_it_is_charged() -> None:
    lost = follow(begun(), p.ScheduleSending(), p.ScheduleNoAnswer("timeout"))
    other = dataclasses.replace(seen(), amount=Won(54_999))
    facts = steps.plan_seen_facts(lost, other, settle_time_over=True)
    assert follow(lost, *facts).state is p.PlanState.UNKNOWN
    charged = dataclasses.replace(other, state=ScheduleState.EXECUTED)
    facts = steps.plan_seen_facts(lost, charged, settle_time_over=True)
    assert follow(lost, *facts).state is p.PlanState.HANDED_OVER


def test_what_was_moved_or_revoked_elsewhere_is_seen() -> None:
    facts = steps.plan_seen_facts(standing(), seen(at=ELSEWHERE), settle_time_over=False)
    assert follow(standing(), *facts).at == ELSEWHERE
    revoked = seen(ScheduleState.REVOKED)
    facts = steps.plan_seen_facts(standing(), revoked, settle_time_over=False)
    assert follow(standing(), *facts).state is p.PlanState.CANCELLED


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((), p.PlanState.NOT_SENT),
        ((p.ScheduleSending(),), p.PlanState.UNKNOWN),
        (
            (p.ScheduleSending(), p.ScheduleMade(AT), p.ScheduleChanging(LATER)),
            p.PlanState.CHANGE_UNKNOWN,
        ),
        (
            (p.ScheduleSending(), p.ScheduleMade(AT), p.ScheduleCancelling("요청")),
            p.PlanState.CANCEL_UNKNOWN,
        ),
    ],
)
def test_a_stop_leaves_what_was_on_its_way_unknown(
    facts: tuple[StreamFact, ...], state: p.PlanState
) -> None:
    record = follow(begun(), *facts)
    left = steps.plan_after_restart(record)
    assert left is not None
    assert follow(record, left).state is state


def test_it_is_due_when_its_time_has_come_and_it_stands() -> None:
    assert not steps.is_due(standing(), AT - dt.timedelta(seconds=1))
    assert steps.is_due(standing(), AT)
    assert not steps.is_due(follow(standing(), p.ScheduleCancelled()), LATER)


def test_a_request_on_its_way_is_nobody_elses() -> None:
    moving = follow(standing(), p.ScheduleChanging(LATER))
    with pytest.raises(Bug, match=r"stream\.in_flight"):
        steps.next_plan_step(moving)


#: One of every kind of fact but the first.
FACTS: tuple[StreamFact, ...] = (
    p.ScheduleSending(),
    p.ScheduleMade(AT),
    p.ScheduleRefused(refusal()),
    p.ScheduleNotSent("dns"),
    p.ScheduleNoAnswer("timeout"),
    p.ScheduleLookedUp("absent"),
    p.ScheduleNotMade(),
    p.ScheduleChanging(LATER),
    p.ScheduleMoved(LATER),
    p.ScheduleChangeEnded("refused"),
    p.ScheduleChangeNoAnswer("timeout"),
    p.ScheduleCancelling("요청"),
    p.ScheduleCancelled(),
    p.ScheduleCancelEnded("refused"),
    p.ScheduleCancelNoAnswer("timeout"),
    p.ScheduleHandedOver("executed"),
)


def test_every_kind_is_among_them() -> None:
    assert {type(fact) for fact in FACTS} | {p.SchedulePlanned} == set(p.SCHEDULES.facts)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.KIND)
@pytest.mark.parametrize(
    "way",
    [
        (p.ScheduleSending(), p.ScheduleRefused(refusal())),
        (p.ScheduleNotSent("dns"),),
        (p.ScheduleSending(), p.ScheduleNoAnswer("reset"), p.ScheduleNotMade()),
        (p.ScheduleSending(), p.ScheduleMade(AT), p.ScheduleCancelled()),
        (p.ScheduleSending(), p.ScheduleMade(AT), p.ScheduleHandedOver("executed")),
    ],
    ids=("refused", "not sent", "not made", "cancelled", "handed over"),
)
def test_nothing_follows_an_end(way: tuple[StreamFact, ...], fact: StreamFact) -> None:
    ended = follow(begun(), *way)
    assert ended.state in p.ENDED
    with pytest.raises(Bug, match=r"stream\.impossible_fact"):
        follow(ended, fact)
