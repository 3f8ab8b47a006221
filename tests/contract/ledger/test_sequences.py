"""Any order of facts on several payments: the ledger says what a pure replay says, or refuses.

Hypothesis chooses facts that may or may not follow. What the fold accepts must be stored, survive
closing and opening, and stay verified; what it refuses must leave no trace.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pos_app.domain import facts as f
from pos_app.domain.errors import Bug, UserMistake
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import RefundId
from pos_app.domain.record import PaymentRecord
from tests.contract.ledger.cases import (
    OWNER,
    PAIR,
    START,
    StillClock,
    approval,
    memory_folder,
    opened,
    prepared,
    refusal,
)
from tests.helpers.fake_ledger import FakeLedger

_REFERENCE = "25030200000001"
_REFUNDS = st.sampled_from([RefundId(f"refund{number}") for number in range(3)])
_TRUTH = st.booleans()

#: Every kind of fact but the first, with what it may say.
FACTS: st.SearchStrategy[f.Fact] = st.one_of(
    st.just(f.Sending(60.0)),
    st.builds(f.ChargeApproved, st.just(approval()), by_look_up=_TRUTH),
    st.just(f.ChargeDeclined(refusal())),
    st.just(f.ChargeNotSent("dns")),
    st.builds(f.ChargeNoAnswer, st.just("timeout"), st.sampled_from([None, _REFERENCE])),
    st.just(f.ChargeMismatched(_REFERENCE, "amount", "55000", "54999")),
    st.builds(f.LookedUp, st.sampled_from(["absent", "pending"]), _TRUTH),
    st.just(f.ReferenceGiven(_REFERENCE)),
    st.builds(f.NotCharged, _TRUTH),
    st.just(f.PersonNeeded("charge_unknown")),
    st.just(f.Unwanted("asked")),
    st.just(f.ReversalSending(_REFERENCE, "asked")),
    st.just(f.Reversed(START)),
    st.builds(f.ReversalNotDone, st.just("refused"), final=_TRUTH, balance_doubt=_TRUTH),
    st.just(f.ReversalNoAnswer("reset")),
    st.builds(f.RefundSending, _REFUNDS),
    st.builds(f.RefundDone, _REFUNDS, st.just(START)),
    st.builds(f.RefundRefused, _REFUNDS, st.just(refusal()), _TRUTH),
    st.builds(f.RefundNotSent, _REFUNDS, st.just("dns")),
    st.builds(f.RefundNoAnswer, _REFUNDS, st.just("reset")),
    st.builds(f.RefundNotDone, _REFUNDS, _TRUTH),
    st.builds(f.BalanceSeen, st.integers(0, 56_000).map(Won)),
)
#: Ways that lead somewhere, so that refunds and reversals are not left to luck.
WAYS: list[tuple[f.Fact, ...]] = [
    (f.Sending(60.0), f.ChargeApproved(approval())),
    (f.Sending(60.0), f.ChargeNoAnswer("timeout", _REFERENCE)),
    (f.Unwanted("asked"), f.ReversalSending(_REFERENCE, "asked")),
]


class Sequences(RuleBasedStateMachine):
    """The ledger on SQLite, the one in memory, and what a payment was seen to be last."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.place = memory_folder()
        self.folder = self.place.__enter__()
        self.clock = StillClock()
        self.disk = opened(self.folder, self.clock)
        self.memory = FakeLedger(self.clock)
        self.seen: dict[str, PaymentRecord] = {}

    def both(
        self, write: Callable[[Any], Coroutine[Any, Any, PaymentRecord]]
    ) -> PaymentRecord | None:
        """Do the same to both; return the record, or None if both refused alike."""
        self.clock.pass_by(seconds=1)
        said: list[PaymentRecord | str] = []
        for ledger in (self.memory, self.disk):
            try:
                said.append(self.loop.run_until_complete(write(ledger)))
            except (Bug, UserMistake) as refused:
                said.append(refused.code)
        first, second = said
        assert first == second
        return None if isinstance(first, str) else first

    def keep(self, record: PaymentRecord | None) -> None:
        """Remember a payment as it stands."""
        if record is not None:
            self.seen[record.payment_id] = record

    @initialize()
    def first_payment(self) -> None:
        self.keep(self.both(lambda ledger: ledger.prepare(OWNER, prepared(1))))

    @rule(number=st.integers(1, 4), sale=st.integers(1, 2))
    def prepare(self, number: int, sale: int) -> None:
        fact = prepared(number, sale_id=f"sale{sale}")
        self.keep(self.both(lambda ledger: ledger.prepare(OWNER, fact)))

    @rule(data=st.data(), facts=st.lists(FACTS, max_size=3))
    def append(self, data: st.DataObject, facts: list[f.Fact]) -> None:
        self._append(data, tuple(facts))

    @rule(data=st.data(), way=st.sampled_from(WAYS))
    def go(self, data: st.DataObject, way: tuple[f.Fact, ...]) -> None:
        self._append(data, way)

    def _append(self, data: st.DataObject, facts: tuple[f.Fact, ...]) -> None:
        record = data.draw(st.sampled_from(sorted(self.seen.values(), key=lambda r: r.order_no)))
        self.keep(
            self.both(
                lambda ledger: ledger.append(
                    record.payment_id, PAIR, *facts, version=record.version
                )
            )
        )

    @rule(data=st.data(), refund_id=_REFUNDS, amount=st.integers(0, 56_000), send=_TRUTH)
    def refund(self, data: st.DataObject, refund_id: RefundId, amount: int, *, send: bool) -> None:
        record = data.draw(st.sampled_from(sorted(self.seen.values(), key=lambda r: r.order_no)))
        begun = f.RefundPrepared(refund_id, Won(amount), ZERO, record.balance, True, "사유")
        self._append(data, (begun, f.RefundSending(refund_id)) if send else (begun,))

    @precondition(lambda self: self.seen)
    @rule(data=st.data(), facts=st.lists(FACTS, min_size=1, max_size=1))
    def append_to_an_old_version(self, data: st.DataObject, facts: list[f.Fact]) -> None:
        record = data.draw(st.sampled_from(sorted(self.seen.values(), key=lambda r: r.order_no)))
        stale = record.version - 1
        with pytest.raises(Bug, match="version_moved"):
            self.loop.run_until_complete(
                self.disk.append(record.payment_id, PAIR, *facts, version=stale)
            )

    @rule()
    def close_and_open(self) -> None:
        self.disk.close()
        self.disk = opened(self.folder, self.clock)

    @rule()
    def look(self) -> None:
        """Hold every payment and every list against the ledger in memory."""
        for payment_id, record in self.seen.items():
            assert self.ask("get", record.payment_id) == record
            entries = self.ask("entries", record.payment_id)
            assert [entry.fact.KIND for entry in entries] == self.memory.kinds(payment_id)
        self.ask("open_payments")
        self.ask("recent", 3)
        since = START + dt.timedelta(seconds=3)
        self.ask("same_card", "943112******4242", Won(55_000), since)

    def ask(self, question: str, *values: object) -> Any:
        """Ask both the same; they agree."""
        mine, theirs = (
            self.loop.run_until_complete(getattr(ledger, question)(*values))
            for ledger in (self.disk, self.memory)
        )
        assert mine == theirs
        return mine

    def teardown(self) -> None:
        try:
            self.look()
            assert self.loop.run_until_complete(self.disk.verify()).ok
        finally:
            self.disk.close()
            self.loop.close()
            self.place.__exit__(None, None, None)


Sequences.TestCase.settings = settings(
    max_examples=50, stateful_step_count=25, deadline=None, print_blob=True
)
TestSequences = Sequences.TestCase
