"""PortOne V1's addresses on the gateway's book; operations.tsv says which there are.

Every request goes the same way: token, body, query and path against the table, then the
operation's own checks, then the book. Nothing here waits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
from pos_app.practice.portone import charge, queries
from pos_app.practice.portone import desk as answers
from pos_app.practice.portone.asked import Asked
from pos_app.practice.portone.desk import PRACTICE_KEY, PRACTICE_SECRET, Desk, Handler
from pos_app.practice.portone.records import Payment
from pos_app.practice.portone.refusal import (
    BAD_REQUEST,
    FAILED,
    KEY_MISSING,
    UNAUTHORIZED,
    WRONG_KEY,
    Refusal,
)
from pos_app.practice.portone.table import PREFIX, Operation, locate, operations
from pos_app.practice.switches import Switches

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
        if new.portone_unauthorized_next != self.desk.switches.portone_unauthorized_next:
            self.desk.unauthorized_left = new.portone_unauthorized_next
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
        imp_uid = _harmless(path.get("imp_uid", body.get("imp_uid")), body)
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
            return _HANDLERS[operation.name](self.desk, asked)
        except Refusal as refusal:
            verdict = "not found" if refusal.status == 404 else "refused"
            return answers.refused(
                refusal.code, refusal.message, status=refusal.status, verdict=verdict
            )

    def saying(self, code: str, message: str) -> Mapping[str, object]:
        """Return the fields of an answer with this code; see `Face`."""
        number = int(code) if re.fullmatch(r"-?[0-9]{1,6}", code, re.ASCII) else 1
        return answers.envelope(
            None, code=number, message=message or "처리 중 오류가 발생하였습니다."
        )

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
        body = reading.checked(given, operation.body, as_text=form, strict=strict)
        return operation, Asked(operation.name, variables, query, body, commit)

    def _admit(self, request: Request, *, commit: bool) -> None:
        good = self.desk.admits(request.authorization)
        if good and self.desk.unauthorized_left:
            self.desk.unauthorized_left -= commit
            good = False
        if not good:
            raise Refusal("Unauthorized", status=UNAUTHORIZED, code=FAILED)

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
            script = charge.decide_asked(self.desk, asked)
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
