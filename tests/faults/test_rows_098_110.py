"""Rows 98-110: giving money back, with the real clients at the practice gateway."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any, cast

import pytest

from pos_app.domain.answers import CancelRefused, RefusalKind
from pos_app.domain.errors import UserMistake
from pos_app.domain.money import Won
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.domain.requests import CancelRequest
from pos_app.services.sharing import Sharing
from pos_app.ui.text import error_text, text
from pos_app.ui.words import why_words
from tests.contract.gateways.kcp_shop import KcpShop
from tests.contract.gateways.portone_shop import Keys, PortOneShop
from tests.contract.gateways.shop import make_card
from tests.faults.rows import row
from tests.faults.terminals import CLERK, MANAGER, Terminal, bench_of, run, shop_of, terminal
from tests.helpers.fake_ledger import FakeLedger
from tests.helpers.logguard import ExpectLog

BOTH = ("kcp", "portone")


def states(record: PaymentRecord) -> list[RefundState]:
    """Return the states of a payment's refunds, oldest first."""
    return [refund.state for refund in record.refunds]


@row(98, *BOTH)
@pytest.mark.parametrize("clicks", [2, 5])
def test_row_098_double_refund_click(vendor: str, clicks: int, tmp_path: Path) -> None:
    async def story() -> None:
        async with terminal(vendor, tmp_path) as till:
            sale = await till.sold(50_000)
            wishes = (till.refund(sale, 20_000) for _ in range(clicks))
            ended = await asyncio.gather(*wishes, return_exceptions=True)
            refused = [one.code for one in ended if isinstance(one, UserMistake)]
            assert refused == ["refund.in_progress"] * (clicks - 1)
            after = await till.rest(sale)
            assert states(after) == [RefundState.DONE]
            assert till.cancels(sale) == 1
            await till.agrees()

    run(story())


@row(99, *BOTH)
@pytest.mark.parametrize("amount", [20_000, 50_000], ids=["part", "all"])
def test_row_099_refund_answer_lost_but_done(vendor: str, amount: int, tmp_path: Path) -> None:
    lost: dict[str, object] = {"on": "cancel", "nth": 1, "do": "reset", "done": True}

    async def story() -> None:
        async with terminal(vendor, tmp_path, faults=[lost]) as till:
            sale = await till.sold(50_000)
            first = await till.refund(sale, amount)
            assert states(first) == [RefundState.UNKNOWN]
            after = await till.rest(sale)
            assert states(after) == [RefundState.DONE]
            assert "refund_done" in till.kinds(sale)
            assert till.cancels(sale) == 1
            assert till.balance(sale) == 50_000 - amount
            await till.agrees()

    run(story())


@row(100, *BOTH)
@pytest.mark.parametrize("amount", [20_000, 50_000], ids=["part", "all"])
def test_row_100_refund_answer_lost_and_not_done(vendor: str, amount: int, tmp_path: Path) -> None:
    lost: dict[str, object] = {"on": "cancel", "nth": 1, "do": "reset", "done": False}

    async def story() -> None:
        async with terminal(vendor, tmp_path, faults=[lost]) as till:
            sale = await till.sold(50_000)
            await till.refund(sale, amount)
            after = await till.rest(sale)
            assert states(after) == [RefundState.DONE]
            assert after.refunds[0].tries == 2
            assert till.counted("cancel_requests") == {after.gateway_ref: 2}
            assert till.balance(sale) == 50_000 - amount
            await till.agrees()

    run(story())


@row(101, *BOTH)
def test_row_101_two_counters_refund_sixty_percent_each(vendor: str, tmp_path: Path) -> None:
    """Both at the same moment, over one ledger, as two counters on one database would."""

    async def story() -> None:
        async with terminal(vendor, tmp_path, sharing=Sharing("01", shared=True)) as till:
            second = _second_counter(till, tmp_path, till.bench.ledger)
            sale = await till.sold(50_000)
            ended = await asyncio.gather(
                till.refund(sale, 30_000), second.refund(sale, 30_000), return_exceptions=True
            )
            (refused,) = [one for one in ended if isinstance(one, BaseException)]
            assert isinstance(refused, UserMistake), refused
            assert refused.code in {"refund.in_progress", "refund.over_balance"}
            after = await till.rest(sale)
            assert states(after) == [RefundState.DONE]
            assert till.cancels(sale) == 1
            await till.agrees()
            await second.agrees()

    run(story())


