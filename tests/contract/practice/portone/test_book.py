"""The book on PortOne's side: both gateways in one, kept over restarts, nothing secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.practice import PracticeOptions, PracticeServer, PracticeTrouble
from pos_app.practice.portone.desk import PRACTICE_SECRET
from tests.contract.practice.portone.test_schedules import PATH, item
from tests.contract.practice.portone.till import (
    AGAIN,
    DAY_S,
    Till,
    check_of,
    magic,
    serve,
)
from tests.contract.practice.shop import CHARGE, Shop


def test_both_gateways_in_one_book(shop: Shop) -> None:
    async def work(till: Till) -> None:
        tno = (await till.http.post(CHARGE, json=shop.charge(amount="1000"))).json()["tno"]
        paid = await till.paid(amount=2000)
        await till.sell(merchant_uid="A2", amount=10061)
        assert paid["pg_tid"] != tno
        book = await till.book()
        assert [(p["gateway"], p["tno"], p["balance"]) for p in book["payments"]] == [
            ("kcp", tno, 1000), ("portone", paid["imp_uid"], 2000),
        ]  # fmt: skip
        assert book["totals"] == {"approved": 3000, "cancelled": 0, "net": 3000}
        assert book["counters"]["requests"] == {
            "portone.token": 1, "charge": 1, "portone.onetime": 2,
        }  # fmt: skip
        assert len(book["counters"]["charge_requests"]) == 3
        assert [row["merchant_uid"] for row in book["portone"]["declined"]] == ["A2"]

    serve(work)


async def everything(till: Till) -> None:
    """Leave a trace of each kind in the book."""
    uid = (await till.paid(tax_free=5000))["imp_uid"]
    await till.cancel(uid, amount=5000, tax_free=5000)
    await till.sell(merchant_uid="A2", card_number=magic("11", 61))
    await till.keep()
    await till.keep("cust-2", card_number=magic("11", 61))
    await till.keep("cust-3")
    await till.keep("cust-3")
    await till.told("DELETE", "/subscribe/customers/cust-3")
    schedules = [item(1), item(2), item(3)]
    await till.told("POST", PATH, {"customer_uid": "cust-2", "schedules": schedules})
    await till.control({"execute_until": schedules[0]["schedule_at"]}, "/control/portone")
    await till.told("POST", "/subscribe/payments/unschedule", {"merchant_uid": ["S3"]})
    check = await till.told("POST", "/certifications/otp/request", check_of())
    path = f"/certifications/otp/confirm/{check['response']['imp_uid']}"
    await till.told("POST", path, {"otp": "246802"})


def test_nothing_is_forgotten(tmp_path: Path) -> None:
    book_path = tmp_path / "book"

    async def first(till: Till) -> dict[str, object]:
        await everything(till)
        return await till.book()

    async def second(till: Till) -> dict[str, object]:
        found = await till.book()
        assert (await till.sell())["code"] == 1  # A1 was paid in the life before
        body = {"customer_uid": "cust-1", "merchant_uid": "B1", "amount": 9900, "name": "꽃"}
        assert (await till.told("POST", AGAIN, body))["response"]["status"] == "paid"
        body = {**body, "customer_uid": "cust-2", "merchant_uid": "B2"}
        assert (await till.told("POST", AGAIN, body))["response"]["status"] == "failed"
        (row,) = await till.find_all("A1")
        assert row["cancel_history"][0]["amount"] == 5000
        till.clock.move(2 * DAY_S)
        assert (await till.book())["portone"]["schedules"][1]["status"] == "executed"
        return found

    before = serve(first, book_path=book_path)
    after = serve(second, book_path=book_path)
    assert before["payments"] == after["payments"]
    old, new = before["portone"], after["portone"]
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    tokens = {"tokens made": 2, "tokens given": 2}  # the second life asked for one
    assert new == {**old, "counts": {**old["counts"], **tokens}}


def test_nothing_secret_is_said_or_kept(tmp_path: Path) -> None:
    book_path = tmp_path / "book"

    async def work(till: Till) -> tuple[str, str]:
        await everything(till)
        return (await till.http.get("/book")).text, till.token

    said, token = serve(work, book_path=book_path)
    both = said + book_path.read_text(encoding="utf-8")
    assert "411111******1111" in both
    secrets = [
        "4111111111111111", "4111-1111", "4000001100610000", "2028-07", "900101", "1990-01-01",
        "246802", "01012345678", "010-1234", PRACTICE_SECRET, token, "unique_key", '홍길동","phone',
    ]  # fmt: skip
    assert [secret for secret in secrets if secret in both] == []


def test_who_was_checked_does_not_outlive_the_process(tmp_path: Path) -> None:
    book_path = tmp_path / "book"

    async def first(till: Till) -> str:
        await everything(till)
        (row,) = (await till.book())["portone"]["certifications"]
        found: str = row["imp_uid"]
        return found

    uid = serve(first, book_path=book_path)

    async def second(till: Till) -> None:
        found = (await till.told("GET", f"/certifications/{uid}"))["response"]
        assert found["certified"] is True
        assert "name" not in found

    serve(second, book_path=book_path)


@pytest.mark.parametrize(
    "line", ['{"is":"portone.payment","value":{}}', '{"is":"portone.nothing","value":1}',
             '{"is":"portone.card","value":[]}', '{"is":"portone.count"}']
)  # fmt: skip
def test_a_damaged_book(tmp_path: Path, line: str) -> None:
    path = tmp_path / "book"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(PracticeTrouble, match="does not fit"):
        PracticeServer(PracticeOptions(book_path=path))


def test_a_token_of_the_life_before_is_none(tmp_path: Path) -> None:
    async def first(till: Till) -> str:
        return till.token

    token = serve(first, book_path=tmp_path / "book")

    async def second(till: Till) -> None:
        assert till.token != token
        till.token = token
        assert (await till.sell())["http"] == 401

    serve(second, book_path=tmp_path / "book")
