"""What a look-up or a refusal must not be taken for: each of these paid or lost money once."""

from __future__ import annotations

import datetime as dt

import pytest

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.folding import replay
from pos_app.domain.instalments import LUMP_SUM
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import Order, OrderNo, PaymentId, RefundId, SaleId
from pos_app.domain.payment import Cancel, LookUp, next_step
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.domain.verdicts import cancel_facts, look_up_facts

AT = dt.datetime(2026, 11, 21, 5, 32, tzinfo=dt.UTC)
TNO = "26112114320001"
APPROVAL = a.Approval(TNO, "30110001", AT)
ABLE = a.Abilities(look_up_by_order=False)
CAS_FAILED = a.Refusal("8037", "부분취소 남은금액 불일치", "", "", a.Advice.NOTHING)
R1 = RefundId("r1")


def folded(*facts: f.Fact, amount: int = 100_000) -> PaymentRecord:
    """Fold a prepared payment and `facts`."""
    prepared = f.Prepared(
        payment_id=PaymentId("p1"),
        sale_id=SaleId("s1"),
        order_no=OrderNo("2026112101ABCDEFGHJK"),
        order_date="20261121",
        order=Order(Won(amount), ZERO, LUMP_SUM, "화분", "정하늘"),
        gateway="kcp",
        environment="practice",
        site="T0000",
        card_masked="941011******0073",
        card_brand="domestic",
    )
    author = f.Author("김봄날", "", "01")
    return replay(
        f.Entry(place, PaymentId("p1"), AT, author, fact)
        for place, fact in enumerate((prepared, *facts), start=1)
    )


def found(state: a.FoundState, balance: int, amount: int = 100_000) -> a.Found:
    """Return what a look-up shows."""
    return a.Found(state, APPROVAL, Won(amount), Won(balance))


def seen(record: PaymentRecord, answer: a.LookUpAnswer) -> tuple[f.Fact, ...]:
    """Return what a look-up by transaction number makes true."""
    return look_up_facts(record, answer, by_order=False, settle_time_over=True)


APPROVED = (f.Sending(30.0), f.ChargeApproved(APPROVAL))
LOST_REFUND = (
    *APPROVED,
    f.RefundPrepared(R1, Won(100_000), ZERO, Won(100_000), False, "사유"),
    f.RefundSending(R1),
    f.RefundNoAnswer(R1, "timeout"),
)
DOUBTED = (
    *APPROVED,
    f.RefundPrepared(R1, Won(30_000), ZERO, Won(100_000), True, "사유"),
    f.RefundSending(R1),
    f.RefundRefused(R1, CAS_FAILED, balance_doubt=True),
)
REVERSING = (*APPROVED, f.Unwanted("asked"))
SENT_REVERSAL = (*REVERSING, f.ReversalSending(TNO, "asked"))


@pytest.mark.parametrize("state", [a.FoundState.PENDING, a.FoundState.FAILED])
@pytest.mark.parametrize(
    "facts",
    [LOST_REFUND, DOUBTED, (*SENT_REVERSAL, f.ReversalNoAnswer("timeout"))],
    ids=["refund", "balance", "reversal"],
)
def test_a_state_without_a_balance_settles_nothing(
    facts: tuple[f.Fact, ...], state: a.FoundState
) -> None:
    """Zero stands there for "not told"; read as a balance the whole sale had gone back."""
    record = folded(*facts)
    assert seen(record, found(state, 0)) == (f.LookedUp(state.value),)


def test_a_refund_repeated_and_then_refused_for_its_balance_is_looked_up() -> None:
    """The first request may have been carried out after the look-up: "refused" would pay twice."""
    once = (
        f.RefundPrepared(R1, Won(30_000), ZERO, Won(100_000), True, "사유"),
        f.RefundSending(R1),
    )
    answer = a.CancelRefused(CAS_FAILED, a.RefusalKind.BALANCE)
    first = folded(*APPROVED, *once)
    assert isinstance(cancel_facts(answer, first.refund(R1))[0], f.RefundRefused)
    again = (*APPROVED, *once, f.RefundNoAnswer(R1, "timeout"), f.RefundNotDone(R1))
    repeated = folded(*again, f.RefundSending(R1))
    facts = cancel_facts(answer, repeated.refund(R1))
    unknown = folded(*again, f.RefundSending(R1), *facts)
    assert unknown.refund(R1).state is RefundState.UNKNOWN
    (done,) = seen(unknown, found(a.FoundState.PARTLY_CANCELLED, 70_000))
    assert isinstance(done, f.RefundDone)


