"""What was typed about a card on file becomes orders and times here; and how both are written."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from dataclasses import dataclass

from pos_app.domain.card_facts import CardRecord, CardState
from pos_app.domain.errors import UserMistake
from pos_app.domain.instalments import INSTALMENT_MINIMUM
from pos_app.domain.money import ZERO, Won, parse_won
from pos_app.domain.order import KST, Order, clean_text
from pos_app.domain.record import PaymentRecord
from pos_app.domain.schedule_facts import PlanRecord, PlanState
from pos_app.services.sale_rules import SaleRules
from pos_app.ui import text as t
from pos_app.ui.card_entry import in_field
from pos_app.ui.cards import grouped, issuer_words
from pos_app.ui.text import text
from pos_app.ui.widgets.hero import HeroTone
from pos_app.ui.words import why_words

#: "930", "0930", "9:30", "09:30".
_CLOCK = re.compile(r"(\d{1,2}):?(\d{2})", re.ASCII)
_HOURS, _MINUTES = 24, 60
#: What still moves by itself, or by the gateway.
_CARD_WAITING = frozenset(CardState) - {
    CardState.KEPT,
    CardState.NOT_KEPT,
    CardState.NOT_SENT,
    CardState.FORGOTTEN,
}


@dataclass(frozen=True, slots=True)
class TypedCharge:
    """The texts of a charge as they stand in the fields."""

    amount: str = ""
    product: str = ""
    months: int = 0


def read_charge(typed: TypedCharge, name: str, phone: str, rules: SaleRules) -> Order:
    """Turn the texts into an order of that customer.

    Raises:
        FieldMistake: the first field that is wrong: amount, product or months.
    """
    with in_field("amount"):
        amount = parse_won(typed.amount, limit=rules.amount_limit)
    with in_field("product"):
        product = clean_text("product", typed.product)
        if not product:
            raise UserMistake("order.field_empty", field="product")
    with in_field("months"):
        months = rules.instalments.check(typed.months, amount)
    return Order(amount, ZERO, months, product, name, phone)


def amount_of(typed: str) -> Won | None:
    """Return the amount as far as it can be read; never raises for bad input."""
    with contextlib.suppress(UserMistake):
        return parse_won(typed)
    return None


def months_block(amount: Won | None) -> str:
    """Say why there are no instalments, if there are none."""
    if amount is not None and amount >= INSTALMENT_MINIMUM:
        return ""
    return text("sale.months_blocked", minimum=t.won(INSTALMENT_MINIMUM.amount))


def read_time(day: dt.date, typed: str) -> dt.datetime:
    """Return that day's time in Korea.

    Raises:
        FieldMistake: no time of day, in the field "time".
    """
    with in_field("time"):
        found = _CLOCK.fullmatch(typed.strip())
        if found is None or int(found[1]) >= _HOURS or int(found[2]) >= _MINUTES:
            raise UserMistake("schedule.time_malformed")
    return dt.datetime.combine(day, dt.time(int(found[1]), int(found[2])), KST)


# -- a card in words -------------------------------------------------------------------------------


def issuer(record: CardRecord) -> str:
    """Name the card company, as the gateway said, or else the brand."""
    if record.saved is not None and record.saved.issuer:
        return record.saved.issuer
    return issuer_words(None, record.card_brand)


def card_line(record: CardRecord) -> str:
    """Write issuer and masked number."""
    return " ".join(part for part in (issuer(record), grouped(record.card_masked)) if part)


def short_card(record: CardRecord) -> str:
    """Write issuer and last four digits."""
    tail = f"··{record.card_masked[-4:]}"
    return " ".join(part for part in (issuer(record), tail) if part)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a banner says."""

    tone: HeroTone
    icon: str
    title: str
    lines: tuple[str, ...]
    hint: str = ""


def card_verdict(record: CardRecord) -> Verdict | None:
    """Say how a card stands where that needs saying; a kept one without trouble does not."""
    name = record.state.value.lower()
    if record.state is CardState.KEPT:
        if not record.why:
            return None
        lines = (text("cards.forget_ended.line"), *_reason(record.why, record.refusal))
        return Verdict("warn", "alert", text("cards.forget_ended.title"), lines)
    waiting = record.state in _CARD_WAITING
    tone: HeroTone = "warn" if waiting else "neutral"
    if record.state is CardState.NOT_KEPT:
        tone = "bad"
    icon = {"warn": "clock", "bad": "cross"}.get(tone, "dash")
    lines = (text(f"cards.state.{name}.line"), *_reason(record.why, record.refusal))
    hint = text("cards.settles_itself") if waiting else ""
    return Verdict(tone, icon, text(f"cards.state.{name}.title"), lines, hint)


def plan_verdict(record: PlanRecord, now: dt.datetime, payment: PaymentRecord | None) -> Verdict:
    """Say how a scheduled payment stands."""
    at = t.date(record.at) + " " + t.clock(record.at)
    amount = t.won_unit(record.order.amount.amount)
    if record.state is PlanState.HANDED_OVER and payment is not None:
        return _payment_verdict(payment, at, amount)
    due = record.state is PlanState.SCHEDULED and record.at <= now
    name = "due" if due else record.state.value.lower()
    tone: HeroTone = "warn" if record.is_open or due else "neutral"
    if record.state is PlanState.REFUSED:
        tone = "bad"
    elif record.state is PlanState.SCHEDULED and not due:
        tone = "warn" if record.why else "good"
    icon = {"warn": "clock", "bad": "cross", "good": "check"}.get(tone, "dash")
    lines = [text(f"plan.state.{name}.line", at=at, amount=amount)]
    if record.why and not due:
        lines += _reason(record.why, record.refusal)
    hint = text("cards.settles_itself") if record.is_open else ""
    return Verdict(tone, icon, text(f"plan.state.{name}.title"), tuple(lines), hint)


def _payment_verdict(payment: PaymentRecord, at: str, amount: str) -> Verdict:
    """Say what became of the charge: it is a payment like any other now."""
    state = payment.state.value.lower()
    looks: dict[str, tuple[HeroTone, str]] = {
        "approved": ("good", "check"),
        "declined": ("bad", "cross"),
        "unknown": ("warn", "clock"),
    }
    tone, icon = looks.get(state, ("neutral", "dash"))
    known = state if state in looks else "other"
    refusal = _reason("refused", payment.refusal) if payment.refusal else ()
    lines = (text(f"plan.paid.{known}.line", at=at, amount=amount), *refusal)
    return Verdict(tone, icon, text(f"plan.paid.{known}.title"), lines)


def _reason(why: str, refusal: object) -> tuple[str, ...]:
    """Say why, by the gateway's refusal or by a code."""
    from pos_app.domain.answers import Refusal

    if isinstance(refusal, Refusal):
        meaning = refusal.meaning_ko if t.language() == "ko" else refusal.meaning_en
        said = " ".join(part for part in (meaning or refusal.raw_message,) if part)
        return (said,) if said else ()
    if not why or why in {"restart", "sale", "absent"}:
        return ()
    return (text("cards.not_done"),) if why == "not_done" else (why_words(why),)
