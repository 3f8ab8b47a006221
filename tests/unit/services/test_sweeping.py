"""The day sweep, the watch and strays: what the gateway has and our books do not, and back."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.errors import UserMistake
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.stray_facts import STRAYS, StrayRecord, StrayState, StrayWhy
from pos_app.domain.streams import StreamQuery
from pos_app.services.news import Trouble
from pos_app.services.sweeping import Finding, SweepReport
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_gateway import Booked
from tests.helpers.listing_gateway import DAY, ListingGateway
from tests.unit.services.desk import at_rest, charge, run

S = PaymentState
SECOND = Operator("박점장", Role.MANAGER)
TWIN = "26112114329999"
TIMEOUT = a.NoAnswer("timeout")


class Shop:
    """A bench over a gateway that lists its day, and what it was told of."""

    def __init__(self, folder: Path, *, by_order: bool = True, last: Shop | None = None) -> None:
        """Open, or start the program anew over the books of `last`."""
        self.folder = folder
        self.gateway: ListingGateway = last.gateway if last else ListingGateway(by_order=by_order)
        more = {"ledger": last.bench.ledger, "clock": last.bench.clock} if last else {}
        self.bench: Bench = make_bench(folder, gateway=self.gateway, **more)  # type: ignore[arg-type]
        self.told: list[str] = []
        self.bench.news.subscribe(
            lambda news: self.told.append(news.error.code) if isinstance(news, Trouble) else None
        )

    async def sold(self, answer: a.ChargeAnswer | None = None, *, charged: bool) -> PaymentRecord:
        """Sell, with this answer to the charge, and come to rest."""
        if answer is not None:
            self.gateway.answer_with(answer, charged=charged)
        return await at_rest(self.bench, await charge(self.bench))

    async def sweep(self) -> SweepReport:
        """Compare the day, and let everything come to rest."""
        report = await self.bench.app.sweeping.sweep([DAY])
        await self.rest()
        return report

    async def rest(self) -> None:
        """Let the background go on until nothing works any more."""
        quiet = 0
        for _ in range(20_000):
            await asyncio.sleep(0)
            quiet = 0 if self.bench.jobs._tasks else quiet + 1
            if quiet == 5:
                return
        raise AssertionError("the shop does not come to rest")

    async def now(self, record: PaymentRecord) -> PaymentRecord:
        """Return the payment as stored."""
        return await self.bench.ledger.get(record.payment_id)

    async def strays(self) -> list[StrayRecord]:
        """Return every stray, oldest first."""
        return list(reversed(await self.bench.ledger.streams.find(STRAYS, StreamQuery())))


def findings(report: SweepReport) -> list[Finding]:
    """Return what was found."""
    return [one.finding for one in report.found]


def booked(record: PaymentRecord, ref: str = TWIN) -> Booked:
    """Return a charge of that order in the gateway's book."""
    amount = record.order.amount.amount
    return Booked(ref, amount, amount, record.order_no)


DECLINED = a.Declined(a.Refusal("CC61", "", "한도 초과", "Over the limit", a.Advice.OTHER_CARD))
UNLISTED = a.Declined(a.Refusal("ZZ99", "", "", "", a.Advice.CALL_GATEWAY))


@pytest.mark.parametrize("ended", [DECLINED, a.NotSent("refused")])
def test_what_had_ended_without_a_charge_and_is_paid_goes_back(
    tmp_path: Path, ended: a.ChargeAnswer
) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(ended, charged=False)
        shop.gateway.book[sale.order_no] = booked(sale)
        report = await shop.sweep()
        assert findings(report) == [Finding.ORPHAN]
        assert "payment.orphan" in shop.told
        now = await shop.now(sale)
        assert (now.state, now.unwanted) == (S.REVERSED, "orphan")
        assert shop.gateway.money_under(sale.order_no) == 0
        kinds = shop.bench.ledger.kinds(sale.payment_id)
        assert kinds[-4:] == ["unwanted", "approved", "reversal_sending", "reversed"]
        assert findings(await shop.sweep()) == []

    run(story())


