"""The money loop over the real client and the practice gateway: what is open settles by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pos_app.domain.record import PaymentRecord, PaymentState
from tests.contract.gateways.portone_shop import PortOneShop
from tests.helpers.fake_app import make_bench
from tests.unit.services.desk import charge, make_order


async def settled(shop: PortOneShop, folder: Path, amount: int) -> PaymentRecord:
    """Charge at the desk, whose clock sleeps in no time, and wait until nobody works on it."""
    gateway: Any = shop.gateway
    bench = make_bench(folder, gateway=gateway)
    first = await charge(bench, make_order(amount))
    while bench.jobs.is_running(first.payment_id):  # noqa: ASYNC110 - a job has no event
        await asyncio.sleep(0.01)
    assert bench.errors == []
    return await bench.ledger.get(first.payment_id)


#: What a magic amount does, and where the payment comes to rest: state, what is left at PortOne.
ENDS = {
    "lost answer": (10_107, PaymentState.APPROVED, 10_107),
    "answer cut after its number": (10_109, PaymentState.APPROVED, 10_109),
    "HTTP 502 though charged": (10_111, PaymentState.APPROVED, 10_111),
    "request lost": (10_108, PaymentState.NOT_CHARGED, 0),
    "token refused": (10_139, PaymentState.NOT_CHARGED, 0),
    "one won less": (10_103, PaymentState.REVERSED, 0),
    "one won more": (10_104, PaymentState.REVERSED, 0),
    "another currency": (10_132, PaymentState.REVERSED, 0),
    "declined": (10_133, PaymentState.DECLINED, 0),
}


@pytest.mark.parametrize("what", ENDS)
def test_every_end_of_a_charge_is_found_without_a_person(tmp_path: Path, what: str) -> None:
    amount, state, left = ENDS[what]

    async def main() -> None:
        async with PortOneShop() as shop:
            record = await settled(shop, tmp_path, amount)
            assert record.state is state
            assert not record.person_needed
            book: dict[str, Any] = shop.server.book()
            assert book["counters"]["charge_requests"] == {record.order_no: 1}
            assert sum(int(row["balance"]) for row in book["payments"]) == left

    asyncio.run(main())


def test_a_decline_that_only_a_look_up_shows_tells_why(tmp_path: Path) -> None:
    async def main() -> None:
        reply = {"do": "reset", "done": True}
        async with PortOneShop(faults=[{"on": "charge", **reply}]) as shop:
            # 10,061: refused with CC61, and the answer is lost.
            record = await settled(shop, tmp_path, 10_061)
            assert record.state is PaymentState.DECLINED
            assert record.refusal is not None
            assert record.refusal.code == "CC61"

    asyncio.run(main())
