"""Garbage is collected on the Qt thread, and nowhere else, while the window lives."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from pos_app.ui.collector import Collector, collect_due


@pytest.fixture
def collector(qapp: QApplication) -> Iterator[Collector]:
    """Make a collector and end it."""
    made = Collector(qapp)
    try:
        yield made
    finally:
        made.stop()
        made.deleteLater()
        gc.disable()  # the tests have a collector of their own


def test_the_automatic_collector_rests_while_it_works(collector: Collector) -> None:
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()


def test_it_collects_by_the_same_thresholds() -> None:
    class Knot:
        """Something that only the cyclic collector frees."""

        def __init__(self) -> None:
            self.me = self

    gc.collect()
    assert collect_due() == -1, "nothing is due right after a collection"
    knots = [Knot() for _ in range(gc.get_threshold()[0] + 10)]
    knots.clear()
    before = gc.get_stats()[0]["collected"]
    assert collect_due() == 0
    assert gc.get_stats()[0]["collected"] > before
