"""The window is closed, or the program killed, while a charge is on its way: nothing is lost."""

from __future__ import annotations

from tests.journeys.commands.processes import Gateway
from tests.journeys.counter import (
    OTHER_CARD,
    Counter,
    assert_books_agree,
    requests_of,
    told,
    until,
    wait,
)

SLOW = {"on": "charge", "nth": 1, "do": "slow", "delay_s": 2}
SILENT = {"on": "charge", "nth": 2, "do": "hang", "done": True}
#: What a shop can be asked by its order number with; PortOne always can.
BY_ORDER = {
    "kcp": {"inquiry_by_order": True, "settle_time_s": 1},
    "portone": {"settle_time_s": 1},
}


def test_closing_the_window_waits_for_the_answer(either_counter: Counter, kcp: Gateway) -> None:
    """The first is answered while the window closes; the second only after the next start."""
    counter = either_counter
    counter.provision(**BY_ORDER[counter.by], timeout_s=3)
    told(kcp, SLOW, SILENT, inquiry_by_order="both")
    for line, state in (
        (counter.sell(close_when="SENDING"), "APPROVED"),
        (counter.sell(70000, OTHER_CARD, close_when="SENDING"), "UNKNOWN"),
    ):
        with counter.clerk() as clerk:
            (answer,) = clerk.do(line)
            assert answer["state"] == state
            assert clerk.process.wait(60) == 0, counter.errors()
        assert counter.row(answer["order_no"])["state"] == state
    (left,) = (row["order_no"] for row in counter.export() if row["state"] == "UNKNOWN")
    counter.work(wait(left, "APPROVED"))
    assert set(requests_of(kcp, "charge").values()) == {1}
    assert_books_agree(counter.export(), kcp)


def test_a_killed_program_loses_nothing(either_counter: Counter, kcp: Gateway) -> None:
    """Killed with a charge at the gateway; a second copy and `recover` were refused before."""
    counter = either_counter
    counter.provision(**BY_ORDER[counter.by], timeout_s=60)
    told(kcp, {**SILENT, "nth": 1}, inquiry_by_order="both")
    with counter.clerk() as clerk:
        clerk.tell(counter.sell())
        until(lambda: sum(requests_of(kcp, "charge").values()) == 1)
        _lets_nobody_else_in(counter)
        clerk.kill()
    (row,) = counter.export()
    assert row["state"] == "SENDING"
    counter.command("recover").check(0)
    (row,) = counter.export()
    assert row["state"] == "APPROVED"
    assert requests_of(kcp, "charge") == {row["order_no"]: 1}
    assert_books_agree([row], kcp)
    counter.command("verify").check(0)


def _lets_nobody_else_in(counter: Counter) -> None:
    second = counter.command("--exit-when-ready")
    assert second.status != 0
    assert counter.command("recover").check(1).err
    with counter.clerk() as other:
        assert other.process.wait(60) == 1
    assert "The terminal cannot open" in counter.errors()
