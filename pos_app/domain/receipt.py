"""The card sales slip (신용카드 매출전표) as data: what is on it, never how it looks.

Content: kcp.md 5.6 and 3.4. The supplier's business number and a separate VAT amount must stand
on it (tax ruling 서면-2017-부가-1592); the expiry date must not, and the card number is masked
(order of 2014). A cancel slip names the original approval and carries a minus sign.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.errors import Bug
from pos_app.domain.instalments import Months
from pos_app.domain.money import TaxSplit
from pos_app.domain.order import RefundId
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who sells, as printed on every slip."""

    name: str
    owner: str
    business_number: str
    address: str
    phone: str


class ReceiptKind(StrEnum):
    """What happened: an approval, a full cancel or a partial one."""

    SALE = "sale"
    VOID = "void"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything on a slip; amounts are positive, `is_cancel` puts the minus sign before them.

    Attributes:
        kind: approval, full cancel or partial cancel.
        environment: "live" prints a slip; anything else prints a practice mark over it.
        at: when the card company did it, aware.
        issuer: card company's name; the brand if the gateway did not say.
        original_at: of a cancel slip: when the sale was approved.
        reprint: prints 재발행.
        gateway: short name of the gateway.
        sandbox: made on a gateway's test channel: no money moved, whatever the environment says.
    """

    kind: ReceiptKind
    merchant: Merchant
    environment: str
    at: dt.datetime
    card_masked: str
    issuer: str
    acquirer: str
    merchant_no: str
    months: Months
    interest_free: bool
    approval_no: str
    order_no: str
    gateway: str
    gateway_ref: str
    product: str
    buyer_name: str
    tax: TaxSplit
    operator: str
    original_at: dt.datetime | None = None
    reason: str = ""
    reprint: bool = False
    sandbox: bool = False

    @property
    def is_cancel(self) -> bool:
        """Tell whether money goes back."""
        return self.kind is not ReceiptKind.SALE


def sale_receipt(record: PaymentRecord, merchant: Merchant, *, reprint: bool = False) -> Receipt:
    """Make the slip of an approved payment; any other payment is a `Bug`."""
    approval = record.approval
    if approval is None or record.state not in {PaymentState.APPROVED, PaymentState.REVERSED}:
        raise Bug("receipt.not_approved", state=record.state.value)
    return Receipt(
        kind=ReceiptKind.SALE,
        merchant=merchant,
        environment=record.environment,
        at=approval.approved_at,
        card_masked=record.card_masked,
        issuer=approval.issuer or record.card_brand,
        acquirer=approval.acquirer,
        merchant_no=approval.merchant_no,
        months=record.order.months,
        interest_free=approval.interest_free,
        approval_no=approval.approval_no,
        order_no=record.order_no,
        gateway=record.gateway,
        gateway_ref=approval.gateway_ref,
        product=record.order.product,
        buyer_name=record.order.buyer_name,
        tax=record.order.tax,
        operator=record.operator,
        reprint=reprint,
        sandbox=approval.sandbox,
    )


def refund_receipt(
    record: PaymentRecord, refund_id: RefundId, merchant: Merchant, *, reprint: bool = False
) -> Receipt:
    """Make the cancel slip of a refund that is done; any other refund is a `Bug`."""
    refund = record.refund(refund_id)
    approval = record.approval
    if approval is None or refund.state is not RefundState.DONE or refund.settled_at is None:
        raise Bug("receipt.not_refunded", state=refund.state.value)
    return Receipt(
        kind=ReceiptKind.PARTIAL if refund.partial else ReceiptKind.VOID,
        merchant=merchant,
        environment=record.environment,
        at=refund.settled_at,
        card_masked=record.card_masked,
        issuer=approval.issuer or record.card_brand,
        acquirer=approval.acquirer,
        merchant_no=approval.merchant_no,
        months=record.order.months,
        interest_free=approval.interest_free,
        approval_no=approval.approval_no,
        order_no=record.order_no,
        gateway=record.gateway,
        gateway_ref=approval.gateway_ref,
        product=record.order.product,
        buyer_name=record.order.buyer_name,
        tax=refund.tax,
        operator=refund.operator,
        original_at=approval.approved_at,
        reason=refund.reason,
        reprint=reprint,
        sandbox=approval.sandbox,
    )
