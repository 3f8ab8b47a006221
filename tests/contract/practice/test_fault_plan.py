"""When a rule of the fault plan fires, and which rules make no sense."""

from __future__ import annotations

import json

import pytest

from pos_app.practice import PracticeTrouble
from pos_app.practice.actions import KINDS, build
from pos_app.practice.faults import FaultPlan, Subject
from tests.contract.practice.shop import CHARGE, Client, Json, Shop, serve


def fired(plan: FaultPlan, subjects: list[Subject]) -> list[str]:
    return [action.do if (action := plan.choose(s)) else "-" for s in subjects]


CHARGES = [Subject("charge", f"A{n}", 1000 + n) for n in range(6)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, "xxxxxx"),
        ({"nth": 2}, "-x----"),
        ({"every": 2}, "-x-x-x"),
        ({"times": 2}, "xx----"),
        ({"every": 2, "times": 1}, "-x----"),
        ({"chance": 0}, "------"),
        ({"chance": 1}, "xxxxxx"),
        ({"order_no": "A3"}, "---x--"),
        ({"order_no": "A*"}, "xxxxxx"),
        ({"order_no": "B*"}, "------"),
        ({"amount": 1004}, "----x-"),
        ({"order_no": "A*", "nth": 6}, "-----x"),
        ({"tno": "20261121000001"}, "------"),
        ({"on": "cancel"}, "------"),
        ({"on": "any"}, "xxxxxx"),
    ],
)
def test_when_a_rule_fires(rule: Json, expected: str) -> None:
    plan = FaultPlan([{"on": "charge", "do": "reset", **rule}])
    assert "".join("x" if do == "reset" else "-" for do in fired(plan, CHARGES)) == expected


def test_the_first_rule_that_fires_decides_and_all_count() -> None:
    plan = FaultPlan(
        [
            {"on": "charge", "nth": 2, "do": "close"},
            {"on": "charge", "every": 2, "do": "reset"},
            {"on": "any", "nth": 6, "do": "cut"},
        ]
    )
    assert fired(plan, CHARGES) == ["-", "close", "-", "reset", "-", "reset"]
    assert [(rule["seen"], rule["fired"]) for rule in plan.as_json()] == [(6, 1), (6, 3), (6, 1)]


def test_any_is_not_a_connection() -> None:
    plan = FaultPlan([{"on": "any", "do": "reset"}])
    assert fired(plan, [Subject("connection"), Subject("inquiry")]) == ["-", "reset"]


def chances(shop: Shop, seed: int) -> list[object]:
    async def work(client: Client) -> list[object]:
        for number in range(40):
            await client.raw(CHARGE, shop.charge(ordr_idxx=f"A{number}"))
        return [row["fault"] for row in (await client.book())["log"]]

    rules = [
        {"on": "charge", "chance": 0.3, "do": "reset", "done": True},
        {"on": "any", "chance": 0.3, "do": "http"},
    ]
    return serve(work, faults=rules, seed=seed)


def test_same_seed_same_faults(shop: Shop) -> None:
    first = chances(shop, 7)
    assert {None, "reset", "http"} == set(first)
    assert chances(shop, 7) == first
    assert chances(shop, 8) != first


WRONG_RULES = [
    {},
    {"on": "charge"},
    {"do": "reset"},
    {"on": "refund", "do": "reset"},
    {"on": "charge", "do": "explode"},
    {"on": "charge", "do": "reset", "whom": "x"},
    {"on": "charge", "do": "reset", "nth": 0},
    {"on": "charge", "do": "reset", "nth": "2"},
    {"on": "charge", "do": "reset", "nth": True},
    {"on": "charge", "do": "reset", "every": -1},
    {"on": "charge", "do": "reset", "chance": 1.1},
    {"on": "charge", "do": "reset", "chance": "0.5"},
    {"on": "charge", "do": "reset", "nth": 1, "every": 2},
    {"on": "charge", "do": "reset", "times": 0},
    {"on": "charge", "do": "reset", "order_no": 5},
    {"on": "charge", "do": "reset", "amount": "1000"},
    {"on": "charge", "do": "reset", "done": "yes"},
    {"on": "charge", "do": "cut", "done": False},
    {"on": "charge", "do": "reset_unread", "done": True},
    {"on": "charge", "do": "reset_unread", "order_no": "A1"},
    {"on": "charge", "do": "cut", "after_bytes": -1},
    {"on": "charge", "do": "cut", "after_field": ""},
    {"on": "charge", "do": "slow", "delay_s": -1},
    {"on": "charge", "do": "slow", "delay_s": "5"},
    {"on": "charge", "do": "slow", "delay_s": None},
    {"on": "charge", "do": "drip", "bytes_per_s": 0},
    {"on": "charge", "do": "http", "status": 99},
    {"on": "charge", "do": "http", "body": "xml"},
    {"on": "charge", "do": "http", "body": "answer"},
    {"on": "charge", "do": "redirect", "status": 200},
    {"on": "charge", "do": "body", "kind": "odd"},
    {"on": "charge", "do": "edit", "set": []},
    {"on": "charge", "do": "edit", "remove": [1]},
    {"on": "charge", "do": "late", "lose": "find"},
    {"on": "charge", "do": "gzip", "bomb": 1},
    {"on": "connection", "do": "cut"},
    {"on": "connection", "do": "reset", "amount": 5},
]


@pytest.mark.parametrize("rule", WRONG_RULES, ids=json.dumps)
def test_a_rule_that_makes_no_sense_is_refused(rule: Json) -> None:
    with pytest.raises(PracticeTrouble, match="fault rule 0"):
        FaultPlan([rule])


@pytest.mark.parametrize("do", KINDS)
def test_every_fault_has_sensible_defaults(do: str) -> None:
    action = build({"do": do})
    assert action.do == do
    for name, value in action.parameters.items():
        assert KINDS[do].parameters[name].fits(value)
