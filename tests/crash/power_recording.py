"""Runs a story with its disk watched, and gives back what it did: operations and promises."""

from __future__ import annotations

import functools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash.power_log import Op, read_log
from tests.crash.power_model import Disk

ROOT = Path(__file__).resolve().parents[2]
_SOURCE = Path(__file__).with_name("power_disk.c")
#: What the program of version 1 left; twelve facts.
_VERSION_1 = ROOT / "tests" / "unit" / "ledger" / "ledger_v0001.sql"
_FACTS = (
    "SELECT payment_id, facts.version, kind, mac, coalesce(order_no, '')"
    " FROM facts LEFT JOIN payments USING (payment_id) ORDER BY seq"
)


@functools.cache
def recorder() -> Path:
    """Build the recorder once a process; it needs a C compiler."""
    made = Path(tempfile.mkdtemp(prefix="power")) / "power_disk.so"
    flags = ("-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror")
    command = ["cc", *flags, "-o", str(made), str(_SOURCE), "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    return made


@dataclass(frozen=True)
class Recording:
    """A story that ran to its end.

    Attributes:
        name: story, journal and seed.
        folder: where its ledger lay, as the operations name it.
        before: a copy of what lay there when it began, with the inodes by path.
        ops: everything it did and told, in order.
        facts: every fact of its ledger in the end, as `stored_facts` returns them.
        facts_before: how many of them were there before.
    """

    name: str
    folder: str
    before: Path
    inodes: dict[str, int]
    ops: tuple[Op, ...]
    facts: tuple[tuple[Any, ...], ...]
    facts_before: int

    def disk(self) -> Disk:
        """Return the disk as the story found it."""
        disk = Disk(self.folder)
        disk.lay_down(self.before, self.inodes)
        return disk


def record(scratch: Path, story: str, journal: str, seed: int) -> Recording:
    """Run a story in a process of its own below `scratch`, an empty folder."""
    data, before, log = scratch / "data", scratch / "before", scratch / "log"
    data.mkdir()
    facts_before = 0
    if story == "brought_up":
        lay_down_version_1(data / "ledger")
        facts_before = len(stored_facts(data / "ledger"))
    shutil.copytree(data, before)
    inodes = {p.relative_to(data).as_posix(): p.stat().st_ino for p in data.rglob("*")}
    watched = {"LD_PRELOAD": str(recorder()), "POWER_ROOT": str(data), "POWER_LOG": str(log)}
    command = [sys.executable, "-m", "tests.crash.power_story"]
    subprocess.run(
        [*command, str(data / "ledger"), story, journal, str(seed)],
        env=os.environ | watched,
        cwd=ROOT,
        check=True,
    )
    recording = Recording(
        name=f"{story} {journal} {seed}",
        folder=str(data),
        before=before,
        inodes=inodes,
        ops=tuple(read_log(log)),
        facts=stored_facts(data / "ledger"),
        facts_before=facts_before,
    )
    _check_whole(recording, data)
    return recording


def stored_facts(folder: Path) -> tuple[tuple[Any, ...], ...]:
    """Return owner, version, kind, MAC and order number of each fact, read past the program."""
    connection = sqlite3.connect(folder / "ledger.db")
    try:
        return tuple(connection.execute(_FACTS))
    finally:
        connection.close()


def lay_down_version_1(folder: Path) -> None:
    """Put a ledger of version 1 in its place."""
    folder.mkdir()
    connection = sqlite3.connect(folder / "ledger.db")
    connection.executescript(_VERSION_1.read_text("utf-8"))
    connection.close()


def _check_whole(recording: Recording, data: Path) -> None:
    """Refuse a log with a hole: without a cut, the model's files are the real ones, to the byte."""
    disk = recording.disk()
    for op in recording.ops:
        disk.do(op)
    seen = disk.as_seen()
    real = {str(p): None if p.is_dir() else p.read_bytes() for p in data.rglob("*")}
    assert seen.keys() == real.keys(), f"{recording.name}: other files than the log's"
    for name, content in real.items():
        assert seen[name] == content, f"{recording.name}: {name} is not what the log says"
