"""The day sweep, the watch and strays: what the gateway has and our books do not, and back."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain import facts as f
from pos_app.domain.errors import UserMistake
from pos_app.domain.money import Won
from pos_app.domain.schedule_facts import SCHEDULES, ScheduleNotSent
from pos_app.domain.stray_facts import StrayState, StrayWhy
from pos_app.services.sweep_report import Finding
from tests.helpers.fake_gateway import Booked
from tests.helpers.listing_gateway import DAY, TwinGateway
from tests.unit.domain.test_schedule_facts import ONE, planned
from tests.unit.services.desk import at_rest, charge, run
from tests.unit.services.sweep_shop import SECOND, TIMEOUT, TWIN, S, Shop, booked, findings

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


@pytest.mark.parametrize("standing", [True, False])
def test_what_the_gateway_charged_by_a_schedule_is_no_stranger(
    tmp_path: Path, *, standing: bool
) -> None:
    async def story() -> None:
        shop = Shop(tmp_path)
        streams, people = shop.bench.ledger.streams, f.Author("김봄날", "", "01")
        plan = await streams.begin(SCHEDULES, ONE, people, planned())
        if not standing:
            await streams.append(SCHEDULES, ONE, people, ScheduleNotSent("restart"), version=1)
        shop.gateway.put(plan.order_no, TWIN, 55_000)
        assert findings(await shop.sweep()) == ([] if standing else [Finding.FOREIGN])

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
        shop = Shop(tmp_path, gateway=TwinGateway(by_order=True))
        sale = await shop.sold(charged=True)
        shop.gateway.book[sale.order_no].balance -= 1_000
        shop.gateway.put(sale.order_no, TWIN, 88_000)
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
        invented = await shop.sold(DECLINED, charged=False, amount=7_000)
        lost = await shop.sold(TIMEOUT, charged=True, amount=9_000)
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