def test_a_reversal_that_somebody_else_made_is_done() -> None:
    """The cancel was refused for its balance, and the look-up shows that nothing is left."""
    refused = f.ReversalNotDone("code.CCA9", CAS_FAILED, balance_doubt=True)
    record = folded(*SENT_REVERSAL, refused)
    assert isinstance(next_step(record, ABLE), LookUp)
    (fact,) = seen(record, found(a.FoundState.CANCELLED, 0))
    assert folded(*SENT_REVERSAL, refused, fact).state is PaymentState.REVERSED


def test_nothing_is_never_cancelled() -> None:
    """A payment that went back in parts and is then unwanted has no balance to cancel."""
    all_back = (
        f.RefundPrepared(R1, Won(100_000), ZERO, Won(100_000), False, "사유"),
        f.RefundSending(R1),
        f.RefundDone(R1, AT),
    )
    record = folded(*APPROVED, *all_back, f.Unwanted("asked"))
    assert next_step(record, ABLE) == LookUp(TNO)
    (fact,) = seen(record, found(a.FoundState.CANCELLED, 0))
    assert isinstance(fact, f.Reversed)


@pytest.mark.parametrize("charged", [1_000_000, 99_999])
def test_a_wrong_charge_that_stands_untouched_is_cancelled_whole(charged: int) -> None:
    """Its balance is the amount that was charged by mistake, not the one we asked for."""
    wrong = (
        f.Sending(30.0),
        f.ChargeMismatched(TNO, "amount", "100000", str(charged)),
        f.ReversalSending(TNO, "amount"),
        f.ReversalNoAnswer("timeout"),
    )
    facts = seen(folded(*wrong), found(a.FoundState.APPROVED, charged, charged))
    step = next_step(folded(*wrong, *facts), ABLE)
    assert isinstance(step, Cancel)
    assert not step.partial
    # A gateway that compares the balance takes nothing else.
    assert step.amount == step.balance_before == Won(charged)


def test_a_look_up_that_shows_a_failure_brings_its_reason() -> None:
    """The clerk is told why, as if the answer had not been lost."""
    lost = folded(f.Sending(30.0), f.ChargeNoAnswer("timeout"))
    why = a.Refusal("CC61", "한도초과", "거래금액 한도 초과", "Over limit", a.Advice.SMALLER_AMOUNT)
    failed = a.Found(a.FoundState.FAILED, APPROVAL, Won(100_000), ZERO, refusal=why)
    assert seen(lost, failed) == (f.ChargeDeclined(why),)
    (unnamed,) = seen(lost, found(a.FoundState.FAILED, 0))
    assert isinstance(unnamed, f.ChargeDeclined)
    assert unnamed.refusal.code == "-"


def test_a_typed_number_never_replaces_the_one_the_gateway_confirmed() -> None:
    """The next thing done with it is a cancel: of somebody else's payment, by a slip."""
    stuck = (
        *SENT_REVERSAL,
        f.ReversalNotDone("code.8178", CAS_FAILED, final=True),
        f.ReferenceGiven("26112114329999"),
    )
    step = next_step(folded(*stuck), ABLE)
    assert isinstance(step, Cancel)
    assert step.gateway_ref == TNO


def test_an_unwanted_approval_that_only_people_saw_is_not_cancelled_by_the_program() -> None:
    """Nobody has verified the number they typed; it may be somebody else's payment."""
    lost = (f.Sending(30.0), f.ChargeNoAnswer("timeout"), f.Unwanted("superseded"))
    by_people = folded(*lost, f.ChargeApproved(APPROVAL, by_person=True, evidence="거래내역"))
    assert by_people.state is PaymentState.REVERSING
    assert next_step(by_people, ABLE) is None
    assert by_people.person_needed
    by_look_up = folded(*lost, f.ChargeApproved(APPROVAL, by_look_up=True))
    assert isinstance(next_step(by_look_up, ABLE), Cancel)
