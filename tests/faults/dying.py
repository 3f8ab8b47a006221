"""A terminal that dies: a process that forks a life for every point at which it can be killed.

    python -m tests.faults.dying STORY VENDOR FOLDER URL EVERY

Each life works on the ledger in FOLDER, at the practice gateway at URL, until SIGKILL ends it at
its point: around each write of the ledger, around each request and while one is on its way; with
EVERY not 0 instead at every so many turns of the event loop, which are the awaits. Then another
life recovers. `migration` kills the bringing up of an old ledger at every operation. One JSON line
is printed a point; the last life, in which nothing dies, ends the program.
"""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import json
import os
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from pos_app.domain.record import PaymentState
from pos_app.ledger import engines, opening
from pos_app.ledger.chain import Chain
from pos_app.ledger.store import SqlLedger
from pos_app.services.machine import SystemIds
from tests.contract.gateways.shop import PracticeShop
from tests.contract.ledger.cases import INSTALL_ID, KEY, opened
from tests.faults.terminals import Terminal, bench_of, make_clock, shop_of
from tests.unit.ledger.killing import Deadly
from tests.unit.ledger.test_faults import connections
from tests.unit.ledger.test_migrations import of_version_1

#: The request is on its way for so long, and the program dies after so much of it, in seconds.
SLOW_S, ON_ITS_WAY_S = 0.08, 0.03
POINTS_MAX = 400


class Points:
    """Counts what is passed, and ends the process at one of them."""

    def __init__(self, die_at: int) -> None:
        self.die_at = die_at
        self.count = 0

    def pass_by(self) -> None:
        """Pass a point, or die."""
        self.count += 1
        if self.count == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingLedger:
    """A ledger with a point before and behind each write."""

    def __init__(self, real: SqlLedger, points: Points) -> None:
        self._real = real
        self._points = points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def prepare(self, *args: Any) -> Any:
        return await self._around(self._real.prepare(*args))

    async def append(self, *args: Any, version: int) -> Any:
        return await self._around(self._real.append(*args, version=version))

    async def _around(self, work: Coroutine[Any, Any, Any]) -> Any:
        self._points.pass_by()
        done = await work
        self._points.pass_by()
        return done


class DyingGateway:
    """A client with a point before, in and behind each request."""

    def __init__(self, real: Any, points: Points) -> None:
        self._real = real
        self._points = points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def approve(self, request: Any, card: Any) -> Any:
        return await self._around(self._real.approve(self._watched(request), card))

    async def cancel(self, request: Any) -> Any:
        return await self._around(self._real.cancel(self._watched(request)))

    async def look_up(self, request: Any) -> Any:
        return await self._around(self._real.look_up(request))

    async def _around(self, work: Coroutine[Any, Any, Any]) -> Any:
        self._points.pass_by()
        answer = await work
        self._points.pass_by()
        return answer

    def _watched(self, request: Any) -> Any:
        consent = request.before_send

        async def before_send() -> None:
            await consent()
            self._points.pass_by()
            asyncio.get_running_loop().call_later(ON_ITS_WAY_S, self._points.pass_by)

        return dataclasses.replace(request, before_send=before_send)


