"""What PortOne's papers demand of a request, field by field (portone.md 2.1, 2.3, 2.6, 5).

Each check yields what is wrong. Values of card fields are never repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

#: name -> longest text, from the description.
_LENGTHS = {
    "merchant_uid": 40,
    "customer_uid": 80,
    "pg": 80,
    "channelGroupId": 55,
    "channel_key": 55,
    "name": 40,
    "buyer_name": 16,
    "buyer_email": 64,
    "buyer_tel": 16,
    "buyer_addr": 128,
    "buyer_postcode": 8,
    "reason": 256,
}
_BOTH = frozenset(
    {
        "merchant_uid",
        "amount",
        "tax_free",
        "vat_amount",
        "customer_uid",
        "name",
        "buyer_name",
        "buyer_email",
        "buyer_tel",
        "buyer_addr",
        "buyer_postcode",
        "card_quota",
        "interest_free_by_merchant",
        "use_card_point",
        "currency",
        "custom_data",
        "notice_url",
        "browser_ip",
        "product_type",
        "promotion_id",
        "bypass",
    }
)
_ONETIME = _BOTH | {
    "card_number",
    "expiry",
    "birth",
    "pwd_2digit",
    "cvc",
    "pg",
    "channelGroupId",
    "secure_3d_charge_id",
    "secure_3d_token",
}
_AGAIN = _BOTH | {"channel_key", "product_count", "cash_receipt_type", "extra"}
_CANCEL = frozenset(
    {
        "imp_uid",
        "merchant_uid",
        "amount",
        "tax_free",
        "vat_amount",
        "checksum",
        "reason",
        "refund_holder",
        "refund_bank",
        "refund_account",
        "refund_tel",
        "retain_promotion",
        "enable_webhook",
        "extra",
    }
)
#: Only other PGs take these (portone.md 2.1).
_NOT_KCP = frozenset(
    {"vat_amount", "interest_free_by_merchant", "use_card_point", "secure_3d_charge_id"}
)


def is_won(value: Any) -> bool:
    """Tell whether a value is a JSON number of whole won; a text is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def onetime(fields: Mapping[str, Any], pg: str, *, keeps: bool) -> Iterator[str]:
    """The key-in charge; `keeps` if the shop may keep cards."""
    yield from _names(fields, {"merchant_uid", "amount", "card_number", "expiry"}, _ONETIME)
    yield from _charge(fields)
    if fields.get("pg") != pg:
        yield "pg is not the shop's channel, so the default PG would be taken"
    if "customer_uid" in fields and not keeps:
        yield "customer_uid would keep the card"
    number, expiry = fields.get("card_number"), fields.get("expiry")
    plain = number.replace("-", "") if isinstance(number, str) else ""
    grouped = r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{1,7}|[0-9]{4}-[0-9]{6}-[0-9]{4,5}|[0-9]{13,19}"
    if not re.fullmatch(grouped, str(number), re.ASCII) or not 13 <= len(plain) <= 19:
        yield "card_number is not in a documented form"
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", str(expiry), re.ASCII):
        yield "expiry is not YYYY-MM"
    yield from _pattern(fields, "birth", r"[0-9]{6}|[0-9]{10}", "6 or 10 digits")
    yield from _pattern(fields, "pwd_2digit", r"[0-9]{2}", "two digits")
    if pg.partition(".")[0] == "kcp":
        for name in sorted(_NOT_KCP & set(fields)):
            yield f"{name} is not for KCP"


def again(fields: Mapping[str, Any]) -> Iterator[str]:
    """The charge of a card on file."""
    yield from _names(fields, {"customer_uid", "merchant_uid", "amount", "name"}, _AGAIN)
    yield from _charge(fields)


def _charge(fields: Mapping[str, Any]) -> Iterator[str]:
    """What both charges have."""
    yield from _lengths(fields)
    amount = fields.get("amount")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", str(fields.get("merchant_uid")), re.ASCII):
        yield "merchant_uid is not 1 to 40 letters, digits, _ or -"
    if not is_won(amount) or amount is None or amount < 1000:
        yield "amount is not a number of at least 1,000 won"
        return
    tax_free = fields.get("tax_free", 0)
    if not is_won(tax_free) or not 0 <= tax_free <= amount:
        yield "tax_free is not between nothing and the amount"
    months = fields.get("card_quota", 0)
    if not is_won(months) or months < 0 or months == 1:
        yield "card_quota is neither 0 nor from 2"
    elif months and amount < 50_000:
        yield "months below 50,000 won"
    if fields.get("currency", "KRW") != "KRW":
        yield "currency is not KRW"
    if not isinstance(fields.get("bypass", ""), str):
        yield "bypass is no JSON text"


def cancel(fields: Mapping[str, Any]) -> Iterator[str]:
    """The cancel; what it asks for is compared with the book elsewhere."""
    yield from _names(fields, set(), _CANCEL)
    yield from _lengths(fields)
    if not fields.get("imp_uid") and not fields.get("merchant_uid"):
        yield "neither imp_uid nor merchant_uid"
    amount, checksum = fields.get("amount"), fields.get("checksum")
    if amount is not None and (not is_won(amount) or amount <= 0):
        yield "amount is not a number above 0; 0 would cancel everything"
    if not is_won(checksum) or checksum is None or checksum <= 0:
        yield "checksum is missing: nothing guards against a double cancel"
    elif amount is not None and is_won(amount) and amount > checksum:
        yield "amount is more than the checksum"
    tax_free = fields.get("tax_free", 0)
    most = amount if is_won(amount) else tax_free
    if not is_won(tax_free) or not 0 <= tax_free <= most:
        yield "tax_free is not between nothing and the amount"


def _names(fields: Mapping[str, Any], needed: set[str], allowed: frozenset[str]) -> Iterator[str]:
    """No field too few and none too many."""
    for name in sorted(needed - set(fields)):
        yield f"{name} is missing"
    for name in sorted(set(fields) - allowed):
        yield f"{name} is no field of this request"


def _lengths(fields: Mapping[str, Any]) -> Iterator[str]:
    """Texts that are texts and not too long."""
    for name in sorted(set(_LENGTHS) & set(fields)):
        value = fields[name]
        if not isinstance(value, str):
            yield f"{name} is no text"
        elif len(value) > _LENGTHS[name]:
            yield f"{name} has more than {_LENGTHS[name]} characters"


def _pattern(fields: Mapping[str, Any], name: str, form: str, words: str) -> Iterator[str]:
    """An optional field of a fixed form."""
    if name in fields and not re.fullmatch(form, str(fields[name]), re.ASCII):
        yield f"{name} is not {words}"


def queries(query: Mapping[str, list[str]], allowed: Mapping[str, str], path: str) -> Iterator[str]:
    """Query parameters: known, once each, of their form."""
    for name, values in query.items():
        if name not in allowed:
            yield f"{path}: {name} is no parameter"
        elif len(values) != 1 or not re.fullmatch(allowed[name], values[0], re.ASCII):
            yield f"{path}: {name} is not of its form"
