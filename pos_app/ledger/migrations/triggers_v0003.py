"""The rule that schema 0003 widens, for both engines; frozen with that migration.

A gateway may contradict an end: a charge that had ended without one turns out to be made, also one
of which this program was sure that nothing had left it. Such a payment goes on to be reversed.
"""

from __future__ import annotations

from pos_app.ledger.migrations import triggers_v0001 as before

_LATE = ("REVERSING", "MISMATCH")
#: Payment states: from -> may become.
PAYMENT_TRANSITIONS = before.PAYMENT_TRANSITIONS | {
    "DECLINED": _LATE,
    "NOT_CHARGED": _LATE,
    "NOT_SENT": _LATE,
}
_NAME = "payments_move"


def _rules(transitions: dict[str, tuple[str, ...]]) -> before.Rules:
    """Return the one rule with these transitions."""
    condition = f"NEW.version <> OLD.version + 1 OR {before.bad_move(transitions)}"
    return {_NAME: ("payments", "UPDATE", condition)}


def widen(dialect: str) -> list[str]:
    """Return the statements that put the wider rule in the place of the old one."""
    old, new = _rules(before.PAYMENT_TRANSITIONS), _rules(PAYMENT_TRANSITIONS)
    return before.take_away(dialect, old, ()) + before.make(dialect, new, ())


def narrow(dialect: str) -> list[str]:
    """Return the statements that undo `widen`."""
    old, new = _rules(before.PAYMENT_TRANSITIONS), _rules(PAYMENT_TRANSITIONS)
    return before.take_away(dialect, new, ()) + before.make(dialect, old, ())
