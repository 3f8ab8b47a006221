"""The control face and the server's own life: switches, plan, admin cancels, listening."""

from __future__ import annotations

import asyncio
import json

import pytest

from pos_app.practice import PracticeOptions, PracticeServer, PracticeTrouble
from pos_app.practice.switches import Switches, as_json, changed, from_text
from tests.contract.practice.shop import CANCEL, CHARGE, INQUIRY, Client, Json, Shop, serve


def test_health(shop: Shop) -> None:
    async def work(client: Client) -> None:
        answer = await client.http.get("/health")
        assert answer.json() == {"ok": True, "gateway": "practice"}

    serve(work)


def test_switches_change_at_run_time(shop: Shop) -> None:
    async def work(client: Client) -> None:
        assert (await client.http.get("/control")).json()["switches"]["test_limits"] is False
        answer = await client.post("/control", {"switches": {"test_limits": True}})
        assert answer["switches"]["test_limits"] is True
        assert await client.code(CHARGE, shop.charge()) == "8129"
        client.server.change({"switches": {"test_limits": False}})
        assert await client.code(CHARGE, shop.charge()) == "0000"

    serve(work)


def test_the_plan_changes_at_run_time(shop: Shop) -> None:
    async def work(client: Client) -> None:
        rule = {"on": "charge", "nth": 1, "do": "reply", "res_cd": "CC61"}
        for number in range(2):
            answer = await client.post("/control", {"faults": [rule]})
            assert answer["faults"] == [{**rule, "seen": 0, "fired": 0}]
            assert await client.code(CHARGE, shop.charge(ordr_idxx=f"A{number}")) == "CC61"
            assert await client.code(CHARGE, shop.charge(ordr_idxx=f"B{number}")) == "0000"
        faults = (await client.http.get("/control")).json()["faults"]
        assert (faults[0]["seen"], faults[0]["fired"]) == (2, 1)
        await client.post("/control", {"faults": {"seed": 5, "rules": [rule]}})
        assert (await client.http.get("/control")).json()["seed"] == 5
        await client.post("/control", {"seed": 6})
        again = (await client.http.get("/control")).json()
        assert (again["seed"], again["faults"][0]["fired"]) == (6, 0)
        await client.post("/control", {"faults": []})
        assert await client.code(CHARGE, shop.charge(ordr_idxx="C")) == "0000"

    serve(work)


NONSENSE = [
    {"switches": {"no_such": 1}},
    {"switches": {"masking": "none"}},
    {"switches": []},
    {"faults": [{"on": "charge", "do": "explode"}]},
    {"faults": 3},
    {"faults": {"rules": 3}},
    {"faults": {"seed": "x", "rules": []}},
    {"seed": "7"},
    {"seed": True},
    {"seed": None},
    {"refuse_for_s": -1},
    {"refuse_for_s": "1"},
    {"refuse_for_s": True},
    {"reset": True},
]


@pytest.mark.parametrize("wanted", NONSENSE, ids=json.dumps)
def test_nonsense_changes_nothing(wanted: Json) -> None:
    async def work(client: Client) -> None:
        before = (await client.http.get("/control")).json()
        mixed = {"switches": {"test_limits": True}, "faults": [], **wanted}
        answer = await client.http.post("/control", json=mixed)
        assert answer.status_code == 400
        assert answer.json()["error"]
        assert (await client.http.get("/control")).json() == before
        with pytest.raises(PracticeTrouble):
            client.server.change(mixed)

    serve(work)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"'])
def test_control_wants_an_object(body: bytes) -> None:
    async def work(client: Client) -> None:
        assert (await client.raw("/control", body)).status == 400

    serve(work)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Host": "example.com"},
        {"Host": "127.0.0.1.example.com:80"},
        {"Host": ""},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/book"), ("GET", "/health"), ("GET", "/control"), ("POST", "/control")],
)
def test_web_pages_are_turned_away(headers: dict[str, str], method: str, path: str) -> None:
    async def work(client: Client) -> None:
        answer = await client.http.request(method, path, headers=headers, json={})
        assert answer.status_code == 403

    serve(work)


