"""Every kind of fact has words in both languages, and none of them is lost on the way."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Literal

import pytest

from pos_app.domain import facts as f
from pos_app.domain.answers import Advice, Approval, Refusal
from pos_app.domain.identity import BirthMatch, IdentityEvidence
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order, OrderNo, PaymentId, RefundId, SaleId
from pos_app.ui import story, text

NOW = dt.datetime(2026, 11, 21, 5, 32, 7, tzinfo=dt.UTC)
NO = Refusal("8133", "raw words", "부분 취소를 할 수 없습니다", "No part", Advice.NOTHING)
ONE = RefundId("r1")
APPROVAL = Approval("26112114320007", "30112245", NOW)
PREPARED = f.Prepared(
    PaymentId("p1"),
    SaleId("s1"),
    OrderNo("2026112101ABCDEFGH"),
    "20261121",
    Order(Won(88_000), ZERO, Months(3), "개업 화분", "정하늘"),
    "kcp",
    "live",
    "A1234",
    "941011******0073",
    "domestic",
    supersedes=PaymentId("p0"),
    reason="두 번째 주문",
)
FACTS: tuple[f.Fact, ...] = (
    PREPARED,
    f.Sending(60),
    f.ChargeApproved(APPROVAL, by_look_up=True),
    f.ChargeApproved(APPROVAL, by_person=True, evidence="화면에 승인"),
    f.ChargeDeclined(NO),
    f.ChargeNotSent("dns"),
    f.ChargeNoAnswer("http.502", "26112114320007"),
    f.ChargeMismatched("26112114320007", "amount", "88000", "8800"),
    f.LookedUp("absent"),
    f.LookedUp("cannot_tell.timeout"),
    f.ReferenceGiven("26112114320007"),
    f.NotCharged(by_person=False),
    f.NotCharged(by_person=True, evidence="목록에 없음"),
    f.PersonNeeded("charge_unknown"),
    f.Unwanted("asked"),
    f.ReversalSending("26112114320007", "reversal asked"),
    f.Reversed(NOW, by_look_up=True),
    f.ReversalNotDone("code.8133", NO),
    f.ReversalNotDone("look_up"),
    f.ReversalNoAnswer("timeout"),
    f.RefundPrepared(ONE, Won(20_000), ZERO, Won(88_000), partial=True, reason="배송 지연"),
    f.RefundSending(ONE),
    f.RefundDone(ONE, NOW, "00000000000001", by_look_up=True),
    f.RefundRefused(ONE, NO),
    f.RefundNotSent(ONE, "refused"),
    f.RefundNoAnswer(ONE, "restart"),
    f.RefundNotDone(ONE),
    f.RefundNotDone(ONE, final=True, evidence="잔액 그대로"),
    f.BalanceSeen(Won(68_000)),
)


def entry(fact: f.Fact, *, operator: str = "김점원", approver: str = "") -> f.Entry:
    """Put a fact on a line of the ledger."""
    return f.Entry(1, PaymentId("p1"), NOW, f.Author(operator, approver, "01"), fact)


def test_no_kind_of_fact_is_left_out() -> None:
    assert {type(fact) for fact in FACTS} == set(f.FACT_KINDS.values())


@pytest.mark.parametrize("language", ["ko", "en"])
def test_each_fact_has_words_a_person_and_a_badge(language: Literal["ko", "en"]) -> None:
    text.use_language(language)
    lines = story.tell_story([entry(fact) for fact in FACTS])
    assert all(line.words and line.who and line.badge.words for line in lines)
    assert len(story.story_steps(story.milestones(lines))) == sum(line.milestone for line in lines)


def test_what_refunds_share_is_told_in_each_of_their_lines() -> None:
    lines = story.tell_story([entry(fact) for fact in FACTS])
    done = next(line for line in lines if "00000000000001" in line.words)
    assert done.words.startswith("20,000원 · 배송 지연")
    refused = [line for line in lines if "8133" in line.words]
    assert len(refused) == 3


@pytest.mark.parametrize(
    "why",
    [
        "charge_unknown",
        "reversal_without_reference",
        "reversal_refused",
        "reversal_unknown",
        "refund_not_done",
        "refund_unknown",
        "refund_balance",
    ],
)
def test_each_call_for_a_person_says_what_for(why: str) -> None:
    assert story.tell_story([entry(f.PersonNeeded(why))])[0].words


@pytest.mark.parametrize("why", ["superseded", "asked", "orphan", "mismatch", "ledger"])
def test_each_reason_to_reverse_has_words(why: str) -> None:
    assert story.tell_story([entry(f.Unwanted(why))])[0].words


def test_people_and_the_program_are_named() -> None:
    assert story.who_words(f.Author("program", "", "01")) == "프로그램"
    assert story.who_words(f.Author("김점원", "박점장", "01")) == "김점원 → 승인 박점장"


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_identity_check_of_a_sale_is_told_with_who_agreed(
    language: Literal["ko", "en"],
) -> None:
    text.use_language(language)
    at_odds = IdentityEvidence("imp_1", NOW, BirthMatch.DIFFERENT, "이점장", "portone")
    fact = dataclasses.replace(PREPARED, identity=at_odds)
    (line,) = story.tell_story([entry(fact)])
    assert text.text("story.identity.different") in line.words
    assert text.text("story.identity.approver", approver="이점장") in line.words
    for match in BirthMatch:
        assert text.text(f"story.identity.{match.value}")
