"""What the ledger cannot take waits in the spool: nothing is undone, lost, doubled or hidden."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.money import Won
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.domain.spooled import Spooled
from pos_app.services.news import News, Trouble
from tests.helpers.fake_app import Bench, FakeIds
from tests.unit.services.desk import at_rest, bench_in, charge, run
from tests.unit.services.struck_world import Strike, World
from tests.unit.services.test_interruptions import (
    Story,
    live,
    lost_answers,
    sale_and_refunds,
    wrong_amount,
)
from tests.unit.services.test_interruptions import next_start as settle_all

FULL = ShopTrouble("ledger.disk_full", folder="x")


def no_room(bench: Bench, *kinds: str, times: int = 9999) -> None:
    """Let the ledger take no fact of these kinds."""
    bench.ledger.refuse(FULL, kinds=frozenset(kinds), times=times)


def heard(bench: Bench) -> list[News]:
    """Return a list that fills with the news."""
    news: list[News] = []
    bench.news.subscribe(news.append)
    return news


def codes(news: list[News]) -> list[str]:
    """Return what was told of trouble."""
    return [item.error.code for item in news if isinstance(item, Trouble)]


def next_start(folder: Path, bench: Bench, **more: Any) -> Bench:
    """Return the program of the next start, over the same disk and bank, with its disk mended."""
    bench.ledger.forgive()
    same: dict[str, Any] = {"gateway": bench.gateway, "ledger": bench.ledger, "clock": bench.clock}
    return bench_in(folder, **same, **more)


async def spooled_approval(bench: Bench) -> PaymentRecord:
    """Charge while the ledger takes no approval, and end the program."""
    no_room(bench, "approved")
    record = await charge(bench)
    await bench.jobs.drain(0)
    return record


def test_an_approval_that_only_the_spool_takes_is_shown_and_not_undone(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        news = heard(bench)
        record = await spooled_approval(bench)
        assert record.state is PaymentState.APPROVED
        assert not bench.gateway.cancels
        assert "spool.waiting" in codes(news)
        assert [one.payment_id for one in bench.ledger.spool.lines] == [record.payment_id]
        with pytest.raises(ShopTrouble, match=r"money\.halted"):
            await charge(bench)

    run(scenario())


def test_the_next_start_writes_it_once_and_sells_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        ids = FakeIds()
        bench = bench_in(tmp_path, ids=ids)
        record = await spooled_approval(bench)
        again = next_start(tmp_path, bench, ids=ids)
        await again.app.recovery.resume_open()
        assert (await at_rest(again, record)).state is PaymentState.APPROVED
        assert bench.ledger.kinds(record.payment_id) == ["prepared", "sending", "approved"]
        assert not bench.ledger.spool.lines
        assert not again.jobs.halted
        assert (await charge(again, duplicate_reason="둘째")).state is PaymentState.APPROVED
        await again.jobs.drain(0)

    run(scenario())


def test_a_line_whose_facts_are_in_the_ledger_is_only_taken_out(tmp_path: Path) -> None:
    """Killed between the ledger and the spool: later facts may stand behind them already."""

    async def scenario() -> None:
        bench = bench_in(tmp_path)
        record = await charge(bench)
        await at_rest(bench, record)
        await bench.app.refund_desk.refund(record.payment_id, Won(1_000), "고객 변심")
        await at_rest(bench, record)
        before = bench.ledger.kinds(record.payment_id)
        entry = bench.ledger.log[2]
        assert isinstance(entry, f.Entry)
        line = Spooled(record.payment_id, 2, entry.author, (entry.fact,))
        bench.ledger.spool.lines.append(line)
        again = next_start(tmp_path, bench)
        await again.app.recovery.resume_open()
        assert bench.ledger.kinds(record.payment_id) == before
        assert not bench.ledger.spool.lines
        assert not bench.ledger.spool.aside

    run(scenario())


def test_in_the_same_run_it_is_written_as_soon_as_there_is_room(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        no_room(bench, "approved", times=12)
        record = await charge(bench)
        assert (await at_rest(bench, record)).state is PaymentState.APPROVED
        assert not bench.ledger.spool.lines
        assert not bench.gateway.cancels

    run(scenario())


def test_while_it_cannot_be_written_the_next_start_takes_no_money(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        record = await spooled_approval(bench)
        again = next_start(tmp_path, bench)
        no_room(again, "approved")
        again.clock.hold_sleepers = True
        news = heard(again)
        await again.app.recovery.resume_open()
        assert "spool.waiting" in codes(news)
        assert again.app.recovery.in_spool == 1
        with pytest.raises(ShopTrouble, match=r"money\.halted"):
            await charge(again)
        again.ledger.forgive()
        again.clock.wake()
        assert (await at_rest(again, record)).state is PaymentState.APPROVED
        assert again.app.recovery.in_spool == 0
        await again.jobs.drain(0)

    run(scenario())


def test_a_refund_whose_end_only_the_spool_takes_is_not_sent_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        record = await charge(bench)
        await at_rest(bench, record)
        no_room(bench, "refund_done")
        with pytest.raises(ShopTrouble, match="disk_full"):
            await bench.app.refund_desk.refund(record.payment_id, Won(30_000), "고객 변심")
        await bench.jobs.drain(0)
        again = next_start(tmp_path, bench)
        await again.app.recovery.resume_open()
        (refund,) = (await at_rest(again, record)).refunds
        assert refund.state is RefundState.DONE
        assert sum(bench.gateway.cancels.values()) == 1

    run(scenario())


def test_an_answer_that_may_mean_money_is_spooled_before_it_is_tried_again(tmp_path: Path) -> None:
    """Killed while the ledger is tried again: the answer is on the disk by then."""

    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        bench.clock.hold_sleepers = True
        bench.gateway.answer_with(a.NoAnswer("closed_early", "26112114320000"), charged=True)
        no_room(bench, "no_answer")
        selling = asyncio.ensure_future(charge(bench))
        await bench.clock.asleep.wait()
        (line,) = bench.ledger.spool.lines
        assert isinstance(line.facts[-1], f.ChargeNoAnswer)
        assert line.facts[-1].candidate_ref == "26112114320000"
        await bench.jobs.drain(0)
        await asyncio.gather(selling, return_exceptions=True)

    run(scenario())


def test_what_was_not_sent_needs_no_spool(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.answer_with(a.NotSent("dns"))
        no_room(bench, "not_sent", times=6)
        with pytest.raises(ShopTrouble, match="disk_full"):
            await charge(bench)
        assert not bench.ledger.spool.lines
        assert not bench.jobs.halted

    run(scenario())


def test_damaged_lines_are_told_and_stop_nothing(tmp_path: Path) -> None:
    """Row 79."""

    async def scenario() -> None:
        bench = bench_in(tmp_path)
        record = await spooled_approval(bench)
        bench.ledger.spool.damaged = 2
        again = next_start(tmp_path, bench)
        news = heard(again)
        await again.app.recovery.resume_open()
        told = [item for item in news if isinstance(item, Trouble)]
        lines = [t.error.params["line"] for t in told if t.error.code == "spool.damaged"]
        assert lines == [1, 2]
        assert (await at_rest(again, record)).state is PaymentState.APPROVED
        assert not again.jobs.halted

    run(scenario())


def test_what_has_no_place_in_the_ledger_is_set_aside(tmp_path: Path) -> None:
    """The ledger is an older one: the payment was never in it."""

    async def scenario() -> None:
        bench = bench_in(tmp_path)
        record = await spooled_approval(bench)
        bench.ledger.begin_anew()
        again = next_start(tmp_path, bench)
        news = heard(again)
        await again.app.recovery.resume_open()
        assert "spool.no_place" in codes(news)
        assert [one.payment_id for one in bench.ledger.spool.aside] == [record.payment_id]
        assert not again.jobs.halted

    run(scenario())


@pytest.mark.parametrize("spool_works", [True, False], ids=["spooled", "nowhere"])
@pytest.mark.parametrize("story", [sale_and_refunds, lost_answers, wrong_amount])
@pytest.mark.parametrize("fails", [1, 7])
def test_killed_anywhere_while_the_ledger_fails(
    tmp_path: Path, story: Story, fails: int, *, spool_works: bool
) -> None:
    """For a while no answer is taken; killed at any point, the books agree after the next start.

    Where the spool fails as well, a kill leaves a payment unknown and a look-up tells.
    """
    kinds = ("approved", "mismatched", "no_answer", "refund_done", "reversed")
    n, happened = 0, True
    while happened:
        n += 1
        world, strike = World(tmp_path, by_order=True), Strike("kill", n)
        world.ledger.refuse(FULL, kinds=frozenset(kinds), times=fails)
        world.spool.trouble = None if spool_works else FULL
        live(world, story, strike)
        world.ledger.forgive()
        world.spool.trouble = None
        live(world, settle_all, None)
        found = world.disagreements()
        assert not found, f"{story.__name__}: {strike}: {found}"
        assert not world.spool.lines, strike
        happened = strike.happened
    assert n > 10
