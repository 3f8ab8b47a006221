"""Joins the desks of cards on file and scheduled payments, for the gateways that declare them."""

from __future__ import annotations

from collections.abc import Sequence

from pos_app.services.card_desk import CardDesk
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import CardGateway, Ledger, SchedulingGateway
from pos_app.services.sale_desk import SaleDesk
from pos_app.services.sale_rules import SaleGateway
from pos_app.services.schedule_desk import ScheduleDesk
from pos_app.services.settle import Settler
from pos_app.services.stream_worker import StreamParts


def join_card_desks(
    *,
    gateways: Sequence[SaleGateway],
    parts: StreamParts,
    ledger: Ledger,
    settler: Settler,
    sale_desk: SaleDesk,
    operators: OperatorDesk,
) -> tuple[CardDesk, ScheduleDesk]:
    """Return both desks, each with the gateways whose abilities and methods fit it."""
    keeping, planning = {}, {}
    for way in gateways:
        gateway, can = way.gateway, way.gateway.abilities
        if can.saved_cards and isinstance(gateway, CardGateway):
            keeping[gateway.name] = gateway
        if can.schedules and isinstance(gateway, SchedulingGateway):
            planning[gateway.name] = (gateway, way.rules)
    card_desk = CardDesk(
        gateways=keeping, parts=parts, ledger=ledger, sale_desk=sale_desk, operators=operators
    )
    schedule_desk = ScheduleDesk(
        gateways=planning, parts=parts, ledger=ledger, settler=settler, operators=operators
    )
    return card_desk, schedule_desk
