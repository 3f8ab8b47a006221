"""How cards, payments and months are written on every screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pos_app.domain.card import Brand
from pos_app.ui import text as t
from pos_app.ui.text import text
from pos_app.ui.widgets.state_badge import Badge, badge_of

if TYPE_CHECKING:
    from pos_app.domain.answers import Approval
    from pos_app.domain.instalments import Months
    from pos_app.domain.record import PaymentRecord
    from pos_app.domain.refunds import RefundState
    from pos_app.ui.app import IssuerHint

_AMEX_DIGITS = 15
_MASKED_MIN = 13


def grouped(masked: str) -> str:
    """Write a masked number in groups: `9410 11** **** 0073`, Amex 4-6-5."""
    if len(masked) == _AMEX_DIGITS:
        return f"{masked[:4]} {masked[4:10]} {masked[10:]}"
    return " ".join(masked[at : at + 4] for at in range(0, len(masked), 4))


def issuer_words(hint: IssuerHint | None, brand: str) -> str:
    """Name the card company, or else the brand; empty for a brand nobody knows."""
    if hint is not None:
        name = hint.issuer_ko if t.language() == "ko" else hint.issuer_en
        if name:
            return name
    return "" if brand == Brand.UNKNOWN.value else text(f"brand.{brand}")


def issuer_of(record: PaymentRecord) -> str:
    """Name the card company of a payment, as the gateway said, or else the brand."""
    approval: Approval | None = record.approval
    if approval is not None and approval.issuer:
        return approval.issuer
    return issuer_words(None, record.card_brand)


def card_words(record: PaymentRecord) -> str:
    """Write issuer and masked number of a payment."""
    return " ".join(part for part in (issuer_of(record), grouped(record.card_masked)) if part)


def short_card_words(record: PaymentRecord) -> str:
    """Write issuer and last four digits."""
    tail = f"··{record.card_masked[-4:]}" if len(record.card_masked) >= _MASKED_MIN else ""
    return " ".join(part for part in (issuer_of(record), tail) if part)


def months_words(months: Months, *, interest_free: bool = False) -> str:
    """Write 일시불, 3개월 or 3개월 (무이자)."""
    if months.is_lump_sum:
        return text("months.lump_sum")
    words = text("months.count", count=months.count)
    return text("months.interest_free", months=words) if interest_free else words


def buyer_words(record: PaymentRecord) -> str:
    """Write the buyer's name and the end of the phone number."""
    phone = record.order.buyer_phone
    tail = f"··{phone[-4:]}" if phone else ""
    return " ".join(part for part in (record.order.buyer_name, tail) if part)


def state_badge(record: PaymentRecord) -> Badge:
    """Return the badge of a payment: a refund in progress or done shows before the charge.

    One that was made on a test channel says so, wherever it stands.
    """
    badge = _state_badge(record)
    if record.approval is None or not record.approval.sandbox or record.environment == "practice":
        return badge
    return replace(badge, tone="warn", words=f"{badge.words} · {text('badge.test')}")


def _state_badge(record: PaymentRecord) -> Badge:
    from pos_app.domain.record import PaymentState

    refund = record.live_refund
    if refund is not None:
        return badge_of("refund", refund.state.value)
    if record.state is PaymentState.APPROVED and record.refunded:
        if not record.balance:
            return badge_of("charge", "REFUNDED")
        return badge_of("charge", "PARTIALLY_REFUNDED", t.won(record.refunded.amount))
    return badge_of("charge", record.state.value)


def refund_state_words(state: RefundState) -> str:
    """Name the state of a refund."""
    return badge_of("refund", state.value).words
