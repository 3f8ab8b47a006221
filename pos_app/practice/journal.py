"""Every request that arrived, with what became of it: counters and a log, never card data."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from pos_app.practice.clock import KST, Clock
from pos_app.practice.faults import Subject
from pos_app.practice.keeping import Keeping

_KEPT_ROWS: Final = 20_000


@dataclass(slots=True)
class Row:
    """One request on the wire, as `GET /book` shows it."""

    n: int
    at: str
    operation: str
    order_no: str | None
    tno: str | None
    amount: int | None
    http_status: int | None = None
    """None: no whole answer was given (yet)."""
    res_cd: str | None = None
    verdict: str = "in hand"
    fault: str | None = None
    kind: str = ""
    """charge, cancel or inquiry, for an operation with a name of its own."""


class Journal:
    """Counts and logs; each request is noted twice, when it came and when it was dealt with."""

    def __init__(self, keeping: Keeping, clock: Clock) -> None:
        """Start empty; `take` brings back the counters of the file."""
        self._keeping = keeping
        self._clock = clock
        self._rows: deque[Row] = deque(maxlen=_KEPT_ROWS)
        self._count = 0
        self._charges: Counter[str] = Counter()
        self._cancels: Counter[str] = Counter()
        self._inquiries = 0
        self._requests: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def take(self, line: Mapping[str, object]) -> None:
        """Take one line of the file into account."""
        value = line.get("value")
        if line.get("is") == "request" and isinstance(value, dict):
            self._note(Row(**value))
        elif line.get("is") == "verdict" and isinstance(value, dict):
            row = next((row for row in reversed(self._rows) if row.n == value.get("n")), None)
            if row is not None:
                later = Row(**value)
                row.http_status, row.res_cd = later.http_status, later.res_cd
                row.verdict, row.fault = later.verdict, later.fault
                row.tno, row.amount = later.tno, later.amount
                self._count_refusal(row)

    def arrived(self, subject: Subject) -> Row:
        """Note that a request arrived, before anything is done about it."""
        at = self._clock().astimezone(KST).isoformat(timespec="milliseconds")
        row = Row(
            n=self._count + 1,
            at=at,
            operation=subject.operation,
            order_no=subject.order_no,
            tno=subject.tno,
            amount=subject.amount,
            kind=subject.kind or subject.operation,
        )
        self._keeping.add({"is": "request", "value": asdict(row)})
        self._note(row)
        return row

    def settled(self, row: Row) -> None:
        """Note what became of a request: `row` has been filled in."""
        self._keeping.add({"is": "verdict", "value": asdict(row)})
        self._count_refusal(row)

    def cancel_requests(self, tno: str) -> int:
        """Return how many cancel requests have come for `tno`, this one included."""
        return self._cancels[tno]

    def counters(self) -> dict[str, object]:
        """Return the counters of `GET /book`."""
        return {
            "charge_requests": dict(self._charges),
            "cancel_requests": dict(self._cancels),
            "inquiries": self._inquiries,
            "requests": dict(self._requests),
            "refused": dict(self._refused),
        }

    def log(self, last: int | None = None) -> list[dict[str, object]]:
        """Return the rows, oldest first; `last` limits them to so many."""
        rows = list(self._rows)
        return [asdict(row) for row in (rows if last is None else rows[max(0, len(rows) - last) :])]

    def _note(self, row: Row) -> None:
        self._count = row.n
        self._rows.append(row)
        self._requests[row.operation] += 1
        kind = row.kind or row.operation
        if kind == "charge":
            self._charges[row.order_no or ""] += 1
        elif kind == "cancel":
            self._cancels[row.tno or ""] += 1
        elif kind == "inquiry":
            self._inquiries += 1

    def _count_refusal(self, row: Row) -> None:
        if row.verdict == "refused" and row.res_cd:
            self._refused[row.res_cd] += 1
