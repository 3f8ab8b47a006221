"""Taking money: key-in, a kept card again, a schedule that has come due (portone.md 2.1, 3.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pos_app.practice.book import approval_number
from pos_app.practice.face import Reply
from pos_app.practice.kcp.charge import NO_AMOUNT_INSTALMENTS_BELOW
from pos_app.practice.kcp.codes import text_of
from pos_app.practice.kcp.magic import Script, chosen
from pos_app.practice.portone import desk as answers
from pos_app.practice.portone.asked import Asked
from pos_app.practice.portone.cards import Card, keyin_channel, kind_by, read_card
from pos_app.practice.portone.desk import Desk
from pos_app.practice.portone.magic import BEHAVIOURS, SHAPE
from pos_app.practice.portone.records import Cancel, KeptCard, Payment
from pos_app.practice.portone.refusal import (
    ALREADY_PAID,
    BAD_REQUEST,
    FAILED,
    NO_KEPT_CARD,
    Refusal,
    bad_field,
)
from pos_app.practice.portone.shapes import ECHOED, card_details, payment_json

_WON: Final = "KRW"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid, checked; amounts in won."""

    merchant_uid: str
    amount: int
    tax_free: int
    card_quota: int
    echoed: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Where:
    """The channel the money goes through."""

    pg_provider: str
    pg_id: str
    sandbox: bool


def onetime(desk: Desk, asked: Asked) -> Reply:
    """Charge a card whose number was typed; with a customer_uid the card is kept as well."""
    order = read_order(asked.body)
    card = read_card(desk, asked)
    channel = keyin_channel(desk, asked.text("pg"))
    where = Where(channel.pg_provider, channel.pg_id, channel.sandbox)
    refuse_paid(desk, order.merchant_uid)
    customer_uid = asked.text("customer_uid")
    usage = "issue" if customer_uid else ""
    payment, script = attempt(desk, order, card, where, customer=(customer_uid, usage))
    if not asked.commit:
        return checked_only(payment, script)
    if payment.paid and customer_uid:
        keep(desk, customer_uid, card, where, {"customer_name": asked.text("buyer_name") or None})
    number = card.number if script.masking == "full" else ""
    return finish(desk, payment, script, card_number=number)


def again(desk: Desk, asked: Asked) -> Reply:
    """Charge a kept card."""
    order = read_order(asked.body)
    kept = desk.records.cards.get(asked.text("customer_uid"))
    if kept is None:
        raise Refusal(NO_KEPT_CARD)
    refuse_paid(desk, order.merchant_uid)
    payment, script = attempt_kept(desk, order, kept, "payment")
    if not asked.commit:
        return checked_only(payment, script)
    return finish(desk, payment, script)


def read_order(body: Mapping[str, object]) -> Order:
    """Check what is to be paid; `body` fits the operations table already.

    Raises:
        Refusal: an amount, currency, JSON text or number of months cannot be.
    """
    asked = Asked("", {}, {}, body, commit=False)
    amount = asked.won("amount") or 0
    if amount < 1:
        raise bad_field("amount")
    tax_free = asked.won("tax_free") or 0
    if tax_free > amount:
        raise bad_field("tax_free")
    if (asked.text("currency") or _WON) != _WON:
        raise bad_field("currency")
    for name in ("custom_data", "bypass"):
        _json_text(name, asked.text(name))
    quota = asked.whole("card_quota") or 0
    if quota < 0:
        raise bad_field("card_quota")
    echoed = {name: body.get(name) for name in ECHOED}
    return Order(asked.text("merchant_uid"), amount, tax_free, quota, echoed)


def refuse_paid(desk: Desk, merchant_uid: str) -> None:
    """Refuse a number that was paid before, in the shape the switch wants (Q1, Q14)."""
    how = desk.switches.portone_duplicate
    if how == "accept" or not desk.records.paid(merchant_uid):
        return
    if how == "400":
        raise Refusal(ALREADY_PAID, status=BAD_REQUEST, code=FAILED)
    raise Refusal(ALREADY_PAID, code=int(how))


def attempt_kept(desk: Desk, order: Order, kept: KeptCard, usage: str) -> tuple[Payment, Script]:
    """Try a kept card; nothing is recorded yet."""
    where = Where(kept.pg_provider, kept.pg_id, kept.sandbox)
    return attempt(desk, order, kept_card(kept), where, customer=(kept.customer_uid, usage))


def kept_card(kept: KeptCard) -> Card:
    """Return a kept card as it was when it was typed, without its number."""
    return Card(kept.card_masked, kept.magic, kind_by(kept.magic, kept.card_masked), "")


def attempt(
    desk: Desk, order: Order, card: Card, where: Where, *, customer: tuple[str, str]
) -> tuple[Payment, Script]:
    """Return the payment an order leads to, approved or declined; nothing is recorded yet."""
    script = decide(desk, order, card)
    now = desk.seconds()
    wait = desk.switches.portone_visible_after_s
    if script.aftermath.get("hidden"):
        wait = max(wait, desk.switches.slow_s)
    tno = desk.book.next_tno(desk.now())
    sandbox = where.sandbox != bool(script.aftermath.get("sandbox_turned"))
    payment = Payment(
        imp_uid=desk.records.fresh_uid(now),
        merchant_uid=order.merchant_uid,
        amount=order.amount + script.amount_delta,
        tax_free=order.tax_free,
        card_quota=order.card_quota,
        card_masked=card.masked,
        pg_provider=where.pg_provider,
        pg_id=where.pg_id,
        pg_tid=tno,
        apply_num=approval_number(tno),
        sandbox=sandbox,
        started_at=now,
        visible_at=now + wait if wait else 0.0,
        fail_reason="" if script.charged else decline_text(script.code),
        customer_uid=customer[0],
        usage=customer[1],
        details={**card_details(card.kind), **order.echoed},
        aftermath={**_refund_rules(card), **script.aftermath},
    )
    return payment, script


