"""Reading an answer without losing a payment to a mistake of ours, and logging what it came to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from pos_app.domain.answers import (
    Approved,
    CancelAnswer,
    Cancelled,
    CannotTell,
    ChargeAnswer,
    LookUpAnswer,
    NoAnswer,
    NotSent,
)
from pos_app.logs import log, log_event

_Answer = TypeVar("_Answer")
_Otherwise = TypeVar("_Otherwise")


def read_safely(
    gateway: str, read: Callable[[], _Answer], otherwise: _Otherwise
) -> _Answer | _Otherwise:
    """Read an answer; if reading itself fails, the outcome is unknown and nothing is lost."""
    try:
        return read()
    except Exception as failure:  # noqa: BLE001 - a mistake of ours here must not lose a payment
        log_event(log.gateway, logging.ERROR, "answer.unreadable", gateway=gateway, failure=failure)
        return otherwise


def trace_answer(
    gateway: str, operation: str, order_no: str, answer: ChargeAnswer | LookUpAnswer | CancelAnswer
) -> None:
    """Log what an answer came to."""
    fields: log.Fields = {
        "gateway": gateway,
        "operation": operation,
        "order_no": order_no,
        "kind": type(answer).__name__,
    }
    if isinstance(answer, NoAnswer | NotSent | CannotTell):
        fields["reason"] = answer.why
    refusal = None if isinstance(answer, Approved | Cancelled) else _refusal_code(answer)
    if refusal:
        fields["reply_code"] = refusal
    log_event(log.gateway, logging.INFO, f"{gateway}.answer", **fields)


def _refusal_code(answer: object) -> str:
    """Return the vendor's code of an answer that has one."""
    refusal = getattr(answer, "refusal", None)
    return str(refusal.code) if refusal is not None else ""
