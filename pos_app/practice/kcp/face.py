"""KCP's three addresses on the gateway's book: charge, cancel, inquiry (kcp.md section 2).

Checks come first and change nothing; then the book changes; then the answer is made. Nothing here
waits, so a request is carried out whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from pos_app.practice import actions
from pos_app.practice.actions import Action
from pos_app.practice.book import FULL, Book, Payment, approval_number
from pos_app.practice.clock import Clock, stamp
from pos_app.practice.face import Reply, Request
from pos_app.practice.faults import Subject
from pos_app.practice.journal import Journal
from pos_app.practice.kcp import auth, cards, fields, replies, tax
from pos_app.practice.kcp.charge import AUTHENTICATED, Charge, read_charge, read_site
from pos_app.practice.kcp.codes import NO_INQUIRY_RIGHT, leaves_open
from pos_app.practice.kcp.later import CancelRequest, Inquiry, read_cancel, read_inquiry
from pos_app.practice.kcp.magic import SLOW, Script, cancel_word, script_of
from pos_app.practice.kcp.refusal import Refusal
from pos_app.practice.switches import Switches

PATHS: Final = {
    "/gw/hub/v1/payment": "charge",
    "/gw/mod/v1/cancel": "cancel",
    "/std/inquery": "inquiry",
}
"""Addresses of kcp.md 1.1; KCP spells inquiry so."""

_ORDER: Final = re.compile(r"[A-Za-z0-9]{1,40}", re.ASCII)
_TNO: Final = re.compile(r"[0-9]{14}", re.ASCII)
_BY_ORDER: Final = "000000"
"""Last six digits of a tno that is really the date of a sale (kcp.md 2.4)."""


class KcpFace:
    """The KCP side of the practice gateway."""

    def __init__(
        self, book: Book, journal: Journal, certificates: auth.Certificates, clock: Clock
    ) -> None:
        """Work on the book and the certificates that are handed in."""
        self.switches = Switches()
        self._book = book
        self._journal = journal
        self._certificates = certificates
        self._clock = clock

    def operation(self, method: str, path: str) -> str | None:
        """Name the operation behind an address; see `Face`."""
        found = PATHS.get(path)
        return "" if found is not None and method != "POST" else found

    def kind(self, operation: str) -> str:
        """Say what kind an operation is; see `Face`."""
        return operation

    def subject(self, request: Request) -> Subject:
        """Say what a request is about; see `Face`."""
        body = _lenient(request.body)
        amount = _whole(body.get("amount" if request.operation == "charge" else "mod_mny"))
        if request.operation == "charge":
            return Subject("charge", _harmless_order(body), amount)
        tno = body.get("tno")
        if not isinstance(tno, str) or _TNO.fullmatch(tno) is None:
            return Subject(request.operation, None, amount, None)
        payment = self._book.get(tno)
        if payment is not None:
            return Subject(request.operation, payment.order_no, amount, tno)
        # Fourteen digits nobody gave out may be a card number typed in the wrong place.
        shown = tno if tno.endswith(_BY_ORDER) else tno[:6] + "****" + tno[-4:]
        return Subject(request.operation, None, amount, shown)

    def magic(self, request: Request) -> tuple[str, Action] | None:
        """Return what magic does to the answer; see `Face`."""
        if not self.switches.magic:
            return None
        body = _lenient(request.body)
        if request.operation == "charge":
            try:
                charge = read_charge(body, self.switches, self._clock())
            except Refusal:
                return None
            script = script_of(charge)
            return (script.name, self._action(script.do)) if script.do else None
        payment = self._book.get(str(body.get("tno")))
        do = payment.aftermath.get(f"{request.operation}_do") if payment else None
        if payment is None or not isinstance(do, dict):
            return None
        if request.operation == "cancel" and self._journal.cancel_requests(payment.tno) > 1:
            return None
        return f"first {request.operation}", self._action(do)

    def handle(self, request: Request, *, commit: bool) -> Reply:
        """Check and carry out one request; see `Face`."""
        try:
            body = self._body(request)
            if request.operation == "charge":
                return self._charge(body, commit=commit)
            if request.operation == "cancel":
                return self._cancel(body, commit=commit)
            return self._inquire(body, commit=commit)
        except Refusal as error:
            status = self.switches.refusal_status
            if error.field in ("content-type", "body"):
                status = 415 if error.field == "content-type" else 400
            return Reply(status, replies.refusal(error), "refused")

    def saying(self, code: str, message: str) -> Mapping[str, object]:
        """Return the fields of an answer with this reply code; see `Face`."""
        return replies.refused(code, message)

    def _action(self, do: Mapping[str, object]) -> Action:
        slow = self.switches.slow_s
        return actions.build({k: slow if v == SLOW else v for k, v in do.items()})

    def _body(self, request: Request) -> Mapping[str, object]:
        if not fields.json_type(request.content_type):
            raise Refusal(fields.PARSE_ERROR, "content-type")
        return fields.parse(request.body)

    def _presented(self, body: fields.Fields) -> auth.Presented:
        switches = self.switches
        one_line = switches.cert_form == "one_line"
        site_cd = read_site(body, switches)
        found = auth.presented(body, one_line=one_line, now=self._clock(), code=switches.auth_code)
        if not self._certificates.belongs(site_cd, found):
            raise Refusal(switches.auth_code, auth.CERT_FIELD)
        return found

    # ------------------------------------------------------------------------------- charge

    def _charge(self, body: fields.Fields, *, commit: bool) -> Reply:
        presented = self._presented(body)
        charge = read_charge(body, self.switches, self._clock())
        self._check_contract(str(body["card_tx_type"]))
        duplicate = self.switches.duplicate_order
        if duplicate != "accept" and self._book.order_used(charge.site_cd, charge.order_no):
            raise Refusal(duplicate, "ordr_idxx")
        if not commit:
            return Reply(self.switches.success_status, {}, "not done", None, charge.amount)
        self._certificates.register(charge.site_cd, presented)
        self._book.use_order(charge.site_cd, charge.order_no)
        script = script_of(charge) if self.switches.magic else Script()
        if script.code and not script.charged:
            raise Refusal(script.code)
        kind = script.kind or cards.kind_of(charge.card_no)
        if charge.quota != "00" and not kind.instalments:
            raise Refusal("CC47", "quota")
        return self._approve(charge, script, kind)

    def _check_contract(self, card_tx_type: str) -> None:
        if not self.switches.keyin_contract:
            raise Refusal("CC35")
        authenticated = card_tx_type == AUTHENTICATED
        covered = (
            self.switches.authenticated_contract
            if authenticated
            else self.switches.unauthenticated_contract
        )
        if not covered:
            raise Refusal("CC37")

    def _approve(self, charge: Charge, script: Script, kind: cards.CardKind) -> Reply:
        now = self._clock()
        tno = self._book.next_tno(now)
        payment = Payment(
            tno=tno,
            order_no=charge.order_no,
            site_cd=charge.site_cd,
            amount=charge.amount + script.amount_delta,
            quota=charge.quota,
            card_masked=cards.kept_mask(charge.card_no),
            app_no=approval_number(tno),
            app_time=stamp(now),
            partcanc_yn="Y" if kind.partial_cancel else "N",
            details=replies.card_details(kind, charge.quota),
            aftermath={**script.aftermath, **_tax_of(charge)},
        )
        self._book.approve(payment)
        if script.undone or script.aftermath.get("cancelled"):
            self._book.cancel(payment, payment.amount, by="gateway", now=now)
        if script.code:
            verdict = "charged, answered otherwise"
            status, reply = self.switches.refusal_status, replies.refused(script.code)
            return Reply(status, reply, verdict, tno, payment.amount)
        shown = replies.approval(payment, charge, self.switches, masking=script.masking)
        return Reply(self.switches.success_status, shown, "approved", tno, payment.amount)

    # ------------------------------------------------------------------------------- cancel

    def _cancel(self, body: fields.Fields, *, commit: bool) -> Reply:
        presented = self._presented(body)
        asked = read_cancel(body, self.switches)
        auth.verify(body, presented.key, asked.signed, code=self.switches.auth_code)
        if not self.switches.cancel_ip_registered:
            raise Refusal("8012")
        payment = self._book.find(asked.site_cd, asked.tno)
        if payment is None:
            raise Refusal("8132", "tno")
        code, done = self._cancel_script(payment, asked) if commit else ("", False)
        if code and not done:
            raise Refusal(code)
        amount = self._cancellable(payment, asked)
        if not commit:
            return Reply(self.switches.success_status, {}, "not done", payment.tno, amount)
        self._certificates.register(asked.site_cd, presented)
        parts = asked.split.parts if asked.split else ()
        cancel = self._book.cancel(payment, amount, by="client", now=self._clock(), tax=parts)
        if code:
            verdict = "cancelled, answered otherwise"
            status, reply = self.switches.refusal_status, replies.refused(code)
            return Reply(status, reply, verdict, payment.tno, amount)
        shown = replies.cancelled(payment, asked, cancel, self.switches)
        return Reply(self.switches.success_status, shown, "cancelled", payment.tno, amount)

    def _cancel_script(self, payment: Payment, asked: CancelRequest) -> tuple[str, bool]:
        """Return the code magic answers this cancel with, and if it is carried out first."""
        if not self.switches.magic:
            return "", False
        word = cancel_word(asked.mod_desc)
        if word is not None:
            return word
        code = str(payment.aftermath.get("cancel_code", ""))
        done = bool(payment.aftermath.get("cancel_done"))
        first = self._journal.cancel_requests(payment.tno) <= 1
        # An outcome left open is left open once, so that the next try can settle it.
        return (code, done) if first or not (done or leaves_open(code)) else ("", False)

    def _cancellable(self, payment: Payment, asked: CancelRequest) -> int:
        """Return the won to cancel, or refuse as the vendor's balance rules say (kcp.md 2.2)."""
        if payment.balance == 0:
            raise Refusal("8133", "tno")
        if payment.details.get("refundable") == "N":
            raise Refusal("8379", "tno")
        if asked.mod_type == FULL:
            if payment.cancels:
                raise Refusal(self.switches.stsc_after_partial, "mod_type")
            return payment.balance
        if payment.partcanc_yn == "N" or payment.aftermath.get("no_partial"):
            raise Refusal(self.switches.partial_refused, "mod_type")
        if asked.rem_mny != payment.balance:
            raise Refusal(self.switches.rem_mismatch, "rem_mny")
        if asked.mod_mny > payment.balance:
            raise Refusal(self.switches.excess, "mod_mny")
        _check_split(payment, asked)
        return asked.mod_mny

    # ------------------------------------------------------------------------------ inquiry

    def _inquire(self, body: fields.Fields, *, commit: bool) -> Reply:
        presented = self._presented(body)
        asked = read_inquiry(body, self.switches)
        auth.verify(body, presented.key, *asked.signed, code=self.switches.auth_code)
        if not self.switches.inquiry_access:
            raise Refusal(NO_INQUIRY_RIGHT)
        if not commit:
            return Reply(self.switches.success_status, {}, "not done")
        self._certificates.register(asked.site_cd, presented)
        payment = self._look_up(asked)
        if payment is None:
            reply = replies.refused(self.switches.inquiry_not_found)
            return Reply(self.switches.refusal_status, reply, "not found")
        code = str(payment.aftermath.get("inquiry_code", "")) if self.switches.magic else ""
        if code:
            raise Refusal(code)
        shown = replies.found(payment, self.switches)
        return Reply(self.switches.success_status, shown, "found", payment.tno, payment.amount)

    def _look_up(self, asked: Inquiry) -> Payment | None:
        payment = self._book.find(asked.site_cd, asked.tno)
        if payment is None and asked.tno.endswith(_BY_ORDER) and asked.order_no is not None:
            payment = self._book.find_by_order(asked.site_cd, asked.order_no, asked.tno[:8])
        if payment is None:
            return None
        wait = self.switches.inquiry_delay_s
        if self.switches.magic and payment.aftermath.get("hidden"):
            wait = max(wait, self.switches.slow_s)
        young = self._clock() - payment.approved_at < timedelta(seconds=wait)
        return None if wait and young else payment


