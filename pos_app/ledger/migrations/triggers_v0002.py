"""The triggers that schema 0002 adds, for both engines; frozen with that migration.

Which state a stream may move to is decided by its kind (`domain/streams.py`) and not here, so that
a new kind needs no migration; what no kind may do is.
"""

from __future__ import annotations

from pos_app.ledger.migrations.triggers_v0001 import Rules, changed, make, take_away

_FIXED = ("stream_id", "first_seq", "kind", "key", "owner", "created_at")
_RULES: Rules = {
    "streams_no_delete": ("streams", "DELETE", ""),
    "streams_begin": ("streams", "INSERT", "NEW.version <> 1"),
    "streams_move": ("streams", "UPDATE", "NEW.version <> OLD.version + 1"),
    "streams_fixed": ("streams", "UPDATE", changed(_FIXED)),
}
NAMES = frozenset(_RULES)
_TABLES = ("streams",)


def create(dialect: str) -> list[str]:
    """Return the statements that make the triggers on "sqlite" or "postgresql"."""
    return make(dialect, _RULES, _TABLES)


def drop(dialect: str) -> list[str]:
    """Return the statements that take them away again."""
    return take_away(dialect, _RULES, _TABLES)
