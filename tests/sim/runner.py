"""Runs worlds and says what came of them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pos_app.domain.money import Won
from pos_app.domain.order import KST
from tests.sim.life import Life
from tests.sim.people import Clerk, Manager, meddle
from tests.sim.plan import Plan
from tests.sim.world import World

#: In liveness mode everything must be settled so long after the faults have stopped.
SETTLED_WITHIN_S = 900.0
#: The last request of the stormy time has met its deadline by then.
LAST_DEADLINE_S = 91.0


@dataclass
class Report:
    """What came of one world.

    Attributes:
        faults: broken rules; empty in a right program.
        history: everything that happened, in order.
    """

    plan: Plan
    faults: list[str]
    history: list[tuple[object, ...]]
    figures: Counter[str] = field(default_factory=Counter)

    @property
    def digest(self) -> str:
        """Return a fingerprint of the history: the same seed has the same."""
        lines = "\n".join(map(repr, self.history))
        return hashlib.sha256(lines.encode()).hexdigest()

    def told(self) -> str:
        """Return seed, mode, gateway, faults and history, for people."""
        plan = self.plan
        head = f"seed {plan.seed}, {plan.mode}, {plan.gateway}, {plan.sales} sales"
        lines = [" ".join(map(str, event)) for event in self.history]
        return "\n".join([head, *self.faults, "", *lines])


def run_plan(plan: Plan) -> Report:
    """Run one world."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        folder = Path("nowhere")
        if plan.sqlite:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_memory())))
        world = World(plan, folder)
        stack.callback(world.close)
        world.loop.run(_live(world))
        _count(world)
        return Report(plan, world.faults, world.history, world.figures)


async def _live(world: World) -> None:
    """Let the people work, then look at what is left."""
    plan = world.plan
    manager, loop = Manager(world), world.loop
    beside = [loop.create_task(manager.work()), loop.create_task(meddle(world))]
    share = -(-plan.sales // plan.clerks)
    clerks = [Clerk(world, n) for n in range(plan.clerks)]
    await asyncio.gather(*(clerk.work(share) for clerk in clerks))
    await world.background_done()
    settled = plan.mode == "liveness"
    if settled:
        beside[1].cancel()
        await _calm(world, manager)
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    for task in beside:
        if not task.cancelled() and task.exception() is not None:
            raise task.exception()  # type: ignore[misc]  # it is there
    for life in world.lives:
        life.end()
        await life.gone()
    world.checker.check_end(settled=settled)


async def _calm(world: World, manager: Manager) -> None:
    """Stop the faults, start what is not running, and give it the time it may take."""
    world.note("calm")
    world.calm()
    manager.honest = True
    await asyncio.sleep(LAST_DEADLINE_S)
    for counter in world.counters:
        life = await counter.running()
        if life.bench.jobs.halted or counter.ledger.spool.lines:
            await counter.close(life)
            await counter.running()
    await _sweep(world, await world.counters[0].running())
    await asyncio.sleep(SETTLED_WITHIN_S)
    await manager.look()
    await asyncio.sleep(60)


async def _sweep(world: World, life: Life) -> None:
    """Hold the books against the gateway, as `recover --sweep` does in the evening.

    KCP has no list to ask for: there somebody fetches one from its partner site.
    """
    world.swept_at = world.loop.time()
    app, charges = life.bench.app, list(world.model.charges)
    days = sorted({charge.at.astimezone(KST).date() for charge in charges})
    reports = [await life.do(app.sweeping.sweep(days))]
    reports.append(await life.do(app.sweeping.watch(gently=False)))
    if world.plan.gateway == "kcp":
        lines = [(one.order_no, one.gateway_ref, Won(one.amount)) for one in charges]
        reports.append(await life.do(app.sweeping.check_listed("kcp", lines)))
    for report in reports:
        for found in report.found:
            world.figures[f"sweep: {found.finding.value}"] += 1
        world.figures["sweep: compared"] += report.compared


def _count(world: World) -> None:
    """Add up what was tried."""
    figures, records = world.figures, world.book.records()
    figures["simulated sales"] += len(records)
    figures["seeds"] += 1
    figures[f"seeds, {world.plan.gateway}"] += 1
    figures[f"seeds, {world.plan.mode}"] += 1
    figures["seeds on SQLite"] += world.plan.sqlite
    figures["seeds, two counters"] += world.plan.counters > 1
    figures["facts"] += sum(record.version for record in records)
    figures["were unknown"] += len(world.watcher.unknown)
    figures["late arrivals"] += len(world.line.late_arrivals)
    for record in records:
        figures[f"ended {record.state.value}"] += 1
        figures["refunds done"] += sum(r.state.value == "DONE" for r in record.refunds)
    disks = sum((one.ledger.counts for one in world.counters), Counter[str]())
    for kind, count in (world.line.counts + disks + world.model.outcomes).items():
        figures[f"fault: {kind}" if kind != "sent" else "requests"] += count


def _memory() -> str | None:
    """Return a folder in memory where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - holds a file of a test


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Log nothing: a simulated storm would fill the screen."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
