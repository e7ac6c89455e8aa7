"""What the leaderboard keeps: one database, SQLite or PostgreSQL."""

from reasoning_leaderboard.store.opening import Store, StoreFull, StoreUnavailable, open_store

__all__ = ["Store", "StoreFull", "StoreUnavailable", "open_store"]
