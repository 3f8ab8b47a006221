"""PortOne V1's addresses on the gateway's book; operations.tsv says which there are.

Every request goes the same way: token, body, query and path against the table, then the
operation's own checks, then the book. Nothing here waits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from pos_app.practice import actions
from pos_app.practice.actions import Action
from pos_app.practice.face import Reply, Request
from pos_app.practice.faults import Subject
from pos_app.practice.kcp.magic import SLOW
from pos_app.practice.portone import asked as reading
from pos_app.practice.portone import cancel as cancels
from pos_app.practice.portone import certifications, charge, customers, queries, schedules
from pos_app.practice.portone import desk as answers
from pos_app.practice.portone.asked import Asked
from pos_app.practice.portone.desk import PRACTICE_KEY, PRACTICE_SECRET, Desk, Handler
from pos_app.practice.portone.records import Payment
from pos_app.practice.portone.refusal import (
    BAD_REQUEST,
    FAILED,
    KEY_MISSING,
    UNAUTHORIZED,
    UNAUTHORIZED_WORDS,
    WRONG_KEY,
    Refusal,
)
from pos_app.practice.portone.table import PREFIX, Field, Operation, locate, operations
from pos_app.practice.switches import Switches
from pos_app.practice.trouble import PracticeTrouble

_HANDLERS: Final[Mapping[str, Handler]] = {
    "channels": queries.channels,
    "onetime": charge.onetime,
    "again": charge.again,
    "cancel": cancels.cancel,
    "payment": queries.payment,
    "payments": queries.payments,
    "find": queries.find,
    "findAll": queries.find_all,
    "status": queries.by_status,
    "customer_payments": queries.of_customer,
    "customers": customers.get_many,
    "customer": customers.get,
    "customer_make": customers.make,
    "customer_delete": customers.delete,
    "customer_schedules": schedules.of_customer,
    "schedule": schedules.schedule,
    "unschedule": schedules.unschedule,
    "schedules": schedules.list_all,
    "schedules_of": schedules.of_customer,
    "scheduled": schedules.get,
    "schedule_change": schedules.change,
    "reschedule": schedules.reschedule,
    "retry": schedules.retry,
    "otp_request": certifications.request,
    "otp_confirm": certifications.confirm,
    "certification": certifications.get,
    "certification_delete": certifications.delete,
}
_KINDS: Final[Mapping[str, str]] = {
    "onetime": "charge",
    "again": "charge",
    "retry": "charge",
    "cancel": "cancel",
    "payment": "inquiry",
    "payments": "inquiry",
    "find": "inquiry",
    "findAll": "inquiry",
}
NAMED: Final = tuple(PREFIX + name for name in operations() if " " not in name)
"""Names of the operations, for fault rules."""

_IMP_UID: Final = re.compile(r"imp_[0-9]{1,28}", re.ASCII)
_HARMLESS: Final = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_WON: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_TROUBLE: Final = "처리 중 오류가 발생하였습니다."
_CARD_FIELD: Final = "card_number"


class PortOneFace:
    """PortOne's side of the practice gateway."""

    def __init__(self, desk: Desk) -> None:
        """Work at the desk that is handed in."""
        self.desk = desk

    @property
    def switches(self) -> Switches:
        """What `POST /control` last set."""
        return self.desk.switches

    @switches.setter
    def switches(self, new: Switches) -> None:
        self.desk.switches = new

    def operation(self, method: str, path: str) -> str | None:
        """Name the operation behind an address; see `Face`."""
        found, _, known = locate(method, path)
        if found is None:
            return "" if known else None
        return PREFIX + found.name

    def kind(self, operation: str) -> str:
        """Say what kind an operation is; see `Face`."""
        return _KINDS.get(operation.removeprefix(PREFIX), operation)

    def subject(self, request: Request) -> Subject:
        """Say what a request is about; see `Face`."""
        body, path = self._lenient(request)
        merchant_uid = _harmless(path.get("merchant_uid", body.get("merchant_uid")), body)
        asked_for = path.get("imp_uid", body.get("imp_uid"))
        known = isinstance(asked_for, str) and _IMP_UID.fullmatch(asked_for) is not None
        imp_uid = str(asked_for) if known else None
        kind = self.kind(request.operation)
        payment = None if kind == "charge" else self._payment(body, path)
        if payment is not None:
            merchant_uid = payment.merchant_uid
            imp_uid = payment.imp_uid
        amount = _whole(body.get("amount"))
        return Subject(request.operation, merchant_uid, amount, imp_uid, kind)

    def magic(self, request: Request) -> tuple[str, Action] | None:
        """Return what magic does to the answer; see `Face`."""
        if not self.switches.magic or not self.desk.admits(request.authorization):
            return None
        kind = self.kind(request.operation)
        body, path = self._lenient(request)
        if kind == "charge":
            return self._charge_magic(request)
        payment = self._payment(body, path)
        do = payment.aftermath.get(f"{kind}_do") if payment else None
        if payment is None or not isinstance(do, dict):
            return None
        if kind == "cancel" and self.desk.journal.cancel_requests(payment.imp_uid) > 1:
            return None
        return f"first {kind}", self._action(do)

    def handle(self, request: Request, *, commit: bool) -> Reply:
        """Check and carry out one request; see `Face`."""
        try:
            operation, asked = self._read(request, commit=commit)
            if operation.name == "token":
                return self._give_token(asked)
            if commit:
                self.catch_up()
            return _HANDLERS[operation.name](self.desk, asked)
        except Refusal as refusal:
            verdict = "not found" if refusal.status == 404 else "refused"
            reply = answers.refused(
                refusal.code, refusal.message, status=refusal.status, verdict=verdict
            )
            bare = self.switches.portone_unauthorized_body
            if refusal.message != UNAUTHORIZED_WORDS or bare == "envelope":
                return reply
            return replace(reply, bare=bare)

    def catch_up(self) -> None:
        """Carry out the schedules that have come due on the server's clock."""
        schedules.execute_due(self.desk, self.desk.seconds())

    def saying(self, code: str, message: str) -> Mapping[str, object]:
        """Return the fields of an answer with this code; see `Face`."""
        number = int(code) if re.fullmatch(r"-?[0-9]{1,6}", code, re.ASCII) else 1
        return answers.envelope(
            None, code=number, message=message or "처리 중 오류가 발생하였습니다."
        )

    def admin_cancel(self, payment: Payment, amount: int | None) -> dict[str, object]:
        """Cancel in PortOne's console, so to say; no amount means all that is left.

        Raises:
            PracticeTrouble: it is not between one won and the balance.
        """
        wanted = payment.balance if amount is None else amount
        if not 1 <= wanted <= payment.balance:
            raise PracticeTrouble(f"{wanted} won of {payment.balance} cannot be cancelled")
        exempt = max(0, wanted - (payment.balance - payment.exempt_left))
        charge.cancel_some(self.desk, payment, wanted, exempt, by="admin", reason="관리자 취소")
        return payment.as_json()

    def control(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """Let time pass for schedules, carry one out at once, or make trouble with the token.

        `execute_until` is unix seconds, `execute` a merchant_uid, `forget_token` true;
        `unauthorized_next` is how many requests get 401 although their token is good.

        Raises:
            PracticeTrouble: something in it does not fit; nothing has been done.
            LookupError: no such schedule is waiting.
        """
        unknown = set(wanted) - {"execute_until", "execute", "forget_token", "unauthorized_next"}
        if unknown:
            raise PracticeTrouble(f"control/portone takes no {min(unknown)!r}")
        until, number = wanted.get("execute_until", 0), wanted.get("execute")
        if isinstance(until, bool) or not isinstance(until, int):
            raise PracticeTrouble("execute_until is a time in unix seconds")
        left = wanted.get("unauthorized_next", self.desk.unauthorized_left)
        if isinstance(left, bool) or not isinstance(left, int) or left < 0:
            raise PracticeTrouble("unauthorized_next is a number of requests")
        one = self.desk.records.schedules.get(str(number)) if number is not None else None
        if number is not None and (one is None or one.status != schedules.SCHEDULED):
            raise LookupError("no such schedule is waiting")
        self.desk.unauthorized_left = left
        if wanted.get("forget_token") is True:
            self.desk.token = None
        done = schedules.execute_due(self.desk, until)
        if one is not None and one not in done:
            schedules.execute(self.desk, one)
            done.append(one)
        return {"executed": [each.as_json() for each in done]}

    # ----------------------------------------------------------------------------- request

    def _read(self, request: Request, *, commit: bool) -> tuple[Operation, Asked]:
        path = urlsplit(request.target).path
        operation, variables, _ = locate(request.method, path)
        if operation is None:
            raise KeyError(request.operation)  # the server asked `operation` before
        if operation.name != "token":
            self._admit(request, commit=commit)
        strict = self.switches.portone_strict
        given, form = reading.read_body(request.content_type, request.body)
        if operation.name == "token" and not (given.get("imp_key") and given.get("imp_secret")):
            raise Refusal(KEY_MISSING, status=BAD_REQUEST, code=FAILED)
        reading.check_path(operation, variables)
        query = reading.checked(
            reading.read_query(request.target),
            operation.query,
            as_text=True,
            strict=strict,
            also=frozenset(() if strict else ("include_sandbox",)),
        )
        stated, also = self._stated(operation)
        body = reading.checked(given, stated, as_text=form, strict=strict, also=also)
        return operation, Asked(operation.name, variables, query, body, commit)

    def _stated(self, operation: Operation) -> tuple[Mapping[str, Field], frozenset[str]]:
        """Return the fields of a body, and those that only other papers have (Q3)."""
        if operation.name != "otp_request":
            return operation.body, frozenset()
        wanted = self.switches.portone_channel_key_name
        either = wanted != certifications.OLD_KEY and not self.switches.portone_strict
        old = either or wanted in (certifications.OLD_KEY, "both")
        free = ("channel_key", "bypass")
        stated = {name: about for name, about in operation.body.items() if name not in free}
        return stated, frozenset((*free, certifications.OLD_KEY) if old else free)

    def _admit(self, request: Request, *, commit: bool) -> None:
        good = self.desk.admits(request.authorization)
        if good and self.desk.unauthorized_left:
            self.desk.unauthorized_left -= commit
            good = False
        if not good:
            raise Refusal(UNAUTHORIZED_WORDS, status=UNAUTHORIZED, code=FAILED)

    def _give_token(self, asked: Asked) -> Reply:
        pair = (asked.text("imp_key"), asked.text("imp_secret"))
        if pair != (PRACTICE_KEY, PRACTICE_SECRET):
            raise Refusal(WRONG_KEY, status=UNAUTHORIZED, code=FAILED)
        if not asked.commit:
            return answers.NOT_DONE
        token = self.desk.give_token()
        shown = {
            "access_token": token.text,
            "now": self.desk.seconds(),
            "expired_at": token.ends,
        }
        return answers.answer(shown, "token given")

    def _charge_magic(self, request: Request) -> tuple[str, Action] | None:
        try:
            _, asked = self._read(request, commit=False)
            retried = asked.operation == "retry"
            decide = schedules.decide_retry if retried else charge.decide_asked
            script = decide(self.desk, asked)
        except Refusal:
            return None
        return (script.name, self._action(script.do)) if script.do else None

    def _action(self, do: Mapping[str, object]) -> Action:
        slow = self.switches.slow_s
        return actions.build({k: slow if v == SLOW else v for k, v in do.items()})

    def _lenient(self, request: Request) -> tuple[Mapping[str, object], Mapping[str, str]]:
        _, variables, _ = locate(request.method, urlsplit(request.target).path)
        try:
            return reading.read_body(request.content_type, request.body)[0], variables
        except Refusal:
            return {}, variables

    def _payment(self, body: Mapping[str, object], path: Mapping[str, str]) -> Payment | None:
        """Return the payment a cancel or a look-up is about, if it is in the book."""
        imp_uid = path.get("imp_uid", body.get("imp_uid"))
        if isinstance(imp_uid, str) and imp_uid:
            return self.desk.records.payments.get(imp_uid)
        merchant_uid = path.get("merchant_uid", body.get("merchant_uid"))
        attempts = self.desk.records.of_order(str(merchant_uid)) if merchant_uid else []
        return next((p for p in reversed(attempts) if p.paid), None)


def _whole(value: object) -> int | None:
    """Return an amount for the log, if it is whole won."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    return int(value) if _WON.fullmatch(str(value)) else None


def _harmless(value: object, body: Mapping[str, object]) -> str | None:
    """Return a number of an order or a payment for the log, unless it may hold a card's."""
    if not isinstance(value, str) or _HARMLESS.fullmatch(value) is None:
        return None
    card = str(body.get(_CARD_FIELD, "")).replace("-", "")
    return "(card number)" if card and card in value.replace("-", "") else value
