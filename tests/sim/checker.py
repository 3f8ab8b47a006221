"""Compares histories: the ledger's facts with what the gateway really did, order by order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pos_app.domain.errors import PosError
from pos_app.domain.record import OPEN_STATES, PaymentRecord, PaymentState
from pos_app.domain.stray_facts import StrayRecord
from pos_app.services.sale_desk import SaleRequest
from tests.sim.strays import strays_in, waits_for_person
from tests.sim.wire import TrueCharge

if TYPE_CHECKING:
    from tests.sim.world import World

#: Why a payment may wait for a person; each has words in the catalogue (`person.*`).
PERSON_RULES = frozenset(
    {
        "charge_unknown",
        "reversal_without_reference",
        "reversal_unknown",
        "reversal_refused",
        "refund_not_done",
        "refund_unknown",
        "refund_balance",
        "balance_above_ours",
    }
)
#: Nothing was charged, the ledger says.
_NOTHING = frozenset(
    {PaymentState.DECLINED, PaymentState.NOT_SENT, PaymentState.NOT_CHARGED, PaymentState.REVERSED}
)


class Checker:
    """Holds one world to the rules."""

    def __init__(self, world: World) -> None:
        """Check nothing yet."""
        self._world = world
        self._strays: list[StrayRecord] = []

    # ---------------------------------------------------------------------------- as it happens

    def check_told(self, record: PaymentRecord) -> None:
        """What a clerk is told is durable."""
        stored = self._world.book.get(record.payment_id)
        if self._world.spools(record.payment_id):
            self._world.figures["told from the spool"] += 1
        elif record.version > stored.version:
            self._world.blame(f"{record.order_no}: told {record.state}, which is not in the ledger")
        elif record.version == stored.version and record.state is not stored.state:
            self._world.blame(f"{record.order_no}: told {record.state}, stored {stored.state}")

    def check_blocked(self, request: SaleRequest, error: PosError) -> None:
        """A sale is only held up by one of the same card and amount."""
        named = str(error.params.get("payment_id"))
        record = next((r for r in self._world.book.records() if r.payment_id == named), None)
        if record is None or record.order.amount != request.order.amount:
            self._world.blame(f"a sale of {request.order.amount} is held up by {named}")

    # ------------------------------------------------------------------------------ at the end

    def check_end(self, *, settled: bool) -> None:
        """Compare everything.

        Args:
            settled: faults have stopped and everybody had the time to settle everything.
        """
        world = self._world
        self._strays = strays_in(world.stray_log())
        for stray in self._strays:
            world.figures[f"stray {stray.found.why.value} {stray.state.value}"] += 1
            if settled and stray.is_open and not stray.needs_person:
                world.blame(f"the stray {stray.found.gateway_ref} is {stray.state} by nobody")
        self._check_requests()
        self._check_cards()
        if settled:
            self._check_spool()
        records = world.book.records()
        known = {record.order_no for record in records}
        for charge in world.model.charges:
            if charge.order_no not in known:
                world.blame(f"{charge.order_no} is charged and not in the ledger")
        for record in records:
            self._check_loud(record)
            if settled:
                self._check_shown(record)
            if record.is_open:
                self._check_open(record, settled=settled)
            else:
                self._check_closed(record)

    def _check_spool(self) -> None:
        """What the spool still has is in the ledger, too: a line that could not be taken out."""
        for line in (one for till in self._world.counters for one in till.ledger.spool.lines):
            stored = [entry.fact for entry in self._world.book.entries(line.payment_id)]
            if not all(fact in stored for fact in line.facts):
                self._world.blame(f"{line.payment_id}: an answer is still in the spool alone")

    def _check_requests(self) -> None:
        """One charge request an order, and nothing that the papers do not allow."""
        world = self._world
        for order_no, count in world.model.charge_requests.items():
            ours = count - world.line.network_doubles[order_no]
            if ours > 1:
                world.blame(f"{order_no}: {ours} charge requests arrived")
        for complaint in world.model.complaints:
            if not (world.misled and "never gave" in complaint):
                world.blame(f"the gateway complains: {complaint}")

    def _check_cards(self) -> None:
        """Every card that was typed is wiped, unless its program was killed."""
        for life, card in self._world.cards:
            parts = [card.number, card.expiry, card.holder, card.password]
            if not life.killed and not all(part is None or part.wiped for part in parts):
                self._world.blame("a card was not wiped")

    def _check_loud(self, record: PaymentRecord) -> None:
        """What is open is on top of the lists."""
        loud = not record.is_open or record in self._world.book.open_payments()
        if not loud or (record.state in OPEN_STATES and not record.is_open):
            self._world.blame(f"{record.order_no}: {record.state} is in no list")

    def _check_shown(self, record: PaymentRecord) -> None:
        """What the screens of the program that has it show is what the book says of it."""
        for till in self._world.counters:
            shown = None if till.life is None else till.life.seen.get(record.payment_id)
            has_it = len(self._world.counters) == 1 or record.keeper == till.name
            if shown is None or not has_it or self._world.spools(record.payment_id):
                continue
            told = (shown.state, shown.person_needed, shown.balance)
            if told != (record.state, record.person_needed, record.balance):
                self._world.blame(f"{record.order_no}: shown as {told}, stored {record.state}")

    def _check_open(self, record: PaymentRecord, *, settled: bool) -> None:
        """Waiting for a person has a name; waiting for nobody is for safety mode only."""
        world = self._world
        if record.person_needed:
            if record.person_needed not in PERSON_RULES:
                world.blame(f"{record.order_no}: waits for a person for {record.person_needed}")
            world.figures[f"waits: {record.person_needed}"] += 1
        elif settled:
            refund = record.live_refund
            world.blame(
                f"{record.order_no}: still {record.state} / {refund and refund.state} by nobody"
            )

    def _check_closed(self, record: PaymentRecord) -> None:
        """The ledger equals the gateway to the won, or the difference has a name."""
        world = self._world
        charges = world.model.of_order(record.order_no)
        if record.state is PaymentState.NOT_SENT and charges:
            world.blame(f"{record.order_no}: NOT_SENT, but the gateway charged it")
        if record.state in _NOTHING:
            self._check_nothing_held(record, charges)
            return
        own = next((c for c in charges if c.gateway_ref == record.gateway_ref), None)
        if own is None:
            if record.order_no not in world.misled:
                world.blame(f"{record.order_no}: APPROVED, the gateway has no {record.gateway_ref}")
            return
        if own.amount != record.order.amount.amount:
            world.blame(f"{record.order_no}: APPROVED {record.order.amount}, charged {own.amount}")
        self._check_refunds(record, own)
        others = [c for c in charges if c is not own and c.balance]
        for other in others:
            self._excuse(record, other, "is charged twice")

    def _check_nothing_held(self, record: PaymentRecord, charges: Sequence[TrueCharge]) -> None:
        for charge in charges:
            if charge.balance:
                self._excuse(record, charge, f"{record.state}, the gateway holds {charge.balance}")

    def _excuse(self, record: PaymentRecord, charge: TrueCharge, what: str) -> None:
        """Find the rule by which this is left for the sweep; without one it is a fault."""
        world = self._world
        blind_since = world.watcher.blind_since(record.order_no)
        sale = world.model.sales[charge.gateway_ref]
        seen_at = world.second_of(max(sale.visible_at, sale.finished_at))
        if record.order_no in world.misled:
            world.figures["left: a person said so"] += 1
        elif waits_for_person(self._strays, charge.gateway_ref):
            world.figures["left: a person is called to a stray"] += 1
        elif seen_at < world.swept_at:
            world.blame(f"{record.order_no}: {what}, and the sweep did not see to it")
        elif world.line.network_doubles[record.order_no]:
            world.figures["left: the network doubled it"] += 1
        elif seen_at > blind_since and record.state is PaymentState.NOT_CHARGED:
            # Only that can be wrong in a right program: after the settle time, not by an answer.
            world.figures["left: it came too late"] += 1
        else:
            world.blame(f"{record.order_no}: {what}")

    def _check_refunds(self, record: PaymentRecord, own: TrueCharge) -> None:
        """What went back went back here and there."""
        world = self._world
        gone = own.amount - own.balance
        behind = sum(cancel.amount for cancel in own.cancels if not cancel.by_shop)
        ours = record.refunded.amount
        blind_since = world.watcher.blind_since(record.order_no)
        late = any(world.second_of(one.at) > blind_since for one in own.cancels if one.by_shop)
        if record.order_no in world.misled:
            return
        if not 0 <= gone - ours <= behind:
            if late:
                world.figures["left: a cancel came too late"] += 1
                return
            doubled = world.line.network_doubles[own.gateway_ref]
            if doubled and record.order_no in world.watcher.untold:
                world.figures["left: the network doubled it, and the gateway would not tell"] += 1
                return
            world.blame(
                f"{record.order_no}: refunded {ours}, the gateway gave back {gone},"
                f" {behind} of it behind our back"
            )
