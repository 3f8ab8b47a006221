"""What PortOne is sent about payments: paths and bodies. No I/O, no judgement.

Field names, limits and formats: portone.md sections 2.1 to 2.4 and 2.6. Amounts are whole numbers.
Of the buyer as much is sent as PortOne takes: names are cut at its limits, a telephone number that
is too long is left out, because a part of it would be another number. The whole texts stand in this
program's own books.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from pos_app.domain.card import Card
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.order import Order, OrderNo
from pos_app.domain.requests import CancelRequest, ChargeRequest
from pos_app.gateways.json_body import Field, Lent, json_body
from pos_app.gateways.portone.settings import ASK, NEVER, PortOneSettings

ONETIME_PATH = "/subscribe/payments/onetime"
AGAIN_PATH = "/subscribe/payments/again"
CANCEL_PATH = "/payments/cancel"
CHANNELS_PATH = "/users/pg"

CURRENCY_KRW = "KRW"
#: Longest texts in characters (portone.md 2.1).
PRODUCT_MAX, BUYER_MAX, PHONE_MAX, EMAIL_MAX = 40, 16, 16, 64
#: `reason` of a cancel in older reference pages (portone.md 2.3).
REASON_MAX = 256
#: Records on one page; 1 to 1000 are allowed (portone.md 2.4).
PAGE_SIZE = 100
#: A number of more digits has no documented form with groups.
_GROUPED_MAX = 16
#: The century of a card's end: cards are valid for a few years.
_CENTURY = b"20"


def charge_body(settings: PortOneSettings, request: ChargeRequest, card: Card) -> bytearray:
    """Return the body of `onetime`; the caller must have it wiped.

    Raises:
        Bug: the card has been wiped.
        ShopTrouble: `gateway.holder_missing` or `gateway.months_over_limit`.
    """
    keep: list[Field] = []
    if request.customer_uid:
        keep.append(("customer_uid", request.customer_uid))
    return json_body(
        [
            ("merchant_uid", request.order_no),
            ("pg", settings.pg),
            *_order_fields(settings, request.order_no, request.order),
            *keep,
            *_payer_fields(settings),
            *card_fields(settings, card),
        ]
    )


def again_body(settings: PortOneSettings, request: ChargeRequest) -> bytearray:
    """Return the body that charges a card on file.

    Raises:
        ShopTrouble: `gateway.months_over_limit`.
    """
    channel = settings.billing_channel_key
    return json_body(
        [
            ("customer_uid", request.customer_uid),
            ("merchant_uid", request.order_no),
            *_order_fields(settings, request.order_no, request.order),
            *([("channel_key", channel)] if channel else []),
            *_payer_fields(settings),
        ]
    )


def cancel_body(request: CancelRequest) -> bytearray:
    """Return the body of a cancel: always with an amount, and with the balance as we know it.

    An amount of 0 would mean everything, and without `checksum` nothing stops a second cancel.

    Raises:
        Bug: nothing, or more than there is, is to be cancelled.
    """
    if not request.amount:
        raise Bug("gateway.cancel_nothing")
    if request.amount > request.balance_before:
        raise Bug("gateway.cancel_over_balance")
    by_ref = bool(request.gateway_ref)
    which = ("imp_uid", request.gateway_ref) if by_ref else ("merchant_uid", request.order_no)
    fields: list[Field] = [
        which,
        ("amount", request.amount.amount),
        ("checksum", request.balance_before.amount),
    ]
    if request.mixed_tax:
        fields.append(("tax_free", request.tax_free.amount))
    fields.append(("reason", cut(request.reason, REASON_MAX)))
    return json_body(fields)


def payment_path(imp_uid: str) -> str:
    """Return where one payment is asked for by the gateway's number.

    A test channel's payment is only shown when it is asked for; hidden, it would read like one that
    does not exist (portone.md 2.4), so it always is.
    """
    return f"/payments/{in_path(imp_uid)}?include_sandbox=true"


def order_path(order_no: str, page: int) -> str:
    """Return where all records of an order number are asked for, newest first."""
    query = urlencode({"page": page, "limit": PAGE_SIZE, "sorting": "-started"})
    return f"/payments/findAll/{in_path(order_no)}?{query}"


def sweep_path(status: str, since: dt.datetime, last: dt.datetime, page: int) -> str:
    """Return where payments of a status are listed; both ends are included."""
    window = {"from": int(since.timestamp()), "to": int(last.timestamp())}
    query = urlencode({"page": page, "limit": PAGE_SIZE, "sorting": "started", **window})
    return f"/payments/status/{status}?{query}"


def in_path(value: str) -> str:
    """Return a value as a single piece of a path, whatever is in it (portone.md 2.4)."""
    return quote(value, safe="")


def cut(text: str, length: int) -> str:
    """Return a text's first `length` characters."""
    return text[:length].rstrip()


