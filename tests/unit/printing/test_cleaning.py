"""What happens to texts on their way to the slip."""

from __future__ import annotations

import pytest

from pos_app.printing import cleaning

MASK = "941011******0073"
PAN = "9410112233440073"


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("개업  축하\t화분\n(대)", "개업 축하 화분 (대)"),
        ("꽃\u202egnp.exe", "꽃gnp.exe"),
        ("a\u200bb\ufeffc\u2066d", "abcd"),
        ("\x1bp\x00\x19\x10\x14꽃", "p꽃"),
        ("빈\u3164칸\u115f\u2800", "빈칸"),
        ("\u1100\u1161", "가"),
        ("e\u0301\u0301\u0301\u0301\u0301", "é\u0301\u0301"),
        ("꽃\ufe0f\U000e0101", "꽃"),
        ("짝없는\ud800", "짝없는"),
        ("\u2028", ""),
        ("\u0301 \u0301꽃", "꽃"),
    ],
)
def test_only_what_can_be_seen_is_printed(written: str, printed: str) -> None:
    assert cleaning.printable(written) == printed


def test_a_long_text_is_cut_after_it_was_masked() -> None:
    # The number would be cut in the middle; its first twelve digits must not survive that.
    cut = cleaning.typed("가" * 147 + PAN)
    assert len(cut) == 160
    assert cut.endswith("941011******…")


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (f"카드 {PAN}", "카드 941011******0073"),
        ("9410-1122-3344-0073 꽃", "9410-11**-****-0073 꽃"),
        ("９４１０１１２２３３４４００７３", "９４１０１１******００７３"),
        (" ".join(PAN), "9 4 1 0 1 1 * * * * * * 0 0 7 3"),
        (f"1{PAN}{PAN}9", "194101" + "*" * 24 + "0739"),
        ("010-1234-5678", "010-1234-5678"),
        ("2026-11-21 14:30 배달", "2026-11-21 14:30 배달"),
        ("장미 50송이", "장미 50송이"),
    ],
)
def test_a_card_number_in_a_name_is_masked(written: str, printed: str) -> None:
    assert cleaning.typed(written) == printed


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("26112114320731", "26112114320731"),
        ("imp_123456789012345", "imp_123456789012345"),
        (PAN, "941011******0073"),
        ("00941-0112233440073", "00941-0********0073"),
    ],
)
def test_a_reference_stays_whole_unless_it_is_this_card(written: str, printed: str) -> None:
    assert cleaning.reference(written, MASK) == printed


@pytest.mark.parametrize(
    ("masked", "grouped"),
    [
        (MASK, "9410 11** **** 0073"),
        ("379183*****1004", "3791 83**** *1004"),
        ("361234****5678", "3612 34**** 5678"),
        ("6212345678901234567", "6212 34** **** ***4 567"),
        ("9410-11**-****-0073", "9410 11** **** 0073"),
        ("9410********0073", "9410 **** **** 0073"),
        (PAN, "9410 11** **** 0073"),
        ("0073", ""),
        ("", ""),
    ],
)
def test_the_card_is_grouped_and_masked_again(masked: str, grouped: str) -> None:
    assert cleaning.card_number(masked) == grouped


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("1208147521", "120-81-47521"),
        ("120-81-47521", "120-81-47521"),
        ("12081475", "12081475"),
        ("없음\x1b", "없음"),
    ],
)
def test_a_business_number_is_written_in_its_groups(typed: str, printed: str) -> None:
    assert cleaning.business_number(typed) == printed


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("021234567", "02-123-4567"),
        ("0212345678", "02-1234-5678"),
        ("01012345678", "010-1234-5678"),
        ("031 123 4567", "031-123-4567"),
        ("15881234", "1588-1234"),
        ("+82 2 123 4567", "+82 2 123 4567"),
        ("02-123-4567 (점심 12-1시)", "02-123-4567 (점심 12-1시)"),
    ],
)
def test_a_telephone_number_is_written_in_its_groups(typed: str, printed: str) -> None:
    assert cleaning.phone_number(typed) == printed
