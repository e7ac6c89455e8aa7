"""The server's clock: no time that matters comes from anyone else."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)
