"""First schema: facts under a chain, what is folded from them, and the triggers that keep both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pos_app.ledger.migrations import triggers_v0001 as triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table, index and trigger."""
    _make_facts()
    _make_payments()
    _make_refunds()
    _make_search_texts()
    _make_head()
    _make_indexes()
    for statement in triggers.create(op.get_context().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Take everything away; only ever run by tests, on ledgers of their own."""
    for statement in triggers.drop(op.get_context().dialect.name):
        op.execute(statement)
    for table in ("search_texts", "refunds", "payments", "facts", "ledger_head", "ledger_meta"):
        op.drop_table(table)


def _make_facts() -> None:
    """The truth."""
    op.create_table(
        "facts",
        sa.Column("seq", _LONG, nullable=False, autoincrement=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("prev_mac", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_facts_seq")),
        sa.CheckConstraint("version > 0", name=op.f("ck_facts_version")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_facts")),
        sa.UniqueConstraint("payment_id", "version", name=op.f("uq_facts_payment_id")),
        sqlite_strict=True,
    )


def _make_payments() -> None:
    """One row a payment, folded from its facts."""
    op.create_table(
        "payments",
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("first_seq", _LONG, nullable=False),
        sa.Column("sale_id", sa.Text(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("order_date", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("amount", _LONG, nullable=False),
        sa.Column("tax_free", _LONG, nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("refunded", _LONG, nullable=False),
        sa.Column("balance", _LONG, nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("buyer_name", sa.Text(), nullable=False),
        sa.Column("buyer_phone", sa.Text(), nullable=False),
        sa.Column("buyer_email", sa.Text(), nullable=False),
        sa.Column("card_masked", sa.Text(), nullable=False),
        sa.Column("card_brand", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("approval_no", sa.Text(), nullable=False),
        sa.Column("gateway_ref", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("person_needed", sa.Text(), nullable=False),
        sa.Column("unwanted", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("live IN (0, 1)", name=op.f("ck_payments_live")),
        sa.CheckConstraint(
            "months = 0 OR months BETWEEN 2 AND 36", name=op.f("ck_payments_months")
        ),
        sa.CheckConstraint("open IN (0, 1)", name=op.f("ck_payments_open")),
        sa.CheckConstraint("refunded + balance = amount", name=op.f("ck_payments_balance")),
        sa.CheckConstraint("refunded >= 0 AND balance >= 0", name=op.f("ck_payments_refunded")),
        sa.CheckConstraint(
            "tax_free >= 0 AND tax_free <= amount", name=op.f("ck_payments_tax_free")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_payments_version")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_payments")),
        sa.UniqueConstraint("first_seq", name=op.f("uq_payments_first_seq")),
        sa.UniqueConstraint("order_no", "site", name=op.f("uq_payments_order_no")),
        sqlite_strict=True,
    )


def _make_refunds() -> None:
    """One row a refund, folded likewise."""
    op.create_table(
        "refunds",
        sa.Column("refund_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.Column("amount", _LONG, nullable=False),
        sa.Column("tax_free", _LONG, nullable=False),
        sa.Column("balance_before", _LONG, nullable=False),
        sa.Column("partial", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint("balance_before >= amount", name=op.f("ck_refunds_balance_before")),
        sa.CheckConstraint("live IN (0, 1)", name=op.f("ck_refunds_live")),
        sa.CheckConstraint("partial IN (0, 1)", name=op.f("ck_refunds_partial")),
        sa.CheckConstraint(
            "tax_free >= 0 AND tax_free <= amount", name=op.f("ck_refunds_tax_free")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.payment_id"], name=op.f("fk_refunds_payment_id")
        ),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_refunds")),
        sqlite_strict=True,
    )


def _make_search_texts() -> None:
    """One text a payment, for the search."""
    op.create_table(
        "search_texts",
        sa.Column("first_seq", _LONG, nullable=False, autoincrement=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_seq"], ["payments.first_seq"], name=op.f("fk_search_texts_first_seq")
        ),
        sa.PrimaryKeyConstraint("first_seq", name=op.f("pk_search_texts")),
        sqlite_strict=True,
    )


def _make_head() -> None:
    """Where the chain ends, and what the ledger says of itself."""
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("seq", _LONG, nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ledger_meta")),
        sqlite_strict=True,
    )


def _make_indexes() -> None:
    """Rule R6 (money-safety.md 2), and what the lists ask for."""
    op.create_index("ix_payments_amount", "payments", ["amount", "first_seq"], unique=False)
    op.create_index(
        "ix_payments_card", "payments", ["card_masked", "amount", "first_seq"], unique=False
    )
    op.create_index("ix_payments_created", "payments", ["created_at", "first_seq"], unique=False)
    op.create_index("ix_payments_open", "payments", ["open", "first_seq"], unique=False)
    op.create_index(
        "uq_payments_live_sale",
        "payments",
        ["sale_id"],
        unique=True,
        sqlite_where=sa.column("live") == 1,
        postgresql_where=sa.column("live") == 1,
    )
    op.create_index("ix_refunds_payment", "refunds", ["payment_id"], unique=False)
    op.create_index(
        "uq_refunds_live_payment",
        "refunds",
        ["payment_id"],
        unique=True,
        sqlite_where=sa.column("live") == 1,
        postgresql_where=sa.column("live") == 1,
    )