def _tax_of(charge: Charge) -> dict[str, object]:
    return {"tax": list(charge.split.parts)} if charge.split.flag == tax.MIXED else {}


def _check_split(payment: Payment, asked: CancelRequest) -> None:
    """Check the parts of a partial cancel of a mixed-tax sale against what is left of them."""
    whole = payment.aftermath.get("tax")
    if not isinstance(whole, list):
        if asked.split is not None:
            raise Refusal("8011", "tax_flag")
        return
    if asked.split is None:
        raise Refusal("8011", "tax_flag")
    gone = [sum(parts) for parts in zip(*(c.tax for c in payment.cancels if c.tax), strict=True)]
    left = [part - used for part, used in zip(whole, gone or (0, 0, 0), strict=True)]
    if asked.split.supply > left[0] or asked.split.vat > left[1]:
        raise Refusal("8098", "mod_tax_mny")
    if asked.split.free > left[2]:
        raise Refusal("8099", "mod_free_mny")


def _lenient(body: bytes) -> Mapping[str, object]:
    try:
        return fields.parse(body)
    except Refusal:
        return {}


def _whole(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value, re.ASCII):
        return int(value)
    return None


def _harmless_order(body: Mapping[str, object]) -> str | None:
    order_no, card_no = body.get("ordr_idxx"), body.get("card_no")
    if not isinstance(order_no, str) or _ORDER.fullmatch(order_no) is None:
        return None
    if isinstance(card_no, str) and card_no and card_no in order_no:
        return "(card number)"
    return order_no