def card_fields(settings: PortOneSettings, card: Card) -> list[Field]:
    """Return what is typed of the card, as views of its own buffers.

    The documented form of a number is dddd-dddd-dddd-dddd, and PortOne itself takes the digits out
    (portone.md 2.1): shorter ones go in groups of four, too, longer ones without groups.

    Raises:
        Bug: the card has been wiped.
        ShopTrouble: `gateway.holder_missing`, the contract asks for what the card lacks.
    """
    if card.number.wiped:
        raise Bug("gateway.card_wiped")
    number, expiry = card.number.view(), card.expiry.view()
    groups: list[bytes | memoryview] = [number]
    if len(number) <= _GROUPED_MAX:
        groups = [number[:4]]
        for at in range(4, len(number), 4):
            groups += [b"-", number[at : at + 4]]
    corporate = card.holder is not None and card.holder.is_business
    no_holder = settings.birth == ASK and card.holder is None
    no_password = settings.password == ASK and card.password is None and not corporate
    if no_holder or no_password:
        raise ShopTrouble("gateway.holder_missing")
    fields: list[Field] = [
        ("card_number", Lent(groups)),
        ("expiry", Lent([_CENTURY, expiry[2:4], b"-", expiry[0:2]])),
    ]
    if card.holder is not None and settings.birth != NEVER:
        fields.append(("birth", Lent([card.holder.view()])))
    if card.password is not None and settings.password != NEVER:
        fields.append(("pwd_2digit", Lent([card.password.view()])))
    return fields


def order_texts(settings: PortOneSettings, order_no: OrderNo, order: Order) -> dict[str, object]:
    """Return what is sold and to whom, as far as PortOne takes it.

    The name is required for cards on file, so an order without a product goes by its number.
    `custom_data` holds marks of the payment that name nobody.

    Raises:
        ShopTrouble: `gateway.months_over_limit`.
    """
    if order.months.count > settings.quota_max:
        raise ShopTrouble(
            "gateway.months_over_limit", months=order.months.count, most=settings.quota_max
        )
    phone = "".join(sign for sign in order.buyer_phone if sign.isdigit())
    texts = {
        "name": cut(order.product, PRODUCT_MAX) or order_no,
        "buyer_name": cut(order.buyer_name, BUYER_MAX),
        "buyer_tel": phone if len(phone) <= PHONE_MAX else "",
        "buyer_email": order.buyer_email if len(order.buyer_email) <= EMAIL_MAX else "",
    }
    marks = {"order_no": order_no, "counter": order_no[8:10]}
    found: dict[str, object] = {name: text for name, text in texts.items() if text}
    found["custom_data"] = json.dumps(marks, separators=(",", ":"))
    if not order.months.is_lump_sum:
        found["card_quota"] = order.months.count
    if settings.mixed_tax and order.tax_free:
        found["tax_free"] = order.tax_free.amount
    return found


def _order_fields(settings: PortOneSettings, order_no: OrderNo, order: Order) -> list[Field]:
    """Return amount and texts of an order."""
    texts: Mapping[str, object] = order_texts(settings, order_no, order)
    return [("amount", order.amount.amount), ("currency", CURRENCY_KRW), *texts.items()]


def _payer_fields(settings: PortOneSettings) -> list[Field]:
    """Return where the payer is, if the shop has set an address for it."""
    return [("browser_ip", settings.browser_ip)] if settings.browser_ip else []
