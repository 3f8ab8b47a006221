"""Records beside payments: one list for all kinds of stream; their facts are in `facts` already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pos_app.ledger.migrations import triggers_v0002 as triggers

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the list, its indexes and its triggers."""
    op.create_table(
        "streams",
        sa.Column("stream_id", sa.Text(), nullable=False),
        sa.Column("first_seq", _LONG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.CheckConstraint("open IN (0, 1)", name=op.f("ck_streams_open")),
        sa.CheckConstraint("version > 0", name=op.f("ck_streams_version")),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_streams")),
        sa.UniqueConstraint("first_seq", name=op.f("uq_streams_first_seq")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_streams_kind")),
        sqlite_strict=True,
    )
    op.create_index("ix_streams_open", "streams", ["kind", "open", "first_seq"], unique=False)
    op.create_index("ix_streams_owner", "streams", ["kind", "owner", "first_seq"], unique=False)
    op.create_index("ix_streams_due", "streams", ["kind", "due_at"], unique=False)
    for statement in triggers.create(op.get_context().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Take it away; only ever run by tests, on ledgers of their own."""
    for statement in triggers.drop(op.get_context().dialect.name):
        op.execute(statement)
    op.drop_table("streams")
