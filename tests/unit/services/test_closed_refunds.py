"""What people closed, or a gateway refused, is not believed over the gateway's own balance."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain.errors import UserMistake
from pos_app.domain.money import ZERO, Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.payment import REFUND_TRIES_MAX
from pos_app.domain.record import PaymentRecord
from pos_app.domain.refunds import RefundState
from pos_app.services.news import Trouble
from tests.helpers.fake_app import Bench
from tests.unit.services.desk import at_rest, bench_in, charge, refund, run

REFUSAL = a.Refusal("8178", "잔액부족", "정산금 부족", "Not enough sales", a.Advice.TRY_LATER)
SECOND = Operator("박점장", Role.MANAGER)


async def given_up(folder: Path) -> tuple[Bench, PaymentRecord]:
    """Return a sale whose whole refund was tried until the program called people."""
    bench = bench_in(folder)
    sale = await charge(bench)
    await at_rest(bench, sale)
    for _ in range(REFUND_TRIES_MAX):
        bench.gateway.cancel_with(a.NoAnswer("timeout"))
    after = await refund(bench, sale, 88_000)
    assert after.refunds[0].state is RefundState.MANUAL
    return bench, after


def test_a_balance_nobody_can_explain_waits_for_people(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench)
        await at_rest(bench, sale)
        bench.gateway.cancel_with(a.NoAnswer("timeout"))
        bench.gateway.book[sale.order_no].balance = 12_345
        after = await refund(bench, sale, 30_000)
        assert after.refunds[0].state is RefundState.MANUAL
        assert after.person_needed == "refund_balance"
        with pytest.raises(UserMistake, match="in_progress"):
            await refund(bench, sale, 1_000)
        closed = await bench.app.recovery.close_refund(
            sale.payment_id, "파트너 사이트에서 확인", SECOND, done=False
        )
        closed = await at_rest(bench, closed)
        assert closed.refunds[0].state is RefundState.NOT_DONE
        assert not closed.is_open
        # People closed the refund; what can still be given back is the gateway's word.
        assert closed.balance == Won(12_345)

    run(scenario())


def test_a_cancel_that_arrives_after_people_gave_it_up_is_seen(tmp_path: Path) -> None:
    """Else the next refund would be planned, and closed, over a balance that is not there."""

    async def scenario() -> None:
        bench, sale = await given_up(tmp_path)
        bench.gateway.book[sale.order_no].balance = 0
        closed = await bench.app.recovery.close_refund(
            sale.payment_id, "파트너 사이트에서 확인", SECOND, done=False
        )
        closed = await at_rest(bench, closed)
        assert closed.balance == ZERO
        with pytest.raises(UserMistake, match="nothing_left"):
            await refund(bench, sale, 1_000)

    run(scenario())


def test_a_refund_closed_as_done_that_was_not_done_calls_a_person(tmp_path: Path) -> None:
    """A customer who was told of a refund nobody made is the shop's trouble, not its secret."""

    async def scenario() -> None:
        bench, sale = await given_up(tmp_path)
        closed = await bench.app.recovery.close_refund(
            sale.payment_id, "파트너 사이트에서 확인", SECOND, done=True
        )
        told: list[str] = []
        bench.news.subscribe(
            lambda news: told.append(news.error.code) if isinstance(news, Trouble) else None
        )
        closed = await at_rest(bench, closed)
        assert closed.person_needed == "balance_above_ours"
        assert told == ["payment.balance_above_ours"]

    run(scenario())


def test_a_cancel_delivered_twice_and_refused_the_second_time_is_seen_as_done(
    tmp_path: Path,
) -> None:
    """The answer is to the second delivery: told as refused alone, it would be paid back again."""

    async def scenario() -> None:
        bench = bench_in(tmp_path)
        sale = await charge(bench)
        await at_rest(bench, sale)
        bench.gateway.cancel_with(a.CancelRefused(REFUSAL), done=True)
        after = await at_rest(bench, await refund(bench, sale, 88_000))
        assert after.refunds[0].state is RefundState.REFUSED
        assert after.balance == ZERO
        assert not after.balance_doubt

    run(scenario())
