"""What PortOne's payment object says, in our words (portone.md 2.2)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pos_app.domain.answers import Approval, Refusal
from pos_app.domain.card import mask_text
from pos_app.domain.money import Won
from pos_app.gateways.portone import codes
from pos_app.gateways.portone.answers import Fields
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.gateways.portone.wire import CURRENCY_KRW

PAID, CANCELLED, FAILED, READY = "paid", "cancelled", "failed", "ready"
#: What a status looks like; anything else could hold digits that nobody may keep.
_WORD = re.compile(r"[A-Za-z_]{1,64}", re.ASCII)
_WORD_KEPT_MAX = 16
#: Longer than KCP's 14 digits: a card number in an address would be kept with it.
_LONG_NUMBER = re.compile(r"[0-9]{15}", re.ASCII)
#: `card_type`: 0 credit, 1 check (portone.md 4.1).
_CHECK_CARD = {0: False, 1: True}
#: Who makes slip pages: KCP beneath, and PortOne under its old and new name.
_SLIP_HOSTS = ("kcp.co.kr", "iamport.kr", "portone.io")
_SLIP_LENGTH_MAX = 400


@dataclass(frozen=True, slots=True)
class Money:
    """Amount and balance of a payment that make sense together."""

    amount: Won
    balance: Won


def money_of(fields: Fields) -> Money | None:
    """Return amount and what is left of it; None if either is malformed or more went back."""
    amount, gone = fields.won("amount"), fields.won("cancel_amount")
    if amount is None or gone is None or gone > amount:
        return None
    return Money(amount, amount - gone)


def is_won(fields: Fields) -> bool:
    """Tell whether the payment is in won; the field is always there (portone.md 2.2)."""
    return fields.exact("currency") == CURRENCY_KRW


def failure_of(fields: Fields, *, kcp: bool) -> Refusal:
    """Return why a payment failed."""
    return codes.refusal_of(0, fail_reason(fields), kcp=kcp)


def fail_reason(fields: Fields) -> str:
    """Return the reason as long as a judgement needs it; a `Refusal` keeps less of it."""
    return fields.text("fail_reason", codes.JUDGED_MAX)


def state_why(status: str) -> str:
    """Return a short code for a status that decides nothing; what is no word is not repeated."""
    if not status:
        return "malformed"
    return f"state.{status[:_WORD_KEPT_MAX]}" if _WORD.fullmatch(status) else "state.odd"


def cancel_time(fields: Fields) -> dt.datetime | None:
    """Return when it was last cancelled, aware, if it says so."""
    rows = fields.objects("cancel_history") or ()
    times = [at for row in rows if (at := row.time("cancelled_at"))]
    return max(times, default=None) or fields.time("cancelled_at")


def approval_of(
    settings: PortOneSettings, fields: Fields, imp_uid: str, now: dt.datetime, *, quota: int | None
) -> Approval:
    """Return the particulars of an approval; every one of them may be missing.

    Args:
        settings: what was asked for, and whether money was meant to move.
        fields: the payment object.
        imp_uid: its number.
        now: aware; used where no time is told.
        quota: the months we asked for, None if that is not known here.
    """
    return Approval(
        gateway_ref=imp_uid,
        approval_no=fields.text("apply_num"),
        approved_at=fields.time("paid_at") or now,
        issuer_code=fields.text("card_code"),
        issuer=fields.text("card_name"),
        acquirer=fields.text("card_publisher_name"),
        card_masked=mask_text(fields.text("card_number")),
        check_card=check_card(fields),
        warning=_warning(settings, fields, quota),
        sandbox=fields.flag("sandbox") is True,
        receipt_url=slip_url(fields.exact("receipt_url") or ""),
    )


def check_card(fields: Fields) -> bool | None:
    """Return whether it is a check (debit) card; None if that is not told."""
    kind = fields.whole("card_type")
    return None if kind is None else _CHECK_CARD.get(kind)


def slip_url(url: str) -> str:
    """Return the address of a slip page if it is on a host that makes them, else nothing."""
    if not 0 < len(url) <= _SLIP_LENGTH_MAX or not url.isascii() or not url.isprintable():
        return ""
    if _LONG_NUMBER.search(url):
        return ""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    known = any(host == name or host.endswith(f".{name}") for name in _SLIP_HOSTS)
    plain = port is None and not (parts.username or parts.password or parts.fragment)
    return url if parts.scheme == "https" and known and plain and " " not in url else ""


def _warning(settings: PortOneSettings, fields: Fields, quota: int | None) -> str:
    """Return what the clerk must be told of an approval; the gravest alone."""
    if settings.environment == "live" and fields.flag("sandbox") is True:
        return "sandbox"
    provider, site = fields.text("pg_provider", 16), fields.text("pg_id", 40)
    other_site = bool(settings.merchant_id and site) and site != settings.merchant_id
    if (provider and provider != settings.provider) or other_site:
        return f"other_pg.{provider}/{site}"
    months = fields.whole("card_quota")
    if quota is not None and months is not None and months != quota:
        return f"quota.{months % 100:02d}"
    return ""
