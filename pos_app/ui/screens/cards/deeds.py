"""What the screen of cards looks up and asks before it acts."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence

from PySide6.QtWidgets import QWidget

from pos_app.domain.card import mask_pan
from pos_app.domain.card_facts import CardRecord
from pos_app.domain.order import Order
from pos_app.domain.schedule_facts import PlanRecord
from pos_app.domain.streams import StreamId
from pos_app.services.sale_desk import SaleRequest
from pos_app.ui import text as t
from pos_app.ui.app import App
from pos_app.ui.card_fields import CardFields
from pos_app.ui.dialogs import confirm
from pos_app.ui.duplicate import ask_about_duplicate
from pos_app.ui.screens.cards.model import short_card
from pos_app.ui.screens.cards.reason import ReasonDialog, ask_reason
from pos_app.ui.text import text

#: Waits for a desk's answer and tells of it.
Told = Callable[[Awaitable[object]], Awaitable[None]]


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


async def forget(screen: QWidget, app: App, card: CardRecord, told: Told) -> PlanRecord | None:
    """Ask why and who agrees, then delete a card; return a schedule that must be cancelled first.

    Args:
        screen: over which it is asked.
        app: the terminal.
        card: what is to be deleted.
        told: waits for a desk's answer and tells of it.
    """
    desk = app.card_desk
    plans = await app.schedule_desk.of_card(card.stream_id)
    standing = [plan for plan in plans if plan.stands]
    if standing:
        title = text("error.cards.schedules_standing.title", count=len(standing))
        words = text("cards.forget_after_plans", count=len(standing))
        yes, no = text("cards.cancel_first"), text("cards.ask.stop")
        return standing[0] if await confirm(screen, title, words, yes, no) else None
    words = text("cards.ask.forget.body", card=short_card(card), name=card.customer_name)
    approval = desk.forgetting_needs_approval
    dialog = ReasonDialog(screen, "forget", words, app.operators, approval=approval)
    await ask_reason(dialog, lambda why, who: told(desk.forget(card.stream_id, why, who)))
    return None


async def cancel(screen: QWidget, app: App, plan: PlanRecord, told: Told) -> None:
    """Ask why and who agrees, then take back a scheduled payment; the arguments are as above."""
    desk, amount = app.schedule_desk, t.won_unit(plan.order.amount.amount)
    words = text("cards.ask.cancel_plan.body", at=t.short_stamp(plan.at), amount=amount)
    approval = desk.needs_approval
    dialog = ReasonDialog(screen, "cancel_plan", words, app.operators, approval=approval)
    await ask_reason(dialog, lambda why, who: told(desk.cancel(plan.stream_id, why, who)))


async def ask_retry(screen: QWidget, plan: PlanRecord, card: CardRecord) -> bool:
    """Ask whether a failed scheduled payment is to be charged again now."""
    amount = t.won_unit(plan.order.amount.amount)
    words = text("plan.retry_ask.body", amount=amount, card=short_card(card))
    yes, no = text("plan.retry_ask.yes"), text("cards.ask.stop")
    return await confirm(screen, text("plan.retry_ask.title"), words, yes, no)
