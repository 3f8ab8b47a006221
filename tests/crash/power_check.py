"""Cuts the power at places of a recorded story, starts the program on what is left, and judges it.

What must hold after each cut: the real `open_ledger` takes the files as they are; file, chain and
lists are sound; every fact whose write had returned is there; what is there beyond that was being
written when the power went; and no request had left whose Sending is not there (law 1).
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from pos_app.domain.errors import PosError
from pos_app.domain.facts import RefundSending, ReversalSending, Sending
from pos_app.ledger.verifying import verify
from tests.contract.ledger.cases import opened
from tests.crash.power_model import Disk
from tests.crash.power_recording import Recording, stored_facts

_T = TypeVar("_T")

#: A request of a kind leaves only behind one of these facts.
_SENDING = {
    "charge": {Sending.KIND},
    "cancel": {RefundSending.KIND, ReversalSending.KIND},
}
#: As `stored_facts` returns them.
Facts = tuple[tuple[Any, ...], ...]


def _last_versions(facts: Facts) -> Counter[str]:
    """Return how many facts each owner has."""
    return Counter(owner for owner, *_ in facts)


@dataclass
class Promises:
    """What the program had promised and begun until now."""

    stored: dict[str, int] = field(default_factory=dict)
    begun: dict[str, int] = field(default_factory=dict)
    spooled: dict[str, int] = field(default_factory=dict)
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)

    def hear(self, words: bytes) -> None:
        """Take a mark of the story."""
        match json.loads(words):
            case {"begun": str(owner), "to": int(version)}:
                self.begun[owner] = max(version, self.begun.get(owner, 0))
            case {"stored": str(owner), "to": int(version)}:
                self.stored[owner] = max(version, self.stored.get(owner, 0))
            case {"spooled": str(owner), "to": int(version)}:
                self.spooled[owner] = version
            case {"sent": str(kind), "order_no": str(order_no)}:
                self.sent[kind, order_no] += 1
            case other:
                raise AssertionError(f"a mark nobody knows: {other}")

    def broken_by(self, facts: Facts, spooled: Collection[str]) -> list[str]:
        """Return what was promised or sent and is not in these facts, nor waits in the spool."""
        found = _last_versions(facts)
        broken = [
            f"{owner} had {version} facts, {found[owner]} are left"
            for owner, version in self.stored.items()
            if found[owner] < version
        ]
        broken += [
            f"{owner} had {version} facts in the spool, which is empty, and has {found[owner]}"
            for owner, version in self.spooled.items()
            if found[owner] < version and owner not in spooled
        ]
        for (kind, order_no), times in self.sent.items():
            behind = sum(1 for fact in facts if fact[2] in _SENDING[kind] and fact[4] == order_no)
            if behind < times:
                broken.append(f"a {kind} of {order_no} left with no Sending left")
        return broken

    def exceeded_by(self, facts: Facts) -> list[str]:
        """Return what is in these facts and was never begun."""
        return [
            f"{owner} has {version} facts, {self.begun.get(owner, 0)} were begun"
            for owner, version in _last_versions(facts).items()
            if version > self.begun.get(owner, 0)
        ]

    def keep(self, facts: Facts) -> None:
        """Take facts that were there before the story."""
        self.stored.update(_last_versions(facts))
        self.begun.update(self.stored)


@dataclass
class Verdicts:
    """What cuts came to.

    Attributes:
        counts: cuts, what they did to the disk, and how many stored facts were looked for.
        lost: cuts after which a stored fact was not there.
        wrong: cuts after which something else was not as it must be.
    """

    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Verdicts) -> None:
        """Take another's."""
        self.counts += other.counts
        self.lost += other.lost
        self.wrong += other.wrong


def cut_everywhere(
    recording: Recording, scratch: Path, seed: int, cuts: int | None = None
) -> Verdicts:
    """Cut before each operation in turn, or before `cuts` of them; return what came of it.

    `scratch` is an empty folder, best in memory; `seed` decides what the disk forgets.
    """
    chance = random.Random(f"{recording.name} {seed}")
    places = set(_places(recording, chance, cuts))
    verdicts, promises, disk = Verdicts(), Promises(), recording.disk()
    promises.keep(recording.facts[: recording.facts_before])
    for place, op in enumerate((*recording.ops, None)):
        if place in places:
            _cut(recording, place, disk, promises, scratch, verdicts, chance.getrandbits(32))
        if op is not None and op.kind == "M":
            promises.hear(op.data)
        elif op is not None:
            disk.do(op)
    verdicts.counts += disk.counts
    return verdicts


def _places(recording: Recording, chance: random.Random, cuts: int | None) -> Sequence[int]:
    """Choose where to cut; seldom while the ledger is made, which starts slowly after each cut."""
    everywhere = range(len(recording.ops) + 1)
    if cuts is None or cuts >= len(everywhere):
        return everywhere
    first = next(place for place, op in enumerate(recording.ops) if b'"stored"' in op.data)
    early = min(first, cuts // 10)
    return [
        *chance.sample(everywhere[:first], early),
        *chance.sample(everywhere[first:], min(len(everywhere) - first, cuts - early)),
    ]


def _cut(
    recording: Recording,
    place: int,
    disk: Disk,
    promises: Promises,
    scratch: Path,
    verdicts: Verdicts,
    seed: int,
) -> None:
    """Cut here, start again, judge."""
    told = f"{recording.name}, operation {place}, seed {seed}"
    data = scratch / "data"
    _lay_down(disk.after_a_cut(random.Random(seed)), recording.folder, data)
    verdicts.counts["power cuts"] += 1
    verdicts.counts["stored facts looked for"] += sum(promises.stored.values())
    verdicts.counts["spooled answers looked for"] += len(promises.spooled)
    try:
        with opened(data / "ledger") as ledger:
            waiting = {answer.payment_id for answer in ledger.spool._read().waiting}
            report = asyncio.run(verify(ledger._book, at_once, ledger._anchors))
        facts = stored_facts(data / "ledger")
    except PosError as error:
        verdicts.wrong.append(f"{told}: {error}")
        return
    finally:
        shutil.rmtree(data)
    if not report.ok:
        verdicts.wrong.append(f"{told}: not sound: {report}")
    lost = promises.broken_by(facts, waiting)
    if lost:
        verdicts.lost.append(f"{told}: {lost}")
    wrong = promises.exceeded_by(facts)
    if wrong or facts != recording.facts[: len(facts)]:
        verdicts.wrong.append(f"{told}: {wrong or 'other facts than were written'}")


async def at_once(job: Callable[[], _T]) -> _T:
    """Read on this thread: a thousand walks need no second one."""
    return job()


def _lay_down(files: dict[str, bytes | None], folder: str, data: Path) -> None:
    """Make files below `data` that lay below `folder`; a folder comes before what is in it."""
    data.mkdir()
    for name, content in files.items():
        path = data / PurePosixPath(name).relative_to(folder)
        if content is None:
            path.mkdir(mode=0o700)
        else:
            path.write_bytes(content)
            path.chmod(0o600)
