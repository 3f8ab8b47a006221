"""Both clients in a storm, their answers held against the gateway's book."""

from __future__ import annotations

import pytest

from tests.helpers import figures
from tests.sim.lies import hunt


@pytest.mark.parametrize("gateway", ["kcp", "portone"])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_answer_in_a_storm_says_what_the_book_does_not(gateway: str, seed: int) -> None:
    charges = 500
    found = hunt(gateway, charges, seed)
    faults = found.shop.line.counts
    figures.add("charges by the clients alone", charges)
    figures.add("faults of their network", faults.total() - faults["sent"])
    assert found.lies == []
    # The storm was one, and answers of every kind were judged.
    assert faults.total() - faults["sent"] > charges // 10
    kinds = {"charge Approved", "charge Declined", "charge NoAnswer", "charge NotSent"}
    kinds |= {"look-up Found", "look-up Absent", "cancel Cancelled", "cancel NoAnswer"}
    assert kinds <= set(found.seen)
