"""Triggers that keep rows as they were written, against mistakes in our own code, in SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text


def keep(connection: Connection, table: str, columns: Sequence[str] = ()) -> None:
    """From now on no row of a table can be deleted, and none of the columns be written again.

    Args:
        connection: to SQLite or PostgreSQL.
        table: a name that is written in the program, never by a stranger.
        columns: those that are kept; empty for all.

    Raises:
        ValueError: for another database.
    """
    of = f" OF {', '.join(columns)}" if columns else ""
    match connection.dialect.name:
        case "sqlite":
            statements = _in_sqlite(table, of)
        case "postgresql":
            statements = _in_postgresql(table, of)
        case other:
            raise ValueError(f"rows can't be kept in {other}; use SQLite or PostgreSQL")
    for statement in statements:
        connection.execute(text(statement))


def _in_sqlite(table: str, of: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_kept_from_{verb.lower()} BEFORE {verb}{which} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are kept as they were written'); END"
        for verb, which in (("UPDATE", of), ("DELETE", ""))
    ]


def _in_postgresql(table: str, of: str) -> list[str]:
    function = (
        f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} are kept as they were written' USING ERRCODE = '23001'; END $$"
    )
    triggers = [
        f"CREATE TRIGGER {table}_kept_from_{verb.lower()} BEFORE {verb}{which} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION {table}_kept()"
        for verb, which, each in (("UPDATE", of, "ROW"), ("DELETE", "", "ROW"), ("TRUNCATE", "", "STATEMENT"))
    ]
    return [function, *triggers]
