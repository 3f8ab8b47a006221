"""Rows 41-56: answers that say something other than what is so, at both gateways."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.domain.errors import UserMistake
from pos_app.domain.facts import Prepared
from pos_app.domain.refunds import RefundState
from pos_app.gateways.vendor_text import MESSAGE_MAX
from pos_app.services.news import News, Trouble
from pos_app.ui.words import why_words
from tests.contract.gateways.shop import make_card
from tests.contract.ledger.cases import opened
from tests.faults.rows import row
from tests.faults.struck import (
    BOTH,
    NOT_BY_ORDER,
    PATIENT,
    REF_FIELD,
    S,
    Struck,
    on_charge,
    sale_under,
    sell_through,
)
from tests.faults.terminals import Terminal, run, terminal

#: The practice gateway's magic cards (pos_app/practice/README.md).
LOWER, HIGHER = "4000 0090 0003 0000", "4000 0090 0004 0000"
OTHER_ORDER, NO_NUMBER, ODD_NUMBER = (
    "4000 0090 0005 0000",
    "4000 0090 0006 0000",
    "4000 0090 0021 0000",
)
WHOLE_NUMBER_SHOWN = "4000 0090 0023 0000"
UNLISTED, UNLISTED_CHARGED = "4000 0090 0028 0000", "4000 0090 0029 0000"
HOSTILE_TEXT, NO_PARTS = "4000 0090 0030 0000", "4000 0080 0006 0009"
OVER_LIMIT = "4000 0011 0061 0005"
FAILED_WITH_CODE_0 = "4000 0090 0033 0000"


def edited(**fields: object) -> dict[str, object]:
    """Return the rule that changes fields of the answer to the charge."""
    return on_charge("edit", set=fields)


def alarms_of(till: Terminal) -> list[str]:
    """Return a list that fills with the code of every trouble that is told."""
    told: list[str] = []

    def hear(news: News) -> None:
        if isinstance(news, Trouble):
            told.append(getattr(news.error, "code", type(news.error).__name__))

    till.bench.news.subscribe(hear)
    return told


def settled_by_look_up(struck: Struck) -> None:
    """The answer was not believed, the look-up found what was charged."""
    assert struck.states == (S.UNKNOWN, S.APPROVED)


def given_back(struck: Struck) -> None:
    """What was charged is not what was asked for: it went back, all of it."""
    assert struck.first.state is S.MISMATCH
    assert struck.first.mismatch is not None
    assert struck.last.state is S.REVERSED
    assert struck.kinds.index("reversal_sending") < struck.kinds.index("reversed")
    assert struck.held == 0


@row(41, *BOTH)
@pytest.mark.parametrize("code", ["0000 ", 0, "00000", "0", True, 0.0, None])
def test_row_041_a_code_that_only_looks_like_success(
    vendor: str, code: object, tmp_path: Path
) -> None:
    """KCP says "0000" as text, PortOne 0 as a number; nothing else is either of them."""
    if vendor == "portone" and type(code) is int:
        code = False
    fields = {"kcp": "res_cd", "portone": "code"}
    settled_by_look_up(sale_under(vendor, tmp_path, edited(**{fields[vendor]: code})))


@row(42, *BOTH)
def test_row_042_approved_without_a_number(vendor: str, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, card=NO_NUMBER)
    settled_by_look_up(struck)
    assert struck.first.why == "no_ref"
    assert struck.first.candidate_ref is None


@row(42, "kcp")
def test_row_042_without_a_number_and_nobody_to_ask(vendor: str, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, card=NO_NUMBER, settings=NOT_BY_ORDER, waiting=1)
    assert struck.states == (S.UNKNOWN, S.UNKNOWN)
    assert struck.last.person_needed


@row(43, *BOTH)
@pytest.mark.parametrize(
    "number", ['"26112114320731"', "'; DROP TABLE payments; --", "2" * 26 + "_" * 20, "", 7, None]
)
def test_row_043_a_number_that_is_none(vendor: str, number: object, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, edited(**{REF_FIELD[vendor]: number}))
    settled_by_look_up(struck)
    assert struck.first.candidate_ref is None
    assert "DROP TABLE" not in struck.said


@row(43, *BOTH)
def test_row_043_the_gateways_own_odd_number(vendor: str, tmp_path: Path) -> None:
    settled_by_look_up(sale_under(vendor, tmp_path, card=ODD_NUMBER))


@row(44, *BOTH)
def test_row_044_one_won_lower(vendor: str, tmp_path: Path) -> None:
    given_back(sale_under(vendor, tmp_path, card=LOWER))


@row(44, *BOTH)
def test_row_044_one_won_lower_seen_by_the_look_up(vendor: str, tmp_path: Path) -> None:
    fault = on_charge("cut", after_field=REF_FIELD[vendor])
    struck = sale_under(vendor, tmp_path, fault, card=LOWER)
    assert struck.states == (S.UNKNOWN, S.REVERSED)
    assert struck.held == 0


@row(45, *BOTH)
def test_row_045_higher(vendor: str, tmp_path: Path) -> None:
    given_back(sale_under(vendor, tmp_path, card=HIGHER))


@row(46, *BOTH)
def test_row_046_another_order_number(vendor: str, tmp_path: Path) -> None:
    """The answer may be another till's: neither approved nor cancelled by it, but looked up."""

    async def story() -> None:
        async with terminal(vendor, tmp_path, settings=PATIENT) as till:
            alarms = alarms_of(till)
            struck = await sell_through(till, card=OTHER_ORDER)
            assert struck.states == (S.UNKNOWN, S.APPROVED)
            assert struck.first.candidate_ref == struck.last.gateway_ref
            assert struck.counts["cancel_requests"] == {}
            assert alarms == ["payment.answer_of_other"]

    run(story())