def test_a_simple_form_cannot_control() -> None:
    async def work(client: Client) -> None:
        body = b'{"switches":{"test_limits":true}}'
        headers = {"Content-Type": "text/plain"}
        answer = await client.http.post("/control", content=body, headers=headers)
        assert answer.status_code == 400

    serve(work)


def test_addresses_that_are_none() -> None:
    async def work(client: Client) -> None:
        assert (await client.http.get("/")).status_code == 404
        assert (await client.http.get("/control/x")).status_code == 404
        assert (await client.http.post("/book", json={})).status_code == 405
        assert (await client.http.delete("/control")).status_code == 405
        assert (await client.http.get("/control/admin-cancel")).status_code == 405

    serve(work)


def test_a_cancel_behind_the_clients_back(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        one = await client.post("/control/admin-cancel", {"tno": tno, "amount": 5000})
        assert (one["balance"], one["cancels"][0]["by"]) == (50000, "admin")
        assert await client.code(CANCEL, shop.partial(tno, 1000, 55000)) == "8037"
        assert (await client.post(INQUIRY, shop.inquiry(tno)))["rem_mny"] == "50000"
        client.server.admin_cancel(tno)
        assert await client.code(CANCEL, shop.partial(tno, 1000, 50000)) == "8133"
        assert (await client.post(INQUIRY, shop.inquiry(tno)))["stat_ca_cd"] == "STSC"

    serve(work)


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"tno": "20200101000001"}, 404),
        ({}, 404),
        ({"tno": 5}, 404),
        ({"tno": "@", "amount": 0}, 409),
        ({"tno": "@", "amount": 55001}, 409),
        ({"tno": "@", "amount": "5000"}, 409),
        ({"tno": "@", "amount": True}, 409),
        ({"tno": "@", "all": True}, 409),
    ],
)
def test_admin_cancels_that_are_refused(shop: Shop, wanted: Json, status: int) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        body = {name: tno if value == "@" else value for name, value in wanted.items()}
        answer = await client.http.post("/control/admin-cancel", json=body)
        assert answer.status_code == status
        assert (await client.payments())[0]["balance"] == 55000

    serve(work)


def test_the_control_face_is_never_faulted(shop: Shop) -> None:
    async def work(client: Client) -> None:
        assert (await client.raw(CHARGE, shop.charge())).reset
        assert (await client.book())["log"][-1]["fault"] == "reset"
        assert (await client.post("/control", {"faults": []}))["faults"] == []

    serve(work, faults=[{"on": "any", "do": "reset"}])


def test_refused_on_request(shop: Shop) -> None:
    async def work(client: Client) -> None:
        answer = await client.post("/control", {"refuse_for_s": 3600})
        assert answer["seed"] == 0
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
            except ConnectionRefusedError:
                break
            writer.transport.abort()
            await asyncio.sleep(0)
        await client.server.listen_again()
        assert await client.code(CHARGE, shop.charge()) == "0000"

    serve(work)


def test_idle_connections_end_when_it_stops_listening() -> None:
    async def work(client: Client) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b'"ok":true' in await reader.readuntil(b"}")
        await client.server.stop_listening()
        await client.server.stop_listening()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.transport.abort()
        await client.server.listen_again()
        await client.server.listen_again()
        assert (await client.http.get("/health")).status_code == 200

    serve(work)


def test_several_requests_on_one_connection(shop: Shop) -> None:
    async def work(client: Client) -> None:
        body = json.dumps(shop.charge(ordr_idxx="A1")).encode()
        head = f"POST {CHARGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        one = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        last = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        raw = await client.bare(one + one + last)
        assert raw.data.count(b"HTTP/1.1 200") == 3
        assert raw.data.count(b'"res_cd":"0000"') == 1
        assert raw.data.count(b'"res_cd":"8128"') == 1

    serve(work)


def test_a_client_that_waits_for_100_continue(shop: Shop) -> None:
    async def work(client: Client) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
        body = json.dumps(shop.charge()).encode()
        head = f"POST {CHARGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        more = f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write((head + more).encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(body)
        assert b'"res_cd":"0000"' in await reader.read()
        writer.close()

    serve(work)


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01\x00\xa5\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_http_gets_400(data: bytes) -> None:
    async def work(client: Client) -> None:
        assert b" 400 " in (await client.bare(data + b"\r\n\r\n")).data
        assert (await client.http.get("/health")).status_code == 200

    serve(work)


