"""A charge too many goes back once, whatever is lost; a crossed answer cancels nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain.money import Won
from pos_app.domain.stray_facts import StrayState
from tests.helpers.listing_gateway import DAY
from tests.unit.services.desk import at_rest, charge, run
from tests.unit.services.sweep_shop import TIMEOUT, TWIN, S, Shop


def test_two_paid_after_a_lost_answer_leave_one(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        shop.gateway.answer_with(TIMEOUT, charged=True)
        first = await charge(shop.bench)
        shop.gateway.put(first.order_no, TWIN, 88_000)
        sale = await at_rest(shop.bench, first)
        await shop.rest()
        assert sale.state is S.APPROVED
        assert shop.gateway.cancels == {TWIN: 1}
        assert shop.gateway.money_under(sale.order_no) == 88_000
        assert "stray.second" in shop.told

    run(story())


def test_half_an_answer_does_not_hide_the_second_charge(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        shop.gateway.answer_with(a.NoAnswer("closed_early", TWIN), charged=True)
        first = await charge(shop.bench)
        shop.gateway.put(first.order_no, TWIN, 88_000)
        sale = await at_rest(shop.bench, first)
        await shop.rest()
        assert (sale.state, sale.gateway_ref) == (S.APPROVED, TWIN)
        assert shop.gateway.twins[TWIN].balance == 88_000
        assert shop.gateway.money_under(sale.order_no) == 88_000

    run(story())


@pytest.mark.parametrize("done", [True, False])
def test_a_stray_whose_cancel_got_no_answer_is_looked_up(tmp_path: Path, *, done: bool) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        shop.gateway.put(sale.order_no, TWIN, 88_000)
        shop.gateway.cancel_with(TIMEOUT, done=done)
        await shop.sweep()
        assert [one.state for one in await shop.strays()] == [StrayState.REVERSED]
        assert shop.gateway.money_under(sale.order_no) == 88_000

    run(story())


def test_a_stray_that_is_refused_for_good_waits_for_a_person_who_may_try_again(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        shop.gateway.put(sale.order_no, TWIN, 88_000)
        refusal = a.Refusal("8178", "", "", "", a.Advice.TRY_LATER)
        shop.gateway.cancel_with(a.CancelRefused(refusal))
        await shop.sweep()
        (stray,) = await shop.bench.app.strays.open_strays()
        assert (stray.state, stray.person_needed) == (StrayState.PERSON, "refused")
        await shop.bench.app.strays.try_again(stray.stream_id)
        await shop.rest()
        assert [one.state for one in await shop.strays()] == [StrayState.REVERSED]
        assert shop.gateway.money_under(sale.order_no) == 88_000

    run(story())


def test_a_stray_is_left_to_a_person_when_the_other_was_cancelled_elsewhere(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        shop.gateway.put(sale.order_no, TWIN, 88_000)
        shop.gateway.book[sale.order_no].balance = 0
        found = a.Other(TWIN, Won(88_000), Won(88_000))
        await shop.bench.app.strays.note_others(await shop.now(sale), [found], "look_up")
        await shop.rest()
        (stray,) = await shop.strays()
        assert (stray.state, stray.person_needed) == (StrayState.PERSON, "kept_gone")
        assert shop.gateway.cancels.total() == 0

    run(story())


def test_the_record_that_a_payment_keeps_is_never_cancelled_as_a_stray(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        kept = a.Other(sale.gateway_ref or "", Won(88_000), Won(88_000))
        await shop.bench.app.strays.note_others(sale, [kept], "look_up")
        await shop.rest()
        (stray,) = await shop.strays()
        assert (stray.state, stray.trouble) == (StrayState.CLOSED, "kept")
        assert shop.gateway.cancels.total() == 0

    run(story())


# ------------------------------------------------------------------------------- crossed answers


def crossed(ref: str = TWIN) -> a.NoAnswer:
    """Return an answer that names another till's order and transaction number."""
    return a.NoAnswer("wrong_order", ref)


@pytest.mark.parametrize("by_order", [True, False])
def test_a_crossed_answer_never_cancels_what_it_names(tmp_path: Path, *, by_order: bool) -> None:
    async def story() -> None:
        shop = Shop(tmp_path, by_order=by_order)
        shop.gateway.put("20261121020000000000000000", TWIN, 88_000)
        sale = await shop.sold(crossed(), charged=True)
        assert "payment.answer_of_other" in shop.told
        assert shop.gateway.twins[TWIN].balance == 88_000
        assert shop.gateway.cancels.total() == 0
        if by_order:
            ours = shop.gateway.book[sale.order_no].tno
            assert (sale.state, sale.gateway_ref) == (S.APPROVED, ours)
        else:
            assert (sale.state, bool(sale.person_needed)) == (S.UNKNOWN, True)

    run(story())


def test_an_answer_that_only_misnames_our_order_is_verified_and_kept(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path, by_order=False)
        sale = await shop.sold(crossed("26112114320000"), charged=True)
        assert (sale.state, sale.gateway_ref) == (S.APPROVED, "26112114320000")

    run(story())


def test_a_look_up_of_another_order_is_ignored_and_asked_again(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        shop.gateway.look_up_with(a.CannotTell("wrong_order", final=True))
        sale = await shop.sold(TIMEOUT, charged=True)
        assert sale.state is S.APPROVED
        assert "payment.look_up_of_other" in shop.told

    run(story())


# ---------------------------------------------------------------------------------- interruptions


def test_a_stray_is_carried_on_after_a_stop_at_any_of_its_facts(tmp_path: Path) -> None:
    """A stop between any two writes: the next start gives the second charge back, once."""
    from pos_app.domain.errors import ShopTrouble

    async def story(kind: str) -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        shop.gateway.put(sale.order_no, TWIN, 88_000)
        down = ShopTrouble("ledger.disk_full", folder="x")
        shop.bench.ledger.refuse(down, kinds=frozenset({kind}), times=10_000)
        shop.bench.clock.hold_sleepers = False
        await shop.bench.app.sweeping.sweep([DAY])
        for _ in range(200):
            await asyncio.sleep(0)
        await shop.bench.jobs.drain(0)
        shop.bench.ledger.forgive()
        again = Shop(tmp_path, last=shop)
        await again.bench.app.strays.resume_open()
        await again.sweep()
        (stray,) = await again.strays()
        assert stray.state is StrayState.REVERSED
        assert again.gateway.money_under(sale.order_no) == 88_000
        assert again.gateway.cancels[TWIN] == 1

    for kind in ("stray.found", "stray.sending", "stray.reversed", "stray.looked_up"):
        run(story(kind))
