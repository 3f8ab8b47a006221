"""One piece of work of the power cuts: record a story, cut it many times; and the control."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass

from tests.contract.ledger.cases import memory_folder
from tests.crash.power_check import Verdicts, cut_everywhere
from tests.crash.power_recording import record

#: What the program writes with; its version of SQLite decides which (money-safety.md 10).
SAFE = ("wal-full", "delete-extra")
#: What loses facts on a disk that forgets; a harness that lets these pass has no teeth.
CONTROLS = ("wal-normal", "delete-normal")
#: Why the power cuts cannot run here, "" where they can.
MISSING = ""
if sys.platform != "linux" or shutil.which("cc") is None:
    MISSING = "the recorder is preloaded by Linux and built by a C compiler"


@dataclass(frozen=True)
class Work:
    """Which story, how its commits reach the disk, and how often it is cut."""

    story: str
    journal: str
    seed: int
    cuts: int

    def run(self) -> Verdicts:
        """Record it and cut it."""
        with memory_folder() as recorded, memory_folder() as scratch:
            recording = record(recorded, self.story, self.journal, self.seed)
            return cut_everywhere(recording, scratch, self.seed, self.cuts)


def run(work: Work) -> Verdicts:
    """Do as `Work.run`, for a pool of processes."""
    return work.run()
