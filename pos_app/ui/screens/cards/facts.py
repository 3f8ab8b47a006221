"""A card and a scheduled payment as terms and values."""

from __future__ import annotations

from pos_app.domain.card_facts import CardRecord
from pos_app.domain.schedule_facts import PlanRecord
from pos_app.ui import text as t
from pos_app.ui.cards import months_words
from pos_app.ui.screens.cards.model import card_line, short_card
from pos_app.ui.text import text
from pos_app.ui.widgets.pairs import Pair
from pos_app.ui.widgets.phone_text import grouped_phone
from pos_app.ui.widgets.state_badge import badge_of
from pos_app.ui.words import gateway_words


def card_pairs(card: CardRecord) -> list[Pair]:
    """Return what is known of a card, and of the consent to it."""
    consent = text(
        "cards.consent_kept", version=card.wording_version, day=t.full_date(card.created_at)
    )
    pairs = [
        Pair(text("cards.customer"), card.customer_name, "strong"),
        Pair(text("cards.phone"), grouped_phone(card.customer_phone)),
        Pair(text("cards.card"), card_line(card)),
        Pair(text("cards.state"), badge_of("card", card.state.value)),
        Pair(text("cards.gateway"), gateway_words(card.gateway)),
        Pair(text("cards.consent"), consent),
        Pair(text("cards.taken_by"), card.taken_by),
    ]
    if card.saved is not None and card.saved.sandbox:
        pairs.append(Pair(text("cards.channel"), text("cards.sandbox"), "strong"))
    return pairs


def plan_pairs(plan: PlanRecord, card: CardRecord) -> list[Pair]:
    """Return what is known of a scheduled payment with that card."""
    order = plan.order
    wanted = t.short_stamp(plan.wanted_at) if plan.wanted_at is not None else ""
    return [
        Pair(text("cards.customer"), order.buyer_name, "strong"),
        Pair(text("cards.card"), short_card(card)),
        Pair(text("plan.product"), order.product),
        Pair(text("plan.months"), months_words(order.months)),
        Pair(text("plan.at"), f"{t.full_date(plan.at)} {t.clock(plan.at)}"),
        Pair(text("plan.wanted_at"), wanted),
        Pair(text("cards.state"), badge_of("plan", plan.state.value)),
        Pair(text("slip_panel.order_no"), plan.order_no),
        Pair(text("plan.planned_by"), plan.planned_by),
        Pair(text("plan.amount"), t.won_unit(order.amount.amount), "total"),
    ]
