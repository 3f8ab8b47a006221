"""Looking payments up (portone.md 2.4), and the channels of the shop (2.10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pos_app.practice.face import Reply
from pos_app.practice.portone import desk as answers
from pos_app.practice.portone.asked import Asked
from pos_app.practice.portone.desk import Desk
from pos_app.practice.portone.records import Payment
from pos_app.practice.portone.refusal import Refusal, bad_field, not_found
from pos_app.practice.portone.shapes import page_of, payment_json, status_of
from pos_app.practice.portone.switches import channel_of

_NINETY_DAYS_S: Final = 90 * 24 * 3600
_MOST: Final = 100
"""Of GET /payments (portone.md 2.4)."""
_PARTIAL: Final = 207


@dataclass(frozen=True, slots=True)
class Seen:
    """A payment as a look-up sees it now."""

    payment: Payment
    ready: bool
    """It is not visible yet and shown as `ready`."""
    status: str


_SORTS: Final[Mapping[str, Callable[[Seen], int]]] = {
    "started": lambda seen: seen.payment.started_at,
    "paid": lambda seen: 0 if seen.ready or not seen.payment.paid else seen.payment.started_at,
    "updated": lambda seen: _touched(seen.payment),
}


def payment(desk: Desk, asked: Asked) -> Reply:
    """GET /payments/{imp_uid}."""
    found = desk.records.payments.get(asked.path["imp_uid"])
    hidden = desk.switches.portone_hiding != "none" and not _sandbox_wanted(asked)
    seen = _seen(desk, [found] if found else [])
    if not seen or (hidden and seen[0].payment.sandbox):
        raise not_found()
    return _one(desk, seen[0])


def payments(desk: Desk, asked: Asked) -> Reply:
    """GET /payments?imp_uid[]=&merchant_uid[]=: 207 when some are missing."""
    uids = asked.texts("imp_uid[]", query=True)
    orders = asked.texts("merchant_uid[]", query=True)
    if not 1 <= len(uids) + len(orders) <= _MOST:
        raise bad_field("imp_uid[]", f"1~{_MOST}건이어야 합니다")
    rows = _visible(desk, asked, list(desk.records.payments.values()))
    by_uid = {seen.payment.imp_uid: seen for seen in rows}
    by_order = {seen.payment.merchant_uid: seen for seen in rows}
    found = [by_uid[uid] for uid in uids if uid in by_uid]
    found += [by_order[order] for order in orders if order in by_order]
    if not found:
        raise not_found()
    _unless_magic(desk, *(seen.payment for seen in found))
    status = 200 if len(found) == len(uids) + len(orders) else _PARTIAL
    return answers.answer([_shown(desk, seen) for seen in found], "found", status=status)


def find(desk: Desk, asked: Asked) -> Reply:
    """GET /payments/find/{merchant_uid}[/{status}]: the first match only."""
    rows = _of_order(desk, asked)
    return _one(desk, rows[0])


def find_all(desk: Desk, asked: Asked) -> Reply:
    """GET /payments/findAll/{merchant_uid}[/{status}]: every attempt under a number."""
    rows = _of_order(desk, asked)
    return _paged(desk, asked, rows)


def by_status(desk: Desk, asked: Asked) -> Reply:
    """GET /payments/status/{status}: a window of at most ninety days, both ends included."""
    wanted = asked.path["payment_status"]
    until = asked.whole("to", query=True)
    end = desk.seconds() if until is None else until
    since = asked.whole("from", query=True)
    start = end - _NINETY_DAYS_S if since is None else since
    if not 0 <= end - start <= _NINETY_DAYS_S:
        raise bad_field("from", "조회기간은 최대 90일입니다")
    rows = [
        seen
        for seen in _visible(desk, asked, list(desk.records.payments.values()))
        if wanted in ("all", seen.status) and start <= _when(seen) <= end
    ]
    return _paged(desk, asked, _sorted(asked, rows))


def of_customer(desk: Desk, asked: Asked) -> Reply:
    """GET /subscribe/customers/{customer_uid}/payments."""
    uid = asked.path["customer_uid"]
    mine = [p for p in desk.records.payments.values() if p.customer_uid == uid]
    rows = _visible(desk, asked, mine)
    if not rows:
        raise not_found()
    return _paged(desk, asked, _sorted(asked, rows))


def channels(desk: Desk, _asked: Asked) -> Reply:
    """GET /users/pg."""
    shown = [channel_of(text).as_json() for text in desk.switches.portone_channels]
    return answers.answer(shown, "found")


def _of_order(desk: Desk, asked: Asked) -> list[Seen]:
    wanted = asked.path.get("payment_status")
    rows = _visible(desk, asked, desk.records.of_order(asked.path["merchant_uid"]))
    fitting = [seen for seen in rows if wanted in (None, seen.status)]
    if not fitting:
        raise not_found()
    return _sorted(asked, fitting)


def _visible(desk: Desk, asked: Asked, found: list[Payment]) -> list[Seen]:
    hidden = desk.switches.portone_hiding == "all" and not _sandbox_wanted(asked)
    return _seen(desk, [p for p in found if not (hidden and p.sandbox)])


def _seen(desk: Desk, found: list[Payment]) -> list[Seen]:
    """Return what can be seen now of payments, and as what."""
    now = desk.now().timestamp()
    rows = []
    for one in found:
        early = now < one.visible_at
        ready = desk.switches.portone_until_visible == "ready" or bool(one.aftermath.get("ready"))
        if not early or ready:
            status = "ready" if early else status_of(one, desk.switches)
            rows.append(Seen(one, early, status))
    return rows


def _sandbox_wanted(asked: Asked) -> bool:
    return asked.query.get("include_sandbox") in (True, "true")


def _sorted(asked: Asked, rows: list[Seen]) -> list[Seen]:
    wanted = str(asked.query.get("sorting") or "-started")
    # Newest last in the book: equal times keep that order, so that "newest first" is true.
    ordered = sorted(rows, key=_SORTS[wanted.lstrip("-")])
    return ordered[::-1] if wanted.startswith("-") else ordered


def _touched(one: Payment) -> int:
    return one.cancels[-1].cancelled_at if one.cancels else one.started_at


def _when(seen: Seen) -> int:
    """Return the time that belongs to the status."""
    return _touched(seen.payment) if seen.status == "cancelled" else seen.payment.started_at


def _shown(desk: Desk, seen: Seen) -> dict[str, object]:
    return payment_json(seen.payment, desk.switches, ready=seen.ready)


def _one(desk: Desk, seen: Seen) -> Reply:
    _unless_magic(desk, seen.payment)
    shown, one = _shown(desk, seen), seen.payment
    return answers.answer(shown, "found", tno=one.imp_uid, amount=one.amount)


def _paged(desk: Desk, asked: Asked, rows: list[Seen]) -> Reply:
    page, limit = asked.whole("page", query=True), asked.whole("limit", query=True)
    shown = page_of(rows, page, limit, lambda seen: _shown(desk, seen))
    _unless_magic(desk, *(seen.payment for seen in rows))
    return answers.answer(shown, "found")


def _unless_magic(desk: Desk, *found: Payment) -> None:
    """Answer with a code instead, where a magic card says so."""
    for one in found:
        code = str(one.aftermath.get("inquiry_code", "")) if desk.switches.magic else ""
        if code:
            raise Refusal(f"[{code}]")
