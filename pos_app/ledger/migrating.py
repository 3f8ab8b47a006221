"""Brings a ledger to the newest schema, in one transaction: the old one or the new one, never half.

Alembic takes a sixth of a second to import, so it is fetched only when there is something to do.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from pos_app.ledger.engines import mark_schema
from pos_app.ledger.schema import SCHEMA_VERSION

_SCRIPTS = Path(__file__).resolve().parent / "migrations"


def migrate(connection: Connection, version: int = SCHEMA_VERSION) -> None:
    """Move the schema up or down to `version`; 0 is an empty file. The caller commits.

    Args:
        connection: in a transaction that writes.
        version: number of a migration.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    # Alembic reads its options through configparser, where a percent sign begins a reference.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    current = _current(connection)
    target = f"{version:04d}" if version else "base"
    if version >= current:
        command.upgrade(config, target)
    else:
        command.downgrade(config, target)
    mark_schema(connection, version)


def _current(connection: Connection) -> int:
    """Return the number of the last migration that was run, 0 for none."""
    from alembic.runtime.migration import MigrationContext

    return int(MigrationContext.configure(connection).get_current_revision() or 0)
