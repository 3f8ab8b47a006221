"""A ledger of the first version, whose migration is killed: old or new afterwards, never mixed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# Loaded before the first fork; the program does so when there is something to migrate.
import alembic.command
import alembic.config
import alembic.runtime.migration  # noqa: F401 - as above

from pos_app.ledger.schema import SCHEMA_VERSION
from tests.contract.ledger.cases import opened
from tests.crash.lives import Report, live
from tests.crash.points import AWAIT, CALL, LINE, Point, Seen

_FIRST = Path(__file__).parents[1] / "unit" / "ledger" / "ledger_v0001.sql"
#: What the first version had written there.
_FACTS = 12


def _shape(file: Path) -> dict[str, Any]:
    """Return schema, version and facts, once SQLite has mended what a kill left."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        schema = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        facts = connection.execute("SELECT * FROM facts ORDER BY seq").fetchall()
        marked = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
    return {
        "version": version,
        "schema": schema,
        "facts": facts,
        "marked": marked,
        "sound": sound,
    }


class Migration:
    """One ledger of the first version, its shape before, and the one that is right afterwards."""

    def __init__(self, folder: Path) -> None:
        """Lay down the old one, and see what an unharmed migration makes of it."""
        self._folder = folder
        self._old = folder / "old"
        self._old.mkdir()
        with contextlib.closing(sqlite3.connect(self._old / "ledger.db")) as connection:
            connection.executescript(_FIRST.read_text("utf-8"))
        self.before = _shape(self._old / "ledger.db")
        assert (self.before["version"], len(self.before["facts"])) == (1, _FACTS)
        self.seen, self.after, found = self._run(None)
        assert not found, found
        assert self.after["version"] == SCHEMA_VERSION

    def points(self, count: int, seed: int) -> list[Point]:
        """Return every system call of opening and migrating; of lines and awaits so many, or all.

        Args:
            count: of lines and awaits; 0 for all, each at its first passing and its last.
            seed: of the draw.
        """
        places = []
        for kind in (LINE, AWAIT):
            for place, times in self.seen.places(kind).items():
                places += [Point(kind, place, nth) for nth in sorted({1, times})]
        if 0 < count < len(places):
            places = random.Random(seed).sample(places, count)
        return [*self.seen.call_points(), *places]

    def run(self, points: Iterable[Point], figures: Counter[str]) -> list[str]:
        """Kill at each of these points, start again, and return what is wrong."""
        failures = []
        for point in points:
            _, _, found = self._run(point)
            failures += [f"migration, killed at {point}: {one}" for one in found]
            figures["migrations killed"] += 1
            figures[f"kills at a {point.place[0] if point.kind == CALL else point.kind}"] += 1
        return failures

    def _run(self, point: Point | None) -> tuple[Seen, dict[str, Any], list[str]]:
        """Migrate once, killed or not, and open again."""
        place = self._folder / "ledger"
        shutil.copytree(self._old, place)
        try:
            life = live(lambda _report: opened(place).close(), point, record=point is None)
            found = [life.fault] if life.fault else []
            left = _shape(place / "ledger.db")
            if point is None:
                assert life.seen is not None
                return life.seen, left, found
            if not life.killed:
                found.append("not come to")
            elif left not in (self.before, self.after):
                found.append(f"mixed: version {left['version']}, {left['sound']}")
            again = live(lambda report: _look(place, report))
            found += [again.fault] if again.fault else []
            found += [] if again.all("whole") else ["not whole after the next start"]
            if _shape(place / "ledger.db") != self.after:
                found.append("not the new one after the next start")
            return life.seen or Seen(), left, found
        finally:
            shutil.rmtree(place)


def _look(place: Path, report: Report) -> None:
    """Start anew and check the whole chain."""
    with opened(place) as ledger:
        found = asyncio.run(ledger.verify())
    if found.ok and found.entries == _FACTS:
        report.say("whole")
