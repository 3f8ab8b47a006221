"""The guided job as data: what may follow what, and what news do to it."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order, OrderNo, PaymentId, SaleId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundRecord, RefundState
from pos_app.ui.screens.person import model as m

NOON = dt.datetime(2026, 11, 21, 5, 32, tzinfo=dt.UTC)


def record(state: PaymentState = PaymentState.UNKNOWN, **more: object) -> PaymentRecord:
    """Return a payment in a state."""
    made = PaymentRecord(
        payment_id=PaymentId("a"),
        sale_id=SaleId("s"),
        order_no=OrderNo("20261121010123456789ABCDEF"),
        order_date="20261121",
        order=Order(Won(62_000), ZERO, Months(0), "화분", "정하늘"),
        gateway="kcp",
        environment="live",
        site="A1234",
        card_masked="941011******0073",
        card_brand="domestic",
        operator="김봄날",
        counter="01",
        created_at=NOON,
        state=state,
    )
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]  # fields by name


def with_refund(state: RefundState) -> PaymentRecord:
    """Return an approved payment with a refund in a state."""
    refund = RefundRecord("r", Won(1), ZERO, Won(62_000), True, "x", "a", "", NOON, state)  # type: ignore[arg-type]  # a refund id is a text
    return record(PaymentState.APPROVED, refunds=(refund,))


def after(job: m.Job, **changes: object) -> PaymentRecord:
    """Return the next version of the job's payment."""
    return dataclasses.replace(job.record, version=job.record.version + 1, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("payment", "subject"),
    [
        (record(), m.Subject.CHARGE),
        (record(PaymentState.REVERSING), m.Subject.REVERSAL),
        (record(PaymentState.REVERSE_UNKNOWN), m.Subject.REVERSAL),
        (record(PaymentState.MISMATCH), m.Subject.NOTHING),
        (record(PaymentState.APPROVED), m.Subject.NOTHING),
        (with_refund(RefundState.MANUAL), m.Subject.REFUND),
        (with_refund(RefundState.UNKNOWN), m.Subject.REFUND),
        (with_refund(RefundState.SENDING), m.Subject.NOTHING),
        (with_refund(RefundState.NOT_DONE), m.Subject.NOTHING),
    ],
)
def test_what_people_can_settle(payment: PaymentRecord, subject: m.Subject) -> None:
    assert m.subject_of(payment) is subject


def test_those_that_need_a_person_come_first_then_the_oldest() -> None:
    young = record(payment_id=PaymentId("young"), person_needed="charge_unknown")
    old = record(
        payment_id=PaymentId("old"),
        person_needed="charge_unknown",
        created_at=NOON - dt.timedelta(hours=1),
    )
    busy = record(payment_id=PaymentId("busy"), created_at=NOON - dt.timedelta(hours=2))
    done = record(PaymentState.APPROVED, payment_id=PaymentId("done"))
    listed = [r.payment_id for r in m.in_order([young, done, busy, old])]
    assert listed == ["old", "young", "busy"]


def test_a_choice_that_is_not_offered_changes_nothing() -> None:
    job = m.go_to(m.begin(record(PaymentState.REVERSING)), m.Stage.SEE)
    assert m.choose(job, m.Seen.ABSENT) == job
    assert m.choose(job, m.Seen.LATER) == job


def test_news_that_settle_the_payment_end_the_job_at_any_step() -> None:
    for stage in (m.Stage.SITE, m.Stage.SEE, m.Stage.EVIDENCE, m.Stage.SECOND):
        job = m.go_to(m.begin(record()), stage)
        ended = m.follow(job, after(job, state=PaymentState.APPROVED))
        assert (ended.stage, ended.settled_by) == (m.Stage.ENDED, m.SettledBy.PROGRAM)


def test_older_news_and_those_of_others_change_nothing() -> None:
    job = m.begin(record(version=5))
    other = record(PaymentState.APPROVED, payment_id=PaymentId("b"), version=9)
    assert m.follow(job, record(PaymentState.APPROVED, version=4)) == job
    assert m.follow(job, other) == job


def test_what_was_known_before_the_question_is_no_answer_to_it() -> None:
    before = record(version=7, person_needed="charge_unknown", look_up_final=True)
    job = dataclasses.replace(m.begin(before), reference="26112114320000")
    assert m.checking(job, before).stage is m.Stage.CHECKING


@pytest.mark.parametrize(
    ("why", "stage", "mistake"),
    [
        ("absent", m.Stage.REFERENCE, "person.reference_not_ours"),
        ("cannot_tell.wrong_order", m.Stage.REFERENCE, "person.reference_not_ours"),
        ("cannot_tell.no_right", m.Stage.BY_HAND, ""),
    ],
)
def test_only_where_the_gateway_cannot_be_asked_two_people_vouch_for_an_approval(
    why: str, stage: m.Stage, mistake: str
) -> None:
    job = m.checking(m.begin(record()), record())
    told = m.follow(job, after(job, why=why, person_needed="charge_unknown", look_up_final=True))
    assert (told.stage, told.mistake) == (stage, mistake)


def test_a_job_that_ended_begins_anew_when_a_person_is_needed_again() -> None:
    job = m.settled(m.begin(record()), record(PaymentState.REVERSING), m.SettledBy.LOOK_UP)
    again = m.follow(job, after(job, person_needed="reversal_refused"))
    assert (again.stage, again.subject) == (m.Stage.SITE, m.Subject.REVERSAL)


def test_each_step_leads_back_to_the_one_before_and_then_out() -> None:
    job: m.Job | None = m.choose(m.go_to(m.begin(record()), m.Stage.SEE), m.Seen.ABSENT)
    way = []
    while job is not None:
        way.append(job.stage)
        job = m.back(job)
    assert way == [m.Stage.EVIDENCE, m.Stage.SEE, m.Stage.SEARCH, m.Stage.SITE]


@pytest.mark.parametrize(
    "typed", ["2611 2114 320000", "2611-2114-320000", "２６１１２１１４３２００００"]
)
def test_a_number_is_taken_as_people_write_it(typed: str) -> None:
    assert m.digits_typed(typed) == "26112114320000"


def test_an_order_number_is_shown_whole_in_groups() -> None:
    shown = m.order_groups("20261121010123456789ABCDEF")
    assert shown.split() == ["20261121", "01", "0123", "4567", "89AB", "CDEF"]
