"""Reads what PortOne knows of a payment (portone.md 2.4 and 3.3).

A record is believed only about the payment that was asked for. By order number there may be
several: failed attempts beside a paid one, so all are read before anything is said.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pos_app.domain.answers import (
    Absent,
    CannotTell,
    Found,
    FoundState,
    LookUpAnswer,
    NoAnswer,
    Other,
)
from pos_app.domain.money import ZERO
from pos_app.domain.requests import LookUpRequest
from pos_app.gateways.exchange import Exchange
from pos_app.gateways.portone.answers import (
    SERVER_ERROR,
    Envelope,
    Fields,
    objects_of,
    read_envelope,
)
from pos_app.gateways.portone.payments import (
    CANCELLED,
    FAILED,
    PAID,
    READY,
    approval_of,
    cancel_time,
    failure_of,
    is_won,
    money_of,
    state_why,
)
from pos_app.gateways.portone.settings import PortOneSettings


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        following: the next page's number, 0 if there is none.
        total: how many rows the whole list has, 0 if it does not say.
        is_bare: an array that does not say whether more follows.
    """

    rows: tuple[Fields, ...]
    following: int
    is_bare: bool = False
    total: int = 0


def read_page(exchange: Exchange, *, kcp: bool) -> Page | Absent | CannotTell:
    """Return one page of payments."""
    answer = _handled(exchange, kcp=kcp)
    if not isinstance(answer, Envelope):
        return answer
    # A paged body has its rows under `list`.
    rows = objects_of(answer.response)
    if rows is not None:
        return Page(rows, 0, is_bare=True)
    fields = answer.fields
    rows = None if fields is None else fields.objects("list")
    if fields is None or rows is None:
        return CannotTell("malformed")
    following, total = fields.whole("next"), fields.whole("total")
    if following is None and fields.values.get("next") is not None:
        return CannotTell("malformed")
    return Page(rows, max(following or 0, 0), total=total or 0)


def read_payment(
    exchange: Exchange, request: LookUpRequest, settings: PortOneSettings, now: dt.datetime
) -> LookUpAnswer:
    """Return what an exchange tells about the payment asked for by the gateway's number."""
    answer = _handled(exchange, kcp=settings.is_kcp)
    if not isinstance(answer, Envelope):
        return answer
    if answer.fields is None:
        return CannotTell("malformed")
    if answer.fields.imp_uid() != request.gateway_ref:
        return CannotTell("wrong_ref")
    found = judge(answer.fields, request, settings, now)
    if isinstance(found, Found) and found.state is FoundState.FAILED:
        # Another attempt under the same order number may be paid: only all of them can say no.
        return CannotTell("failed_alone", final=True)
    return found


def judge(
    fields: Fields, request: LookUpRequest, settings: PortOneSettings, now: dt.datetime
) -> LookUpAnswer:
    """Return what one record says, if it is about our order."""
    imp_uid = fields.imp_uid()
    if imp_uid is None:
        return CannotTell("no_ref")
    if fields.exact("merchant_uid") != request.order_no:
        return CannotTell("wrong_order", final=True)
    money = money_of(fields)
    if money is None:
        return CannotTell("malformed")
    if not is_won(fields):
        return CannotTell("wrong_currency", final=True)
    status = fields.status()
    approval = approval_of(settings, fields, imp_uid, now, quota=None)
    if status == READY:
        return Found(FoundState.PENDING, approval, money.amount, ZERO)
    if status == FAILED:
        refusal = failure_of(fields, kcp=settings.is_kcp)
        # What failed cannot have been given back, too.
        if money.balance != money.amount:
            return CannotTell("contradiction")
        return Found(FoundState.FAILED, approval, money.amount, ZERO, refusal=refusal)
    if status not in {PAID, CANCELLED}:
        return CannotTell(state_why(status))
    if status == CANCELLED and money.balance == money.amount:
        return CannotTell("contradiction")
    # Both words occur after a partial cancel (Q8): the amounts decide.
    state = FoundState.PARTLY_CANCELLED if money.balance else FoundState.CANCELLED
    if money.balance == money.amount:
        state = FoundState.APPROVED
    gone_at = cancel_time(fields)
    return Found(state, approval, money.amount, money.balance, cancelled_at=gone_at)


def judge_all(
    records: Sequence[Fields],
    request: LookUpRequest,
    settings: PortOneSettings,
    now: dt.datetime,
) -> LookUpAnswer:
    """Return what all records of an order number say together, newest first.

    One that is paid counts before all others. Two that hold money are a double charge: one is
    kept, the others are told beside it (money-safety.md section 6, "several paid").
    """
    told = [judge(record, request, settings, now) for record in records]
    unclear = [answer for answer in told if isinstance(answer, CannotTell)]
    found: dict[str, Found] = {}
    for answer in told:
        if isinstance(answer, Found):
            same = found.setdefault(answer.approval.gateway_ref, answer)
            if (same.state, same.balance) != (answer.state, answer.balance):
                # It changed while the pages were read, or one of them is wrong.
                return CannotTell("contradiction")
    live = [one for one in found.values() if one.balance]
    for answer in unclear:
        if answer.final:
            return answer
    if live:
        return _kept_of(live, request)
    if unclear:
        return unclear[0]
    for state in (FoundState.PENDING, FoundState.CANCELLED, FoundState.FAILED):
        for one in found.values():
            if one.state is state:
                return one
    # A record that is paid and holds nothing says two things at once; it is not "none".
    return CannotTell("contradiction") if found else Absent()


def _kept_of(live: Sequence[Found], request: LookUpRequest) -> Found:
    """Return the record that is kept of those that hold money, with the others beside it.

    The right amount counts first, then the number we hold already, then the order of the numbers:
    whoever asks again keeps the same one.
    """

    def rank(one: Found) -> tuple[bool, bool, int, str]:
        ref = one.approval.gateway_ref
        return one.amount != request.amount, ref != request.held_ref, len(ref), ref

    kept, *others = sorted(live, key=rank)
    told = tuple(Other(one.approval.gateway_ref, one.amount, one.balance) for one in others)
    return dataclasses.replace(kept, others=told)


def _handled(exchange: Exchange, *, kcp: bool) -> Envelope | Absent | CannotTell:
    """Return an envelope that says "handled", or what else came."""
    answer = read_envelope(exchange, kcp=kcp)
    if isinstance(answer, NoAnswer):
        return CannotTell(answer.why)
    if answer.is_ok:
        return answer
    if answer.is_absent:
        return Absent()
    if answer.status >= SERVER_ERROR or not answer.may_refuse:
        return CannotTell(f"http.{answer.status}")
    return CannotTell(f"code.{answer.code}")
