"""The fault table is whole: 110 rows, each tested at each gateway or excused with a reason."""

from __future__ import annotations

import re

import pytest

from tests.faults import coverage
from tests.faults.memory import no_more_than
from tests.faults.report import Collector, cell
from tests.faults.rows import rows


def test_the_table_has_its_110_rows_in_order() -> None:
    assert list(rows()) == list(range(1, 111))
    assert all(one.fault and one.outcome for one in rows().values())


def test_each_row_is_tested_or_excused_at_each_gateway() -> None:
    assert coverage.gaps() == []


def test_each_test_carries_its_rows_number() -> None:
    for place in coverage.places():
        if place.test.startswith("tests/faults/"):
            name = place.test.partition("::")[2]
            assert re.match(rf"test_row_{place.row:03}_", name), place


def test_a_failed_test_is_no_passed_row() -> None:
    collected = Collector(
        {"a[kcp]": "passed", "b[kcp]": "failed", "b[portone]": "passed"},
        {"a[kcp]": (16, ("kcp",)), "b[kcp]": (16, ("kcp",)), "b[portone]": (16, ("portone",))},
    )
    assert (cell(16, "kcp", collected).verdict, cell(16, "kcp", collected).ran) == ("failed", 2)
    assert cell(16, "portone", collected).verdict == "passed"
    assert cell(17, "kcp", collected).verdict == "missing"


def test_twenty_megabytes_are_noticed() -> None:
    with no_more_than():
        small = bytearray(1024 * 1024)
    with pytest.raises(AssertionError, match=r"2\d\.\d MB"), no_more_than():
        large = bytearray(21 * 1024 * 1024)
    assert len(small) < len(large)
