"""What the commands say about the books, and read for them."""

from __future__ import annotations

import datetime as dt

from pos_app.domain.errors import UserMistake
from pos_app.domain.record import PaymentRecord
from pos_app.ui.text import stamp, text, won_unit


def read_day(typed: str | None) -> dt.date | None:
    """Read a day typed as 2026-11-21."""
    if typed is None:
        return None
    try:
        return dt.date.fromisoformat(typed)
    except ValueError as error:
        raise UserMistake("export.not_a_day", typed=typed[:20]) from error


def open_line(record: PaymentRecord) -> str:
    """Return one line about a payment that is not settled."""
    return text(
        "cli.recover.line",
        order_no=record.order_no,
        amount=won_unit(record.order.amount.amount),
        state=record.state.value,
        created=stamp(record.created_at),
        why=record.person_needed or record.why or "-",
    )
