"""Brings a database to the tables that this version has."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

LOCK = 7_274_291_052_846_619_135  # any number that is ours alone


def migrate(engine: Engine) -> None:
    """Make what is missing, in one transaction; two processes that begin at once do it one after the other.

    Args:
        engine: whose transactions on SQLite begin by taking the lock.

    Raises:
        alembic.util.CommandError: if the database is of a later version than this program.
    """
    config = Config()
    config.set_main_option("script_location", "reasoning_leaderboard:store/migrations")
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        if _version(connection) == newest:
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