def decide(desk: Desk, order: Order, card: Card) -> Script:
    """Return what becomes of an order: refused by KCP's rules, or what magic says."""
    problem = card.problem or _limits(desk, order, card)
    if problem:
        return Script(problem, code=problem, charged=False)
    if not desk.switches.magic:
        return Script()
    words = (str(order.echoed.get("buyer_name") or ""), str(order.echoed.get("name") or ""))
    return chosen(words, card.magic, order.amount, BEHAVIOURS)


def decide_asked(desk: Desk, asked: Asked) -> Script:
    """Return what becomes of a onetime or again request.

    Raises:
        Refusal: it is not in order.
    """
    order = read_order(asked.body)
    if asked.operation == "onetime":
        return decide(desk, order, read_card(desk, asked))
    kept = desk.records.cards.get(asked.text("customer_uid"))
    return Script() if kept is None else decide(desk, order, kept_card(kept))


def finish(desk: Desk, payment: Payment, script: Script, *, card_number: str = "") -> Reply:
    """Put a payment into the book, answer for it, and undo it where magic says so."""
    record(desk, payment)
    reply = _outcome(desk, payment, script, card_number)
    undo(desk, payment, script)
    return reply


def record(desk: Desk, payment: Payment) -> None:
    """Put a payment into the book."""
    if payment.paid or desk.switches.portone_declines_listed:
        desk.records.save(payment)


def undo(desk: Desk, payment: Payment, script: Script) -> None:
    """Cancel a payment at once and unasked, where magic says so."""
    if payment.paid and (script.undone or script.aftermath.get("cancelled")):
        left, exempt = payment.balance, payment.exempt_left
        cancel_some(desk, payment, left, exempt, by="gateway", reason="자동취소")


def cancel_some(
    desk: Desk, payment: Payment, amount: int, tax_free: int, *, by: str, reason: str
) -> Cancel:
    """Cancel a part of a payment; the caller has checked that it may be."""
    number = f"{payment.pg_tid}{len(payment.cancels) + 1:02d}"
    done = Cancel(number, amount, tax_free, desk.seconds(), reason, by)
    payment.cancels.append(done)
    desk.records.save(payment)
    return done


def keep(
    desk: Desk, customer_uid: str, card: Card, where: Where, more: Mapping[str, object]
) -> KeptCard:
    """Keep a card under a customer_uid; one that is there is replaced without a word."""
    now = desk.seconds()
    earlier = desk.records.cards.get(customer_uid)
    if earlier is not None:
        desk.records.count("cards replaced")
    kept = KeptCard(
        customer_uid=customer_uid,
        card_masked=card.masked,
        magic=card.magic,
        pg_provider=where.pg_provider,
        pg_id=where.pg_id,
        sandbox=where.sandbox,
        inserted=earlier.inserted if earlier else now,
        updated=now,
        details={**card_details(card.kind), **more},
    )
    desk.records.save(kept)
    return kept


def checked_only(payment: Payment, script: Script) -> Reply:
    """Return the answer to a charge that was only checked; a sure decline counts as refused."""
    if not payment.paid and not script.do:
        return answers.refused(1, payment.fail_reason)
    return Reply(200, {}, "not done", None, payment.amount)


def _outcome(desk: Desk, payment: Payment, script: Script, card_number: str) -> Reply:
    """Return the answer to a charge, in the shape the switch or magic wants a decline in."""
    shape = str(script.aftermath.get(SHAPE) or desk.switches.portone_decline)
    tno, amount = payment.imp_uid, payment.amount
    if payment.paid and script.code:
        words = decline_text(script.code)
        fields = answers.envelope(None, code=1, message=words)
        return Reply(200, fields, "charged, answered otherwise", tno, amount)
    if not payment.paid and shape != "failed":
        fields = answers.envelope(None, code=int(shape), message=payment.fail_reason)
        return Reply(200, fields, "refused", tno, amount)
    shown = payment_json(payment, desk.switches, card_number=card_number)
    verdict = "approved" if payment.paid else "refused"
    return answers.answer(shown, verdict, tno=tno, amount=amount)


def decline_text(code: str) -> str:
    """Return the words of a decline (portone.md 4.5): PortOne's own, KCP's code, KCP's words."""
    return f"결제승인에 실패하였습니다. [{code}]{text_of(code)}"


def _limits(desk: Desk, order: Order, card: Card) -> str:
    """Return KCP's code of what KCP refuses about amount and months; empty: nothing."""
    quota = order.card_quota
    if order.amount < desk.switches.minimum_won:
        return "8135"
    if quota == 1 or (quota and order.amount < NO_AMOUNT_INSTALMENTS_BELOW):
        return "CC16"
    if quota > desk.switches.max_quota:
        return "8125"
    return "CC47" if quota and not card.kind.instalments else ""


def _refund_rules(card: Card) -> dict[str, object]:
    rules = {"no_partial": not card.kind.partial_cancel, "no_refund": not card.kind.refundable}
    return {name: True for name, so in rules.items() if so}


def _json_text(name: str, value: str) -> None:
    if not value:
        return
    try:
        json.loads(value)
    except (ValueError, RecursionError) as error:
        raise bad_field(name, "JSON 문자열이어야 합니다") from error
