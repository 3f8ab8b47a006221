"""Which points are killed at, and the killing: stories, what recovers them, and that killed again.

A first run of each story, unharmed, is recorded: every system call, line and await that it passes.
Each becomes a case: the same story again, in new processes, killed there. From a kill between
request and answer the recovery is recorded in the same way, so that it can be killed, too.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import random
import shutil
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from pos_app.gateways.transport import Transport
from tests.contract.gateways.kcp_shop import make_signer
from tests.contract.ledger.cases import memory_folder, opened
from tests.crash import cards, judge
from tests.crash.bank import Bank
from tests.crash.lives import Ended, Report, live
from tests.crash.points import AWAIT, CALL, LINE, Point, Seen
from tests.crash.stories import STORIES, Story
from tests.crash.terminal import Shop, Till, till

SHOPS = {"kcp": ("kcp", "kcp_by_order"), "portone": ("portone",)}
#: Recoveries are recorded after so many different kills of each story; after fewer for a sample.
_ANCHORS, _ANCHORS_OF_SAMPLE = 5, 2
#: Groups of which a sample, too, has every case: before a request leaves, and after it has left.
_ALWAYS = frozenset({"story send", "story sent"})
#: Cases of each story whose recovery dies three times in a row, and their group.
_THRICE, _THREE_TIMES = 60, "three times"


@dataclass(frozen=True, slots=True)
class Case:
    """A story that is killed, and started again as often as it is killed again.

    Attributes:
        kills: the first ends the story, the others the recoveries after it.
        group: what it is, for drawing a fair sample.
    """

    shop: str
    story: str
    kills: tuple[Point, ...]
    group: str

    def __str__(self) -> str:
        return f"{self.shop} {self.story}, killed at {' then '.join(map(str, self.kills))}"


@dataclass(slots=True)
class Result:
    """What came of cases.

    Attributes:
        figures: by name.
        failures: in words, each beginning with its case.
    """

    figures: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Workshop:
    """Everything that lives are made from; holds a practice gateway and a folder in memory."""

    def __init__(self, bank: Bank, folder: Path, shops: dict[str, Shop]) -> None:
        self.bank = bank
        self.folder = folder
        self._shops = shops
        self._template = folder / "template"
        made = live(lambda _report: opened(self._template).close())
        assert not made.fault, made.fault

    def warm_up(self) -> None:
        """Live a whole life in this process, so that no child has to load what it needs."""
        with Path(os.devnull).open("wb") as nowhere:
            for name, shop in self._shops.items():
                story = next(story for story in STORIES if name in story.shops)
                folder = self.folder / f"warm {name}"
                shutil.copytree(self._template, folder)
                url = self.bank.open(story.faults, shop.switches)
                _live(shop, folder, url, story.tell, True, Report(nowhere.fileno()))
                shutil.rmtree(folder)
        assert threading.active_count() == 1, threading.enumerate()

    def run(
        self, shop_name: str, story: Story, kills: Sequence[Point | None], record: int = -1
    ) -> tuple[list[Ended], dict[str, object]]:
        """Live one life a kill, and a last one that recovers; return them and the gateway's book.

        Args:
            shop_name: where.
            story: what the first life does.
            kills: where each life but the last is ended; None where it ends by itself.
            record: the number of the life that is recorded.
        """
        shop = self._shops[shop_name]
        url = self.bank.open(story.faults, shop.switches)
        folder = self.folder / "ledger"
        shutil.copytree(self._template, folder)
        lives: list[Ended] = []
        try:
            for number, kill in enumerate((*kills, None)):
                tell = story.tell if number == 0 else _recover
                last = number == len(kills)

                life = functools.partial(_live, shop, folder, url, tell, last)
                lives.append(live(life, kill, record=number == record))
                self.bank.book()
            return lives, self.bank.book()
        finally:
            shutil.rmtree(folder)


async def _recover(till_: Till) -> None:
    """Do what every start does, and what people do then."""
    await till_.recover()


def _live(
    shop: Shop,
    folder: Path,
    url: str,
    tell: Callable[[Till], Awaitable[None]],
    last: bool,
    report: Report,
) -> None:
    """Open a terminal, do something, close it; the last life also says what the books are."""

    async def whole() -> None:
        async with till(shop, folder, url, report) as till_:
            await tell(till_)
            if last:
                await till_.show()
                await cards.show(till_)

    asyncio.run(whole())


@contextmanager
def workshop() -> Iterator[Workshop]:
    """Make one; nothing of this process may run in threads or loops."""
    with memory_folder() as folder, Bank() as bank:
        transport = Transport()
        asyncio.run(transport.warm_up())
        signer = make_signer()
        names = [name for names in SHOPS.values() for name in names]
        shop = Workshop(bank, folder, {name: Shop(name, signer, transport) for name in names})
        shop.warm_up()
        # What is loaded stays in pages shared with the children, instead of being copied in each.
        gc.collect()
        gc.freeze()
        yield shop


# ------------------------------------------------------------------------------------ choosing

#: By story: what its runs passed, each after some kills.
_Passed: TypeAlias = "dict[str, list[tuple[tuple[Point, ...], Seen]]]"


def plan(
    shop: Workshop,
    gateway: str,
    points: int,
    seed: int,
    only: Collection[str] = (),
    *,
    every_call: bool = False,
) -> list[Case]:
    """Return the cases of a gateway, at least one for each system call, line and await.

    Args:
        shop: where stories are recorded.
        gateway: "kcp" or "portone".
        points: only so many kills besides those around each send, drawn from all groups; 0 for all.
        seed: of the draw.
        only: names of stories; empty for all.
        every_call: a draw, too, has every system call of each story and of its longest recovery.
    """
    chance = random.Random(f"{seed} {gateway}")
    stories = [story for story in STORIES if not only or story.name in only]
    cases: list[Case] = []
    for name in SHOPS[gateway]:
        recorded = {
            story.name: _record(shop, name, story, _ANCHORS_OF_SAMPLE if points else _ANCHORS)
            for story in stories
            if name in story.shops
        }
        cases += _cases_of(name, recorded, chance)
    return _draw(cases, points, chance, every_call=every_call) if points else cases


@dataclass(slots=True)
class _Recorded:
    """What a story passes unharmed, and its recoveries, each after the kill it begins with.

    The longest recovery comes first.
    """

    seen: Seen
    recoveries: list[tuple[Point, Seen]]


def _record(shop: Workshop, name: str, story: Story, anchors: int) -> _Recorded:
    """Run a story unharmed, and killed at so many places, to see what it and recoveries pass."""
    lives, book = shop.run(name, story, [None], record=0)
    found = judge.complaints(lives, book, story)
    assert not found, f"{name} {story.name}, unharmed: {found}"
    seen = lives[0].seen
    assert seen is not None
    recoveries = []
    for anchor in _anchors(seen, anchors):
        lives, _ = shop.run(name, story, [anchor], record=1)
        again = lives[1].seen
        assert again is not None
        recoveries.append((anchor, again))
    recoveries.sort(key=lambda one: -len(one[1].calls))
    return _Recorded(seen, recoveries)


def _cases_of(name: str, recorded: dict[str, _Recorded], chance: random.Random) -> list[Case]:
    """Return all cases of one shop."""
    cases: list[Case] = []
    for story, one in recorded.items():
        sent = set(_answers_awaited(one.seen))
        cases += [
            Case(name, story, (point,), "story sent" if point in sent else f"story {_group(point)}")
            for point in one.seen.call_points()
        ]
        for anchor, again in one.recoveries[:1]:
            cases += [
                Case(name, story, (anchor, point), f"recovery {_group(point)}")
                for point in again.call_points()
            ]
        cases += [Case(name, story, _thrice(one, chance), _THREE_TIMES) for _ in range(_THRICE)]
    once: _Passed = {story: [((), one.seen)] for story, one in recorded.items()}
    again_at: _Passed = {
        story: [((anchor,), seen) for anchor, seen in one.recoveries]
        for story, one in recorded.items()
    }
    cases += _at_places(name, once, "story", chance)
    cases += _at_places(name, again_at, "recovery", chance)
    return cases


def _answers_awaited(seen: Seen) -> list[Point]:
    """Return the calls before which a whole request has left and its answer is not read."""
    return [
        point
        for before, point in pairwise(seen.call_points())
        if (before.place[0], point.place[0]) == ("send", "receive")
    ]


def _anchors(seen: Seen, count: int) -> list[Point]:
    """Return so many of these, from the first to the last."""
    found = _answers_awaited(seen)
    if len(found) <= count:
        return found
    return [found[number * (len(found) - 1) // (count - 1)] for number in range(count)]


def _group(point: Point) -> str:
    """Return what kind of point it is, for figures: that of the system call, if it is one."""
    return point.place[0] if point.kind == CALL else point.kind


def _at_places(
    shop: str,
    passed: _Passed,
    phase: str,
    chance: random.Random,
) -> list[Case]:
    """Return each line and await twice: its first passing, and any, in stories drawn by lot."""
    where: dict[tuple[str, str, int], list[tuple[str, tuple[Point, ...], int]]] = {}
    for story, lived in passed.items():
        for before, seen in lived:
            for kind in (LINE, AWAIT):
                for (file, line), count in seen.places(kind).items():
                    where.setdefault((kind, file, line), []).append((story, before, count))
    cases = []
    for (kind, file, line), runs in sorted(where.items()):
        for first in (True, False):
            story, before, count = chance.choice(runs)
            nth = 1 if first else chance.randint(1, count)
            point = Point(kind, (file, line), nth)
            cases.append(Case(shop, story, (*before, point), f"{phase} {kind}"))
    return cases


def _thrice(one: _Recorded, chance: random.Random) -> tuple[Point, ...]:
    """Return a kill of the story, and three of its recovery in a row."""
    if not one.recoveries:
        return tuple(chance.choices(one.seen.call_points(), k=4))
    anchor, again = chance.choice(one.recoveries)
    first = chance.choice([anchor, chance.choice(one.seen.call_points())])
    return (first, *(_any_point(again, chance) for _ in range(3)))


def _any_point(seen: Seen, chance: random.Random) -> Point:
    """Return any call, line or await of a life."""
    if chance.random() < 0.5:
        return chance.choice(seen.call_points())
    kind, file, line = chance.choice(sorted(seen.passed))
    return Point(kind, (file, line), chance.randint(1, seen.passed[kind, file, line]))


def _draw(cases: list[Case], points: int, chance: random.Random, *, every_call: bool) -> list[Case]:
    """Take the kills before and after every send; draw more from every other group in turn."""

    def is_taken(case: Case) -> bool:
        at_call = all(point.kind == CALL for point in case.kills)
        return case.group in _ALWAYS or (every_call and at_call and case.group != _THREE_TIMES)

    drawn = [case for case in cases if is_taken(case)]
    groups: dict[str, list[Case]] = {}
    for case in cases:
        if not is_taken(case):
            groups.setdefault(case.group, []).append(case)
    for group in groups.values():
        chance.shuffle(group)
    kills = 0
    while kills < points and groups:
        for name in sorted(groups):
            case = groups[name].pop()
            drawn.append(case)
            kills += len(case.kills)
            if not groups[name]:
                del groups[name]
    return drawn


# ------------------------------------------------------------------------------------- killing


def run(shop: Workshop, cases: Sequence[Case], tell: Callable[[int, int], None]) -> Result:
    """Run cases and judge each; tell how many of how many are done."""
    stories = {story.name: story for story in STORIES}
    result = Result()
    for number, case in enumerate(cases, 1):
        story = stories[case.story]
        lives, book = shop.run(case.shop, story, case.kills)
        found = judge.complaints(lives, book, story)
        result.failures += [f"{case}: {complaint}" for complaint in found]
        _count(result.figures, case, lives)
        tell(number, len(cases))
    return result


def _count(figures: Counter[str], case: Case, lives: Sequence[Ended]) -> None:
    """Add one case to the figures."""
    gateway = case.shop.partition("_")[0]
    in_a_row = 0
    for number, (point, life) in enumerate(zip(case.kills, lives, strict=False)):
        if not life.killed:
            figures["points not come to again"] += 1
            continue
        figures[f"kills, {gateway}"] += 1
        figures[f"kills at a {_group(point)}"] += 1
        if number:
            figures["recoveries killed"] += 1
            in_a_row += 1
    figures["recoveries killed three times in a row"] += in_a_row >= 3
    figures["stories killed and recovered"] += 1