@row(47, "kcp")
@pytest.mark.parametrize(("field", "value"), [("site_cd", "XX999"), ("currency", "840")])
def test_row_047_another_site_or_currency(
    vendor: str, field: str, value: str, tmp_path: Path
) -> None:
    struck = sale_under(vendor, tmp_path, edited(**{field: value}))
    given_back(struck)
    assert struck.first.mismatch is not None
    assert struck.first.mismatch.field == field


@row(47, "portone")
def test_row_047_another_currency(vendor: str, tmp_path: Path) -> None:
    """PortOne's answers name no site; the token belongs to one."""
    struck = sale_under(vendor, tmp_path, edited(currency="USD"))
    given_back(struck)


#: Text by which an answer would do something where it is shown.
HOSTILE = {
    "html": '<b>승인</b><img src="http://evil.example/x"><a href="file:///etc/passwd">ok</a>',
    "direction": "\u202egnirts\u202c \u2066x\u2069 \u200f1,000",
    "control": "\x00\x07\x1b[31m\x1b]0;승인\x07\r\n\x7f\x85",
    "surrogate": "\ud800 x",
    "long": "가" * 30_000,
}


@row(48, *BOTH)
@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_row_048_a_hostile_message(vendor: str, kind: str, tmp_path: Path) -> None:
    """What is kept of it is short and visible text."""
    fields = {"kcp": "res_msg", "portone": "fail_reason"}
    fault = edited(**{fields[vendor]: f"{HOSTILE[kind]} 한도초과"})
    struck = sale_under(vendor, tmp_path, fault, card=OVER_LIMIT)
    if struck.last.state is not S.DECLINED:
        # Too long to be judged: then nothing is believed of it, and the look-up decides.
        assert (vendor, kind) == ("portone", "long")
    said = struck.last.refusal
    assert said is not None
    assert 0 < len(said.raw_message) <= MESSAGE_MAX
    assert all(char.isprintable() for char in said.raw_message)


