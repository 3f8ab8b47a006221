"""What may be logged: an event's name, and fields from a list.

Loggers are named for subjects, not for files, so that one subject can be followed through the
folders: `money` (a payment's way), `gateway` (what went out and came back), `ledger`, `vault` and
`ui`.

    log_event(log.money, logging.WARNING, "charge.unknown", order_no=order_no, waited_s=25)

A field that is not in `Fields` is refused, by mypy before and by `log_event` while running. There
is no field for card digits, names, telephone numbers or secrets, and none for free text.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TypedDict, Unpack

from pos_app.logs.redact import redact, redact_order_no

ROOT = "pos_app"

money = logging.getLogger(f"{ROOT}.money")
gateway = logging.getLogger(f"{ROOT}.gateway")
ledger = logging.getLogger(f"{ROOT}.ledger")
vault = logging.getLogger(f"{ROOT}.vault")
ui = logging.getLogger(f"{ROOT}.ui")

TEXT_MAX = 200
"""Longest text of one field, in characters; an identifier or a code is far shorter."""


class Fields(TypedDict, total=False):
    """Every field a log line may carry. Units stand last in the names."""

    payment_id: str
    order_no: str
    refund_id: str
    sale_id: str
    gateway: str
    operation: str
    environment: str
    state: str
    step: str
    fact: str
    kind: str
    code: str
    reply_code: str
    reason: str
    amount_won: int
    months: int
    attempt: int
    count: int
    sequence: int
    status: int
    left_us: bool
    sent_bytes: int
    received_bytes: int
    waited_s: float
    duration_ms: float
    host: str
    port: int
    counter: str
    operator: str
    backend: str
    version: str
    revision: str
    screen: str
    setting: str
    command: str
    exit_status: int
    error: str
    file_name: str
    days_left: int


ALLOWED = frozenset(Fields.__annotations__)

_RECORD_ATTRIBUTE = "pos_app_fields"


class FieldRefusedError(TypeError):
    """A log line was given a field that is not on the list: a mistake of ours."""


def log_event(
    logger: logging.Logger,
    level: int,
    event: str,
    *,
    failure: BaseException | None = None,
    **fields: Unpack[Fields],
) -> None:
    """Log one event of a subject.

    Args:
        logger: one of this module's loggers.
        level: of the standard library, e.g. `logging.WARNING`.
        event: a dotted name, e.g. "charge.unknown"; never a sentence with values in it.
        failure: the exception behind it; its kind and places are logged, never its variables.
        fields: from `Fields`.

    Raises:
        FieldRefusedError: a field is not on the list.
    """
    unknown = sorted(fields.keys() - ALLOWED)
    if unknown:
        raise FieldRefusedError(f"not on the list of loggable fields: {', '.join(unknown)}")
    if logger.isEnabledFor(level):
        logger.log(level, event, exc_info=failure, extra={_RECORD_ATTRIBUTE: _clean(fields)})


def _clean(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields ready for a log line: redacted, short, of plain types."""
    return {name: _plain(name, value) for name, value in fields.items()}


def _plain(name: str, value: object) -> object:
    """Return one value as a log may show it.

    Small numbers and truth values stay what they are. A number of 13 digits or more is no amount
    (won amounts end far below) and passes the fence as text.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and abs(value) < 10**12:
        return value
    text = str(value)
    text = redact_order_no(text) if name == "order_no" else redact(text)
    return text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """Return the fields that came with a record; none for a record of somebody else's."""
    found = getattr(record, _RECORD_ATTRIBUTE, None)
    return dict(found) if isinstance(found, dict) else {}
