"""Payments to write down: builders, a clock that stands still, and a way to run a story."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import functools
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, ParamSpec, Protocol

from pos_app.domain import facts as f
from pos_app.domain.answers import Advice, Approval, Refusal
from pos_app.domain.card_facts import (
    CARDS,
    CardConsented,
    CardIsKept,
    CardKeeping,
    CardRecord,
)
from pos_app.domain.instalments import Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import KST, Order, OrderNo, PaymentId, RefundId, SaleId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.saved_cards import CustomerUid, SavedCard
from pos_app.domain.streams import StreamId
from pos_app.ledger.book import HasNow
from pos_app.ledger.store import SqlLedger, open_ledger
from pos_app.services.ports import Ledger, Streams

_P = ParamSpec("_P")

KEY = bytes(range(32))
INSTALL_ID = "5f0c"
OWNER = f.Author(operator="주인", approver="", counter="01")
PAIR = f.Author(operator="김직원", approver="이점장", counter="02")
START = dt.datetime(2025, 3, 1, 15, 30, 0, 250_000, dt.UTC)


class StillClock:
    """Time that moves only when a test says so."""

    def __init__(self, now: dt.datetime = START) -> None:
        self.time = now

    def now(self) -> dt.datetime:
        return self.time

    def pass_by(self, **time: float) -> None:
        self.time += dt.timedelta(**time)


class WholeLedger(Ledger, Protocol):
    """A ledger with its streams."""

    @property
    def streams(self) -> Streams:
        """Return the records beside payments."""


@dataclasses.dataclass
class Subject:
    """A ledger under test with its clock."""

    ledger: WholeLedger
    clock: StillClock


def in_loop(
    story: Callable[_P, Coroutine[Any, Any, None]],
) -> Callable[_P, None]:
    """Make a plain test of an async one."""

    @functools.wraps(story)
    def test(*args: _P.args, **kwargs: _P.kwargs) -> None:
        asyncio.run(story(*args, **kwargs))

    return test


def opened(folder: Path, clock: HasNow | None = None, **changes: Any) -> SqlLedger:
    """Open a ledger on SQLite in `folder`."""
    wanted: dict[str, Any] = {"key": KEY, "install_id": INSTALL_ID, "clock": clock or StillClock()}
    return open_ledger("sqlite", folder, **(wanted | changes))


@contextlib.contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder that costs no waiting for the disk, where the machine has such a place."""
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - mkdtemp goes below
    folder = Path(tempfile.mkdtemp(prefix="ledger", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def prepared(number: int = 1, **changes: Any) -> f.Prepared:
    """Return the first fact of payment `number`; changes of the order go by their own names."""
    order = Order(
        amount=Won(55_000),
        tax_free=ZERO,
        months=Months(0),
        product="꽃바구니",
        buyer_name="홍길동",
        buyer_phone="010-1234-5678",
        buyer_email="hong@example.com",
    )
    names = {field.name for field in dataclasses.fields(Order)}
    of_order = {name: value for name, value in changes.items() if name in names}
    rest = {name: value for name, value in changes.items() if name not in names}
    fact = f.Prepared(
        payment_id=PaymentId(f"pay{number}"),
        sale_id=SaleId(f"sale{number}"),
        order_no=OrderNo(f"2025030201{number:016d}"),
        order_date="20250302",
        order=dataclasses.replace(order, **of_order),
        gateway="kcp",
        environment="practice",
        site="T0000",
        card_masked="943112******4242",
        card_brand="비씨카드",
    )
    return dataclasses.replace(fact, **rest)


def approval(number: int = 1, **changes: Any) -> Approval:
    """Return what a gateway says to payment `number`."""
    said = Approval(
        gateway_ref=f"{25030200000000 + number}",
        approval_no=f"{30_000_000 + number}",
        approved_at=dt.datetime(2025, 3, 2, 0, 30, 5, tzinfo=KST),
        issuer="비씨카드",
    )
    return dataclasses.replace(said, **changes)


def refusal(code: str = "CC61") -> Refusal:
    """Return a gateway's no."""
    return Refusal(code, "한도초과", "한도를 넘었습니다", "over the limit", Advice.OTHER_CARD)


async def sell(ledger: Ledger, number: int = 1, **changes: Any) -> PaymentRecord:
    """Write down an approved payment."""
    record = await ledger.prepare(OWNER, prepared(number, **changes))
    record = await ledger.append(record.payment_id, OWNER, f.Sending(60.0), version=record.version)
    said = f.ChargeApproved(approval(number))
    return await ledger.append(record.payment_id, OWNER, said, version=record.version)


async def lose(ledger: Ledger, number: int = 1, **changes: Any) -> PaymentRecord:
    """Write down a payment whose answer was lost."""
    record = await ledger.prepare(OWNER, prepared(number, **changes))
    lost = (f.Sending(60.0), f.ChargeNoAnswer("timeout"))
    return await ledger.append(record.payment_id, OWNER, *lost, version=record.version)


async def decline(ledger: Ledger, number: int = 1, **changes: Any) -> PaymentRecord:
    """Write down a declined payment."""
    record = await ledger.prepare(OWNER, prepared(number, **changes))
    no = (f.Sending(60.0), f.ChargeDeclined(refusal()))
    return await ledger.append(record.payment_id, OWNER, *no, version=record.version)


def refund_of(record: PaymentRecord, amount: int, refund_id: str = "refund1") -> f.RefundPrepared:
    """Return the first fact of a refund of that payment."""
    return f.RefundPrepared(
        refund_id=RefundId(refund_id),
        amount=Won(amount),
        tax_free=ZERO,
        balance_before=record.balance,
        partial=record.balance != record.order.amount or Won(amount) != record.balance,
        reason="단순 변심",
    )


async def give_back(
    ledger: Ledger, record: PaymentRecord, amount: int, refund_id: str = "refund1"
) -> PaymentRecord:
    """Write down a refund that was carried out."""
    begun = refund_of(record, amount, refund_id)
    done = f.RefundDone(begun.refund_id, dt.datetime(2025, 3, 3, 9, 0, tzinfo=KST), serial="7")
    return await ledger.append(
        record.payment_id,
        PAIR,
        begun,
        f.RefundSending(begun.refund_id),
        done,
        version=record.version,
    )


def consented(number: int = 1, **changes: Any) -> CardConsented:
    """Return the first fact of card `number`."""
    fact = CardConsented(
        card_id=StreamId(f"card{number}"),
        customer_uid=CustomerUid(f"c01-{number}"),
        gateway="portone",
        environment="practice",
        site="T0000",
        customer_name="홍길동",
        customer_phone="010-1234-5678",
        card_masked="943112******4242",
        card_brand="unknown",
        wording_version="1",
        wording_language="ko",
    )
    return dataclasses.replace(fact, **changes)


def saved_card(number: int = 1) -> SavedCard:
    """Return what a gateway says it keeps."""
    return SavedCard(
        customer_uid=CustomerUid(f"c01-{number}"),
        card_masked="943112******4242",
        issuer="비씨카드",
        issuer_code="361",
        check_card=False,
        sandbox=False,
        kept_at=dt.datetime(2025, 3, 2, 0, 30, 5, tzinfo=KST),
    )


async def keep(streams: Streams, number: int = 1, **changes: Any) -> CardRecord:
    """Write down a card that is kept."""
    fact = consented(number, **changes)
    record = await streams.begin(CARDS, fact.card_id, OWNER, fact)
    kept = (CardKeeping(), CardIsKept(saved_card(number)))
    return await streams.append(CARDS, fact.card_id, OWNER, *kept, version=record.version)
