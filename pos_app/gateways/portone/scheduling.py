"""Scheduled charges of cards on file (portone.md 2.6).

Taking one back always names its order number: without one PortOne would take back everything of
that customer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlencode

from pos_app.domain.answers import Absent, CannotTell, NoAnswer, NotSent
from pos_app.domain.errors import Bug
from pos_app.domain.order import OrderNo
from pos_app.domain.saved_cards import CustomerUid
from pos_app.domain.schedules import (
    ScheduleAnswer,
    ScheduleLookUp,
    ScheduleRequest,
    ScheduleSeen,
    ScheduleState,
)
from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.json_body import json_body
from pos_app.gateways.portone.answers import Envelope, Fields, objects_of, read_envelope
from pos_app.gateways.portone.cards_on_file import customer_path, refused_or_open
from pos_app.gateways.portone.paging import pages_of
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.gateways.portone.speaking import Speaker
from pos_app.gateways.portone.wire import CURRENCY_KRW, PAGE_SIZE, in_path, order_texts
from pos_app.gateways.telling import read_safely
from pos_app.gateways.vendor_text import MESSAGE_MAX

_SCHEDULE_PATH = "/subscribe/payments/schedule"
_UNSCHEDULE_PATH = "/subscribe/payments/unschedule"
#: A list covers at most three months (portone.md 2.6).
_WINDOW_MAX = dt.timedelta(days=92)
#: `payment_status` of an executed schedule (portone.md 4.1); cancelled was paid before.
_PAID = {"paid": True, "failed": False, "cancelled": True}
_STATUS_MAX = 16


class Schedules:
    """Has PortOne charge cards on file later."""

    def __init__(self, speaker: Speaker, settings: PortOneSettings) -> None:
        self._speaker = speaker
        self._settings = settings

    async def add(self, request: ScheduleRequest) -> ScheduleAnswer:
        """Ask for one charge at a later time, once.

        Raises:
            ShopTrouble: `gateway.months_over_limit`; nothing is sent.
        """
        customer_path(request.customer_uid)
        exchange = await self._speaker.once(
            _SCHEDULE_PATH,
            lambda: schedule_body(self._settings, request),
            before_send=request.before_send,
            operation="schedule",
        )
        return self._read(exchange, request.order_no)

    async def take_back(self, customer_uid: CustomerUid, order_no: OrderNo) -> ScheduleAnswer:
        """Take back that one charge and no other.

        Raises:
            Bug: no order number or no customer is named; nothing is sent.
        """
        unschedule_body(customer_uid, order_no)
        exchange = await self._speaker.repeatable(
            "POST",
            _UNSCHEDULE_PATH,
            lambda: unschedule_body(customer_uid, order_no),
            operation="unschedule",
        )
        return self._read(exchange, order_no)

    async def move(self, order_no: OrderNo, at: dt.datetime) -> ScheduleAnswer:
        """Move a charge to another time."""
        fields = [("schedule_at", int(at.timestamp()))]
        exchange = await self._speaker.repeatable(
            "PUT", _one_path(order_no), lambda: json_body(fields), operation="reschedule"
        )
        return self._read(exchange, order_no)

    async def ask(self, order_no: OrderNo) -> ScheduleLookUp:
        """Ask what became of one charge."""
        exchange = await self._speaker.repeatable("GET", _one_path(order_no), operation="scheduled")
        return read_safely(
            "portone",
            lambda: read_one(exchange, order_no, self._settings),
            CannotTell("unreadable"),
        )

    async def list(
        self, since: dt.datetime, until: dt.datetime
    ) -> tuple[ScheduleSeen, ...] | CannotTell:
        """List what is scheduled in [since, until), in the order of time.

        Raises:
            Bug: more than three months, or none.
        """
        if not dt.timedelta(0) < until - since <= _WINDOW_MAX:
            raise Bug("gateway.window_malformed")
        records = await pages_of(
            self._speaker,
            lambda page: list_path(since, until, page),
            operation="schedules",
            kcp=self._settings.is_kcp,
        )
        if isinstance(records, CannotTell):
            return records
        rows = [] if isinstance(records, Absent) else records
        return read_safely("portone", lambda: read_list(rows), CannotTell("unreadable"))

    def _read(self, exchange: Exchange, order_no: OrderNo) -> ScheduleAnswer:
        """Read the answer to something that was to be done."""
        return read_safely(
            "portone",
            lambda: read_done(exchange, order_no, self._settings),
            NoAnswer("unreadable"),
        )


def schedule_body(settings: PortOneSettings, request: ScheduleRequest) -> bytearray:
    """Return the body that schedules one charge of a card on file.

    Raises:
        ShopTrouble: `gateway.months_over_limit`.
    """
    order = request.order
    one = {
        "merchant_uid": request.order_no,
        "schedule_at": int(request.at.timestamp()),
        "currency": CURRENCY_KRW,
        "amount": order.amount.amount,
        **order_texts(settings, request.order_no, order),
    }
    channel = settings.billing_channel_key
    return json_body(
        [
            ("customer_uid", request.customer_uid),
            *([("channel_key", channel)] if channel else []),
            ("schedules", [one]),
        ]
    )


def unschedule_body(customer_uid: CustomerUid, order_no: OrderNo) -> bytearray:
    """Return the body that takes one charge back.

    Raises:
        Bug: without an order number everything of the customer would go.
    """
    if not customer_uid or not order_no:
        raise Bug("gateway.unschedule_without_order")
    return json_body([("customer_uid", customer_uid), ("merchant_uid", [order_no])])


def list_path(since: dt.datetime, until: dt.datetime, page: int) -> str:
    """Return where schedules are listed."""
    query = urlencode(
        {
            "schedule_from": int(since.timestamp()),
            "schedule_to": int(until.timestamp()),
            "page": page,
            "limit": PAGE_SIZE,
            "sorting": "scheduled",
        }
    )
    return f"{_SCHEDULE_PATH}?{query}"


def read_done(exchange: Exchange, order_no: OrderNo, settings: PortOneSettings) -> ScheduleAnswer:
    """Return what an exchange makes of a schedule that was made, moved or taken back."""
    if isinstance(exchange, Broken) and not exchange.left_us:
        return NotSent(exchange.why)
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return answer
    if answer.is_ok:
        seen = _ours(answer, order_no)
        return answer.no_answer(seen.why) if isinstance(seen, CannotTell) else seen
    return Absent() if answer.is_absent else refused_or_open(answer)


def read_one(exchange: Exchange, order_no: OrderNo, settings: PortOneSettings) -> ScheduleLookUp:
    """Return what an exchange tells about one schedule."""
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return CannotTell(answer.why)
    if answer.is_ok:
        return _ours(answer, order_no)
    return Absent() if answer.is_absent else CannotTell(answer.open_status().why)


def read_list(rows: Sequence[Fields]) -> tuple[ScheduleSeen, ...] | CannotTell:
    """Return a list of schedules; one that cannot be read spoils it."""
    seen: dict[str, ScheduleSeen] = {}
    for row in rows:
        one = _seen(row)
        if isinstance(one, CannotTell):
            return one
        seen[one.order_no] = one
    return tuple(sorted(seen.values(), key=lambda one: one.at))


def _ours(answer: Envelope, order_no: OrderNo) -> ScheduleSeen | CannotTell:
    """Return our schedule out of an answer that has it alone, in a list, or in a paged list."""
    fields = answer.fields
    rows = objects_of(answer.response)
    if rows is None and fields is not None:
        rows = fields.objects("list") or (fields,)
    ours = [row for row in rows or () if row.exact("merchant_uid") == order_no]
    if len(ours) != 1:
        return CannotTell("wrong_order" if rows else "malformed")
    return _seen(ours[0])


def _seen(row: Fields) -> ScheduleSeen | CannotTell:
    """Read one schedule."""
    order_no, at = row.exact("merchant_uid"), row.time("schedule_at")
    status = row.text("schedule_status", _STATUS_MAX)
    if order_no is None or at is None or not status:
        return CannotTell("malformed")
    try:
        state = ScheduleState(status)
    except ValueError:
        return CannotTell(f"state.{status}")
    executed = state is ScheduleState.EXECUTED
    return ScheduleSeen(
        order_no=OrderNo(order_no),
        customer_uid=CustomerUid(row.exact("customer_uid") or ""),
        state=state,
        at=at,
        amount=row.won("amount"),
        paid=_PAID.get(row.text("payment_status", _STATUS_MAX)) if executed else None,
        gateway_ref=row.imp_uid() or "",
        fail_reason=row.text("fail_reason", MESSAGE_MAX),
    )


def _one_path(order_no: OrderNo) -> str:
    """Return where one schedule is.

    Raises:
        Bug: no order number.
    """
    if not order_no:
        raise Bug("gateway.unschedule_without_order")
    return f"{_SCHEDULE_PATH}/{in_path(order_no)}"
