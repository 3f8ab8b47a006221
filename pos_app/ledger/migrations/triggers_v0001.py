"""The triggers of schema 0001, for both engines: what no statement may do, whoever sends it.

Frozen with that migration, so nothing here is taken from the living code; a test holds the
transitions against `domain/folding.py`.
"""

from __future__ import annotations

#: Payment states (money-safety.md 3): from -> may become.
PAYMENT_TRANSITIONS: dict[str, tuple[str, ...]] = {
    "PREPARED": ("SENDING", "NOT_SENT"),
    "SENDING": ("APPROVED", "DECLINED", "NOT_SENT", "UNKNOWN", "MISMATCH", "REVERSING"),
    "UNKNOWN": ("APPROVED", "DECLINED", "NOT_CHARGED", "MISMATCH", "REVERSING", "REVERSED"),
    "APPROVED": ("REVERSING",),
    "DECLINED": ("REVERSING",),
    "NOT_CHARGED": ("REVERSING",),
    "MISMATCH": ("REVERSING", "REVERSED"),
    "REVERSING": ("REVERSED", "REVERSE_UNKNOWN"),
    "REVERSE_UNKNOWN": ("REVERSED", "REVERSING"),
}
#: Refund states (money-safety.md 7): from -> may become.
REFUND_TRANSITIONS: dict[str, tuple[str, ...]] = {
    "PREPARED": ("SENDING", "NOT_SENT", "MANUAL"),
    "SENDING": ("DONE", "REFUSED", "NOT_SENT", "UNKNOWN", "MANUAL"),
    "UNKNOWN": ("DONE", "NOT_DONE", "MANUAL"),
    "NOT_DONE": ("SENDING", "NOT_SENT", "MANUAL"),
    "MANUAL": ("DONE", "NOT_DONE"),
}
_PAYMENT_FIXED = (
    "payment_id", "first_seq", "sale_id", "order_no", "order_date", "gateway", "environment",
    "site", "amount", "tax_free", "months", "product", "buyer_name", "buyer_phone", "buyer_email",
    "card_masked", "card_brand", "last4", "operator", "counter", "created_at",
)  # fmt: skip
_REFUND_FIXED = (
    "refund_id", "payment_id", "amount", "tax_free", "balance_before", "partial", "reason",
    "operator", "approver", "created_at",
)  # fmt: skip


def changed(columns: tuple[str, ...]) -> str:
    """Return the condition that one of these columns gets another value."""
    return " OR ".join(f"NEW.{name} <> OLD.{name}" for name in columns)


def bad_move(transitions: dict[str, tuple[str, ...]]) -> str:
    """Return the condition that the state moves where it may not."""
    moves = ", ".join(f"'{old}>{new}'" for old, news in transitions.items() for new in news)
    return f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({moves})"


_OUT_OF_ORDER = (
    "NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM facts)"
    " OR NEW.version <> (SELECT COALESCE(MAX(version), 0) + 1 FROM facts"
    " WHERE payment_id = NEW.payment_id)"
)

#: name -> (table, event, condition; empty for always). PostgreSQL adds TRUNCATE below.
Rules = dict[str, tuple[str, str, str]]
_RULES: Rules = {
    "facts_no_update": ("facts", "UPDATE", ""),
    "facts_no_delete": ("facts", "DELETE", ""),
    "facts_in_order": (
        "facts",
        "INSERT",
        _OUT_OF_ORDER,
    ),
    "payments_no_delete": ("payments", "DELETE", ""),
    "payments_begin": ("payments", "INSERT", "NEW.state <> 'PREPARED' OR NEW.version <> 1"),
    "payments_move": (
        "payments",
        "UPDATE",
        f"NEW.version <> OLD.version + 1 OR {bad_move(PAYMENT_TRANSITIONS)}",
    ),
    "payments_fixed": ("payments", "UPDATE", changed(_PAYMENT_FIXED)),
    "refunds_no_delete": ("refunds", "DELETE", ""),
    "refunds_begin": ("refunds", "INSERT", "NEW.state <> 'PREPARED'"),
    "refunds_move": ("refunds", "UPDATE", bad_move(REFUND_TRANSITIONS)),
    "refunds_fixed": ("refunds", "UPDATE", changed(_REFUND_FIXED)),
    "search_texts_no_delete": ("search_texts", "DELETE", ""),
    "ledger_head_no_delete": ("ledger_head", "DELETE", ""),
    "ledger_head_forward": ("ledger_head", "UPDATE", "NEW.seq <> OLD.seq + 1"),
    "ledger_meta_no_update": ("ledger_meta", "UPDATE", ""),
    "ledger_meta_no_delete": ("ledger_meta", "DELETE", ""),
}
NAMES = frozenset(_RULES)
_TABLES = ("facts", "payments", "refunds", "search_texts", "ledger_head", "ledger_meta")


def create(dialect: str) -> list[str]:
    """Return the statements that make the triggers on "sqlite" or "postgresql"."""
    first = [] if dialect == "sqlite" else [_REFUSE_FUNCTION]
    return first + make(dialect, _RULES, _TABLES)


def drop(dialect: str) -> list[str]:
    """Return the statements that take them away again."""
    last = [] if dialect == "sqlite" else ["DROP FUNCTION ledger_refuse()"]
    return take_away(dialect, _RULES, _TABLES) + last


def make(dialect: str, rules: Rules, tables: tuple[str, ...]) -> list[str]:
    """Return the statements that make `rules`, and on PostgreSQL refuse TRUNCATE of `tables`."""
    if dialect == "sqlite":
        return [_sqlite(name, *rule) for name, rule in rules.items()]
    made = [_postgresql(name, *rule) for name, rule in rules.items()]
    made += [
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        for table in tables
    ]
    return made


def take_away(dialect: str, rules: Rules, tables: tuple[str, ...]) -> list[str]:
    """Return the statements that undo `make`."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER {name}" for name in rules]
    gone = [f"DROP TRIGGER {name} ON {rule[0]}" for name, rule in rules.items()]
    gone += [f"DROP TRIGGER {table}_no_truncate ON {table}" for table in tables]
    return gone + [f"DROP FUNCTION {name}_check()" for name, rule in rules.items() if rule[2]]


def _sqlite(name: str, table: str, event: str, condition: str) -> str:
    """Return one trigger for SQLite."""
    when = f" WHEN {condition}" if condition else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{when}"
        f" BEGIN SELECT RAISE(ABORT, 'ledger: {name}'); END"
    )


_REFUSE_FUNCTION = (
    "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'ledger: %', TG_NAME USING ERRCODE = 'check_violation'; END $$"
)


def _postgresql(name: str, table: str, event: str, condition: str) -> str:
    """Return one trigger for PostgreSQL; a condition with a query in it needs a function."""
    if not condition:
        return (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        )
    return (
        f"CREATE FUNCTION {name}_check() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {condition} THEN RAISE EXCEPTION 'ledger: {name}'"
        f" USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$;"
        f" CREATE TRIGGER {name} BEFORE {event} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {name}_check()"
    )
