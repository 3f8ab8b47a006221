"""A hunt for answers that lie: single charges and cancels by the real clients, through a storm.

    python -m tests.sim.lies --charges 50000 --seed 1 --workers 2

Each answer is held against the gateway's book: Approved must be in it, Declined and NotSent must
not, a cancel must have happened or not. Prints one JSON object; exit 1 if anything lied.

Three things are no lie. The network may double a request, and then the book may say more than one
client can see (`network_doubles`); that is for the day's sweep to find. A refusal because of the
balance says itself that a look-up must follow. And where a gateway answers with another sale's
number (`FOREIGN`), the clients say `Mismatched` with that number, as row 46 of the fault table
asks: whoever cancels by it must first see whose it is. It is counted, not failed.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import logging
import random
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from pos_app.domain import answers as a
from pos_app.domain.order import OrderNo
from tests.sim.models.habits import STORMY
from tests.sim.models.shop import Shop, card, charge, kcp_shop, portone_shop, question, refund
from tests.sim.network import STORM
from tests.sim.wire import TrueCharge

#: What is counted where `Mismatched` names a number that is another sale's.
FOREIGN = "answers with another sale's number"


@dataclass(slots=True)
class Hunt:
    """One client in a storm.

    Attributes:
        lies: what an answer said and the book does not, in words.
        seen: answers by kind, for the figures.
    """

    shop: Shop
    rng: random.Random
    lies: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    not_sent: list[OrderNo] = field(default_factory=list)

    async def run(self, charges: int) -> None:
        """Make so many charges, ask about some, give some back; then let what is late arrive."""
        for _ in range(charges):
            await self._one()
        self.shop.line.faults_off()
        await self.shop.line.settled()
        for order_no in self.not_sent:
            if self.shop.model.charge_requests[order_no]:
                self.lies.append(f"{order_no}: NotSent, and it arrived later")
        self.lies += self.shop.model.complaints

    async def _one(self) -> None:
        """One sale, what follows it, and a pause at times."""
        if self.rng.random() < 0.01:
            await asyncio.sleep(self.rng.uniform(60, 600))
        order_no, amount = self.shop.order_no(), self.rng.randrange(50, 400) * 1_000
        answer = await self.shop.client.approve(charge(order_no, amount), card())
        self._note("charge", answer)
        self._judge_charge(order_no, amount, answer)
        if isinstance(answer, a.NoAnswer) or self.rng.random() < 0.1:
            found = await self.shop.client.look_up(question(order_no, None, amount))
            self._note("look-up", found)
            self._judge_look_up(order_no, found)
        if isinstance(answer, a.Approved) and self.rng.random() < 0.3:
            await self._give_back(order_no, answer.approval.gateway_ref)

    def _note(self, what: str, answer: object) -> None:
        """Count an answer."""
        self.seen[f"{what} {type(answer).__name__}"] += 1

    def _lie(self, order_no: OrderNo, said: str) -> None:
        """Write a lie down, unless the network's doubling is behind it."""
        doubles = self.shop.line.network_doubles
        names = [order_no, *(t.gateway_ref for t in self.shop.model.of_order(order_no))]
        if any(doubles[name] for name in names):
            self.seen[f"because of a network double: {said}"] += 1
            return
        self.lies.append(f"{order_no}: {said}")

    def _judge_charge(self, order_no: OrderNo, amount: int, answer: a.ChargeAnswer) -> None:
        """Hold an answer to a charge against the book."""
        truth = self.shop.model.of_order(order_no)
        match answer:
            case a.Approved(approval):
                if (approval.gateway_ref, amount) not in [(t.gateway_ref, t.amount) for t in truth]:
                    self._lie(order_no, "Approved, and the book has no such charge")
            case a.Declined():
                if any(t.balance for t in truth):
                    self._lie(order_no, "Declined, and it was charged")
            case a.NotSent():
                self.not_sent.append(order_no)
            case a.Mismatched(gateway_ref):
                if gateway_ref not in [t.gateway_ref for t in truth]:
                    self.seen[FOREIGN] += 1
            case _:
                pass

    def _judge_look_up(self, order_no: OrderNo, found: a.LookUpAnswer) -> None:
        """Hold an answer to a question against the book."""
        truth = self.shop.model.of_order(order_no)
        # A charge may have become visible between the answer and now; half a minute is plenty.
        seen_by = self.shop.loop.now() - dt.timedelta(seconds=30)
        sales = [self.shop.model.sales[t.gateway_ref] for t in truth]
        long_since = [sale for sale in sales if sale.visible_at < seen_by]
        if isinstance(found, a.Absent) and long_since:
            self._lie(order_no, "Absent, and it has been visible for long")
        if not isinstance(found, a.Found):
            return
        if found.state is a.FoundState.FAILED and any(t.balance for t in truth):
            self._lie(order_no, "found as failed, and it was charged")
        told = (found.approval.gateway_ref, found.amount.amount, found.balance.amount)
        settled = found.state not in {a.FoundState.FAILED, a.FoundState.PENDING}
        if settled and told not in [(t.gateway_ref, t.amount, t.balance) for t in truth]:
            self._lie(order_no, "found with numbers that the book does not have")

    async def _give_back(self, order_no: OrderNo, gateway_ref: str) -> None:
        """Cancel all or some of a sale, and hold the answer against the book."""
        truth: TrueCharge = self.shop.model.sales[gateway_ref].truth
        before, partial = truth.balance, self.rng.random() < 0.5
        part = before // 2 if partial else before
        if not part:
            return
        answer = await self.shop.client.cancel(
            refund(order_no, gateway_ref, part, before, partial=partial)
        )
        self._note("cancel", answer)
        gone = before - truth.balance
        balance = isinstance(answer, a.CancelRefused) and answer.kind is a.RefusalKind.BALANCE
        if isinstance(answer, a.Cancelled) and gone != part:
            self._lie(order_no, f"Cancelled {part}, and {gone} went back")
        if isinstance(answer, a.CancelRefused | a.NotSent) and gone and not balance:
            self._lie(order_no, f"{type(answer).__name__}, and {gone} went back")
        if gone not in {0, part}:
            self._lie(order_no, f"{gone} went back instead of {part}")


