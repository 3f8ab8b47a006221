"""Charging a card: rights, rules, the duplicate guard, then a job that no screen can kill."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pos_app.domain import facts as f
from pos_app.domain.card import Card
from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.domain.identity import BirthMatch, IdentityEvidence
from pos_app.domain.kept_text import refuse_card_number
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Right
from pos_app.domain.order import KST, Order, PaymentId, SaleId, make_order_no
from pos_app.domain.record import OPEN_STATES, PaymentRecord
from pos_app.domain.saved_cards import CardOnFile, CustomerUid
from pos_app.services.identity_desk import CheckedCaller
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Clock, Ids, Ledger
from pos_app.services.sale_rules import SaleGateway, SaleRules
from pos_app.services.settle import Settler, unwanted

#: The same card and amount within this time is asked about (experience.md; field.md 1.3).
DUPLICATE_WINDOW = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SaleRequest:
    """A sale as a clerk wants it, without the card.

    Attributes:
        sale_id: of an earlier attempt of the same sale, else None.
        duplicate_reason: why to go on although the same card was just charged that amount.
        approver: who allows it where that is needed.
        gateway: name of the one to charge by; empty for the first.
        identity: the identity check it is bound to.
        despite_birth: go on although the caller's birth date is not the card holder's.
    """

    order: Order
    sale_id: SaleId | None = None
    duplicate_reason: str = ""
    approver: Operator | None = None
    gateway: str = ""
    identity: CheckedCaller | None = None
    despite_birth: bool = False


@dataclass(frozen=True, slots=True)
class KeepWith:
    """That the card of a sale is to be kept when it is approved.

    Attributes:
        customer_uid: the name it is kept under, free at the gateway.
        payment_id: of the sale, made beforehand so that the consent can name it.
    """

    customer_uid: CustomerUid
    payment_id: PaymentId


@dataclass(frozen=True, slots=True)
class _Means:
    """What is charged: a card that was typed, or one on file (`card` is None)."""

    masked: str
    brand: str
    customer_uid: str
    card: Card | None
    payment_id: PaymentId | None = None

    def wipe(self) -> None:
        """Wipe the typed card."""
        if self.card is not None:
            self.card.wipe()


class SaleDesk:
    """Takes payments by the gateways of this terminal, the first one unless another is named."""

    def __init__(
        self,
        *,
        gateways: Sequence[SaleGateway],
        ledger: Ledger,
        settler: Settler,
        jobs: MoneyJobs,
        clock: Clock,
        ids: Ids,
        operators: OperatorDesk,
    ) -> None:
        """Join the parts; there is at least one gateway, and each has a name of its own."""
        self._gateways = {one.gateway.name: one for one in gateways}
        self._ledger = ledger
        self._settler = settler
        self._jobs = jobs
        self._clock = clock
        self._ids = ids
        self._operators = operators
        self._beginning = asyncio.Lock()

    @property
    def gateways(self) -> tuple[str, ...]:
        """Return the names of the gateways, the one that is used first in front."""
        return tuple(self._gateways)

    def rules_of(self, gateway: str = "") -> SaleRules:
        """Return the rules of a gateway, of the first where none is named.

        Raises:
            UserMistake: `sale.gateway_unknown`.
        """
        return self._by(gateway).rules

    def _by(self, name: str) -> SaleGateway:
        """Return a gateway by its name, the first where none is named."""
        found = self._gateways.get(name or next(iter(self._gateways)))
        if found is None:
            raise UserMistake("sale.gateway_unknown", gateway=name)
        return found

    def today(self) -> dt.date:
        """Return the KST day, for checking an expiry date."""
        return self._clock.now().astimezone(KST).date()

    async def earlier(self, card_masked: str, amount: Won) -> tuple[PaymentRecord, ...]:
        """Return live payments of that card and amount: recent ones, and open ones of any age."""
        since = self._clock.now() - DUPLICATE_WINDOW
        return tuple(await self._ledger.same_card(card_masked, amount, since))

    async def charge(
        self, request: SaleRequest, card: Card, keep: KeepWith | None = None
    ) -> PaymentRecord:
        """Charge the card; returns as soon as it is approved, declined, not sent or unknown.

        What is unknown goes on being settled in the background. Cancelling the caller does not
        stop the charge. The card is wiped in every case.

        Args:
            request: the sale.
            card: as typed.
            keep: where the customer agreed that the card is kept, too (`services/card_desk.py`).

        Raises:
            UserMistake: a rule or right forbids it, or the same card and amount were charged and
                no reason was given; nothing was stored, nothing sent.
            ShopTrouble: the ledger cannot be written, or money taking is halted.
        """
        means = _Means(
            masked=card.number.masked,
            brand=card.number.brand.value,
            customer_uid=keep.customer_uid if keep else "",
            card=card,
            payment_id=keep.payment_id if keep else None,
        )
        return await self._charge(request, means)

    async def charge_on_file(self, request: SaleRequest, kept: CardOnFile) -> PaymentRecord:
        """Charge a card on file again, by the gateway that keeps it; otherwise as `charge`."""
        means = _Means(kept.card_masked, kept.card_brand, kept.customer_uid, card=None)
        return await self._charge(dataclasses.replace(request, gateway=kept.gateway), means)

    async def _charge(self, request: SaleRequest, means: _Means) -> PaymentRecord:
        """Check and charge."""
        try:
            self._jobs.check_open()
            self._check(request, means.card)
            author = self._operators.author(Right.CHARGE, request.approver)
        except BaseException:
            means.wipe()
            raise
        # Shielded: a screen that goes away between the intent and its job must not part them.
        answer = await self._jobs.shielded(self._begin(request, means, author))
        return await asyncio.shield(answer)

    async def _begin(
        self, request: SaleRequest, means: _Means, author: f.Author
    ) -> asyncio.Future[PaymentRecord]:
        """Guard, store and start the charge; sales are begun one after the other.

        Otherwise two keystrokes would each find that the same card was not charged yet.
        """
        try:
            async with self._beginning:
                self._jobs.check_open()
                superseded = await self._guard(request, means)
                record = await self._prepare(request, means, author, superseded)
                payment_id = record.payment_id
                answer = self._jobs.begin(
                    payment_id,
                    self._settler.send(record, author, means.card),
                    lambda: self._settler.resume(payment_id),
                )
        except BaseException:
            means.wipe()
            raise
        answer.add_done_callback(lambda _: means.wipe())
        return answer

    def _check(self, request: SaleRequest, card: Card | None) -> None:
        """Raise if a rule of the shop or the contract forbids this sale."""
        refuse_card_number(request.duplicate_reason)
        rules = self.rules_of(request.gateway)
        rules.check_order(request.order)
        if card is not None:
            rules.check_identity(request.order, checked=request.identity is not None)
            rules.check_card(card)
        self._evidence(request, card)

    def _evidence(self, request: SaleRequest, card: Card | None) -> IdentityEvidence | None:
        """Return what is kept of the identity check.

        Raises:
            UserMistake: the check is no longer good, or the caller's birth date is not the card
                holder's and nobody who may has agreed to go on.
        """
        checked = request.identity
        if checked is None:
            return None
        checked.check_for(request.sale_id, self._clock.monotonic_s())
        agreed = request.approver or self._operators.current
        evidence = checked.evidence(card.holder if card is not None else None, agreed.name)
        if evidence.birth is BirthMatch.DIFFERENT:
            if not request.despite_birth:
                raise UserMistake("identity.birth_differs")
            self._operators.author(Right.IDENTITY_DIFFERS, request.approver)
        return evidence

    async def _guard(self, request: SaleRequest, means: _Means) -> PaymentRecord | None:
        """Raise on an unexplained duplicate; return the open payment that this one replaces.

        Only a charge whose outcome is open is replaced: one that is approved stands, even while a
        refund of it is being settled.
        """
        earlier = await self.earlier(means.masked, request.order.amount)
        if not earlier:
            return None
        open_one = next((record for record in earlier if record.state in OPEN_STATES), None)
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
        means: _Means,
        author: f.Author,
        superseded: PaymentRecord | None,
    ) -> PaymentRecord:
        """Store the intent. An open attempt it replaces will be reversed if found approved."""
        evidence = self._evidence(request, means.card)
        if superseded is not None:
            await self._settler.interject(
                superseded.payment_id,
                author,
                lambda found: unwanted(found, "superseded"),
            )
        now, gateway = self._clock.now(), self._by(request.gateway).gateway
        fact = f.Prepared(
            payment_id=means.payment_id or PaymentId(self._ids.new_id()),
            sale_id=request.sale_id or SaleId(self._ids.new_id()),
            order_no=make_order_no(now, self._operators.counter, self._ids.random_bits(80)),
            order_date=f"{now.astimezone(KST):%Y%m%d}",
            order=request.order,
            gateway=gateway.name,
            environment=gateway.environment,
            site=gateway.site,
            card_masked=means.masked,
            card_brand=means.brand,
            customer_uid=means.customer_uid,
            supersedes=superseded.payment_id if superseded else None,
            reason=request.duplicate_reason.strip(),
            identity=evidence,
        )
        try:
            record = await self._ledger.prepare(author, fact)
        except ShopTrouble as trouble:
            self._settler.take_up_doubted(fact.payment_id, trouble)
            raise
        if request.identity is not None:
            request.identity.use_for(fact.sale_id)
        self._settler.announce(record)
        return record