@row(48, *BOTH)
def test_row_048_a_megabyte_of_message(vendor: str, tmp_path: Path) -> None:
    fields = {"kcp": "res_msg", "portone": "message"}
    struck = sale_under(vendor, tmp_path, edited(**{fields[vendor]: "A" * 1024 * 1024}))
    settled_by_look_up(struck)
    assert struck.first.why == "too_big"
    assert len(struck.said) < 100_000


@row(48, *BOTH)
def test_row_048_hostile_text_in_an_approval(vendor: str, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, card=HOSTILE_TEXT)
    assert struck.states == (S.APPROVED, S.APPROVED)
    assert not [char for char in struck.said if char in "\x00\x1b\u202e\u2066"]


@row(49, "kcp")
@pytest.mark.parametrize("card", [UNLISTED, UNLISTED_CHARGED])
def test_row_049_a_code_no_list_knows(vendor: str, card: str, tmp_path: Path) -> None:
    """By the table what is unexpected is open (R10): shown with its code, settled by look-up."""
    struck = sale_under(vendor, tmp_path, card=card)
    end = S.APPROVED if card == UNLISTED_CHARGED else S.NOT_CHARGED
    assert struck.states == (S.UNKNOWN, end)
    assert struck.first.why == "code.ZZ99"
    assert "ZZ99" in why_words(struck.first.why)


@row(49, "portone")
@pytest.mark.parametrize("done", [True, False])
def test_row_049_an_envelope_code_no_paper_names(vendor: str, done: bool, tmp_path: Path) -> None:
    fault = on_charge("reply", res_cd="77", res_msg="모르는 말", done=done)
    struck = sale_under(vendor, tmp_path, fault)
    assert struck.states == (S.UNKNOWN, S.APPROVED if done else S.NOT_CHARGED)
    assert "77" in why_words(struck.first.why)


ALREADY = {
    "kcp": [("8128", ""), ("8094", ""), ("8338", ""), ("9167", ""), ("7101", ""),
            ("CC61", "중복 주문번호"), ("CC61", "already paid")],
    "portone": [("1", "중복된 주문번호입니다."), ("1", "이미 결제된 merchant_uid 입니다."),
                ("-1", "already paid"), ("1", "[8128] 신용카드 중복거래 요청 거절")],
}  # fmt: skip


@row(50, *BOTH)
@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("done", [True, False])
def test_row_050_already_paid(vendor: str, number: int, done: bool, tmp_path: Path) -> None:
    """Never a refusal: an earlier delivery of the same charge may have been approved."""
    code, message = ALREADY[vendor][number % len(ALREADY[vendor])]
    said = {"res_msg": message} if message else {}
    fault = on_charge("reply", res_cd=code, done=done, **said)
    struck = sale_under(vendor, tmp_path, fault)
    assert struck.states == (S.UNKNOWN, S.APPROVED if done else S.NOT_CHARGED)


