"""Accounts, tokens, submissions, entries, and the work on them."""

import sqlalchemy as sa
from alembic import op

from reasoning_leaderboard.store.append_only import keep
from reasoning_leaderboard.store.tables import Number

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("digest", name="uq_tokens_digest"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_tokens_account_accounts"),
    )
    op.create_index("ix_tokens_account", "tokens", ["account"])
    _submissions()
    _entries()
    _work()
    connection = op.get_bind()
    keep(connection, "accounts")
    keep(connection, "tokens", ["id", "digest", "account", "scopes", "made", "expires"])
    keep(connection, "submissions", ["number", "id", "account", "content", "size", "received", "archive"])
    keep(connection, "entries", ["number", "id", "submission", "account", "tier", "round"])


def _submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("number", Number, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("archive", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_submissions"),
        sa.UniqueConstraint("id", name="uq_submissions_id"),
        sa.UniqueConstraint("account", "content", name="uq_submissions_account_content"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_submissions_account_accounts"),
    )
    op.create_index("ix_submissions_account", "submissions", ["account"])


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("number", Number, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("submission", sa.String(64), nullable=True),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("tier", sa.String(16), nullable=False),
        sa.Column("track", sa.String(12), nullable=False),
        sa.Column("round", sa.String(120), nullable=True),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_entries"),
        sa.UniqueConstraint("id", name="uq_entries_id"),
        sa.UniqueConstraint("submission", name="uq_entries_submission"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_entries_submission_submissions"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_entries_account_accounts"),
    )
    op.create_index("ix_entries_account", "entries", ["account"])
    op.create_index("ix_entries_round", "entries", ["round"])
    op.create_index("ix_entries_track_tier", "entries", ["track", "tier"])


def _work() -> None:
    op.create_table(
        "jobs",
        sa.Column("submission", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("queued", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.String(32), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("submission", name="pk_jobs"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_jobs_submission_submissions"),
    )
    op.create_index("ix_jobs_queued", "jobs", ["queued"])
    op.create_table(
        "buckets",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("empty_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_buckets"),
    )
    op.create_index("ix_buckets_empty_at", "buckets", ["empty_at"])
