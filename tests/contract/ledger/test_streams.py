"""What services/ports.Streams promises, kept by every ledger, beside payments in the same chain."""

from __future__ import annotations

import datetime as dt

import pytest

from pos_app.domain.card_facts import (
    CARDS,
    CardForgetting,
    CardIsForgotten,
    CardIsKept,
    CardKeeping,
    CardNoAnswer,
    CardState,
)
from pos_app.domain.errors import Bug
from pos_app.domain.streams import StreamId, StreamQuery
from tests.contract.ledger.cases import (
    OWNER,
    PAIR,
    START,
    Subject,
    consented,
    in_loop,
    keep,
    saved_card,
    sell,
)

ONE = StreamId("card1")


@in_loop
async def test_a_stream_is_there_whole_with_its_authors_and_times(subject: Subject) -> None:
    streams = subject.ledger.streams
    begun = await streams.begin(CARDS, ONE, OWNER, consented())
    assert (begun.state, begun.created_at, begun.version) == (CardState.CONSENTED, START, 1)
    subject.clock.pass_by(days=1)
    kept = await streams.append(
        CARDS, ONE, PAIR, CardKeeping(), CardIsKept(saved_card()), version=1
    )
    assert (kept.state, kept.saved, kept.version) == (CardState.KEPT, saved_card(), 3)
    assert await streams.get(CARDS, ONE) == kept
    entries = await streams.entries(CARDS, ONE)
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert [entry.fact for entry in entries] == [
        consented(),
        CardKeeping(),
        CardIsKept(saved_card()),
    ]
    assert [entry.author for entry in entries] == [OWNER, PAIR, PAIR]
    assert {entry.at for entry in entries[1:]} == {START + dt.timedelta(days=1)}
    assert CARDS.replay(entries) == kept


@in_loop
async def test_streams_and_payments_share_the_order_and_nothing_else(subject: Subject) -> None:
    first = await sell(subject.ledger, 1)
    card = await keep(subject.ledger.streams)
    second = await sell(subject.ledger, 2)
    assert [e.seq for e in await subject.ledger.streams.entries(CARDS, ONE)] == [4, 5, 6]
    assert [e.seq for e in await subject.ledger.entries(second.payment_id)] == [7, 8, 9]
    assert await subject.ledger.recent(10) == [second, first]
    assert await subject.ledger.streams.find(CARDS, StreamQuery()) == [card]


@in_loop
async def test_what_cannot_follow_leaves_no_trace(subject: Subject) -> None:
    streams = subject.ledger.streams
    begun = await streams.begin(CARDS, ONE, OWNER, consented())
    with pytest.raises(Bug, match=r"stream\.impossible_fact"):
        await streams.append(CARDS, ONE, OWNER, CardKeeping(), CardIsForgotten(), version=1)
    assert await streams.get(CARDS, ONE) == begun
    with pytest.raises(Bug, match=r"stream\.impossible_fact"):
        await streams.begin(CARDS, StreamId("card2"), OWNER, CardKeeping())
    assert await streams.find(CARDS, StreamQuery()) == [begun]


@in_loop
async def test_a_version_that_has_moved_is_refused(subject: Subject) -> None:
    streams = subject.ledger.streams
    await streams.begin(CARDS, ONE, OWNER, consented())
    await streams.append(CARDS, ONE, OWNER, CardKeeping(), version=1)
    with pytest.raises(Bug, match=r"ledger\.version_moved"):
        await streams.append(CARDS, ONE, OWNER, CardNoAnswer("reset"), version=1)


@in_loop
async def test_neither_an_id_nor_a_key_comes_twice(subject: Subject) -> None:
    streams = subject.ledger.streams
    await streams.begin(CARDS, ONE, OWNER, consented(1))
    with pytest.raises(Bug, match=r"ledger\.duplicate"):
        await streams.begin(CARDS, ONE, OWNER, consented(1, customer_uid="c01-9"))
    same_key = consented(2, customer_uid=consented(1).customer_uid)
    with pytest.raises(Bug, match=r"ledger\.duplicate"):
        await streams.begin(CARDS, same_key.card_id, OWNER, same_key)
    with pytest.raises(Bug, match=r"ledger\.no_such_stream"):
        await streams.get(CARDS, StreamId("card2"))


@in_loop
async def test_they_are_found_by_name_phone_card_state_and_key(subject: Subject) -> None:
    streams = subject.ledger.streams
    one = await keep(streams, 1)
    two = await keep(streams, 2, customer_name="김광수", customer_phone="010-9876-5432")
    gone = (CardForgetting("손님 요청"), CardIsForgotten())
    two = await streams.append(CARDS, two.stream_id, PAIR, *gone, version=two.version)
    three = await streams.begin(CARDS, StreamId("card3"), OWNER, consented(3))

    async def found(query: StreamQuery) -> list[str]:
        return [record.stream_id for record in await streams.find(CARDS, query)]

    assert await found(StreamQuery()) == ["card3", "card2", "card1"]
    assert await found(StreamQuery(limit=2)) == ["card3", "card2"]
    assert await found(StreamQuery(text="ㅎㄱㄷ")) == ["card3", "card1"]
    assert await found(StreamQuery(text="광수")) == ["card2"]
    assert await found(StreamQuery(text="01098765432")) == ["card2"]
    assert await found(StreamQuery(text="9876-54")) == ["card2"]
    assert await found(StreamQuery(text="4242")) == ["card3", "card2", "card1"]
    assert await found(StreamQuery(text="없는 사람")) == []
    assert await found(StreamQuery(states=frozenset({"KEPT"}))) == [one.stream_id]
    assert await found(StreamQuery(states=frozenset({"FORGOTTEN"}))) == [two.stream_id]
    assert await found(StreamQuery(open_only=True)) == [three.stream_id]
    assert await found(StreamQuery(key="c01-2")) == ["card2"]
    assert await found(StreamQuery(owner="nobody")) == []