class DyingLoop(asyncio.SelectorEventLoop):
    """A loop with a point at each turn of a task."""

    points: Points

    def call_soon(  # type: ignore[override]  # the callback's arguments are handed on as they are
        self, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        self.points.pass_by()
        return super().call_soon(callback, *args, context=context)


def fork(life: Callable[[], None]) -> bool:
    """Live in a process of its own; tell whether it was killed. Another end than exit 0 raises."""
    child = os.fork()
    if child == 0:
        try:
            life()
        except BaseException:  # noqa: BLE001 - a forked life must not go on in the parent's frames
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "a life failed"
    return False


async def charge(till: Terminal) -> None:
    """Charge a card."""
    await till.rest(await till.sell(50_000, duplicate_reason="두 개"))


async def refund(till: Terminal) -> None:
    """Give a little of the newest sale back; sell it first where there is none."""
    sales = [r for r in await till.payments() if r.state is PaymentState.APPROVED]
    sale = sales[0] if sales else await till.rest(await till.sell(50_000))
    await till.rest(await till.refund(sale, 1_000))


async def recover(till: Terminal) -> None:
    """Carry on with what is open."""
    await till.bench.app.recovery.resume_open()
    for record in await till.payments():
        await till.rest(record)


Work = Callable[[Terminal], Coroutine[Any, Any, None]]
STORIES: dict[str, Work] = {"charge": charge, "refund": refund, "recovery": charge}


@dataclasses.dataclass(frozen=True)
class Shop:
    """Where lives are lived."""

    shop: PracticeShop
    folder: Path

    def live(self, work: Work, die_at: int = 0, every: int = 0) -> bool:
        """Do `work` in a life that dies at a point; tell whether it did."""
        return fork(lambda: self._live(work, die_at, every))

    def begin(self, work: Work) -> None:
        """Do `work` in this process."""
        self._live(work, 0, 0)

    def _live(self, work: Work, die_at: int, every: int) -> None:
        by_turns, by_deeds = Points(die_at * every), Points(0 if every else die_at)

        def loop() -> asyncio.AbstractEventLoop:
            made = DyingLoop()
            made.points = by_turns
            return made

        with opened(self.folder, None) as real, asyncio.Runner(loop_factory=loop) as runner:
            runner.run(self._work(work, real, by_deeds))

    async def _work(self, work: Work, real: SqlLedger, points: Points) -> None:
        gateway = DyingGateway(self.shop.gateway, points)
        ledger = DyingLedger(real, points)
        bench = bench_of(
            self.shop, self.folder, make_clock(), gateway=gateway, ledger=ledger, ids=SystemIds()
        )
        await work(Terminal(self.shop, bench))
        await bench.jobs.drain(5)


def die_everywhere(story: str, shop: Shop, every: int) -> None:
    """Kill the story at each point, and the recovery, too, where it is about that."""
    # Here first, so that no life has to load what it needs: nothing may be left of it but that.
    shop.begin(STORIES[story])
    assert threading.active_count() == 1, threading.enumerate()
    for at in range(1, POINTS_MAX, 2 if story == "recovery" else 1):
        if story == "recovery":
            died = shop.live(charge, 7)
            again = [shop.live(recover, at) for _ in range(3)]
            died = died and any(again)
        else:
            died = shop.live(STORIES[story], at, every)
        assert not shop.live(recover)
        print(json.dumps({"at": at, "died": died}), flush=True)
        if not died:
            return


def die_in_migration(folder: Path) -> None:
    """Kill the bringing up of a ledger of version 1 at every operation, and open it again."""
    for at in range(1, POINTS_MAX):
        place = folder / "old"
        of_version_1(place)

        def bring_up(at: int = at, place: Path = place) -> None:
            disk = Deadly()
            disk.fail_at = at
            kind = connections(disk)
            storage = engines.sqlite_storage(place / "ledger.db", connection_class=kind)
            disk.armed = True
            opening._bring_up(storage, Chain(KEY, INSTALL_ID), 1, ())
            disk.armed = False
            storage.engine.dispose()

        died = fork(bring_up)
        version = engines.check_file(place / "ledger.db")
        with opened(place) as ledger:
            report = asyncio.run(ledger.verify())
        found = {"at": at, "died": died, "version": version, "ok": report.ok}
        print(json.dumps(found | {"entries": report.entries}), flush=True)
        shutil.rmtree(place)
        if not died:
            return


def main(story: str, vendor: str, folder: str, url: str, every: str) -> None:
    """Run a story."""
    if story == "migration":
        die_in_migration(Path(folder))
        return
    shop = shop_of(vendor)
    shop.setting(loopback_url=url)
    die_everywhere(story, Shop(shop, Path(folder)), int(every))


if __name__ == "__main__":
    main(*sys.argv[1:])
