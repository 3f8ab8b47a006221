"""Reads the answer to a charge (portone.md 3.1, money-safety.md rule R5).

Approved means: HTTP 200, code 0, status "paid", a number of the gateway's, and order, amount and
currency as we asked for. Our order paid with something else is `Mismatched`, and its number will be
cancelled. `Declined` takes a failed payment or a refusing envelope whose text does not leave the
outcome open. All else is `NoAnswer`: an answer about another order names a payment that may be
somebody else's, so a look-up must tell first.
"""

from __future__ import annotations

import datetime as dt

from pos_app.domain.answers import Approved, ChargeAnswer, Declined, Mismatched, NoAnswer, NotSent
from pos_app.domain.requests import ChargeRequest
from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.portone import codes
from pos_app.gateways.portone.answers import Envelope, Fields, read_envelope
from pos_app.gateways.portone.payments import (
    FAILED,
    PAID,
    approval_of,
    fail_reason,
    failure_of,
    is_won,
    money_of,
    state_why,
)
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.gateways.portone.wire import CURRENCY_KRW
from pos_app.gateways.vendor_text import clean

#: `Mismatched.seen` holds at most so many characters.
_SEEN_MAX = 40


def read_charge(
    exchange: Exchange, request: ChargeRequest, settings: PortOneSettings, now: dt.datetime
) -> ChargeAnswer:
    """Return what an exchange makes of a charge; `now` (aware) stands in for a missing time."""
    if isinstance(exchange, Broken) and not exchange.left_us:
        return NotSent(exchange.why)
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return answer
    if answer.is_ok:
        fields = answer.fields
        if fields is None:
            return answer.no_answer("malformed")
        return _handled(answer, fields, request, settings, now)
    if not answer.refuses_money:
        return answer.open_status()
    return _declined(answer, answer.message) or Declined(answer.refusal)


def _declined(answer: Envelope, text: str) -> NoAnswer | None:
    """Return that a refusal's text leaves the outcome open; None if it refuses."""
    code = codes.open_code(text, kcp=answer.kcp)
    if code is None:
        return None
    refusal = codes.refusal_of(answer.code, text, kcp=answer.kcp)
    return NoAnswer("open_text" if code == "-" else f"code.{code}", answer.candidate_ref, refusal)


def _handled(
    answer: Envelope,
    fields: Fields,
    request: ChargeRequest,
    settings: PortOneSettings,
    now: dt.datetime,
) -> ChargeAnswer:
    """Return what a handled charge came to: by the payment's status, never by the code."""
    status = fields.status()
    if status == FAILED:
        if fields.exact("merchant_uid") != request.order_no:
            return answer.no_answer("wrong_order")
        refusal = failure_of(fields, kcp=settings.is_kcp)
        return _declined(answer, fail_reason(fields)) or Declined(refusal)
    if status != PAID:
        return answer.no_answer(state_why(status))
    return _paid(answer, fields, request, settings, now)


def _paid(
    answer: Envelope,
    fields: Fields,
    request: ChargeRequest,
    settings: PortOneSettings,
    now: dt.datetime,
) -> ChargeAnswer:
    """Return what a paid charge is worth."""
    imp_uid = fields.imp_uid()
    if imp_uid is None:
        return answer.no_answer("no_ref")
    money = money_of(fields)
    order_no, currency = fields.exact("merchant_uid"), fields.exact("currency")
    if money is None:
        return answer.no_answer("amount_malformed")
    if order_no is None or currency is None:
        return answer.no_answer("malformed")
    amount = request.order.amount
    if order_no != request.order_no:
        return answer.no_answer("wrong_order")
    if not is_won(fields):
        return Mismatched(imp_uid, "currency", CURRENCY_KRW, clean(currency, _SEEN_MAX))
    if money.amount != amount:
        return Mismatched(imp_uid, "amount", str(amount.amount), str(money.amount.amount))
    if money.balance != money.amount:
        return answer.no_answer("contradiction")
    if settings.environment == "staging" and fields.flag("sandbox") is False:
        # A test that moved real money is undone like any other charge nobody asked for.
        return Mismatched(imp_uid, "sandbox", "true", "false")
    quota = request.order.months.count
    return Approved(approval_of(settings, fields, imp_uid, now, quota=quota))
