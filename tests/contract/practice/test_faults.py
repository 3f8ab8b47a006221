"""The fault plan: every fault as a bare client sees it, and the book behind it."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable

import pytest

from pos_app.practice.actions import BODY_KINDS
from tests.contract.practice.shop import CANCEL, CHARGE, INQUIRY, Client, Json, Raw, Shop, serve


def charged_with(shop: Shop, rule: Json) -> tuple[Raw, Json]:
    """Charge once under a rule; return what came back, and the book."""

    async def work(client: Client) -> tuple[Raw, Json]:
        raw = await client.raw(CHARGE, shop.charge())
        return raw, await client.book()

    return serve(work, faults=[{"on": "charge", **rule}])


def charged(book: Json) -> bool:
    return bool(book["payments"])


def whole(raw: Raw) -> Json:
    """Return the approval in an answer that is whole after all."""
    found = json.loads(raw.body)
    assert found["res_cd"] == "0000"
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("done", [True, False])
def test_reset(shop: Shop, done: bool) -> None:
    raw, book = charged_with(shop, {"do": "reset", "done": done})
    assert (raw.data, raw.reset) == (b"", True)
    assert charged(book) is done
    assert book["log"][-1]["http_status"] is None
    assert book["log"][-1]["verdict"] == ("approved" if done else "not done")


@pytest.mark.parametrize("done", [True, False])
def test_close(shop: Shop, done: bool) -> None:
    raw, book = charged_with(shop, {"do": "close", "done": done})
    assert (raw.data, raw.reset) == (b"", False)
    assert charged(book) is done


def test_reset_before_the_body_is_read(shop: Shop) -> None:
    async def work(client: Client) -> None:
        head = (
            f"POST {CHARGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            "Content-Length: 1000000\r\n\r\n"
        )
        raw = await client.bare(head.encode())
        assert (raw.data, raw.reset) == (b"", True)
        assert (await client.book())["log"] == []

    serve(work, faults=[{"on": "charge", "do": "reset_unread"}])


@pytest.mark.parametrize(("do", "reset"), [("cut", False), ("reset_mid", True)])
@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ({"after_bytes": 0}, lambda body: body == b""),
        ({"after_bytes": 7}, lambda body: body == b'{"res_c'),
        ({}, lambda body: len(body) == 10),
        ({"after_field": "tno"}, lambda body: body.endswith(b'"') and b'"tno":"20261121' in body),
        ({"before_field": "tno"}, lambda body: body.endswith(b'",') and b"tno" not in body),
        ({"after_field": "no_such"}, lambda body: len(body) == 10),
    ],
)
def test_cut_and_reset_in_mid_answer(
    shop: Shop, do: str, reset: bool, where: Json, fits: Callable[[bytes], bool]
) -> None:
    raw, book = charged_with(shop, {"do": do, **where})
    assert raw.reset is reset
    assert fits(raw.body)
    assert len(raw.body) < int(raw.header("Content-Length") or 0)
    assert charged(book)
    assert book["log"][-1]["http_status"] is None
    if "after_field" in where and b"tno" in raw.body:
        assert book["payments"][0]["tno"].encode() == raw.body[-15:-1]


@pytest.mark.parametrize("done", [True, False])
def test_hang(shop: Shop, done: bool) -> None:
    raw, book = charged_with(shop, {"do": "hang", "done": done, "for_s": 0.02})
    assert (raw.data, raw.reset) == (b"", False)
    assert charged(book) is done


def test_hang_until_the_client_leaves(shop: Shop) -> None:
    async def work(client: Client) -> None:
        waiting = asyncio.create_task(client.raw(CHARGE, shop.charge()))
        book = await client.until(lambda book: bool(book["payments"]))
        assert not waiting.done()
        assert book["log"][-1]["verdict"] == "approved"
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    serve(work, faults=[{"on": "charge", "do": "hang"}])


def test_slow(shop: Shop) -> None:
    async def work(client: Client) -> None:
        waiting = asyncio.create_task(client.raw(CHARGE, shop.charge()))
        await client.until(lambda book: bool(book["payments"]))
        assert not waiting.done()
        assert whole(await waiting)["amount"] == "55000"

    serve(work, faults=[{"on": "charge", "do": "slow", "delay_s": 0.5}])


def test_late_is_not_done_at_first(shop: Shop) -> None:
    raw, book = charged_with(shop, {"do": "late", "delay_s": 3600})
    assert (raw.data, raw.reset) == (b"", True)
    assert not charged(book)
    assert book["log"][-1]["verdict"] == "to be done late"


def test_late_is_done_at_last(shop: Shop) -> None:
    async def work(client: Client) -> None:
        raw = await client.raw(CHARGE, shop.charge())
        assert raw.reset
        book = await client.until(lambda book: bool(book["payments"]))
        assert book["counters"]["charge_requests"] == {"20261121AB01": 1}

    serve(work, faults=[{"on": "charge", "do": "late", "delay_s": 0.01}])


def test_late_may_hang(shop: Shop) -> None:
    async def work(client: Client) -> None:
        waiting = asyncio.create_task(client.raw(CHARGE, shop.charge()))
        await client.until(lambda book: bool(book["payments"]))
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    serve(work, faults=[{"on": "charge", "do": "late", "delay_s": 0.01, "lose": "hang"}])


def test_drip(shop: Shop) -> None:
    async def work(client: Client) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
        body = json.dumps(shop.charge()).encode()
        head = f"POST {CHARGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        first = await reader.read(65_536)
        assert 0 < len(first) < 100
        assert first == b"HTTP/1.1 200 OK"[: len(first)]
        assert len(await client.payments()) == 1
        writer.transport.abort()
        await asyncio.sleep(0)

    serve(work, faults=[{"on": "charge", "do": "drip", "bytes_per_s": 50}])


def test_drip_comes_to_an_end(shop: Shop) -> None:
    raw, _ = charged_with(shop, {"do": "drip", "bytes_per_s": 1_000_000})
    assert whole(raw)["amount"] == "55000"


@pytest.mark.parametrize("done", [True, False])
def test_garbage(shop: Shop, done: bool) -> None:
    raw, book = charged_with(shop, {"do": "garbage", "size": 99, "done": done})
    again, _ = charged_with(shop, {"do": "garbage", "size": 99})
    assert len(raw.data) == 99
    assert not raw.data.startswith(b"HTTP")
    assert raw.data == again.data
    assert charged(book) is done


def test_huge_body(shop: Shop) -> None:
    raw, book = charged_with(shop, {"do": "huge_body", "size": 3_000_000})
    assert len(raw.body) > 3_000_000
    assert whole(raw)["tno"] == book["payments"][0]["tno"]


def test_huge_headers(shop: Shop) -> None:
    raw, _ = charged_with(shop, {"do": "huge_headers", "size": 200_000, "count": 1000})
    assert raw.head.count("X-Padding-") == 1000
    assert len(raw.head) > 200_000
    assert whole(raw)


@pytest.mark.parametrize("bomb", [True, False])
def test_gzip(shop: Shop, bomb: bool) -> None:
    raw, _ = charged_with(shop, {"do": "gzip", "bomb": bomb, "size": 5_000_000})
    assert raw.header("Content-Encoding") == "gzip"
    unpacked = gzip.decompress(raw.body)
    assert (len(unpacked) > 5_000_000) is bomb
    assert len(raw.body) < 20_000
    assert json.loads(unpacked)["res_cd"] == "0000"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("done", [True, False])
def test_redirect(shop: Shop, status: int, done: bool) -> None:
    location = "http://127.0.0.1:1/elsewhere"
    raw, book = charged_with(
        shop, {"do": "redirect", "status": status, "location": location, "done": done}
    )
    assert (raw.status, raw.header("Location")) == (status, location)
    assert charged(book) is done


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("done", [True, False])
def test_http_errors(shop: Shop, status: int, done: bool) -> None:
    raw, book = charged_with(shop, {"do": "http", "status": status, "done": done})
    assert raw.status == status
    assert raw.body.startswith(b"<html>")
    assert charged(book) is done
    assert book["log"][-1]["http_status"] == status


def test_http_error_bodies(shop: Shop) -> None:
    empty, _ = charged_with(shop, {"do": "http", "body": "empty"})
    assert empty.body == b""
    text, _ = charged_with(shop, {"do": "http", "body": "json"})
    assert json.loads(text.body) == {"status": 500, "error": "Internal Server Error"}
    answer, book = charged_with(shop, {"do": "http", "body": "answer", "done": True})
    assert answer.status == 500
    assert whole(answer)["tno"] == book["payments"][0]["tno"]


@pytest.mark.parametrize("done", [True, False])
def test_reply(shop: Shop, done: bool) -> None:
    rule = {"do": "reply", "res_cd": "8041", "http_status": 503, "done": done}
    raw, book = charged_with(shop, rule)
    assert raw.status == 503
    assert json.loads(raw.body) == {"res_cd": "8041", "res_msg": "PG 엔진 타임아웃"}
    assert charged(book) is done


@pytest.mark.parametrize(
    ("switch", "answer", "booked", "code"),
    [
        ("accept", "first", 2, "0000"),
        ("accept", "second", 2, "0000"),
        ("8128", "first", 1, "0000"),
        ("8128", "second", 1, "8128"),
    ],
)
def test_duplicate(shop: Shop, switch: str, answer: str, booked: int, code: str) -> None:
    async def work(client: Client) -> None:
        raw = await client.raw(CHARGE, shop.charge())
        book = await client.book()
        assert json.loads(raw.body)["res_cd"] == code
        assert len(book["payments"]) == booked
        assert book["counters"]["charge_requests"] == {"20261121AB01": 1}
        if switch == "accept":
            told = book["payments"][0 if answer == "first" else 1]["tno"]
            assert json.loads(raw.body)["tno"] == told

    rule = {"on": "charge", "do": "duplicate", "answer": answer}
    serve(work, faults=[rule], switches={"duplicate_order": switch})


def test_junk_after_the_answer(shop: Shop) -> None:
    raw, _ = charged_with(shop, {"do": "pipelined_junk"})
    length = int(raw.header("Content-Length") or 0)
    assert json.loads(raw.body[:length])["res_cd"] == "0000"
    assert raw.body[length:].startswith(b"HTTP/1.1 200 OK")


def test_continue_before_the_answer(shop: Shop) -> None:
    raw, _ = charged_with(shop, {"do": "continue_100", "count": 3})
    assert raw.data.startswith(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + b"HTTP/1.1 200 OK")


def test_framings(shop: Shop) -> None:
    chunked, _ = charged_with(shop, {"do": "chunked"})
    assert chunked.header("Transfer-Encoding") == "chunked"
    assert chunked.header("Content-Length") is None
    assert chunked.body.endswith(b"\r\n0\r\n\r\n")
    unframed, _ = charged_with(shop, {"do": "no_length"})
    assert unframed.header("Content-Length") is None
    assert whole(unframed)
    long, book = charged_with(shop, {"do": "wrong_length", "by": 10})
    assert int(long.header("Content-Length") or 0) == len(long.body) + 10
    assert charged(book)
    short, _ = charged_with(shop, {"do": "wrong_length", "by": -10})
    assert int(short.header("Content-Length") or 0) == len(short.body) - 10


SPOILED: dict[str, Callable[[bytes], bool]] = {
    "empty": lambda body: body == b"",
    "html": lambda body: body.startswith(b"<html>"),
    "array": lambda body: isinstance(json.loads(body), list),
    "string": lambda body: isinstance(json.loads(body), str),
    "null": lambda body: body == b"null",
    "nan": lambda body: b'"amount":NaN' in body,
    "infinity": lambda body: b'"amount":Infinity' in body,
    "duplicate_keys": lambda body: body.count(b'"res_cd":') == 2,
    "number_amount": lambda body: json.loads(body)["amount"] == 55000,
    "float_amount": lambda body: b'"amount":55000.0' in body,
    "bool_amount": lambda body: json.loads(body)["amount"] is True,
    "huge_number": lambda body: b"9" * 5000 in body,
    "deep": lambda body: b"[" * 100_000 in body,
    "bom": lambda body: body.startswith(b"\xef\xbb\xbf{"),
    "cp949": lambda body: "정상 처리".encode("cp949") in body,
    "invalid_utf8": lambda body: b"\xff\xfe" in body,
    "truncated": lambda body: body.startswith(b'{"res_cd"') and not body.endswith(b"}"),
    "two_objects": lambda body: b"}{" in body,
}


@pytest.mark.parametrize("kind", BODY_KINDS)
def test_spoiled_bodies(shop: Shop, kind: str) -> None:
    raw, book = charged_with(shop, {"do": "body", "kind": kind})
    assert raw.status == 200
    assert len(raw.body) == int(raw.header("Content-Length") or -1)
    assert SPOILED[kind](raw.body)
    assert charged(book)


@pytest.mark.parametrize("kind", BODY_KINDS)
def test_spoiled_bodies_of_nothing_done(shop: Shop, kind: str) -> None:
    raw, book = charged_with(shop, {"do": "body", "kind": kind, "done": False})
    assert raw.status == 200
    assert b"tno" not in raw.body
    assert b'"res_cd":"0000"' not in raw.body
    assert not charged(book)


def test_edit(shop: Shop) -> None:
    values = {"res_cd": 0, "amount": None, "x": [1, {"y": "\ud800"}]}
    raw, book = charged_with(shop, {"do": "edit", "set": values, "remove": ["tno", "none"]})
    found = json.loads(raw.body)
    assert {name: found[name] for name in values} == values
    assert "tno" not in found
    assert found["order_no"] == "20261121AB01"
    assert charged(book)


def test_headers(shop: Shop) -> None:
    rule = {"do": "headers", "set": {"Content-Type": "text/html", "X-Odd": "1"}, "status": 201}
    raw, _ = charged_with(shop, rule)
    assert raw.status == 201
    assert (raw.header("Content-Type"), raw.header("X-Odd")) == ("text/html", "1")
    assert raw.head.lower().count("content-type") == 1
    assert whole(raw)


def test_refuse(shop: Shop) -> None:
    async def work(client: Client) -> None:
        raw = await client.raw(CHARGE, shop.charge())
        assert (raw.data, raw.reset) == (b"", True)
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", client.server.port)
        await client.server.listen_again()
        assert await client.payments() == []
        assert await client.code(CHARGE, shop.charge()) == "0000"

    serve(work, faults=[{"on": "charge", "nth": 1, "do": "refuse", "for_s": 3600}])


def test_refuse_ends_by_itself(shop: Shop) -> None:
    async def work(client: Client) -> None:
        assert (await client.raw(CHARGE, shop.charge())).reset
        while True:
            try:
                answer = await client.raw(CHARGE, shop.charge())
            except ConnectionRefusedError:
                await asyncio.sleep(0.005)
                continue
            if not answer.reset:
                break
        assert whole(answer)

    serve(work, faults=[{"on": "charge", "nth": 1, "do": "refuse", "for_s": 0.05}])


@pytest.mark.parametrize(
    ("do", "reset"), [("reset", True), ("close", False), ("hang", False), ("refuse", True)]
)
def test_faults_of_a_connection(shop: Shop, do: str, reset: bool) -> None:
    async def work(client: Client) -> None:
        try:
            raw = await client.raw(CHARGE, shop.charge())
        except ConnectionError:
            raw = Raw(b"", reset=True)
        assert raw.data == b""
        # Bytes nobody read turn a plain close into a reset, too.
        assert raw.reset or not reset
        await client.server.listen_again()
        book = await client.until(lambda _: True)
        assert (book["log"], book["payments"]) == ([], [])

    more = {"for_s": 0.01} if do in ("hang", "refuse") else {}
    serve(work, faults=[{"on": "connection", "nth": 1, "do": do, **more}])


def test_only_the_operation_that_is_meant(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(INQUIRY, shop.inquiry(tno)) == "0000"
        raw = await client.raw(CANCEL, shop.full(tno))
        assert raw.reset
        assert (await client.payments())[0]["state"] == "STSC"
        assert (await client.book())["log"][-1]["fault"] == "reset"

    serve(work, faults=[{"on": "cancel", "do": "reset", "done": True}])


def test_a_fault_does_not_get_a_bad_request_through(shop: Shop) -> None:
    async def work(client: Client) -> None:
        raw = await client.raw(CHARGE, shop.charge(card_pwd="1"))
        assert (raw.data, raw.reset) == (b"", True)
        row = await client.last_row()
        assert (row["verdict"], row["res_cd"], row["fault"]) == ("refused", "8111", "reset")
        assert await client.payments() == []

    serve(work, faults=[{"on": "charge", "do": "reset", "done": True}])
