"""Look-ups: what is found, paged, sorted, hidden, and what is found too late."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.contract.practice.portone.till import AT, DAY_S, Till, magic, serve


async def found(till: Till, path: str) -> list[str]:
    answer = await till.told("GET", path)
    assert (answer["http"], answer["code"]) == (200, 0), answer
    return [row["merchant_uid"] for row in answer["response"]["list"]]


async def three(till: Till) -> None:
    """Sell A1, A2 and A3, a minute apart."""
    for number in (1, 2, 3):
        await till.paid(merchant_uid=f"A{number}")
        till.clock.move(60)


@pytest.mark.parametrize("path", ["/payments/findAll/NONE", "/payments/find/NONE",
                                  "/payments/imp_000000000000", "/payments?merchant_uid[]=NONE",
                                  "/payments/findAll/A1/failed"])  # fmt: skip
def test_nothing_found(path: str) -> None:
    async def work(till: Till) -> None:
        await till.paid()
        answer = await till.told("GET", path)
        assert (answer["http"], answer["response"]) == (404, None)
        assert answer["message"] == "존재하지 않는 결제정보입니다."

    serve(work)


@pytest.mark.parametrize("uid", ["가 나", "A B/../C?x=1", "50%", "a+b", "A1/paid", "#1"])
def test_a_number_has_to_be_encoded(uid: str) -> None:
    async def work(till: Till) -> None:
        await till.paid(merchant_uid=uid)
        path = f"/payments/findAll/{quote(uid, safe='')}"
        assert await found(till, path) == [uid]
        assert await found(till, f"{path}/paid") == [uid]

    serve(work)


def test_one_of_several_records() -> None:
    async def work(till: Till) -> None:
        await till.sell(card_number=magic("11", 61))
        till.clock.move(60)
        await till.paid()
        newest = (await till.told("GET", "/payments/find/A1"))["response"]
        assert newest["status"] == "paid"
        oldest = (await till.told("GET", "/payments/find/A1?sorting=started"))["response"]
        assert oldest["status"] == "failed"
        one = (await till.told("GET", "/payments/find/A1/failed"))["response"]
        assert one["status"] == "failed"
        assert await found(till, "/payments/findAll/A1") == ["A1", "A1"]
        assert await found(till, "/payments/findAll/A1/paid") == ["A1"]

    serve(work)


def test_pages() -> None:
    async def work(till: Till) -> None:
        await three(till)
        pages = []
        for number in (1, 2):
            path = f"/payments/status/paid?limit=2&page={number}&sorting=started"
            pages.append((await till.told("GET", path))["response"])
        assert [(p["total"], p["previous"], p["next"]) for p in pages] == [(3, 0, 2), (3, 1, 0)]
        assert [[row["merchant_uid"] for row in p["list"]] for p in pages] == [["A1", "A2"], ["A3"]]

    serve(work)


@pytest.mark.parametrize(
    "query",
    ["page=2", "page=0", "page=x", "limit=0", "limit=1001", "limit=1.5", "sorting=newest",
     "from=1&to=0", f"from={AT - 91 * DAY_S}&to={AT}", "from=x"],
)  # fmt: skip
def test_a_query_out_of_form(query: str) -> None:
    async def work(till: Till) -> None:
        await till.paid()
        answer = await till.told("GET", f"/payments/status/paid?{query}")
        assert (answer["http"], answer["code"]) == (400, -1)
        name = query.partition("=")[0]
        assert answer["message"].startswith(f"{name}: ")
        if "from" not in query:
            assert (await till.told("GET", f"/payments/findAll/A1?{query}"))["http"] == 400

    serve(work)


def test_a_status_that_is_none() -> None:
    async def work(till: Till) -> None:
        assert (await till.told("GET", "/payments/status/done"))["http"] == 400
        assert await found(till, "/payments/status/paid") == []

    serve(work)


@pytest.mark.parametrize(
    ("sorting", "order"),
    [("-started", ["A3", "A2", "A1"]), ("started", ["A1", "A2", "A3"]),
     ("-updated", ["A1", "A3", "A2"]), ("updated", ["A2", "A3", "A1"])],
)  # fmt: skip
def test_order(sorting: str, order: list[str]) -> None:
    async def work(till: Till) -> None:
        await three(till)
        await till.told("POST", "/payments/cancel", {"merchant_uid": "A1", "amount": 1000})
        assert await found(till, f"/payments/status/all?sorting={sorting}") == order
        if sorting == "-started":
            assert await found(till, "/payments/status/all") == order

    serve(work)


def test_the_window() -> None:
    async def work(till: Till) -> None:
        await three(till)
        assert await found(till, f"/payments/status/paid?from={AT}&to={AT + 60}") == ["A2", "A1"]
        assert await found(till, f"/payments/status/paid?to={AT}") == ["A1"]
        assert await found(till, f"/payments/status/paid?from={AT + 61}") == ["A3"]
        till.clock.move(90 * DAY_S - 180)
        await till.get_token()
        assert await found(till, "/payments/status/paid") == ["A3", "A2", "A1"]
        till.clock.move(1)
        assert await found(till, "/payments/status/paid") == ["A3", "A2"]

    serve(work)


def test_cancelled_ones_are_listed_when_they_were_cancelled() -> None:
    async def work(till: Till) -> None:
        await till.paid()
        till.clock.move(600)
        await till.told("POST", "/payments/cancel", {"merchant_uid": "A1"})
        assert await found(till, f"/payments/status/cancelled?from={AT + 600}") == ["A1"]
        assert await found(till, f"/payments/status/cancelled?from={AT}&to={AT + 599}") == []
        assert await found(till, "/payments/status/paid") == []

    serve(work)


def test_several_at_once() -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid())["imp_uid"]
        await till.paid(merchant_uid="A2")
        all_found = await till.told("GET", f"/payments?imp_uid[]={uid}&merchant_uid[]=A2")
        assert all_found["http"] == 200
        assert [row["merchant_uid"] for row in all_found["response"]] == ["A1", "A2"]
        some = await till.told("GET", f"/payments?imp_uid[]={uid}&merchant_uid[]=A3")
        assert (some["http"], len(some["response"])) == (207, 1)
        assert (await till.told("GET", "/payments"))["http"] == 400
        many = "&".join(f"merchant_uid[]=B{number}" for number in range(101))
        assert (await till.told("GET", f"/payments?{many}"))["http"] == 400

    serve(work)


@pytest.mark.parametrize(
    ("hiding", "single", "listed"), [("single", 404, 200), ("all", 404, 404), ("none", 200, 200)]
)
def test_payments_of_test_channels(hiding: str, single: int, listed: int) -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid())["imp_uid"]
        for query, status in (("", single), ("?include_sandbox=false", single),
                              ("?include_sandbox=true", 200)):  # fmt: skip
            assert (await till.told("GET", f"/payments/{uid}{query}"))["http"] == status
        for path in ("findAll/A1", "find/A1"):
            assert (await till.told("GET", f"/payments/{path}"))["http"] == listed
            assert (await till.told("GET", f"/payments/{path}?include_sandbox=true"))["http"] == 200

    serve(work, switches={"portone_hiding": hiding})


def test_payments_of_live_channels_are_never_hidden() -> None:
    async def work(till: Till) -> None:
        uid = (await till.paid())["imp_uid"]
        assert (await till.told("GET", f"/payments/{uid}"))["response"]["sandbox"] is False

    channels = ["api_payment:kcp.A52LD:live:key"]
    serve(work, switches={"portone_channels": channels, "portone_hiding": "all"})


@pytest.mark.parametrize("until", ["absent", "ready"])
@pytest.mark.parametrize("by", ["switch", "magic"])
def test_found_late(until: str, by: str) -> None:
    async def work(till: Till) -> None:
        card = "4111111111111111" if by == "switch" else magic("90", 24)
        paid = await till.paid(card_number=card)
        path = f"/payments/{paid['imp_uid']}?include_sandbox=true"
        for moved in (0, 19):
            till.clock.move(moved)
            rows = await till.find_all("A1")
            assert [row["status"] for row in rows] == (["ready"] if until == "ready" else [])
            if rows:
                assert (rows[0]["paid_at"], rows[0]["apply_num"]) == (0, None)
            assert (await till.told("GET", path))["http"] == (200 if rows else 404)
        till.clock.move(1)
        assert (await till.find_all("A1"))[0]["status"] == "paid"
        assert (await till.told("GET", path))["response"] == paid

    wait = {"portone_visible_after_s": 20.0} if by == "switch" else {}
    serve(work, switches={"portone_until_visible": until, **wait})


def test_ready_by_magic() -> None:
    async def work(till: Till) -> None:
        await till.paid(card_number=magic("90", 31))
        assert [row["status"] for row in await till.find_all("A1")] == ["ready"]
        assert (await till.told("GET", "/payments/findAll/A1/paid"))["http"] == 404
        till.clock.move(20)
        assert [row["status"] for row in await till.find_all("A1")] == ["paid"]

    serve(work)


def test_a_look_up_answered_with_a_code() -> None:
    async def work(till: Till) -> None:
        await till.paid(card_number=magic("51", 72))
        answer = await till.told("GET", "/payments/findAll/A1")
        assert (answer["code"], answer["message"]) == (1, "[CC72]")

    serve(work)
