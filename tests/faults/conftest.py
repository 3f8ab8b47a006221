"""Tells the mark `row`, and writes row and gateway into each test's report."""

from __future__ import annotations

import pytest

from tests.faults.rows import GATEWAYS


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line("markers", "row(number, *gateways): a row of the fault table")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note on each test of the table what it is about, for `report.py`."""
    for item in items:
        mark = item.get_closest_marker("row")
        if mark is None:
            continue
        params = getattr(getattr(item, "callspec", None), "params", {})
        vendors = (params["vendor"],) if "vendor" in params else GATEWAYS
        item.user_properties.append(("row", (mark.args[0], vendors)))
