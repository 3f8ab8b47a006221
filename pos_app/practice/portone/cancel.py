"""Giving money back: POST /payments/cancel (portone.md 2.3)."""

from __future__ import annotations

from typing import Final

from pos_app.practice.face import Reply
from pos_app.practice.kcp.codes import leaves_open, text_of
from pos_app.practice.kcp.magic import cancel_word
from pos_app.practice.portone import desk as answers
from pos_app.practice.portone.asked import Asked
from pos_app.practice.portone.charge import cancel_some
from pos_app.practice.portone.desk import Desk
from pos_app.practice.portone.records import Payment
from pos_app.practice.portone.refusal import NOTHING_TO_CANCEL, Refusal, bad_field
from pos_app.practice.portone.shapes import payment_json

CHECKSUM_DIFFERS: Final = "취소가능금액 검증에 실패하였습니다."
"""Our own words: none are published for a checksum that differs."""


def cancel(desk: Desk, asked: Asked) -> Reply:
    """Cancel a payment or a part of it; amount 0 or none means everything."""
    payment = find(desk, asked)
    if payment is None or not payment.paid:
        raise Refusal(NOTHING_TO_CANCEL)
    code, done = _script(desk, payment, asked) if asked.commit else ("", False)
    if code and not done:
        raise Refusal(_words(code))
    amount, tax_free = _cancellable(desk, payment, asked)
    if not asked.commit:
        return Reply(200, {}, "not done", payment.imp_uid, amount)
    cancel_some(desk, payment, amount, tax_free, by="client", reason=asked.text("reason"))
    if code:
        fields = answers.envelope(None, code=1, message=_words(code))
        return Reply(200, fields, "cancelled, answered otherwise", payment.imp_uid, amount)
    shown = payment_json(payment, desk.switches)
    return answers.answer(shown, "cancelled", tno=payment.imp_uid, amount=amount)


def find(desk: Desk, asked: Asked) -> Payment | None:
    """Return the payment a cancel names: imp_uid wins over merchant_uid.

    Raises:
        Refusal: neither was given.
    """
    imp_uid, merchant_uid = asked.text("imp_uid"), asked.text("merchant_uid")
    if imp_uid:
        return desk.records.payments.get(imp_uid)
    if not merchant_uid:
        raise bad_field("imp_uid", "imp_uid, merchant_uid 중 하나는 필수입니다")
    attempts = desk.records.of_order(merchant_uid)
    return next((p for p in reversed(attempts) if p.paid), None)


def _script(desk: Desk, payment: Payment, asked: Asked) -> tuple[str, bool]:
    """Return the code magic answers this cancel with, and if it is carried out first."""
    if not desk.switches.magic:
        return "", False
    word = cancel_word(asked.text("reason"))
    if word is not None:
        return word
    code = str(payment.aftermath.get("cancel_code", ""))
    done = bool(payment.aftermath.get("cancel_done"))
    first = desk.journal.cancel_requests(payment.imp_uid) <= 1
    # An outcome left open is left open once, so that the next try can settle it.
    return (code, done) if first or not (done or leaves_open(code)) else ("", False)


def _cancellable(desk: Desk, payment: Payment, asked: Asked) -> tuple[int, int]:
    """Return won to cancel and their exempt part.

    Raises:
        Refusal: the balance, the checksum or the tax do not allow it; nothing is done.
    """
    checksum, wanted = asked.won("checksum"), asked.won("amount")
    if payment.balance == 0:
        raise Refusal(_words("8133"))
    if checksum is not None and checksum != payment.balance:
        raise Refusal(CHECKSUM_DIFFERS)
    amount = wanted or payment.balance
    if amount > payment.balance:
        raise Refusal(_words("8036"))
    if amount < payment.amount and payment.aftermath.get("no_partial"):
        raise Refusal(_words("8141"))
    if payment.aftermath.get("no_refund"):
        raise Refusal(_words("8379"))
    return amount, _exempt(desk, payment, amount, asked.won("tax_free"))


def _exempt(desk: Desk, payment: Payment, amount: int, tax_free: int | None) -> int:
    """Return the exempt part; KCP does not work it out by itself (portone.md 2.3)."""
    if tax_free is None:
        if payment.tax_free and desk.switches.portone_tax_free_needed:
            raise Refusal(_words("8011"))
        return 0
    taxed_left = payment.balance - payment.exempt_left
    if tax_free > min(amount, payment.exempt_left) or amount - tax_free > taxed_left:
        raise Refusal(_words("8011"))
    return tax_free


def _words(code: str) -> str:
    return f"[{code}]{text_of(code)}"
