"""Receipts and words for the tests of the slip."""

from __future__ import annotations

import datetime as dt
import gettext
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from pos_app.domain.card import PAN_DIGITS_MAX, PAN_DIGITS_MIN, mask_pan
from pos_app.domain.instalments import LUMP_SUM, Months
from pos_app.domain.money import Won, split_tax
from pos_app.domain.receipt import Merchant, Receipt, ReceiptKind
from pos_app.resources import resource_path

SHOP = Merchant(
    name="봄날꽃집",
    owner="김봄날",
    business_number="1208147521",
    address="서울특별시 강남구 테헤란로 152, 1층",
    phone="021234567",
)
LONGEST_SHOP = Merchant(
    name="봄날의 햇살처럼 따뜻한 꽃과 화분을 파는 가게 강남 본점",
    owner="선우황보제갈 남궁독고",
    business_number="120-81-47521",
    address="경기도 성남시 분당구 판교역로 마흔두번길 152-10, 유스페이스몰 에이동 지하 1층 101호",
    phone="031-123-4567",
)
NORMAL = Receipt(
    kind=ReceiptKind.SALE,
    merchant=SHOP,
    environment="live",
    at=dt.datetime(2026, 11, 21, 5, 32, 7, tzinfo=dt.UTC),
    card_masked="941011******0073",
    issuer="국민",
    acquirer="국민",
    merchant_no="00914421187",
    months=LUMP_SUM,
    interest_free=False,
    approval_no="30112245",
    order_no="2026112101K7QF3M2Z8ABCDEFG",
    gateway="kcp",
    gateway_ref="26112114320731",
    product="개업 축하 화분 (대)",
    buyer_name="정하늘",
    tax=split_tax(Won(88_000)),
    operator="김점원",
)
INTEREST_FREE = replace(NORMAL, months=Months(3), interest_free=True)
PARTIAL = replace(
    INTEREST_FREE,
    kind=ReceiptKind.PARTIAL,
    at=dt.datetime(2026, 11, 22, 1, 0, 0, tzinfo=dt.UTC),
    original_at=NORMAL.at,
    tax=split_tax(Won(30_000)),
    reason="고객 변심",
)
LONGEST = replace(
    INTEREST_FREE,
    merchant=LONGEST_SHOP,
    issuer="하나SK카드 (구 외환) 법인",
    acquirer="비씨카드",
    # 100 and 30 bytes, the most KCP takes.
    product="개업 축하 대형 동양란 화분과 리본 문구 포함 꽃바구니 (대) 배송비 포함 +1",
    buyer_name="주식회사대한민국꽃",
    tax=split_tax(Won(9_999_999_999), Won(1)),
)
CASES = {
    "normal": NORMAL,
    "interest_free": INTEREST_FREE,
    "partial": PARTIAL,
    "longest": LONGEST,
    "reprint": replace(NORMAL, reprint=True),
    "practice": replace(NORMAL, environment="practice"),
    "staging_reprint": replace(NORMAL, environment="staging", reprint=True),
    "void": replace(PARTIAL, kind=ReceiptKind.VOID, tax=split_tax(Won(999_999_999_999))),
}
TEXT_FIELDS = (
    "environment",
    "issuer",
    "acquirer",
    "merchant_no",
    "approval_no",
    "order_no",
    "gateway",
    "gateway_ref",
    "product",
    "buyer_name",
    "operator",
    "reason",
)
PAGE_URL = (
    "https://admin8.kcp.co.kr/assist/bill.BillActionNew.do?cmd=card_bill&tno=26112114320731"
    "&order_no=2026112101K7QF3M2Z8ABCDEFG&trade_mony=88000"
)


def words_of(language: str) -> Callable[..., str]:
    """Return the slip's words of one language; an id without words fails the test."""
    catalogue = gettext.translation("slip", resource_path("locale"), [language])

    def words(message_id: str, /, **params: object) -> str:
        found = catalogue.gettext(message_id)
        assert found != message_id, message_id
        return found.format(**params)

    return words


KOREAN, ENGLISH = words_of("ko"), words_of("en")


def won(least: int = 0) -> st.SearchStrategy[int]:
    """Return amounts, the largest ones included."""
    return st.integers(least, 999_999_999_999)


def texts() -> st.SearchStrategy[str]:
    """Return anything a person, a file or a gateway might hand us as a text, without digits."""
    nasty = st.sampled_from("\u202e\u200b\ufeff\x1b\x00\n\u3164가힣A -·😀\u0301\u0600")
    return st.text(st.one_of(nasty, st.characters(exclude_categories=["Nd"])), max_size=40)


@st.composite
def receipts(draw: st.DrawFn) -> tuple[Receipt, str]:
    """Return any receipt, and the whole card number that its texts may contain."""
    pan = draw(st.text("0123456789", min_size=PAN_DIGITS_MIN, max_size=PAN_DIGITS_MAX))
    written = st.sampled_from([pan, " ".join(pan), f"{pan[:4]}-{pan[4:]}", f"no. {pan}/2"])
    # A few texts dealt to all fields: drawing one for each would take most of a test's time.
    with_pan = st.builds("{}{}".format, texts(), written)
    text = st.sampled_from([draw(texts()), draw(with_pan), draw(written), "국민", ""])
    total = draw(won(1))
    tax_free = draw(st.integers(0, total))
    kind = draw(st.sampled_from(ReceiptKind))
    moments = st.integers(0, 4_000_000_000).map(lambda s: dt.datetime.fromtimestamp(s, dt.UTC))
    fields: dict[str, Any] = {name: draw(text) for name in TEXT_FIELDS}
    shop = draw(st.sampled_from([draw(texts()), "봄날꽃집", ""]))
    return (
        Receipt(
            kind=kind,
            merchant=Merchant(shop, shop, shop, shop, shop),
            at=draw(moments),
            card_masked=draw(st.sampled_from([mask_pan(pan.encode()), pan])),
            months=draw(st.sampled_from([LUMP_SUM, Months(2), Months(36)])),
            interest_free=draw(st.booleans()),
            tax=split_tax(Won(total), Won(tax_free)),
            original_at=draw(moments) if kind is not ReceiptKind.SALE else None,
            reprint=draw(st.booleans()),
            **fields,
        ),
        pan,
    )
