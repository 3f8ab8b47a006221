"""Versioned changes of the schema (Alembic); run by `ledger/migrating.py`, never by hand."""
