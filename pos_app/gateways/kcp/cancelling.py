"""Reads the answer to a cancel (kcp.md 3.2, money-safety.md section 7).

Done means 0000 with our transaction number and, for a partial cancel, our amount and the balance
that must remain. Done with anything else, "already cancelled" and "in progress" are `NoAnswer`: a
look-up decides.
"""

from __future__ import annotations

import datetime as dt

from pos_app.domain.answers import CancelAnswer, Cancelled, CancelRefused, NoAnswer, NotSent
from pos_app.domain.errors import Bug
from pos_app.domain.money import ZERO, Won
from pos_app.domain.requests import CancelRequest
from pos_app.gateways import kcp_codes as codes
from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.kcp.answers import Answer, read_answer
from pos_app.gateways.kcp.wire import CANCEL_PART, cancel_kind

#: Serial number of a partial cancel: both spellings occur (kcp.md 2.2, Q5).
_SERIALS = ("mod_pacn_seq_no", "mod_pcan_seq_no")
#: `canc_time` in cancel replies, `can_time` in inquiries (kcp.md 5.4); read either.
CANCEL_TIMES = ("canc_time", "can_time")


def read_cancel(exchange: Exchange, request: CancelRequest, now: dt.datetime) -> CancelAnswer:
    """Return what an exchange makes of a cancel; `now` (aware) stands in for a missing time."""
    if isinstance(exchange, Broken) and not exchange.left_us:
        return NotSent(exchange.why)
    answer = read_answer(exchange)
    if isinstance(answer, NoAnswer):
        return answer
    if answer.is_ok:
        return _cancelled(answer, request, now)
    kind = codes.cancel_refused(answer.code, answer.message) if answer.may_refuse else None
    return answer.open_code() if kind is None else CancelRefused(answer.refusal, kind)


def _cancelled(answer: Answer, request: CancelRequest, now: dt.datetime) -> CancelAnswer:
    """Return what an answer of 0000 is worth."""
    if answer.exact("tno") != request.gateway_ref:
        return answer.no_answer("wrong_ref" if answer.has("tno") else "no_ref")
    if answer.has("order_no") and answer.exact("order_no") != request.order_no:
        return answer.no_answer("wrong_order")
    partial = cancel_kind(request) == CANCEL_PART
    left = balance_after(request)
    if partial and answer.won("mod_mny") != request.amount:
        return answer.no_answer("amount_differs")
    if (partial or answer.has("rem_mny")) and answer.won("rem_mny") != left:
        return answer.no_answer("balance_differs")
    return Cancelled(
        cancelled_at=cancel_time(answer) or now,
        balance=left,
        serial=next((text for name in _SERIALS if (text := answer.reference(name))), ""),
    )


def balance_after(request: CancelRequest) -> Won:
    """Return what must remain after the cancel.

    Raises:
        Bug: it takes more than there is; to be found out before anything is sent.
    """
    if cancel_kind(request) != CANCEL_PART:
        return ZERO
    if request.amount > request.balance_before:
        raise Bug("gateway.cancel_over_balance")
    return request.balance_before - request.amount


def cancel_time(answer: Answer) -> dt.datetime | None:
    """Return when it was cancelled, aware, if the answer says so."""
    return next((at for name in CANCEL_TIMES if (at := answer.time(name))), None)
