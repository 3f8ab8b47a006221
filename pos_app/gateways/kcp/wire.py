"""What KCP is sent, as bytes: bodies, and the strings that are signed. No I/O, no judgement.

Card digits go into a body from the card's own buffers (`json_body`) and never become a `str`.
Field names, constants and formats: kcp.md sections 1.3, 1.4, 2.1, 2.2 and 2.4.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from pos_app.domain.card import Card
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.money import Won, split_tax
from pos_app.domain.requests import CancelRequest, ChargeRequest
from pos_app.gateways.json_body import Field, Lent, json_body
from pos_app.gateways.kcp.settings import KcpSettings

#: Paths of the three calls (kcp.md 1.1); "inquery" is how KCP spells it.
APPROVAL_PATH = "/gw/hub/v1/payment"
CANCEL_PATH = "/gw/mod/v1/cancel"
INQUIRY_PATH = "/std/inquery"
#: KCP's slip page (kcp.md 2.7).
_RECEIPT_PATH = "/assist/bill.BillActionNew.do"

#: kcp.md 1.2. Some samples add a charset; JSON is UTF-8 anyhow, and a bare type offends nobody.
HEADERS = {"Content-Type": "application/json"}

PAY_METHOD_CARD = "CARD"
CURRENCY_KRW = "410"
#: kcp.md 4.7.
TX_AUTHENTICATED, TX_UNAUTHENTICATED = "11121000", "11111000"
CANCEL_ALL, CANCEL_PART = "STSC", "STPC"
PAY_TYPE_CARD = "PACA"
#: `mod_type` of an inquiry in the old protocol (kcp.md 4.7); only signed by setting (Q3).
INQUIRY_MOD_TYPE = "STSQ"
TAX_MIXED = "TG03"
#: `mod_desc`: 256 in the older guide, integrations cut at 100 bytes (kcp.md 2.2).
REASON_BYTES_MAX = 100
#: Stands behind the date where an inquiry by order has no transaction number (kcp.md 2.4).
ORDER_TNO_TAIL = "000000"

#: Characters KCP refuses in text values (kcp.md 5.1), and every control character.
_REFUSED = re.compile(r"[,&;\\|'\"<>\x00-\x1f\x7f-\x9f]")


def approval_body(
    settings: KcpSettings, certificate: str, request: ChargeRequest, card: Card
) -> bytearray:
    """Return the body of an approval; the caller must have it wiped.

    Raises:
        Bug: the card has been wiped.
        ShopTrouble: `gateway.holder_missing`, the contract asks for what the card lacks.
    """
    order = request.order
    amount = str(order.amount.amount)
    fields: list[Field] = [
        ("site_cd", settings.site_code),
        ("kcp_cert_info", certificate),
        ("pay_method", PAY_METHOD_CARD),
    ]
    if settings.cust_ip != "omit":
        fields.append(("cust_ip", "" if settings.cust_ip == "empty" else settings.cust_ip))
    fields += [
        ("amount", amount),
        ("card_mny", amount),
        ("currency", CURRENCY_KRW),
        ("quota", order.months.quota),
        ("ordr_idxx", request.order_no),
        ("good_name", order.product),
        ("buyr_name", order.buyer_name),
        ("buyr_mail", order.buyer_email),
        ("buyr_tel2", order.buyer_phone),
    ]
    if settings.mixed_tax and order.tax_free:
        fields += _tax_fields("comm", order.amount, order.tax_free)
    return json_body([*fields, *_card_fields(card, authenticated=settings.authenticated)])


def cancel_body(
    settings: KcpSettings, certificate: str, signature: str, request: CancelRequest
) -> bytearray:
    """Return the body of a cancel: STSC for the whole of an untouched sale, else STPC."""
    kind = cancel_kind(request)
    fields: list[Field] = [
        ("site_cd", settings.site_code),
        ("kcp_cert_info", certificate),
        ("kcp_sign_data", signature),
        ("tno", request.gateway_ref),
        ("mod_type", kind),
        ("mod_desc", clean_reason(request.reason)),
    ]
    if kind == CANCEL_PART:
        fields += [
            ("mod_mny", str(request.amount.amount)),
            ("rem_mny", str(request.balance_before.amount)),
        ]
        if settings.mixed_tax and request.mixed_tax:
            fields += _tax_fields("mod", request.amount, request.tax_free)
    return json_body(fields)


def inquiry_body(
    settings: KcpSettings,
    certificate: str,
    signature: str,
    tno: str,
    order: tuple[str, str] | None = None,
) -> bytearray:
    """Return the body of an inquiry.

    Args:
        settings: of the shop.
        certificate: on one line.
        signature: over `inquiry_message` of the same `tno`.
        tno: a transaction number, or `order_tno` when asking by order.
        order: name and value of the order number's field, when asking by order.
    """
    fields: list[Field] = [
        ("site_cd", settings.site_code),
        ("kcp_cert_info", certificate),
        ("kcp_sign_data", signature),
        ("tno", tno),
        ("pay_type", PAY_TYPE_CARD),
    ]
    if settings.inquiry_sign == "mod_type":
        fields.append(("mod_type", INQUIRY_MOD_TYPE))
    if order is not None:
        fields.append(order)
    return json_body(fields)


def cancel_message(settings: KcpSettings, request: CancelRequest) -> bytes:
    """Return what is signed for a cancel: `site_cd^tno^mod_type`; the amount is not."""
    return _signed(settings.site_code, request.gateway_ref, cancel_kind(request))


def inquiry_message(settings: KcpSettings, tno: str) -> bytes:
    """Return what is signed for an inquiry: `site_cd^tno^pay_type`, by setting `mod_type` (Q3)."""
    last = PAY_TYPE_CARD if settings.inquiry_sign == "pay_type" else INQUIRY_MOD_TYPE
    return _signed(settings.site_code, tno, last)


def cancel_kind(request: CancelRequest) -> str:
    """Return `mod_type`.

    STSC takes back everything whatever was meant, so anything but the whole goes by STPC.
    """
    whole = not request.partial and request.amount == request.balance_before
    return CANCEL_ALL if whole else CANCEL_PART


def order_tno(date: str) -> str:
    """Return what stands for the transaction number when asking by order: date and six zeros."""
    return f"{date}{ORDER_TNO_TAIL}"


def clean_reason(reason: str) -> str:
    """Return a reason without characters KCP refuses, cut to 100 bytes at a character's end."""
    text = " ".join(_REFUSED.sub(" ", reason).split())
    return text.encode("utf-8", "replace")[:REASON_BYTES_MAX].decode("utf-8", "ignore")


