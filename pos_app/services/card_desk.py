"""Cards on file: keeping them with the customer's consent, finding them, having them deleted.

Charging one is a sale like any other (`SaleDesk.charge_on_file`); a sale can keep its card, too.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pos_app.domain import answers as a
from pos_app.domain.card import Card
from pos_app.domain.card_facts import (
    CARDS,
    CardConsented,
    CardForgetEnded,
    CardForgetting,
    CardKeeping,
    CardNoAnswer,
    CardNotKept,
    CardNotSent,
    CardRecord,
    CardState,
)
from pos_app.domain.card_steps import (
    AskForCard,
    Forget,
    GiveUpForgetting,
    Keep,
    card_after_restart,
    forget_facts,
    keep_facts,
    next_card_step,
    seen_facts,
)
from pos_app.domain.errors import Bug, PosError, ShopTrouble, UserMistake
from pos_app.domain.facts import Author
from pos_app.domain.operators import Operator, Permission, Right, permission
from pos_app.domain.order import PaymentId, clean_text
from pos_app.domain.record import END_STATES, PaymentRecord, PaymentState
from pos_app.domain.saved_cards import CardKept, CustomerUid, KeepCardRequest, make_customer_uid
from pos_app.domain.schedule_facts import SCHEDULES, STANDING
from pos_app.domain.streams import StreamFact, StreamId, StreamQuery
from pos_app.services.framing import Before, guarded
from pos_app.services.makers import maker_of
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import CardGateway, Ledger
from pos_app.services.sale_desk import KeepWith, SaleDesk, SaleRequest
from pos_app.services.stream_worker import StreamParts, StreamWorker

#: So many names are tried before something is wrong: 80 random bits do not collide twice.
_NAME_TRIES = 3


@dataclass(frozen=True, slots=True)
class Consent:
    """Which text was read to the customer, who agreed to it."""

    wording_version: str
    wording_language: str


@dataclass(frozen=True, slots=True)
class KeepRequest:
    """A card to be kept, without the card.

    Attributes:
        customer_name, customer_phone: as typed.
        gateway: name of the one that is to keep it.
    """

    customer_name: str
    customer_phone: str
    gateway: str
    consent: Consent
    customer_email: str = ""


class CardDesk:
    """The cards on file.

    Args:
        gateways: those that keep cards, by name.
    """

    def __init__(
        self,
        *,
        gateways: Mapping[str, CardGateway],
        parts: StreamParts,
        ledger: Ledger,
        sale_desk: SaleDesk,
        operators: OperatorDesk,
    ) -> None:
        """Join the parts."""
        self._gateways = dict(gateways)
        self._ledger = ledger
        self._sale_desk = sale_desk
        self._parts = parts
        self._operators = operators
        self._worker = StreamWorker(CARDS, parts, card_after_restart, self._step)

    @property
    def gateways(self) -> tuple[str, ...]:
        """Return the names of the gateways that keep cards; empty where none does."""
        return tuple(self._gateways)

    @property
    def forgetting_needs_approval(self) -> bool:
        """Tell whether the person at the counter needs a second one to delete a card."""
        role = self._operators.current.role
        return permission(role, Right.FORGET_CARD) is Permission.NEEDS_APPROVAL

    async def find(self, text: str = "", *, limit: int = 200) -> Sequence[CardRecord]:
        """Return cards by name (also 초성), phone or last four digits, newest first."""
        return await self._parts.streams.find(CARDS, StreamQuery(text=text, limit=limit))

    async def get(self, card_id: StreamId) -> CardRecord:
        """Return one card."""
        return await self._parts.streams.get(CARDS, card_id)

    async def resume_open(self) -> Sequence[CardRecord]:
        """Carry on with what a stopped program left open."""
        return await self._worker.resume_open()

    # ------------------------------------------------------------------------------------- keeping

    async def keep(self, request: KeepRequest, card: Card) -> CardRecord:
        """Have a card kept; returns when it is, is refused, was not sent, or nobody knows yet.

        The consent is on disk before the first byte leaves. The card is wiped in every case.

        Raises:
            UserMistake: something typed cannot be; the same card of that customer is kept already.
            ShopTrouble: the ledger cannot be written, or the gateway cannot be asked whether the
                name is free: an existing one would be replaced in silence (portone.md 2.6).
        """
        try:
            self._parts.jobs.check_open()
            author = self._operators.author(Right.KEEP_CARD)
            answer = await self._parts.jobs.shielded(self._begin(request, card, author))
        except BaseException:
            card.wipe()
            raise
        return await asyncio.shield(answer)

    async def _begin(
        self, request: KeepRequest, card: Card, author: Author
    ) -> asyncio.Future[CardRecord]:
        """Store the consent and start."""
        record = await self._consent(request, card, author)
        email = clean_text("buyer_email", request.customer_email)
        answer = self._parts.jobs.begin(
            record.stream_id,
            self._keep(record, author, card, email),
            lambda: self._worker.resume(record.stream_id),
        )
        answer.add_done_callback(lambda _: card.wipe())
        return answer

    async def _consent(
        self, request: KeepRequest, card: Card, author: Author, payment_id: str = ""
    ) -> CardRecord:
        """Check what was typed, find a free name, and store the consent."""
        gateway = self._gateway(request.gateway)
        name = clean_text("buyer_name", request.customer_name)
        phone = clean_text("buyer_phone", request.customer_phone)
        clean_text("buyer_email", request.customer_email)
        if not name or not phone:
            raise UserMistake("cards.customer_missing")
        await self._refuse_twin(phone, card.number.masked)
        fact = CardConsented(
            card_id=StreamId(self._parts.ids.new_id()),
            customer_uid=await self._free_name(gateway),
            gateway=gateway.name,
            environment=gateway.environment,
            site=gateway.site,
            customer_name=name,
            customer_phone=phone,
            card_masked=card.number.masked,
            card_brand=card.number.brand.value,
            wording_version=request.consent.wording_version,
            wording_language=request.consent.wording_language,
            payment_id=payment_id,
        )
        return await self._worker.begin(fact.card_id, author, fact)

    # ------------------------------------------------------------------------- charging and keeping

    async def charge_and_keep(
        self, request: KeepRequest, sale: SaleRequest, card: Card
    ) -> PaymentRecord:
        """Charge a card and have it kept once it is approved; otherwise as `SaleDesk.charge`.

        The sale comes first: what became of the card is found out afterwards, by asking.

        Raises:
            As `keep` and `SaleDesk.charge`.
        """
        try:
            self._parts.jobs.check_open()
            author = self._operators.author(Right.KEEP_CARD)
            answer = await self._parts.jobs.shielded(
                self._begin_charge(request, sale, card, author)
            )
        except BaseException:
            card.wipe()
            raise
        return await asyncio.shield(answer)

    async def _begin_charge(
        self, request: KeepRequest, sale: SaleRequest, card: Card, author: Author
    ) -> asyncio.Future[PaymentRecord]:
        """Store the consent and that the card is about to be kept, then start the sale."""
        payment_id = PaymentId(self._parts.ids.new_id())
        record = await self._consent(request, card, author, payment_id)
        record = await self._worker.note(record, author, CardKeeping())
        answer = self._parts.jobs.begin(
            record.stream_id,
            self._charge(record, dataclasses.replace(sale, gateway=request.gateway), card),
            lambda: self._worker.resume(record.stream_id),
        )
        answer.add_done_callback(lambda _: card.wipe())
        return answer

    async def _charge(self, record: CardRecord, sale: SaleRequest, card: Card) -> PaymentRecord:
        """Charge, and write down what that leaves to be found out about the card."""
        keep = KeepWith(record.customer_uid, PaymentId(record.payment_id or ""))
        try:
            payment = await self._sale_desk.charge(sale, card, keep)
        except PosError:
            stored = await self._payment(keep.payment_id)
            left = CardNotSent("sale") if stored is None else CardNoAnswer("sale")
            await self._worker.commit(record, self._worker.program, left)
            raise
        charged = payment.state not in END_STATES
        fact = CardNoAnswer("sale") if charged else CardNotKept("sale")
        await self._worker.commit(record, self._worker.program, fact)
        if payment.state is PaymentState.APPROVED:
            self._worker.ask_at_once(record.stream_id)
        return payment

    async def _refuse_twin(self, phone: str, card_masked: str) -> None:
        """Raise if that customer's card is on file: two keys for one card help nobody."""
        for other in await self.find(phone):
            same = (other.customer_phone, other.card_masked) == (phone, card_masked)
            if same and other.state in {CardState.KEPT, CardState.UNKNOWN}:
                raise UserMistake("cards.kept_already", name=other.customer_name)

    async def _free_name(self, gateway: CardGateway) -> CustomerUid:
        """Make a name under which the gateway keeps nothing."""
        for _ in range(_NAME_TRIES):
            bits = self._parts.ids.random_bits(80)
            uid = make_customer_uid(self._operators.counter, bits)
            match await gateway.saved_card(uid):
                case a.Absent():
                    return uid
                case a.CannotTell(why, _):
                    raise ShopTrouble("cards.cannot_ask", why=why)
                case CardKept():
                    continue
        raise Bug("cards.no_free_name")

    async def _keep(self, record: CardRecord, author: Author, card: Card, email: str) -> CardRecord:
        """Frame the keeping request by its intent and its answer."""
        if not isinstance(next_card_step(record), Keep):
            raise Bug("stream.impossible_step", state=record.state.value)
        intent = CardKeeping()
        before = Before[CardRecord, StreamFact](self._worker.note, record, author, intent)
        request = KeepCardRequest(
            customer_uid=record.customer_uid,
            customer_name=record.customer_name,
            customer_phone=record.customer_phone,
            customer_email=email,
            before_send=before,
        )
        with self._parts.jobs.in_flight(record.stream_id):
            answer, bug = await guarded(
                self._gateway_of(record).keep_card(request, card), lambda: before.called
            )
            card.wipe()
            facts = keep_facts(answer)
            if not before.called and not isinstance(answer, a.NotSent):
                facts = (intent, *facts)
            record = await self._worker.commit(before.record, author, *facts)
        if bug is not None:
            raise bug
        return record

    # ---------------------------------------------------------------------------------- forgetting

    async def forget(
        self, card_id: StreamId, reason: str, approver: Operator | None = None
    ) -> CardRecord:
        """Have a card deleted at the gateway, which cannot be undone.

        Raises:
            UserMistake: it is not kept; payments are scheduled with it; no reason; no right.
            ShopTrouble: the ledger cannot be written.
        """
        self._parts.jobs.check_open()
        author = self._operators.author(Right.FORGET_CARD, approver)
        cleaned = clean_text("product", reason)
        if not cleaned:
            raise UserMistake("cards.reason_empty")
        answer = await self._parts.jobs.shielded(self._begin_forgetting(card_id, cleaned, author))
        return await asyncio.shield(answer)

    async def _begin_forgetting(
        self, card_id: StreamId, reason: str, author: Author
    ) -> asyncio.Future[CardRecord]:
        """Store the intent and start; wishes about one card are taken one by one."""
        async with self._parts.jobs.lock(card_id):
            record = await self.get(card_id)
            if not record.is_kept:
                raise UserMistake("cards.not_kept")
            await self._parts.jobs.stop(card_id)  # one that has just brought it to rest
            standing = StreamQuery(owner=card_id, states=frozenset(STANDING))
            if plans := await self._parts.streams.find(SCHEDULES, standing):
                raise UserMistake("cards.schedules_standing", count=len(plans))
            self._gateway_of(record)
            record = await self._worker.note(record, author, CardForgetting(reason))
            return self._parts.jobs.begin(
                card_id,
                self._forget(record, author),
                lambda: self._worker.resume(card_id),
            )

    async def _forget(self, record: CardRecord, author: Author) -> CardRecord:
        """Send the request that deletes it, whose intent is written, and write down the answer."""
        gateway = self._gateway_of(record)
        with self._parts.jobs.in_flight(record.stream_id):
            answer, bug = await guarded(
                gateway.forget_card(record.customer_uid, record.forget_reason), lambda: True
            )
            record = await self._worker.commit(record, author, *forget_facts(answer))
        if bug is not None:
            raise bug
        return record

    # ---------------------------------------------------------------------------------- carried on

    async def _step(self, record: CardRecord) -> CardRecord | None:
        """Do what comes next to a card on which nobody works."""
        match next_card_step(record):
            case None:
                return None
            case AskForCard():
                return await self._ask(record)
            case Forget():
                intent = CardForgetting(record.forget_reason)
                record = await self._worker.note(record, self._worker.program, intent)
                return await self._forget(record, self._worker.program)
            case GiveUpForgetting():
                ended = CardForgetEnded("not_done")
                return await self._worker.note(record, self._worker.program, ended)
            case Keep():
                raise Bug("payment.card_is_gone", payment_id=record.stream_id)

    async def _ask(self, record: CardRecord) -> CardRecord:
        """Wait by the schedule, ask, and write down what that settles."""
        gateway = self._gateway_of(record)
        await self._worker.wait_to_ask(record.stream_id)
        answer = await gateway.saved_card(record.customer_uid)
        over = self._worker.is_settle_time_over(record.stream_id)
        if over and record.payment_id is not None:
            payment = await self._payment(record.payment_id)
            over = payment is None or not payment.is_open
        facts = seen_facts(record, answer, settle_time_over=over)
        return await self._worker.note(record, self._worker.program, *facts)

    async def _payment(self, payment_id: PaymentId) -> PaymentRecord | None:
        """Return the sale that was to keep a card; None if it came to nothing before it began."""
        try:
            return await self._ledger.get(payment_id)
        except Bug as bug:
            if bug.code != "ledger.no_such_payment":
                raise
            return None

    def _gateway(self, name: str) -> CardGateway:
        """Return a gateway that keeps cards by its name."""
        found = self._gateways.get(name)
        if found is None:
            raise UserMistake("cards.gateway_cannot", gateway=name)
        return found

    def _gateway_of(self, record: CardRecord) -> CardGateway:
        """Return the gateway that keeps this card; raises as `maker_of`."""
        return maker_of(self._gateways, record)
