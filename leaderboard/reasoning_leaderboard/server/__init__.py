"""The leaderboard's server."""
