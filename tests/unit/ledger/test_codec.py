"""Facts as text and back: nothing lost, nothing guessed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
import types
import typing
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain import facts as f
from pos_app.domain.answers import Approval
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.instalments import Months
from pos_app.domain.money import WON_MAX, Won
from pos_app.ledger.codec import decode_fact, encode_fact
from tests.contract.ledger.cases import START, approval, prepared

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MOMENTS = st.datetimes(
    min_value=dt.datetime(1970, 1, 1),  # noqa: DTZ001 - the zone is drawn beside it
    timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=9))]),
)
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    bool: st.booleans(),
    float: st.floats(0, 1e6),
    Won: st.integers(0, WON_MAX).map(Won),
    Months: st.sampled_from([0, 2, 12, 36]).map(Months),
    dt.datetime: MOMENTS,
    types.NoneType: st.none(),
}


def some(hint: Any) -> st.SearchStrategy[Any]:
    """Return values of a type, made of its fields where it has any."""
    if hint in SIMPLE:
        return SIMPLE[hint]
    if parts := typing.get_args(hint):
        return st.one_of([some(part) for part in parts])
    if isinstance(hint, typing.NewType):
        return some(hint.__supertype__)
    if issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    hints = typing.get_type_hints(hint)
    fields = dataclasses.fields(hint)
    return st.builds(hint, **{field.name: some(hints[field.name]) for field in fields})


@pytest.mark.parametrize("kind", sorted(f.FACT_KINDS))
def test_every_kind_of_fact_reads_back_as_it_was(kind: str) -> None:
    @given(some(f.FACT_KINDS[kind]))
    def check(fact: f.Fact) -> None:
        text = encode_fact(fact)
        assert decode_fact(kind, text) == fact
        assert encode_fact(decode_fact(kind, text)) == text

    check()


def test_the_stored_form_is_what_it_always_was() -> None:
    # Ledgers of shops hold these texts under a MAC for years; they must not change.
    fact = prepared(7, months=Months(3))
    first_form = (
        '{"card_brand":"비씨카드","card_masked":"943112******4242","environment":"practice",'
        '"gateway":"kcp","order":{"amount":55000,"buyer_email":"hong@example.com",'
        '"buyer_name":"홍길동","buyer_phone":"010-1234-5678","months":3,"product":"꽃바구니",'
        '"tax_free":0},"order_date":"20250302","order_no":"20250302010000000000000007",'
        '"payment_id":"pay7","reason":"","sale_id":"sale7","site":"T0000","supersedes":null}'
    )
    assert decode_fact("prepared", first_form) == fact
    assert encode_fact(fact) == (
        '{"card_brand":"비씨카드","card_masked":"943112******4242","customer_uid":"",'
        '"environment":"practice","gateway":"kcp","identity":null,'
        '"order":{"amount":55000,"buyer_email":"hong@example.com",'
        '"buyer_name":"홍길동","buyer_phone":"010-1234-5678","months":3,"product":"꽃바구니",'
        '"tax_free":0},"order_date":"20250302","order_no":"20250302010000000000000007",'
        '"payment_id":"pay7","reason":"","sale_id":"sale7","schedule_id":"","site":"T0000",'
        '"supersedes":null}'
    )
    assert encode_fact(f.Sending(62.5)) == '{"timeout_s":"62.5"}'
    stored = '{"by_look_up":false,"cancelled_at":"2025-03-01T15:30:00.250000+00:00"}'
    assert decode_fact("reversed", stored) == f.Reversed(START)


def test_no_float_gets_into_the_text() -> None:
    def refuse(number: str) -> float:
        raise AssertionError(number)

    json.loads(encode_fact(f.Sending(0.1)), parse_float=refuse)


def test_a_kind_of_a_newer_program_is_named() -> None:
    with pytest.raises(ShopTrouble, match=r"ledger\.newer_facts") as refused:
        decode_fact("teleported", "{}")
    assert refused.value.params == {"kind": "teleported"}


@pytest.mark.parametrize(
    ("fact", "where"), [(f.Sending(1.0), ()), (f.ChargeApproved(approval()), ("approval",))]
)
def test_a_field_of_a_newer_program_is_not_dropped(fact: f.Fact, where: tuple[str, ...]) -> None:
    body = json.loads(encode_fact(fact))
    inner = body
    for name in where:
        inner = inner[name]
    inner["mood"] = "good"
    with pytest.raises(ShopTrouble, match=r"ledger\.newer_facts"):
        decode_fact(fact.KIND, json.dumps(body))


def test_a_fact_from_before_a_field_was_added_reads_with_its_default() -> None:
    body = json.loads(encode_fact(f.ChargeApproved(approval())))
    del body["evidence"], body["approval"]["warning"]
    assert decode_fact("approved", json.dumps(body)) == f.ChargeApproved(approval())


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("sending", "{"),
        ("sending", "[]"),
        ("sending", "{}"),
        ("sending", '{"timeout_s":60}'),
        ("sending", '{"timeout_s":"inf"}'),
        ("sending", '{"timeout_s":"soon"}'),
        ("sending", '{"timeout_s":null}'),
        ("balance_seen", '{"balance":"1000"}'),
        ("balance_seen", '{"balance":1000.0}'),
        ("balance_seen", '{"balance":true}'),
        ("balance_seen", '{"balance":-1}'),
        ("balance_seen", '{"balance":null}'),
        ("reversed", '{"cancelled_at":"2025-03-01T15:30:00"}'),
        ("reversed", '{"cancelled_at":0}'),
        ("person_needed", '{"why":1}'),
    ],
)
def test_anything_else_is_no_fact(kind: str, body: str) -> None:
    with pytest.raises(Bug):
        decode_fact(kind, body)


@pytest.mark.parametrize(
    "fact",
    [
        f.Reversed(START.replace(tzinfo=None)),
        f.Sending(float("nan")),
        f.Sending(float("inf")),
        f.PersonNeeded("half a character: \ud800"),
        f.PersonNeeded(b"bytes"),  # type: ignore[arg-type]  # what a mistake of ours may hand over
    ],
)
def test_what_cannot_be_stored_is_refused_before_anything_is_written(fact: f.Fact) -> None:
    with pytest.raises(Bug, match=r"ledger\.unstorable_fact"):
        encode_fact(fact)


def test_no_dataclass_field_escapes_the_codec() -> None:
    # A new type of field must be given a form here before it can be stored.
    full = Approval("1", "2", START, corporate=True, check_card=False)
    text = encode_fact(f.ChargeApproved(full))
    assert msgspec.json.decode(text)["approval"]["corporate"] is True
    assert decode_fact("approved", text) == f.ChargeApproved(full)
