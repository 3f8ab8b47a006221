"""Payments to be made later (portone.md 2.6): book, change, revoke, list, and carry out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from pos_app.practice.face import Reply
from pos_app.practice.kcp.magic import Script
from pos_app.practice.portone import charge
from pos_app.practice.portone import desk as answers
from pos_app.practice.portone.asked import Asked
from pos_app.practice.portone.cards import channel_by_key, keyin_channel, read_card
from pos_app.practice.portone.charge import Order, Where
from pos_app.practice.portone.customers import refuse_card
from pos_app.practice.portone.desk import Desk
from pos_app.practice.portone.records import Schedule
from pos_app.practice.portone.refusal import (
    ALREADY_PAID,
    BAD_REQUEST,
    FAILED,
    NO_KEPT_CARD,
    NO_SCHEDULE,
    Refusal,
    bad_field,
    not_found,
)
from pos_app.practice.portone.shapes import PAGE, page_of, wire_amount

SCHEDULED: Final = "scheduled"
EXECUTED: Final = "executed"
REVOKED: Final = "revoked"
WHOLE_CUSTOMER: Final = "whole customers unscheduled"
"""Counted in the book: an unschedule without a number takes every schedule of a customer."""

_THREE_MONTHS_S: Final = 92 * 24 * 3600
_UID_LENGTH: Final = 40
_SORTS: Final = ("scheduled", "-scheduled")


def schedule(desk: Desk, asked: Asked) -> Reply:
    """POST /subscribe/payments/schedule: all of them are booked, or none."""
    items = asked.body["schedules"]
    if not isinstance(items, list):
        raise bad_field("schedules")
    new = [_read(desk, item, asked.text("customer_uid")) for item in items]
    if len({one.merchant_uid for one in new}) != len(new):
        raise bad_field("merchant_uid", "중복되었습니다")
    _need_card(desk, asked)
    if not asked.commit:
        return answers.NOT_DONE
    desk.records.save(*new)
    return answers.answer([schedule_json(desk, one) for one in new], "scheduled")


def unschedule(desk: Desk, asked: Asked) -> Reply:
    """POST /subscribe/payments/unschedule: without numbers every schedule of the customer goes."""
    customer_uid, numbers = asked.text("customer_uid"), asked.texts("merchant_uid")
    if not customer_uid and not numbers:
        raise bad_field("customer_uid", "customer_uid, merchant_uid 중 하나는 필수입니다")
    open_now = [one for one in desk.records.schedules.values() if one.status == SCHEDULED]
    chosen = [
        one
        for one in open_now
        if customer_uid in ("", one.customer_uid) and (not numbers or one.merchant_uid in numbers)
    ]
    if not chosen or len(chosen) < len(set(numbers)):
        raise Refusal(NO_SCHEDULE)
    if not asked.commit:
        return answers.NOT_DONE
    if not numbers:
        desk.records.count(WHOLE_CUSTOMER)
    for one in chosen:
        one.status, one.revoked_at = REVOKED, desk.seconds()
    desk.records.save(*chosen)
    return answers.answer([schedule_json(desk, one) for one in chosen], "unscheduled")


def get(desk: Desk, asked: Asked) -> Reply:
    """GET /subscribe/payments/schedule/{merchant_uid}."""
    return answers.answer(schedule_json(desk, _found(desk, asked)), "found")


def change(desk: Desk, asked: Asked) -> Reply:
    """PUT /subscribe/payments/schedule/{merchant_uid}: another time, while it is not due."""
    one = _found(desk, asked)
    if one.status != SCHEDULED:
        raise _not_now("변경할 수 없는 예약입니다.")
    return _move(desk, asked, one)


def reschedule(desk: Desk, asked: Asked) -> Reply:
    """POST …/reschedule: another time, also for one that failed."""
    one = _found(desk, asked)
    if one.status != SCHEDULED and one.payment_status != "failed":
        raise _not_now("재예약할 수 없는 예약입니다.")
    return _move(desk, asked, one)


def retry(desk: Desk, asked: Asked) -> Reply:
    """POST …/retry: charge one that failed again, now; read the answer's status."""
    one = _found(desk, asked)
    kept = desk.records.cards.get(one.customer_uid)
    if one.payment_status != "failed":
        raise _not_now("재시도할 수 없는 예약입니다.")
    if kept is None:
        raise Refusal(NO_KEPT_CARD)
    charge.refuse_paid(desk, one.merchant_uid)
    payment, script = charge.attempt_kept(desk, order_of(one), kept, "payment.scheduled")
    if not asked.commit:
        return charge.checked_only(payment, script)
    reply = charge.finish(desk, payment, script)
    one.executed_at, one.imp_uid = payment.started_at, payment.imp_uid
    one.payment_status = "paid" if payment.paid else "failed"
    one.fail_reason = payment.fail_reason
    desk.records.save(one)
    return reply


