"""Every kind of stream there is, by its stored name; a new kind is added here and nowhere else."""

from __future__ import annotations

from typing import Any

from pos_app.domain.card_facts import CARDS
from pos_app.domain.identity_facts import CHECKS
from pos_app.domain.schedule_facts import SCHEDULES
from pos_app.domain.stray_facts import STRAYS
from pos_app.domain.streams import StreamFact, StreamKind

STREAM_KINDS: dict[str, StreamKind[Any]] = {
    kind.name: kind for kind in (CARDS, SCHEDULES, CHECKS, STRAYS)
}

#: Every kind of fact in a stream by its stored name.
STREAM_FACTS: dict[str, type[StreamFact]] = {
    fact.KIND: fact for kind in STREAM_KINDS.values() for fact in kind.facts
}
