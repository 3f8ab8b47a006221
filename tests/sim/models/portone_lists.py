"""PortOne's look-ups: one payment, all records of an order number, the list of a status."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tests.sim.models import portone_checks as checks
from tests.sim.wire import TrueCharge, WireReply

if TYPE_CHECKING:
    from tests.sim.models.portone import PortOneModel

_SORTING = r"-?(started|paid|updated)"
_PAGING = {"page": r"[1-9][0-9]*", "limit": r"[1-9][0-9]{0,3}", "sorting": _SORTING}
_STATUSES = frozenset({"all", "ready", "paid", "cancelled", "failed"})
#: The window of a list is 90 days at most, and is the last 90 where none is given.
WINDOW_S = 90 * 86_400
_TIMES = {"paid": "paid_at", "cancelled": "cancelled_at", "failed": "failed_at"}

Query = dict[str, list[str]]
Record = dict[str, Any]


class Lists:
    """Answers what only asks."""

    def __init__(self, model: PortOneModel) -> None:
        self._model = model

    def one(self, imp_uid: str, query: Query, now: dt.datetime) -> WireReply:
        """GET /payments/{imp_uid}: 404 for test payments without include_sandbox."""
        wrong = list(checks.queries(query, {"include_sandbox": "true|false"}, "/payments/{}"))
        if wrong:
            return self._model.blame("GET", wrong, now)
        self._model.expect_given(imp_uid, "/payments/{}")
        if self._model.chance("look_up_refused"):
            return self._trouble(now)
        sandboxed = self._model.contract.sandbox and query.get("include_sandbox") != ["true"]
        records = [] if sandboxed else self._records(now, imp_uid=imp_uid)
        return self._model.yes(records[0], now) if records else self._none(now)

    def of_order(self, order_no: str, query: Query, now: dt.datetime) -> WireReply:
        """GET /payments/findAll/{merchant_uid}: 404 where there is nothing."""
        wrong = list(checks.queries(query, _PAGING, "/payments/findAll"))
        if wrong:
            return self._model.blame("GET", wrong, now)
        if self._model.chance("look_up_refused"):
            return self._trouble(now)
        records = self._records(now, order_no)
        if not records or self._hidden():
            return self._none(now)
        return self._page(records, query, "started_at", now)

    def of_status(self, status: str, query: Query, now: dt.datetime) -> WireReply:
        """GET /payments/status/{status}: by the time that belongs to the status."""
        window = {"from": r"[0-9]{1,10}", "to": r"[0-9]{1,10}"}
        wrong = list(checks.queries(query, {**_PAGING, **window}, "/payments/status"))
        if status not in _STATUSES:
            wrong.append("/payments/status: no such status")
        last = int(query.get("to", [str(int(now.timestamp()))])[0])
        first = int(query.get("from", [str(last - WINDOW_S)])[0])
        if not 0 <= last - first <= WINDOW_S:
            wrong.append("/payments/status: the window is not 0 to 90 days")
        if wrong:
            return self._model.blame("GET", wrong, now)
        if self._model.chance("look_up_refused"):
            return self._trouble(now)
        time = _TIMES.get(status, "started_at")
        records = [
            r
            for r in ([] if self._hidden() else self._between(first, last, time, now))
            if status in {"all", r["status"]} and first <= (r.get(time) or 0) <= last
        ]
        return self._page(records, query, time, now)

    def _between(self, first: int, last: int, time: str, now: dt.datetime) -> list[Record]:
        """Return what may lie in a window, oldest first; only that is written out."""
        model = self._model
        found = [
            model.answers.payment(model.sales[truth.gateway_ref], now)
            for truth in model.charges
            if model.sales[truth.gateway_ref].visible_at <= now
            and first <= _second(truth, time) <= last
        ]
        found += [
            model.answers.failed(attempt)
            for tries in model.failed.values()
            for attempt in tries
            if attempt.visible_at <= now and first <= int(attempt.at.timestamp()) <= last
        ]
        return sorted(found, key=lambda record: record["started_at"])

    def _records(
        self, now: dt.datetime, order_no: str | None = None, imp_uid: str = ""
    ) -> list[Record]:
        """Return what is visible now of an order number or of a payment number, oldest first."""
        model = self._model
        if order_no is not None:
            sales, attempts = model.sales_of(order_no), model.failed.get(order_no, [])
        elif imp_uid in model.sales:
            sales, attempts = [model.sales[imp_uid]], []
        else:
            every = (attempt for tries in model.failed.values() for attempt in tries)
            sales, attempts = [], [attempt for attempt in every if attempt.imp_uid == imp_uid]
        found = [(s.truth.at, model.answers.payment(s, now)) for s in sales if s.visible_at <= now]
        found += [(a.at, model.answers.failed(a)) for a in attempts if a.visible_at <= now]
        return [record for _, record in sorted(found, key=lambda pair: pair[0])]

    def _hidden(self) -> bool:
        """Tell whether lists hide everything, because it is a test channel (Q12)."""
        return self._model.contract.sandbox and self._model.contract.lists_hide_sandbox

    def _page(self, records: list[Record], query: Query, time: str, now: dt.datetime) -> WireReply:
        """Return one page; newest first unless asked otherwise; 400 past the last."""
        page, limit = int(query.get("page", ["1"])[0]), int(query.get("limit", ["20"])[0])
        sorting = query.get("sorting", ["-started"])[0]
        key = {"paid": "paid_at", "started": "started_at"}.get(sorting.lstrip("-"), time)
        records.sort(key=lambda r: r.get(key) or 0, reverse=sorting.startswith("-"))
        first = (page - 1) * limit
        if limit > 1000 or (page > 1 and first >= len(records)):
            return self._model.no(400, "페이지 정보가 올바르지 않습니다.", now)
        more = first + limit < len(records)
        body = {
            "total": len(records),
            "previous": page - 1,
            "next": page + 1 if more else 0,
            "list": records[first : first + limit],
        }
        return self._model.yes(body, now)

    def _none(self, now: dt.datetime) -> WireReply:
        """Answer that there is nothing."""
        envelope = {"code": -1, "message": "존재하지 않는 결제정보입니다.", "response": None}
        return self._model.reply(404, envelope, now)

    def _trouble(self, now: dt.datetime) -> WireReply:
        """Answer with something that says nothing about the payment."""
        status = self._model.one_of((200, 500, 503, 429))
        return self._model.no(status, "일시적인 오류입니다. 잠시 후 다시 시도해 주세요.", now)


def _second(truth: TrueCharge, time: str) -> int:
    """Return the second by which a list files a charge; 0 where it has none."""
    if time != "cancelled_at":
        return int(truth.at.timestamp())
    return int(truth.cancels[-1].at.timestamp()) if truth.cancels else 0
