"""Which payments: the statements that find them. What they are is folded from their facts after."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Select, and_, or_, select

from pos_app.domain.money import Won
from pos_app.domain.record import PaymentState
from pos_app.domain.requests import HistoryQuery
from pos_app.domain.streams import StreamQuery
from pos_app.ledger.projection import day_begins, day_ends, stamp
from pos_app.ledger.schema import payments, search_texts, streams
from pos_app.ledger.search import Needle, needle

Ids = Select[str]
_ID = payments.c.payment_id
_NEWEST_FIRST = payments.c.first_seq.desc()


def with_order_no(order_no: str) -> Ids:
    """Find by order number; the newest, should two sites have given the same."""
    return select(_ID).where(payments.c.order_no == order_no).order_by(_NEWEST_FIRST).limit(1)


def still_open() -> Ids:
    """Find all about which something is not settled, oldest first."""
    return select(_ID).where(payments.c.open == 1).order_by(payments.c.first_seq)


def latest(count: int) -> Ids:
    """Find the last payments, open ones on top whatever their age."""
    return select(_ID).order_by(payments.c.open.desc(), _NEWEST_FIRST).limit(count)


def on_card(card_masked: str, amount: Won, since: dt.datetime) -> Ids:
    """Find payments of that card and amount: live and newer than `since`, or open."""
    young = and_(payments.c.live == 1, payments.c.created_at > stamp(since))
    return (
        select(_ID)
        .where(payments.c.card_masked == card_masked, payments.c.amount == amount.amount)
        .where(or_(payments.c.open == 1, young))
        .order_by(_NEWEST_FIRST)
    )


def in_history(query: HistoryQuery) -> Ids:
    """Find what a person looks for, newest first."""
    wanted = needle(query.text)
    found = select(_ID).order_by(_NEWEST_FIRST).limit(max(0, query.limit))
    if wanted.parts:
        found = found.where(_mentions(wanted))
    if query.since is not None:
        found = found.where(payments.c.created_at >= day_begins(query.since))
    if query.until is not None:
        found = found.where(payments.c.created_at < day_ends(query.until))
    if query.states:
        found = found.where(payments.c.state.in_(sorted(query.states)))
    if query.open_only:
        found = found.where(payments.c.open == 1)
    if query.refundable_only:
        found = found.where(payments.c.state == PaymentState.APPROVED.value, payments.c.balance > 0)
    return found


def among_streams(kind: str, query: StreamQuery) -> Ids:
    """Find records of one kind, newest first or earliest due first."""
    order = (
        [streams.c.due_at, streams.c.first_seq] if query.by_due else [streams.c.first_seq.desc()]
    )
    found = select(streams.c.stream_id).where(streams.c.kind == kind).order_by(*order)
    parts = needle(query.text).parts
    if parts:
        found = found.where(or_(*(streams.c.words.contains(p, autoescape=True) for p in parts)))
    if query.states:
        found = found.where(streams.c.state.in_(sorted(query.states)))
    if query.key:
        found = found.where(streams.c.key == query.key)
    if query.owner:
        found = found.where(streams.c.owner == query.owner)
    if query.open_only:
        found = found.where(streams.c.open == 1)
    if query.due_since is not None:
        found = found.where(streams.c.due_at >= stamp(query.due_since))
    if query.due_until is not None:
        found = found.where(streams.c.due_at < stamp(query.due_until))
    return found.limit(max(0, query.limit))


def _mentions(wanted: Needle) -> ColumnElement[bool]:
    """Match any part of the search text, or exactly the amount."""
    words = search_texts.c.words
    said = or_(*(words.contains(part, autoescape=True) for part in wanted.parts))
    mentioned = payments.c.first_seq.in_(select(search_texts.c.first_seq).where(said))
    if wanted.amount_won is None:
        return mentioned
    return or_(mentioned, payments.c.amount == wanted.amount_won)