def decide_retry(desk: Desk, asked: Asked) -> Script:
    """Return what becomes of a retry.

    Raises:
        Refusal: there is no such schedule.
    """
    one = _found(desk, asked)
    kept = desk.records.cards.get(one.customer_uid)
    return Script() if kept is None else charge.decide(desk, order_of(one), charge.kept_card(kept))


def list_all(desk: Desk, asked: Asked) -> Reply:
    """GET /subscribe/payments/schedule: at most three months, the end not included."""
    start, end = _window(asked, "schedule_from", "schedule_to")
    sorting = str(asked.query.get("sorting") or _SORTS[0])
    if sorting not in _SORTS:
        raise bad_field("sorting")
    rows = _between(desk.records.schedules.values(), start, end)
    wanted = asked.query.get("schedule_status")
    rows = [one for one in rows if wanted in (None, one.status)]
    return _listed(desk, asked, rows[::-1] if sorting.startswith("-") else rows)


def of_customer(desk: Desk, asked: Asked) -> Reply:
    """GET …/schedule/customers/{customer_uid}, and GET …/{customer_uid}/schedules."""
    start, end = _window(asked, "from", "to")
    wanted = asked.query.get("schedule-status")
    mine = [
        one
        for one in desk.records.schedules.values()
        if one.customer_uid == asked.path["customer_uid"] and wanted in (None, one.status)
    ]
    return _listed(desk, asked, _between(mine, start, end))


def execute_due(desk: Desk, until: int) -> list[Schedule]:
    """Carry out what is due at `until` (unix seconds), in the order of their times."""
    due = [one for one in desk.records.schedules.values() if one.status == SCHEDULED]
    due = [one for one in due if one.schedule_at <= until]
    for one in sorted(due, key=lambda one: one.schedule_at):
        execute(desk, one)
    return due


def execute(desk: Desk, one: Schedule) -> None:
    """Carry out one schedule: the kept card is charged, or the reason of the failure noted."""
    one.status, one.executed_at = EXECUTED, desk.seconds()
    kept = desk.records.cards.get(one.customer_uid)
    if kept is None or desk.records.paid(one.merchant_uid):
        one.payment_status = "failed"
        one.fail_reason = NO_KEPT_CARD if kept is None else ALREADY_PAID
    else:
        payment, script = charge.attempt_kept(desk, order_of(one), kept, "payment.scheduled")
        charge.record(desk, payment)
        charge.undo(desk, payment, script)
        one.imp_uid = payment.imp_uid
        one.payment_status = "paid" if payment.paid else "failed"
        one.fail_reason = payment.fail_reason
    desk.records.save(one)


def order_of(one: Schedule) -> Order:
    """Return what a schedule is to pay."""
    return Order(one.merchant_uid, one.amount, one.tax_free, one.card_quota, one.details)


def schedule_json(desk: Desk, one: Schedule) -> dict[str, object]:
    """Return a schedule as an answer shows it (ScheduleResult)."""
    kept = desk.records.cards.get(one.customer_uid)
    return {
        "customer_uid": one.customer_uid,
        "merchant_uid": one.merchant_uid,
        "imp_uid": one.imp_uid or None,
        "pg_provider": kept.pg_provider if kept else None,
        "pg_id": kept.pg_id if kept else None,
        "customer_id": None,
        "schedule_at": one.schedule_at,
        "executed_at": one.executed_at,
        "revoked_at": one.revoked_at,
        "amount": wire_amount(one.amount, desk.switches),
        "currency": "KRW",
        **one.details,
        "schedule_status": one.status,
        "payment_status": one.payment_status or None,
        "fail_reason": one.fail_reason or None,
    }


