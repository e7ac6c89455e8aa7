"""Rate limits that hold for all processes together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, text

from reasoning_leaderboard.store.opening import Store
from reasoning_leaderboard.store.tables import EPOCH, MICROSECOND, BucketRow

# One statement, so that no two can take the same place: what is used up so far, and one more if there is room.
TAKE: Final = text("""
INSERT INTO buckets (key, empty_at) VALUES (:key, :at_least)
ON CONFLICT (key) DO UPDATE SET empty_at = CASE
    WHEN buckets.empty_at > :now THEN buckets.empty_at + :each ELSE :at_least END
WHERE buckets.empty_at + :each <= :at_most
RETURNING empty_at
""")


@dataclass(frozen=True, slots=True)
class Rate:
    """How much is allowed: so many at once, and in the long run so many an hour."""

    burst: int
    per_hour: int

    @property
    def each(self) -> timedelta:
        """How long it takes until one more is allowed."""
        return timedelta(hours=1) / self.per_hour

    def __post_init__(self) -> None:
        if self.burst < 1 or self.per_hour < 1:
            raise ValueError(f"{self.burst} at once and {self.per_hour} an hour allow nothing; give 1 or more")


def take(store: Store, key: str, rate: Rate, *, now: datetime) -> timedelta | None:
    """Use up one of what is allowed; None if there was one, else how long it takes until there is.

    The generic cell rate algorithm (ITU-T I.371, annex A): one moment is all that is kept.

    Args:
        store: which all processes share.
        key: what is limited and for whom, at most 200 characters.
        rate: of it.
        now: the time.

    Raises:
        StoreUnavailable: if it can't be counted.
    """
    each, burst = rate.each, rate.burst * rate.each
    moments = {"now": now, "at_least": now + each, "at_most": now + burst}
    values = {name: (moment - EPOCH) // MICROSECOND for name, moment in moments.items()}
    with store.counting() as session:
        taken = session.execute(TAKE, {"key": key, "each": each // MICROSECOND, **values}).one_or_none()
        if taken is not None:
            return None
        row = session.scalars(select(BucketRow).where(BucketRow.key == key).with_for_update()).one()
        row.empty_at = min(row.empty_at, now + burst)  # it is later only where the clock has been put back
        return max(row.empty_at + each - burst - now, MICROSECOND)


def forget_empty(store: Store, *, now: datetime) -> None:
    """Drop the counts of those who have used nothing for so long that they are allowed everything again."""
    with store.counting() as session:
        session.execute(delete(BucketRow).where(BucketRow.empty_at <= now))
