"""What a person finds in the history: the same in every ledger."""

from __future__ import annotations

import datetime as dt

import pytest

from pos_app.domain import facts as f
from pos_app.domain.money import Won
from pos_app.domain.requests import HistoryQuery
from tests.contract.ledger.cases import (
    OWNER,
    Subject,
    decline,
    give_back,
    in_loop,
    lose,
    refund_of,
    sell,
)


async def found(subject: Subject, text: str = "", **more: object) -> list[str]:
    query = HistoryQuery(text=text, **more)  # type: ignore[arg-type]  # names are the query's own
    return [record.payment_id for record in await subject.ledger.search(query)]


async def three(subject: Subject) -> None:
    await sell(subject.ledger, 1)
    await sell(
        subject.ledger,
        2,
        buyer_name="Kim Gwang-su",
        buyer_phone="02-987-6543",
        buyer_email="KIM@shop.kr",
        product="100%_장미 A",
        amount=Won(50_000),
        card_masked="411111******0007",
    )
    await lose(subject.ledger, 3, buyer_name="황보 관장", buyer_phone="", product="난 화분")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["pay3", "pay2", "pay1"]),
        ("길동", ["pay1"]),
        ("ㅎㄱㄷ", ["pay1"]),
        ("ㄱㄷ", ["pay1"]),
        ("ㅎㅂㄱㅈ", ["pay3"]),
        ("ㅎㅂ ㄱㅈ", ["pay3"]),
        ("황보 관", ["pay3"]),
        ("ㄲㅂㄱㄴ", ["pay1"]),
        ("바구", ["pay1"]),
        ("kim", ["pay2"]),
        ("GWANG", ["pay2"]),
        ("shop.kr", ["pay2"]),
        ("1234-56", ["pay1"]),
        ("01012345678", ["pay1"]),
        ("010 1234 5678", ["pay1"]),
        ("0007", ["pay2"]),
        ("30000002", ["pay2"]),
        ("25030200000001", ["pay1"]),
        ("2025030201", ["pay3", "pay2", "pay1"]),
        ("50000", ["pay2"]),
        ("50,000", ["pay2"]),
        ("5만", ["pay2"]),
        ("5000", []),
        ("100%_", ["pay2"]),
        ("0%장", []),
        ("_", ["pay2"]),
        ("%", ["pay2"]),
        ("'; DROP TABLE facts; --", []),
        ("동\n0", []),
        ("동010", []),
        ("없음" * 200, []),
    ],
)
@in_loop
async def test_any_part_of_any_field(subject: Subject, text: str, ids: list[str]) -> None:
    await three(subject)
    assert await found(subject, text) == ids


@in_loop
async def test_consonants_that_the_input_method_joined(subject: Subject) -> None:
    await sell(subject.ledger, 1, buyer_name="박상수")
    assert await found(subject, "ㅂㅅㅅ") == await found(subject, "ㅄㅅ") == ["pay1"]


@in_loop
async def test_a_name_typed_in_pieces_as_on_a_mac(subject: Subject) -> None:
    await sell(subject.ledger, 1)
    assert await found(subject, "\u1112\u1169\u11bc\u1100\u1175\u11af") == ["pay1"]


@in_loop
async def test_what_comes_later_is_found_too(subject: Subject) -> None:
    record = await lose(subject.ledger, 1)
    assert await found(subject, "25030299999999") == []
    await subject.ledger.append(
        record.payment_id, OWNER, f.ReferenceGiven("25030299999999"), version=record.version
    )
    assert await found(subject, "25030299999999") == ["pay1"]


@in_loop
async def test_korean_days_at_their_borders(subject: Subject) -> None:
    # The story begins at 00:30 Korean time on 2 March.
    await sell(subject.ledger, 1)
    subject.clock.pass_by(hours=23, minutes=29, seconds=59)
    await sell(subject.ledger, 2)
    subject.clock.pass_by(seconds=1)
    await sell(subject.ledger, 3)
    day = dt.date(2025, 3, 2)
    assert await found(subject, since=day, until=day) == ["pay2", "pay1"]
    assert await found(subject, until=day - dt.timedelta(days=1)) == []
    assert await found(subject, since=day + dt.timedelta(days=1)) == ["pay3"]
    assert await found(subject, since=dt.date.min, until=dt.date.max) == ["pay3", "pay2", "pay1"]


@in_loop
async def test_states_refundable_ones_and_the_limit(subject: Subject) -> None:
    ledger = subject.ledger
    await give_back(ledger, await sell(ledger, 1), 55_000)
    await give_back(ledger, await sell(ledger, 2), 5_000, "refund2")
    record = await sell(ledger, 3)
    await ledger.append(
        record.payment_id, OWNER, refund_of(record, 1_000, "refund3"), version=record.version
    )
    await decline(ledger, 4)
    await lose(ledger, 5)
    assert await found(subject, refundable_only=True) == ["pay3", "pay2"]
    assert await found(subject, states=frozenset({"DECLINED", "UNKNOWN"})) == ["pay5", "pay4"]
    assert await found(subject, open_only=True) == ["pay5", "pay3"]
    assert await found(subject, limit=2) == ["pay5", "pay4"]
    assert await found(subject, limit=0) == []
    assert await found(subject, "꽃", states=frozenset({"APPROVED"}), limit=1) == ["pay3"]
