"""What is checked the moment it happens: every request that leaves, every fact that is stored."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pos_app.domain import facts as f
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundRecord, RefundState
from pos_app.domain.requests import BeforeSend
from pos_app.gateways.exchange import Exchange
from tests.sim.life import passing
from tests.sim.network import Profile, SimLine
from tests.sim.strays import is_being_cancelled, strays_in
from tests.sim.wire import Model

if TYPE_CHECKING:
    from tests.sim.world import World

CHARGES = frozenset(
    {"/gw/hub/v1/payment", "/subscribe/payments/onetime", "/subscribe/payments/again"}
)
CANCELS = frozenset({"/gw/mod/v1/cancel", "/payments/cancel"})

_S = PaymentState
#: money-safety.md section 3, column "May go to", once more and by hand. Besides it: an approval
#: that comes late for an attempt nobody wants any more, and what people say (`by_person`).
MAY_GO_TO: dict[PaymentState, frozenset[PaymentState]] = {
    _S.PREPARED: frozenset({_S.SENDING, _S.NOT_SENT}),
    _S.SENDING: frozenset({_S.APPROVED, _S.DECLINED, _S.UNKNOWN, _S.MISMATCH, _S.NOT_SENT,
                           _S.REVERSING}),
    _S.APPROVED: frozenset({_S.REVERSING}),
    _S.DECLINED: frozenset({_S.REVERSING, _S.MISMATCH}),
    _S.NOT_SENT: frozenset({_S.REVERSING, _S.MISMATCH}),
    _S.UNKNOWN: frozenset({_S.APPROVED, _S.DECLINED, _S.NOT_CHARGED, _S.MISMATCH, _S.REVERSING,
                           _S.REVERSED}),
    _S.NOT_CHARGED: frozenset({_S.REVERSING, _S.MISMATCH}),
    _S.MISMATCH: frozenset({_S.REVERSING, _S.REVERSED}),
    _S.REVERSING: frozenset({_S.REVERSED, _S.REVERSE_UNKNOWN}),
    _S.REVERSE_UNKNOWN: frozenset({_S.REVERSED, _S.REVERSING}),
    _S.REVERSED: frozenset(),
}  # fmt: skip


#: A look-up of several requests may be so long on its way, in seconds.
LOOK_UP_S = 90.0


class Watcher:
    """Looks at requests as they leave and at facts as they become durable.

    Attributes:
        departed: charge requests the shop has sent, by order number.
        left_at: second in which the charge left, by order number.
        cancels: cancel requests the shop has sent, by order number.
        closed_at: true second in which a payment came to its last end, by order number.
        untold: order numbers of which the last word is that the gateway will not tell.
        asked_at: second in which the last look-up that was answered began, by order number.
    """

    def __init__(self, world: World) -> None:
        """Watch nothing yet."""
        self._world = world
        self.departed: Counter[str] = Counter()
        self.left_at: dict[str, float] = {}
        self.cancels: Counter[str] = Counter()
        self.closed_at: dict[str, float] = {}
        self.asked_at: dict[str, float] = {}
        self.untold: set[str] = set()
        self.unknown: set[str] = set()
        self._states: dict[str, PaymentState] = {}

    def blind_since(self, order_no: str) -> float:
        """Return since when a right program could see nothing more of an order, in seconds.

        That is its end, or, where a look-up ended it, the moment that look-up began: it saw the
        gateway's book before it came back.
        """
        closed_at = self.closed_at.get(order_no, 0.0)
        asked_at = self.asked_at.get(order_no, closed_at)
        return asked_at if closed_at - LOOK_UP_S <= asked_at <= closed_at else closed_at

    def leaving(self, path: str, body: bytes) -> None:
        """Look at a request whose first byte leaves now."""
        path = urlsplit(path).path
        if path in CHARGES:
            self._charge_leaves(json.loads(body))
        elif path in CANCELS:
            self._cancel_leaves(json.loads(body))

    def _charge_leaves(self, fields: dict[str, Any]) -> None:
        """Laws 1 and 2: Sending is durable, and no charge goes out twice."""
        world = self._world
        order_no = str(fields.get("ordr_idxx") or fields.get("merchant_uid"))
        amount = int(fields["amount"])
        world.note("charge leaves", order_no, amount)
        self.departed[order_no] += 1
        self.left_at[order_no] = world.loop.time()
        if self.departed[order_no] > 1:
            world.blame(f"{order_no}: a charge is sent for the {self.departed[order_no]}. time")
        record = world.book.find_order(order_no)
        if record is None or record.state is not PaymentState.SENDING:
            state = None if record is None else record.state.value
            world.blame(f"{order_no}: a charge leaves while the ledger says {state}, not SENDING")
        elif amount != record.order.amount.amount:
            world.blame(f"{order_no}: a charge of {amount} leaves, the sale is {record.order}")

    def _cancel_leaves(self, fields: dict[str, Any]) -> None:
        """No cancel without its durable intent, and none above what is left."""
        world = self._world
        ref = str(fields.get("tno") or fields.get("imp_uid") or "")
        held = [r for r in world.book.records() if r.gateway_ref == ref]
        # Two may have one number where people gave that of another sale: the intent tells whose.
        record = next(
            (r for r in held if r.in_flight or _refund_under_way(r)), held[0] if held else None
        )
        amount = int(fields.get("mod_mny") or fields.get("amount") or 0)
        world.note("cancel leaves", ref, amount or "all")
        if is_being_cancelled(strays_in(world.stray_log()), ref):
            world.figures["strays cancelled"] += 1
            return
        if record is None:
            # What cannot be written down is taken back at once (rule R8): then the ledger has
            # refused the approval, and knows no number.
            order = next((c.order_no for c in world.model.charges if c.gateway_ref == ref), "")
            owner = world.book.find_order(order)
            if owner is None or not world.has_failed(owner.payment_id):
                world.blame(f"a cancel leaves for {ref}, which no payment of ours has")
            return
        self.cancels[record.order_no] += 1
        refund = _refund_under_way(record)
        if refund is None and not record.in_flight:
            if not world.has_failed(record.payment_id):
                world.blame(f"{record.order_no}: a cancel leaves without a durable intent")
        elif refund is not None and amount not in {0, refund.amount.amount}:
            world.blame(f"{record.order_no}: a refund of {refund.amount} leaves as {amount}")

    def stored(self, record: PaymentRecord, facts: Sequence[f.Fact]) -> None:
        """Look at a payment that has just become durable."""
        world = self._world
        before = self._states.get(record.payment_id, PaymentState.PREPARED)
        self._states[record.payment_id] = record.state
        if len(facts) == 1 and record.state is not before:
            by_person = getattr(facts[0], "by_person", False)
            if record.state not in MAY_GO_TO[before] and not by_person:
                world.blame(f"{record.order_no}: {before} became {record.state}")
        if record.state is PaymentState.UNKNOWN:
            self.unknown.add(record.order_no)
        not_sent = any(isinstance(fact, f.ChargeNotSent) for fact in facts)
        if not_sent and self.departed[record.order_no]:
            world.blame(f"{record.order_no}: told as not sent, but its charge has left")
        if any(isinstance(fact, f.NotCharged) for fact in facts):
            waited_s = world.loop.time() - self.left_at.get(record.order_no, 0.0)
            if waited_s < world.settle_time_s:
                world.blame(f"{record.order_no}: closed as not charged after {waited_s:.0f} s")
        # A refund that never left looked at nothing.
        if not record.is_open and not any(isinstance(fact, f.RefundNotSent) for fact in facts):
            self.closed_at[record.order_no] = world.loop.time()
            untold = any(isinstance(fact, f.LookedUp) and fact.final for fact in facts)
            (self.untold.add if untold else self.untold.discard)(record.order_no)


def _refund_under_way(record: PaymentRecord) -> RefundRecord | None:
    """Return the refund whose intent is durable and whose answer is not."""
    refund = record.live_refund
    return refund if refund is not None and refund.state is RefundState.SENDING else None


class WatchedLine(SimLine):
    """The network, with the points of the program and the watcher at its near end."""

    def __init__(
        self,
        model: Model,
        rng: random.Random,
        now: Callable[[], Any],
        profile: Profile,
        watcher: Watcher,
    ) -> None:
        """Lay the line."""
        super().__init__(model, rng, now, profile, leaving=watcher.leaving)

    async def send(
        self, method: str, url: str, body: bytearray | None, *, before_send: BeforeSend | None,
        **more: Any,
    ) -> Exchange:  # fmt: skip
        """Send, passing the points before, between and after."""
        passing("connect")

        async def consent() -> None:
            assert before_send is not None
            await before_send()
            passing("consented")

        asked = None if before_send is None else consent
        exchange = await super().send(method, url, body, before_send=asked, **more)
        passing("answered")
        return exchange
