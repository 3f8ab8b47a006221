"""What the books say of strays: money at the gateway beside the payment that is kept."""

from __future__ import annotations

from collections.abc import Iterable

from pos_app.domain.stray_facts import STRAYS, StrayRecord, StrayState
from pos_app.domain.streams import StreamEntry, StreamId


def strays_in(log: Iterable[object]) -> list[StrayRecord]:
    """Return every stray as folded from a log of entries."""
    entries: dict[StreamId, list[StreamEntry]] = {}
    for entry in log:
        if isinstance(entry, StreamEntry) and entry.fact.KIND.startswith("stray."):
            entries.setdefault(entry.stream_id, []).append(entry)
    return [STRAYS.replay(one) for one in entries.values()]


def is_being_cancelled(strays: Iterable[StrayRecord], gateway_ref: str) -> bool:
    """Tell whether the intent to cancel that record as a stray is in the books."""
    return any(
        one.found.gateway_ref == gateway_ref and one.state is StrayState.SENDING for one in strays
    )


def waits_for_person(strays: Iterable[StrayRecord], gateway_ref: str) -> bool:
    """Tell whether a person is called to that record."""
    return any(one.found.gateway_ref == gateway_ref and one.needs_person for one in strays)
