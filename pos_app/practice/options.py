"""What a practice gateway is started with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pos_app.practice.clock import Clock
from pos_app.practice.trouble import PracticeTrouble

LOOPBACK: Final = ("127.0.0.1", "::1")
"""The only addresses it listens on: it takes card numbers without TLS."""


@dataclass(frozen=True, slots=True)
class PracticeOptions:
    """How to start; everything has a default that works."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes any free port."""
    seed: int = 0
    """Seed of the fault plan's chances and of random bytes."""
    faults: Sequence[Mapping[str, object]] = ()
    """Rules of the fault plan (README.md)."""
    switches: Mapping[str, object] = field(default_factory=dict)
    """Switches that differ from their defaults (switches.py)."""
    book_path: Path | None = None
    """Append-only file of the book; None keeps it in memory."""
    certificates: Mapping[str, Path | str] = field(default_factory=dict)
    """Site code to certificate (a PEM file, or its text); other sites: first one seen."""
    clock: Clock | None = None
    """Gives the time, with a zone; None is the machine's clock."""

    def __post_init__(self) -> None:
        """Refuse any address but loopback, and ports that do not exist."""
        if self.host not in LOOPBACK:
            raise PracticeTrouble(f"the practice gateway listens on {' or '.join(LOOPBACK)} only")
        if not 0 <= self.port <= 65_535:
            raise PracticeTrouble(f"there is no port {self.port}")