def receipt_url(settings: KcpSettings, gateway_ref: str, order_no: str, amount: Won) -> str:
    """Return the address of KCP's own slip page; empty where there is none."""
    if not settings.receipt_host:
        return ""
    query = urlencode(
        {"cmd": "card_bill", "tno": gateway_ref, "order_no": order_no, "trade_mony": amount.amount}
    )
    return f"{settings.receipt_host}{_RECEIPT_PATH}?{query}"


def _card_fields(card: Card, *, authenticated: bool) -> list[Field]:
    """Return what is typed of the card, as views of its own buffers."""
    if card.number.wiped:
        raise Bug("gateway.card_wiped")
    expiry = card.expiry.view()
    kind = TX_AUTHENTICATED if authenticated else TX_UNAUTHENTICATED
    fields: list[Field] = [
        ("card_tx_type", kind),
        ("card_no", Lent([card.number.view()])),
        ("card_expiry", Lent([expiry[2:4], expiry[0:2]])),
    ]
    if not authenticated:
        return fields
    if card.holder is None or card.password is None:
        raise ShopTrouble("gateway.holder_missing")
    return [
        *fields,
        ("card_taxno", Lent([card.holder.view()])),
        ("card_pwd", Lent([card.password.view()])),
    ]


def _tax_fields(prefix: str, amount: Won, tax_free: Won) -> list[Field]:
    """Return the split of a mixed-tax amount: `comm_*` on approvals, `mod_*` on cancels."""
    split = split_tax(amount, tax_free)
    return [
        ("tax_flag", TAX_MIXED),
        (f"{prefix}_tax_mny", str(split.supply.amount)),
        (f"{prefix}_vat_mny", str(split.vat.amount)),
        (f"{prefix}_free_mny", str(split.tax_free.amount)),
    ]


def _signed(*parts: str) -> bytes:
    """Join the parts of a string to sign (kcp.md 1.4)."""
    return "^".join(parts).encode("utf-8")
