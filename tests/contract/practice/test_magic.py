"""Magic cards, amounts and words: each kind of answer can be had, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.practice.kcp.cards import MAGIC_KINDS
from pos_app.practice.kcp.charge import Charge
from pos_app.practice.kcp.codes import OPEN_OUTCOME, TABLE
from pos_app.practice.kcp.magic import BEHAVIOURS, Script, script_of
from pos_app.practice.kcp.tax import ordinary
from tests.contract.practice.shop import CANCEL, CHARGE, INQUIRY, Client, Json, Shop, serve


def magic(what: str, number: int | str) -> str:
    return f"400000{what}{number:0>4}0000"


CODES = sorted(set(TABLE) - {"0000"})


def declined_and_charged(shop: Shop, codes: Iterable[str]) -> None:
    async def work(client: Client) -> None:
        net = 0
        for number, code in enumerate(codes):
            for paid in ("", " PAID"):
                order = f"W{number}{paid.strip()}"
                words = f"PRACTICE {code}{paid}"
                answer = await client.post(CHARGE, shop.charge(ordr_idxx=order, buyr_name=words))
                assert answer["res_cd"] == code
                assert set(answer) == {"res_cd", "res_msg"}
                net += 55000 if paid and code != "9047" else 0
                assert (await client.book())["totals"]["net"] == net

    serve(work)


def test_every_open_outcome_code_charged_and_not_charged(shop: Shop) -> None:
    declined_and_charged(shop, OPEN_OUTCOME)


def test_every_reply_code_can_be_had(shop: Shop) -> None:
    async def work(client: Client) -> None:
        got = [
            await client.code(CHARGE, shop.charge(ordr_idxx=f"A{n}", good_name=f"연습 {code}"))
            for n, code in enumerate(CODES)
        ]
        assert got == CODES
        assert await client.payments() == []

    serve(work)


def test_a_code_of_ones_own(shop: Shop) -> None:
    declined_and_charged(shop, ["S032", "9Z99", "8E01"])


@pytest.mark.parametrize(
    ("card", "code", "charged"),
    [
        (magic("11", 61), "CC61", False),
        (magic("11", 63), "CC63", False),
        (magic("21", 72), "CC72", True),
        (magic("10", 8041), "8041", False),
        (magic("20", 8041), "8041", True),
        (magic("20", 9048), "9048", True),
        (magic("00", 2), "0000", True),
        (magic("60", 8041), "0000", True),
        (magic("12", 8041), "0000", True),
        (magic("10", 0), "0000", True),
        ("4000001100610", "0000", True),
    ],
)
def test_cards_choose_the_answer(shop: Shop, card: str, code: str, charged: bool) -> None:
    async def work(client: Client) -> None:
        assert await client.code(CHARGE, shop.charge(card_no=card)) == code
        assert len(await client.payments()) == charged
        verdict = (await client.last_row())["verdict"]
        assert verdict == (
            "approved" if code == "0000"
            else "charged, answered otherwise" if charged
            else "refused"
        )  # fmt: skip

    serve(work)


def test_the_last_four_digits_are_free(shop: Shop) -> None:
    assert serve(lambda c: c.code(CHARGE, shop.charge(card_no="4000001100610009"))) == "CC61"


def test_9047_charges_and_cancels(shop: Shop) -> None:
    async def work(client: Client) -> None:
        assert await client.code(CHARGE, shop.charge(card_no=magic("20", 9047))) == "9047"
        payment = (await client.payments())[0]
        assert (payment["state"], payment["balance"]) == ("STSC", 0)
        assert payment["cancels"][0]["by"] == "gateway"

    serve(work)


@pytest.mark.parametrize(
    ("amount", "code"),
    [(10061, "CC61"), (10063, "CC63"), (10004, "CC04"), (10060, "0000"), (10050, "0000"),
     (10011, "0000"), (10000, "0000"), (10100, "0000"),
     (10110, "0000"), (10120, "0000"), (10200, "0000"), (110061, "0000")],
)  # fmt: skip
def test_amounts_choose_the_answer(shop: Shop, amount: int, code: str) -> None:
    assert serve(lambda c: c.code(CHARGE, shop.charge(amount=str(amount)))) == code


@pytest.mark.parametrize(
    "words", ["PRACTICE SALE", "PRACTICE", "PRACTICE 0000", "XPRACTICE CC61", "PRACTICE CC61 X"]
)
def test_other_words_are_only_words(shop: Shop, words: str) -> None:
    assert serve(lambda c: c.code(CHARGE, shop.charge(buyr_name=words))) == "0000"


@pytest.mark.parametrize(
    "changes",
    [{"card_no": magic("11", 61)}, {"amount": "10061"}, {"buyr_name": "PRACTICE CC61"}],
)
def test_magic_can_be_turned_off(shop: Shop, changes: Json) -> None:
    code = serve(lambda c: c.code(CHARGE, shop.charge(**changes)), switches={"magic": False})
    assert code == "0000"


@given(
    card=st.from_regex(r"[1-9][0-9]{12,18}", fullmatch=True).filter(
        lambda number: not number.startswith("400000")
    ),
    amount=st.integers(1000, 10**9).filter(lambda won: not 10_000 < won < 10_200),
    name=st.text(max_size=30).filter(lambda text: not text.strip().upper().startswith("PRACTICE")),
)
def test_everything_else_is_approved(card: str, amount: int, name: str) -> None:
    charge = Charge("T0000", "A1", amount, "00", "꽃", name, ordinary(amount), card)
    if not name.strip().startswith("연습"):
        assert script_of(charge) == Script()


CANCELS = [
    (magic("30", 8178), "8178", ["8178", "8178", "8178"], 55000),
    (magic("31", 8), "CC08", ["CC08", "CC08", "CC08"], 55000),
    (magic("30", 8387), "8387", ["8387", "0000", "8133"], 0),
    (magic("40", 8387), "8387", ["8387", "8133", "8133"], 0),
    (magic("41", 72), "CC72", ["CC72", "8133", "8133"], 0),
    (magic("90", 15), "cancelled before", ["8133", "8133", "8133"], 0),
    (magic("80", 10), "prepaid", ["8379", "8379", "8379"], 55000),
]


@pytest.mark.parametrize(("card", "name", "codes", "left"), CANCELS, ids=[c[1] for c in CANCELS])
def test_cards_choose_what_a_cancel_gets(
    shop: Shop, card: str, name: str, codes: list[str], left: int
) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge(card_no=card)))["tno"]
        assert [await client.code(CANCEL, shop.full(tno)) for _ in codes] == codes
        assert (await client.payments())[0]["balance"] == left

    serve(work)


@pytest.mark.parametrize(
    ("words", "code", "left"),
    [("PRACTICE 8178", "8178", 55000), ("연습 8387 DONE", "8387", 0), ("PRACTICE", "0000", 0)],
)
def test_the_reason_chooses_what_this_cancel_gets(
    shop: Shop, words: str, code: str, left: int
) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(CANCEL, shop.full(tno, mod_desc=words)) == code
        assert (await client.payments())[0]["balance"] == left

    serve(work)


@pytest.mark.parametrize("card", [magic("80", 6), magic("90", 16)])
@pytest.mark.parametrize("code", ["8141", "8142"])
def test_partial_cancel_refused(shop: Shop, card: str, code: str) -> None:
    async def work(client: Client) -> None:
        sale = await client.approved(shop.charge(card_no=card))
        assert sale["partcanc_yn"] == ("N" if card == magic("80", 6) else "Y")
        assert await client.code(CANCEL, shop.partial(sale["tno"], 1000, 55000)) == code
        assert await client.code(CANCEL, shop.full(sale["tno"])) == "0000"

    serve(work, switches={"partial_refused": code})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"card_no": magic("50", 8996)}, "8996"),
        ({"card_no": magic("51", 99)}, "CC99"),
        ({"buyr_name": "PRACTICE INQUIRY S032"}, "S032"),
    ],
)
def test_what_an_inquiry_gets(shop: Shop, changes: Json, code: str) -> None:
    async def work(client: Client) -> None:
        sale = await client.approved(shop.charge(**changes))
        assert await client.code(INQUIRY, shop.inquiry(sale["tno"])) == code

    serve(work)


def behaves(shop: Shop, number: int) -> tuple[Json | None, Json]:
    """Charge with a behaviour; return the answer (None: none came) and the book."""

    async def work(client: Client) -> tuple[Json | None, Json]:
        answer: Json | None = None
        try:
            got = await client.http.post(CHARGE, json=shop.charge(card_no=magic("90", number)))
            answer = got.json() if got.headers["content-type"].startswith("app") else None
        except httpx.TransportError:
            answer = None
        return answer, await client.book()

    return serve(work, switches={"slow_s": 0.01})


@pytest.mark.parametrize(
    ("number", "differs"),
    [
        (1, {}), (3, {"amount": "54999", "card_mny": "54999"}), (4, {"amount": "55001"}),
        (5, {"order_no": "ANOTHERORDER0001"}), (6, {"tno": None}), (19, {"quota": "36"}),
        (20, {}), (21, {"tno": "2026'; --"}), (22, {"amount": 55000}),
        (23, {"card_no": magic("90", 23)}),
    ],
)  # fmt: skip
def test_behaviours_with_an_answer(shop: Shop, number: int, differs: Json) -> None:
    answer, book = behaves(shop, number)
    assert answer is not None
    assert answer["res_cd"] == "0000"
    assert {name: answer.get(name) for name in differs} == differs
    right = {"amount": "55000", "order_no": "20261121AB01", "quota": "00"}
    assert {n: answer[n] for n in right if n not in differs} == {
        n: value for n, value in right.items() if n not in differs
    }
    booked = {3: 54999, 4: 55001}.get(number, 55000)
    assert [payment["amount"] for payment in book["payments"]] == [booked]


@pytest.mark.parametrize(
    ("number", "charged"),
    [(7, True), (8, False), (9, True), (10, True), (11, True), (12, False)],
)
def test_behaviours_without_an_answer(shop: Shop, number: int, charged: bool) -> None:
    answer, book = behaves(shop, number)
    assert answer is None
    assert len(book["payments"]) == charged
    assert book["log"][-1]["fault"].startswith("magic:")


def test_a_late_charge(shop: Shop) -> None:
    async def work(client: Client) -> None:
        with pytest.raises(httpx.TransportError):
            await client.post(CHARGE, shop.charge(card_no=magic("90", 2)))
        book = await client.until(lambda book: book["log"][-1]["verdict"] == "approved")
        assert [payment["order_no"] for payment in book["payments"]] == ["20261121AB01"]

    serve(work, switches={"slow_s": 0.01})


@pytest.mark.parametrize(("number", "charged"), [(13, True), (14, False)])
def test_hanging_behaviours(shop: Shop, number: int, charged: bool) -> None:
    async def work(client: Client) -> None:
        with pytest.raises(httpx.ReadTimeout):
            await client.http.post(
                CHARGE, json=shop.charge(card_no=magic("90", number)), timeout=0.3
            )
        assert len(await client.payments()) == charged

    serve(work)


@pytest.mark.parametrize(
    ("number", "said"),
    [(25, {"order_no": "ANOTHER0001"}), (24, {"res_cd": "8132"})],
)
def test_inquiry_behaviours(shop: Shop, number: int, said: Json) -> None:
    async def work(client: Client) -> None:
        sale = await client.approved(shop.charge(card_no=magic("90", number)))
        found = await client.post(INQUIRY, shop.inquiry(sale["tno"]))
        assert {name: found[name] for name in said} == said

    serve(work)


@pytest.mark.parametrize(
    ("number", "said", "left"),
    [
        (17, None, 0),
        (18, None, 55000),
        (26, {"res_cd": "0000", "tno": "20200101000001"}, 0),
        (27, {"res_cd": "0000", "rem_mny": "1"}, 0),
    ],
)
def test_cancel_behaviours(shop: Shop, number: int, said: Json | None, left: int) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge(card_no=magic("90", number))))["tno"]
        if said is None:
            with pytest.raises(httpx.TransportError):
                await client.post(CANCEL, shop.full(tno))
        else:
            answer = await client.post(CANCEL, shop.full(tno))
            assert {name: answer[name] for name in said} == said
        assert (await client.payments())[0]["balance"] == left
        assert await client.code(CANCEL, shop.full(tno)) == ("8133" if left == 0 else "0000")

    serve(work)


@pytest.mark.parametrize(("number", "charged"), [(28, False), (29, True)])
def test_a_code_nobody_knows(shop: Shop, number: int, charged: bool) -> None:
    answer, book = behaves(shop, number)
    assert answer is not None
    assert answer["res_cd"] == "ZZ99"
    assert len(book["payments"]) == charged


def test_hostile_text(shop: Shop) -> None:
    answer, _ = behaves(shop, 30)
    assert answer is not None
    assert "<img" in answer["res_msg"]
    assert "\u202e" in answer["res_msg"]


def test_behaviours_by_amount_and_by_word(shop: Shop) -> None:
    async def work(client: Client) -> None:
        by_amount = await client.post(CHARGE, shop.charge(ordr_idxx="A1", amount="10106"))
        by_word = await client.post(CHARGE, shop.charge(ordr_idxx="A2", buyr_name="PRACTICE DO 06"))
        assert "tno" not in by_amount
        assert "tno" not in by_word
        assert len(await client.payments()) == 2

    serve(work)


def test_a_refused_request_is_refused_in_spite_of_magic(shop: Shop) -> None:
    async def work(client: Client) -> None:
        for body in (
            shop.charge(card_no=magic("90", 7), card_pwd="1"),
            shop.charge(card_no=magic("90", 7), kcp_cert_info="x"),
        ):
            assert await client.code(CHARGE, body) in ("8111", "8002")
        assert (await client.last_row())["fault"] is None

    serve(work)


def test_a_wrong_cancel_does_not_get_the_lost_answer(shop: Shop) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge(card_no=magic("90", 17))))["tno"]
        assert await client.code(CANCEL, shop.full(tno, kcp_sign_data="x")) == "8002"
        assert (await client.payments())[0]["balance"] == 55000

    serve(work)


def test_the_tables_have_no_holes() -> None:
    assert list(BEHAVIOURS) == list(range(1, len(BEHAVIOURS) + 1))
    assert list(MAGIC_KINDS) == list(range(1, len(MAGIC_KINDS) + 1))
    assert len(TABLE) == 320
