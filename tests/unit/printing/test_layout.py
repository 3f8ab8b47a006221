"""What stands on a slip: golden lines, and what never stands on any."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given

from pos_app.domain.errors import Bug
from pos_app.domain.receipt import Receipt
from pos_app.printing.layout import SlipLine, Style, slip_lines, slip_text
from tests.unit.printing.samples import (
    CASES,
    ENGLISH,
    INTEREST_FREE,
    KOREAN,
    NORMAL,
    PAGE_URL,
    PARTIAL,
    receipts,
)

HEAD = """\
title  매출전표
name  봄날꽃집
note  사업자번호 120-81-47521 · 대표 김봄날
note  서울특별시 강남구 테헤란로 152, 1층
note  전화 02-123-4567
rule
"""


def as_text(lines: tuple[SlipLine, ...]) -> str:
    """Return the lines as a table a person can check."""
    return "".join(
        f"{line.style.value} {line.label} {line.value}".rstrip() + "\n" for line in lines
    )


def test_a_sale_slip_says_everything_in_its_order() -> None:
    assert as_text(slip_lines(INTEREST_FREE, KOREAN, page_url=PAGE_URL)) == (
        HEAD
        + f"""\
row 거래 종류 신용 승인
row 거래 일시 2026-11-21 14:32:07
row 카드 국민 9410 11** **** 0073
row 할부 3개월 (무이자)
row 승인번호 30112245
row 가맹점번호 00914421187
row 주문번호 2026112101K7QF3M2Z8ABCDEFG
row 상품 개업 축하 화분 (대)
row 주문자 정하늘
rule
row 공급가액 80,000
row 부가세 8,000
row 면세 0
total 합계 88,000원
rule
row 담당자 김점원
row 결제사 NHN KCP
row 거래번호 26112114320731
notice  전화 주문 · 수기결제 · 서명 없음
notice  부가가치세법 제33조 제2항에 따라 세금계산서를 대신합니다.
notice  매입세액 공제 증빙으로 보관하세요.
qr 결제사의 전표 보기 {PAGE_URL}
"""
    )


def test_a_partial_cancel_names_the_sale_and_has_minus_signs() -> None:
    assert as_text(slip_lines(PARTIAL, KOREAN)) == (
        HEAD.replace("매출전표", "취소전표")
        + """\
row 거래 종류 신용 부분취소
row 거래 일시 2026-11-22 10:00:00
row 카드 국민 9410 11** **** 0073
row 할부 3개월 (무이자)
row 원거래 승인번호 30112245
row 원거래 일시 2026-11-21 14:32:07
row 가맹점번호 00914421187
row 주문번호 2026112101K7QF3M2Z8ABCDEFG
row 상품 개업 축하 화분 (대)
row 주문자 정하늘
row 취소 사유 고객 변심
rule
row 공급가액 -27,272
row 부가세 -2,728
row 면세 0
total 합계 -30,000원
rule
row 담당자 김점원
row 결제사 NHN KCP
row 거래번호 26112114320731
notice  취소 금액이 돌아오는 날은 카드사마다 다릅니다.
"""
    )


def test_an_english_reprint_of_an_amex_sale_in_practice() -> None:
    receipt = replace(
        NORMAL,
        environment="practice",
        reprint=True,
        card_masked="379183*****1004",
        issuer="amex",
        acquirer="롯데카드",
        gateway="portone",
    )
    assert (
        as_text(slip_lines(receipt, ENGLISH))
        == """\
mark  PRACTICE SLIP · not a tax document
mark  REPRINT
title  SALES SLIP
name  봄날꽃집
note  Business no. 120-81-47521 · Owner 김봄날
note  서울특별시 강남구 테헤란로 152, 1층
note  Tel. 02-123-4567
rule
row Transaction Credit approval
row Date 2026-11-21 14:32:07
row Card American Express 3791 83**** *1004
row Acquirer 롯데카드
row Instalments Lump sum
row Approval no. 30112245
row Merchant no. 00914421187
row Order no. 2026112101K7QF3M2Z8ABCDEFG
row Product 개업 축하 화분 (대)
row Customer 정하늘
rule
row Supply value 80,000
row VAT 8,000
row Tax-free 0
total Total ₩88,000
rule
row Served by 김점원
row Payment agency i'mport (PortOne)
row Reference 26112114320731
notice  Telephone order · keyed in · no signature
mark  PRACTICE SLIP · not a tax document
"""
    )


@pytest.mark.parametrize(
    ("environment", "mark"),
    [
        ("live", None),
        ("practice", "slip.mark.practice"),
        ("staging", "slip.mark.staging"),
        ("loopback", "slip.mark.staging"),
        ("anything else", "slip.mark.practice"),
        ("", "slip.mark.practice"),
    ],
)
def test_only_a_live_slip_is_without_a_mark_at_both_ends(
    environment: str, mark: str | None
) -> None:
    lines = slip_lines(replace(NORMAL, environment=environment), KOREAN)
    ends = (lines[0], lines[-1])
    if mark is None:
        assert all(line.style is not Style.MARK for line in lines)
    else:
        assert [line.message_id for line in ends] == [mark, mark]


def test_only_a_live_sale_claims_to_stand_in_for_a_tax_invoice() -> None:
    claims = {
        receipt: any(x.message_id == "slip.notice.tax" for x in slip_lines(receipt, KOREAN))
        for receipt in (NORMAL, PARTIAL, replace(NORMAL, environment="staging"))
    }
    assert list(claims.values()) == [True, False, False]


@given(receipts())
def test_no_receipt_shows_eleven_digits_of_the_card(case: tuple[Receipt, str]) -> None:
    receipt, pan = case
    shown = "".join(line.value + "\n" for line in slip_lines(receipt, KOREAN))
    digits = re.sub(r"[ \-./]", "", shown)
    # Eleven digits of a card are one more than first six and last four.
    assert not any(pan[i : i + 11] in digits for i in range(len(pan) - 10))


def test_both_languages_have_the_same_lines() -> None:
    for receipt in CASES.values():
        korean, english = slip_lines(receipt, KOREAN), slip_lines(receipt, ENGLISH)
        same = [(line.style, line.message_id) for line in korean]
        assert [(line.style, line.message_id) for line in english] == same


@given(receipts())
def test_no_line_holds_anything_unseen(case: tuple[Receipt, str]) -> None:
    for line in slip_lines(case[0], KOREAN):
        assert len(line.value) <= 400
        for char in line.value:
            assert unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://a b", "https://가", "https://x/" + "a" * 300]
)
def test_an_address_that_is_none_is_a_bug(address: str) -> None:
    with pytest.raises(Bug, match=r"slip\.page_url"):
        slip_lines(NORMAL, KOREAN, page_url=address)


def test_a_time_without_a_zone_is_a_bug() -> None:
    naive = dt.datetime(2026, 11, 21, 14, 32)  # noqa: DTZ001 - the wrong kind is the point
    with pytest.raises(Bug, match=r"slip\.naive_time"):
        slip_lines(replace(NORMAL, at=naive), KOREAN)


def test_the_slip_can_be_read_aloud() -> None:
    spoken = slip_text(slip_lines(NORMAL, KOREAN, page_url=PAGE_URL)).splitlines()
    assert spoken[0] == "매출전표"
    assert "합계: 88,000원" in spoken
    assert spoken[-1] == "결제사의 전표 보기"