def _read(desk: Desk, item: Mapping[str, object], customer_uid: str) -> Schedule:
    order = charge.read_order(item)
    if not 1 <= len(order.merchant_uid) <= _UID_LENGTH:
        raise bad_field("merchant_uid", f"최대 {_UID_LENGTH}자입니다")
    charge.refuse_paid(desk, order.merchant_uid)
    earlier = desk.records.schedules.get(order.merchant_uid)
    if earlier is not None and earlier.status == SCHEDULED:
        raise Refusal("이미 예약된 merchant_uid입니다.")
    when = Asked("", {}, {}, item, commit=False).whole("schedule_at") or 0
    if when <= desk.seconds():
        raise Refusal("예약시각이 이미 지났습니다.")
    return Schedule(
        merchant_uid=order.merchant_uid,
        customer_uid=customer_uid,
        schedule_at=when,
        amount=order.amount,
        tax_free=order.tax_free,
        card_quota=order.card_quota,
        status=SCHEDULED,
        made_at=desk.seconds(),
        details=dict(order.echoed),
    )


def _need_card(desk: Desk, asked: Asked) -> None:
    """Have a key to charge: the kept one, or one made from the card fields of this request."""
    uid, typed = asked.text("customer_uid"), bool(asked.text("card_number"))
    if (asked.whole("checking_amount") or 0) < 0:
        raise bad_field("checking_amount")
    kept = uid in desk.records.cards
    if kept == typed:
        raise Refusal("이미 등록된 빌링키입니다." if kept else NO_KEPT_CARD)
    if not typed:
        return
    card = read_card(desk, asked)
    refuse_card(card)
    key = asked.text("channel_key")
    channel = (
        channel_by_key(desk, key, "api_payment", "channel_key") if key else keyin_channel(desk, "")
    )
    if asked.commit:
        where = Where(channel.pg_provider, channel.pg_id, channel.sandbox)
        charge.keep(desk, uid, card, where, {})


def _move(desk: Desk, asked: Asked, one: Schedule) -> Reply:
    when = asked.whole("schedule_at") or 0
    if when <= desk.seconds():
        raise bad_field("schedule_at", "이미 지난 시각입니다")
    if not asked.commit:
        return answers.NOT_DONE
    moved = replace(
        one, schedule_at=when, status=SCHEDULED, executed_at=0, imp_uid="", payment_status="",
        fail_reason="",
    )  # fmt: skip
    desk.records.save(moved)
    return answers.answer(schedule_json(desk, moved), "moved")


def _found(desk: Desk, asked: Asked) -> Schedule:
    one = desk.records.schedules.get(asked.path["merchant_uid"])
    if one is None:
        raise not_found(NO_SCHEDULE)
    return one


def _not_now(words: str) -> Refusal:
    return Refusal(words, status=BAD_REQUEST, code=FAILED)


def _window(asked: Asked, first: str, last: str) -> tuple[int, int]:
    start, end = asked.whole(first, query=True) or 0, asked.whole(last, query=True) or 0
    if not 0 <= end - start <= _THREE_MONTHS_S:
        raise bad_field(first, "조회기간은 최대 3개월입니다")
    return start, end


def _between(found: Iterable[Schedule], start: int, end: int) -> list[Schedule]:
    within = (one for one in found if start <= one.schedule_at < end)
    return sorted(within, key=lambda one: one.schedule_at)


def _listed(desk: Desk, asked: Asked, rows: list[Schedule]) -> Reply:
    page, limit = asked.whole("page", query=True), asked.whole("limit", query=True)
    paged = page_of(rows, page, limit or PAGE, lambda one: schedule_json(desk, one))
    whole = desk.switches.portone_schedule_list == "paged"
    return answers.answer(paged if whole else paged["list"], "found")
