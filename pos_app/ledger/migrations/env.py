"""Alembic's entry: runs the changes on the connection and in the transaction it is handed."""

from __future__ import annotations

from alembic import context

from pos_app.ledger.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite can take back a CREATE TABLE: a migration that is cut off leaves the old schema.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
