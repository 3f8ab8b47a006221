"""Killed with a request at the gateway, then recovered: both books agree, and nothing went twice.

`recover` runs the same loop as the window. What the gateway had done before the kill, or had not,
is the fault's `done`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.journeys.commands.processes import Gateway
from tests.journeys.counter import (
    Counter,
    assert_books_agree,
    refund,
    requests_of,
    sell,
    told,
    until,
)

BY_ORDER = {"inquiry_by_order": True, "settle_time_s": 1}


def _kill_at(counter: Counter, kcp: Gateway, kind: str, *lines: dict[str, object]) -> None:
    """Work until a request of that kind is at the gateway, and kill the program then."""
    with counter.clerk() as clerk:
        *before, last = lines
        clerk.do(*before)
        clerk.tell(last)
        until(lambda: sum(requests_of(kcp, kind).values()) == 1)
        clerk.kill()


@pytest.mark.parametrize(
    ("done", "ending"), [(True, "APPROVED"), (False, "NOT_CHARGED")], ids=["charged", "unsent"]
)
def test_in_a_charge(counter: Counter, kcp: Gateway, done: bool, ending: str) -> None:
    counter.provision(**BY_ORDER)
    told(kcp, {"on": "charge", "do": "hang", "done": done}, inquiry_by_order="both")
    _kill_at(counter, kcp, "charge", sell())
    counter.command("recover").check(0)
    (row,) = counter.export()
    assert row["state"] == ending
    assert requests_of(kcp, "charge") == {row["order_no"]: 1}
    assert_books_agree([row], kcp)


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_in_a_refund(counter: Counter, kcp: Gateway, done: bool) -> None:
    counter.provision(**BY_ORDER)
    told(kcp, {"on": "cancel", "nth": 1, "do": "hang", "done": done})
    _kill_at(counter, kcp, "cancel", sell(), refund("@1", 20000))
    counter.command("recover").check(0)
    (row,) = counter.export()
    assert (row["state"], row["refunded"]) == ("APPROVED", 20000)
    assert_books_agree([row], kcp)


def test_in_a_look_up_and_again_in_the_recovery(counter: Counter, kcp: Gateway) -> None:
    """Killed while it asks about a cut answer; a recovery that gets no answer loses nothing."""
    counter.provision()
    cut: dict[str, Any] = {"on": "charge", "do": "cut", "after_field": "tno"}
    told(kcp, cut, {"on": "inquiry", "do": "hang"})
    with counter.clerk() as clerk:
        (sold,) = clerk.do(sell())
        until(lambda: bool(kcp.book()["counters"]["inquiries"]))
        clerk.kill()
    assert counter.command("recover", "--wait", "2").status == 3
    assert counter.row(sold["order_no"])["state"] == "UNKNOWN"
    told(kcp)
    counter.command("recover").check(0)
    rows = counter.export()
    assert requests_of(kcp, "charge") == {sold["order_no"]: 1}
    assert_books_agree(rows, kcp)
    assert json.dumps(rows).count("APPROVED") == 1
