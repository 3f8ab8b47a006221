"""The day sweep: everything PortOne took on a day, to find what our books do not know."""

from __future__ import annotations

import datetime as dt

from pos_app.domain.answers import CannotTell, SweptPayment
from pos_app.domain.order import KST
from pos_app.gateways.portone.answers import Fields
from pos_app.gateways.portone.payments import CANCELLED, PAID, money_of

#: `paid` alone would miss a payment that a partial cancel has turned to `cancelled` (Q8). Those are
#: filed under the time of the cancel, so they are asked for from that day on.
STATUSES = (PAID, CANCELLED)
#: A window has at most 90 days (portone.md 2.4).
_WINDOW_MAX = dt.timedelta(days=90)
_SECOND = dt.timedelta(seconds=1)


def window(status: str, day: dt.date, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return first and last second to ask for, aware; both are included."""
    start = dt.datetime.combine(day, dt.time(), KST)
    end = start + dt.timedelta(days=1)
    if status == CANCELLED:
        end = max(end, min(now, start + _WINDOW_MAX))
    return start, end - _SECOND


def read_swept(records: list[Fields], day: dt.date) -> tuple[SweptPayment, ...] | CannotTell:
    """Return what was paid on that KST day, once each; an unreadable record spoils the list."""
    found: dict[str, SweptPayment] = {}
    for record in records:
        paid_at = record.time("paid_at")
        if paid_at is None or paid_at.astimezone(KST).date() != day:
            continue
        imp_uid, order_no = record.imp_uid(), record.exact("merchant_uid")
        money = money_of(record)
        if imp_uid is None or order_no is None or money is None:
            return CannotTell("malformed")
        found[imp_uid] = SweptPayment(
            order_no=order_no[:40],
            gateway_ref=imp_uid,
            amount=money.amount,
            balance=money.balance,
            paid_at=paid_at,
            sandbox=record.flag("sandbox") is True,
        )
    return tuple(sorted(found.values(), key=lambda one: one.paid_at))
