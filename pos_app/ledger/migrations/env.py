"""Alembic's entry: runs the changes on the connection and in the transaction it is handed."""

from __future__ import annotations

from alembic import context

from pos_app.ledger.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
)
with context.begin_transaction():
    context.run_migrations()
