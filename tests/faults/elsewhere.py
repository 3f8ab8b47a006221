"""What of the fault table is tested in another folder, and what cannot apply, with the reason.

A test elsewhere counts only if it runs the same fault to the same ending for that gateway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.faults.rows import GATEWAYS


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Tests in another folder, as `path::test`, that are a row of the table for these gateways."""

    row: int
    tests: tuple[str, ...]
    gateways: tuple[str, ...] = GATEWAYS


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why a row cannot apply to these gateways, or to the program as it stands."""

    row: int
    reason: str
    gateways: tuple[str, ...] = GATEWAYS


_NO_POSTGRESQL: Final = "the ledger is SQLite only: there is no PostgreSQL to kill or to race on"

_LOOP: Final = "tests/unit/gateways/portone/test_hostile_loop.py"

ELSEWHERE: Final[tuple[Elsewhere, ...]] = (
    Elsewhere(
        54,
        (f"{_LOOP}::test_a_failed_twin_does_not_hide_the_paid_one",),
        ("portone",),
    ),
)

EXCUSES: Final[tuple[Excuse, ...]] = (
    Excuse(53, "KCP's answers have no status beside res_cd (row 41)", ("kcp",)),
    Excuse(54, "KCP's inquiry answers with one payment, never with a list", ("kcp",)),
    Excuse(75, _NO_POSTGRESQL),
    Excuse(76, _NO_POSTGRESQL),
)
