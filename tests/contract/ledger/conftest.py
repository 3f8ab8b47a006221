"""The ledgers the suite runs over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.ledger.cases import StillClock, Subject, opened
from tests.helpers.fake_ledger import FakeLedger


@pytest.fixture(params=["memory", "sqlite"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    clock = StillClock()
    if request.param == "memory":
        yield Subject(FakeLedger(clock), clock)
        return
    with opened(tmp_path / "ledger", clock) as ledger:
        yield Subject(ledger, clock)
