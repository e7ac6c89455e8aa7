"""Rounds, sessions, episodes, steps, and the log of what happened."""

import sqlalchemy as sa
from alembic import op

from reasoning_leaderboard.store.append_only import keep
from reasoning_leaderboard.store.tables import Number

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _rounds()
    _sessions()
    _steps()
    connection = op.get_bind()
    keep(connection, "rounds", ["name", "manifest", "secret", "commitment", "public_key", "opened"])
    keep(connection, "sessions", ["number", "id", "round", "account", "card", "nonce", "opened", "closes"])
    keep(connection, "episodes", ["session", "episode", "question"])
    keep(connection, "steps")
    keep(connection, "log")


def _rounds() -> None:
    op.create_table(
        "rounds",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closes", sa.BigInteger(), nullable=False),
        sa.Column("revealed", sa.BigInteger(), nullable=True),
        sa.Column("archive", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_rounds"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("number", Number, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("round", sa.String(120), nullable=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closes", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("head", sa.String(64), nullable=True),
        sa.Column("signature", sa.String(128), nullable=True),
        sa.Column("scored", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_sessions"),
        sa.UniqueConstraint("id", name="uq_sessions_id"),
        sa.ForeignKeyConstraint(["round"], ["rounds.name"], name="fk_sessions_round_rounds"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_sessions_account_accounts"),
    )
    for column in ("round", "account", "closed", "scored"):
        op.create_index(f"ix_sessions_{column}", "sessions", [column])


def _steps() -> None:
    op.create_table(
        "episodes",
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("episode", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("session", "episode", name="pk_episodes"),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name="fk_episodes_session_sessions"),
    )
    op.create_table(
        "steps",
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("episode", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("session", "episode", "step", name="pk_steps"),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name="fk_steps_session_sessions"),
    )
    op.create_table(
        "log",
        sa.Column("round", sa.String(120), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("round", "number", name="pk_log"),
        sa.ForeignKeyConstraint(["round"], ["rounds.name"], name="fk_log_round_rounds"),
    )
