"""Rows 23 and 55: two charges under one order number, of which one goes back, at both gateways."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pos_app.domain.record import PaymentRecord
from pos_app.services.sweep_report import Finding
from tests.faults.fronts import twisted
from tests.faults.rows import row
from tests.faults.struck import BOTH, S, on_charge, sale_under
from tests.faults.terminals import PATIENCE_S, Terminal, run
from tests.unit.gateways.raw import Visit

#: A gateway that takes the same order number twice.
TAKES_BOTH: dict[str, dict[str, object]] = {
    "kcp": {"duplicate_order": "accept"},
    "portone": {"portone_duplicate": "accept"},
}


class Middlebox:
    """Delivers every charge twice and hands one of the answers back, or none."""

    def __init__(self, give: str) -> None:
        self.give = give
        self.upstream = ""

    async def __call__(self, visit: Visit, first: bytes) -> None:
        """Deliver it again; fits `tests.faults.fronts.Twist`."""
        address = urlsplit(self.upstream)
        answers, onward = await asyncio.open_connection(address.hostname, address.port)
        onward.write(bytes(visit.received))
        second = await answers.read(-1)
        onward.close()
        await onward.wait_closed()
        if self.give == "none":
            visit.reset()
        else:
            await visit.send(first if self.give == "first" else second)


async def reconciled(till: Terminal, record: PaymentRecord) -> list[Finding]:
    """Hold the books against all that the gateway has, and give back what is too much.

    PortOne lists a day by itself; KCP's list is one that a person fetches from the partner site.
    """
    sweeping = till.bench.app.sweeping
    if record.gateway == "portone":
        report = await sweeping.sweep([sweeping.today()])
    else:
        lines = [(record.order_no, str(one["tno"]), None) for one in till.booked(record)]
        report = await sweeping.check_listed("kcp", lines)
    await strays_at_rest(till)
    assert report.unclear == []
    return [one.finding for one in report.found]


async def strays_at_rest(till: Terminal) -> None:
    """Wait until nothing is being given back any more."""
    give_up = asyncio.get_running_loop().time() + PATIENCE_S
    while await till.bench.app.strays.open_strays():
        assert asyncio.get_running_loop().time() < give_up, "the stray stays"
        await asyncio.sleep(0.001)


def kept_one(till: Terminal, record: PaymentRecord) -> None:
    """One of the two is ours and whole, the other went back whole."""
    balances = {str(one["tno"]): int(one["balance"]) for one in till.booked(record)}
    assert record.state is S.APPROVED
    assert sorted(balances.values()) == [0, record.order.amount.amount]
    assert till.cancels(record) == 1
    assert till.heard == []


@row(23, *BOTH)
@pytest.mark.parametrize("answer", ["first", "second"])
def test_row_023_delivered_twice_and_once_refused(vendor: str, answer: str, tmp_path: Path) -> None:
    """The refusal of the second delivery must not read as the fate of the first."""
    struck = sale_under(vendor, tmp_path, on_charge("duplicate", answer=answer))
    assert struck.last.state is S.APPROVED
    assert struck.first.state is (S.APPROVED if answer == "first" else S.UNKNOWN)


@row(23, *BOTH)
@pytest.mark.parametrize("give", ["first", "second"])
def test_row_023_delivered_twice_and_charged_twice(vendor: str, give: str, tmp_path: Path) -> None:
    """The counter sees one approval; the day sweep finds the other and gives one back."""

    async def story() -> None:
        box = Middlebox(give)
        switches = TAKES_BOTH[vendor]
        async with twisted(vendor, tmp_path, box, switches=switches) as till:
            box.upstream = till.shop.server.url
            record = await till.rest(await till.sell())
            assert record.state is S.APPROVED
            assert len(till.booked(record)) == 2
            assert await reconciled(till, record) == [Finding.SECOND]
            assert await reconciled(till, record) == []
            kept_one(till, await till.rest(record))

    run(story())


@row(55, *BOTH)
def test_row_055_two_paid_under_one_number(vendor: str, tmp_path: Path) -> None:
    """No answer came back: the look-up settles the sale, and the second charge goes back.

    KCP's inquiry answers with one payment only; there its list shows the other.
    """

    async def story() -> None:
        box = Middlebox("none")
        switches = TAKES_BOTH[vendor]
        async with twisted(vendor, tmp_path, box, switches=switches) as till:
            box.upstream = till.shop.server.url
            first = await till.sell()
            assert first.state is S.UNKNOWN
            record = await till.rest(first)
            if vendor == "kcp":
                assert await reconciled(till, record) == [Finding.SECOND]
            await strays_at_rest(till)
            kept_one(till, await till.rest(record))

    run(story())
