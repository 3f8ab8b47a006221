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
_POWER: Final = ("tests/crash/test_power_cuts.py::test_row_61_62_no_acknowledged_fact_is_lost",)
_CUT_OFF: Final = "tests/journeys/test_cut_off.py"

_KILLS: Final = ("tests/crash/test_points.py::test_killed_anywhere",)
_AWAITS: Final = "tests/unit/services/test_interruptions.py"

ELSEWHERE: Final[tuple[Elsewhere, ...]] = (
    Elsewhere(57, _KILLS),
    Elsewhere(58, _KILLS),
    Elsewhere(59, (*_KILLS, f"{_AWAITS}::test_killed_anywhere")),
    Elsewhere(60, (*_KILLS, f"{_AWAITS}::test_killed_again_while_recovering")),
    Elsewhere(
        54,
        (f"{_LOOP}::test_a_failed_twin_does_not_hide_the_paid_one",),
        ("portone",),
    ),
    Elsewhere(61, _POWER),
    Elsewhere(62, _POWER),
    Elsewhere(
        68, ("tests/unit/ledger/test_anchor.py::test_a_deleted_wal_after_a_kill_is_noticed",)
    ),
    Elsewhere(
        79,
        (
            "tests/unit/ledger/test_spool.py::test_a_damaged_line_is_set_aside_and_named",
            "tests/unit/services/test_spool.py::test_damaged_lines_are_told_and_stop_nothing",
        ),
    ),
    Elsewhere(82, (f"{_CUT_OFF}::test_a_killed_program_loses_nothing",)),
    Elsewhere(85, (f"{_CUT_OFF}::test_closing_the_window_waits_for_the_answer",)),
)

EXCUSES: Final[tuple[Excuse, ...]] = (
    Excuse(53, "KCP's answers have no status beside res_cd (row 41)", ("kcp",)),
    Excuse(54, "KCP's inquiry answers with one payment, never with a list", ("kcp",)),
    Excuse(75, _NO_POSTGRESQL),
    Excuse(76, _NO_POSTGRESQL),
)