def test_a_late_charge_of_another_amount_goes_back_by_its_own_amount(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(a.NotSent("refused"), charged=False)
        shop.gateway.book[sale.order_no] = Booked(TWIN, 1_000, 1_000, sale.order_no)
        await shop.sweep()
        assert (await shop.now(sale)).state is S.REVERSED
        assert shop.gateway.money_under(sale.order_no) == 0

    run(story())


def test_an_unknown_payment_that_the_list_has_is_settled_by_the_loop(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path, by_order=False)
        sale = await shop.sold(TIMEOUT, charged=True)
        assert (sale.state, bool(sale.person_needed)) == (S.UNKNOWN, True)
        report = await shop.sweep()
        assert findings(report) == [Finding.OPEN]
        assert (await shop.now(sale)).state is S.APPROVED

    run(story())


def test_a_part_cancelled_elsewhere_is_taken_over_and_a_whole_one_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        shop.gateway.book[sale.order_no].balance -= 30_000
        assert findings(await shop.sweep()) == [Finding.BALANCE]
        now = await shop.now(sale)
        assert (now.outside_refunds, now.balance) == (Won(30_000), Won(58_000))
        assert await shop.strays() == []
        shop.gateway.book[sale.order_no].balance = 0
        assert findings(await shop.sweep()) == [Finding.CANCELLED]
        assert not (await shop.now(sale)).balance
        assert "stray.cancelled" in shop.told
        (stray,) = await shop.strays()
        assert (stray.found.why, stray.needs_person) == (StrayWhy.CANCELLED, True)
        assert shop.gateway.cancels.total() == 0

    run(story())


def test_more_left_there_than_here_changes_nothing_and_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        refund = await shop.bench.app.refund_desk.refund(sale.payment_id, Won(8_000), "고객 변심")
        await at_rest(shop.bench, refund)
        shop.gateway.book[sale.order_no].balance = 88_000
        assert findings(await shop.sweep()) == [Finding.ABOVE]
        assert (await shop.now(sale)).balance == Won(80_000)

    run(story())


def test_approved_here_and_absent_there_is_told_until_it_is_there(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        shop.gateway.silent.add(sale.order_no)
        before = await shop.now(sale)
        assert findings(await shop.sweep()) == [Finding.MISSING]
        assert await shop.now(sale) == before
        assert [one.state for one in await shop.strays()] == [StrayState.PERSON]
        shop.gateway.silent.clear()
        assert findings(await shop.sweep()) == []
        assert [one.state for one in await shop.strays()] == [StrayState.CLOSED]
        shop.gateway.silent.add(sale.order_no)
        await shop.sweep()
        assert [one.state for one in await shop.strays()] == [StrayState.PERSON]

    run(story())


def test_what_another_program_sold_is_told_once_and_never_cancelled(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        shop.gateway.put("WEBSHOP-4711", TWIN, 9_900)
        assert findings(await shop.sweep()) == [Finding.FOREIGN]
        assert findings(await shop.sweep()) == [Finding.FOREIGN]
        (stray,) = await shop.strays()
        assert stray.needs_person
        assert shop.told == ["stray.foreign"]
        assert shop.gateway.twins[TWIN].balance == 9_900
        with pytest.raises(UserMistake, match="not_waiting"):
            await shop.bench.app.strays.try_again(stray.stream_id)
        await shop.bench.app.strays.close(stray.stream_id, "웹 쇼핑몰 주문", SECOND)
        await shop.sweep()
        assert [one.state for one in await shop.strays()] == [StrayState.CLOSED]
        assert shop.told == ["stray.foreign"]

    run(story())


def test_a_second_charge_seen_by_the_sweep_goes_back_and_the_first_stays(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        shop.gateway.put(sale.order_no, TWIN, 88_000)
        assert findings(await shop.sweep()) == [Finding.SECOND]
        (stray,) = await shop.strays()
        assert (stray.state, stray.found.payment_id) == (StrayState.REVERSED, sale.payment_id)
        assert shop.gateway.cancels == {TWIN: 1}
        assert (await shop.now(sale)).state is S.APPROVED
        assert shop.gateway.money_under(sale.order_no) == 88_000

    run(story())


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


def test_what_our_books_gave_back_and_is_paid_again_goes_back(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        shop.gateway.answer_with(TIMEOUT, charged=True)
        first = await charge(shop.bench)
        await shop.bench.app.recovery.reverse_when_found(first.payment_id)
        sale = await at_rest(shop.bench, first)
        assert sale.state is S.REVERSED
        shop.gateway.book[sale.order_no].balance = 88_000
        assert findings(await shop.sweep()) == [Finding.STANDING]
        assert shop.gateway.money_under(sale.order_no) == 0

    run(story())


def test_a_list_that_cannot_be_had_is_told_and_changes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        shop.gateway.list_trouble = a.CannotTell("timeout")
        report = await shop.sweep()
        assert [(one.what, one.why) for one in report.unclear] == [(DAY.isoformat(), "timeout")]
        assert findings(report) == []
        assert (await shop.now(sale)).state is S.APPROVED

    run(story())


def test_a_look_up_that_says_nothing_raises_no_alarm(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        shop.gateway.put(sale.order_no, TWIN, 88_000)
        shop.gateway.look_up_with(a.CannotTell("timeout"))
        report = await shop.sweep()
        assert [one.why for one in report.unclear] == ["timeout"]
        assert await shop.strays() == []

    run(story())


# --------------------------------------------------------------------------------------- the watch


@pytest.mark.parametrize(
    ("answer", "watched"), [(UNLISTED, True), (DECLINED, False), (TIMEOUT, True)]
)
def test_what_could_be_contradicted_is_looked_up_again_for_seven_days(
    tmp_path: Path, answer: a.ChargeAnswer, *, watched: bool
) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(answer, charged=False)
        assert sale.state in {S.DECLINED, S.NOT_CHARGED}
        shop.gateway.book[sale.order_no] = booked(sale)
        report = await shop.bench.app.sweeping.watch()
        await shop.rest()
        assert findings(report) == ([Finding.ORPHAN] if watched else [])
        assert shop.gateway.money_under(sale.order_no) == (0 if watched else 88_000)

    run(story())


def test_the_watch_ends_after_seven_days(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        await shop.sold(UNLISTED, charged=False)
        shop.bench.clock.pass_s(dt.timedelta(days=8).total_seconds())
        assert (await shop.bench.app.sweeping.watch()).compared == 0

    run(story())


def test_a_gateway_without_a_list_is_asked_payment_by_payment(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(charged=True)
        shop.gateway.book[sale.order_no].balance -= 1_000
        shop.gateway.put(sale.order_no, TWIN, 88_000)
        shop.gateway.list_trouble = None
        shop.gateway.sweep = None  # type: ignore[method-assign]
        report = await shop.sweep()
        assert set(findings(report)) >= {Finding.BALANCE, Finding.SECOND}
        assert (await shop.now(sale)).balance == Won(87_000)
        assert shop.gateway.money_under(sale.order_no) == 87_000

    run(story())


# ------------------------------------------------------------------------------ lines of a list


def test_lines_of_a_list_are_hints_that_are_looked_up(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path, by_order=False)
        twice = await shop.sold(charged=True)
        shop.gateway.put(twice.order_no, TWIN, 88_000)
        invented = await shop.sold(DECLINED, charged=False)
        lost = await shop.sold(TIMEOUT, charged=True)
        rows = [
            (lost.order_no, shop.gateway.book[lost.order_no].tno, Won(88_000)),
            (twice.order_no, TWIN, Won(88_000)),
            (twice.order_no, twice.gateway_ref or "", Won(88_000)),
            (invented.order_no, "26112100000000", Won(88_000)),
            ("OTHER-1", "26112100000001", Won(5_000)),
        ]
        report = await shop.bench.app.sweeping.check_listed(shop.gateway.name, rows)
        await shop.rest()
        assert findings(report) == [Finding.OPEN, Finding.SECOND, Finding.FOREIGN]
        assert [one.what for one in report.unclear] == [invented.order_no]
        assert (await shop.now(lost)).state is S.APPROVED
        assert (await shop.now(invented)).state is S.DECLINED
        assert shop.gateway.cancels == {TWIN: 1}

    run(story())


# ------------------------------------------------------------------------------- crossed answers


def crossed(ref: str = TWIN) -> a.Mismatched:
    """Return an answer that names another till's order and transaction number."""
    return a.Mismatched(ref, "order_no", "ours", "20261121020000000000000000")


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


def test_the_same_order_may_be_sold_again_behind_an_orphan(tmp_path: Path) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        sale = await shop.sold(a.NotSent("refused"), charged=False)
        shop.gateway.book[sale.order_no] = booked(sale)
        await shop.sweep()
        entries = await shop.bench.ledger.entries(sale.payment_id)
        unwanted = [e for e in entries if isinstance(e.fact, f.Unwanted)]
        assert [e.author.operator for e in unwanted] == ["program"]
        assert dataclasses.replace(await shop.now(sale)).is_live is False

    run(story())
