"""Days and states one can look at, as a question to the ledger."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from pos_app.domain.order import KST
from pos_app.domain.record import PaymentState
from pos_app.domain.requests import HistoryQuery

#: As many rows as are read at once; going down asks for as many more.
PAGE_ROWS = 200


class Days(StrEnum):
    """How far back; `history.range.<value>` are the words."""

    ALL = "all"
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"


class States(StrEnum):
    """Which payments; `history.state.<value>` are the words."""

    ALL = "all"
    APPROVED = "approved"
    OPEN = "open"
    REFUSED = "refused"
    REVERSED = "reversed"


_NAMES: dict[States, frozenset[PaymentState]] = {
    States.APPROVED: frozenset({PaymentState.APPROVED}),
    States.REFUSED: frozenset(
        {PaymentState.DECLINED, PaymentState.NOT_SENT, PaymentState.NOT_CHARGED}
    ),
    States.REVERSED: frozenset({PaymentState.REVERSED}),
}


def first_day(days: Days, today: dt.date) -> dt.date | None:
    """Return the first KST day to look at, None for no bound."""
    match days:
        case Days.TODAY:
            return today
        case Days.WEEK:
            return today - dt.timedelta(days=6)
        case Days.MONTH:
            return today.replace(day=1)
        case Days.ALL:
            return None


def question(
    typed: str, days: Days, states: States, now: dt.datetime, *, limit: int = PAGE_ROWS
) -> HistoryQuery:
    """Return what to ask the ledger; `now` is aware."""
    return HistoryQuery(
        text=typed,
        since=first_day(days, now.astimezone(KST).date()),
        states=frozenset(state.value for state in _NAMES.get(states, frozenset())),
        open_only=states is States.OPEN,
        limit=limit,
    )
