"""Brings a database to the tables that this version has."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

MIGRATIONS: Final = "reasoning_leaderboard:store/migrations"
LOCK: Final = 7_274_291_052_846_619_135  # any number that is ours alone


def migrate(engine: Engine) -> None:
    """Make what is missing, in one transaction; two processes that begin at once do it one after the other.

    Args:
        engine: whose transactions on SQLite begin by taking the lock.

    Raises:
        alembic.util.CommandError: if the database is of a later version than this program.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        if _version(connection) != _newest():
            _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _newest() -> str:
    """The last of the migrations, whose files begin with their number."""
    names = (path.name for path in (files("reasoning_leaderboard") / "store" / "migrations" / "versions").iterdir())
    return max(name.partition("_")[0] for name in names if name.endswith(".py"))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # slow to load, and seldom needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
