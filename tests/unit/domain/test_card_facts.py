"""A card on file in thousands of histories: no order of facts leads where it must not."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain import answers as a
from pos_app.domain import card_facts as c
from pos_app.domain import card_steps as steps
from pos_app.domain.errors import Bug
from pos_app.domain.facts import Author
from pos_app.domain.saved_cards import CardForgotten, CardKept
from pos_app.domain.streams import StreamEntry, StreamFact, StreamId
from tests.contract.ledger.cases import START, consented, refusal, saved_card

AUTHOR = Author("주인", "", "01")
ONE = StreamId("card1")
NO = a.Refused(refusal("F113"))

KEEPING = st.sampled_from([CardKept(saved_card()), NO, a.NoAnswer("timeout"), a.NotSent("dns")])
SEEN = st.sampled_from([CardKept(saved_card()), a.Absent(), a.CannotTell("timeout")])
FORGETTING = st.sampled_from(
    [CardForgotten(), a.Absent(), NO, a.NoAnswer("timeout"), a.NotSent("dns")]
)
EVENTS = st.lists(
    st.tuples(KEEPING, SEEN, FORGETTING, st.booleans(), st.booleans()), min_size=1, max_size=25
)


def entry(fact: StreamFact, seq: int = 1) -> StreamEntry:
    return StreamEntry(seq, ONE, START + dt.timedelta(seconds=seq), AUTHOR, fact)


def follow(record: c.CardRecord, *facts: StreamFact) -> c.CardRecord:
    for fact in facts:
        record = c.CARDS.follow(record, entry(fact, record.version + 1))
    return record


def begun() -> c.CardRecord:
    return c.CARDS.replay([entry(consented())])


@given(EVENTS)
def test_whatever_answers_come_it_is_open_exactly_while_a_step_is_left(events: list[tuple]) -> None:  # type: ignore[type-arg]  # of answers
    record, at_gateway = begun(), False
    sent = False
    for keeping, seen, forgetting, over, stopped in events:
        if stopped and (left := steps.card_after_restart(record)) is not None:
            record = follow(record, left)
        step = steps.next_card_step(record)
        assert (step is not None) == record.is_open
        match step:
            case steps.Keep():
                assert not sent, "a card is sent once"
                if not isinstance(keeping, a.NotSent):
                    record, sent = follow(record, c.CardKeeping()), True
                    if stopped:
                        record = follow(record, c.CardNoAnswer("restart"))
                        continue
                record = follow(record, *steps.keep_facts(keeping))
                at_gateway = isinstance(keeping, CardKept) or at_gateway
            case steps.AskForCard():
                record = follow(record, *steps.seen_facts(record, seen, settle_time_over=over))
            case steps.Forget():
                record = follow(record, c.CardForgetting(record.forget_reason))
                record = follow(record, *steps.forget_facts(forgetting))
            case steps.GiveUpForgetting():
                record = follow(record, c.CardForgetEnded("not_done"))
            case None if record.is_kept:
                record = follow(record, c.CardForgetting("손님 요청"))
                record = follow(record, *steps.forget_facts(forgetting))
            case None:
                pass
        assert record.forget_tries <= steps.FORGET_TRIES_MAX
        if record.state is c.CardState.FORGOTTEN:
            assert not record.is_kept


#: Ways that lead somewhere, as places among the samples below; chance alone rarely gets there.
WAYS = st.sampled_from([(), (1, 2), (1, 5), (1, 2, 7), (1, 2, 7, 9), (1, 2, 7, 8), (1, 3), (4,)])
ANY = st.lists(st.sampled_from(range(len(c.CARDS.facts))), max_size=8)


@given(WAYS, ANY)
def test_what_cannot_follow_is_refused_and_changes_nothing(
    way: tuple[int, ...], then: list[int]
) -> None:
    order = [*way, *then]
    samples: list[StreamFact] = [
        consented(),
        c.CardKeeping(),
        c.CardIsKept(saved_card()),
        c.CardNotKept("refused", refusal()),
        c.CardNotSent("dns"),
        c.CardNoAnswer("timeout"),
        c.CardLookedUp("absent"),
        c.CardForgetting("손님 요청"),
        c.CardIsForgotten(),
        c.CardForgetNoAnswer("timeout"),
        c.CardForgetNotDone(),
        c.CardForgetEnded("refused"),
    ]
    record = begun()
    for number in order:
        before = record
        with contextlib.suppress(Bug):
            record = follow(record, samples[number])
        if record == before:
            continue
        assert record.version == before.version + 1
        # What ended stays ended; a kept card is only left by forgetting it.
        assert before.state not in c.AT_REST or (
            before.is_kept and record.state is c.CardState.FORGETTING
        )


def test_absent_is_no_proof_before_the_settle_time() -> None:
    unknown = follow(begun(), c.CardKeeping(), c.CardNoAnswer("timeout"))
    early = steps.seen_facts(unknown, a.Absent(), settle_time_over=False)
    assert follow(unknown, *early).state is c.CardState.UNKNOWN
    late = steps.seen_facts(unknown, a.Absent(), settle_time_over=True)
    assert follow(unknown, *late).state is c.CardState.NOT_KEPT


@pytest.mark.parametrize(
    ("facts", "left", "state"),
    [
        ((), c.CardNotSent("restart"), c.CardState.NOT_SENT),
        ((c.CardKeeping(),), c.CardNoAnswer("restart"), c.CardState.UNKNOWN),
        (
            (c.CardKeeping(), c.CardIsKept(saved_card()), c.CardForgetting("요청")),
            c.CardForgetNoAnswer("restart"),
            c.CardState.FORGET_UNKNOWN,
        ),
    ],
)
def test_a_stop_leaves_what_was_on_its_way_unknown(
    facts: tuple[StreamFact, ...], left: StreamFact, state: c.CardState
) -> None:
    record = follow(begun(), *facts)
    assert steps.card_after_restart(record) == left
    assert follow(record, left).state is state


def test_deleting_is_asked_for_again_only_after_a_look_and_not_for_ever() -> None:
    record = follow(begun(), c.CardKeeping(), c.CardIsKept(saved_card()))
    record = follow(record, c.CardForgetting("요청"))
    for _ in range(steps.FORGET_TRIES_MAX - 1):
        record = follow(record, c.CardForgetNoAnswer("timeout"))
        assert steps.next_card_step(record) == steps.AskForCard()
        record = follow(record, c.CardForgetNotDone())
        assert steps.next_card_step(record) == steps.Forget()
        record = follow(record, c.CardForgetting(record.forget_reason))
    record = follow(record, c.CardForgetNoAnswer("timeout"), c.CardForgetNotDone())
    assert steps.next_card_step(record) == steps.GiveUpForgetting()
    assert follow(record, c.CardForgetEnded("not_done")).is_kept
