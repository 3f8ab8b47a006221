"""Scheduled payments: charges of a card on file that the gateway makes by itself, later."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.answers import Absent, CannotTell, NoAnswer, NotSent, Refused
from pos_app.domain.money import Won
from pos_app.domain.order import Order, OrderNo
from pos_app.domain.requests import BeforeSend
from pos_app.domain.saved_cards import CustomerUid


class ScheduleState(StrEnum):
    """What the gateway says of a scheduled charge (PortOne `schedule_status`, portone.md 2.6)."""

    SCHEDULED = "scheduled"
    EXECUTED = "executed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ScheduleRequest:
    """One charge to be made later.

    Attributes:
        order_no: its order number, used for nothing else before.
        at: aware.
        before_send: called when the connection stands and before the first byte.
    """

    customer_uid: CustomerUid
    order_no: OrderNo
    order: Order
    at: dt.datetime
    before_send: BeforeSend


@dataclass(frozen=True, slots=True)
class ScheduleSeen:
    """A scheduled charge as the gateway has it.

    Attributes:
        at: aware.
        amount: None where the gateway tells none, or one that is no amount.
        paid: whether the executed charge was paid; None while it is not executed or not told.
        gateway_ref: of the payment, empty until executed.
        fail_reason: the gateway's words, cleaned; may be empty.
    """

    order_no: OrderNo
    customer_uid: CustomerUid
    state: ScheduleState
    at: dt.datetime
    amount: Won | None
    paid: bool | None = None
    gateway_ref: str = ""
    fail_reason: str = ""


#: `NoAnswer`: it may be done, a look-up decides.
ScheduleAnswer = ScheduleSeen | Absent | Refused | NoAnswer | NotSent
ScheduleLookUp = ScheduleSeen | Absent | CannotTell
