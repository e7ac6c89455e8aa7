"""How migrations are run: on the connection, and in the transaction, of whoever asks for them."""

from typing import cast

from alembic import context
from sqlalchemy import Connection

from reasoning_leaderboard.store.tables import Base

connection = cast("Connection", context.config.attributes["connection"])
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