@row(101, *BOTH)
def test_row_101_two_counters_that_do_not_know_of_each_other(vendor: str, tmp_path: Path) -> None:
    """Each with a ledger of its own: the second's stale balance is refused by the gateway."""

    async def story() -> None:
        async with terminal(vendor, tmp_path) as till:
            sale = await till.sold(50_000)
            copy = FakeLedger(till.bench.clock, log=list(till.bench.ledger.log))
            second = _second_counter(till, tmp_path, copy)
            assert states(await till.refund(sale, 30_000)) == [RefundState.DONE]
            assert states(await second.refund(sale, 30_000)) == [RefundState.REFUSED]
            after = await second.rest(sale)
            assert after.balance == Won(20_000)
            assert till.balance(sale) == 20_000
            for one in (till, second):
                await one.rest(sale)
                await one.agrees()

    run(story())


def _second_counter(till: Terminal, folder: Path, ledger: FakeLedger) -> Terminal:
    """Return another counter of the same shop."""
    bench = bench_of(
        till.shop,
        folder,
        till.bench.clock,
        ledger=ledger,
        sharing=Sharing("02", shared=True),
        ids=_OtherIds(),
    )
    return Terminal(till.shop, bench)


class _OtherIds:
    """Ids that no other counter makes."""

    def __init__(self) -> None:
        self._count = 10_000

    def new_id(self) -> str:
        self._count += 1
        return f"{self._count:032x}"

    def random_bits(self, count: int) -> int:
        self._count += 1
        return self._count % (1 << count)

    def jitter(self) -> float:
        return 1.0