def hunt(gateway: str, charges: int, seed: int) -> Hunt:
    """Hunt in virtual time, and close the loop."""
    make = {"kcp": kcp_shop, "portone": portone_shop}[gateway]
    shop = make(seed, habits=STORMY, profile=STORM)
    found = Hunt(shop, random.Random(seed))
    try:
        shop.run(found.run(charges))
    finally:
        shop.loop.close()
    return found


def _in_worker(job: tuple[str, int, int]) -> tuple[str, list[str], Counter[str], Counter[str]]:
    """Hunt in a process of its own, and bring back what can travel."""
    logging.disable(logging.CRITICAL)
    found = hunt(*job)
    faults = found.shop.line.counts
    return f"{job[0]}, seed {job[2]}", found.lies, found.seen, faults


def main(arguments: Sequence[str]) -> int:
    """Hunt in several processes, print the figures, and tell whether anything lied."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--charges", type=int, default=50_000, help="for each gateway")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=5_000, help="charges of one shop")
    options = parser.parse_args(arguments)
    batches = max(1, options.charges // options.batch)
    jobs = [
        (gateway, min(options.batch, options.charges), options.seed + number)
        for number in range(batches)
        for gateway in ("kcp", "portone")
    ]
    figures: Counter[str] = Counter(charges=sum(job[1] for job in jobs))
    failed = 0
    with ProcessPoolExecutor(options.workers) as pool:
        for which, lies, seen, faults in pool.map(_in_worker, jobs):
            for lie in lies:
                print(f"{which}: {lie}")
            failed += len(lies)
            figures += seen
            figures["faults"] += faults.total() - faults["sent"]
            figures["requests sent"] += faults["sent"]
    print(json.dumps({"machine": "lies", "figures": dict(figures), "failed": failed}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
