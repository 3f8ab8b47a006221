"""The reply codes: the whole table, and where two papers differ (kcp.md 4.1, money-safety.md 5)."""

from __future__ import annotations

import collections

import pytest

from pos_app.domain.answers import Advice, RefusalKind
from pos_app.gateways import kcp_codes as codes


def test_the_table_is_whole() -> None:
    rows = codes.table()
    counted = collections.Counter(row.klass for row in rows.values())
    assert len(rows) == 320
    assert counted == {
        "F": 91,
        "X": 61,
        "D": 57,
        "C": 38,
        "T": 37,
        "R": 11,
        "A": 11,
        "D/C": 6,
        "A?": 6,
        "OK": 1,
        "F/C": 1,
    }
    for code, row in rows.items():
        assert codes.CODE.fullmatch(code)
        assert row.meaning_ko.strip()
        assert row.meaning_en.strip().isprintable()


#: Classes of kcp.md 4.1.6 and the duplicates of money-safety.md 5: never "declined".
UNKNOWN = [
    "CC72",
    "7512",
    "3008",
    "3010",
    "8041",
    "8042",
    "8043",
    "8044",
    "8046",
    "8047",
    "8048",
    "8173",
    "8174",
    "8175",
    "8995",
    "8996",
    "8997",
    "7R01",
    "9048",
    "9047",
    "8050",
    "0900",
    "9999",
    "CC97",
    "CC98",
    "CC99",
    "8128",
    "8094",
    "8338",
    "9167",
    "7101",
    "8586",
    "8387",
    "8388",
    "8133",
    "8023",
    "CCA6",
    "8040",
    "CCAB",
    "CCA9",
    "8132",
    "8892",
]
DECLINED = [
    "CC01",
    "CC61",
    "CC63",
    "CC35",
    "CC37",
    "CC67",
    "8129",
    "8105",
    "8110",
    "9010",
    "CC75",
    "8045",
    "8171",
    "8172",
    "3004",
    "8005",
]


@pytest.mark.parametrize("code", UNKNOWN)
def test_a_charge_answered_so_may_have_been_made(code: str) -> None:
    assert not codes.is_declined(code, "")


@pytest.mark.parametrize("code", DECLINED)
def test_a_charge_answered_so_was_not_made(code: str) -> None:
    assert codes.is_declined(code, "")


@pytest.mark.parametrize("klass", ["D", "C", "F", "R", "D/C", "F/C"])
def test_every_code_of_a_refusing_class_declines_with_its_own_text(klass: str) -> None:
    for row in codes.table().values():
        if row.klass == klass:
            assert codes.is_declined(row.code, row.meaning_ko), row


@pytest.mark.parametrize("klass", ["X", "A", "A?", "T", "OK"])
def test_no_code_of_another_class_declines(klass: str) -> None:
    for row in codes.table().values():
        if row.klass == klass:
            assert not codes.is_declined(row.code, row.meaning_ko), row


@pytest.mark.parametrize("code", ["S032", "ZZ99", "1234", "CCP1"])
def test_a_code_nobody_listed_leaves_everything_open(code: str) -> None:
    assert not codes.is_declined(code, "한도초과")
    assert codes.cancel_refused(code, "취소불가") is None
    assert not codes.is_not_found(code)


@pytest.mark.parametrize(
    "message",
    [
        "중복 주문번호입니다",
        "이미 승인된 거래입니다",
        "기승인된 거래",
        "처리 진행 중입니다",
        "카드사 응답 시간 초과",
        "TIME-OUT",
        "통신 오류",
        "시스템 장애",
        "Order already paid",
        "duplicate order",
    ],
)
def test_a_refusal_whose_text_says_more_than_its_code_is_open(message: str) -> None:
    assert not codes.is_declined("CC03", message)
    assert codes.cancel_refused("8134", message) is None


@pytest.mark.parametrize(
    "message",
    [
        "한도초과",
        "1회 한도 초과",
        "사용횟수 초과",
        "단말기 승인거절",
        "유효기간 경과",
        "서비스 불가",
    ],
)
def test_ordinary_texts_stay_refusals(message: str) -> None:
    assert codes.is_declined("CC03", message)


@pytest.mark.parametrize(
    "code", ["8036", "8037", "8038", "8039", "8040", "8381", "8382", "8734", "CCA8", "CCA9"]
)
def test_a_balance_that_is_not_ours_is_looked_up(code: str) -> None:
    assert codes.cancel_refused(code, "") is RefusalKind.BALANCE


@pytest.mark.parametrize("code", ["8136", "8383", "8178", "8045"])
def test_some_cancels_are_possible_later(code: str) -> None:
    assert codes.cancel_refused(code, "") is RefusalKind.LATER


@pytest.mark.parametrize("code", ["8012", "8134", "8141", "8642", "8082", "5002", "8132", "8643"])
def test_some_cancels_are_refused_for_good(code: str) -> None:
    assert codes.cancel_refused(code, "") is RefusalKind.FINAL


@pytest.mark.parametrize(
    "code",
    [
        "8133",
        "8023",
        "CCA4",
        "CCA6",
        "CCA7",
        "8150",
        "8E01",
        "8387",
        "8388",
        "8041",
        "CCAB",
        "8128",
        "0000",
    ],
)
def test_a_cancel_answered_so_may_have_been_carried_out(code: str) -> None:
    assert codes.cancel_refused(code, "") is None


def test_codes_of_one_family_share_a_row() -> None:
    assert codes.reply("8165") == codes.reply("8151")
    assert codes.is_declined("8157", "")


def test_advice_fits_what_can_be_done() -> None:
    wanted = {
        "CC61": Advice.SMALLER_AMOUNT,
        "CC54": Advice.CHECK_ENTRY,
        "CC47": Advice.LUMP_SUM,
        "CCS0": Advice.CALL_ISSUER,
        "CC35": Advice.CALL_GATEWAY,
        "CC67": Advice.CALL_GATEWAY,
        "CC75": Advice.TRY_LATER,
        "8105": Advice.CHECK_ENTRY,
        "9002": Advice.CALL_SUPPORT,
        "CC43": Advice.OTHER_CARD,
        "8178": Advice.CALL_GATEWAY,
        "8041": Advice.NOTHING,
    }
    for code, advice in wanted.items():
        assert codes.refusal_of(code, "").advice is advice, code
