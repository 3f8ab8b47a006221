"""What must not come out: card digits that an answer repeats, the token and the keys.

An answer may echo the request (money-safety.md row 52); what is kept of it goes into the books.
"""

from __future__ import annotations

import asyncio
import logging

import pytest

from pos_app.domain.verdicts import charge_facts
from pos_app.gateways.exchange import Exchange, Response
from pos_app.logs import log
from tests.unit.gateways.portone import build

DIGITS = "9410110000000073"
GROUPED = "9410-1100-0000-0073"
ECHOES: dict[str, Exchange] = {
    "refusal": build.refused(f"거래거절 카드번호틀림 {DIGITS}"),
    "refusal in groups": build.refused(f"거래거절 [F113] 카드번호 {GROUPED} 틀림"),
    "refusal that leaves it open": build.refused(f"이미 결제된 카드 {DIGITS}"),
    "failed payment": build.said(build.failed(f"카드번호 {DIGITS} 오류")),
    "card number": build.said(build.payment(card_number=DIGITS)),
    "card name": build.said(build.payment(card_name=f"국민 {GROUPED}")),
    "approval number": build.said(build.payment(apply_num=DIGITS)),
    "status": build.said(build.payment(status=DIGITS)),
    "order number": build.said(build.payment(merchant_uid=DIGITS)),
    "currency": build.said(build.payment(currency=DIGITS)),
    "slip": build.said(build.payment(receipt_url=f"https://admin8.kcp.co.kr/a?card_no={DIGITS}")),
    "not JSON": Response(200, (), f"<html>{DIGITS}</html>".encode()),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_what_an_answer_repeats_is_not_kept(echo: str, caplog: pytest.LogCaptureFixture) -> None:
    gateway, _ = build.gateway(ECHOES[echo])
    with caplog.at_level(logging.DEBUG, logger=log.gateway.name):
        answer = asyncio.run(gateway.approve(build.charge(), build.card()))
    told = f"{answer!r} {charge_facts(answer)!r} {caplog.text} {gateway!r}".replace("-", "")
    assert DIGITS not in told
    for secret in ("secret-of-nobody", "key-of-nobody", "Bearer"):
        assert secret not in caplog.text + repr(gateway)


def test_what_belongs_to_the_request_alone_stays_out_of_paths_and_marks() -> None:
    """Neither card nor buyer in an address or in `custom_data`, which the console shows."""
    gateway, line = build.gateway(build.said(build.PAYMENT))
    charge = build.charge(buyer_phone="01012345678", buyer_email="a@example.com")
    asyncio.run(gateway.approve(charge, build.card()))
    sent = line.sent[-1]
    assert sent.fields is not None
    marks = str(sent.fields["custom_data"])
    for secret in (DIGITS, GROUPED, "900101", "2030-07", "01012345678", "홍길동", "a@example"):
        assert secret not in marks
        assert all(secret not in one.path for one in line.sent)
    assert sent.body is not None