@row(51, "kcp")
def test_row_051_no_partial_cancels(vendor: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with terminal(vendor, tmp_path, settings=PATIENT) as till:
            sale = await till.sold(50_000, make_card(NO_PARTS.replace(" ", "")))
            with pytest.raises(UserMistake) as refused:
                await till.refund(sale, 20_000)
            assert refused.value.code == "refund.partial_not_allowed"
            assert till.cancels(sale) == 0
            await till.refund(sale, 50_000)
            after = await till.rest(sale)
            assert [refund.state for refund in after.refunds] == [RefundState.DONE]
            await till.agrees()

    run(story())


@row(51, "portone")
def test_row_051_partial_cancels_refused_by_the_gateway(vendor: str, tmp_path: Path) -> None:
    """PortOne's answers do not say beforehand; its refusal is shown, nothing moved."""

    async def story() -> None:
        async with terminal(vendor, tmp_path, settings=PATIENT) as till:
            sale = await till.sold(50_000, make_card(NO_PARTS.replace(" ", "")))
            await till.refund(sale, 20_000)
            after = await till.rest(sale)
            assert [refund.state for refund in after.refunds] == [RefundState.REFUSED]
            assert after.balance.amount == till.balance(sale) == 50_000
            await till.agrees()

    run(story())


@row(52, *BOTH)
def test_row_052_the_whole_card_number(vendor: str, tmp_path: Path) -> None:
    """Not in a fact, not in the ledger's files."""
    digits = WHOLE_NUMBER_SHOWN.replace(" ", "")

    async def story() -> None:
        async with terminal(vendor, tmp_path, settings=PATIENT) as till:
            struck = await sell_through(till, card=digits)
            assert struck.last.state is S.APPROVED
            approval = struck.last.approval
            assert approval is not None
            assert approval.card_masked in {"", digits[:6] + "******" + digits[-4:]}
            assert digits not in struck.said
            with opened(tmp_path / "ledger") as ledger:
                for entry in await till.ledger.entries(struck.last.payment_id):
                    if isinstance(entry.fact, Prepared):
                        record = await ledger.prepare(entry.author, entry.fact)
                    else:
                        record = await ledger.append(
                            record.payment_id, entry.author, entry.fact, version=record.version
                        )
        files = [file for file in (tmp_path / "ledger").rglob("*") if file.is_file()]
        assert files
        assert not [file for file in files if digits.encode() in file.read_bytes()]

    run(story())


@row(53, "portone")
@pytest.mark.parametrize("change", [{"status": "ready"}, {"status": "PAID"}, {"status": None}])
def test_row_053_code_0_and_not_paid(
    vendor: str, change: dict[str, object], tmp_path: Path
) -> None:
    settled_by_look_up(sale_under(vendor, tmp_path, edited(**change)))


@row(53, "portone")
def test_row_053_code_0_without_a_status(vendor: str, tmp_path: Path) -> None:
    settled_by_look_up(sale_under(vendor, tmp_path, on_charge("edit", remove=["status"])))


@row(53, "portone")
def test_row_053_code_0_and_failed(vendor: str, tmp_path: Path) -> None:
    struck = sale_under(vendor, tmp_path, card=FAILED_WITH_CODE_0)
    assert struck.states == (S.DECLINED, S.DECLINED)


#: The field that names the order in a look-up's answer.
ORDER_FIELD = {"kcp": "order_no", "portone": "merchant_uid"}
LOST = on_charge("reset", done=True)


@row(56, *BOTH)
def test_row_056_a_look_up_about_another_order(vendor: str, tmp_path: Path) -> None:
    """Not taken, told, and asked again: the next answer is ours."""
    crossed: dict[str, object] = {"on": "inquiry", "nth": 1, "do": "edit"}
    crossed["set"] = {ORDER_FIELD[vendor]: "2026112101ZZZZZZZZZZZZZZZZ"}

    async def story() -> None:
        async with terminal(vendor, tmp_path, faults=[LOST, crossed], settings=PATIENT) as till:
            alarms = alarms_of(till)
            struck = await sell_through(till)
            assert struck.states == (S.UNKNOWN, S.APPROVED)
            assert alarms == ["payment.look_up_of_other"]
            assert struck.kinds.count("looked_up") == 1
            assert "ZZZZZZ" not in struck.said

    run(story())


@row(56, *BOTH)
def test_row_056_every_look_up_is_about_another_order(vendor: str, tmp_path: Path) -> None:
    """Nothing is taken from any of them; a person is called."""
    crossed: dict[str, object] = {"on": "inquiry", "do": "edit"}
    crossed["set"] = {ORDER_FIELD[vendor]: "2026112101ZZZZZZZZZZZZZZZZ"}

    async def story() -> None:
        async with terminal(vendor, tmp_path, faults=[LOST, crossed], settings=PATIENT) as till:
            alarms = alarms_of(till)
            struck = await sell_through(till, waiting=1)
            assert struck.states == (S.UNKNOWN, S.UNKNOWN)
            assert struck.last.person_needed
            assert set(alarms) == {"payment.look_up_of_other"}
            assert struck.counts["cancel_requests"] == {}

    run(story())
