"""Whatever is sent to any operation gets an answer in an envelope, and every operation has one."""

from __future__ import annotations

import json
import random

import pytest

from pos_app.practice.portone.face import NAMED
from pos_app.practice.portone.table import Operation, operations
from tests.contract.practice.portone.till import (
    ONETIME,
    Json,
    Till,
    card_to_keep,
    check_of,
    sale,
    serve,
)

VALUES: list[object] = [
    None, "", "0", "x", "가", "\u0000", "\U0001f600", "\ud800", "9" * 400, 0, 1, -1, 1.5, 10**14,
    10**30, True, False, [], [None], ["x"], ["\ud800"], [1], [{}], [[]], {}, {"a": {"b": []}},
    {"kcpV2": {"cp_sms_msg": 1}}, "[]", "{}", '{"kcpV2": []}', "2028-07", "4111111111111111",
]  # fmt: skip
ODD = ["A1", "cust-1", "imp_179523000000", "all", "paid", "%00", "%FF", "%2F..", "x" * 300]
SERVED = [operations()[name.removeprefix("portone.")] for name in NAMED]


def body_of(operation: Operation, chance: random.Random) -> Json:
    """Return a body that is right in some fields and anything in the others."""
    right = {**check_of(), **sale(), **card_to_keep(), "customer_uid": "cust-1"}
    names = chance.choices([*operation.body, "unknown", "channelKey"], k=chance.choice((1, 2)))
    picked = {name: chance.choice(VALUES) for name in names}
    known = {name: right[name] for name in operation.body if name in right}
    return {**known, **picked}


def path_of(operation: Operation, chance: random.Random) -> str:
    """Return a path and query of the operation's, with anything in its places."""
    segments = [chance.choice(ODD) if "{" in part else part for part in operation.segments]
    texts = [*ODD, "", "1", "-1", "true", "99999999999999999999"]
    query = [f"{name}={chance.choice(texts)}" for name in operation.query if chance.random() < 0.7]
    return f"/{'/'.join(segments)}?{'&'.join(query)}"


@pytest.mark.parametrize("operation", SERVED, ids=lambda operation: operation.name)
@pytest.mark.parametrize("strict", [True, False])
def test_anything_gets_an_answer(operation: Operation, *, strict: bool) -> None:
    async def work(till: Till) -> None:
        chance = random.Random(f"{operation.name} {strict}")
        await till.keep()
        await till.paid()
        headers = {"Authorization": till.token, "Content-Type": "application/json"}
        for _ in range(40):
            body = json.dumps(body_of(operation, chance))  # escaped: half characters get through
            answer = await till.http.request(
                operation.method,
                path_of(operation, chance),
                content=body if operation.body else "",
                headers=headers,
            )
            assert set(answer.json()) == {"code", "message", "response"}
            assert answer.status_code in (200, 207, 400, 401, 404)
        assert (await till.http.get("/book")).status_code == 200

    serve(work, switches={"portone_strict": strict, "portone_otp_refusal": "400", "magic": False})


@pytest.mark.parametrize("name", ["name", "merchant_uid", "buyer_name", "custom_data"])
@pytest.mark.parametrize("character", ["\ud800", "\u0000", "\u0007"])
def test_text_that_is_none(name: str, character: str) -> None:
    async def work(till: Till) -> None:
        headers = {"Authorization": till.token, "Content-Type": "application/json"}
        body = json.dumps(sale(**{name: f"가{character}나"}))
        answer = await till.http.post(ONETIME, content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["message"].startswith(f"{name}: ")

    serve(work)
