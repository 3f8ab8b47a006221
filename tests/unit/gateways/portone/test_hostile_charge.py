"""Hostile answers to a charge, with the card and with one on file: the verdict the papers demand.

Never approved unless everything fits, never declined where money may have moved (portone.md 3.1,
money-safety.md R5, R10 and rows 11 to 56), and one request under one order number.
"""

from __future__ import annotations

import json

import pytest

from pos_app.domain.answers import Approved, ChargeAnswer, Declined, Mismatched, NoAnswer
from tests.unit.gateways.portone import build
from tests.unit.gateways.portone.hostile import (
    LOST,
    NO_TOKEN,
    Hostile,
    Reply,
    envelope,
    refusal,
    run,
)
from tests.unit.gateways.portone.hostile_client import client_of

LONG = "가" * 230


def paid(**changes: object) -> Reply:
    """Return a paid payment."""
    return Reply(envelope(build.payment(**changes)))


def failed(reason: object, **changes: object) -> Reply:
    """Return a payment that failed."""
    return paid(status="failed", paid_at=0, apply_num=None, fail_reason=reason, **changes)


def text(found: str, status: int = 200) -> Reply:
    """Return an answer that is no envelope."""
    return Reply(found.encode(), status)


PAID_TWICE = json.dumps({"code": 0, "response": build.PAYMENT})[:-1] + ',"code":-1}'
ROWS: dict[str, tuple[Reply, type[object]]] = {
    # Approved all the same.
    "as it should be": (paid(), Approved),
    "amount with a point": (paid(amount=55_000.0, cancel_amount=0.0), Approved),
    "new fields": (paid(brand_new={"a": [1, 2.5, None]}, card_type=7), Approved),
    "optional fields null": (
        paid(card_name=None, apply_num=None, receipt_url=None, card_quota=None, paid_at=None),
        Approved,
    ),
    "optional fields gone": (
        paid(card_name=..., apply_num=..., receipt_url=..., paid_at=..., sandbox=...),
        Approved,
    ),
    # Never approved.
    "status with a space": (paid(status="paid "), NoAnswer),
    "status with an invisible sign": (paid(status="\u200bpaid"), NoAnswer),
    "status with a tail": (paid(status="paid" + " " * 60 + "failed"), NoAnswer),
    "status in capitals": (paid(status="PAID"), NoAnswer),
    "status new": (paid(status="partial_paid"), NoAnswer),
    "status ready": (paid(status="ready"), NoAnswer),
    "status cancelled": (paid(status="cancelled", cancel_amount=55_000), NoAnswer),
    "status missing": (paid(status=...), NoAnswer),
    "status a list": (paid(status=["paid"]), NoAnswer),
    "no number": (paid(imp_uid=...), NoAnswer),
    "number with a path": (paid(imp_uid="imps_1/../x"), NoAnswer),
    "amount a text": (paid(amount="55000"), NoAnswer),
    "amount true": (paid(amount=True), NoAnswer),
    "amount negative": (paid(amount=-55_000), NoAnswer),
    "amount and a bit": (paid(amount=55_000.5), NoAnswer),
    "amount missing": (paid(amount=...), NoAnswer),
    "cancelled in part": (paid(cancel_amount=1), NoAnswer),
    "no order number": (paid(merchant_uid=None), NoAnswer),
    "no currency": (paid(currency=None), NoAnswer),
    "handled, nothing in it": (Reply(envelope(None)), NoAnswer),
    "handled, a list in it": (Reply(envelope([build.PAYMENT])), NoAnswer),
    "no envelope": (text(json.dumps(build.PAYMENT)), NoAnswer),
    "code a text": (Reply(envelope(build.PAYMENT, code="0")), NoAnswer),
    "code false": (Reply(envelope(build.PAYMENT, code=False)), NoAnswer),
    "code null": (Reply(envelope(build.PAYMENT, code=None)), NoAnswer),
    "code a fraction": (Reply(envelope(build.PAYMENT, code=0.0)), NoAnswer),
    "two codes": (text(PAID_TWICE), NoAnswer),
    "not a number": (text(json.dumps({"code": 0, "response": {"amount": float("nan")}})), NoAnswer),
    "paid with 207": (Reply(envelope(build.PAYMENT), 207), NoAnswer),
    "paid with 500": (Reply(envelope(build.PAYMENT), 500), NoAnswer),
    "paid and a code that refuses": (Reply(envelope(build.PAYMENT, code=-1)), NoAnswer),
    # Approved something else: to be undone.
    "too much": (paid(amount=55_001), Mismatched),
    "too little": (paid(amount=54_999), Mismatched),
    "other currency": (paid(currency="USD"), Mismatched),
    "other order": (paid(merchant_uid="2026112101ZZZZZZZZZZZZZZZZ"), NoAnswer),
    # Declined.
    "declined with -1": (
        refusal("카드정보 인증에 실패하였습니다. [F113]거래거절 카드번호틀림"),
        Declined,
    ),
    "declined with 1": (
        refusal("결제승인에 실패하였습니다. [2116]개인 월 한도금액 초과", code=1),
        Declined,
    ),
    "declined by KCP": (refusal("[CC61]한도초과"), Declined),
    "declined with 400": (
        refusal("이니시스 빌링결제는 상품명이 필수입니다.", status=400),
        Declined,
    ),
    "declined in the payment": (failed("[CC14] 카드번호 오류"), Declined),
    "no key-in channel": (refusal("비인증결제모듈 사용정보를 찾을 수 없습니다.", code=1), Declined),
    # A no that is none: money may have moved.
    "time-out code": (refusal("결제승인에 실패하였습니다. [CC72]카드사 응답"), NoAnswer),
    "time-out code in the payment": (failed("[8042]"), NoAnswer),
    "time-out code in small letters": (refusal("[cc72]"), NoAnswer),
    "time-out code without brackets": (refusal("승인실패 CC72"), NoAnswer),
    "time-out code in round brackets": (refusal("승인실패 (8044) 다시 확인하십시오"), NoAnswer),
    "time-out code behind another": (refusal("[1234][8041]"), NoAnswer),
    "time-out code far behind": (refusal(LONG + "[CC72]"), NoAnswer),
    "time-out code far behind in the payment": (failed(LONG + "[CC72]"), NoAnswer),
    "paid already": (refusal("이미 결제가 이루어진 거래건입니다.", code=1), NoAnswer),
    "paid already, 400": (refusal("이미 결제가 이루어진 거래건입니다.", status=400), NoAnswer),
    "number exists": (refusal("이미 존재하는 merchant_uid입니다.", code=1), NoAnswer),
    "number used": (refusal("merchant_uid가 이미 사용되었습니다.", code=1), NoAnswer),
    "number registered": (refusal("이미 등록된 주문번호입니다."), NoAnswer),
    "same number": (refusal("동일한 주문번호로 결제된 건이 있습니다."), NoAnswer),
    "number exists, in English": (refusal("merchant_uid exists"), NoAnswer),
    "number used, in the payment": (
        failed("동일한 merchant_uid로 승인된 거래가 있습니다."),
        NoAnswer,
    ),
    "no answer from the card company": (refusal("카드사로부터 응답이 없습니다."), NoAnswer),
    "communication failed": (refusal("PG사와 통신에 실패하였습니다."), NoAnswer),
    "error nobody knows": (refusal("알 수 없는 오류가 발생했습니다."), NoAnswer),
    "server error in words": (refusal("서버 오류가 발생하였습니다."), NoAnswer),
    "network cancel": (refusal("승인 응답 지연으로 망취소 처리"), NoAnswer),
    "message is no text": (refusal({"ko": "거절"}), NoAnswer),
    "no message": (refusal(None), NoAnswer),
    "code nobody knows": (refusal("카드 거절", code=77), NoAnswer),
    "failed, of another order": (failed("[CC14]", merchant_uid="2026112101ZZZZ"), NoAnswer),
    "failed without a reason": (failed(None), Declined),
    "refused with something in it": (Reply(envelope({"a": 1}, code=-1, message="거절")), NoAnswer),
    # Nothing that counts.
    "401 with an envelope": (NO_TOKEN, NoAnswer),
    "401 without": (text("<html>401</html>", 401), NoAnswer),
    "401 that declines": (refusal("[CC61]한도초과", status=401), NoAnswer),
    "403 that declines": (refusal("허용되지 않은 IP입니다.", status=403), NoAnswer),
    "404 that declines": (refusal("없습니다", status=404), NoAnswer),
    "409 that declines": (refusal("충돌", status=409), NoAnswer),
    "429 page": (text("<html>slow down</html>", 429), NoAnswer),
    "429 that declines": (refusal("Too Many Requests", status=429), NoAnswer),
    "500 that declines": (refusal("내부 오류", status=500), NoAnswer),
    "502 page": (text("<html>502 Bad Gateway</html>", 502), NoAnswer),
    "400 page": (text("<html>400</html>", 400), NoAnswer),
    "307": (text("", 307), NoAnswer),
    "empty": (text(""), NoAnswer),
    "page": (text("<html>captive portal</html>"), NoAnswer),
    "deep": (text('{"code":0,"response":' + "[" * 5_000 + "]" * 5_000 + "}"), NoAnswer),
    "BOM": (Reply(b"\xef\xbb\xbf" + envelope(build.PAYMENT)), NoAnswer),
    "CP949": (Reply('{"code":-1,"message":"거절","response":null}'.encode("cp949")), NoAnswer),
    "lost": (LOST, NoAnswer),
}


@pytest.mark.parametrize("saved", [False, True], ids=["onetime", "again"])
@pytest.mark.parametrize("row", ROWS)
def test_a_charge_answered_so(row: str, *, saved: bool) -> None:
    """Every answer gets its verdict, after exactly one request."""
    reply, verdict = ROWS[row]
    way = "again" if saved else "onetime"

    async def work(server: Hostile) -> ChargeAnswer:
        server.instead = {way: [reply]}
        request = build.charge(customer_uid="cust-1" if saved else "")
        answer = await client_of(server).approve(request, None if saved else build.card())
        assert server.charges_under(build.ORDER_NO) == 1
        return answer

    answer = run(work)
    assert isinstance(answer, verdict), answer
