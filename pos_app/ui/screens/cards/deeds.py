"""What the screen of cards looks up and asks before it acts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from pos_app.domain.card import mask_pan
from pos_app.domain.card_facts import CardRecord
from pos_app.domain.order import Order
from pos_app.domain.schedule_facts import PlanRecord
from pos_app.domain.streams import StreamId
from pos_app.services.sale_desk import SaleRequest
from pos_app.ui.app import App
from pos_app.ui.card_fields import CardFields
from pos_app.ui.duplicate import ask_about_duplicate


async def find_all(app: App, typed: str) -> tuple[Sequence[CardRecord], dict[StreamId, PlanRecord]]:
    """Return the cards found, and the next payment planned with each."""
    cards = await app.card_desk.find(typed)
    plans = await app.schedule_desk.coming()
    following: dict[StreamId, PlanRecord] = {}
    for plan in plans:
        following.setdefault(plan.card_id, plan)
    return cards, following


async def ask_duplicate(
    screen: QWidget, app: App, card: CardRecord, request: SaleRequest
) -> SaleRequest | None:
    """Return the request with the reason for a second charge; None to stop."""
    reason = await ask_about_duplicate(screen, app, card.card_masked, request.order.amount)
    return None if reason is None else dataclasses.replace(request, duplicate_reason=reason)


async def ready_order(screen: QWidget, app: App, fields: CardFields, order: Order) -> str | None:
    """Do as `ask_duplicate` for a card that is being typed: the reason alone, or None to stop."""
    with fields.number.peek() as digits:
        masked = mask_pan(digits)
    return await ask_about_duplicate(screen, app, masked, order.amount)
