"""What the services ask of gateways and ledger, as plain values both sides know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pos_app.domain.money import Won
from pos_app.domain.order import Order, OrderNo

#: Called when the connection stands and before the first byte of a request; if it raises, nothing
#: is sent. It is where the Sending fact is committed.
BeforeSend = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """What a gateway must know to authorise, besides the card.

    Attributes:
        customer_uid: of a card on file: with no card beside it that one is charged; with a card
            the gateway keeps it under this name once it is approved. Empty for a plain sale.
    """

    order_no: OrderNo
    order: Order
    before_send: BeforeSend
    customer_uid: str = ""


@dataclass(frozen=True, slots=True)
class LookUpRequest:
    """Which payment to ask for: by `gateway_ref`, or by order number where it is None.

    The other fields are what the answer must agree with.

    Attributes:
        held_ref: the transaction number we hold for it already: of several paid records under one
            order number that one is kept.
        sent_ago_s: seconds since the charge left, on a clock that never jumps; None if it left in
            another run of the program.
    """

    order_no: OrderNo
    order_date: str
    amount: Won
    gateway_ref: str | None
    held_ref: str | None = None
    sent_ago_s: float | None = None


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """What to cancel.

    Attributes:
        balance_before: compare-and-set: what the gateway must still hold.
        partial: as a partial cancel.
        mixed_tax: the sale had a tax-free part, so the split goes along.
    """

    order_no: OrderNo
    gateway_ref: str
    amount: Won
    tax_free: Won
    balance_before: Won
    partial: bool
    mixed_tax: bool
    reason: str
    before_send: BeforeSend


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """What to find; empty values do not restrict.

    Attributes:
        text: any part of order number, approval number, last four, name (also 초성), phone,
            product, e-mail, gateway reference, or an amount.
        since, until: KST days, both included.
        states: payment state names; empty for all.
        refundable_only: approved, and something is left to give back.
        open_only: something about it is not settled, a refund included.
        limit: at most so many rows, newest first.
    """

    text: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    states: frozenset[str] = frozenset()
    refundable_only: bool = False
    open_only: bool = False
    limit: int = 200
