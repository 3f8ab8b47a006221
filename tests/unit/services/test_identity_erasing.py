"""What a gateway holds of callers is erased: at once, later, or after a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain import identity as i
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.identity_facts import CHECKS
from pos_app.domain.streams import StreamQuery
from pos_app.services.identity_erasing import ERASE_WAITS_S, TELL_AFTER_TRIES
from pos_app.services.news import News, Trouble
from tests.helpers.fake_app import make_bench
from tests.unit.services.checking import bench_of, caller, checked, settle
from tests.unit.services.desk import run

REFUSAL = a.Refusal("CC61", "한도초과", "한도 초과", "Over the limit", a.Advice.OTHER_CARD)


def test_a_passed_check_is_erased_at_the_gateway(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        await checked(bench)
        await settle(bench)
        assert bench.gateway.held == {}
        assert await bench.memory.all_due() == ()

    run(scenario())


def test_a_shop_that_needs_it_keeps_the_passed_check_and_nothing_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path, keep_at_gateway=True)
        await bench.app.identity.ask(caller())  # never confirmed: of no use to anybody
        await checked(bench)
        await settle(bench)
        assert list(bench.gateway.held) == ["imp_000000000002"]
        kept = StreamQuery(states=frozenset({"KEPT"}))
        records = await bench.ledger.streams.find(CHECKS, kept)
        assert [record.due.gateway_ref for record in records] == ["imp_000000000002"]
        assert await bench.memory.all_due() == ()

    run(scenario())


def test_erasing_goes_on_until_it_is_done_and_tells_people_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        told: list[News] = []
        bench.news.subscribe(told.append)
        fails: list[i.EraseAnswer] = [a.NoAnswer("timeout"), a.NotSent("dns"), a.Refused(REFUSAL)]
        tries = TELL_AFTER_TRIES + 3
        bench.gateway.erase_with(*[fails[at % 3] for at in range(tries)])
        await checked(bench)
        await settle(bench)
        assert bench.gateway.held == {}
        assert await bench.memory.all_due() == ()
        waits = [*ERASE_WAITS_S, *[ERASE_WAITS_S[-1]] * tries][:tries]
        assert bench.clock.slept == waits
        (trouble,) = [news for news in told if isinstance(news, Trouble)]
        assert (trouble.error.code, trouble.halted) == ("identity.not_erased", False)
        assert set(trouble.error.params) == {"gateway_ref", "gateway"}

    run(scenario())


def test_what_is_to_be_erased_is_on_record_before_the_code_is_typed(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        await bench.app.identity.ask(caller())
        due = await bench.memory.all_due()
        assert [one.gateway_ref for one in due] == ["imp_000000000001"]
        # The program is killed here; the next start knows nothing but the memory.
        later = make_bench(tmp_path, gateway=bench.gateway, ledger=bench.ledger)
        assert later.app.identity.waits_for_code is False
        await later.app.identity.resume()
        await settle(later)
        assert bench.gateway.held == {}
        assert await bench.memory.all_due() == ()

    run(scenario())


def test_a_gateway_that_is_no_longer_set_up_is_told_of_and_not_forgotten(tmp_path: Path) -> None:
    async def scenario() -> None:
        first = bench_of(tmp_path)
        await first.app.identity.ask(caller())
        later = make_bench(tmp_path, ledger=first.ledger)
        told: list[News] = []
        later.news.subscribe(told.append)
        await later.app.identity.resume()
        await settle(later)
        (trouble,) = [news for news in told if isinstance(news, Trouble)]
        assert trouble.error.code == "identity.erase_no_gateway"
        assert len(await later.memory.all_due()) == 1

    run(scenario())


def test_a_check_that_cannot_be_noted_is_erased_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        bench.ledger.refuse(ShopTrouble("ledger.disk_full"), kinds=frozenset({"identity.asked"}))
        with pytest.raises(ShopTrouble, match=r"ledger\.disk_full"):
            await bench.app.identity.ask(caller())
        await settle(bench)
        assert bench.gateway.held == {}
        assert not bench.app.identity.waits_for_code

    run(scenario())


def test_a_clerk_who_leaves_while_the_code_is_sent_leaves_nothing_behind(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        bench.gateway.hold_code = asyncio.Event()
        screen = asyncio.ensure_future(bench.app.identity.ask(caller()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        screen.cancel()
        bench.app.identity.give_up()
        bench.gateway.hold_code.set()
        await settle(bench)
        assert len(bench.gateway.requests) == 1
        assert bench.gateway.held == {}
        assert await bench.memory.all_due() == ()
        assert not bench.app.identity.waits_for_code

    run(scenario())


def test_giving_up_erases_what_was_asked(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        await bench.app.identity.ask(caller())
        bench.app.identity.give_up()
        await settle(bench)
        assert bench.gateway.held == {}

    run(scenario())


def test_a_number_that_a_gateway_gives_again_is_erased_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        for _ in range(2):
            bench.gateway.code_with(i.CodeSent("imp_again"))
            await bench.app.identity.ask(caller())
            bench.gateway.held["imp_again"] = bench.gateway.requests[-1]
            bench.app.identity.give_up()
            await settle(bench)
            assert bench.gateway.held == {}
            assert await bench.memory.all_due() == ()

    run(scenario())
