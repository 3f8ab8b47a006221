"""The money loop with the real ledger over the hostile server: what the books say at the end.

One charge under one order number, nothing doubled, nothing lost, and the gateway's book agrees with
ours, or a person is called (money-safety.md sections 6 and 7).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pos_app.domain import facts as f
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import PaymentId, RefundId, SaleId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.domain.stray_facts import STRAYS, StrayRecord, StrayState
from pos_app.domain.streams import StreamQuery
from pos_app.gateways.portone.client import PortOneGateway
from pos_app.ledger.store import SqlLedger
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import NewsBoard
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Gateway
from pos_app.services.settle import Settler, SettleRules
from pos_app.services.sharing import Sharing
from pos_app.services.stray_desk import StrayDesk
from pos_app.services.stream_worker import StreamParts, StreamRules
from pos_app.services.sweeping import Sweeping
from tests.contract.ledger.cases import opened
from tests.helpers.fake_app import FakeClock, FakeIds
from tests.helpers.fake_ledger import FakeSpool
from tests.unit.gateways.portone import build
from tests.unit.gateways.portone.hostile import (
    LOST,
    NO_TOKEN,
    Hostile,
    Reply,
    envelope,
    give_back,
    lose,
    refusal,
)
from tests.unit.gateways.portone.hostile_client import client_of

S = PaymentState
CLERK = f.Author("김직원", "", "01")
PAYMENT_ID = PaymentId("p-1")
NOT_KNOWN = refusal("존재하지 않는 결제정보입니다.", status=404)


@dataclass
class Till:
    """A counter: the client, the real ledger and the loop between them."""

    server: Hostile
    ledger: SqlLedger
    clock: FakeClock
    gateway: PortOneGateway
    errors: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        jobs, news, ids = MoneyJobs(self.errors.append), NewsBoard(), FakeIds()
        parts = StreamParts(
            self.ledger.streams, jobs, news, self.clock, ids, StreamRules(Sharing("01"))
        )
        gateways: dict[str, Gateway] = {self.gateway.name: self.gateway}
        people = OperatorDesk(entries=(), owner="김봄날", counter="01", verify_pin=lambda *_: False)
        self.jobs = jobs
        self.strays = StrayDesk(
            gateways=gateways, parts=parts, ledger=self.ledger, operators=people
        )
        self.settler = Settler(
            gateways=gateways,
            ledger=self.ledger,
            spool=FakeSpool(),
            jobs=jobs,
            news=news,
            clock=self.clock,
            ids=ids,
            rules=SettleRules(Sharing("01")),
            strays=self.strays,
        )
        self.sweeping = Sweeping(
            gateways=gateways,
            ledger=self.ledger,
            settler=self.settler,
            strays=self.strays,
            parts=parts,
        )

    async def strays_at_rest(self) -> list[StrayRecord]:
        """Let every stray come to rest; return all of them."""
        await asyncio.gather(*self.jobs._tasks.values())
        return list(await self.ledger.streams.find(STRAYS, StreamQuery()))

    async def sell(self, *, tax_free: int = 0) -> PaymentRecord:
        """Charge once and settle what came of it."""
        prepared = f.Prepared(
            payment_id=PAYMENT_ID,
            sale_id=SaleId("s-1"),
            order_no=build.ORDER_NO,
            order_date="20261121",
            order=build.order(months=0, tax_free=tax_free),
            gateway=self.gateway.name,
            environment=self.gateway.environment,
            site=self.gateway.site,
            card_masked="941011******0073",
            card_brand="",
        )
        record = await self.ledger.prepare(CLERK, prepared)
        record = await self.settler.send(record, CLERK, build.card())
        record = await self.settler.settle(record)
        assert self.server.charges_under(build.ORDER_NO) <= 1
        return record

    async def refund(self, record: PaymentRecord, amount: int) -> PaymentRecord:
        """Give back and settle what came of it."""
        fact = f.RefundPrepared(
            refund_id=RefundId(f"r-{len(record.refunds)}"),
            amount=Won(amount),
            tax_free=ZERO,
            balance_before=record.balance,
            partial=amount != record.order.amount.amount,
            reason="고객 변심",
        )
        record = await self.settler.note(record, CLERK, fact)
        return await self.settler.settle(record)

    @property
    def theirs(self) -> int:
        """Return what the gateway's book still holds of the shop's charges."""
        return sum(
            payment["amount"] - payment["cancel_amount"]
            for payment in self.server.book.values()
            if payment["status"] != "failed"
        )


def at_the_till(folder: Path, story: Callable[[Till], Awaitable[None]]) -> None:
    """Run a story at a fresh counter; nothing may have gone wrong inside."""

    async def main() -> None:
        clock = FakeClock()
        async with Hostile() as server:
            with opened(folder / "ledger", clock) as ledger:
                till = Till(server, ledger, clock, client_of(server))
                await story(till)
                assert till.errors == []
                assert server.complaints == []

    asyncio.run(main())


@pytest.mark.parametrize("saved", [LOST, Reply(b"<html>", 502), Reply(b'{"code":0,"respo')])
def test_an_answer_lost_after_the_charge_is_settled_by_the_look_up(
    tmp_path: Path, saved: Reply
) -> None:
    async def story(till: Till) -> None:
        till.server.after = {"onetime": [lambda _server, _reply: saved]}
        record = await till.sell()
        assert record.state is S.APPROVED
        assert record.balance.amount == till.theirs == build.AMOUNT
        assert till.clock.seconds - 1_000 < 30

    at_the_till(tmp_path, story)


def test_a_charge_seen_late_is_approved(tmp_path: Path) -> None:
    async def story(till: Till) -> None:
        till.server.after = {"onetime": [lose]}
        till.server.instead = {"find": [NOT_KNOWN] * 5}
        record = await till.sell()
        assert (record.state, record.look_ups) == (S.APPROVED, 5)

    at_the_till(tmp_path, story)


def test_a_charge_never_seen_is_not_charged_after_the_settle_time_alone(tmp_path: Path) -> None:
    async def story(till: Till) -> None:
        till.server.instead = {"onetime": [LOST]}
        record = await till.sell()
        assert record.state is S.NOT_CHARGED
        assert till.clock.seconds - 1_000 >= 600
        assert till.theirs == 0

    at_the_till(tmp_path, story)


def test_a_token_refused_on_the_charge_sends_nothing_twice(tmp_path: Path) -> None:
    async def story(till: Till) -> None:
        till.server.instead = {"onetime": [NO_TOKEN]}
        record = await till.sell()
        assert record.state is S.NOT_CHARGED
        assert till.server.count("onetime") == 1
        assert till.server.count("token") == 2

    at_the_till(tmp_path, story)


def test_a_token_refused_though_it_was_charged_is_found(tmp_path: Path) -> None:
    """That a 401 means "not processed" is only inferred (Q11)."""

    async def story(till: Till) -> None:
        till.server.after = {"onetime": [lambda _server, _reply: NO_TOKEN]}
        assert (await till.sell()).state is S.APPROVED

    at_the_till(tmp_path, story)


def test_a_token_that_dies_before_the_charge_arrives_ends_by_look_up(tmp_path: Path) -> None:
    async def story(till: Till) -> None:
        await till.gateway.warm_up()
        till.server.token = "t-2"
        record = await till.sell()
        assert record.state is S.NOT_CHARGED
        assert till.theirs == 0

    at_the_till(tmp_path, story)


def failing_twin(server: Hostile, _reply: Reply) -> Reply:
    """Let a middlebox send the charge twice: the second one fails and its answer comes back."""
    twin = server.put(
        "imps_000000000099",
        merchant_uid=build.ORDER_NO,
        status="failed",
        paid_at=0,
        fail_reason="중복된 주문번호입니다.",
    )
    return Reply(envelope(twin))


def cut_twin(server: Hostile, reply: Reply) -> Reply:
    """The same, and the answer breaks off behind the number of the failed one."""
    body = failing_twin(server, reply).body or b""
    return Reply(body[: body.index(b"merchant_uid")])


@pytest.mark.parametrize("trick", [failing_twin, cut_twin])
def test_a_failed_twin_does_not_hide_the_paid_one(
    tmp_path: Path, trick: Callable[[Hostile, Reply], Reply]
) -> None:
    async def story(till: Till) -> None:
        till.server.after = {"onetime": [trick]}
        record = await till.sell()
        assert (record.state, record.gateway_ref) == (S.APPROVED, "imps_000000000001")

    at_the_till(tmp_path, story)


def paid_twin(server: Hostile, _reply: Reply) -> Reply:
    """Let a middlebox send the charge twice, and both be paid; no answer comes."""
    server.put("imps_000000000099", merchant_uid=build.ORDER_NO)
    return LOST


def test_of_two_paid_under_one_number_the_second_goes_back(tmp_path: Path) -> None:
    async def story(till: Till) -> None:
        till.server.after = {"onetime": [paid_twin]}
        record = await till.sell()
        assert (record.state, record.gateway_ref) == (S.APPROVED, "imps_000000000001")
        (stray,) = await till.strays_at_rest()
        assert stray.state is StrayState.REVERSED
        assert stray.found.gateway_ref == "imps_000000000099"
        assert record.balance.amount == till.theirs == build.AMOUNT

    at_the_till(tmp_path, story)


@pytest.mark.parametrize(
    "text", ["이미 존재하는 merchant_uid입니다.", "merchant_uid가 이미 사용되었습니다."]
)
def test_a_second_delivery_that_is_refused_does_not_make_the_first_a_decline(
    tmp_path: Path, text: str
) -> None:
    async def story(till: Till) -> None:
        till.server.after = {"onetime": [lambda _server, _reply: refusal(text, code=1)]}
        assert (await till.sell()).state is S.APPROVED

    at_the_till(tmp_path, story)


def charged(amount: int) -> Callable[[Hostile, Reply], Reply]:
    """Let another amount be charged than was asked for."""

    def trick(server: Hostile, _reply: Reply) -> Reply:
        (payment,) = server.book.values()
        payment["amount"] = amount
        return Reply(envelope(payment))

    return trick


@pytest.mark.parametrize("amount", [54_999, 55_001, 60_000])
@pytest.mark.parametrize("seen_by", ["answer", "look-up"])
def test_another_amount_than_asked_for_goes_back_whole(
    tmp_path: Path, amount: int, seen_by: str
) -> None:
    async def story(till: Till) -> None:
        make = charged(amount)
        plain = seen_by == "answer"
        till.server.after = {"onetime": [make if plain else lambda s, r: (make(s, r), LOST)[1]]}
        record = await till.sell()
        assert (record.state, till.theirs) == (S.REVERSED, 0), record

    at_the_till(tmp_path, story)


@pytest.mark.parametrize("amount", [20_000, 55_000])
def test_a_refund_whose_answer_is_lost_goes_out_once(tmp_path: Path, amount: int) -> None:
    async def story(till: Till) -> None:
        record = await till.sell()
        till.server.after = {"cancel": [lose]}
        record = await till.refund(record, amount)
        assert record.refunds[0].state is RefundState.DONE
        assert till.server.count("cancel") == 1
        assert record.balance.amount == till.theirs == build.AMOUNT - amount

    at_the_till(tmp_path, story)


@pytest.mark.parametrize("amount", [20_000, 55_000])
def test_a_refund_done_late_is_not_told_as_refused(tmp_path: Path, amount: int) -> None:
    """The look-up still shows the old balance, so it goes out again and meets its own echo."""

    async def story(till: Till) -> None:
        record = await till.sell()
        (payment,) = till.server.book.values()
        before = Reply(envelope(payment))
        till.server.after = {"cancel": [lose]}
        till.server.instead = {"one": [before]}
        record = await till.refund(record, amount)
        assert record.refunds[0].state is RefundState.DONE
        assert record.balance.amount == till.theirs == build.AMOUNT - amount

    at_the_till(tmp_path, story)


def test_a_cancel_in_the_admin_site_corrects_our_balance(tmp_path: Path) -> None:
    async def story(till: Till) -> None:
        record = await till.sell()
        (payment,) = till.server.book.values()
        give_back(payment, 15_000)
        record = await till.refund(record, 20_000)
        assert record.refunds[0].state is RefundState.REFUSED
        assert record.balance.amount == till.theirs == 40_000

    at_the_till(tmp_path, story)


def test_a_full_cancel_in_the_admin_site_is_not_told_as_our_refund(tmp_path: Path) -> None:
    """Who did it is left open by "already cancelled"; the look-up shows nothing of ours."""

    async def story(till: Till) -> None:
        record = await till.sell()
        (payment,) = till.server.book.values()
        give_back(payment, build.AMOUNT)
        record = await till.refund(record, 20_000)
        assert record.refunds[0].state is RefundState.MANUAL
        assert record.person_needed == "refund_balance"

    at_the_till(tmp_path, story)


def test_a_refund_over_a_dead_token_goes_out_once_more(tmp_path: Path) -> None:
    async def story(till: Till) -> None:
        record = await till.sell()
        till.server.token = "t-2"
        record = await till.refund(record, 20_000)
        assert record.refunds[0].state is RefundState.DONE
        assert till.theirs == 35_000

    at_the_till(tmp_path, story)
