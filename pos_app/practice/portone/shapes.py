"""The objects in answers: a payment, a kept card, a page of a list (portone.md 2.2, 2.4, 2.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from pos_app.practice.kcp.cards import CardKind
from pos_app.practice.portone.records import Cancel, KeptCard, Payment
from pos_app.practice.portone.refusal import bad_field
from pos_app.practice.switches import Switches

_T = TypeVar("_T")
PAGE: Final = 20
"""Rows of a page unless asked otherwise (portone.md 2.4)."""
_RECEIPT: Final = "https://admin8.kcp.co.kr/assist/bill.BillActionNew.do?cmd=card_bill"
_CODES: Final[Mapping[str, str]] = {
    "CCBC": "361", "CCKM": "381", "CCHN": "374", "CCSS": "365", "CCLG": "366", "CCDI": "367",
    "CCLO": "368", "CCAM": "368", "CCCT": "370", "CCNH": "371", "CCCJ": "373", "CCWR": "041",
    "CVSF": "10001",
}  # fmt: skip
"""KCP's card companies in PortOne's codes (portone.md 4.3; kcp.md 4.2)."""

ECHOED: Final = (
    "name", "buyer_name", "buyer_email", "buyer_tel", "buyer_addr", "buyer_postcode",
    "custom_data",
)  # fmt: skip
"""What comes back as it was sent."""


def card_details(kind: CardKind) -> dict[str, object]:
    """Return what answers say about a card."""
    return {
        "card_code": _CODES.get(kind.card_cd),
        "card_name": kind.card_name,
        "card_type": 1 if kind.check else 0,
    }


def wire_amount(won: int, switches: Switches) -> object:
    """Return an amount as JSON shows it: 1000, or 1000.0 where the vendor's server writes so."""
    # 1000.0 is what goes over the wire; nothing is computed with it.
    return won / 1 if switches.portone_amounts == "point" else won


def status_of(payment: Payment, switches: Switches) -> str:
    """Return ready, paid, cancelled or failed."""
    if not payment.paid:
        return "failed"
    if not payment.cancels:
        return "paid"
    return "cancelled" if payment.balance == 0 else switches.portone_partial_status


def payment_json(
    payment: Payment, switches: Switches, *, ready: bool = False, card_number: str = ""
) -> dict[str, object]:
    """Return a payment object; `ready`: as it looks while the payment is not visible yet."""
    known = payment.paid and not ready
    last = payment.cancels[-1] if payment.cancels and not ready else None
    status = "ready" if ready else status_of(payment, switches)
    return {
        "imp_uid": payment.imp_uid,
        "merchant_uid": payment.merchant_uid,
        "pay_method": "card",
        "channel": "api",
        "pg_provider": payment.pg_provider,
        "emb_pg_provider": None,
        "pg_tid": payment.pg_tid if known else None,
        "pg_id": payment.pg_id,
        "sandbox": payment.sandbox,
        "escrow": False,
        "apply_num": payment.apply_num if known else None,
        "bank_code": None,
        "bank_name": None,
        **{name: payment.details.get(name) for name in ("card_code", "card_name")},
        "card_issuer_code": None,
        "card_issuer_name": None,
        "card_publisher_code": None,
        "card_publisher_name": None,
        "card_quota": payment.card_quota,
        "card_number": card_number or payment.card_masked,
        "card_type": payment.details.get("card_type"),
        **{name: payment.details.get(name) for name in ECHOED},
        "amount": wire_amount(payment.amount, switches),
        "cancel_amount": wire_amount(0 if ready else payment.cancelled, switches),
        "currency": "KRW",
        "user_agent": "sorry_not_supported_anymore",
        "status": status,
        "started_at": payment.started_at,
        "paid_at": payment.started_at if known else 0,
        "failed_at": 0 if payment.paid else payment.started_at,
        "cancelled_at": last.cancelled_at if last else 0,
        "fail_reason": payment.fail_reason or None,
        "cancel_reason": last.reason if last else None,
        "receipt_url": _receipt(payment) if known else None,
        "cancel_history": [_cancel_json(payment, c, switches) for c in payment.cancels],
        "cancel_receipt_urls": [_receipt(payment) for _ in payment.cancels],
        "cash_receipt_issued": False,
        "customer_uid": payment.customer_uid or None,
        "customer_uid_usage": payment.usage or None,
        "promotion": None,
    }


def customer_json(card: KeptCard) -> dict[str, object]:
    """Return a kept card as an answer shows it."""
    return {
        "customer_uid": card.customer_uid,
        "pg_provider": card.pg_provider,
        "pg_id": card.pg_id,
        "sandbox": card.sandbox,
        "customer_id": None,
        "card_number": card.card_masked,
        **card.details,
        "inserted": card.inserted,
        "updated": card.updated,
    }


def page_of(
    rows: Sequence[_T], page: int | None, limit: int | None, shown: Callable[[_T], object]
) -> dict[str, object]:
    """Return one page of a list: total, previous, next (0: none), list.

    Raises:
        Refusal: the page does not exist.
    """
    size, number = limit or PAGE, page if page is not None else 1
    last = max(1, -(-len(rows) // size))
    if not 1 <= number <= last:
        raise bad_field("page")
    return {
        "total": len(rows),
        "previous": number - 1,
        "next": number + 1 if number < last else 0,
        "list": [shown(row) for row in rows[(number - 1) * size : number * size]],
    }


def _cancel_json(payment: Payment, cancel: Cancel, switches: Switches) -> dict[str, object]:
    return {
        "pg_tid": payment.pg_tid,
        "amount": wire_amount(cancel.amount, switches),
        "cancelled_at": cancel.cancelled_at,
        "reason": cancel.reason,
        "cancellation_id": cancel.cancellation_id,
        "receipt_url": _receipt(payment),
    }


def _receipt(payment: Payment) -> str:
    order = f"tno={payment.pg_tid}&order_no={payment.imp_uid}&trade_mony={payment.amount}"
    return f"{_RECEIPT}&{order}"
