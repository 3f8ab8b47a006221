"""Reads the answer to a cancel (portone.md 3.2, money-safety.md section 7).

Done means: code 0, our payment, and exactly our amount less than the balance before. The status
says nothing after a partial cancel (Q8). "Already cancelled" is `NoAnswer`: a look-up decides.
"""

from __future__ import annotations

import datetime as dt

from pos_app.domain.answers import CancelAnswer, Cancelled, CancelRefused, NoAnswer, NotSent
from pos_app.domain.requests import CancelRequest
from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.portone import codes
from pos_app.gateways.portone.answers import Envelope, Fields, read_envelope
from pos_app.gateways.portone.payments import (
    CANCELLED,
    PAID,
    cancel_time,
    is_won,
    money_of,
)
from pos_app.gateways.portone.settings import PortOneSettings

_STATUS_MAX = 16


def read_cancel(
    exchange: Exchange, request: CancelRequest, settings: PortOneSettings, now: dt.datetime
) -> CancelAnswer:
    """Return what an exchange makes of a cancel; `now` (aware) stands in for a missing time."""
    if isinstance(exchange, Broken) and not exchange.left_us:
        return NotSent(exchange.why)
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return answer
    if answer.is_ok:
        fields = answer.fields
        if fields is None:
            return answer.no_answer("malformed")
        return _done(answer, fields, request, now)
    if not answer.may_refuse:
        return answer.open_status()
    kind = codes.cancel_refused(answer.message, kcp=settings.is_kcp)
    if kind is None:
        found = codes.codes_in(answer.message)
        return answer.no_answer(f"code.{found[0]}" if found else "open_text")
    return CancelRefused(answer.refusal, kind)


def _done(
    answer: Envelope, fields: Fields, request: CancelRequest, now: dt.datetime
) -> CancelAnswer:
    """Return what a handled cancel is worth."""
    imp_uid = fields.imp_uid()
    if imp_uid is None:
        return answer.no_answer("no_ref")
    if request.gateway_ref and imp_uid != request.gateway_ref:
        return answer.no_answer("wrong_ref")
    if fields.exact("merchant_uid") != request.order_no:
        return answer.no_answer("wrong_order")
    status = fields.text("status", _STATUS_MAX)
    if status not in {CANCELLED, PAID}:
        return answer.no_answer(f"state.{status}" if status else "malformed")
    money = money_of(fields)
    if money is None or not is_won(fields):
        return answer.no_answer("amount_malformed")
    left = request.balance_before - request.amount
    if money.balance != left:
        return answer.no_answer("balance_differs")
    rows = fields.objects("cancel_history") or ()
    latest = max(rows, key=lambda row: row.whole("cancelled_at") or 0, default=None)
    return Cancelled(
        cancelled_at=cancel_time(fields) or now,
        balance=left,
        serial="" if latest is None else latest.text("cancellation_id"),
    )
