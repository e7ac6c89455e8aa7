"""The leaderboard: results that nobody has to trust."""