def test_a_client_that_leaves_in_the_middle(shop: Shop) -> None:
    async def work(client: Client) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
        writer.write(f"POST {CHARGE} HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{{".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await client.book())["log"] == []

    serve(work)


def test_a_clients_leaving_does_not_undo_a_charge(shop: Shop) -> None:
    async def work(client: Client) -> None:
        body = json.dumps(shop.charge()).encode()
        _, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
        head = f"POST {CHARGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()
        await client.until(lambda book: bool(book["payments"]))

    serve(work)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "localhost", "::", "192.168.0.1"])  # noqa: S104 - refused
def test_only_loopback(host: str) -> None:
    with pytest.raises(ValueError, match="only"):
        PracticeOptions(host=host)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_ports_that_do_not_exist(port: int) -> None:
    with pytest.raises(PracticeTrouble):
        PracticeOptions(port=port)


def test_a_port_that_is_taken() -> None:
    async def work(client: Client) -> None:
        second = PracticeServer(PracticeOptions(port=client.server.port))
        with pytest.raises(PracticeTrouble):
            await second.start()
        await second.stop()

    serve(work)


def test_start_and_stop_twice() -> None:
    async def run() -> None:
        server = PracticeServer()
        await server.start()
        url = server.url
        await server.start()
        assert server.url == url
        assert url == f"http://127.0.0.1:{server.port}"
        await server.stop()
        await server.stop()
        with pytest.raises(PracticeTrouble):
            await server.start()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)

    asyncio.run(run())


def test_stopping_ends_what_is_under_way(shop: Shop) -> None:
    async def run() -> None:
        faults = [
            {"on": "charge", "nth": 1, "do": "hang"},
            {"on": "charge", "nth": 2, "do": "late", "delay_s": 3600},
        ]
        async with PracticeServer(PracticeOptions(faults=faults)) as server:
            waiting = asyncio.create_task(_post(server, shop.charge(ordr_idxx="A1")))
            while not server.book()["payments"]:  # noqa: ASYNC110 - the book has no event
                await asyncio.sleep(0.005)
            await _post(server, shop.charge(ordr_idxx="A2"))
        assert await waiting == b""
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def _post(server: PracticeServer, body: Json) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        data = json.dumps(body).encode()
        head = f"POST {CHARGE} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.transport.abort()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("test_limits=true", "test_limits", True),
        ("magic=False", "magic", False),
        ("max_quota=36", "max_quota", 36),
        ("slow_s=0.5", "slow_s", 0.5),
        ("slow_s=3", "slow_s", 3.0),
        ("sites=T0000,A52Q7", "sites", ["T0000", "A52Q7"]),
        ("masking=zeros", "masking", "zeros"),
        ("date_skew_s=-300", "date_skew_s", -300),
    ],
)
def test_switches_from_the_command_line(text: str, name: str, value: object) -> None:
    assert as_json(changed(Switches(), dict([from_text(text)])))[name] == value


@pytest.mark.parametrize(
    "text",
    [
        "masking", "no_such=1", "=1", "test_limits=yes", "max_quota=x", "max_quota=11",
        "max_quota=37", "slow_s=-1", "masking=none", "auth_code=S1", "sites=T00",
        "refusal_status=418", "minimum_won=1.5",
    ],
)  # fmt: skip
def test_switches_that_do_not_fit(text: str) -> None:
    with pytest.raises(PracticeTrouble):
        changed(Switches(), dict([from_text(text)]))


@pytest.mark.parametrize(
    ("name", "value"),
    [("refusal_status", True), ("max_quota", "12"), ("magic", 1), ("sites", "T0000"),
     ("auth_code", 8002), ("slow_s", "1"), ("slow_s", False)],
)  # fmt: skip
def test_switches_of_the_wrong_type(name: str, value: object) -> None:
    with pytest.raises(PracticeTrouble):
        changed(Switches(), {name: value})
