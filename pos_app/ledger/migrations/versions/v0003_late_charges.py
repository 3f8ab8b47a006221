"""A charge that had ended as not made may turn out to be made, and is reversed."""

from __future__ import annotations

from alembic import op

from pos_app.ledger.migrations import triggers_v0003 as triggers

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let late charges move on."""
    for statement in triggers.widen(op.get_context().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Take it away; only ever run by tests, on ledgers of their own."""
    for statement in triggers.narrow(op.get_context().dialect.name):
        op.execute(statement)
