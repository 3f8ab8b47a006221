"""The lines of the slip that is being made while a clerk types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_app.domain.card import mask_pan
from pos_app.ui import text as t
from pos_app.ui.cards import grouped, issuer_words, months_words
from pos_app.ui.text import text
from pos_app.ui.widgets.pairs import Pair

if TYPE_CHECKING:
    from pos_app.ui.app import App
    from pos_app.ui.screens.sale.form import SaleForm
    from pos_app.ui.screens.sale.model import Draft


def living_pairs(draft: Draft, card: str, checks: list[Pair]) -> list[Pair]:
    """Return what is known of the slip so far.

    Args:
        draft: what can be read of the fields.
        card: the card as `card_typed` writes it.
        checks: what is known of who is calling.
    """
    pairs = [Pair(text("slip_panel.card"), card)]
    pairs.append(Pair(text("slip_panel.months"), months_words(draft.months)))
    if draft.first_payment is not None:
        amount = t.won_unit(draft.first_payment.amount)
        pairs.append(Pair(text("slip_panel.monthly"), amount))
    pairs += [
        Pair(text("slip_panel.product"), draft.product),
        Pair(text("slip_panel.buyer"), draft.buyer_name),
        *checks,
        Pair(text("slip_panel.order_no"), text("slip_panel.order_no_later"), role="hint"),
    ]
    return pairs


def card_typed(form: SaleForm, app: App | None) -> str:
    """Write what may be shown of the number typed so far."""
    with form.number.peek() as digits:
        masked = mask_pan(digits) if len(digits) > 10 else ""
    leading = form.number.bin_prefix(6)
    hint = app.issuer_of(leading) if app is not None and leading else None
    return " ".join(part for part in (issuer_words(hint, "unknown"), grouped(masked)) if part)