@row(102, *BOTH)
def test_row_102_partial_partial_and_the_rest(vendor: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with terminal(vendor, tmp_path) as till:
            sale = await till.sold(50_000)
            for amount, left in ((20_000, 30_000), (10_000, 20_000), (20_000, 0)):
                await till.refund(sale, amount)
                after = await till.rest(sale)
                assert after.refunds[-1].state is RefundState.DONE
                assert after.refunds[-1].partial, "the rest after a part goes as a part"
                assert till.balance(sale) == after.balance.amount == left
            with pytest.raises(UserMistake, match="nothing_left"):
                await till.refund(sale, 1)
            assert till.cancels(sale) == 3
            await till.agrees()

    run(story())


@row(103, *BOTH)
def test_row_103_refund_above_the_balance(vendor: str, tmp_path: Path) -> None:
    """Refused here before anything is stored, and by the gateway if it were asked all the same."""

    async def story() -> None:
        async with terminal(vendor, tmp_path) as till:
            sale = await till.sold(50_000)
            await till.refund(sale, 20_000)
            await till.rest(sale)
            with pytest.raises(UserMistake, match="over_balance"):
                await till.refund(sale, 30_001)
            assert till.cancels(sale) == 1
            assert sale.gateway_ref is not None
            stale = CancelRequest(
                sale.order_no,
                sale.gateway_ref,
                Won(40_000),
                Won(0),
                Won(50_000),
                partial=True,
                mixed_tax=False,
                reason="고객 변심",
                before_send=till.shop.consent,
            )
            answer = await till.shop.gateway.cancel(stale)
            assert isinstance(answer, CancelRefused)
            assert answer.kind is RefusalKind.BALANCE
            assert till.balance(sale) == 30_000
            await till.agrees()

    run(story())


@row(104, *BOTH)
@pytest.mark.parametrize("amount", [20_000, 50_000], ids=["part", "all"])
def test_row_104_refunded_in_the_admin_site_meanwhile(
    vendor: str, amount: int, tmp_path: Path
) -> None:
    async def story() -> None:
        async with terminal(vendor, tmp_path) as till:
            sale = await till.sold(50_000)
            assert sale.gateway_ref is not None
            till.shop.server.admin_cancel(sale.gateway_ref, 5_000)
            first = await till.refund(sale, amount)
            after = await till.rest(sale)
            assert states(after) == [RefundState.REFUSED], first
            assert (after.balance, after.outside_refunds) == (Won(45_000), Won(5_000))
            again = await till.refund(after, min(amount, 45_000))
            assert again.refunds[-1].state is RefundState.DONE
            await till.rest(sale)
            await till.agrees()

    run(story())


@row(105, *BOTH)
def test_row_105_refund_of_an_unknown_charge(vendor: str, tmp_path: Path) -> None:
    """Refused until it is resolved; the resolver then finds it, and the refund goes through."""
    lost: dict[str, object] = {"on": "charge", "do": "reset", "done": True}

    async def story() -> None:
        async with terminal(vendor, tmp_path, faults=[lost]) as till:
            till.bench.clock.hold_sleepers = True
            sale = await till.sell(50_000)
            assert sale.state is PaymentState.UNKNOWN
            with pytest.raises(UserMistake) as refused:
                await till.refund(sale, 50_000)
            assert refused.value.code == "refund.charge_unknown"
            assert not till.counted("cancel_requests")
            till.bench.clock.wake()
            after = await till.rest(sale)
            assert after.state is PaymentState.APPROVED
            assert states(await till.refund(after, 50_000)) == [RefundState.DONE]
            await till.rest(sale)
            await till.agrees()

    run(story())


@row(106, *BOTH)
@pytest.mark.parametrize("behaviour", ["26", "27"], ids=["other number", "wrong balance"])
def test_row_106_cancel_done_but_answered_for_something_else(
    vendor: str, behaviour: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with terminal(vendor, tmp_path) as till:
            sale = await till.sold(50_000, make_card(f"4000009000{behaviour}0000"))
            first = await till.refund(sale, 20_000)
            assert states(first) == [RefundState.UNKNOWN]
            after = await till.rest(sale)
            assert states(after) == [RefundState.DONE]
            assert till.cancels(sale) == 1
            await till.agrees()

    run(story())


class _Broken:
    """A signer whose key cannot sign: of another certificate, or taken away."""

    def __init__(self, real: Any) -> None:
        self.info, self.certificate_one_line = real.info, real.certificate_one_line

    def sign(self, message: bytes) -> str:
        raise ValueError(f"{len(message)} bytes cannot be signed")


@row(107, "kcp")
def test_row_107_the_key_cannot_sign(vendor: str, tmp_path: Path, expect_log: ExpectLog) -> None:
    expect_log("signer.failed", level=40)
    shop = cast("KcpShop", shop_of(vendor))
    real, shop.signer = shop.signer, _Broken(shop.signer)

    async def story() -> None:
        async with terminal(shop, tmp_path) as till:
            sale = await till.sold(50_000)  # a charge is not signed
            after = await till.refund(sale, 20_000)
            await _not_sent(till, after, "signer")
            shop.signer, shop._gateway = real, None

    run(story())


@row(107, "kcp")
def test_row_107_the_certificate_has_ended(vendor: str, tmp_path: Path) -> None:
    shop = cast("KcpShop", shop_of(vendor))

    async def story() -> None:
        async with terminal(shop, tmp_path) as till:
            sale = await till.sold(50_000)
            till.bench.clock.wall = shop.signer.info.not_after + dt.timedelta(seconds=1)
            after = await till.refund(sale, 20_000)
            await _not_sent(till, after, "gateway.certificate_expired")

    run(story())


@row(107, "portone")
def test_row_107_the_secret_is_wrong(vendor: str, tmp_path: Path) -> None:
    shop = cast("PortOneShop", shop_of(vendor))

    async def story() -> None:
        async with terminal(shop, tmp_path) as till:
            sale = await till.sold(50_000)
            shop.keys = Keys(imp_secret="f" * 80)
            shop._gateway = None
            other = Terminal(shop, bench_of(shop, tmp_path, till.bench.clock, ledger=till.ledger))
            after = await other.refund(sale, 20_000)
            await _not_sent(other, after, after.refunds[-1].why)

    run(story())


async def _not_sent(till: Terminal, after: PaymentRecord, why: str) -> None:
    """See that nothing left, that the words say why, and that the sale stands as it was."""
    assert states(after) == [RefundState.NOT_SENT], after
    assert after.refunds[-1].why == why
    assert why_words(why) != text("why_words.other", why=why)
    await till.rest(after)
    assert not till.counted("cancel_requests")
    assert till.balance(after) == 50_000
    await till.agrees()


@row(108, *BOTH)
def test_row_108_refund_by_a_clerk_needs_a_manager(vendor: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with terminal(vendor, tmp_path) as till:
            sale = await till.sold(50_000)
            till.bench.app.operators.current = CLERK
            with pytest.raises(UserMistake, match="needs_approval"):
                await till.refund(sale, 50_000)
            with pytest.raises(UserMistake, match="same_person"):
                await till.refund(sale, 50_000, dataclasses.replace(MANAGER, name=CLERK.name))
            assert not till.counted("cancel_requests")
            after = await till.refund(sale, 50_000, MANAGER)
            assert states(after) == [RefundState.DONE]
            assert (after.refunds[0].operator, after.refunds[0].approver) == (
                CLERK.name,
                MANAGER.name,
            )
            written = [
                (entry.fact.KIND, entry.author.operator, entry.author.approver)
                for entry in await till.ledger.entries(sale.payment_id)
            ]
            assert ("refund_prepared", CLERK.name, MANAGER.name) in written
            await till.rest(sale)
            await till.agrees()

    run(story())


@row(109, *BOTH)
def test_row_109_refund_after_the_cancel_deadline(vendor: str, tmp_path: Path) -> None:
    """A year later the gateway says no: its code and words are kept, the sale stands."""
    code = "8134"

    async def story() -> None:
        async with terminal(vendor, tmp_path) as till:
            sale = await till.sold(50_000, make_card(f"40000030{code}0000"))
            till.bench.clock.wall += dt.timedelta(days=400)
            after = await till.rest(await till.refund(sale, 50_000))
            assert states(after) == [RefundState.REFUSED]
            refusal = after.refunds[0].refusal
            assert refusal is not None
            assert code in refusal.code + refusal.raw_message
            assert after.state is PaymentState.APPROVED
            assert till.balance(sale) == 50_000
            await till.agrees()

    run(story())


@row(110, *BOTH)
@pytest.mark.parametrize("done", [False, True], ids=["never done", "done at the fifth"])
def test_row_110_a_reversal_lost_five_times(vendor: str, done: bool, tmp_path: Path) -> None:
    """Charged one won less than asked: cancelled again and again until the gateway shows it."""
    times = 4 if done else 5
    faults: list[dict[str, object]] = [
        {"on": "cancel", "do": "reset", "done": False, "times": times},
        {"on": "cancel", "nth": 5, "do": "reset", "done": done},
    ]

    async def story() -> None:
        async with terminal(vendor, tmp_path, faults=faults) as till:
            sale = await till.sell(50_000, make_card("4000009000030000"))
            after = await till.rest(sale)
            assert after.state is PaymentState.REVERSED
            assert till.balance(sale) == 0
            assert till.cancels(sale) == (5 if done else 6)
            assert till.charges(sale) == 1
            await till.agrees()

    run(story())


def test_words_of_refusals_are_there() -> None:
    """What a person reads at these rows is in the catalogue."""
    for code in ("refund.in_progress", "refund.charge_unknown", "refund.nothing_left"):
        title, advice = error_text(UserMistake(code))
        assert title
        assert advice
