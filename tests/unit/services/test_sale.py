"""A sale: what is on disk before and after, what is sent, and what every answer leads to."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain.errors import Bug, ShopTrouble, UserMistake
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.money import Won
from pos_app.domain.record import PaymentState
from pos_app.services.news import Activity, Doing, News, PaymentChanged, Trouble
from pos_app.services.sale_desk import SaleRequest
from pos_app.services.sale_rules import SaleRules
from tests.helpers.fake_app import Bench
from tests.helpers.fake_gateway import approval_of
from tests.unit.services.desk import at_rest, bench_in, charge, make_card, make_order, run

REFUSAL = a.Refusal("CC61", "한도초과", "한도 초과", "Over the limit", a.Advice.OTHER_CARD)


def test_an_approved_sale_writes_intent_before_and_answer_after(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        record = await charge(bench)
        assert record.state is PaymentState.APPROVED
        assert bench.ledger.kinds(record.payment_id) == ["prepared", "sending", "approved"]
        assert bench.gateway.charges == {record.order_no: 1}
        assert record.order_no.startswith("2026112101")
        assert (await at_rest(bench, record)).settled_at is not None
        assert bench.errors == []

    run(scenario())


def test_the_intent_is_stored_before_the_gateway_sees_a_byte(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.hold = asyncio.Event()
        job = asyncio.ensure_future(charge(bench))
        await bench.gateway.reached.wait()
        (order_no,) = bench.gateway.charges
        stored = await bench.ledger.find_order(order_no)
        assert stored is not None
        assert stored.state is PaymentState.SENDING
        bench.gateway.hold.set()
        assert (await job).state is PaymentState.APPROVED

    run(scenario())


def test_every_buffer_of_the_card_is_wiped_whatever_happens(tmp_path: Path) -> None:
    async def one(bench: Bench, request: SaleRequest) -> bool:
        card = make_card()
        with contextlib.suppress(UserMistake):
            await bench.app.sale_desk.charge(request, card)
        parts = (card.number, card.expiry, card.holder, card.password)
        return all(part is not None and part.wiped for part in parts)

    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.answer_with(a.NotSent("refused"))
        assert await one(bench, SaleRequest(make_order(10_000)))
        bench.gateway.answer_with(a.Declined(REFUSAL))
        assert await one(bench, SaleRequest(make_order(20_000)))
        assert await one(bench, SaleRequest(make_order(30_000)))
        assert await one(bench, SaleRequest(make_order(30_000))), "refused as a duplicate"

    run(scenario())


@pytest.mark.parametrize(
    ("answer", "state", "kinds"),
    [
        (a.Declined(REFUSAL), PaymentState.DECLINED, ["prepared", "sending", "declined"]),
        (a.NotSent("refused"), PaymentState.NOT_SENT, ["prepared", "not_sent"]),
    ],
)
def test_a_settled_answer_ends_the_sale(
    tmp_path: Path, answer: a.ChargeAnswer, state: PaymentState, kinds: list[str]
) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.answer_with(answer)
        record = await charge(bench)
        assert record.state is state
        assert bench.ledger.kinds(record.payment_id) == kinds
        assert not (await at_rest(bench, record)).is_open

    run(scenario())


def test_a_lost_answer_is_unknown_at_once_and_settled_by_asking(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
        record = await charge(bench)
        assert record.state is PaymentState.UNKNOWN
        settled = await at_rest(bench, record)
        assert settled.state is PaymentState.APPROVED
        assert bench.gateway.charges == {record.order_no: 1}, "a charge is never sent again"

    run(scenario())


def test_a_number_from_a_cut_answer_is_only_a_candidate_until_looked_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        tno = "26112114320000"
        bench.gateway.answer_with(a.NoAnswer("cut", candidate_ref=tno), charged=True)
        record = await charge(bench)
        assert record.state is PaymentState.UNKNOWN
        assert record.candidate_ref == tno
        assert record.gateway_ref is None
        settled = await at_rest(bench, record)
        assert settled.state is PaymentState.APPROVED
        assert settled.gateway_ref == tno

    run(scenario())


def test_nobody_to_ask_means_a_person_is_called_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        bench.gateway.answer_with(a.NoAnswer("reset"), charged=True)
        settled = await at_rest(bench, await charge(bench))
        assert settled.state is PaymentState.UNKNOWN
        assert settled.person_needed == "charge_unknown"
        assert bench.clock.slept == [], "nothing is looked up where nothing can be"

    run(scenario())


def test_absent_is_no_proof_before_the_settle_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.answer_with(a.NoAnswer("timeout"))
        settled = await at_rest(bench, await charge(bench))
        assert settled.state is PaymentState.NOT_CHARGED
        waited = sum(bench.clock.slept)
        assert waited >= 600, f"closed after only {waited} s"
        assert settled.look_ups >= 7, "it asked along the way"

    run(scenario())


def test_a_late_approval_is_found_before_the_settle_time_is_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
        bench.gateway.look_up_with(a.Absent(), a.Absent(), a.CannotTell("timeout"))
        settled = await at_rest(bench, await charge(bench))
        assert settled.state is PaymentState.APPROVED
        assert settled.look_ups == 3

    run(scenario())


def test_a_mismatch_is_cancelled_in_full_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        tno = "26112114320000"
        bench.gateway.answer_with(a.Mismatched(tno, "amount", "88000", "87999"), charged=True)
        record = await charge(bench)
        assert record.state is PaymentState.MISMATCH
        settled = await at_rest(bench, record)
        assert settled.state is PaymentState.REVERSED
        assert bench.gateway.cancels == {tno: 1}

    run(scenario())


def test_a_lost_reversal_is_repeated_until_a_look_up_shows_it_done(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        tno = "26112114320000"
        bench.gateway.answer_with(a.Mismatched(tno, "amount", "88000", "1"), charged=True)
        for _ in range(4):
            bench.gateway.cancel_with(a.NoAnswer("timeout"))
        bench.gateway.cancel_with(a.NoAnswer("timeout"), done=True)
        settled = await at_rest(bench, await charge(bench))
        assert settled.state is PaymentState.REVERSED
        assert bench.gateway.cancels == {tno: 5}

    run(scenario())


def test_an_adapter_that_raises_after_sending_leaves_unknown_not_declined(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.explode_with(ArithmeticError("a bug of the adapter"))
        with pytest.raises(ArithmeticError):
            await charge(bench)
        (order_no,) = bench.gateway.charges
        stored = await bench.ledger.find_order(order_no)
        assert stored is not None
        assert stored.state is PaymentState.UNKNOWN
        assert isinstance(bench.errors[0], ArithmeticError), "the bug is told to the application"

    run(scenario())


def test_an_adapter_that_begins_a_second_request_is_stopped(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.sends_twice = True
        with pytest.raises(Bug, match="sent_twice"):
            await charge(bench)
        assert not bench.gateway.charges
        (stored,) = await bench.ledger.recent(5)
        assert stored.state is PaymentState.UNKNOWN, "the intent was on disk, so nobody knows"

    run(scenario())


def test_no_ledger_no_charge(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.ledger.refuse(ShopTrouble("ledger.disk_full", folder="x"))
        with pytest.raises(ShopTrouble, match="disk_full"):
            await charge(bench)
        assert not bench.gateway.charges

    run(scenario())


def test_a_ledger_that_fails_at_the_last_moment_sends_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.ledger.refuse(
            ShopTrouble("ledger.disk_full", folder="x"), kinds=frozenset({"sending"})
        )
        record = await charge(bench)
        assert record.state is PaymentState.NOT_SENT
        assert not bench.gateway.charges

    run(scenario())


def test_an_approval_that_can_be_written_nowhere_is_cancelled_and_money_stops(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        news: list[News] = []
        bench.news.subscribe(news.append)
        trouble = ShopTrouble("ledger.disk_full", folder="x")
        bench.ledger.refuse(trouble, kinds=frozenset({"approved"}), times=99)
        bench.ledger.spool.trouble = trouble
        with pytest.raises(ShopTrouble, match="disk_full"):
            await charge(bench)
        (booked,) = bench.gateway.book.values()
        assert booked.balance == 0, "the approval was undone at the gateway"
        codes = [item.error.code for item in news if isinstance(item, Trouble)]
        assert codes[-1] == "ledger.approval_undone"
        with pytest.raises(ShopTrouble, match=r"money\.halted"):
            await charge(bench)

    run(scenario())


def test_an_answer_that_can_be_written_later_is_not_undone(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        trouble = ShopTrouble("ledger.locked", folder="x")
        bench.ledger.refuse(trouble, kinds=frozenset({"approved"}), times=3)
        assert (await charge(bench)).state is PaymentState.APPROVED
        assert not bench.gateway.cancels

    run(scenario())


def test_the_same_card_and_amount_needs_a_reason(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        first = await charge(bench)
        with pytest.raises(UserMistake, match=r"sale\.same_card") as refused:
            await charge(bench)
        assert refused.value.params["order_no"] == first.order_no
        assert len(bench.gateway.charges) == 1
        second = await charge(bench, duplicate_reason="꽃다발 두 개")
        assert second.state is PaymentState.APPROVED
        await at_rest(bench, second)
        assert (await bench.ledger.get(first.payment_id)).state is PaymentState.APPROVED

    run(scenario())


def test_after_ten_minutes_the_same_card_is_no_duplicate(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        await charge(bench)
        bench.clock.pass_s(601)
        assert (await charge(bench)).state is PaymentState.APPROVED

    run(scenario())


def test_replacing_an_open_payment_reverses_it_when_it_turns_out_approved(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.clock.hold_sleepers = True
        bench.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
        lost = await charge(bench)
        await asyncio.sleep(0)
        with pytest.raises(UserMistake, match=r"sale\.same_card_open"):
            await charge(bench)
        again = await charge(bench, duplicate_reason="손님이 다시 요청")
        assert again.state is PaymentState.APPROVED
        assert again.supersedes == lost.payment_id
        bench.clock.hold_sleepers = False
        bench.clock.wake()
        settled = await at_rest(bench, lost)
        assert settled.state is PaymentState.REVERSED
        assert bench.gateway.book[lost.order_no].balance == 0
        assert bench.gateway.book[again.order_no].balance == 88_000

    run(scenario())


def test_another_amount_is_never_held_up_by_an_open_payment(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.clock.hold_sleepers = True
        bench.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
        await charge(bench)
        assert (await charge(bench, make_order(12_000))).state is PaymentState.APPROVED
        await bench.jobs.drain(1)

    run(scenario())


@pytest.mark.parametrize(
    ("order", "rules", "code"),
    [
        (make_order(49_999, 2), SaleRules(InstalmentRule()), "months.amount_too_small"),
        (make_order(90_000, 12), SaleRules(InstalmentRule(6)), "months.not_offered"),
        (
            make_order(90_000),
            SaleRules(InstalmentRule(), amount_limit=Won(50_000)),
            "amount.over_limit",
        ),
    ],
)
def test_a_rule_of_the_shop_refuses_before_anything_is_stored(
    tmp_path: Path, order: object, rules: SaleRules, code: str
) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path, rules=rules)
        with pytest.raises(UserMistake) as refused:
            await charge(bench, order)  # type: ignore[arg-type]  # parametrised as object
        assert refused.value.code == code
        assert bench.ledger.log == []

    run(scenario())


def test_the_screen_may_die_the_charge_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        bench.gateway.hold = asyncio.Event()
        screen = asyncio.ensure_future(charge(bench))
        await bench.gateway.reached.wait()
        screen.cancel()
        await asyncio.gather(screen, return_exceptions=True)
        bench.gateway.hold.set()
        (order_no,) = bench.gateway.charges
        stored = await bench.ledger.find_order(order_no)
        assert stored is not None
        assert (await at_rest(bench, stored)).state is PaymentState.APPROVED

    run(scenario())


def test_news_follows_the_ledger_never_runs_ahead(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        seen: list[tuple[str, int]] = []

        def listen(news: News) -> None:
            if isinstance(news, PaymentChanged):
                stored = len(bench.ledger.kinds(news.record.payment_id))
                seen.append((news.record.state.value, stored - news.record.version))
            elif isinstance(news, Activity) and news.doing is Doing.CONNECTING:
                seen.append(("connecting", 0))

        bench.news.subscribe(listen)
        await charge(bench)
        assert seen == [
            ("PREPARED", 0),
            ("connecting", 0),
            ("SENDING", 0),
            ("APPROVED", 0),
        ]

    run(scenario())


def test_an_unknown_issuer_answer_keeps_the_vendors_words(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path, by_order=False)
        refusal = a.Refusal("CC72", "카드사 TIMEOUT", "", "", a.Advice.NOTHING)
        bench.gateway.answer_with(a.NoAnswer("code.CC72", refusal=refusal))
        record = await charge(bench)
        assert record.state is PaymentState.UNKNOWN
        assert record.refusal == refusal
        await at_rest(bench, record)

    run(scenario())


def test_an_approval_is_told_with_what_the_slip_needs(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_in(tmp_path)
        record = await charge(bench, make_order(60_000, 3))
        booked = bench.gateway.book[record.order_no]
        assert record.approval == approval_of(booked)
        assert record.card_masked == "941011******0073"

    run(scenario())
