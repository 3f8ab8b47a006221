"""Joins the identity check: which gateways can make one, and who erases what they keep of it."""

from __future__ import annotations

from collections.abc import Iterable

from pos_app.config.model import Settings
from pos_app.services.identity_desk import IdentityDesk, IdentityRules
from pos_app.services.identity_erasing import EraseList, Eraser
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import NewsBoard
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Clock, Gateway, IdentityChecker, Ids, Streams


def join_identity(
    settings: Settings,
    gateways: Iterable[Gateway],
    streams: Streams,
    *,
    jobs: MoneyJobs,
    news: NewsBoard,
    clock: Clock,
    ids: Ids,
    operators: OperatorDesk,
) -> IdentityDesk:
    """Return the desk; the first of `gateways` that can check makes the checks of every sale."""
    checkers = {
        gateway.name: gateway
        for gateway in gateways
        if gateway.abilities.identity_check and isinstance(gateway, IdentityChecker)
    }
    memory = EraseList(streams=streams, ids=ids, operators=operators)
    return IdentityDesk(
        checkers=checkers,
        eraser=Eraser(checkers=checkers, memory=memory, jobs=jobs, news=news, clock=clock),
        jobs=jobs,
        clock=clock,
        ids=ids,
        counter=settings.shop.counter,
        rules=IdentityRules(
            company=settings.identity.company or settings.shop.name,
            keep_at_gateway=settings.identity.keep_at_gateway,
        ),
    )
