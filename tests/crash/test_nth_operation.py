"""The n-th operation on the disk fails: before Sending nothing leaves, after it nothing is lost.

In a whole shop. Rows 63 (disk I/O error), 64 (disk full), 65 (read-only), 66 and 67 (busy or
locked: SQLite says so after its own five seconds, and again) and 72 (no memory) of money-safety.md
11. Here every so many operations; `night_nth.py` strikes all of them.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.crash.nth_run import Nth
from tests.crash.power_run import MISSING
from tests.helpers import figures

needs_recorder = pytest.mark.skipif(bool(MISSING), reason=MISSING)


def judged(nth: Nth) -> list[dict[str, Any]]:
    """Strike; nothing may be wrong, and the last strike was behind the last operation."""
    strikes = nth.run()
    wrong = [strike for strike in strikes if strike["found"]]
    assert not wrong
    assert [strike["reached"] for strike in strikes] == [True] * (len(strikes) - 1) + [False]
    figures.add("disk operations that failed", len(strikes) - 1)
    return strikes


@pytest.mark.parametrize(
    ("error", "first"), [("io", 4), ("busy", 9), ("memory", 14)], ids=["63", "66_67", "72"]
)
def test_row_63_66_67_72_a_statement_fails(error: str, first: int) -> None:
    strikes = judged(Nth("statements", error, "mixed", every=17, first=first))
    assert len(strikes) > 6
    assert {strike["requests"] for strike in strikes} == {0, 1}


def test_an_approval_that_the_ledger_does_not_take_waits_in_the_spool() -> None:
    strikes = judged(Nth("statements", "full", "to_the_end", every=9, first=42))
    assert any(strike["spooled"] for strike in strikes)


@needs_recorder
@pytest.mark.parametrize(
    ("error", "first"), [("io", 11), ("full", 24), ("read_only", 40)], ids=["63", "64", "65"]
)
def test_row_63_64_65_a_call_to_the_system_fails(error: str, first: int) -> None:
    strikes = judged(Nth("files", error, "mixed", every=79, first=first))
    assert len(strikes) > 6
    assert {strike["requests"] for strike in strikes} == {0, 1}


@needs_recorder
def test_row_63_a_call_fails_while_an_old_ledger_is_opened() -> None:
    strikes = judged(Nth("files", "io", "opening", every=13, first=2))
    assert any(strike["refused"] for strike in strikes)
