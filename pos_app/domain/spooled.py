"""An answer that the ledger could not take yet, as it waits in the spool."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.facts import Author, Fact
from pos_app.domain.order import PaymentId


@dataclass(frozen=True, slots=True)
class Spooled:
    """Facts that are true and not known to be in the ledger.

    Attributes:
        version: how many facts the payment had when these were to follow.
        author: who stands behind them.
    """

    payment_id: PaymentId
    version: int
    author: Author
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class SpoolContents:
    """What a spool holds.

    Attributes:
        waiting: not known to be in the ledger; of two about one payment only the later.
        damaged: numbers of lines that cannot be read, from 1, in the file set aside.
        place: that file.
    """

    waiting: tuple[Spooled, ...] = ()
    damaged: tuple[int, ...] = ()
    place: str = ""
