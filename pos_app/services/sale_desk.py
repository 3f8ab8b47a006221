"""Charging a card: rights, rules, the duplicate guard, then a job that no screen can kill."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

from pos_app.domain import facts as f
from pos_app.domain.card import Card
from pos_app.domain.errors import UserMistake
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Right
from pos_app.domain.order import KST, Order, PaymentId, SaleId, make_order_no
from pos_app.domain.record import PaymentRecord
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Clock, Gateway, Ids, Ledger
from pos_app.services.settle import Settler

#: The same card and amount within this time is asked about (experience.md; field.md 1.3).
DUPLICATE_WINDOW = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SaleRequest:
    """A sale as a clerk wants it, without the card.

    Attributes:
        sale_id: of an earlier attempt of the same sale, else None.
        duplicate_reason: why to go on although the same card was just charged that amount.
        approver: who allows it where that is needed.
    """

    order: Order
    sale_id: SaleId | None = None
    duplicate_reason: str = ""
    approver: Operator | None = None


@dataclass(frozen=True, slots=True)
class SaleRules:
    """The shop's settings that limit a sale."""

    instalments: InstalmentRule
    amount_limit: Won | None = None
    tax_free_allowed: bool = False
    authenticated: bool = True


class SaleDesk:
    """Takes payments by one gateway."""

    def __init__(
        self,
        *,
        gateway: Gateway,
        ledger: Ledger,
        settler: Settler,
        jobs: MoneyJobs,
        clock: Clock,
        ids: Ids,
        operators: OperatorDesk,
        rules: SaleRules,
    ) -> None:
        """Join the parts."""
        self._gateway = gateway
        self._ledger = ledger
        self._settler = settler
        self._jobs = jobs
        self._clock = clock
        self._ids = ids
        self._operators = operators
        self.rules = rules

    def today(self) -> dt.date:
        """Return the KST day, for checking an expiry date."""
        return self._clock.now().astimezone(KST).date()

    async def earlier(self, card_masked: str, amount: Won) -> tuple[PaymentRecord, ...]:
        """Return live payments of that card and amount: recent ones, and open ones of any age."""
        since = self._clock.now() - DUPLICATE_WINDOW
        return tuple(await self._ledger.same_card(card_masked, amount, since))

    async def charge(self, request: SaleRequest, card: Card) -> PaymentRecord:
        """Charge the card; returns as soon as it is approved, declined, not sent or unknown.

        What is unknown goes on being settled in the background. Cancelling the caller does not
        stop the charge. The card is wiped in every case.

        Raises:
            UserMistake: a rule or right forbids it, or the same card and amount were charged and
                no reason was given; nothing was stored, nothing sent.
            ShopTrouble: the ledger cannot be written, or money taking is halted.
        """
        try:
            self._jobs.check_open()
            self._check(request, card)
            author = self._operators.author(Right.CHARGE, request.approver)
            superseded = await self._guard(request, card)
            record = await self._prepare(request, card, author, superseded)
        except BaseException:
            card.wipe()
            raise
        first_answer: asyncio.Future[PaymentRecord] = asyncio.get_running_loop().create_future()
        self._jobs.start(record.payment_id, self._job(record, author, card, first_answer))
        return await asyncio.shield(first_answer)

    def _check(self, request: SaleRequest, card: Card) -> None:
        """Raise if a rule of the shop or the contract forbids this sale."""
        order = request.order
        self.rules.instalments.check(order.months.count, order.amount)
        if self.rules.amount_limit is not None and order.amount > self.rules.amount_limit:
            raise UserMistake("amount.over_limit", limit=self.rules.amount_limit.amount)
        if order.tax_free and not self.rules.tax_free_allowed:
            raise UserMistake("amount.tax_free_not_contracted")
        if self.rules.authenticated and not card.is_authenticated:
            raise UserMistake("card.holder_missing")

    async def _guard(self, request: SaleRequest, card: Card) -> PaymentRecord | None:
        """Raise on an unexplained duplicate; return the open payment that this one replaces."""
        earlier = await self.earlier(card.number.masked, request.order.amount)
        if not earlier:
            return None
        open_one = next((record for record in earlier if record.is_open), None)
        named = open_one or earlier[0]
        if not request.duplicate_reason.strip():
            code = "sale.same_card_open" if open_one else "sale.same_card"
            raise UserMistake(code, order_no=named.order_no, payment_id=named.payment_id)
        self._operators.author(
            Right.SUPERSEDE if open_one else Right.CHARGE_DUPLICATE, request.approver
        )
        return open_one

    async def _prepare(
        self,
        request: SaleRequest,
        card: Card,
        author: f.Author,
        superseded: PaymentRecord | None,
    ) -> PaymentRecord:
        """Store the intent. An open attempt it replaces will be reversed if found approved."""
        if superseded is not None:
            await self._settler.interject(
                superseded.payment_id,
                author,
                lambda record: None if record.unwanted else f.Unwanted("superseded"),
            )
        now = self._clock.now()
        fact = f.Prepared(
            payment_id=PaymentId(self._ids.new_id()),
            sale_id=request.sale_id or SaleId(self._ids.new_id()),
            order_no=make_order_no(now, self._operators.counter, self._ids.random_bits(80)),
            order_date=f"{now.astimezone(KST):%Y%m%d}",
            order=request.order,
            gateway=self._gateway.name,
            environment=self._gateway.environment,
            site=self._gateway.site,
            card_masked=card.number.masked,
            card_brand=card.number.brand.value,
            supersedes=superseded.payment_id if superseded else None,
            reason=request.duplicate_reason.strip(),
        )
        record = await self._ledger.prepare(author, fact)
        self._settler.announce(record)
        return record

    async def _job(
        self,
        record: PaymentRecord,
        author: f.Author,
        card: Card,
        first_answer: asyncio.Future[PaymentRecord],
    ) -> PaymentRecord:
        """Send, tell the first answer, then settle what is left."""
        try:
            record = await self._settler.send(record, author, card)
        except BaseException as error:
            if not first_answer.done():
                first_answer.set_exception(_visible(error))
            raise
        if not first_answer.done():
            first_answer.set_result(record)
        return await self._settler.settle(record)


def _visible(error: BaseException) -> BaseException:
    """Return what the waiting screen is told; a stopped job is no exception of the screen's."""
    if isinstance(error, asyncio.CancelledError):
        return UserMistake("money.stopped")
    return error
