"""The rows that are folded from facts: what lists, search and export read.

Pure: the same record always gives the same rows, so that reading can hold one against the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TypeVar

from pos_app.domain.errors import Bug
from pos_app.domain.facts import Author, Entry
from pos_app.domain.order import KST, PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.refunds import RefundRecord
from pos_app.domain.streams import StreamEntry, StreamId, StreamKind, StreamRecord
from pos_app.ledger.chain import Line
from pos_app.ledger.codec import decode_fact, decode_stream_fact
from pos_app.ledger.search import words_text

Row = dict[str, object]
_R = TypeVar("_R", bound=StreamRecord)
_KST_DAY = dt.timedelta(days=1)


def stamp(moment: dt.datetime) -> str:
    """Return an aware time as it is stored: UTC, microseconds, 32 characters, so it sorts."""
    if moment.tzinfo is None:
        raise Bug("ledger.naive_time")
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def read_stamp(text: str) -> dt.datetime:
    """Return the time that `stamp` wrote."""
    return dt.datetime.fromisoformat(text)


def day_begins(day: dt.date) -> str:
    """Return the stamp at which a KST day begins; the first day there is begins before all."""
    return "" if day == dt.date.min else stamp(dt.datetime.combine(day, dt.time(), KST))


def day_ends(day: dt.date) -> str:
    """Return the stamp at which the next KST day begins."""
    return day_begins(day + _KST_DAY) if day < dt.date.max else "9"


def payment_row(record: PaymentRecord, first_seq: int, changed_at: dt.datetime) -> Row:
    """Return the row of `payments`.

    Args:
        record: folded from all facts of the payment.
        first_seq: place of its first fact.
        changed_at: time of its last fact.
    """
    order, approval = record.order, record.approval
    return {
        "payment_id": record.payment_id,
        "first_seq": first_seq,
        "sale_id": record.sale_id,
        "order_no": record.order_no,
        "order_date": record.order_date,
        "gateway": record.gateway,
        "environment": record.environment,
        "site": record.site,
        "state": record.state.value,
        "version": record.version,
        "live": int(record.is_live),
        "open": int(record.is_open),
        "amount": order.amount.amount,
        "tax_free": order.tax_free.amount,
        "months": order.months.count,
        "refunded": record.refunded.amount,
        "balance": record.balance.amount,
        "product": order.product,
        "buyer_name": order.buyer_name,
        "buyer_phone": order.buyer_phone,
        "buyer_email": order.buyer_email,
        "card_masked": record.card_masked,
        "card_brand": record.card_brand,
        "last4": record.card_masked[-4:],
        "approval_no": approval.approval_no if approval else "",
        "gateway_ref": record.gateway_ref or record.candidate_ref or "",
        "issuer": approval.issuer if approval else "",
        "person_needed": record.person_needed,
        "unwanted": record.unwanted,
        "operator": record.operator,
        "counter": record.counter,
        "created_at": stamp(record.created_at),
        "settled_at": stamp(record.settled_at) if record.settled_at else None,
        "changed_at": stamp(changed_at),
    }


def refund_row(payment_id: PaymentId, refund: RefundRecord) -> Row:
    """Return the row of `refunds`."""
    return {
        "refund_id": refund.refund_id,
        "payment_id": payment_id,
        "state": refund.state.value,
        "live": int(refund.is_live),
        "amount": refund.amount.amount,
        "tax_free": refund.tax_free.amount,
        "balance_before": refund.balance_before.amount,
        "partial": int(refund.partial),
        "tries": refund.tries,
        "reason": refund.reason,
        "serial": refund.serial,
        "operator": refund.operator,
        "approver": refund.approver,
        "created_at": stamp(refund.created_at),
        "settled_at": stamp(refund.settled_at) if refund.settled_at else None,
    }


def stream_row(kind: StreamKind[_R], record: _R, first_seq: int, changed_at: dt.datetime) -> Row:
    """Return the row of `streams`; the arguments are as for `payment_row`."""
    listing = kind.listing(record)
    return {
        "stream_id": record.stream_id,
        "first_seq": first_seq,
        "kind": kind.name,
        "key": listing.key or record.stream_id,
        "owner": listing.owner,
        "state": listing.state,
        "version": record.version,
        "open": int(listing.is_open),
        "due_at": stamp(listing.due_at) if listing.due_at else None,
        "words": words_text(listing.words),
        "created_at": stamp(record.created_at),
        "changed_at": stamp(changed_at),
    }


def stream_entry_of(line: Line) -> StreamEntry:
    """Return a stored line of a stream as the domain knows it."""
    return StreamEntry(
        seq=line.seq,
        stream_id=StreamId(line.payment_id),
        at=read_stamp(line.at),
        author=Author(operator=line.operator, approver=line.approver, counter=line.counter),
        fact=decode_stream_fact(line.kind, line.body),
    )


def entry_of(line: Line) -> Entry:
    """Return a stored line as the domain knows it."""
    return Entry(
        seq=line.seq,
        payment_id=PaymentId(line.payment_id),
        at=read_stamp(line.at),
        author=Author(operator=line.operator, approver=line.approver, counter=line.counter),
        fact=decode_fact(line.kind, line.body),
    )


#: The promised keys of an export, in their order (architecture.md, "Outside contract").
EXPORT_KEYS = (
    "payment_id",
    "order_no",
    "gateway",
    "state",
    "amount",
    "refunded",
    "months",
    "card_masked",
    "approval_no",
    "gateway_ref",
    "operator",
    "counter",
    "created_at",
    "settled_at",
)


def export_row(row: Mapping[str, object]) -> Row:
    """Return a row of `payments` as the books show it: times in Korean time with their offset."""
    exported = {key: row[key] for key in EXPORT_KEYS}
    for key in ("created_at", "settled_at"):
        exported[key] = _korean_time(exported[key])
    return exported


def _korean_time(stored: object) -> str:
    """Return a stored time to the second, as Korean time; empty where there is none."""
    if not isinstance(stored, str):
        return ""
    return read_stamp(stored).astimezone(KST).isoformat(timespec="seconds")
