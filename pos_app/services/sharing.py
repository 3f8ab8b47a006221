"""Several counters on one book: whose program works on what, and how it is noticed that one moved.

A payment, and a record beside payments, belongs to the counter that wrote its last fact (`keeper`).
Another counter may write to it while no request of it is on its way, and then has it; the program
that had it finds its version moved, and lets it go. So one program works on one payment, without a
word between them but the book.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.errors import Bug
from pos_app.domain.record import PaymentRecord
from pos_app.domain.streams import StreamRecord


@dataclass(frozen=True, slots=True)
class Sharing:
    """How this counter shares its books.

    Attributes:
        counter: its name, unique on a shared book.
        shared: other counters may write, too. False on a ledger that one program has for itself:
            there everything is its own, whatever the counter was called when it was written.
    """

    counter: str
    shared: bool = False

    def is_elsewhere(self, record: PaymentRecord | StreamRecord) -> bool:
        """Tell whether another counter's program has this."""
        return self.shared and record.keeper != self.counter

    def is_moved(self, error: Exception | None) -> bool:
        """Tell whether a write failed because another counter wrote first."""
        return self.shared and isinstance(error, Bug) and error.code == "ledger.version_moved"
