"""Archives of rounds in pieces, and the room that each session has in them."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PIECE = 4 * 2**20  # bytes
ROOM = 64 * 2**20  # bytes, for sessions that are there already
ENTRY = 64 * 2**10  # bytes of them for its entry
AROUND = 512  # bytes of a line beside its text


def upgrade() -> None:
    """Make the table of pieces, and move archives into it."""
    op.create_table(
        "pieces",
        sa.Column("archive", sa.String(32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("archive", "number", name="pk_pieces"),
    )
    op.execute("ALTER TABLE rounds RENAME COLUMN archive TO whole")
    op.add_column("rounds", sa.Column("archive", sa.String(32), nullable=True))
    _move()
    op.drop_column("rounds", "whole")
    op.add_column("sessions", sa.Column("room", sa.BigInteger(), nullable=False, server_default=str(ROOM)))
    op.add_column("sessions", sa.Column("written", sa.BigInteger(), nullable=False, server_default="0"))
    _count()


def _count() -> None:
    """Let sessions that are there have taken what their questions and thoughts take."""
    taken = [
        f"(SELECT coalesce(sum(length({text}) + {AROUND}), 0) FROM {table} WHERE {table}.session = sessions.id)"
        for table, text in (("episodes", "question"), ("steps", "record"))
    ]
    op.execute(f"UPDATE sessions SET written = {ENTRY} + {' + '.join(taken)}")


def _move() -> None:
    connection = op.get_bind()
    rounds = sa.table("rounds", sa.column("name"), sa.column("whole"), sa.column("archive"))
    pieces = sa.table("pieces", *map(sa.column, ("archive", "number", "size", "data")))
    for name, whole in connection.execute(sa.select(rounds.c.name, rounds.c.whole).where(rounds.c.whole.is_not(None))):
        archive = secrets.token_hex(16)
        for number, start in enumerate(range(0, len(whole), PIECE)):
            piece = whole[start : start + PIECE]
            connection.execute(sa.insert(pieces).values(archive=archive, number=number, size=len(piece), data=piece))
        connection.execute(sa.update(rounds).where(rounds.c.name == name).values(archive=archive))
