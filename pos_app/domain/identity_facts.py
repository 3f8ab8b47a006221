"""An identity check as our ledger tells of it: that it lies at a gateway, until it is erased there.

A stream of its own beside payments (`domain/streams.py`). It holds the gateway's number of the
check and nothing of the person; with which sale it went is in that sale's first fact.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pos_app.domain.identity import EraseDue
from pos_app.domain.streams import (
    Listing,
    StreamEntry,
    StreamKind,
    StreamRecord,
    impossible,
)


class CheckState(StrEnum):
    """Where the gateway's record of a check is."""

    DUE = "DUE"
    ERASED = "ERASED"
    KEPT = "KEPT"


@dataclass(frozen=True, slots=True)
class CheckAsked:
    """A code was sent: the gateway holds a caller's data, which are to be erased.

    It may follow where a gateway gives a number a second time.
    """

    KIND: ClassVar[str] = "identity.asked"
    gateway: str
    gateway_ref: str


@dataclass(frozen=True, slots=True)
class CheckErased:
    """The gateway holds nothing of it any more."""

    KIND: ClassVar[str] = "identity.erased"


@dataclass(frozen=True, slots=True)
class CheckKept:
    """It was passed, and stays at the gateway because the shop needs it there."""

    KIND: ClassVar[str] = "identity.kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord(StreamRecord):
    """A check as folded from its facts."""

    due: EraseDue
    state: CheckState = CheckState.DUE


def _begin(entry: StreamEntry) -> CheckRecord:
    fact = entry.fact
    if not isinstance(fact, CheckAsked):
        raise impossible(entry, "none")
    due = EraseDue(fact.gateway, fact.gateway_ref)
    return CheckRecord(stream_id=entry.stream_id, created_at=entry.at, due=due)


def _apply(record: CheckRecord, entry: StreamEntry) -> CheckRecord:
    if record.state is not CheckState.DUE and isinstance(entry.fact, CheckAsked):
        return dataclasses.replace(record, state=CheckState.DUE)
    if record.state is CheckState.DUE and isinstance(entry.fact, CheckErased | CheckKept):
        erased = isinstance(entry.fact, CheckErased)
        state = CheckState.ERASED if erased else CheckState.KEPT
        return dataclasses.replace(record, state=state)
    raise impossible(entry, record.state.value)


def check_key(due: EraseDue) -> str:
    """Return under which key a check is found."""
    return f"{due.gateway}:{due.gateway_ref}"


def _listing(record: CheckRecord) -> Listing:
    return Listing(
        state=record.state.value,
        is_open=record.state is CheckState.DUE,
        key=check_key(record.due),
    )


CHECKS: StreamKind[CheckRecord] = StreamKind(
    name="identity",
    facts=(CheckAsked, CheckErased, CheckKept),
    begin=_begin,
    apply=_apply,
    listing=_listing,
)
