"""The book: its own truth, never a card number, and nothing forgotten after a kill."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pos_app.practice import PracticeOptions, PracticeServer, PracticeTrouble
from pos_app.practice.book import Book, Payment
from pos_app.practice.clock import KST
from pos_app.practice.keeping import Keeping
from tests.contract.practice.shop import (
    CANCEL,
    CHARGE,
    INQUIRY,
    NOW,
    ORDINARY_CARD,
    Client,
    Json,
    Shop,
    serve,
)


def test_the_shape_of_a_payment(shop: Shop) -> None:
    async def work(client: Client) -> None:
        sale = await client.approved(shop.charge(quota="03"))
        await client.post(CANCEL, shop.partial(sale["tno"], 20000, 55000))
        payments = await client.payments()
        assert payments == [
            {
                "gateway": "kcp",
                "tno": sale["tno"],
                "order_no": "20261121AB01",
                "site_cd": "T0000",
                "amount": 55000,
                "balance": 35000,
                "quota": "03",
                "state": "STPC",
                "card_masked": "411111******1111",
                "card_cd": sale["card_cd"],
                "card_name": sale["card_name"],
                "app_no": sale["app_no"],
                "app_time": "20261121120000",
                "partcanc_yn": "Y",
                "cancels": [
                    {
                        "no": 1,
                        "seq_no": "20261121000001",
                        "kind": "STPC",
                        "amount": 20000,
                        "balance_after": 35000,
                        "time": "20261121120000",
                        "by": "client",
                        "tax": [],
                    }
                ],
            }
        ]

    serve(work)


def test_counters_and_log(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge(ordr_idxx="A1")))["tno"]
        await client.post(CHARGE, shop.charge(ordr_idxx="A1"))
        await client.post(CHARGE, shop.charge(ordr_idxx="A2", amount="10061"))
        await client.post(INQUIRY, shop.inquiry(tno))
        await client.post(CANCEL, shop.full(tno))
        await client.post(CANCEL, shop.full(tno))
        book = await client.book()
        assert book["counters"] == {
            "charge_requests": {"A1": 2, "A2": 1},
            "cancel_requests": {tno: 2},
            "inquiries": 1,
            "requests": {"charge": 3, "inquiry": 1, "cancel": 2},
            "refused": {"8128": 1, "CC61": 1, "8133": 1},
        }
        assert [(row["operation"], row["verdict"], row["res_cd"]) for row in book["log"]] == [
            ("charge", "approved", "0000"),
            ("charge", "refused", "8128"),
            ("charge", "refused", "CC61"),
            ("inquiry", "found", "0000"),
            ("cancel", "cancelled", "0000"),
            ("cancel", "refused", "8133"),
        ]
        assert [row["n"] for row in book["log"]] == [1, 2, 3, 4, 5, 6]
        assert book["log"][0] == {
            "n": 1,
            "at": "2026-11-21T12:00:00.000+09:00",
            "operation": "charge",
            "order_no": "A1",
            "tno": tno,
            "amount": 55000,
            "http_status": 200,
            "res_cd": "0000",
            "verdict": "approved",
            "fault": None,
            "kind": "charge",
        }
        last = (await client.http.get("/book?log=2")).json()["log"]
        assert [row["n"] for row in last] == [5, 6]
        assert (await client.http.get("/book?log=0")).json()["log"] == []

    serve(work)


def everything_said_and_kept(shop: Shop, path: Path, body: Json, **options: object) -> str:
    """Return all that a request leaves behind: answers, book, control face, file."""

    async def work(client: Client) -> str:
        await client.http.post(CHARGE, json=body)
        texts = [(await client.http.get(address)).text for address in ("/book", "/control")]
        return "".join(texts)

    said = serve(work, book_path=path, **options)
    return said + path.read_text()


CARDS = [ORDINARY_CARD, "378282246310005", "4222222222222", "6200000000000000003"]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"amount": "10061"},
        {"card_pwd": "1"},
        {"buyr_name": "PRACTICE DO 23"},
        {"ordr_idxx": "@"},
        {"ordr_idxx": "X@X"},
        {"good_name": "@"},
        {"card_no": "@@"},
    ],
    ids=str,
)
def test_no_card_number_is_kept(shop: Shop, tmp_path: Path, card: str, changes: Json) -> None:
    with_card = {name: value.replace("@", card) for name, value in changes.items()}
    body = shop.charge(**{"card_no": card, **with_card})
    kept = everything_said_and_kept(shop, tmp_path / "book", body, switches={"masking": "full"})
    assert '"operation"' in kept
    for start in range(len(card) - 10):
        # Seven digits after the sixth, or any eleven in a row, would be too many.
        assert card[start : start + 11] not in kept
    assert card[:7] not in kept
    for secret in ('"900101"', '"2807"', '"card_pwd"', '"card_taxno"', "홍길동", "hong@example"):
        assert secret not in kept


@pytest.mark.parametrize("path", [CANCEL, INQUIRY])
def test_a_card_number_in_place_of_a_tno_is_not_kept(shop: Shop, path: str) -> None:
    diners = "36227206271667"

    async def work(client: Client) -> None:
        body = shop.full(diners) if path == CANCEL else shop.inquiry(diners)
        assert await client.code(path, body) == "8132"
        assert diners not in (await client.http.get("/book")).text

    serve(work)


def test_a_book_on_file_is_read_again(shop: Shop, tmp_path: Path, other_shop: Shop) -> None:
    path = tmp_path / "book.jsonl"

    async def first(client: Client) -> Json:
        tno = (await client.approved(shop.charge(ordr_idxx="A1", card_no="4000003081780000")))[
            "tno"
        ]
        await client.post(CHARGE, shop.charge(ordr_idxx="A2", amount="10061"))
        await client.post(CANCEL, shop.full(tno))
        tno = (await client.approved(shop.charge(ordr_idxx="A3")))["tno"]
        await client.post(CANCEL, shop.partial(tno, 5000, 55000))
        return await client.book()

    async def second(client: Client) -> None:
        tnos = [payment["tno"] for payment in await client.payments()]
        assert await client.code(CHARGE, shop.charge(ordr_idxx="A1")) == "8128"
        assert await client.code(CHARGE, shop.charge(ordr_idxx="A2")) == "8128"
        assert await client.code(CANCEL, shop.full(tnos[0])) == "8178"
        assert await client.code(CANCEL, shop.partial(tnos[1], 5000, 55000)) == "8037"
        assert await client.code(CANCEL, shop.partial(tnos[1], 5000, 50000)) == "0000"
        assert await client.code(CHARGE, other_shop.charge(ordr_idxx="A4")) == "8002"
        new = await client.approved(shop.charge(ordr_idxx="A5"))
        assert new["tno"] not in tnos
        assert (await client.last_row())["n"] == 12

    before = serve(first, book_path=path)
    assert before["totals"] == {"approved": 110000, "cancelled": 5000, "net": 105000}
    assert serve(lambda c: c.book(), book_path=path) == before
    serve(second, book_path=path)


def test_a_line_cut_off_by_a_kill_is_dropped(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "book"
    before = serve(lambda c: sold(c, shop, "A1"), book_path=path)
    whole = path.read_bytes()
    with path.open("ab") as file:
        file.write(b'{"is":"payment","value":{"tno":"2026')
    assert serve(lambda c: c.book(), book_path=path) == before
    assert path.read_bytes() == whole


async def sold(client: Client, shop: Shop, order_no: str) -> Json:
    await client.approved(shop.charge(ordr_idxx=order_no))
    return await client.book()


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b'{"value":1}',
        b'{"is":"payment","value":{"tno":"1"}}',
        b'{"is":"cancel","tno":"20200101000001","value":{}}',
    ],
)
def test_a_damaged_book_is_not_used(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "book"
    path.write_bytes(line + b"\n")
    with pytest.raises(PracticeTrouble):
        PracticeServer(PracticeOptions(book_path=path))
    assert path.read_bytes() == line + b"\n"


def test_a_book_that_cannot_be_opened(tmp_path: Path) -> None:
    async def run(path: Path) -> None:
        with pytest.raises(PracticeTrouble):
            await PracticeServer(PracticeOptions(book_path=path)).start()

    asyncio.run(run(tmp_path / "nowhere" / "book"))
    asyncio.run(run(tmp_path))


def test_the_file_is_the_owners_only(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "book"
    serve(lambda c: sold(c, shop, "A1"), book_path=path)
    assert path.stat().st_mode & 0o077 == 0


def payment(tno: str) -> Payment:
    return Payment(tno, "A1", "T0000", 1000, "00", "", "", tno[:8] + "000000", "Y", {})


def test_numbers_are_never_given_twice() -> None:
    book = Book(Keeping(None))
    given = set()
    for second in (0, 0, 1, 0, 3600, 86_399):
        moment = datetime(2026, 11, 21, tzinfo=KST) + timedelta(seconds=second)
        for _ in range(30):
            tno = book.next_tno(moment)
            assert re.fullmatch(r"20261121[0-9]{6}", tno)
            assert not tno.endswith("000000")
            assert tno not in given
            given.add(tno)
            book.approve(payment(tno))


def test_numbers_go_round_at_the_end_of_the_day() -> None:
    book = Book(Keeping(None))
    book.approve(payment("20261121000001"))
    book._last_number = 999_998
    assert [book.next_tno(NOW) for _ in range(2)] == ["20261121999999", "20261121000002"]


def test_another_start_gives_other_numbers(shop: Shop) -> None:
    moment = [NOW]

    async def work(client: Client) -> str:
        return str((await client.approved(shop.charge()))["tno"])

    first = serve(work, clock=lambda: moment[0])
    moment[0] += timedelta(seconds=1)
    assert serve(work, clock=lambda: moment[0]) != first


def test_the_book_cancels_no_more_than_there_is() -> None:
    book = Book(Keeping(None))
    one = payment("20261121000001")
    book.approve(one)
    for amount in (0, -1, 1001):
        with pytest.raises(PracticeTrouble):
            book.cancel(one, amount, by="admin", now=NOW)
    assert one.balance == 1000


def test_many_at_once(shop: Shop) -> None:
    async def work(client: Client) -> None:
        bodies = [shop.charge(ordr_idxx=f"A{n % 10}") for n in range(40)]
        answers = await asyncio.gather(*(client.post(CHARGE, body) for body in bodies))
        approved = [answer for answer in answers if answer["res_cd"] == "0000"]
        assert len(approved) == 10
        assert len({answer["tno"] for answer in approved}) == 10
        book = await client.book()
        assert book["totals"]["net"] == 550000
        assert book["counters"]["refused"] == {"8128": 30}
        tno = approved[0]["tno"]
        cancels = [client.code(CANCEL, shop.partial(tno, 10000, 55000)) for _ in range(10)]
        assert sorted(await asyncio.gather(*cancels)) == ["0000"] + ["8037"] * 9

    serve(work)


def test_the_file_never_lags_behind_an_answer(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "book"

    async def work(client: Client) -> None:
        for number in range(5):
            sale = await client.approved(shop.charge(ordr_idxx=f"A{number}"))
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            kept = [line["value"]["tno"] for line in lines if line["is"] == "payment"]
            assert kept[-1] == sale["tno"]
            assert lines[-1]["is"] == "verdict"

    serve(work, book_path=path)
