"""Writes that are stored although they seemed to fail: shown, and carried on, all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain.errors import ShopTrouble
from pos_app.domain.facts import Author, Fact
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.services.news import PaymentChanged
from tests.helpers.fake_app import Bench, FakeClock, make_bench
from tests.helpers.fake_ledger import FakeLedger
from tests.unit.services.desk import at_rest, charge, run


class _Unseen(FakeLedger):
    """A ledger that stores a fact of one kind and says, once, that nobody knows."""

    kind = ""

    async def append(
        self, payment_id: PaymentId, author: Author, *facts: Fact, version: int
    ) -> PaymentRecord:
        record = await super().append(payment_id, author, *facts, version=version)
        if any(self.kind == fact.KIND for fact in facts):
            self.kind = ""
            raise ShopTrouble("ledger.unclear", sequence=record.version)
        return record


def unseen_bench(folder: Path) -> tuple[Bench, _Unseen]:
    """Return a bench, and its ledger."""
    clock = FakeClock()
    ledger = _Unseen(clock)
    return make_bench(folder, ledger=ledger, clock=clock), ledger


def test_what_was_stored_although_the_write_seemed_to_fail_is_shown(tmp_path: Path) -> None:
    """A screen that goes on saying "unknown" after the book knows would keep a clerk waiting."""

    async def story() -> None:
        bench, ledger = unseen_bench(tmp_path)
        shown: list[PaymentState] = []
        bench.news.subscribe(
            lambda news: (
                shown.append(news.record.state) if isinstance(news, PaymentChanged) else None
            )
        )
        bench.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
        ledger.kind = "approved"
        record = await at_rest(bench, await charge(bench))
        assert record.state is PaymentState.APPROVED
        assert shown[-1] is PaymentState.APPROVED

    run(story())


def test_a_wish_that_was_stored_although_it_seemed_to_fail_is_carried_out(tmp_path: Path) -> None:
    """A good sale that is to go back had nobody at it until the next start."""

    async def story() -> None:
        bench, ledger = unseen_bench(tmp_path)
        sale = await at_rest(bench, await charge(bench))
        assert sale.state is PaymentState.APPROVED
        ledger.kind = "unwanted"
        with pytest.raises(ShopTrouble, match=r"ledger\.unclear"):
            await bench.app.recovery.reverse_when_found(sale.payment_id)
        after = await at_rest(bench, sale)
        assert after.state is PaymentState.REVERSED
        assert bench.errors == []

    run(story())
