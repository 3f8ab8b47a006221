"""Cards on file: issue, look up, drop (portone.md 2.6)."""

from __future__ import annotations

from typing import Final

from pos_app.practice.face import Reply
from pos_app.practice.portone import desk as answers
from pos_app.practice.portone.asked import Asked
from pos_app.practice.portone.cards import Card, channel_by_key, read_card
from pos_app.practice.portone.charge import Where, decline_text, keep
from pos_app.practice.portone.desk import Desk
from pos_app.practice.portone.refusal import NO_KEPT_CARD, Refusal, bad_field, not_found
from pos_app.practice.portone.shapes import customer_json

_PERSON: Final = (
    "customer_name", "customer_tel", "customer_email", "customer_addr", "customer_postcode",
)  # fmt: skip
_SEEN_AT_ISSUE: Final = frozenset((
    "CC04", "CC14", "CC43", "CC45", "CC54", "CC55", "CC63", "CC64", "CC66", "CC67", "CC68",
))  # fmt: skip
"""What a card's issuer refuses without an amount: no such card, lost, expired, not the holder."""
_MOST: Final = 100


def make(desk: Desk, asked: Asked) -> Reply:
    """POST /subscribe/customers/{customer_uid}: an existing key is replaced without a word."""
    channel = channel_by_key(desk, asked.text("channel_key"), "api_payment", "channel_key")
    card = read_card(desk, asked)
    refuse_card(card)
    if not asked.commit:
        return answers.NOT_DONE
    where = Where(channel.pg_provider, channel.pg_id, channel.sandbox)
    person = {name: asked.text(name) or None for name in _PERSON}
    kept = keep(desk, asked.path["customer_uid"], card, where, person)
    return answers.answer(customer_json(kept), "card kept")


def refuse_card(card: Card) -> None:
    """Refuse a card its issuer would not have kept.

    Raises:
        Refusal: it has a problem of its own, or magic gives it one.
    """
    magic = {"10": card.magic[2:], "11": f"CC{card.magic[4:]}"}.get(card.magic[:2], "")
    problem = card.problem or (magic if magic in _SEEN_AT_ISSUE else "")
    if problem:
        raise Refusal(decline_text(problem))


def get(desk: Desk, asked: Asked) -> Reply:
    """GET /subscribe/customers/{customer_uid}."""
    kept = desk.records.cards.get(asked.path["customer_uid"])
    if kept is None:
        raise not_found(NO_KEPT_CARD)
    return answers.answer(customer_json(kept), "found")


def get_many(desk: Desk, asked: Asked) -> Reply:
    """GET /subscribe/customers?customer_uid[]=: 207 when some are missing."""
    wanted = asked.texts("customer_uid[]", query=True)
    if len(wanted) > _MOST:
        raise bad_field("customer_uid[]", f"최대 {_MOST}건입니다")
    cards = desk.records.cards
    found = [customer_json(cards[uid]) for uid in wanted if uid in cards]
    if not found:
        raise not_found(NO_KEPT_CARD)
    return answers.answer(found, "found", status=200 if len(found) == len(wanted) else 207)


def delete(desk: Desk, asked: Asked) -> Reply:
    """DELETE /subscribe/customers/{customer_uid}: its schedules stay, and will fail."""
    kept = desk.records.cards.get(asked.path["customer_uid"])
    if kept is None:
        raise not_found(NO_KEPT_CARD)
    if not asked.commit:
        return answers.NOT_DONE
    desk.records.forget_card(kept.customer_uid)
    return answers.answer(customer_json(kept), "card dropped")
